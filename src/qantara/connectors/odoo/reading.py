"""How a kind of record is read: the streams that tell of changes, and rows made into changes."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, ClassVar

from qantara.connectors.base import Change, Page, Wire
from qantara.connectors.odoo.mapping import category, partner
from qantara.connectors.odoo.mapping.values import identity, text
from qantara.connectors.odoo.polling import Captured, Row, Stream
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.model import Record
from qantara.transport import Unsupported

PAGE = 500


class Reader(ABC):
    """Reads one entity. Subclasses say which model it is and what belongs to one record.

    `owner` and `also` say what tells of a change: the rows of `model`, each news of the record in
    its field `owner`, and the streams beside it.
    """

    model: ClassVar[str]
    owner: ClassVar[str] = "id"
    also: ClassVar[tuple[Stream, ...]] = ()
    page: ClassVar[int] = PAGE

    def __init__(self, site: Site) -> None:
        self.site = site

    @abstractmethod
    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """These records as they are now, in a handful of calls; those out of scope are absent."""

    @staticmethod
    @abstractmethod
    def canonical(wire: Wire) -> Record:
        """The record in the hub's words; pure."""

    async def streams(self, scope: str) -> Sequence[Stream]:
        """What to watch."""
        domain = tuple(await self.domain(scope))
        return [Stream(model=self.model, owner=self.owner, domain=domain), *self.also]

    async def named(self, owners: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """The external ids that news of these owners is about; none of one that cannot tell."""
        return {one: [str(one)] for one in owners}

    async def domain(self, scope: str) -> list[Any]:
        """Which records the scope means."""
        if scope:
            raise Unsupported(f"{scope!r} is no scope of {self.model}.")
        return []

    async def changes(self, cursor: str, scope: str) -> AsyncIterator[Page]:
        """Pages of what changed; an empty one only when the cursor has news."""
        poll = self.site.poll(await self.streams(scope), cursor)
        context = await self.site.tables.context(**EVERYTHING)
        last = cursor
        async for ids in poll.steps(self.page, context):
            changes = poll.account(await self.take(ids, scope) if ids else ())
            if changes or poll.cursor != last:
                last = poll.cursor
                yield Page(changes=changes, cursor=last)
        if poll.cursor != last:
            yield Page(changes=(), cursor=poll.cursor)

    async def count(self, cursor: str, scope: str) -> int:
        """About how many owners have rows since the cursor; all of them at the start."""
        if cursor:
            streams = await self.streams(scope)
            poll = self.site.poll(streams, cursor)
            context = await self.site.tables.context(**EVERYTHING)
            return len({one async for step in poll.steps(self.page, context) for one in step})
        context = await self.site.tables.context(**EVERYTHING)
        return await self.site.client.count(self.model, await self.domain(scope), context=context)

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """These records, without scope."""
        numbers = [int(one) for one in ids if one.isdigit()]
        captured = await self.take(numbers, "") if numbers else []
        return [change for one in captured for change in one.changes]

    async def ids(self, scope: str) -> set[str]:
        """All ids in scope."""
        context = await self.site.tables.context(**EVERYTHING)
        found = await self.site.client.search(self.model, await self.domain(scope), context=context)
        return {str(one) for one in found}

    def captured(
        self, row: Mapping[str, Any], change: Change, more: Collection[Row] = ()
    ) -> Captured:
        """The change of a row of this reader's own model."""
        own = Row(model=self.model, id=row["id"], written=text(row["write_date"])[:19])
        return Captured(owner=row["id"], changes=(change,), rows=(own, *more))


class Categories(Reader):
    """product.category."""

    model = "product.category"
    canonical = staticmethod(category.from_wire)

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """One call, and one for each further language where names are translated."""
        rows = await self.site.rows(self.model, [("id", "in", ids)], category.FIELDS)
        told = await self.site.translations(self.model, [row["id"] for row in rows], ["name"])
        return [
            self.captured(row, _change("category", row, translations=told[row["id"]]))
            for row in rows
        ]


class Partners(Reader):
    """res.partner: customers, vendors and their addresses; not the staff, not the companies."""

    model = "res.partner"
    canonical = staticmethod(partner.from_wire)

    async def domain(self, scope: str) -> list[Any]:
        """Scope "company": the connection's own company alone. Otherwise everyone but our own.

        Scope "deliveries:<id>" is where goods for this partner go. Portal users are customers;
        inactive users are Odoo's own templates and robots.
        """
        if scope == "company":
            return [("id", "=", (await self.site.tables.get()).company_partner)]
        kind, _, whose = scope.partition(":")
        if kind == "deliveries" and whose.isdigit():
            return [("parent_id", "=", int(whose)), ("type", "=", "delivery")]
        if scope:
            return await super().domain(scope)
        portal = ["&", ("user_ids.share", "=", True), ("user_ids.active", "=", True)]
        mine = await self.site.shared(self.model)
        return [*mine, ("ref_company_ids", "=", False), "|", ("user_ids", "=", False), *portal]

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """One call; countries and languages come from memory."""
        rows = await self.site.rows(self.model, [("id", "in", ids)], partner.FIELDS)
        countries = [one for row in rows if (one := identity(row["country_id"]))]
        states = [one for row in rows if (one := identity(row["state_id"]))]
        await self.site.tables.knowing("countries", countries)
        tables = await self.site.tables.knowing("states", states)
        captured = []
        for row in rows:
            state = tables.states.get(identity(row["state_id"]) or 0)
            change = _change(
                "partner",
                row,
                country=tables.countries.get(identity(row["country_id"]) or 0, ""),
                state=state.code if state else "",
                language=text(row.get("lang")).partition("_")[0],
            )
            captured.append(self.captured(row, change))
        return captured


def _change(entity: str, row: Mapping[str, Any], **joined: Any) -> Change:
    return Change(
        entity=entity,
        external_id=str(row["id"]),
        version=text(row["write_date"]),
        wire={"row": dict(row), **joined},
    )
