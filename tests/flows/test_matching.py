"""What the buyer has already is recognised, asked about or left alone: two stand-ins, one hub."""

from collections.abc import Mapping
from typing import Any

import pytest

from qantara.engine import questions as engine
from qantara.sandbox.odoo import OdooStandIn
from qantara.storage import bindings, dead_letters, questions
from qantara.storage.questions import Question
from tests.flows.bridge import Bridge
from tests.flows.story import order_named

SA = {"city": "Riyadh"}


async def asked(bridge: Bridge) -> list[Question]:
    return await bridge.store.run(questions.listing)


async def say(bridge: Bridge, said: str) -> Question:
    (question,) = await asked(bridge)
    await bridge.store.run(engine.answer, question.id, said, "mona")
    return question


async def counterpart(bridge: Bridge, entity: str, one: int) -> str | None:
    """The buyer's id for what the factory has under this id."""

    def look(conn: Any) -> str | None:
        known = bindings.records_of(conn, "factory", entity, [str(one)])
        there = bindings.external_ids(conn, "buyer", entity, list(known.values()))
        return next(iter(there.values()), None)

    return await bridge.store.run(look)


def product(odoo: OdooStandIn, name: str, **more: Any) -> int:
    return odoo.create("product.template", {"name": name, **more})


def names(odoo: OdooStandIn, model: str) -> list[str]:
    """In the order in which they were made; a name that is translated by its default."""
    told = [row["name"] for row in odoo.rows(model)]
    return [one["en_US"] if isinstance(one, Mapping) else one for one in told]


SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "barcode": ({"default_code": "F-1", "barcode": "629100"}, {"barcode": "629100"}),
    "SKU": ({"default_code": "F-1"}, {"default_code": "F-1"}),
}


@pytest.mark.parametrize("key", SAME)
async def test_a_product_is_recognised_by_one_certain_key(open_bridge, key):
    bridge, factory, buyer = open_bridge()
    mine, theirs = SAME[key]
    here, there = product(factory, "Chair", **mine), product(buyer, "Seat", **theirs)

    await bridge.run()

    assert await counterpart(bridge, "product", here) == str(there)
    assert await asked(bridge) == []


async def supplied(open_bridge: Any, code: str, sku: str) -> tuple[Bridge, int, int]:
    """The factory's F-77, and the buyer's product with this SKU and the factory's code for it."""
    bridge, factory, buyer = open_bridge()
    await bridge.run()
    [vendor] = [row["id"] for row in buyer.rows("res.partner") if row["name"] == "Factory"] or [
        max(row["id"] for row in buyer.rows("res.partner"))
    ]
    there = product(buyer, "Seat", default_code=sku)
    offer = {"partner_id": vendor, "product_tmpl_id": there, "product_code": code, "price": 1.0}
    buyer.create("product.supplierinfo", offer)
    here = product(factory, "Chair", default_code="F-77")
    return bridge, here, there


async def test_a_product_is_recognised_by_the_code_that_the_buyer_noted_for_the_factory(
    open_bridge,
):
    bridge, here, there = await supplied(open_bridge, "F-77", "B-1")

    await bridge.run()

    assert await counterpart(bridge, "product", here) == str(there)


async def test_the_buyers_own_code_is_no_match_where_he_orders_it_under_another(open_bridge):
    bridge, here, there = await supplied(open_bridge, "F-99", "F-77")

    await bridge.run()

    (question,) = await asked(bridge)
    assert await counterpart(bridge, "product", here) is None
    assert [one.id for one in question.candidates] == [str(there)]
    assert question.candidates[0].contradicts == ("supplier's code F-99 there, F-77 here",)


async def test_contradicting_keys_are_asked_answered_and_remembered(open_bridge):
    bridge, factory, buyer = open_bridge()
    here = product(factory, "Chair", default_code="F-1", barcode="111")
    other = product(buyer, "Stool", default_code="F-1", barcode="999")
    there = product(buyer, "Seat", default_code="B-2", barcode="111")
    await bridge.run()
    assert await counterpart(bridge, "product", here) is None

    question = await say(bridge, str(there))
    buyer.write("product.template", other, {"default_code": "B-1"})
    await bridge.run()

    assert {one.id for one in question.candidates} == {str(other), str(there)}
    assert question.candidates[0].label == "Seat, B-2, 111"
    assert await counterpart(bridge, "product", here) == str(there)
    assert await bridge.letters() == []
    factory.write("product.template", here, {"name": "Armchair"})
    await bridge.run()
    assert await asked(bridge) == []
    assert "Armchair" in names(buyer, "product.template")


