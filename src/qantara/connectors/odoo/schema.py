"""What the models of one Odoo look like, read from itself, and which module brings a model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

MODULES: dict[str, str] = {
    "account.": "account",
    "base.automation": "base_automation",
    "crm.": "crm",
    "delivery.": "delivery",
    "loyalty.": "loyalty",
    "mail.": "mail",
    "payment.": "payment",
    "pos.": "point_of_sale",
    "product.": "product",
    "purchase.": "purchase",
    "sale.": "sale",
    "stock.": "stock",
    "uom.": "uom",
    "website": "website",
}
"""The module that brings the models whose names begin so."""

ATTRIBUTES = (
    "type",
    "required",
    "readonly",
    "relation",
    "store",
    "selection",
    "translate",
    "string",
    "company_dependent",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldInfo:
    """One field as `fields_get` tells it.

    `readonly` is true for every field of a model that the user may not write (Odoo's habit).
    """

    name: str
    type: str
    label: str = ""
    required: bool = False
    readonly: bool = False
    relation: str = ""
    store: bool = True
    selection: tuple[str, ...] = ()
    translate: bool = False
    company_dependent: bool = False

    @classmethod
    def of(cls, name: str, wire: Mapping[str, Any]) -> Self:
        """From one entry of the answer of `fields_get`."""
        return cls(
            name=name,
            type=wire["type"],
            label=wire.get("string") or "",
            required=bool(wire.get("required")),
            readonly=bool(wire.get("readonly")),
            relation=wire.get("relation") or "",
            store=bool(wire.get("store", True)),
            selection=_values(wire.get("selection")),
            translate=bool(wire.get("translate")),
            company_dependent=bool(wire.get("company_dependent")),
        )


# One name of ours, the names that versions 14 to 19 give it, the newest first.
ALIASES: dict[str, dict[str, tuple[str, ...]]] = {
    "account.move": {
        "checked": ("checked", "to_check"),
        "payment": ("origin_payment_id", "payment_id"),
    },
    "account.payment": {"memo": ("memo", "ref")},
    "account.account": {"companies": ("company_ids", "company_id")},
    "pos.order": {"note": ("general_note", "note")},
    "product.template": {
        "storable": ("is_storable", "detailed_type", "type"),
        "pos_categories": ("pos_categ_ids", "pos_categ_id"),
    },
    "product.product": {"storable": ("is_storable", "detailed_type", "type")},
    "purchase.order.line": {
        "taxes": ("tax_ids", "taxes_id"),
        "unit": ("product_uom_id", "product_uom"),
    },
    "res.users": {"groups": ("group_ids", "groups_id")},
    "sale.order.line": {
        "taxes": ("tax_ids", "tax_id"),
        "unit": ("product_uom_id", "product_uom"),
    },
    "stock.move": {
        "done": ("quantity", "quantity_done"),
        "unit": ("product_uom", "product_uom_id"),
    },
    "stock.move.line": {"done": ("quantity", "qty_done"), "unit": ("product_uom_id",)},
    "stock.picking": {"moves": ("move_ids", "move_ids_without_package", "move_lines")},
    "uom.uom": {"factor": ("relative_factor", "factor_inv")},
}


def pick(fields: Iterable[str], *candidates: str) -> str | None:
    """The first candidate that this Odoo has, or None."""
    present = set(fields)
    return next((name for name in candidates if name in present), None)


def real_name(model: str, fields: Iterable[str], name: str) -> str | None:
    """What this Odoo calls the field that we call `name` (see ALIASES), or None."""
    return pick(fields, *ALIASES.get(model, {}).get(name, (name,)))


def module_of(model: str) -> str:
    """The module that brings the model, as far as we know; else ""."""
    return next((module for start, module in MODULES.items() if model.startswith(start)), "")


def _values(selection: Any) -> tuple[str, ...]:
    if not isinstance(selection, list):
        return ()
    return tuple(str(option[0]) for option in selection)
