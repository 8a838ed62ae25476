"""The supply story in stages, told over stand-ins and, word for word, over real servers."""

import re
from typing import Any

from tests.flows.bridge import Bridge
from tests.flows.goods import Goods, lay_in, people, shelf, variant_rows
from tests.flows.witness import Row, Witness

ORDERED = "2026-03-01 09:30:00"


async def the_catalogue_arrives(bridge: Bridge, goods: Goods) -> None:
    """What the buyer's own client shows is what the factory's shows; its prices are offers."""
    await bridge.run()

    assert len(shelf(bridge.at_factory, goods.mark)) == 4
    assert shelf(bridge.at_buyer, goods.mark) == shelf(bridge.at_factory, goods.mark)
    assert people(bridge.at_buyer, goods.mark) == people(bridge.at_factory, goods.mark)
    currency = bridge.at_factory.row("res.company", [], ["currency_id"])["currency_id"][1]
    assert offers(bridge, f"{goods.mark} Chair") == [
        (supplier(bridge), 120.5, currency, f"{goods.mark}-CHAIR")
    ]
    assert offers(bridge, f"{goods.mark} Shirt") == [(supplier(bridge), 40.0, currency, False)]


async def free_stock_follows(bridge: Bridge, goods: Goods) -> None:
    """What is reserved at the factory is not promised at the buyer."""
    factory, sku = bridge.at_factory, f"{goods.mark}-CHAIR"
    assert lying(bridge, sku) == 10

    [variant] = variant_rows(factory, goods.chair)
    line = {"product_id": variant["id"], "product_uom_qty": 4}
    someone = factory.rows("res.partner", [("name", "=like", f"{goods.mark} %")], ["name"])[0]["id"]
    order = factory.create("sale.order", {"partner_id": someone, "order_line": [(0, 0, line)]})
    factory.call("sale.order", "action_confirm", [order])
    pickings = factory.row("sale.order", [("id", "=", order)], ["picking_ids"])["picking_ids"]
    factory.call("stock.picking", "action_assign", pickings)
    await bridge.run("stock_level")

    assert lying(bridge, sku) == 6

    lay_in(factory, variant["id"], 4)
    await bridge.run("stock_level")

    assert lying(bridge, sku) == 0


async def an_order_travels(bridge: Bridge, goods: Goods, currency: str) -> None:
    """Lines, prices, taxes and note; the number comes back, and each state as one message."""
    sell_in(bridge.at_factory, currency)
    order = place_order(bridge, goods, currency)
    await bridge.run()

    letters = [one for one in await bridge.letters() if one.entity == "purchase_order"]
    assert [one.reason for one in letters if one.external_id == str(order)] == []
    bought = bridge.at_buyer.row("purchase.order", [("id", "=", order)], ["name", "amount_total"])
    sold = order_named(bridge.at_factory, bought["name"])
    assert sold["state"] == "draft"
    assert sold["partner_id"][0] == customer(bridge)
    assert sold["currency_id"][1] == currency
    assert sold["amount_total"] == bought["amount_total"]
    assert sold["date_order"] == ORDERED
    assert words(sold["note"]) == "Ring twice."
    assert lines(bridge.at_factory, "sale.order.line", "product_uom_qty", sold["id"]) == lines(
        bridge.at_buyer, "purchase.order.line", "product_qty", order
    )
    assert reference(bridge, order) == sold["name"]
    assert told(bridge, order) == [f"Sale order {sold['name']} was prepared."]

    bridge.at_factory.call("sale.order", "action_confirm", [sold["id"]])
    await bridge.run()
    bridge.at_factory.call("sale.order", "action_cancel", [sold["id"]], disable_cancel_warning=True)
    await bridge.run()

    assert told(bridge, order) == [
        f"Sale order {sold['name']} was prepared.",
        f"Sale order {sold['name']} was confirmed.",
        f"Sale order {sold['name']} was cancelled.",
    ]


async def a_cancelled_purchase_is_cancelled_at_the_factory(bridge: Bridge, goods: Goods) -> None:
    """The buyer changes his mind while the factory has only a quotation."""
    order = place_order(bridge, goods, "SAR")
    await bridge.run()
    bridge.at_buyer.call("purchase.order", "button_cancel", [order])
    await bridge.run()

    number = bridge.at_buyer.row("purchase.order", [("id", "=", order)], ["name"])["name"]
    assert order_named(bridge.at_factory, number)["state"] == "cancel"


