"""Partners of a shop: its customers, and the guests whom only orders name."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from qantara.connectors.base import Change, Page, Wire
from qantara.connectors.shopify.client import PAGE
from qantara.connectors.shopify.mapping import partner
from qantara.connectors.shopify.mapping.partner import GUEST, ORDER, guest_id
from qantara.connectors.shopify.mapping.values import gid, number
from qantara.connectors.shopify.polling import Cursor, Row, listed, stamp
from qantara.connectors.shopify.reading import Customers, Gathered, Reader
from qantara.connectors.shopify.searching import exactly
from qantara.model import Record


class Guests(Reader):
    """Those who ordered without an account; a row is an order."""

    entity = "partner"

    async def rows(self, since: str) -> AsyncIterator[list[Row]]:
        """Orders that have no customer."""
        async for rows in listed(self.client, "guests_changed", since):
            yield [row for row in rows if not row.owned]

    async def gather(self, ids: Sequence[str]) -> Gathered:
        nodes = await self.client.nodes("guests_read", [gid("Order", one) for one in ids])
        return {number(one["id"]): (_change(one),) for one in nodes if one.get("id")}

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """Guests by the newest of their orders."""
        found: list[Change] = []
        for one in ids:
            orders = [one.removeprefix(ORDER)] if one.startswith(ORDER) else await self._of(one)
            told = await self.gather([each for each in orders if each.isdecimal()][:1])
            found += [change for rows in told.values() for change in rows]
        return [change for change in found if change.external_id in ids]

    async def ids(self, scope: str) -> set[str]:
        """All that orders name."""
        self.unscoped(scope)
        found: set[str] = set()
        async for nodes in self.client.pages("guests_listing", "orders", first=PAGE):
            found |= {guest_id(one) for one in nodes if not one["customer"]}
        return found

    def canonical(self, wire: Wire) -> Record:
        return partner.from_wire(wire)

    async def _news(self, walked: Cursor, rows: Sequence[Row]) -> list[Change]:
        """Of several orders of a guest the last one counts: a page tells of each record once."""
        news = await super()._news(walked, rows)
        last = {one.external_id: one for one in sorted(news, key=_order_id)}
        return [one for one in news if last[one.external_id] is one]

    async def _of(self, one: str) -> list[str]:
        email = one.removeprefix(GUEST)
        told = await self.client.ask("guests_find", query=exactly("email", email))
        return [
            number(order["id"])
            for order in told["orders"]["nodes"]
            if not order["customer"] and (order["email"] or "").strip().lower() == email
        ]


class Partners(Customers):
    """Both; a cursor holds how far each was read."""

    def __init__(self, site: Any) -> None:
        super().__init__(site)
        self._guests = Guests(site)

    async def changes(self, cursor: str, scope: str) -> AsyncIterator[Page]:
        told = json.loads(cursor) if cursor else {}
        places = {"customers": told.get("customers", ""), "guests": told.get("guests", "")}
        walks = {"customers": super().changes, "guests": self._guests.changes}
        for name, walk in walks.items():
            async for page in walk(places[name], scope):
                places[name] = page.cursor
                yield Page(changes=page.changes, cursor=json.dumps(places))

    async def count(self, cursor: str, scope: str) -> int:
        place = json.loads(cursor).get("customers", "") if cursor else ""
        return await super().count(place, scope)

    async def ids(self, scope: str) -> set[str]:
        return await super().ids(scope) | await self._guests.ids(scope)

    async def read(self, ids: Sequence[str]) -> list[Change]:
        guests = [one for one in dict.fromkeys(ids) if one.startswith((GUEST, ORDER))]
        return [*await super().read(ids), *await self._guests.read(guests)]


def _order_id(change: Change) -> int:
    return int(number(change.wire["order"]["id"]))


def _change(order: dict[str, Any]) -> Change:
    return Change(
        entity="partner",
        external_id=guest_id(order),
        version=stamp(order["updatedAt"]),
        wire={"order": order},
    )
