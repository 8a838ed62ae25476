"""Furnishes one Odoo with what the flows need there: shows it, makes it, mends it, takes it away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from qantara.connectors.base import Connection, Finding
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.furniture import board
from qantara.connectors.odoo.furniture.naming import ENGLISH, Names
from qantara.connectors.odoo.furniture.records import Records
from qantara.connectors.odoo.furniture.shapes import Plan
from qantara.connectors.odoo.furniture.tables import FIELDS, MODELS, Tables
from qantara.connectors.odoo.furniture.wanted import STOCK_USERS, Ground, wanted
from qantara.connectors.odoo.furniture.words import LANGUAGES
from qantara.connectors.odoo.schema import pick, real_name
from qantara.transport import AuthFailed, Rejected

RIGHTS = {
    **dict.fromkeys((MODELS, FIELDS, "ir.ui.view", "ir.ui.menu"), ("create", "write", "unlink")),
    **dict.fromkeys(("ir.actions.act_window", "ir.actions.server"), ("create", "write", "unlink")),
    **dict.fromkeys(("ir.model.access", "res.groups"), ("create", "write", "unlink")),
    "ir.model.data": ("create", "unlink"),
}
"""What furnishing needs beyond reading."""

FIRST_TO_GO = ("ir.ui.menu", "ir.actions.act_window", "ir.ui.view", "ir.actions.server")
"""What shows or starts something goes before it; rights go with their models."""

OUR_MODELS = tuple(table.model for table in board.TABLES)

TEAMS = ("purchase.group_purchase_user", STOCK_USERS, "base.group_user")
"""Who works with the board unless the connection says otherwise: the first that there is."""

MENUS = ("purchase.menu_purchase_root", "stock.menu_stock_root")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """For whom an Odoo is furnished: the connection, its user's id, the entities of its flows.

    The connection's setting `board_group` is the external id of the group that may request.
    """

    connection: Connection
    user: int
    reads: Collection[str]
    writes: Collection[str]


class Furniture:
    """Makes, describes and removes the furniture, as the user of `client`."""

    def __init__(self, client: Client, order: Order) -> None:
        self._client = client
        self._order = order
        self._names = Names(client)

    async def plan(self) -> Sequence[Finding]:
        """What is there ("ok"), was altered ("warning"), or would be made ("missing").

        Raises AuthFailed with a list of the rights that are lacking, Unsupported where a field is
        in the way or a module of Odoo is missing.
        """
        plan = await self._wanted()
        languages = await self._languages()
        tables = await Tables(self._client, self._names, plan).plan(languages)
        return [*tables, *await Records(self._client, self._names, plan).plan(languages)]

    async def apply(self) -> Sequence[Finding]:
        """Make what is missing, mend what was altered; says what. Safe to repeat."""
        before = await self.plan()
        if all(one.level == "ok" for one in before):
            return []
        plan = await self._wanted()
        languages = await self._languages()
        await Tables(self._client, self._names, plan).apply(languages)
        await Records(self._client, self._names, plan).apply(languages)
        self._client.forget_fields()
        return [one for one in before if one.level != "ok"]

    async def removal(self) -> Sequence[Finding]:
        """What `remove` would take away, and what of people's work goes with it."""
        await self._check_rights()
        await self._names.refresh()
        return [await self._going(key) for key in sorted(self._names.known)]

    async def remove(self) -> Sequence[Finding]:
        """Take away all that was ever made here, whatever the flows say now. Safe to repeat."""
        gone = await self.removal()
        for model in FIRST_TO_GO:
            await self._take(model)
        await self._take(FIELDS, await self._inverses())
        await self._take(MODELS)
        await self._names.refresh()
        for model in sorted({model for model, _ in self._names.known.values()}):
            await self._take(model)
        await self._names.clear(OUR_MODELS)
        self._client.forget_fields()
        return gone

    async def aclose(self) -> None:
        """Let go of the network."""
        await self._client.close()

    async def _take(self, model: str, more: Sequence[int] = ()) -> None:
        """All our records of this model in one call."""
        known = [number for name, number in self._names.known.values() if name == model]
        if known or more:
            await self._client.call(model, "unlink", [*known, *more], slow=True)

    async def _inverses(self) -> list[int]:
        """The one2many fields of our models: Odoo lets no field go that one of them depends on."""
        models = [number for name, number in self._names.known.values() if name == MODELS]
        ours = [("model_id", "in", models), ("ttype", "=", "one2many"), ("state", "=", "manual")]
        return await self._client.search(FIELDS, ours)

    async def _going(self, key: str) -> Finding:
        model, number = self._names.known[key]
        if model == MODELS:
            (row,) = await self._client.read(MODELS, [number], ["model"])
            rows = await self._counted(row["model"])
            return Finding(level="ok", what=f"The model {row['model']}, with its {rows} records.")
        if model == FIELDS:
            (row,) = await self._client.read(FIELDS, [number], ["model", "name"])
            filled = await self._client.count(row["model"], [(row["name"], "!=", False)])
            what = f"The field {row['name']} of {row['model']}, filled in {filled} records."
            return Finding(level="ok", what=what)
        return Finding(level="ok", what=f"{model} {key}.")

    async def _counted(self, model: str) -> str:
        """How many records there are; somebody may have taken the right to see them."""
        try:
            return str(await self._client.count(model, [], context=ENGLISH))
        except AuthFailed:
            return "hidden"

    async def _wanted(self) -> Plan:
        """What this Odoo should have; what it has is asked for anew."""
        await self._check_rights()
        await self._names.refresh()
        plan = wanted(self._order.reads, self._order.writes, await self._ground())
        await self._check_modules(plan)
        return plan

    async def _check_rights(self) -> None:
        await self._client.enter()
        lacking = [
            f"{model} ({', '.join(missing)})"
            for model, operations in RIGHTS.items()
            if (missing := [one for one in operations if not await self._client.may(model, one)])
        ]
        if lacking:
            raise AuthFailed(
                f"The user {self._client.server.login} may not furnish Odoo: he lacks rights on"
                f" {'; '.join(lacking)}.",
                remedy="Name an administrator of Odoo (Settings) for this step alone: "
                f"--login {self._order.connection.name}=LOGIN",
            )

    async def _check_modules(self, plan: Plan) -> None:
        needed = {"product.product"} if plan.tables else set()
        needed |= {one.model for one in plan.additions}
        for model in sorted(needed):
            await self._client.fields(model)
        if plan.tables and await self._names.theirs(await self._team()) is None:
            raise Rejected(
                f"Odoo has no group with the external id {await self._team()!r}.",
                remedy="Correct `board_group` in qantara.toml, for example "
                "purchase.group_purchase_user.",
            )

    async def _ground(self) -> Ground:
        view = await self._client.fields("ir.ui.view")
        menu = await self._client.fields("ir.ui.menu")
        group = await self._client.fields("res.groups")
        stock = await self._client.has_model("stock.move.line")
        line = await self._client.fields("stock.move.line") if stock else {}
        return Ground(
            major=self._client.server.major,
            rows="list" if "list" in view["type"].selection else "tree",
            done=real_name("stock.move.line", line, "done") or "quantity",
            groups=pick(menu, "group_ids", "groups_id") or "groups_id",
            members=pick(group, "user_ids", "users") or "users",
            team=await self._team(),
            above=await self._first(MENUS),
            user=self._order.user,
        )

    async def _team(self) -> str:
        return self._order.connection.settings.get("board_group", "") or await self._first(TEAMS)

    async def _first(self, candidates: Sequence[str]) -> str:
        """The first of these external ids that leads somewhere, or ""."""
        for name in candidates:
            if await self._names.theirs(name) is not None:
                return name
        return ""

    async def _languages(self) -> list[str]:
        """The active languages that there are words in, but English."""
        active = await self._client.search_read("res.lang", [("active", "=", True)], ["code"])
        codes = [str(row["code"]) for row in active]
        return [code for code in codes if code.partition("_")[0] in LANGUAGES]


async def overpowered(client: Client) -> Finding | None:
    """A warning when the user of a connection may do more than a hub needs at run time."""
    if not await client.may("ir.actions.server", "create"):
        return None
    return Finding(
        level="warning",
        what=f"{client.server.login}, by whom Qantara works every day, may create server actions"
        " in Odoo: whoever has that key can do anything there.",
        remedy="Give the connection a user of its own without Settings rights, and name the "
        "administrator for the set-up alone: --login.",
    )
