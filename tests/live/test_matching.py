"""Matching on real servers: keys, questions, answers that stay, answers that are taken back.

Only records of the test's own are carried; what the databases hold besides is left alone.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from qantara.engine import questions as engine
from qantara.engine.pipeline import Summary, sync_ids
from qantara.storage import bindings, questions
from qantara.storage.questions import Question
from tests.flows.bridge import Bridge, Silent
from tests.flows.goods import storable
from tests.flows.story import order_named
from tests.flows.witness import Witness
from tests.live.conftest import administrator

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]

PAIRS = [(16, 18), (18, 16)]


@dataclass(slots=True)
class Pair:
    """The bridge, and at each side somebody who may set up units and taxes."""

    bridge: Bridge
    factory: Witness
    buyer: Witness

    async def carry(self, link: str, *ids: int) -> Summary:
        """These records of one link, by connectors of their own as after a restart."""
        async with self.bridge.links(link) as [one]:
            return await sync_ids(one, self.bridge.store, [str(id_) for id_ in ids], Silent())

    async def question(self) -> Question:
        [asked] = await self.bridge.store.run(questions.listing)
        return asked

    async def say(self, said: int | str) -> Question:
        asked = await self.question()
        await self.bridge.store.run(engine.answer, asked.id, str(said), "mona")
        return asked

    async def counterpart(self, entity: str, one: int) -> int | None:
        def look(conn: Any) -> int | None:
            known = bindings.records_of(conn, "factory", entity, [str(one)])
            there = bindings.external_ids(conn, "buyer", entity, list(known.values()))
            return next((int(id_) for id_ in there.values()), None)

        return await self.bridge.store.run(look)

    async def vendor(self) -> int | None:
        """The factory as the buyer's vendor."""
        own = self.factory.rows("res.company", [], ["partner_id"])[0]["partner_id"][0]
        return await self.counterpart("partner", own)

    def product(self, side: Witness, name: str, **more: Any) -> int:
        return side.create("product.template", {"name": f"{self.bridge.mark} {name}", **more})


@pytest.fixture(params=PAIRS, ids=lambda pair: f"{pair[0]} to {pair[1]}")
async def pair(request, open_bridge) -> Pair:
    versions: Sequence[int] = request.param
    bridge = open_bridge(*versions)
    await bridge.run("supplier", "customer", "category")
    admins = [administrator(side) for side in (bridge.at_factory, bridge.at_buyer)]
    return Pair(bridge, *admins)


async def test_products_are_recognised_by_barcode_sku_and_suppliers_code(pair):
    mark = pair.bridge.mark
    vendor = await pair.vendor()
    barcode = {"barcode": f"{mark}-111"}
    sku = {"default_code": f"{mark}-S"}
    here = [
        pair.product(pair.factory, "A", default_code=f"{mark}-A", **barcode),
        pair.product(pair.factory, "B", **sku),
        pair.product(pair.factory, "C", default_code=f"{mark}-C"),
    ]
    there = [
        pair.product(pair.buyer, "Ours A", **barcode),
        pair.product(pair.buyer, "Ours B", **sku),
        pair.product(pair.buyer, "Ours C", default_code=f"{mark}-OWN"),
    ]
    offer = {"partner_id": vendor, "product_tmpl_id": there[2], "product_code": f"{mark}-C"}
    pair.buyer.create("product.supplierinfo", {**offer, "price": 1.0})

    summary = await pair.carry("product", *here)

    assert summary.results == {"merged": 3}
    assert [await pair.counterpart("product", one) for one in here] == there


async def test_contradicting_keys_are_asked_answered_remembered_and_taken_back(pair):
    mark = pair.bridge.mark
    here = pair.product(pair.factory, "A", default_code=f"{mark}-A", barcode=f"{mark}-1")
    stool = pair.product(pair.buyer, "Stool", default_code=f"{mark}-A", barcode=f"{mark}-9")
    seat = pair.product(pair.buyer, "Seat", default_code=f"{mark}-X", barcode=f"{mark}-1")
    assert (await pair.carry("product", here)).results == {"parked": 1}

    asked = await pair.say(seat)
    assert {one.id for one in asked.candidates} == {str(stool), str(seat)}
    pair.buyer.write("product.template", stool, {"default_code": f"{mark}-Y"})
    assert (await pair.carry("product", here)).results == {"merged": 1}
    assert await pair.counterpart("product", here) == seat
    assert (await pair.carry("product", here)).results == {"unchanged": 1}

    async with pair.bridge.links("product") as links:
        await pair.bridge.store.run(engine.take_back, asked.id, links, "mona")
    assert (await pair.carry("product", here)).results == {"parked": 1}
    assert (await pair.question()).id == asked.id
    assert await pair.counterpart("product", here) is None


async def test_partners_are_recognised_by_telephone_and_asked_about_by_vat(pair):
    mark = pair.bridge.mark
    number = f"50{random.randrange(10**7):07}"  # noqa: S311 - no secret
    vat = f"SA3{random.randrange(10**13):013}3"  # noqa: S311 - no secret
    here = pair.factory.create("res.partner", {"name": f"{mark} Noor", "phone": f"+966{number}"})
    written = f"00966 ({number[:2]}) {number[2:5]}-{number[5:]}"
    there = pair.buyer.create("res.partner", {"name": f"{mark} NOOR", "phone": written})
    firm = {"is_company": True, "vat": vat}
    twice = pair.factory.create("res.partner", {"name": f"{mark} Firm", **firm})
    twins = [
        pair.buyer.create("res.partner", {"name": f"{mark} Firm {one}", **firm})
        for one in ("East", "West")
    ]

    summary = await pair.carry("partner", here, twice)

    assert summary.results == {"merged": 1, "parked": 1}
    assert await pair.counterpart("partner", here) == there
    asked = await pair.say(twins[1])
    assert [one.id for one in asked.candidates] == [str(one) for one in twins]
    assert (await pair.carry("partner", twice)).results == {"merged": 1}
    assert await pair.counterpart("partner", twice) == twins[1]


