"""Plans what turns the lines that an order has into those that it should have, as far as Odoo allows.

Facts of Odoo 16 and 18, seen in November 2026: an item of a confirmed order cannot be deleted, only
set to 0; a quantity cannot go below what was delivered or received; and with another quantity Odoo
sets price, discount and date anew unless they are given in the same call.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from qantara.connectors.odoo.mapping.order import LineShape
from qantara.connectors.odoo.mapping.values import (
    Cell,
    identity,
    moment,
    number,
    settable,
    text,
)

Wanted = Mapping[str, Cell]
Row = Mapping[str, Any]
Command = tuple[int, int, Any]

PRODUCT = "product_id/.id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the lines' fields are called; `confirmed` orders keep their items; `done` is the word.

    Only new lines get the cells called `once`. `dates` are those that lines shall have, by their ids;
    under 0 that of new ones. `places` says whether the cells' own sequence numbers are kept, or those
    that lines have already where their order is right.
    """

    shape: LineShape
    confirmed: bool
    done: str = "delivered"
    once: frozenset[str] = frozenset()
    dates: Mapping[int, datetime] = field(default_factory=dict)
    places: Literal["kept", "given"] = "kept"


@dataclass(slots=True, kw_only=True)
class Plan:
    """The commands for the order's lines, and in words what cannot be."""

    commands: list[Command] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def plan(wanted: Sequence[Wanted], there: Sequence[Row], rules: Rules) -> Plan:
    """Lines are known by what they sell: the same ones change, others come and go."""
    made = Plan()
    pairs = _paired(wanted, there, rules)
    given = [cells.get("sequence") for cells in wanted]
    places = given if rules.places == "given" else _places(pairs)
    for place, (cells, row) in enumerate(zip(wanted, pairs, strict=True)):
        told = {**cells, "sequence": places[place], **_date(row, rules)}
        if row is None:
            made.commands.append((0, 0, settable(told)))
        else:
            _change(made, _without(told, rules.once), row, rules)
    kept = {row["id"] for row in pairs if row}
    for row in there:
        if row["id"] not in kept:
            (_date_anew if _vacant(row, rules) else _remove)(made, row, rules)
    return made


def _date_anew(made: Plan, row: Row, rules: Rules) -> None:
    """A line of nothing has a date, too: the order's first one is that of all its lines."""
    date = {name: one for name, one in _date(row, rules).items() if not same(row, name, one)}
    if date:
        made.commands.append((1, row["id"], settable(date)))


def _change(made: Plan, cells: Wanted, row: Row, rules: Rules) -> None:
    quantity = rules.shape.quantity
    changed = {name: cell for name, cell in cells.items() if not same(row, name, cell)}
    done, asked = number(row.get(rules.shape.done)), cells.get(quantity)
    if quantity in changed and isinstance(asked, Decimal) and asked < done:
        made.refusals.append(
            f"{titled(row)}: the quantity stays {number(row[quantity]):f}, for {done:f} were "
            f"{rules.done} already, which is more than {asked:f}."
        )
        return
    if changed.keys() & {quantity, f"{rules.shape.unit}/.id"}:
        changed |= _fixed(cells, rules)
    if changed:
        made.commands.append((1, row["id"], settable(changed)))


def _remove(made: Plan, row: Row, rules: Rules) -> None:
    done = number(row.get(rules.shape.done))
    if row["display_type"] or not rules.confirmed:
        made.commands.append((2, row["id"], 0))
    elif done:
        made.refusals.append(f"{titled(row)}: it stays, for {done:f} were {rules.done} already.")
    else:
        price = {name: row[name] for name in ("price_unit", "discount") if name in row}
        date = settable(_date(row, rules))
        made.commands.append((1, row["id"], {rules.shape.quantity: 0, **price, **date}))


def titled(row: Row) -> str:
    """What the line is called, in a word or two."""
    return text(row["name"]).partition("\n")[0].strip() or "A line"


