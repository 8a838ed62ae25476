"""A refund of a store and Odoo's credit note, which comes to the same to the smallest unit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.store_amounts import (
    ZERO,
    Priced,
    Totals,
    UsedTax,
    Ways,
    gap,
    priced,
    residues,
    totals,
)
from qantara.connectors.odoo.mapping.values import Cell, identity, number, text
from qantara.model import Ref, Refund, Returned, TaxAmount
from qantara.transport import Rejected

FIELDS = (
    "name",
    "state",
    "move_type",
    "ref",
    "invoice_origin",
    "currency_id",
    "amount_untaxed",
    "amount_total",
    "invoice_date",
    "write_date",
)
MARK = "Refund"
_MARKED = re.compile(rf"{MARK} (.+): (\d+(?:\.\d+)?) ([A-Z]{{3}})")
ADJUSTMENT = "Adjustment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One line of a credit note; `returned` is the store's line that it stands for."""

    name: str
    priced: Priced
    product: int | None = None
    sale_line: int | None = None
    returned: Returned | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What is known of the order: its lines by product, and the taxes that they have, by rate.

    `products` stand for what is no product, by kind; `allowed` is what rounding may leave.
    """

    lines: Mapping[int, int]
    names: Mapping[int, str]
    taxes: Mapping[Decimal, UsedTax]
    products: Mapping[str, int]
    allowed: Decimal


def marker(refund: Refund) -> str:
    """The note on a sale order that says that it was reduced for this refund."""
    return f"{MARK} {refund.number}: {refund.total:f} {refund.currency}"


def marked(name: str) -> tuple[str, Decimal, str] | None:
    """Number, amount and currency of the refund that the note is about."""
    found = _MARKED.fullmatch(name.strip())
    return (found[1], number(found[2]), found[3]) if found else None


def credits_of(refund: Refund, sold: Sold, ways: Ways) -> list[Credit]:
    """The lines of the credit note, with what belongs to no line and what rounding leaves."""
    lines = [_credit(one, refund, sold, ways) for one in refund.lines if _worth(one)]
    told = sum((one.net + _tax(one) for one in refund.lines), ZERO)
    rest = ways.coins(refund.total) - ways.coins(told)
    if abs(rest) > sold.allowed or (rest and not lines):
        words = refund.reason.strip() or ADJUSTMENT
        line = Priced(quantity=Decimal(1), price=ways.price(rest))
        lines.append(Credit(name=words, priced=line, product=sold.products.get("adjustment")))
    return lines + _rounded(refund, lines, sold, ways)


def from_wire(wire: Wire) -> Refund:
    """The credit note, or the note on an order that was reduced before its invoice."""
    if "note" in wire:
        return _from_note(wire)
    row = wire["move"]
    if not wire["order"]:
        raise Rejected(
            f"The credit note {row['name']} belongs to no sale order that the hub could find.",
            remedy="Leave credit notes that were made by hand out of the link.",
            field="order",
        )
    day = text(row["invoice_date"])
    return Refund(
        order=Ref("store_order", str(wire["order"])),
        number=text(row["ref"]) or text(row["name"]),
        currency=wire["currency"],
        total=number(row["amount_total"]),
        lines=tuple(_returned(one, at) for at, one in enumerate(wire["lines"], start=1)),
        refunded_at=datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) if day else None,
    )


def head_cells(refund: Refund, invoice: Mapping[str, Any], order: str) -> dict[str, Cell]:
    """The head of the credit note for this invoice of the order."""
    at = (refund.refunded_at or datetime.now(UTC)).astimezone(UTC)
    return {
        "move_type": "out_refund",
        "partner_id/.id": identity(invoice["partner_id"]),
        "currency_id/.id": identity(invoice["currency_id"]),
        "journal_id/.id": identity(invoice["journal_id"]),
        "reversed_entry_id/.id": invoice["id"],
        "invoice_origin": order,
        "ref": refund.number,
        "invoice_date": at.date().isoformat(),
    }


def line_cells(line: Credit) -> dict[str, Cell]:
    """One line of the credit note."""
    cells: dict[str, Cell] = {
        "name": line.name,
        "quantity": line.priced.quantity,
        "price_unit": line.priced.price,
        "tax_ids/.id": tuple(tax.id for tax in line.priced.taxes),
        "product_id/.id": line.product,
        "sale_line_ids/.id": (line.sale_line,) if line.sale_line else (),
    }
    return cells


def _worth(line: Returned) -> bool:
    return bool(line.net or _tax(line))


def _tax(line: Returned) -> Decimal:
    return sum((tax.amount for tax in line.taxes), ZERO)


def _credit(line: Returned, refund: Refund, sold: Sold, ways: Ways) -> Credit:
    """Goods are credited as they were sold; money for them alone, as an adjustment."""
    taxes = [_used(tax, refund, sold) for tax in line.taxes if tax.rate or tax.amount]
    quantity = line.quantity or Decimal(1)
    made = priced(quantity, (line.net, _tax(line)), taxes, ways)
    goods = int(line.product.id) if line.product else None
    if line.kind != "item":
        product = sold.products.get(line.kind)
        return Credit(
            name=sold.names.get(product or 0, line.kind.replace("_", " ").capitalize()),
            priced=made,
            product=product,
            sale_line=sold.lines.get(product or 0),
            returned=line,
        )
    name = sold.names.get(goods or 0, "") or ADJUSTMENT
    if not line.quantity:
        product = sold.products.get("adjustment")
        return Credit(name=name, priced=made, product=product, returned=line)
    linked = sold.lines.get(goods or 0)
    return Credit(name=name, priced=made, product=goods, sale_line=linked, returned=line)


def _used(tax: TaxAmount, refund: Refund, sold: Sold) -> UsedTax:
    if tax.rate in sold.taxes:
        return sold.taxes[tax.rate]
    raise Rejected(
        f"Refund {refund.number} gives back tax of {tax.rate:f}%, which its order does not have.",
        remedy="Make the credit note in Odoo by hand, or correct the refund in the store.",
        field="lines",
    )


def _rounded(refund: Refund, lines: Sequence[Credit], sold: Sold, ways: Ways) -> list[Credit]:
    """Lines for rounding that make tax and total those of the refund."""
    taxes: dict[int, Decimal] = {}
    nets: dict[int, Decimal] = {}
    for one in lines:
        if one.returned is None:
            continue
        told = [tax for tax in one.returned.taxes if tax.rate or tax.amount]
        for used, tax in zip(one.priced.taxes, told, strict=True):
            taxes[used.id] = taxes.get(used.id, ZERO) + tax.amount
        if len(told) == 1:
            used = one.priced.taxes[0]
            nets[used.id] = nets.get(used.id, ZERO) + one.returned.net
    taxes = {one: ways.coins(amount) for one, amount in taxes.items()}
    aim = Totals(net=ways.coins(refund.total) - sum(taxes.values(), ZERO), taxes=taxes)
    made = [one.priced for one in lines]
    found = totals(made, ways)
    if gap(aim, found) > sold.allowed:
        raise Rejected(
            f"Refund {refund.number} gives back {refund.total:f} {refund.currency} with "
            f"{aim.tax:f} tax in the store, and its credit note would come to {found.total:f} with "
            f"{found.tax:f} tax: more apart than {sold.allowed:f}.",
            remedy="Compare the lines of the refund, or raise the tolerance of the flow.",
            field="total",
        )
    whole = {one: ways.coins(amount) for one, amount in nets.items()}
    more = residues(made, aim, whole, ways) if gap(aim, found) else []
    product = sold.products.get("residue")
    return [Credit(name="Rounding", priced=one, product=product) for one in more]


def _returned(row: Mapping[str, Any], place: int) -> Returned:
    product = identity(row["product"])
    tax = number(row["total"]) - number(row["net"])
    taxes = row["taxes"]
    return Returned(
        line=str(place),
        product=Ref("variant", str(product)) if product else None,
        quantity=number(row["quantity"]),
        net=number(row["net"]),
        taxes=tuple(
            TaxAmount(rate=number(one["rate"]), amount=tax, name=text(one["name"]))
            for one in taxes[:1]
        ),
    )


def _from_note(wire: Wire) -> Refund:
    found = marked(text(wire["note"]["name"]))
    if found is None:
        raise Rejected("A note on the order says no more which refund it is about.")
    told, total, currency = found
    order = Ref("store_order", str(identity(wire["note"]["order_id"])))
    return Refund(order=order, number=told, currency=currency, total=total)