async def changes_follow(bridge: Bridge, goods: Goods) -> None:
    """A name, an Arabic name, a price, an archived product, a new variant: each arrives."""
    factory = bridge.at_factory
    factory.write("product.template", goods.chair, {"name": f"{goods.mark} Armchair"})
    factory.write("product.template", goods.chair, {"name": f"{goods.mark} أريكة"}, lang="ar_001")
    factory.write("product.template", goods.chair, {"list_price": 99.25, "image_1920": False})
    size = factory.row("product.attribute", [("name", "=", f"{goods.mark} Size")], ["name"])
    medium = factory.create("product.attribute.value", {"name": "M", "attribute_id": size["id"]})
    of_shirt = [("product_tmpl_id", "=", goods.shirt), ("attribute_id", "=", size["id"])]
    line = factory.row("product.template.attribute.line", of_shirt, ["value_ids"])
    factory.write("product.template.attribute.line", line["id"], {"value_ids": [(4, medium)]})
    for row in variant_rows(factory, goods.shirt):
        if not row["default_code"]:
            code = {"default_code": f"{goods.mark}-SH-M{row['id']}"}
            factory.write("product.product", row["id"], code)
    await bridge.run()

    assert shelf(bridge.at_buyer, goods.mark) == shelf(factory, goods.mark)
    assert offers(bridge, f"{goods.mark} Armchair")[0][1] == 99.25

    factory.write("product.template", goods.chair, {"active": False})
    await bridge.run()

    assert shelf(bridge.at_buyer, goods.mark) == shelf(factory, goods.mark)
    factory.write("product.template", goods.chair, {"active": True})
    await bridge.run()
    assert shelf(bridge.at_buyer, goods.mark) == shelf(factory, goods.mark)


async def both_sides_agree(bridge: Bridge, goods: Goods) -> None:
    """The whole comparison finds nothing about what the story made, and nothing waits."""
    mine = _ids(bridge.at_factory, goods.mark)

    assert [
        one for one in await bridge.differences() if (_entity(one.link), one.source_id) in mine
    ] == []
    assert [
        one.reason for one in await bridge.letters() if (one.entity, one.external_id) in mine
    ] == []


def sell_in(factory: Witness, currency: str) -> None:
    """Odoo sells in a currency when it has a price list in it."""
    if not factory.rows("product.pricelist", [("currency_id.name", "=", currency)], ["name"]):
        [money] = factory.rows("res.currency", [("name", "=", currency)], ["name"])
        factory.create("product.pricelist", {"name": currency, "currency_id": money["id"]})


def place_order(bridge: Bridge, goods: Goods, currency: str) -> int:
    """A person at the buyer orders two shirts and a chair of the factory, and confirms."""
    buyer = bridge.at_buyer
    [money] = buyer.rows("res.currency", [("name", "=", currency)], ["name"])
    chair, shirt = (_by_code(buyer, f"{goods.mark}-{code}") for code in ("CHAIR", "SH-1"))
    [tax, *_] = buyer.rows(
        "account.tax",
        [("amount", "=", 15), ("type_tax_use", "=", "purchase"), ("active", "=", True)],
        ["name"],
    )
    taxes = next(
        one for one in ("taxes_id", "tax_ids") if one in buyer.fields("purchase.order.line")
    )
    discount = {"discount": 10.0} if "discount" in buyer.fields("purchase.order.line") else {}
    facts = {"date_planned": "2026-04-01 00:00:00", taxes: [(6, 0, [tax["id"]])], **discount}
    wanted = [
        {"display_type": "line_section", "name": "قسم الملابس", "product_qty": 0},
        {"product_id": shirt, "name": "Shirt", "product_qty": 2, "price_unit": 41.75, **facts},
        {"display_type": "line_note", "name": "Wrap it", "product_qty": 0},
        {"product_id": chair, "name": "Chair", "product_qty": 1, "price_unit": 120.5, **facts},
    ]
    order = {
        "partner_id": _factory_at(buyer, bridge),
        "currency_id": money["id"],
        "date_order": ORDERED,
        "order_line": [(0, 0, line) for line in wanted],
        "notes": "<p>Ring twice.</p>",
        "note": "<p>Ring twice.</p>",
    }
    one = buyer.create("purchase.order", order)
    buyer.call("purchase.order", "button_confirm", [one])
    buyer.write("purchase.order", one, {"date_order": ORDERED})
    return one


