"""What a factory has, typed in by a person, and how either side shows it to one who looks."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

from tests.flows.witness import Witness

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
ARABIC = "ar_001"


@dataclass(slots=True)
class Goods:
    """Ids at the factory by what they are called here."""

    mark: str
    chair: int = 0
    shirt: int = 0
    chairs: dict[str, int] = field(default_factory=dict)


def stock_up(factory: Witness, mark: str) -> Goods:
    """Categories, a partner with a contact, four kinds of product, and stock."""
    goods = Goods(mark)
    root = factory.create("product.category", {"name": f"{mark} Furniture"})
    seats = factory.create("product.category", {"name": f"{mark} Seats", "parent_id": root})
    _partners(factory, mark)
    goods.chair = _product(
        factory,
        {
            "name": f"{mark} Chair",
            "default_code": f"{mark}-CHAIR",
            "barcode": f"{mark}0001",
            "list_price": 120.5,
            "weight": 7.25,
            "categ_id": seats,
            "image_1920": PICTURE,
            "description_sale": "Oak",
            **storable(factory),
        },
        {"name": f"{mark} كرسي", "description_sale": "بلوط"},
    )
    _product(
        factory,
        {"name": f"{mark} Assembly", "default_code": f"{mark}-ASM", **_kind(factory, "service")},
    )
    _product(
        factory,
        {"name": f"{mark} Screws", "default_code": f"{mark}-SCR", **_kind(factory, "consu")},
    )
    goods.shirt = _shirt(factory, mark)
    lay_in(factory, variant_of(factory, goods.chair), 10)
    return goods


def storable(side: Witness) -> dict[str, Any]:
    """What makes a product one whose stock is counted."""
    if "is_storable" in side.fields("product.template"):
        return {"type": "consu", "is_storable": True}
    return _kind(side, "product")


def lay_in(side: Witness, variant: int, quantity: float) -> None:
    """Count so much of a variant in the first warehouse."""
    stock = side.rows("stock.warehouse", [], ["lot_stock_id"])[0]["lot_stock_id"][0]
    counted = {"product_id": variant, "location_id": stock, "inventory_quantity": quantity}
    quant = side.create("stock.quant", counted, inventory_mode=True)
    side.call("stock.quant", "action_apply_inventory", [quant])


def variant_of(side: Witness, template: int) -> int:
    [row] = variant_rows(side, template)
    one: int = row["id"]
    return one


def variant_rows(side: Witness, template: int) -> list[dict[str, Any]]:
    fields = ["default_code", "barcode", "weight", "product_template_attribute_value_ids"]
    return side.rows("product.product", [("product_tmpl_id", "=", template)], fields)


def shelf(side: Witness, mark: str) -> dict[str, dict[str, Any]]:
    """Each product of the mark by its first SKU, in words that do not depend on version or id."""
    fields = ["name", "description_sale", "categ_id", "uom_id", "active", "image_1920", "tracking"]
    kinds = ["type", "detailed_type", "is_storable"]
    rows = side.rows("product.template", [("name", "=like", f"{mark} %")], [*fields, *kinds])
    shown = {}
    for row in rows:
        variants = _variants(side, row["id"])
        shown[min(variants)] = {
            "name": row["name"],
            "arabic": _arabic(side, row["id"]),
            "description": row["description_sale"] or "",
            "category": row["categ_id"][1],
            "unit": row["uom_id"][1],
            "counted": _counted(row),
            "service": (row.get("detailed_type") or row["type"]) == "service",
            "tracking": row.get("tracking") or "none",
            "active": row["active"],
            "image": hashlib.sha1(base64.b64decode(row["image_1920"] or "")).hexdigest(),  # noqa: S324
            "variants": variants,
        }
    return shown


def people(side: Witness, mark: str) -> list[dict[str, Any]]:
    """The partners of the mark, by name."""
    plain = ["name", "ref", "vat", "email", "phone", "is_company", "type", "street", "city", "zip"]
    linked = ["country_id", "state_id", "parent_id"]
    rows = side.rows("res.partner", [("name", "=like", f"{mark} %")], [*plain, *linked, "lang"])
    shown = [
        {
            **{name: row[name] for name in (*plain, "lang")},
            **{name: row[name] and row[name][1] for name in linked},
        }
        for row in rows
    ]
    return sorted(shown, key=lambda one: str(one["name"]))


def _partners(factory: Witness, mark: str) -> None:
    [country] = factory.rows("res.country", [("code", "=", "SA")], ["name"])
    company = factory.create(
        "res.partner",
        {
            "name": f"{mark} شركة الرياض",
            "is_company": True,
            "ref": f"{mark}-C1",
            "email": f"{mark.lower()}@example.com",
            "phone": "+966 11 400 0000",
            "street": "King Fahd Road",
            "city": "Riyadh",
            "zip": "11564",
            "country_id": country["id"],
            "lang": ARABIC,
        },
    )
    person = {"name": f"{mark} Leila", "parent_id": company, "email": f"leila.{mark}@example.com"}
    factory.create("res.partner", person)


def _shirt(factory: Witness, mark: str) -> int:
    """Two colours in two sizes; red costs more."""
    lines = []
    for name, arabic, values in (
        (f"{mark} Colour", "اللون", ("Red", "Blue")),
        (f"{mark} Size", "المقاس", ("S", "L")),
    ):
        attribute = factory.create("product.attribute", {"name": name, "create_variant": "always"})
        factory.write("product.attribute", attribute, {"name": arabic}, lang=ARABIC)
        ids = [
            factory.create("product.attribute.value", {"name": value, "attribute_id": attribute})
            for value in values
        ]
        lines.append((0, 0, {"attribute_id": attribute, "value_ids": [(6, 0, ids)]}))
    shirt = _product(
        factory,
        {
            "name": f"{mark} Shirt",
            "list_price": 40.0,
            "attribute_line_ids": lines,
            **storable(factory),
        },
        {"name": f"{mark} قميص"},
    )
    red = factory.row(
        "product.template.attribute.value",
        [("product_tmpl_id", "=", shirt), ("name", "=", "Red")],
        ["name"],
    )
    factory.write("product.template.attribute.value", red["id"], {"price_extra": 5.0})
    for number, row in enumerate(variant_rows(factory, shirt)):
        facts = {"default_code": f"{mark}-SH-{number}", "weight": 0.2 + number}
        factory.write("product.product", row["id"], facts)
    return shirt


def _product(side: Witness, values: dict[str, Any], arabic: dict[str, str] | None = None) -> int:
    one = side.create("product.template", values)
    if arabic:
        side.write("product.template", one, arabic, lang=ARABIC)
    return one


def _kind(side: Witness, kind: str) -> dict[str, Any]:
    name = "detailed_type" if "detailed_type" in side.fields("product.template") else "type"
    return {name: kind}


def _counted(row: dict[str, Any]) -> bool:
    return bool(row.get("is_storable")) or "product" in (row.get("detailed_type"), row["type"])


def _arabic(side: Witness, template: int) -> list[str]:
    domain = [("id", "=", template)]
    row = side.row("product.template", domain, ["name", "description_sale"], lang=ARABIC)
    return [row["name"], row["description_sale"] or ""]


def _variants(side: Witness, template: int) -> dict[str, list[Any]]:
    """What is told of each variant by its SKU: barcode, weight, choices with their surcharges."""
    shown = {}
    for row in variant_rows(side, template):
        chosen = side.rows(
            "product.template.attribute.value",
            [("id", "in", row["product_template_attribute_value_ids"])],
            ["name", "price_extra", "attribute_id"],
        )
        choices = sorted(
            (one["attribute_id"][1], one["name"], one["price_extra"]) for one in chosen
        )
        shown[row["default_code"] or ""] = [row["barcode"] or "", row["weight"], choices]
    return shown
