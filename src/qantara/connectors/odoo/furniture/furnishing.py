"""Furnishes one Odoo with what the flows need there: shows it, makes it, mends it, takes it away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from qantara.connectors.base import Connection, Finding
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.furniture.naming import Names
from qantara.connectors.odoo.furniture.tables import Tables
from qantara.connectors.odoo.furniture.wanted import Ground, wanted
from qantara.connectors.odoo.furniture.words import LANGUAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """For whom an Odoo is furnished: the connection, its user's id, the entities of its flows."""

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
        """What is there ("ok"), was altered ("warning"), or would be made ("missing")."""
        await self._enter()
        return await (await self._tables()).plan(await self._languages())

    async def apply(self) -> Sequence[Finding]:
        """Make what is missing, mend what was altered; says what. Safe to repeat."""
        before = await self.plan()
        await (await self._tables()).apply(await self._languages())
        return [one for one in before if one.level != "ok"]

    async def aclose(self) -> None:
        """Let go of the network."""
        await self._client.close()

    async def _enter(self) -> None:
        await self._client.enter()
        await self._names.refresh()

    async def _tables(self) -> Tables:
        order = self._order
        return Tables(self._client, self._names, wanted(order.reads, order.writes, Ground()))

    async def _languages(self) -> list[str]:
        """The active languages that there are words in, but English."""
        active = await self._client.search_read("res.lang", [("active", "=", True)], ["code"])
        codes = [str(row["code"]) for row in active]
        return [code for code in codes if code.partition("_")[0] in LANGUAGES]