async def test_an_answer_that_is_taken_back_is_asked_again(open_bridge):
    bridge, factory, buyer = open_bridge()
    here = product(factory, "Chair", default_code="F-1")
    one, other = (product(buyer, name, default_code="F-1") for name in ("Seat", "Stool"))
    await bridge.run()
    question = await say(bridge, str(one))
    await bridge.run()
    assert await counterpart(bridge, "product", here) == str(one)

    async with bridge.links() as links:
        await bridge.store.run(engine.take_back, question.id, links, "mona")
    await bridge.run()

    assert [again.id for again in await asked(bridge)] == [question.id]
    await say(bridge, str(other))
    await bridge.run()
    assert await bridge.letters() == []
    assert await counterpart(bridge, "product", here) == str(other)


@pytest.mark.parametrize("written", ["0500000001", "+966 50 000 0001", "00966 (50) 0000001"])
async def test_a_partner_is_recognised_by_the_telephone(open_bridge, written):
    bridge, factory, buyer = open_bridge()
    [country] = [row["id"] for row in factory.rows("res.country") if row["code"] == "SA"]
    here = factory.create(
        "res.partner", {"name": "Noor", "phone": "+966500000001", "country_id": country}
    )
    there = buyer.create("res.partner", {"name": "NOOR", "mobile": written, "country_id": country})

    await bridge.run()

    assert await counterpart(bridge, "partner", here) == str(there)


async def test_many_telephones_are_found_in_one_look(open_bridge):
    bridge, factory, buyer = open_bridge()
    pairs = []
    for number in range(40):
        phone = f"+9665000001{number:02}"
        here = factory.create("res.partner", {"name": f"P{number}", "phone": phone})
        there = buyer.create(
            "res.partner", {"name": f"p{number}", "phone": phone.replace("+", "00")}
        )
        pairs.append((here, str(there)))

    await bridge.run()

    assert [await counterpart(bridge, "partner", here) for here, _ in pairs] == [
        there for _, there in pairs
    ]


async def test_two_partners_with_one_vat_number_are_a_question(open_bridge):
    bridge, factory, buyer = open_bridge()
    vat = "SA300000000000003"
    here = factory.create("res.partner", {"name": "Noor", "vat": vat, "is_company": True, **SA})
    for name in ("Noor East", "Noor West"):
        buyer.create("res.partner", {"name": name, "vat": vat, "is_company": True, **SA})
    await bridge.run()

    question = await say(bridge, "new")
    await bridge.run()

    assert [one.label.split(",")[0] for one in question.candidates] == ["Noor East", "Noor West"]
    assert await counterpart(bridge, "partner", here) not in (
        None,
        *[one.id for one in question.candidates],
    )


@pytest.mark.parametrize(("wish", "count"), [("ask", 1), ("create", 0)])
async def test_what_looks_alike_is_asked_or_made_as_the_flow_wishes(open_bridge, wish, count):
    bridge, factory, buyer = open_bridge()
    bridge.options["alike"] = wish
    factory.create("res.partner", {"name": "Noor Trading Co.", "is_company": True, **SA})
    buyer.create("res.partner", {"name": "NOOR TRADING", "is_company": True, **SA})

    await bridge.run()

    assert len(await asked(bridge)) == count


async def unit(odoo: OdooStandIn, name: str, dozen: int = 12) -> int:
    """A unit of so many pieces."""
    if "category_id" in odoo.rows("uom.uom")[0]:
        piece = next(row for row in odoo.rows("uom.uom") if row["name"] == "Units")
        facts = {"category_id": piece["category_id"], "uom_type": "bigger", "factor_inv": dozen}
    else:
        piece = next(row for row in odoo.rows("uom.uom") if row["name"] == "Units")
        facts = {"relative_uom_id": piece["id"], "relative_factor": dozen}
    return odoo.create("uom.uom", {"name": name, **facts})


@pytest.mark.parametrize("version", [18, 19])
async def test_a_unit_is_known_by_its_size_whatever_it_is_called(open_bridge, version):
    bridge, factory, buyer = open_bridge(16, version)
    box, karton = await unit(factory, "Box", 24), await unit(buyer, "Karton", 24)
    here = product(factory, "Chair", default_code="F-1", uom_id=box, uom_po_id=box)

    await bridge.run()

    there = await counterpart(bridge, "product", here)
    [row] = [one for one in buyer.rows("product.template") if str(one["id"]) == there]
    assert row["uom_id"] == karton
    assert await bridge.letters() == []
    assert await bridge.differences() == []


