"""Orders: `name desc, id` as sort keys, NULL last ascending and first descending."""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.domain import Test
from qantara.sandbox.odoo.errors import UserError
from qantara.sandbox.odoo.store import Row

if TYPE_CHECKING:
    from qantara.sandbox.odoo.reading import Reading

Keys = tuple[tuple[str, bool], ...]  # field, descending
RECENT: Keys = (("write_date", False), ("id", False))
TERM = re.compile(r"([a-z0-9_]+)(?:\s+(asc|desc))?", re.IGNORECASE)


def parse(model: "Reading", order: str) -> Keys:
    """The keys of an order; raises for a field that does not exist."""
    keys = []
    for term in order.split(","):
        found = TERM.fullmatch(term.strip())
        if not found:
            raise UserError(
                f'Invalid "order" specified ({order}). A valid "order" specification is a'
                " comma-separated list of valid field names (optionally followed by asc/desc"
                " for the direction)"
            )
        model.field(found[1])
        keys.append((found[1], (found[2] or "").lower() == "desc"))
    return tuple(keys)


def ordered(model: "Reading", rows: list[Row], keys: Keys) -> list[Row]:
    """A new list in that order."""
    result = list(rows)
    if len(result) < 2:
        return result
    for name, descending in reversed(keys):
        result.sort(key=_sort_key(model, name, result), reverse=descending)
    return result


def taken(stream: Iterable[Row], test: Test, end: int | None) -> list[Row]:
    """The first rows of an ordered stream that pass."""
    found: list[Row] = []
    for row in stream:
        if end is not None and len(found) >= end:
            break
        if test(row):
            found.append(row)
    return found


def _sort_key(model: "Reading", name: str, rows: list[Row]) -> Callable[[Row], Any]:
    get = model.getter(name)
    if model.fields[name].type == "many2one":
        rank = _rank(model, name, rows)
        return lambda row: rank[get(row)]
    return lambda row: _sortable(get(row))


def _sortable(value: Any) -> tuple[bool, Any]:
    return (True, 0) if value is None else (False, value)


def _rank(model: "Reading", name: str, rows: list[Row]) -> dict[Any, int]:
    other = model.env.model(str(model.fields[name].relation))
    get = model.getter(name)
    ids = {found for row in rows if (found := get(row)) is not None}
    if len(ids) < 2:
        return {**dict.fromkeys(ids, 0), None: 1}
    targets = ordered(other, [other.table.rows[each] for each in sorted(ids)], _own(other))
    rank: dict[Any, int] = {row["id"]: place for place, row in enumerate(targets)}
    return {**rank, None: len(rank)}


def _own(other: "Reading") -> Keys:
    return parse(other, other.ORDER)
