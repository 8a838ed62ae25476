"""Transfers and receipts as the connector contract needs them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from qantara.model import Ref, Transfer, Unit
from qantara.model.transfers import Packed, TransferLine
from qantara.sandbox.odoo import OdooStandIn
from qantara.testing import Sample

PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))
SENT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
OWN = (
    *("number", "state", "direction", "partner", "order", "done_at", "lines", "packages", "weight"),
    *("ready", "note", "backorder_of", "return_of", "container", "origin"),
)


def seeds(odoo: OdooStandIn, partner: int) -> dict[str, tuple[str, dict[str, Any], str]]:
    """A transfer that nothing is moved by yet, for both ways to look at it."""
    kind = next(row for row in odoo.rows("stock.picking.type") if row["code"] == "incoming")
    ends = (
        ("location_id", kind["default_location_src_id"]),
        (
            "location_dest_id",
            kind["default_location_dest_id"],
        ),
    )
    values = {"partner_id": partner, "picking_type_id": kind["id"], **dict(ends)}
    return dict.fromkeys(("transfer", "receipt"), ("stock.picking", values, ""))


def receipt(odoo: OdooStandIn, vendor: int, item: int) -> Sample:
    """What came for a purchase order of ten."""
    line = {"product_id": item, "product_qty": 10, "price_unit": 1, "name": "-"}
    order = odoo.create("purchase.order", {"partner_id": vendor, "order_line": [(0, 0, line)]})
    odoo.call("purchase.order", "button_confirm", [order])
    told = Transfer(
        number="",
        state="ready",
        direction="incoming",
        origin="WH/OUT/00001",
        order=Ref("purchase_order", str(order)),
        scheduled_at=SENT,
        packed=(_packed(item, 3, "BOX-1"), _packed(item, 2, "")),
    )
    return Sample(
        record=told,
        changes={"packed": (_packed(item, 4, "صندوق"), _packed(item, 7, ""))},
        unwritten=dict.fromkeys(OWN, "Odoo's own, or joined to what is there."),
        refused=Transfer(
            number="",
            order=Ref("purchase_order", "999999"),
            packed=(_packed(item, 1, ""),),
        ),
    )


def draft(partner: int, item: int) -> Sample:
    """What is asked of the warehouse: made once; afterwards only its note is written."""

    def told(product: str) -> Transfer:
        line = TransferLine(
            product=Ref("variant", product), quantity=Decimal(3), unit=PIECE, description="Item"
        )
        return Transfer(
            number="", partner=Ref("partner", str(partner)), lines=(line,), note="Ring twice."
        )

    others = set(Transfer.__dataclass_fields__) - {"note", "extra"}
    return Sample(
        record=told(str(item)),
        unwritten=dict.fromkeys(others, "It is drafted once; the warehouse decides the rest."),
        refused=told("999999"),
    )


def _packed(item: int, quantity: int, package: str) -> Packed:
    product = Ref("variant", str(item))
    return Packed(product=product, quantity=Decimal(quantity), unit=PIECE, package=package)