def _fixed(cells: Wanted, rules: Rules) -> dict[str, Cell]:
    names = ("price_unit", "discount", rules.shape.due)
    return {name: cells[name] for name in names if name in cells}


def _places(pairs: Sequence[Row | None]) -> list[int]:
    """Sequence numbers that give the wanted order; those that lines have are kept where they do."""
    known = [row for row in pairs if row]
    settled = all(_position(one) < _position(other) for one, other in zip(known, known[1:]))  # noqa: B905, RUF007
    if not settled or any(row is None for row in pairs[: len(known)]):
        return list(range(1, len(pairs) + 1))
    last = int(known[-1]["sequence"]) if known else 0
    return [
        int(row["sequence"]) if row else last + 1 + place - len(known)
        for place, row in enumerate(pairs)
    ]


def _position(row: Row) -> tuple[int, int]:
    return int(row["sequence"]), int(row["id"])


def _paired(wanted: Sequence[Wanted], there: Sequence[Row], rules: Rules) -> list[Row | None]:
    """For each wanted line the one that it is already; equal ones first, emptied ones last."""
    free: dict[object, list[Row]] = {}
    for row in sorted(there, key=lambda one: _vacant(one, rules)):
        free.setdefault(_known_as(row, rules), []).append(row)
    pairs: list[Row | None] = [None] * len(wanted)
    for exact in (True, False):
        for place, cells in enumerate(wanted):
            if pairs[place] is None:
                rows = free.get(_wanted_as(cells, rules), [])
                pairs[place] = _taken(rows, _without(cells, rules.once), exact=exact)
    return pairs


def _taken(rows: list[Row], cells: Wanted, *, exact: bool) -> Row | None:
    facts = {name: cell for name, cell in cells.items() if name != "sequence"}
    for row in rows:
        if not exact or all(same(row, name, cell) for name, cell in facts.items()):
            rows.remove(row)
            return row
    return None


def _without(cells: Wanted, names: frozenset[str]) -> dict[str, Cell]:
    return {name: cell for name, cell in cells.items() if name not in names}


def _date(row: Row | None, rules: Rules) -> dict[str, Cell]:
    date = rules.dates.get(row["id"] if row else 0)
    return {rules.shape.due: date} if date else {}


def _known_as(row: Row, rules: Rules) -> object:
    if row["display_type"]:
        return row["display_type"]
    unit = identity(row[rules.shape.unit]) if rules.confirmed else 0
    return identity(row["product_id"]), unit


def _wanted_as(cells: Wanted, rules: Rules) -> object:
    if cells.get("display_type"):
        return cells["display_type"]
    unit = cells.get(f"{rules.shape.unit}/.id") if rules.confirmed else 0
    return cells.get(PRODUCT), unit


def _vacant(row: Row, rules: Rules) -> bool:
    """An item that was set to 0 because it could not be deleted."""
    return rules.confirmed and not row["display_type"] and not number(row[rules.shape.quantity])


def same(row: Row, name: str, cell: Cell) -> bool:
    """Whether the row holds this already."""
    held = row.get(name.partition("/")[0])
    for kind, read in _READINGS:
        if isinstance(cell, kind):
            return bool(read(held) == _comparable(cell))
    return not held


def _comparable(cell: Cell) -> object:
    return frozenset(cell) if isinstance(cell, tuple) else cell


def _ids(held: Any) -> frozenset[int]:
    return frozenset(held if isinstance(held, Iterable) else ())


_READINGS: tuple[tuple[type, Any], ...] = (
    (bool, bool),
    (int, lambda held: held if isinstance(held, int) else identity(held)),
    (Decimal, number),
    (datetime, moment),
    (tuple, _ids),
    (str, text),
)


def each_line(rows: Iterable[Row]) -> Iterator[tuple[int, Row]]:
    """The rows with the ids of their orders."""
    for row in rows:
        yield identity(row["order_id"]) or 0, row
