"""Proposes the terms of a sale order to the buyer, and takes over those that he accepts."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.odoo.line_changes import PRODUCT, Rules, plan
from qantara.connectors.odoo.mapping.order import LineShape
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.terms import differences, net
from qantara.connectors.odoo.mapping.values import Cell, moment, number, text
from qantara.connectors.odoo.notes import message_id
from qantara.connectors.odoo.orders import purchase_shape
from qantara.connectors.odoo.remarks import refusal_id, remark
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.connectors.odoo.terms import PurchaseTerms
from qantara.connectors.odoo.writing import Writer, its
from qantara.model import Note, OrderLine, Terms
from qantara.transport import NotFound, Rejected

ORDERED = frozenset({"purchase", "done"})
"""States in which a purchase order is what the buyer wants."""

PROPOSAL, SETTLED = "proposal", "settled"

_OURS = re.compile(rf"\.([0-9a-f]+)\.({PROPOSAL}|{SETTLED})@qantara>$")


class _Terms(Writer):
    """Both work on purchase orders and leave nothing behind that could be looked up."""

    model = "purchase.order"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One after the other: each looks at its order as it is now."""
        return [await self._attempt(one) for one in writes]

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """What may have been done is looked at again: it changes nothing the second time."""
        return {}

    async def _attempt(self, write: Write) -> Outcome:
        number = int(its(Terms, write).order.id)
        try:
            await self._write_one(write, number)
        except (Rejected, NotFound) as error:
            return error
        return Written(external_id=f"{number}:{write.key}")

    async def _write_one(self, write: Write, number: int) -> None:
        raise NotImplementedError

    async def _held(self, number: int) -> Terms | None:
        """The terms of the purchase order as they are now."""
        reader = PurchaseTerms(self.site)
        found = await reader.read([str(number)])
        return PurchaseTerms.canonical(found[0].wire) if found else None


class Proposals(_Terms):
    """mail.message on a purchase order: how its sale order differs, once for each difference.

    Terms that agree again after a proposal are told, too: it is answered then.
    """

    entity = "order_terms"

    async def _write_one(self, write: Write, number: int) -> None:
        held = await self._held(number)
        if held is None:
            raise NotFound(f"The purchase order with the id {number} is not there any more.")
        if not await self._is_ordered(number):
            return
        offered = its(Terms, write)
        found = differences(held, offered)
        digest = hashlib.sha256("\n".join(found).encode()).hexdigest()[:12]
        last = await self._last(number)
        if found and last != (digest, PROPOSAL):
            await self._post(write, f"{write.key}.{digest}.{PROPOSAL}", _proposed(offered, found))
        elif not found and last[1] == PROPOSAL:
            words = f"Sale order {offered.number} and this order agree again."
            await self._post(write, f"{write.key}.{digest}.{SETTLED}", words)

    async def _post(self, write: Write, key: str, words: str) -> None:
        offered = its(Terms, write)
        choices = offered.choices if key.endswith(PROPOSAL) else ()
        note = Note(on=offered.order, body=words, choices=choices)
        await remark(self.site, note, message_id(key))

    async def _is_ordered(self, one: int) -> bool:
        rows = await self.site.rows(self.model, [("id", "=", one)], ["state"])
        return any(text(row["state"]) in ORDERED for row in rows)

    async def _last(self, one: int) -> tuple[str, str]:
        """Which differences were told last, and whether they still stand."""
        either = [
            ("message_id", "=like", f"%.{PROPOSAL}@qantara>"),
            ("message_id", "=like", f"%.{SETTLED}@qantara>"),
        ]
        domain = [("model", "=", self.model), ("res_id", "=", one), "|", *either]
        rows = await self.site.rows("mail.message", domain, ["message_id"])
        match = _OURS.search(text(rows[-1]["message_id"])) if rows else None
        return (match[1], match[2]) if match else ("", "")


