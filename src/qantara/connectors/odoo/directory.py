"""Finds records by what no index of Odoo knows: a telephone number's digits, a name's normal form.

A few are searched for by pattern. For many, as in a first load, the columns are read once and kept;
after that only what is new, or was changed since, is read.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.odoo.mapping.values import identity, text
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.model.keys import normal_name
from qantara.model.phones import phone

FEW = 30
"""Values up to which patterns are cheaper than the whole columns."""

PAGE = 2000

FRESH = 30.0
"""Seconds for which changes of records that are known may go unseen; new ones never do."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What is read of a model, and which values its rows have: `values(row, country code)`."""

    model: str
    fields: tuple[str, ...]
    values: Callable[[Row, str], Sequence[str]]
    pattern: Callable[[str], str]
    domain: tuple[tuple[str, str, object], ...] = ()


def _numbers(row: Row, country: str) -> list[str]:
    return [phone(text(row[name]), country) for name in ("phone", "mobile") if row.get(name)]


def _names(row: Row, _: str) -> list[str]:
    return [normal_name(text(row["name"]))]


def _digits_apart(number: str) -> str:
    """The last seven digits with anything between them: a country code may be written or not."""
    return "%" + "%".join(number[-7:]) + "%"


def _words_apart(name: str) -> str:
    return "%" + "%".join(name.split()) + "%"


COLUMNS: Mapping[tuple[str, str], Column] = {
    ("partner", "phone"): Column(
        model="res.partner",
        fields=("phone", "mobile"),
        values=_numbers,
        pattern=_digits_apart,
    ),
    ("partner", "name"): Column(
        model="res.partner",
        fields=("name",),
        values=_names,
        pattern=_words_apart,
        domain=(("parent_id", "=", False),),
    ),
    ("product", "name"): Column(
        model="product.template", fields=("name",), values=_names, pattern=_words_apart
    ),
}


@dataclass(slots=True)
class Directory:
    """The values of one column and whose they are. What was changed since may still be in it."""

    column: Column
    ids: dict[str, set[int]] = field(default_factory=dict)
    last: int = 0
    asked_at: float = 0.0
    newest: str = ""
    loaded: bool = False

    async def of(self, site: Site, values: Sequence[str]) -> dict[str, list[str]]:
        """The ids of each value that anybody has."""
        if len(values) <= FEW and not self.loaded:
            found = await self._searched(site, values)
        else:
            await self._renew(site)
            found = self.ids
        return {
            value: [str(one) for one in sorted(found[value])] for value in values if value in found
        }

    async def _searched(self, site: Site, values: Sequence[str]) -> dict[str, set[int]]:
        names = await site.having(self.column.model, self.column.fields)
        leaves = [
            (name, "=ilike", self.column.pattern(value)) for name in names for value in values
        ]
        either: list[Any] = ["|"] * (len(leaves) - 1)
        found: dict[str, set[int]] = {}
        for row in await self._rows(site, [*either, *leaves]) if leaves else ():
            await self._note(site, row, found)
        return found

    async def _renew(self, site: Site) -> None:
        """All there is at first; then what is new, and now and then what was changed."""
        asked, self.loaded = time.monotonic(), True
        if self.last and asked - self.asked_at > FRESH:
            changed = [("id", "<=", self.last), ("write_date", ">=", self.newest)]
            for row in await self._rows(site, changed):
                await self._note(site, row, self.ids)
            self.asked_at = asked
        while rows := await self._rows(site, [("id", ">", self.last)], PAGE):
            for row in rows:
                await self._note(site, row, self.ids)
            self.last = rows[-1]["id"]
            self.asked_at = self.asked_at or asked
            if len(rows) < PAGE:
                break

    async def _rows(
        self, site: Site, domain: Sequence[Any], limit: int | None = None
    ) -> Sequence[Row]:
        column = self.column
        extra = ["country_id"] if column.model == "res.partner" else []
        fields = await site.having(column.model, [*column.fields, *extra, "write_date"])
        context = await site.tables.context(**EVERYTHING)
        where = [*column.domain, *await site.shared(column.model), *domain]
        return await site.client.search_read(
            column.model, where, fields, order="id", limit=limit, context=context
        )

    async def _note(self, site: Site, row: Row, into: dict[str, set[int]]) -> None:
        country = ""
        if where := identity(row.get("country_id")):
            country = (await site.tables.get("countries")).countries.get(where, "")
        self.newest = max(self.newest, text(row["write_date"])[:19])
        for value in self.column.values(row, country):
            if value:
                into.setdefault(value, set()).add(row["id"])
