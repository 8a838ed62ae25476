"""How a kind of record is read: by what changed since a time, or by comparing all of them."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

from qantara.connectors.base import Change, Page, Wire
from qantara.connectors.woocommerce.client import Listing, Row
from qantara.connectors.woocommerce.mapping import category, stock
from qantara.connectors.woocommerce.polling import Captured, Poll
from qantara.connectors.woocommerce.scanning import now, scan
from qantara.connectors.woocommerce.site import Site
from qantara.model import Record
from qantara.transport import Unsupported


class Reader(ABC):
    """Reads one entity."""

    entity: ClassVar[str]

    def __init__(self, site: Site) -> None:
        self.site = site

    @abstractmethod
    def changes(self, cursor: str) -> AsyncIterator[Page]:
        """Pages of what changed; an empty one only when the cursor has news."""

    @abstractmethod
    async def count(self, cursor: str) -> int:
        """About how many records `changes` will bring."""

    @abstractmethod
    async def read(self, ids: Sequence[str]) -> list[Change]:
        """These records as they are now."""

    @abstractmethod
    async def ids(self) -> set[str]:
        """All ids."""

    @staticmethod
    @abstractmethod
    def canonical(wire: Wire) -> Record:
        """The record in the hub's words; pure."""

    @staticmethod
    def children(wire: Wire) -> Mapping[str, str]:  # noqa: ARG004 - most have none
        """The ids of the records inside it."""
        return {}

    def change(self, id_: str, version: str, wire: Wire) -> Change:
        """A change of this entity."""
        return Change(
            entity=self.entity,
            external_id=id_,
            version=version,
            wire=wire,
            children=self.children(wire),
        )


class Polled(Reader):
    """Reads what the store lists by the time of its last change."""

    path: ClassVar[str]
    fields: ClassVar[str]
    params: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    async def take(self, rows: Sequence[Row]) -> list[Captured]:
        """The listed rows with what belongs to them; each row once, also one that means nothing."""

    async def changes(self, cursor: str) -> AsyncIterator[Page]:
        """Pages by the time of the last change."""
        poll = Poll(self.listed, cursor, self.site.overlap)
        last = cursor
        async for rows in poll.steps():
            changes = poll.account(await self.take(rows) if rows else ())
            if changes or poll.cursor != last:
                last = poll.cursor
                yield Page(changes=changes, cursor=last)

    async def count(self, cursor: str) -> int:
        """All at the start; later those that are listed again count, too."""
        if not cursor:
            listed = await self.listed({"per_page": "1"})
            return listed.total
        poll = Poll(self.listed, cursor, self.site.overlap)
        return sum([len(rows) async for rows in poll.steps()])

    async def listed(self, params: Mapping[str, str]) -> Listing:
        """A page of the store's list."""
        asked = {"_fields": self.fields, **self.params, **params}
        return await self.site.client.listing(self.path, asked)

    async def rows(self, ids: Sequence[str]) -> list[Row]:
        """These records of the list."""
        asked = {"_fields": self.fields, **self.params}
        return await self.site.client.include(self.path, ids, asked)


class Categories(Reader):
    """Product categories: all are read at once, for a path needs its parents."""

    entity = "category"
    path = "/products/categories"
    canonical = staticmethod(category.from_wire)

    async def changes(self, cursor: str) -> AsyncIterator[Page]:
        """By comparing all of them."""
        async for page in scan(self._every, cursor, self.site.compare_every):
            yield page

    async def count(self, cursor: str) -> int:
        """All of them."""
        return (await self.site.client.listing(self.path, {"per_page": "1"})).total

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """These, with their paths."""
        wanted = set(ids)
        return [one for one in await self._every() if one.external_id in wanted]

    async def ids(self) -> set[str]:
        """All ids."""
        return {str(row["id"]) for row in await self._rows()}

    async def _rows(self) -> list[Row]:
        asked = {"_fields": category.FIELDS, "orderby": "id", "order": "asc"}
        return await self.site.client.every(self.path, asked)

    async def _every(self) -> list[Change]:
        rows = await self._rows()
        by_id = {row["id"]: row for row in rows}
        at = now()
        return [
            self.change(str(row["id"]), at, {"row": row, "path": category.path(row, by_id)})
            for row in rows
        ]


class Warehouses(Reader):
    """The store itself, the one place it sells from."""

    entity = "warehouse"
    canonical = staticmethod(stock.warehouse)

    async def changes(self, cursor: str) -> AsyncIterator[Page]:
        """Once."""
        if not cursor:
            yield Page(changes=[self._store()], cursor=stock.STORE)

    async def count(self, cursor: str) -> int:
        """One, at first."""
        return 0 if cursor else 1

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """The store."""
        return [self._store()] if stock.STORE in ids else []

    async def ids(self) -> set[str]:
        """The store."""
        return {stock.STORE}

    def _store(self) -> Change:
        return self.change(stock.STORE, "1", {"name": self.site.connection.name})


def no_scope(entity: str, scope: str) -> None:
    """No entity of a store can be narrowed."""
    if scope:
        raise Unsupported(f"{scope!r} is no scope of {entity} in WooCommerce.")
