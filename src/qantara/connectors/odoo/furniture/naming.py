"""The external ids of what we made: how it is found again, and the record of what to undo."""

from collections.abc import Collection, Mapping
from typing import Any

from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.loading import MODULE

MARK = "bridge_"
"""How the names of all external ids begin that belong to the furniture."""

ENGLISH: Mapping[str, Any] = {"lang": "en_US", "active_test": False}


class Names:
    """Keys of pieces and the ids behind them, in one Odoo."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, tuple[str, int]] = {}
        self._theirs: dict[str, int | None] = {}
        self._models: dict[str, int | None] = {}

    async def refresh(self) -> None:
        """Ask what there is. A name whose record is gone is left out."""
        ours = [("module", "=", MODULE), ("name", "=like", f"{MARK}%")]
        rows = await self._client.search_read("ir.model.data", ours, ["name", "model", "res_id"])
        self._known, self._models = {}, {}
        for model in sorted({row["model"] for row in rows}):
            named = {row["res_id"]: row["name"] for row in rows if row["model"] == model}
            if not await self._client.has_model(model):
                continue
            there = [("id", "in", sorted(named))]
            for one in await self._client.search(model, there, context=ENGLISH):
                self._known[named[one].removeprefix(MARK)] = (model, one)

    @property
    def known(self) -> Mapping[str, tuple[str, int]]:
        """Key -> model and id."""
        return self._known

    def number(self, key: str) -> int | None:
        """The id of a piece, None while it is not there."""
        return self._known[key][1] if key in self._known else None

    async def give(self, key: str, model: str, number: int) -> None:
        """From now on this record is this piece; an older name of a lost record goes."""
        name = f"{MARK}{key}"
        stale = [("module", "=", MODULE), ("name", "=", name)]
        if gone := await self._client.search("ir.model.data", stale):
            await self._client.call("ir.model.data", "unlink", gone)
        told = {"module": MODULE, "name": name, "model": model, "res_id": number, "noupdate": True}
        await self._client.create("ir.model.data", [told])
        self._known[key] = (model, number)

    async def clear(self, models: Collection[str]) -> None:
        """Names that lead nowhere: of ours, and of the models that are gone.

        19 names what a model inherits in modules of its own, and keeps these names (2026-11).
        """
        ours = [("module", "=", MODULE), ("name", "=like", f"{MARK}%")]
        left = await self._client.search("ir.model.data", ours)
        for model in models:
            inherited = [
                ("model", "=", "ir.model.inherit"),
                ("name", "=like", f"model_inherit__{model}__%"),
            ]
            left += await self._client.search("ir.model.data", inherited)
        if left:
            await self._client.call("ir.model.data", "unlink", left)
        self._known = {}

    async def theirs(self, name: str) -> int | None:
        """The id behind an external id of Odoo's modules."""
        if name not in self._theirs:
            module, _, short = name.partition(".")
            match = [("module", "=", module), ("name", "=", short)]
            rows = await self._client.search_read("ir.model.data", match, ["res_id"])
            self._theirs[name] = int(rows[0]["res_id"]) if rows else None
        return self._theirs[name]

    async def model(self, name: str) -> int | None:
        """The id in ir.model."""
        if self._models.get(name) is None:
            found = await self._client.search("ir.model", [("model", "=", name)])
            self._models[name] = found[0] if found else None
        return self._models[name]
