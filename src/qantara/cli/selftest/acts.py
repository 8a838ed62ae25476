"""The story of the self-test: what people at a factory and at its buyer do, act by act.

It is short, and takes records through every step of the engine: each act says what for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.cli.selftest.sides import Row, Side
from qantara.sandbox.odoo.demo import png

ARABIC = "ar_001"
PARTS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A webhook that one of the systems sends, as an Odoo does; `key` is when it was written."""

    connection: str
    model: str
    one: int
    key: str = "1"


@dataclass(slots=True)
class Scene:
    """Both sides, and what a person does to the journal.

    `retry` sends the open letters back, `decide` settles the open conflicts for the factory, and
    `passes` makes an hour pass for a link: what is done by the hour is due. `told` are webhooks on
    their way to the hub.
    """

    factory: Side
    buyer: Side
    retry: Callable[[], None]
    decide: Callable[[], None]
    passes: Callable[[str], None]
    told: list[Told] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Act:
    """What happens, in words, and how."""

    title: str
    play: Callable[[Scene], None]


def furnish(factory: Side, buyer: Side) -> None:
    """What both have before the hub comes: it is the first load."""
    furniture = factory.create("product.category", {"name": "Furniture"})
    seats = factory.create("product.category", {"name": "Seats", "parent_id": furniture})
    _people(factory)
    chair = _product(factory, "Chair", categ_id=seats, image_1920=png(9, 9, 9), **_counted(factory))
    factory.write("product.template", chair, {"name": "كرسي"}, lang=ARABIC)
    _shirt(factory)
    for number in range(PARTS):
        _product(factory, f"Part {number}", list_price=1.5 + number)
    _product(factory, "Lamp", barcode="6281000000017", **_counted(factory))
    _product(factory, "Nameless", default_code=False)
    _lay_in(factory, "CHAIR", 10)
    _lay_in(factory, "LAMP", 3)
    _product(buyer, "Old lamp", default_code="LAMP")
    _riyal(buyer)
    factory.create("product.pricelist", {"name": "SAR", "currency_id": _currency(factory, "SAR")})


def _changes(scene: Scene) -> None:
    factory = scene.factory
    chair = _template(factory, "CHAIR")
    factory.write("product.template", chair, {"name": "Armchair", "list_price": 99.25})
    factory.write("product.template", chair, {"name": "أريكة", "image_1920": False}, lang=ARABIC)
    factory.write("product.template", _template(factory, "PART-3"), {"active": False})
    one = factory.id_of("product.category", ("name", "=", "Seats"))
    factory.write("product.category", one, {"name": "Seating"})
    leila = factory.id_of("res.partner", ("name", "=", "Leila"))
    factory.write("res.partner", leila, {"phone": "+966 11 400 0001"})
    _medium(factory)


def _both_sides(scene: Scene) -> None:
    """The partners go both ways: a change comes back, two are merged, two contradict each other."""
    factory, buyer = scene.factory, scene.buyer
    buyer.write("res.partner", _person(buyer, 0), {"phone": "+966 11 400 0002"})
    buyer.create("res.partner", {"name": "Person of the buyer", "email": "new@example.com"})
    factory.write("res.partner", _person(factory, 1), {"phone": "+966 11 400 0003"})
    buyer.write("res.partner", _person(buyer, 1), {"ref": "P-1"})
    factory.write("res.partner", _person(factory, 2), {"name": "Person two"})
    buyer.write("res.partner", _person(buyer, 2), {"name": "Person 2nd"})


def _decision(scene: Scene) -> None:
    """A person keeps the factory's name; meanwhile both sides change what is nobody's question."""
    scene.decide()
    scene.buyer.write("res.partner", _person(scene.buyer, 3), {"website": "http://three.example"})
    scene.factory.write("res.partner", _person(scene.factory, 4), {"ref": "P-4"})