def lines(side: Witness, model: str, quantity: str, order: int) -> list[Any]:
    """The lines of an order in words that are the same on both sides."""
    have = side.fields(model)
    taxes = next(one for one in ("taxes_id", "tax_id", "tax_ids") if one in have)
    unit = next(one for one in ("product_uom", "product_uom_id") if one in have)
    fields = ["sequence", "display_type", "name", "product_id", "price_unit", "discount"]
    rows = side.rows(model, [("order_id", "=", order)], [*fields, quantity, taxes, unit])
    return [
        _line(side, row, quantity, (taxes, unit))
        for row in sorted(rows, key=lambda r: (r["sequence"], r["id"]))
    ]


def _line(side: Witness, row: Row, quantity: str, names: tuple[str, str]) -> list[Any]:
    if row["display_type"]:
        return [row["display_type"], row["name"]]
    taxes, unit = names
    product = side.row("product.product", [("id", "=", row["product_id"][0])], ["default_code"])
    rates = side.rows("account.tax", [("id", "in", row[taxes])], ["amount"])
    facts = [row["name"], row[quantity], row["price_unit"], row.get("discount", 0.0), row[unit][1]]
    return [product["default_code"], *facts, sorted(one["amount"] for one in rates)]


def offers(bridge: Bridge, name: str) -> list[Any]:
    """What the factory asks for a product, as the buyer sees it."""
    fields = ["partner_id", "price", "currency_id", "product_code"]
    rows = bridge.at_buyer.rows(
        "product.supplierinfo", [("product_tmpl_id.name", "=", name)], fields
    )
    return [
        (row["partner_id"][1], row["price"], row["currency_id"][1], row["product_code"])
        for row in rows
    ]


def lying(bridge: Bridge, sku: str) -> float:
    """How much of it the buyer's Odoo shows in the factory's first warehouse."""
    home = bridge.at_factory.rows("stock.warehouse", [], ["name", "code"])[0]
    place = [("location_id.name", "=", f"{home['name']} ({home['code']})")]
    domain = [("product_id.default_code", "=", sku), *place]
    rows = bridge.at_buyer.rows("stock.quant", domain, ["quantity"])
    return sum(row["quantity"] for row in rows)


def order_named(factory: Witness, number: str) -> Row:
    """The sale order that a purchase order of this number became."""
    fields = ["name", "state", "partner_id", "currency_id", "amount_total", "date_order", "note"]
    return factory.rows("sale.order", [("client_order_ref", "=", number)], fields)[-1]


def reference(bridge: Bridge, order: int) -> str:
    """The factory's number on the purchase order."""
    row = bridge.at_buyer.row("purchase.order", [("id", "=", order)], ["partner_ref"])
    return str(row["partner_ref"])


def told(bridge: Bridge, order: int) -> list[str]:
    """What the buyer reads below his purchase order of the sale order."""
    domain = [("model", "=", "purchase.order"), ("res_id", "=", order)]
    rows = bridge.at_buyer.rows("mail.message", domain, ["body"])
    return [text for row in rows if (text := words(row["body"])).startswith("Sale order")]


def words(markup: str) -> str:
    """What a reader sees."""
    return re.sub("<[^>]+>", "", markup or "").strip()


def supplier(bridge: Bridge) -> str:
    """The factory's name."""
    name: str = _company(bridge.at_factory)["name"]
    return name


def customer(bridge: Bridge) -> int:
    """The buyer as the factory's customer."""
    name = _company(bridge.at_buyer)["name"]
    [row, *_] = bridge.at_factory.rows("res.partner", [("name", "=", name)], ["name"])
    one: int = row["id"]
    return one


def _company(side: Witness) -> Row:
    return side.rows("res.company", [], ["name"])[0]


def _factory_at(buyer: Witness, bridge: Bridge) -> int:
    [row, *_] = buyer.rows("res.partner", [("name", "=", supplier(bridge))], ["name"])
    one: int = row["id"]
    return one


def _by_code(side: Witness, code: str) -> int:
    one: int = side.row("product.product", [("default_code", "=", code)], ["name"])["id"]
    return one


def _entity(link: str) -> str:
    return link.partition(".")[2]


def _ids(factory: Witness, mark: str) -> set[tuple[str, str]]:
    models = {
        "category": "product.category",
        "partner": "res.partner",
        "product": "product.template",
    }
    return {
        (entity, str(row["id"]))
        for entity, model in models.items()
        for row in factory.rows(model, [("name", "=like", f"{mark} %")], ["name"])
    }
