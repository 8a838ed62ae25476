"""One Odoo as readers and writers see it: its client, its small tables, its settings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.base import Connection
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.outbox import Outbox
from qantara.connectors.odoo.polling import Poll, Stream
from qantara.connectors.odoo.tables import EVERYTHING, TableReader

Translations = Mapping[int, Mapping[str, Mapping[str, Any]]]
"""Record id -> the hub's language -> field -> text."""


@dataclass(frozen=True, slots=True)
class Site:
    """What every reader and writer of one connection shares."""

    connection: Connection
    client: Client
    tables: TableReader
    outbox: Outbox

    @property
    def overlap(self) -> float:
        """Seconds that every poll reads again; Odoo's limit_time_real is 120."""
        return float(self.connection.settings.get("overlap", "120"))

    def poll(self, streams: Sequence[Stream], cursor: str) -> Poll:
        """A walk over these streams from the cursor."""
        return Poll(self.client, streams, cursor, self.overlap, self.outbox.oldest)

    async def shared(self, model: str) -> list[Any]:
        """The condition that a record is this company's, or nobody's and so everybody's.

        Odoo's own rules say the same, unless somebody has switched them off.
        """
        if "company_id" not in await self.client.fields(model):
            return []
        return [("company_id", "in", [False, (await self.tables.get()).company])]

    async def having(self, model: str, names: Iterable[str]) -> list[str]:
        """Those of the names that are fields here."""
        there = await self.client.fields(model)
        return [name for name in dict.fromkeys(names) if name in there]

    async def rows(
        self, model: str, domain: Sequence[Any], names: Iterable[str], order: str = "id"
    ) -> list[dict[str, Any]]:
        """Records that match, archived ones too, with those of the fields that exist."""
        fields = await self.having(model, names)
        context = await self.tables.context(**EVERYTHING)
        return await self.client.search_read(model, domain, fields, order=order, context=context)

    async def translations(
        self, model: str, ids: Sequence[int], names: Iterable[str]
    ) -> Translations:
        """The translated ones among the fields, one read for each further language."""
        there = await self.client.fields(model)
        translated = [name for name in names if name in there and there[name].translate]
        found: dict[int, dict[str, dict[str, Any]]] = {one: {} for one in ids}
        tables = await self.tables.get()
        for ours, theirs in tables.further.items() if translated and ids else ():
            context = await self.tables.context(**EVERYTHING)
            told = await self.client.read(
                model, ids, translated, context={**context, "lang": theirs}
            )
            for row in told:
                found[row["id"]][ours] = {name: row[name] for name in translated}
        return found
