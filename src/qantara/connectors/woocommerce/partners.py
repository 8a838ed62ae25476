"""Reads partners: accounts, which tell no change by time, and guests, who are known by their orders.

The store filters accounts by nothing useful, but each tells when it was changed: all are listed
in brief, every `compare_minutes` and whenever there are more or fewer, and the filter is ours.
"""

import json
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import ClassVar

from qantara.connectors.base import Change, Page
from qantara.connectors.woocommerce.client import PAGE, Listing, Row
from qantara.connectors.woocommerce.mapping import order, partner
from qantara.connectors.woocommerce.mapping.address import GUEST, NAMELESS, buyer
from qantara.connectors.woocommerce.mapping.values import stamp, text
from qantara.connectors.woocommerce.orders import FIELDS
from qantara.connectors.woocommerce.polling import Captured, Poll, shifted
from qantara.connectors.woocommerce.reading import Polled, Reader
from qantara.connectors.woocommerce.scanning import now
from qantara.connectors.woocommerce.site import Site

CUSTOMERS = "/customers"
FRESH = 3600.0
"""Seconds for which an order is surely the newest of its guest."""

WORTH = 10
"""Guests for whom a page of orders is listed rather than that each is searched for."""

BRIEF = "id,date_created_gmt,date_modified_gmt"
GUESTS_OWN = f"{BRIEF},number,status,customer_id,billing,meta_data"


class Accounts:
    """All accounts in brief, listed as the store would if it could filter by time."""

    def __init__(self, site: Site, rows: Sequence[Row]) -> None:
        self._site = site
        self._rows = sorted(rows, key=lambda row: (stamp(row), row["id"]))

    async def listed(self, params: Mapping[str, str]) -> Listing:
        """A page of whole accounts."""
        after, before = params.get("modified_after", ""), params.get("modified_before", "")
        found = [
            row
            for row in self._rows
            if (not after or stamp(row) > after) and (not before or stamp(row) < before)
        ]
        start = (int(params.get("page", "1")) - 1) * PAGE
        part = [str(row["id"]) for row in found[start : start + PAGE]]
        asked = {"_fields": partner.FIELDS, "role": "all"}
        rows = await self._site.client.include(CUSTOMERS, part, asked)
        return Listing(rows=sorted(rows, key=lambda row: (stamp(row), row["id"])), total=len(found))


class Guests(Polled):
    """Customers without an account, as their newest order tells of them."""

    entity = "partner"
    path = "/orders"
    fields = FIELDS
    params: ClassVar[Mapping[str, str]] = {"status": "any"}
    canonical = staticmethod(partner.from_wire)
    _following = False

    async def take(self, rows: Sequence[Row]) -> list[Captured]:
        """Of several orders of a guest the last one counts; of an old one it is asked for."""
        newest = {buyer(row): row["id"] for row in sorted(rows, key=lambda row: row["id"])}
        return [
            Captured(
                owner=str(row["id"]),
                at=stamp(row),
                changes=[await self._latest(row)]
                if _of_guest(row) and newest[buyer(row)] == row["id"]
                else [],
            )
            for row in rows
        ]

    async def changes(self, cursor: str) -> AsyncIterator[Page]:
        """By the time of the last change of his orders."""
        self._following = bool(cursor)
        async for page in super().changes(cursor):
            yield page

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """By e-mail address, or by the order of one who gave none."""
        orders = [one[len(NAMELESS) :] for one in ids if one.startswith(NAMELESS)]
        found = {buyer(row): row for row in await self.rows(orders)}
        guests = dict.fromkeys(one for one in ids if one.startswith(GUEST))
        found |= await self._among_newest(guests.keys())
        for one in guests:
            if one not in found and (row := await self._newest(one)):
                found[one] = row
        return [self.guest(found[one]) for one in ids if one in found]

    async def ids(self) -> set[str]:
        """All who ever ordered."""
        asked = {"_fields": "id,status,customer_id,billing", **self.params, "orderby": "id"}
        rows = await self.site.client.every(self.path, asked)
        return {buyer(row) for row in rows if _of_guest(row)}

    def guest(self, row: Row) -> Change:
        """The guest of an order, with what is his in it."""
        kept = {name: row.get(name) for name in ("id", "number", "billing", "meta_data")}
        return self.change(buyer(row), stamp(row), {"row": kept})

    async def _latest(self, row: Row) -> Change:
        """An old order that is sent or refunded today tells of an address that may be old, too."""
        if self._following and _old(row) and buyer(row).startswith(GUEST):
            newer = await self._newest(buyer(row))
            if newer and newer["id"] > row["id"]:
                return self.change(buyer(row), stamp(row), self.guest(newer).wire)
        return self.guest(row)

    async def _among_newest(self, guests: Collection[str]) -> dict[str, Row]:
        """Those whose orders are among the newest of all: many who order now cost few calls.

        Goes on while a page tells of so many that to search for each would be dearer.
        """
        found: dict[str, Row] = {}
        before, number, news = 0, 1, len(guests)
        while news >= WORTH:
            asked = {"_fields": GUESTS_OWN, "orderby": "id", "order": "desc", "page": str(number)}
            page = await self.listed(asked)
            if page.total < before:
                break  # an order has left: the pages have moved, and one may be hidden
            told: dict[str, Row] = {}
            for row in page.rows:
                told.setdefault(buyer(row), row)
            new = {one: row for one, row in told.items() if one in guests and one not in found}
            found, before, number, news = {**found, **new}, page.total, number + 1, len(new)
        return found

    async def _newest(self, guest: str) -> Row | None:
        asked = {"search": guest[len(GUEST) :], "orderby": "id", "order": "desc"}
        rows = (await self.listed(asked)).rows
        return next((row for row in rows if buyer(row) == guest), None)


