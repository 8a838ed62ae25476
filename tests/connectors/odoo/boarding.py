"""The board as the connector contract needs it: its models alone, offers and requests."""

from decimal import Decimal
from typing import Any

from qantara.connectors.odoo.furniture.board import OFFER, REQUEST, TABLES
from qantara.connectors.odoo.furniture.shapes import Column
from qantara.model import Offer, Ref, Request
from qantara.sandbox.odoo import OdooStandIn
from qantara.testing import Sample

MAY = dict.fromkeys(("perm_read", "perm_write", "perm_create", "perm_unlink"), True)


def furnish(odoo: OdooStandIn) -> None:
    """As a person would in Studio: the models with their columns, open to everybody."""
    made = {
        table.model: odoo.create("ir.model", {"name": table.label, "model": table.model})
        for table in TABLES
    }
    late = [(t.model, c) for t in TABLES for c in t.columns if c.kind == "one2many"]
    early = [(t.model, c) for t in TABLES for c in t.columns if c.kind != "one2many"]
    for model, column in (*early, *late):
        odoo.create("ir.model.fields", {"model_id": made[model], **_field(column)})
    for model, number in made.items():
        odoo.create("ir.model.access", {"name": model, "model_id": number, **MAY})


def _field(column: Column) -> dict[str, Any]:
    told = {"name": column.name, "ttype": column.kind, "field_description": column.label}
    options = [
        (0, 0, {"value": value, "name": name, "sequence": place})
        for place, (value, name) in enumerate(column.options)
    ]
    more = {
        "relation": column.relation,
        "relation_field": column.inverse,
        "selection_ids": options,
        "on_delete": column.on_delete,
    }
    return {**told, **{name: value for name, value in more.items() if value}}


def seeds(storable: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any], str]]:
    """Products for sale, and requests of nothing."""
    return {
        "offer": ("product.product", {"name": "Offered {}", "sale_ok": True, **storable}, ""),
        "request": (REQUEST, {"x_name": "REQ{}", "x_state": "sent"}, ""),
    }


def offer(odoo: OdooStandIn, item: int, number: int) -> Sample:
    """A line of the board; what it is called, and how much of it there is."""
    other = odoo.create("product.product", {"name": "Another"})
    return Sample(
        record=Offer(
            product=Ref("variant", str(item)),
            name=f"كرسي {number}",
            sku=f"F-{number}",
            free=Decimal("2.5"),
            incoming=Decimal(4),
            lead_days=Decimal(3),
        ),
        changes={"product": Ref("variant", str(other))},
        unwritten={
            "unit": "The board keeps the unit's name alone.",
            "active": "What is not offered any more has nothing free.",
        },
        refused=Offer(product=Ref("variant", "999999"), name="Nobody's"),
    )


def request(odoo: OdooStandIn) -> Sample:
    """What became of a request that the team has made."""
    one = odoo.create(REQUEST, {"x_name": "REQ", "x_state": "sent"})
    odoo.create(OFFER, {"x_name": "Lamp", "x_request": "REQ"})
    others = set(Request.__dataclass_fields__) - {"answer", "state", "remark"}
    return Sample(
        record=Request(number="", state="draft", answer="WH/OUT/00001", remark="قريبا"),
        changes={"state": "ready"},
        unwritten=dict.fromkeys(others, "The team writes it."),
        existing=str(one),
    )
