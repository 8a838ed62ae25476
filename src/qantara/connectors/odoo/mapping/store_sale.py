"""What an order of a web store becomes in Odoo: head and lines as cells of a sale.order.

The store's amounts are the truth: unit prices come as near as they can, lines for rounding do the
rest, and what is farther apart than is tolerated is refused with both totals.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from qantara.connectors.odoo.mapping.order import LineShape
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
from qantara.connectors.odoo.mapping.store_order import BAND, KINDS, ROUNDED, ROUNDING
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import Cell, marked_up
from qantara.model import StoreLine, StoreOrder, Tax, TaxAmount
from qantara.transport import Rejected, Undecided

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is known of the Odoo that an order goes to.

    `skus` are products by their code, `units` the units of products by their ids.
    """

    tables: Tables
    shape: LineShape
    skus: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    units: Mapping[int, int] = field(default_factory=dict)

    def ways(self, currency: str) -> Ways:
        """How amounts in this currency are calculated; Rejected where it is not active."""
        self.tables.currency_id(currency)
        return self.tables.ways[currency]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Which products stand for what is no product, and how much rounding may leave."""

    residue: str
    products: Mapping[str, str]
    tolerance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sold:
    """A line of the store, and the line of Odoo that comes nearest to it."""

    line: StoreLine
    product: int
    taxes: Sequence[tuple[UsedTax, TaxAmount]]
    priced: Priced


def problems(order: StoreOrder) -> None:
    """Raises Rejected for what no Odoo could take."""
    if order.customer is None:
        raise Rejected(
            f"Order {order.number} names no customer.",
            remedy="Give the order a customer or an e-mail address in the store.",
            field="customer",
        )
    mail = order.billing.email.strip()
    if mail and not _EMAIL.fullmatch(mail):
        raise Rejected(
            f"The customer's e-mail address {mail!r} in order {order.number} is not valid: invoices "
            "and messages would not arrive.",
            remedy="Correct the address in the store's order; it is carried over then.",
            field="billing",
        )


def tax_of(order: StoreOrder, ways: Ways) -> Decimal:
    """All tax of the order, that of each rate in whole coins."""
    rates: dict[Decimal, Decimal] = {}
    for line in order.lines:
        for tax in line.taxes:
            rates[tax.rate] = rates.get(tax.rate, ZERO) + tax.amount
    return sum((ways.coins(amount) for amount in rates.values()), ZERO)


def ways_of(order: StoreOrder, place: Place) -> Ways:
    """Rejected names the order, and all that its currency needs."""
    try:
        return place.ways(order.currency)
    except Rejected as error:
        where, code = place.tables.where, order.currency
        raise Rejected(
            f"Order {order.number} is in {code}, and {error.reason}",
            remedy=f"Activate {code} in {where} (Accounting, Configuration, Currencies) with its rate, "
            f"and make a price list in {code} (Sales, Products, Pricelists); then retry.",
            field=error.field,
        ) from error


def line_cells(order: StoreOrder, place: Place, terms: Terms) -> list[dict[str, Cell]]:
    """All lines with what rounding leaves. Raises Rejected or Undecided in words."""
    ways = ways_of(order, place)
    sold = [_sold(line, order, place, terms) for line in order.lines]
    more = _rounded(order, sold, terms, ways)
    cells = [_cells(one, order, place) for one in sold]
    starts = dict.fromkeys(KINDS, 0)
    for one, told in zip(sold, cells, strict=True):
        starts[one.line.kind] += 1
        told["sequence"] = KINDS.index(one.line.kind) * BAND + starts[one.line.kind]
    if more:
        product = _configured("residue", terms.residue, order, place)
        cells += [
            _as_cells(one, product, ROUNDED, place) | {"sequence": ROUNDING + at}
            for at, one in enumerate(more, start=1)
        ]
    return cells


def head_cells(order: StoreOrder, fields: frozenset[str]) -> dict[str, Cell]:
    """The named fields of the head that need no look-up."""
    cells: dict[str, Cell] = {}
    if "number" in fields:
        cells["client_order_ref"] = order.number
    if "customer" in fields and order.customer:
        cells["partner_id/.id"] = int(order.customer.id)
    if "placed_at" in fields and order.placed_at:
        cells["date_order"] = order.placed_at
    if "note" in fields:
        cells["note"] = marked_up(order.note)
    return cells


def _sold(line: StoreLine, order: StoreOrder, place: Place, terms: Terms) -> _Sold:
    if not line.quantity and (line.net or line.taxes):
        raise Rejected(
            f"{_named(line, order)} has an amount and the quantity 0.",
            remedy="Correct the line in the store, or enter the order by hand.",
            field="lines",
        )
    told = [tax for tax in line.taxes if tax.rate or tax.amount]
    gross = order.gross and len(told) == 1
    taxes = [(_taxed(line, tax, order, place, gross=gross), tax) for tax in told]
    if not told and line.taxes:
        taxes = _zero(line.taxes[0], place)
    amount = sum((tax.amount for tax in told), ZERO)
    return _Sold(
        line=line,
        product=_product(line, order, place, terms),
        taxes=taxes,
        priced=priced(
            line.quantity, (line.net, amount), [one for one, _ in taxes], place.ways(order.currency)
        ),
    )


def used_tax(rate: Decimal, place: Place, *, gross: bool) -> UsedTax:
    """The tax of this rate; where prices were shown with tax, one that prices contain goes first.

    Raises Rejected when there is none, Undecided when it may be several.
    """
    for included in (True, False) if gross else (False,):
        try:
            [one] = place.tables.tax_ids((Tax(rate=rate, included=included),), "sale")
        except Undecided:
            raise
        except Rejected:
            if not included:
                raise
        else:
            return UsedTax(id=one, rate=rate, included=included)
    raise AssertionError  # the last attempt answers or raises


def _zero(tax: TaxAmount, place: Place) -> list[tuple[UsedTax, TaxAmount]]:
    """A tax of nothing says which kind of sale it is; where that is not clear, none is said."""
    try:
        return [(used_tax(tax.rate, place, gross=False), tax)]
    except Rejected:
        return []


def _taxed(
    line: StoreLine, tax: TaxAmount, order: StoreOrder, place: Place, *, gross: bool
) -> UsedTax:
    """Rejected names the line."""
    try:
        return used_tax(tax.rate, place, gross=gross)
    except Undecided:
        raise
    except Rejected as error:
        raise Rejected(
            f"{_named(line, order)} was taxed with {tax.rate:f}%, and {error.reason}",
            remedy=f"{error.remedy} Then retry. If the rate is wrong, correct it in the store.",
            field=error.field,
        ) from error


def _product(line: StoreLine, order: StoreOrder, place: Place, terms: Terms) -> int:
    if line.product:
        return int(line.product.id)
    if line.kind != "item":
        return _configured(line.kind, terms.products.get(line.kind, ""), order, place)
    found = place.skus.get(line.sku, ()) if line.sku else ()
    if len(found) == 1:
        return found[0]
    where = place.tables.where
    words = f"the SKU {line.sku!r}" if line.sku else "no SKU"
    known = f"{len(found)} products of {where} have it" if found else f"{where} does not know it"
    raise Rejected(
        f"{_named(line, order)} has {words} and names no known product: {known}.",
        remedy=f"Give exactly one product of {where} that SKU (Internal Reference), or correct the "
        "SKU in the store; then retry.",
        field="lines",
    )


def _configured(kind: str, sku: str, order: StoreOrder, place: Place) -> int:
    """The product that stands for what is none."""
    found = place.skus.get(sku, ()) if sku else ()
    if len(found) == 1:
        return found[0]
    title, where = kind.replace("_", " "), place.tables.where
    why = f"{where} has {len(found)} products with the SKU {sku!r}" if sku else "none is named"
    what = "amounts left by rounding" if kind == "residue" else f"{title} lines"
    raise Rejected(
        f"Order {order.number} needs a product for {what}, and {why}.",
        remedy=f"Name one in the options of the flow, and see that {where} has a service with "
        "exactly that Internal Reference.",
        field="lines",
    )


def _rounded(order: StoreOrder, sold: Sequence[_Sold], terms: Terms, ways: Ways) -> list[Priced]:
    """The lines for rounding; Rejected when they would hide a real difference."""
    lines = [one.priced for one in sold]
    aim, nets = _aim(order, sold, ways)
    found = totals(lines, ways)
    apart = gap(aim, found)
    if apart > terms.tolerance:
        raise Rejected(
            f"Order {order.number} comes to {order.total:f} {order.currency} with "
            f"{aim.tax:f} tax in the store, and would come to {found.total:f} with {found.tax:f} "
            f"tax in Odoo: {apart:f} apart, where {terms.tolerance:f} is tolerated.",
            remedy="Compare taxes and lines of the order. Where only prices are cut off, give "
            "Product Price more digits in Odoo (Settings, Technical, Decimal Accuracy), or raise "
            "the tolerance of the flow.",
            field="total",
        )
    return residues(lines, aim, nets, ways) if apart else []


def _aim(order: StoreOrder, sold: Sequence[_Sold], ways: Ways) -> tuple[Totals, dict[int, Decimal]]:
    """What the store's order comes to, by the taxes that stand for its rates; and nets by tax."""
    taxes: dict[int, Decimal] = {}
    nets: dict[int, Decimal] = {}
    for one in sold:
        for used, tax in one.taxes:
            taxes[used.id] = taxes.get(used.id, ZERO) + tax.amount
        if len(one.priced.taxes) == 1:
            [used] = one.priced.taxes
            nets[used.id] = nets.get(used.id, ZERO) + one.line.net
    taxes = {one: ways.coins(amount) for one, amount in taxes.items()}
    net = ways.coins(order.total) - sum(taxes.values(), ZERO)
    return Totals(net=net, taxes=taxes), {one: ways.coins(sum_) for one, sum_ in nets.items()}


def _cells(one: _Sold, order: StoreOrder, place: Place) -> dict[str, Cell]:
    line = one.line
    name = line.description or line.sku or line.kind
    if line.discount:
        name += f"\nDiscount: -{abs(line.discount):f} {order.currency}"
    return _as_cells(one.priced, one.product, name, place)


def _as_cells(line: Priced, product: int, name: str, place: Place) -> dict[str, Cell]:
    cells: dict[str, Cell] = {
        "product_id/.id": product,
        "name": name,
        place.shape.quantity: line.quantity,
        "price_unit": line.price,
        "discount": ZERO,
        f"{place.shape.taxes}/.id": tuple(tax.id for tax in line.taxes),
    }
    if product in place.units:
        cells[f"{place.shape.unit}/.id"] = place.units[product]
    return cells


def _named(line: StoreLine, order: StoreOrder) -> str:
    at = order.lines.index(line) + 1
    return f"Line {at} ({line.description or line.sku or line.kind}) of order {order.number}"
