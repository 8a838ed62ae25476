"""What the two systems hold, in words that do not depend on ids and versions.

Read without the hub: this is the independent witness.
"""

import hashlib
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from qantara.cli.selftest.acts import ARABIC
from qantara.cli.selftest.sides import Side

Shown = Mapping[str, Any]
"""By what a person calls a record, what he sees of it."""

COUNTED = (
    *("product.template", "product.product", "product.category", "res.partner"),
    *("product.attribute", "product.attribute.value", "product.supplierinfo"),
    *("stock.location", "stock.quant", "sale.order", "sale.order.line"),
    *("purchase.order", "purchase.order.line", "mail.message"),
)
"""Models of which one record too many, or too few, is a fault."""


def counts(side: Side) -> Shown:
    """How many records there are of each model."""
    return {model: len(side.rows(model, [], ["id"])) for model in COUNTED}


def doubles(side: Side) -> list[str]:
    """What is there twice although its key says that it is one."""
    keys = {
        "product.product": "default_code",
        "res.partner": "email",
        "product.category": "complete_name",
        "sale.order": "client_order_ref",
    }
    found = []
    for model, key in keys.items():
        seen = Counter(row[key] for row in side.rows(model, [], [key]) if row[key])
        found += [f"{model} {value!r} is there {n} times." for value, n in seen.items() if n > 1]
    return sorted(found)


def everything(factory: Side, buyer: Side) -> Mapping[str, tuple[Shown, Shown]]:
    """By what is compared: as the factory shows it, and as the buyer does."""
    return {what: (show(factory), show(buyer)) for what, show in _SAME.items()} | {
        "stock": (_free(factory), _lying(factory, buyer)),
        "prices": (_prices(factory), _offers(buyer)),
        "orders": (_sold(factory), _bought(buyer)),
        "news": ({}, _messages(buyer)),
    }


def _products(side: Side) -> Shown:
    plain = ["name", "description_sale", "categ_id", "uom_id", "active", "image_1920", "barcode"]
    shown = {}
    for row in side.rows("product.template", [], plain):
        variants = _variants(side, row["id"])
        codes = sorted(filter(None, variants))
        if not codes:
            continue
        shown[codes[0]] = {
            "name": row["name"],
            "arabic": side.rows(
                "product.template", [("id", "=", row["id"])], ["name"], lang=ARABIC
            )[0]["name"],
            "category": row["categ_id"] and row["categ_id"][1],
            "unit": row["uom_id"][1],
            "active": row["active"],
            "image": hashlib.sha256(b64decode(row["image_1920"] or "")).hexdigest()[:12],
            "variants": variants,
        }
    return shown


def _variants(side: Side, template: int) -> Shown:
    chosen = "product_template_attribute_value_ids"
    fields = ["default_code", "barcode", "weight", "active", chosen]
    rows = side.rows("product.product", [("product_tmpl_id", "=", template)], fields)
    return {
        row["default_code"]: [row["barcode"] or "", row["weight"], _choices(side, row[chosen])]
        for row in rows
        if row["default_code"] or row["active"]
    }


def _choices(side: Side, ids: list[int]) -> list[list[Any]]:
    names = ["name", "price_extra", "attribute_id"]
    rows = side.rows("product.template.attribute.value", [("id", "in", ids)], names)
    return sorted([row["attribute_id"][1], row["name"], row["price_extra"]] for row in rows)


def _people(side: Side) -> Shown:
    plain = ["name", "ref", "vat", "email", "phone", "is_company", "type", "street", "city", "zip"]
    rows = side.rows("res.partner", [("type", "!=", False)], [*plain, "parent_id", "active"])
    return {
        row["name"]: [
            *(row[name] or "" for name in plain),
            row["parent_id"] and row["parent_id"][1],
        ]
        for row in rows
        if str(row["name"]).startswith(("Person", "Leila", "شركة"))
    }


def _categories(side: Side) -> Shown:
    rows = side.rows("product.category", [], ["complete_name"])
    return {row["complete_name"]: True for row in rows if "Furniture" in row["complete_name"]}


def _free(factory: Side) -> Shown:
    """Units on hand less those reserved, where the factory keeps its goods."""
    return _units(factory, [("location_id.usage", "=", "internal")])


def _lying(factory: Side, buyer: Side) -> Shown:
    home = factory.rows("stock.warehouse", [], ["name", "code"])[0]
    return _units(buyer, [("location_id.name", "=", f"{home['name']} ({home['code']})")])


def _units(side: Side, where: list[Any]) -> Shown:
    units: Counter[str] = Counter()
    for row in side.rows("stock.quant", where, ["product_id", "quantity", "reserved_quantity"]):
        product = side.row("product.product", [("id", "=", row["product_id"][0])], ["default_code"])
        units[product["default_code"]] += row["quantity"] - row["reserved_quantity"]
    return {code: number for code, number in sorted(units.items()) if number}


def _prices(factory: Side) -> Shown:
    rows = factory.rows("product.template", [("active", "=", True)], ["name", "list_price"])
    return {row["name"]: row["list_price"] for row in rows if _coded(factory, row["id"])}


def _offers(buyer: Side) -> Shown:
    rows = buyer.rows("product.supplierinfo", [], ["product_tmpl_id", "price"])
    shown = {}
    for row in rows:
        template = row["product_tmpl_id"][0]
        [one] = buyer.rows("product.template", [("id", "=", template)], ["name", "active"])
        if one["active"]:
            shown[one["name"]] = row["price"]
    return shown


def _coded(side: Side, template: int) -> bool:
    rows = side.rows("product.product", [("product_tmpl_id", "=", template)], ["default_code"])
    return all(row["default_code"] for row in rows)


def _sold(factory: Side) -> Shown:
    rows = factory.rows(
        "sale.order", [], ["client_order_ref", "amount_total", "name", "order_line"]
    )
    return {
        row["client_order_ref"]: [
            row["name"],
            row["amount_total"],
            _lines(factory, "sale.order.line", "product_uom_qty", row["order_line"]),
        ]
        for row in rows
    }


def _bought(buyer: Side) -> Shown:
    rows = buyer.rows("purchase.order", [], ["name", "amount_total", "partner_ref", "order_line"])
    return {
        row["name"]: [
            row["partner_ref"],
            row["amount_total"],
            _lines(buyer, "purchase.order.line", "product_qty", row["order_line"]),
        ]
        for row in rows
    }


def _lines(side: Side, model: str, quantity: str, ids: list[int]) -> list[list[Any]]:
    rows = side.rows(model, [("id", "in", ids)], ["product_id", quantity, "price_unit", "name"])
    return sorted([row["name"], row[quantity], row["price_unit"]] for row in rows)


def _messages(buyer: Side) -> Shown:
    """What was said below the purchase orders, in its order."""
    rows = buyer.rows("mail.message", [("model", "=", "purchase.order")], ["body", "res_id"])
    return {str(number): row["body"] for number, row in enumerate(rows)}


_SAME: Mapping[str, Callable[[Side], Shown]] = {
    "products": _products,
    "people": _people,
    "categories": _categories,
}