def _proposed(offered: Terms, found: Sequence[str]) -> str:
    lines = "\n".join(f"- {one}" for one in found)
    return (
        f"The factory proposes other terms with sale order {offered.number}:\n{lines}\n"
        "Accepted, they become this order's; refused, the sale order goes back to this one's."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """A purchase order as it is now, with its items."""

    name: str
    state: str
    locked: bool
    items: Sequence[Mapping[str, Any]]
    shape: LineShape


class AcceptedTerms(_Terms):
    """purchase.order: its items take the quantities, prices and the date that were proposed."""

    entity = "accepted_terms"

    async def _write_one(self, write: Write, number: int) -> None:
        order, told = await self._order(number), its(Terms, write)
        _refuse_closed(order, told)
        tables = await self.site.tables.get("units", "taxes")
        discounts = bool(await self.site.having("purchase.order.line", ["discount"]))
        cells = [_cells(one, (tables, order.shape), discounts=discounts) for one in told.lines]
        planned = plan(cells, order.items, _rules(order, told.due))
        if planned.commands:
            context = await self.site.tables.context(**EVERYTHING)
            values = {"order_line": planned.commands}
            await self.site.client.write(self.model, [number], values, context=context)
        if refusals := planned.refusals or await self._left(number, told):
            await self._refuse(write, order, refusals)

    async def _left(self, number: int, told: Terms) -> list[str]:
        """What Odoo did not keep as it was written."""
        held = await self._held(number)
        return differences(held, told) if held else []

    async def _refuse(self, write: Write, order: _Order, refusals: Sequence[str]) -> None:
        words = f"Of the accepted terms {order.name} did not take over: {' '.join(refusals)}"
        note = Note(on=its(Terms, write).order, body=words)
        await remark(self.site, note, refusal_id(write.key, words))
        raise Rejected(
            words, remedy="Agree with the factory, then correct one of the two.", field="lines"
        )

    async def _order(self, number: int) -> _Order:
        shape = await purchase_shape(self.site)
        rows = await self.site.rows(self.model, [("id", "=", number)], ["name", "state", "locked"])
        if not rows:
            raise NotFound(f"The purchase order with the id {number} is not there any more.")
        mine = [("order_id", "=", number), ("display_type", "=", False)]
        items = await self.site.rows(
            "purchase.order.line", mine, shape.facts(), order="sequence, id"
        )
        return _Order(
            name=text(rows[0]["name"]),
            state=text(rows[0]["state"]),
            locked=bool(rows[0].get("locked")) or rows[0]["state"] == "done",
            items=items,
            shape=shape,
        )


def _refuse_closed(order: _Order, told: Terms) -> None:
    closed = "cancelled" if order.state == "cancel" else "locked" if order.locked else ""
    if closed:
        raise Rejected(
            f"{order.name} is {closed} and does not take over the terms of {told.number}.",
            remedy=f"Open {order.name} again, or have the sale order corrected at the factory.",
            field="lines",
        )


def _rules(order: _Order, due: datetime | None) -> Rules:
    return Rules(
        shape=order.shape,
        confirmed=order.state in ORDERED,
        done="received",
        once=frozenset({"name", f"{order.shape.taxes}/.id"}),
        dates=_dates(order, due),
    )


def _dates(order: _Order, due: datetime | None) -> dict[int, datetime]:
    """Lines wanted first, and those wanted before the new date, are moved to it; others stay."""
    known = {row["id"]: moment(row[order.shape.due]) for row in order.items}
    living = [row["id"] for row in order.items if number(row[order.shape.quantity])]
    first = min((date for one in living if (date := known[one])), default=None)
    wanted = due or first
    dates = {
        one: wanted if wanted and (date in (None, first) or date < wanted) else date
        for one, date in known.items()
    }
    return {one: date for one, date in {**dates, 0: wanted}.items() if date}


def _cells(line: OrderLine, into: tuple[Tables, LineShape], *, discounts: bool) -> dict[str, Cell]:
    """A purchase has no discounts before Odoo 17: the price is the one after it then."""
    tables, shape = into
    price = line.price.amount if line.price else number(0)
    cells: dict[str, Cell] = {
        PRODUCT: int(line.product.id) if line.product else None,
        "name": line.description or "-",
        shape.quantity: line.quantity,
        "price_unit": price if discounts else net(line),
    }
    if discounts:
        cells["discount"] = line.discount
    if line.unit:
        cells[f"{shape.unit}/.id"] = tables.unit_id(line.unit)
    if line.taxes is not None:
        cells[f"{shape.taxes}/.id"] = tables.tax_ids(line.taxes, "purchase")
    return cells
