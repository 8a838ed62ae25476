"""How an entity is read: which listing tells of its changes, and what makes a record whole."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from qantara.connectors.base import Change, Page, Wire
from qantara.connectors.shopify.mapping import category, partner
from qantara.connectors.shopify.mapping.values import gid, number
from qantara.connectors.shopify.polling import Cursor, Row, listed, query_since, shifted, stamp
from qantara.connectors.shopify.site import Site
from qantara.model import Record
from qantara.transport import Unsupported

Gathered = Mapping[str, Sequence[Change]]
"""By the id of a row: the changes that are in it."""


class Reader(ABC):
    """One entity. A row of its listing may hold several records, as an order its refunds."""

    entity: ClassVar[str]
    listing: ClassVar[str] = ""
    counting: ClassVar[str] = ""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.client = site.client

    @abstractmethod
    async def gather(self, ids: Sequence[str]) -> Gathered:
        """The rows with these ids as they are now; those that are gone are absent."""

    @abstractmethod
    def canonical(self, wire: Wire) -> Record:
        """The record in the hub's words."""

    async def changes(self, cursor: str, scope: str) -> AsyncIterator[Page]:
        """Pages by the time of the last change."""
        self.unscoped(scope)
        walked = Cursor.of(cursor)
        before = cursor
        since = shifted(walked.at, -self.site.overlap)
        async for rows in self.rows(since):
            changes = await self._news(walked, [row for row in rows if walked.asks_for(row)])
            after = walked.text(self.site.overlap)
            if changes or after != before:
                yield Page(changes=changes, cursor=after)
            before = after

    async def rows(self, since: str) -> AsyncIterator[list[Row]]:
        """What changed since then, oldest first, in pages."""
        async for rows in listed(self.client, self.listing, since):
            yield rows

    async def count(self, cursor: str, scope: str) -> int:
        """About how many rows changed."""
        self.unscoped(scope)
        since = query_since(Cursor.of(cursor).at)
        told = await self.client.ask(self.counting, query=since or None)
        return int(told["counted"]["count"])

    async def ids(self, scope: str) -> set[str]:
        """All of them."""
        self.unscoped(scope)
        return {row.id async for rows in self.rows("") for row in rows}

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """These records."""
        wanted = [one for one in dict.fromkeys(ids) if one.isdecimal()]
        found = await self.gather(wanted)
        return [change for one in wanted for change in found.get(one, ())]

    def unscoped(self, scope: str) -> None:
        """No entity of a shop is narrowed."""
        if scope:
            raise Unsupported(f"A shop's {self.entity} is read whole; there is no scope {scope!r}.")

    async def _news(self, walked: Cursor, rows: Sequence[Row]) -> list[Change]:
        """The changes of these rows that the cursor does not know."""
        found = await self.gather([row.id for row in rows]) if rows else {}
        news: list[Change] = []
        for row in rows:
            if changes := found.get(row.id):
                seen = Row(id=row.id, version=max(row.version, changes[0].version))
                news += walked.account(seen, changes)
            else:
                walked.account(row, ())
        return sorted(news, key=lambda change: change.version)


class NodeReader(Reader):
    """An entity whose rows are its records, which are read by their ids."""

    kind: ClassVar[str]
    reading: ClassVar[str]
    translated: ClassVar[bool] = False

    async def gather(self, ids: Sequence[str]) -> Gathered:
        """One change for each."""
        nodes = await self.client.nodes(self.reading, [gid(self.kind, one) for one in ids])
        whole = [await self.whole(node) for node in nodes if node.get("id")]
        texts = await self._texts([number(node["id"]) for node in whole])
        return {
            bare: (self.change(node, texts.get(bare, {})),)
            for node in whole
            if (bare := number(node["id"]))
        }

    async def whole(self, node: dict[str, Any]) -> dict[str, Any]:
        """The node with what did not fit the call."""
        return node

    def change(self, node: Mapping[str, Any], texts: Mapping[str, Any]) -> Change:
        """The change of a record that is whole."""
        wire = {"node": node, **({"translations": texts} if texts else {})}
        return Change(
            entity=self.entity,
            external_id=number(node["id"]),
            version=stamp(node["updatedAt"]),
            wire=wire,
        )

    async def _texts(self, ids: Sequence[str]) -> Mapping[str, Any]:
        if not (self.translated and ids):
            return {}
        return await self.site.translations(self.kind, ids)


class Categories(NodeReader):
    """Collections."""

    entity = "category"
    kind = "Collection"
    listing = "collections_listing"
    counting = "collections_count"
    reading = "collections_read"
    translated = True

    def canonical(self, wire: Wire) -> Record:
        return category.from_wire(wire)


class Customers(NodeReader):
    """Customers with an account, which Shopify gives to nearly all who order."""

    entity = "partner"
    kind = "Customer"
    listing = "customers_listing"
    counting = "customers_count"
    reading = "customers_read"

    def canonical(self, wire: Wire) -> Record:
        return partner.from_wire(wire)