async def test_a_partner_that_looks_alike_is_a_question(pair):
    mark = pair.bridge.mark
    here = pair.factory.create("res.partner", {"name": f"{mark} Trading Co.", "city": "Riyadh"})
    there = pair.buyer.create("res.partner", {"name": f"{mark} TRADING, LLC", "city": "riyadh"})

    assert (await pair.carry("partner", here)).results == {"parked": 1}

    asked = await pair.say("new")
    assert [one.id for one in asked.candidates] == [str(there)]
    assert (await pair.carry("partner", here)).results == {"written": 1}
    assert await pair.counterpart("partner", here) not in (None, there)


async def test_a_unit_is_known_by_its_size_and_asked_about_where_there_are_two(pair):
    mark = pair.bridge.mark
    size = random.randrange(1000, 9000)  # noqa: S311 - no secret
    box = _unit(pair.factory, f"{mark} Box", size)
    karton = _unit(pair.buyer, f"{mark} Karton", size)
    facts = {"uom_id": box, "uom_po_id": box}
    here = [
        pair.product(pair.factory, name, default_code=f"{mark}-{name}", **facts)
        for name in ("A", "B")
    ]
    assert (await pair.carry("product", here[0])).results == {"written": 1}
    first = await pair.counterpart("product", here[0])
    assert (
        pair.buyer.row("product.template", [("id", "=", first)], ["uom_id"])["uom_id"][0] == karton
    )

    crate = _unit(pair.buyer, f"{mark} Crate", size)
    assert (await pair.carry("product", here[1])).results == {"parked": 1}
    asked = await pair.say(crate)
    assert (await pair.carry("product", here[1])).results == {"written": 1}

    assert (asked.kind, asked.place) == ("unit", "buyer")
    assert {one.id for one in asked.candidates} == {str(karton), str(crate)}
    second = await pair.counterpart("product", here[1])
    row = pair.buyer.row("product.template", [("id", "=", second)], ["uom_id"])
    assert row["uom_id"][0] == crate


async def test_a_tax_that_may_be_two_is_asked_and_the_answer_taken(pair):
    mark = pair.bridge.mark
    rate = random.randrange(200_000, 900_000) / 10_000  # noqa: S311 - no secret
    sale = {"amount": rate, "type_tax_use": "sale", "amount_type": "percent"}
    taxes = [pair.factory.create("account.tax", {"name": f"{mark} {n}", **sale}) for n in "AB"]
    bought = {**sale, "name": mark, "type_tax_use": "purchase"}
    tax = pair.buyer.create("account.tax", bought)
    here = pair.product(pair.factory, "A", default_code=f"{mark}-A", **storable(pair.factory))
    await pair.carry("product", here)
    order = await _ordered(pair, here, tax)
    assert (await pair.carry("order", order)).results == {"parked": 1}

    asked = await pair.say(taxes[1])
    assert (await pair.carry("order", order)).results == {"written": 1}

    assert (asked.kind, {one.id for one in asked.candidates}) == ("tax", {str(t) for t in taxes})
    assert _sold_with(pair, order) == [taxes[1]]
    for side, ids in ((pair.factory, taxes), (pair.buyer, [tax])):
        side.call("account.tax", "write", ids, {"active": False})


async def _ordered(pair: Pair, product: int, tax: int) -> int:
    """The buyer orders one in the factory's currency, with this tax."""
    own = [("product_tmpl_id", "=", await pair.counterpart("product", product))]
    variant = pair.buyer.row("product.product", own, ["product_tmpl_id"])["id"]
    field = "taxes_id" if "taxes_id" in pair.buyer.fields("purchase.order.line") else "tax_ids"
    line = {"product_id": variant, "product_qty": 1, "price_unit": 10.0, field: [(6, 0, [tax])]}
    code = pair.factory.rows("res.company", [], ["currency_id"])[0]["currency_id"][1]
    money = pair.buyer.row("res.currency", [("name", "=", code)], ["name"])
    head = {"partner_id": await pair.vendor(), "currency_id": money["id"]}
    order = pair.buyer.create("purchase.order", {**head, "order_line": [(0, 0, line)]})
    pair.buyer.call("purchase.order", "button_confirm", [order])
    return order


def _sold_with(pair: Pair, order: int) -> list[int]:
    """The taxes of the sale order's only line."""
    number = pair.buyer.row("purchase.order", [("id", "=", order)], ["name"])["name"]
    sold = order_named(pair.factory, number)
    field = "tax_id" if "tax_id" in pair.factory.fields("sale.order.line") else "tax_ids"
    row = pair.factory.row("sale.order.line", [("order_id", "=", sold["id"])], [field])
    taxes: list[int] = row[field]
    return taxes


def _unit(side: Witness, name: str, size: int) -> int:
    """So many pieces."""
    [piece] = [
        row for row in side.rows("uom.uom", [], ["name", "category_id"]) if row["name"] == "Units"
    ]
    if "category_id" in piece:
        facts = {"category_id": piece["category_id"][0], "uom_type": "bigger", "factor_inv": size}
    else:
        facts = {"relative_uom_id": piece["id"], "relative_factor": size}
    return side.create("uom.uom", {"name": name, **facts})