def _person(side: Side, number: int) -> int:
    return side.id_of("res.partner", ("email", "=", f"person{number}@example.com"))


def _lost_answers(scene: Scene) -> None:
    for method in ("load", "create", "write"):
        scene.buyer.stand.fault("cut_after", method=method)
    for number in range(4):
        _product(scene.factory, f"Late {number}")
    for number in (1, 2):
        one = _template(scene.factory, f"PART-{number}")
        scene.factory.write("product.template", one, {"list_price": 7.75})


def _webhooks(scene: Scene) -> None:
    factory = scene.factory
    new = _product(factory, "Announced", image_1920=png(8, 8, 8))
    known = _template(factory, "PART-4")
    factory.write("product.template", known, {"name": "Part four"})
    seats = factory.id_of("product.category", ("name", "=", "Seating"))
    for model, one in (
        *(("product.template", one) for one in (new, known, new, known)),
        *(("product.category", seats), ("un.heard.of", 1), ("product.template", 999_999)),
    ):
        scene.told.append(Told(connection="factory", model=model, one=one))
    scene.told.append(Told(connection="buyer", model="purchase.order", one=1, key=""))


def _order(scene: Scene) -> None:
    buyer = scene.buyer
    vendor = buyer.id_of("res.partner", ("name", "=", _company(scene.factory)["name"]))
    lines = [_wanted(buyer, "CHAIR", 1, 120.5), _wanted(buyer, "SHIRT-1", 2, 41.75)]
    order = buyer.create(
        "purchase.order",
        {
            "partner_id": vendor,
            "currency_id": _currency(buyer, "SAR"),
            "order_line": [(0, 0, line) for line in lines],
            "notes": "<p>Ring twice. يرجى الاتصال</p>",
            "note": "<p>Ring twice. يرجى الاتصال</p>",
        },
    )
    buyer.call("purchase.order", "button_confirm", [order])


def _news(scene: Scene) -> None:
    factory = scene.factory
    sold = factory.rows("sale.order", [], ["picking_ids"])[-1]["id"]
    factory.call("sale.order", "action_confirm", [sold])
    pickings = factory.row("sale.order", [("id", "=", sold)], ["picking_ids"])["picking_ids"]
    factory.call("stock.picking", "action_assign", pickings)
    _lay_in(factory, "LAMP", 12)


def _letters(scene: Scene) -> None:
    """The nameless product gets its code; its letter is sent back. A twin's code is taken."""
    factory = scene.factory
    one = factory.id_of("product.template", ("name", "=", "Nameless"))
    variant = factory.id_of("product.product", ("product_tmpl_id", "=", one))
    factory.write("product.product", variant, {"default_code": "NAMED"})
    _product(factory, "Twin", default_code="PART-5")
    scene.retry()


def _letters_resolved(scene: Scene) -> None:
    """The twin becomes itself: its letter is resolved without anybody."""
    factory = scene.factory
    one = factory.id_of("product.template", ("name", "=", "Twin"))
    variant = factory.id_of("product.product", ("product_tmpl_id", "=", one))
    factory.write("product.product", variant, {"default_code": "TWIN"})


def _deletion(scene: Scene) -> None:
    factory = scene.factory
    gone = factory.id_of("product.product", ("default_code", "=", "PART-6"))
    factory.stand.unlink("product.product", gone)
    scene.passes("supply.product")


ACTS: Sequence[Act] = (
    Act("first load", lambda _: None),
    Act("changes", _changes),
    Act("both sides", _both_sides),
    Act("decision", _decision),
    Act("lost answers", _lost_answers),
    Act("webhooks", _webhooks),
    Act("order", _order),
    Act("order's news", _news),
    Act("letters", _letters),
    Act("letters resolved", _letters_resolved),
    Act("deletion", _deletion),
)


