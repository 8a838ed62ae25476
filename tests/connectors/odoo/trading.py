"""Orders, terms and refusals as the connector contract needs them."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from qantara.model import Money, OrderLine, PurchaseOrder, Record, Ref, SaleOrder, Tax, Terms, Unit
from qantara.sandbox.odoo import OdooStandIn
from qantara.testing import Sample

OFFERED, ACCEPTED = "order_terms", "accepted_terms"
PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))
ORDERED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
UNWRITTEN = {
    "number": "The seller's own sequence gives it.",
    "state": "Of the states only cancelled is written.",
    "total": "It follows from the lines.",
    "deliver_to": "It is kept as an address of the customer.",
    "payment_terms": "Only those that are there are taken.",
}


def reference(odoo: OdooStandIn, vendor: int, currency: str, number: int) -> Sample:
    """What the vendor calls a purchase order."""
    order = odoo.create("purchase.order", {"partner_id": vendor})
    told = PurchaseOrder(
        number="",
        state="draft",
        vendor=Ref("partner", "0"),
        buyer=Ref("partner", "0"),
        currency=currency,
        ordered_at=None,
        lines=(),
        total=Money.of(0, currency),
        vendor_reference=f"S-{number}",
    )
    others = set(PurchaseOrder.__dataclass_fields__) - {"vendor_reference", "extra"}
    return Sample(
        record=told,
        unwritten=dict.fromkeys(others, "The buyer writes it."),
        existing=str(order),
    )


def quotation(sides: tuple[int, int, int], item: int, price: Money, number: int) -> Sample:
    """A sale order for the first of the partners, then for the second; the third does not exist."""
    (customer, other, absent), currency = sides, price.currency
    section = OrderLine(kind="section", description="قسم")
    note = OrderLine(kind="note", description="Fragile")
    first = _line(item, "Item", 2, price)
    dear = _line(item, "بند", 3, Money.of("2.5", "USD"))
    cheap = _line(item, "More", 1, Money.of("4", "USD"))
    told = SaleOrder(
        number="",
        state="draft",
        customer=Ref("partner", str(customer)),
        ordered_at=ORDERED,
        lines=(section, first),
        total=Money.of(0, currency),
        currency=currency,
        customer_reference=f"P{number:05}",
        note="Ring twice.\nMerci.",
        due=ORDERED,
    )
    return Sample(
        record=told,
        changes={
            "customer": Ref("partner", str(other)),
            "currency": "USD",
            "lines": (dear, note, cheap),
        },
        unwritten=UNWRITTEN,
        together=[frozenset({"currency", "lines"})],
        refused=replace(told, customer=Ref("partner", str(absent)), lines=()),
    )


def _line(item: int, description: str, quantity: int, price: Money) -> OrderLine:
    return OrderLine(
        description=description,
        product=Ref("variant", str(item)),
        quantity=Decimal(quantity),
        unit=PIECE,
        price=price,
        discount=Decimal(10),
        taxes=(Tax(rate=Decimal(15)),),
    )


def terms_id(odoo: OdooStandIn, order: int) -> str:
    """The id of the terms of a sale order without lines."""
    [row] = odoo.read("sale.order", [order], "write_date", "commitment_date")
    values = _digest([[], row["commitment_date"]])
    return f"{order}:{values}:{_digest([row['write_date'][:19]])}"


def sample(odoo: OdooStandIn, entity: str, partner: int, item: int) -> Sample:
    """Three pieces offered where two were ordered."""
    line = {"product_id": item, "product_qty": 2, "price_unit": 5, "name": "Item"}
    made = {"partner_id": partner, "order_line": [(0, 0, line)]}
    order = odoo.create("purchase.order", made)
    odoo.call("purchase.order", "button_confirm", [order])
    untold = dict.fromkeys(("choices", "id", "currency"), "It is of the offer alone.")
    unwritten = {**untold, "order": "It is theirs.", "due": "Read of the lines.", "lines": "Told."}
    return Sample(
        record=_offer(order, item),
        unwritten={**unwritten, "number": "It is the seller's."},
        refused=_offer(987654321, item),
    )


class Traded(dict[str, Record]):
    """What was proposed for an order, or accepted of it, whatever wrote it."""

    def __init__(self, odoo: OdooStandIn, entity: str, item: int) -> None:
        super().__init__()
        self._odoo, self._entity, self._item = odoo, entity, item

    def __missing__(self, key: str) -> Record:
        order = int(key.partition(":")[0])
        if self._entity == OFFERED:
            ours = (".proposal@qantara>", "purchase.order", order)
            [told] = [row for row in self._odoo.rows("mail.message") if _of(row, *ours)]
            assert "quantity 2 Units → 3 Units" in told["body"]
        else:
            lines = self._odoo.rows("purchase.order.line")
            assert [row["product_qty"] for row in lines if row["order_id"] == order] == [3.0]
        return _offer(order, self._item)


def _of(row: Any, end: str, model: str, order: int) -> bool:
    named = str(row.get("message_id") or "").endswith(end)
    return named and (row.get("model"), row.get("res_id")) == (model, order)


def _offer(order: int, item: int) -> Terms:
    line = OrderLine(
        description="Item",
        product=Ref("variant", str(item)),
        quantity=Decimal(3),
        unit=PIECE,
        price=Money.of(5, "SAR"),
    )
    return Terms(
        order=Ref("purchase_order", str(order)), number="S00001", currency="SAR", lines=(line,)
    )


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
