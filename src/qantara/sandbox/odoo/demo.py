"""Demonstration companies: a factory full of goods and a buyer who has none yet. No randomness."""

import base64
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.demo_words import (
    ARTICLES,
    CITIES,
    COLOURS,
    CONTACTS,
    DEPARTMENTS,
    FINISHES,
    MATERIALS,
    SIZES,
    TRADES,
    TRADES_ARABIC,
)
from qantara.sandbox.odoo.env import Env

if TYPE_CHECKING:
    from qantara.sandbox.odoo.server import OdooStandIn

PRODUCTS = 2000
PARTNERS = 300
TEMPLATES_WITH_VARIANTS = 60
BATCH = 500
UNITS = ("product_uom_unit", "product_uom_unit", "product_uom_dozen", "product_uom_kgm")
Vals = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A company and what fills its database."""

    company: str
    currency: str
    fill: Callable[..., None]


def fill_factory(
    stand: "OdooStandIn", *, products: int | None = None, partners: int | None = None
) -> None:
    """Categories, products with variants and pictures, partners, a second warehouse, stock."""
    with stand.lock:
        env = stand.environment()
        categories = _categories(env)
        number = PRODUCTS if products is None else products
        ids = _products(env, categories, number)
        if number >= TEMPLATES_WITH_VARIANTS:
            _variants(env, categories)
        _partners(env, PARTNERS if partners is None else partners)
        branch = {"name": f"{stand.settings.company} Jeddah", "code": "JED"}
        second = env.model("stock.warehouse").make(branch)
        warehouses = env.model("stock.warehouse")
        places = [warehouses.row(each)["lot_stock_id"] for each in (1, second)]
        _stock(env, ids, places)
        env.store.commit()


def fill_buyer(
    stand: "OdooStandIn", *, products: int | None = None, partners: int | None = None
) -> None:
    """SAR switched on, a few products that the factory has too, a few partners."""
    with stand.lock:
        env = stand.environment()
        sar = env.reference("base.SAR")
        env.model("res.currency").write(sar, {"active": True})
        listed = list(_catalogue(20 if products is None else products))
        for vals in listed:
            vals.pop("name_ar")
            # the same SKU and barcode as the factory's, under the buyer's own name and price
            vals |= {
                "name": f"{vals['name']} (own)",
                "list_price": round(vals["list_price"] / 3, 2),
            }
        env.model("product.product").create([_goods(env, vals) for vals in listed])
        _partners(env, 10 if partners is None else partners)
        env.store.commit()


def _categories(env: Env) -> list[int]:
    """A tree of three levels; returns the leaves."""
    model = env.model("product.category")
    top = env.reference("product.product_category_all") if env.version < 19 else False
    leaves: list[int] = []
    for department, groups in DEPARTMENTS.items():
        above = model.make({"name": department, "parent_id": top})
        leaves.extend(model.make({"name": group, "parent_id": above}) for group in groups)
    return leaves


def _catalogue(number: int) -> Iterator[Vals]:
    """Names, codes, prices, weights: the same for everybody who asks."""
    for index in range(number):
        article, article_ar, weight = ARTICLES[index % len(ARTICLES)]
        material, material_ar = MATERIALS[index // len(ARTICLES) % len(MATERIALS)]
        finish, finish_ar = FINISHES[index // (len(ARTICLES) * len(MATERIALS)) % len(FINISHES)]
        series = index // (len(ARTICLES) * len(MATERIALS) * len(FINISHES)) + 1
        yield {
            "name": f"{material} {article} {finish} {series}",
            "name_ar": f"{article_ar} {material_ar} {finish_ar} {series}",
            "default_code": f"NF-{index + 1:05}",
            "barcode": ean13(628_100_000_000 + index),
            "list_price": round(4.5 + (index * 37 % 4000) / 4, 2),
            "standard_price": round(2.5 + (index * 37 % 4000) / 7, 2),
            "weight": round(weight * (1 + index % 5 / 10), 2),
            "volume": round(weight * 0.003, 2),
        }


def ean13(number: int) -> str:
    """Twelve digits with their check digit."""
    digits = [int(each) for each in f"{number:012}"]
    total = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{number:012}{-total % 10}"


def png(red: int, green: int, blue: int, side: int = 8) -> str:
    """A small square of one colour, base64."""
    row = b"\x00" + bytes((red, green, blue)) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(row * side)), (b"IEND", b""))
    chunks = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunks).decode()


def _products(env: Env, categories: list[int], number: int) -> list[int]:
    made: list[int] = []
    batch: list[Vals] = []
    arabic: list[str] = []
    for index, vals in enumerate(_catalogue(number)):
        arabic.append(vals.pop("name_ar"))
        unit = env.reference(f"uom.{UNITS[index % len(UNITS)]}")
        vals |= {"categ_id": categories[index % len(categories)], "uom_id": unit}
        if index % 4 == 0:
            vals["image_1920"] = png(index % 256, index // 3 % 256, index // 7 % 256)
        batch.append(_goods(env, vals))
        if len(batch) == BATCH or index + 1 == number:
            made.extend(env.model("product.product").create(batch))  # type: ignore[arg-type]
            batch = []
    _translate(env, made, arabic)
    return made


def _goods(env: Env, vals: Vals) -> Vals:
    """Storable, as the version says it."""
    if env.version >= 18:
        return {**vals, "type": "consu", "is_storable": True}
    return {**vals, "detailed_type": "product"}


def _translate(env: Env, products: list[int], names: list[str]) -> None:
    if "ar_001" not in env.languages():
        return
    rows = env.store.table("product.product").rows
    templates = env.using(lang="ar_001").model("product.template")
    for product, name in zip(products, names, strict=True):
        templates.write(rows[product]["product_tmpl_id"], {"name": name})


def _variants(env: Env, categories: list[int]) -> None:
    """Templates in sizes and colours; each variant has a SKU and a barcode of its own."""
    size, sizes = _attribute(env, ("Size", "المقاس"), SIZES)
    colour, colours = _attribute(env, ("Colour", "اللون"), COLOURS)
    templates, products = env.business("product.template"), env.model("product.product")
    arabic = env.using(lang="ar_001").model("product.template")
    for index in range(TEMPLATES_WITH_VARIANTS):
        article, article_ar, weight = ARTICLES[index * 7 % len(ARTICLES)]
        lines = [(0, 0, {"attribute_id": size, "value_ids": [(6, 0, sizes[: 2 + index % 3])]})]
        if index % 2:
            chosen = colours[index % 3 : index % 3 + 3]
            lines.append((0, 0, {"attribute_id": colour, "value_ids": [(6, 0, chosen)]}))
        vals = {
            "name": f"{article} Collection {index + 1}",
            "list_price": 25.0 + index,
            "categ_id": categories[index % len(categories)],
            "attribute_line_ids": lines,
        }
        template = templates.make(_goods(env, vals))
        if "ar_001" in env.languages():
            arabic.write(template, {"name": f"{article_ar} مجموعة {index + 1}"})
        for place, variant in enumerate(templates.variants(template)):
            products.write(
                variant,
                {
                    "default_code": f"NV-{index + 1:03}-{place + 1:02}",
                    "barcode": ean13(628_200_000_000 + index * 100 + place),
                    "standard_price": 12.0 + index,
                    "weight": weight,
                },
            )


def _attribute(
    env: Env, names: tuple[str, str], values: tuple[tuple[str, str], ...]
) -> tuple[int, list[int]]:
    model, held = env.model("product.attribute"), env.model("product.attribute.value")
    attribute = model.make({"name": names[0], "create_variant": "always"})
    made = [held.make({"name": english, "attribute_id": attribute}) for english, _ in values]
    if "ar_001" in env.languages():
        arabic = env.using(lang="ar_001")
        arabic.model("product.attribute").write(attribute, {"name": names[1]})
        for value, (_, name) in zip(made, values, strict=True):
            arabic.model("product.attribute.value").write(value, {"name": name})
    return attribute, made


def _partners(env: Env, number: int) -> None:
    """Companies with two contacts each, one of them a delivery address."""
    model = env.model("res.partner")
    for index in range(0, number, 3):
        city, city_ar, code, state = CITIES[index // 3 % len(CITIES)]
        trade, trade_ar = TRADES[index // 3 % len(TRADES)], TRADES_ARABIC[index // 3 % len(TRADES)]
        person, person_ar = CONTACTS[index % len(CONTACTS)]
        in_arabic = index % 2
        series = index // (3 * len(TRADES)) + 1
        name = f"شركة {trade_ar} {city_ar} {series}" if in_arabic else f"{city} {trade} {series}"
        company = model.make(
            {
                "name": name,
                "is_company": True,
                "ref": f"C{index + 1:05}",
                "vat": f"3{index + 1:09}00003",
                "email": f"office{index + 1}@example.com",
                "phone": f"+96611{4000000 + index}",
                "street": f"King Fahd Road {index + 1}",
                "zip": f"1{index:04}",
                "city": city,
                "state_id": env.reference(f"base.state_{code}_{state}") if state else False,
                "country_id": env.reference(f"base.{code}"),
                "customer_rank": 1,
            }
        )
        people = (("contact", person, person_ar), ("delivery", "Warehouse", "المستودع"))
        for place, (kind, latin, arabic) in enumerate(people[: max(0, number - index - 1)]):
            model.make(
                {
                    "name": arabic if in_arabic else latin,
                    "parent_id": company,
                    "type": kind,
                    "email": f"person{index + place + 2}@example.com",
                    "phone": f"+96650{1000000 + index + place}",
                    "street": f"Industrial Area {index + place}" if place else False,
                    "city": city if place else False,
                }
            )


def _stock(env: Env, products: list[int], places: list[int]) -> None:
    """Nine products of ten lie in one warehouse or the other."""
    quants = env.using(inventory_mode=True).business("stock.quant")
    for index, product in enumerate(products):
        if index % 10 == 9:
            continue
        place = places[index % 7 == 0]
        vals = {"product_id": product, "location_id": place, "inventory_quantity": 5 + index % 90}
        made = quants.create([vals])
        quants.action_apply_inventory(made)


DEMOS = {
    "factory": Demo(company="Nile Factory", currency="SAR", fill=fill_factory),
    "buyer": Demo(company="Delta Trading", currency="USD", fill=fill_buyer),
}