class Partners(Reader):
    """Accounts, then guests; the cursor knows both."""

    entity = "partner"
    canonical = staticmethod(partner.from_wire)

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._guests = Guests(site)

    async def changes(self, cursor: str) -> AsyncIterator[Page]:
        """Pages of accounts, where it is time for them, then pages of guests."""
        stored = json.loads(cursor) if cursor else {}
        total = (
            await self.site.client.listing(CUSTOMERS, {"per_page": "1", "_fields": "id"})
        ).total
        if self._due(stored, total):
            async for page in self._accounts(stored.get("accounts", "")):
                stored["accounts"] = page.cursor
                yield Page(changes=page.changes, cursor=_told(stored))
            stored |= {"total": total, "compared": int(time.time())}
        async for page in self._guests.changes(stored.get("guests", "")):
            stored["guests"] = page.cursor
            yield Page(changes=page.changes, cursor=_told(stored))
        if self._due(json.loads(cursor) if cursor else {}, total) and self.site.compare_every:
            yield Page(changes=(), cursor=_told(stored))

    async def count(self, cursor: str) -> int:
        """Accounts at the start; guests by their orders."""
        listed = await self.site.client.listing(CUSTOMERS, {"per_page": "1", "_fields": "id"})
        stored = json.loads(cursor) if cursor else {}
        guests = await self._guests.count(stored.get("guests", ""))
        return guests if cursor else listed.total + guests

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """These partners."""
        asked = {"_fields": partner.FIELDS, "role": "all"}
        rows = await self.site.client.include(CUSTOMERS, ids, asked)
        accounts = {str(row["id"]): self._account(row) for row in rows}
        guests = {one.external_id: one for one in await self._guests.read(ids)}
        found = {**accounts, **guests}
        return [found[one] for one in ids if one in found]

    async def ids(self) -> set[str]:
        """All of both."""
        asked = {"_fields": "id", "role": "all", "orderby": "id", "order": "asc"}
        rows = await self.site.client.every(CUSTOMERS, asked)
        return {str(row["id"]) for row in rows} | await self._guests.ids()

    async def find(self, email: str) -> list[str]:
        """Who has this e-mail address: an account, else a guest."""
        asked = {"email": email, "role": "all", "_fields": "id,email"}
        rows = (await self.site.client.listing(CUSTOMERS, asked)).rows
        if found := [str(row["id"]) for row in rows if text(row.get("email")).lower() == email]:
            return found
        return [one.external_id for one in await self._guests.read([f"{GUEST}{email}"])]

    def _due(self, stored: Mapping[str, object], total: int) -> bool:
        compared = stored.get("compared")
        at = compared if isinstance(compared, int) else 0
        return stored.get("total") != total or time.time() - at >= self.site.compare_every

    async def _accounts(self, cursor: str) -> AsyncIterator[Page]:
        asked = {"_fields": BRIEF, "orderby": "id", "order": "asc"}
        rows = await self.site.client.every(CUSTOMERS, asked)
        poll = Poll(Accounts(self.site, rows).listed, cursor, self.site.overlap)
        last = cursor
        async for part in poll.steps():
            captured = [
                Captured(owner=str(row["id"]), at=stamp(row), changes=[self._account(row)])
                for row in part
            ]
            changes = poll.account(captured)
            if changes or poll.cursor != last:
                last = poll.cursor
                yield Page(changes=changes, cursor=last)

    def _account(self, row: Row) -> Change:
        return self.change(str(row["id"]), stamp(row) or now(), {"row": row})


def _old(row: Row) -> bool:
    return stamp(row) > shifted(text(row.get("date_created_gmt")), FRESH)


def _of_guest(row: Row) -> bool:
    return order.is_order(row) and not row.get("customer_id")


def _told(stored: Mapping[str, object]) -> str:
    return json.dumps(stored, separators=(",", ":"))