def _people(factory: Side) -> None:
    facts = {"vat": "SA300000000000003", "city": "Riyadh", "street": "King Fahd Road"}
    company = factory.create(
        "res.partner",
        {"name": "شركة الرياض", "is_company": True, "email": "riyadh@example.com", **facts},
    )
    factory.create("res.partner", {"name": "Leila", "parent_id": company})
    for number in range(5):
        person = {"name": f"Person {number}", "email": f"person{number}@example.com"}
        factory.create("res.partner", person)


def _product(side: Side, name: str, **more: Any) -> int:
    values: dict[str, Any] = {"name": name, "default_code": name.upper().replace(" ", "-")}
    return side.create("product.template", values | more)


def _counted(side: Side) -> dict[str, Any]:
    if "is_storable" in side.fields("product.template"):
        return {"type": "consu", "is_storable": True}
    return {"detailed_type": "product"}


def _shirt(factory: Side) -> None:
    lines = [
        (0, 0, {"attribute_id": attribute, "value_ids": [(6, 0, values)]})
        for attribute, values in (
            _attribute(factory, "Colour", ("Red", "Blue")),
            _attribute(factory, "Size", ("S", "L")),
        )
    ]
    shirt = factory.create("product.template", {"name": "Shirt", "attribute_line_ids": lines})
    for number, row in enumerate(_variants(factory, shirt)):
        factory.write("product.product", row["id"], {"default_code": f"SHIRT-{number}"})


def _attribute(factory: Side, name: str, values: Sequence[str]) -> tuple[int, list[int]]:
    one = factory.create("product.attribute", {"name": name, "create_variant": "always"})
    model = "product.attribute.value"
    return one, [factory.create(model, {"name": each, "attribute_id": one}) for each in values]


def _medium(factory: Side) -> None:
    """The shirt is made in one more size."""
    size = factory.id_of("product.attribute", ("name", "=", "Size"))
    medium = factory.create("product.attribute.value", {"name": "M", "attribute_id": size})
    shirt = factory.id_of("product.template", ("name", "=", "Shirt"))
    of_it = (("product_tmpl_id", "=", shirt), ("attribute_id", "=", size))
    line = factory.id_of("product.template.attribute.line", *of_it)
    factory.write("product.template.attribute.line", line, {"value_ids": [(4, medium)]})
    for number, row in enumerate(_variants(factory, shirt)):
        if not row["default_code"]:
            factory.write("product.product", row["id"], {"default_code": f"SHIRT-M{number}"})


def _variants(side: Side, template: int) -> list[Row]:
    return side.rows("product.product", [("product_tmpl_id", "=", template)], ["default_code"])


def _lay_in(side: Side, code: str, quantity: float) -> None:
    """Count so much of it in the first warehouse."""
    stock = side.rows("stock.warehouse", [], ["lot_stock_id"])[0]["lot_stock_id"][0]
    variant = side.id_of("product.product", ("default_code", "=", code))
    counted = {"product_id": variant, "location_id": stock, "inventory_quantity": quantity}
    quant = side.create("stock.quant", counted, inventory_mode=True)
    side.call("stock.quant", "action_apply_inventory", [quant])


def _wanted(buyer: Side, code: str, quantity: float, price: float) -> dict[str, Any]:
    product = buyer.row("product.product", [("default_code", "=", code)], ["name"])
    line = {"product_id": product["id"], "name": product["name"], "product_qty": quantity}
    return line | {"price_unit": price, "date_planned": "2026-04-01 00:00:00"}


def _template(side: Side, code: str) -> int:
    row = side.row("product.product", [("default_code", "=", code)], ["product_tmpl_id"])
    return int(row["product_tmpl_id"][0])


def _company(side: Side) -> Row:
    return side.rows("res.company", [], ["name"])[0]


def _currency(side: Side, code: str) -> int:
    return side.id_of("res.currency", ("name", "=", code))


def _riyal(buyer: Side) -> None:
    buyer.write("res.currency", _currency(buyer, "SAR"), {"active": True})