async def test_a_unit_that_may_be_two_is_asked_once_and_remembered(open_bridge):
    bridge, factory, buyer = open_bridge()
    box = await unit(factory, "Box", 24)
    await unit(buyer, "Karton", 24)
    crate = await unit(buyer, "Crate", 24)
    made = [
        product(factory, name, default_code=name, uom_id=box, uom_po_id=box) for name in ("A", "B")
    ]
    await bridge.run()
    letters = await bridge.letters()
    assert len(letters) == 2

    question = await say(bridge, str(crate))
    await bridge.run()

    assert (question.kind, question.place) == ("unit", "buyer")
    assert all(f"qantara questions show {question.id}" in one.remedy for one in letters)
    third = product(factory, "C", default_code="C", uom_id=box, uom_po_id=box)
    await bridge.run()
    there = {await counterpart(bridge, "product", one) for one in (*made, third)}
    rows = [one for one in buyer.rows("product.template") if str(one["id"]) in there]
    assert [row["uom_id"] for row in rows] == [crate] * 3
    assert await bridge.letters() == []
    assert await bridge.differences() == []


async def ordered(bridge: Bridge, factory: OdooStandIn, buyer: OdooStandIn) -> str:
    """A purchase of one chair with a tax of 5 % on top; its number."""
    product(factory, "Chair", default_code="F-1", list_price=10.0)
    await bridge.run()
    [chair] = [row["id"] for row in buyer.rows("product.product") if row["default_code"] == "F-1"]
    offer = next(row for row in buyer.rows("product.supplierinfo"))
    tax = buyer.create("account.tax", {"name": "5%", "amount": 5.0, "type_tax_use": "purchase"})
    line = {"product_id": chair, "product_qty": 2, "price_unit": 10.0, "taxes_id": [(6, 0, [tax])]}
    money = next(row["id"] for row in buyer.rows("res.currency") if row["name"] == "SAR")
    order = bridge.at_buyer.create(
        "purchase.order",
        {
            "partner_id": offer["partner_id"],
            "currency_id": money,
            "order_line": [(0, 0, line)],
        },
    )
    bridge.at_buyer.call("purchase.order", "button_confirm", [order])
    number: str = bridge.at_buyer.row("purchase.order", [("id", "=", order)], ["name"])["name"]
    return number


def taxes_of(bridge: Bridge, number: str) -> list[int]:
    sold = order_named(bridge.at_factory, number)
    field = "tax_id" if "tax_id" in bridge.at_factory.fields("sale.order.line") else "tax_ids"
    row = bridge.at_factory.row("sale.order.line", [("order_id", "=", sold["id"])], [field])
    found: list[int] = row[field]
    return found


def sale_taxes(factory: OdooStandIn, *called: str) -> list[int]:
    return [
        factory.create("account.tax", {"name": name, "amount": 5.0, "type_tax_use": "sale"})
        for name in called
    ]


async def test_one_tax_of_the_same_rate_is_taken(open_bridge):
    bridge, factory, buyer = open_bridge()
    [tax] = sale_taxes(factory, "5% local")
    number = await ordered(bridge, factory, buyer)

    await bridge.run()

    assert taxes_of(bridge, number) == [tax]


async def test_a_tax_that_may_be_two_is_asked_and_remembered(open_bridge):
    bridge, factory, buyer = open_bridge()
    _, export = sale_taxes(factory, "5% local", "5% export")
    number = await ordered(bridge, factory, buyer)
    await bridge.run()

    question = await say(bridge, str(export))
    await bridge.run()

    assert (question.kind, question.place, question.subject) == ("tax", "factory", "sale 5% on top")
    assert taxes_of(bridge, number) == [export]
    assert await bridge.letters() == []


async def test_the_flow_may_name_the_tax(open_bridge):
    bridge, factory, buyer = open_bridge()
    _, export = sale_taxes(factory, "5% local", "5% export")
    bridge.options["taxes"] = {"5% on top": "5% export"}
    number = await ordered(bridge, factory, buyer)

    await bridge.run()

    assert taxes_of(bridge, number) == [export]
    assert await asked(bridge) == []


async def test_a_rate_that_the_factory_does_not_have_is_told_in_words(open_bridge):
    bridge, factory, buyer = open_bridge()
    await ordered(bridge, factory, buyer)

    await bridge.run()

    (letter,) = await bridge.store.run(dead_letters.listing)
    assert "no sale tax of 5% on top of the price" in letter.reason
    assert await asked(bridge) == []
