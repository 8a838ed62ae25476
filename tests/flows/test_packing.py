"""What the factory packed becomes a receipt at the buyer, over two stand-ins of either version."""

from dataclasses import dataclass

import pytest

from qantara.engine.audit import compare
from qantara.engine.rehearse import rehearse
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.odoo.server import MODULES
from tests.connectors.odoo.furnished import furnish
from tests.flows import packing, warehouse
from tests.flows.bridge import Bridge
from tests.flows.packing import FIRST, Shipment
from tests.flows.story import supplier
from tests.flows.test_interruption import with_every_answer_lost

VERSIONS = [(16, 18), (18, 16)]


@dataclass(slots=True)
class Stage:
    """The bridge and both stand-ins."""

    bridge: Bridge
    factory: OdooStandIn
    buyer: OdooStandIn

    async def ordered(self) -> Shipment:
        return await packing.ordered(self.bridge)

    async def furnished(self) -> None:
        """Both have the fields that `bridge apply` makes."""
        await furnish(self.factory, ["transfer"], [])
        await furnish(self.buyer, ["transfer"], [])


@pytest.fixture(params=VERSIONS, ids=lambda pair: f"{pair[0]}-to-{pair[1]}")
def stage(request, open_bridge) -> Stage:
    dated = {"modules": [*MODULES, "product_expiry"]}
    opened, factory, buyer = open_bridge(*request.param, factory_more=dated, buyer_more=dated)
    opened.options["parts"] = ["packing"]
    return Stage(opened, factory, buyer)


async def test_two_packing_lists_become_two_receipts_and_every_number_agrees(stage):
    await stage.furnished()
    shipment = await stage.ordered()

    await packing.two_packing_lists_become_two_receipts(shipment)

    packing.everything_agrees(shipment)
    for code in packing.ORDERED:
        came = warehouse.lying(stage.bridge.at_buyer, shipment.sku(code))
        assert sum(quantity for _, _, quantity in came) == packing.ORDERED[code]


async def test_what_was_done_twice_or_is_run_again_writes_nothing(stage):
    shipment = await stage.ordered()
    await packing.two_packing_lists_become_two_receipts(shipment)
    await stage.bridge.run("packing", "packing_return")
    stage.factory.clear()
    stage.buyer.clear()

    again = await stage.bridge.run("packing", "packing_return")
    ids = [one["id"] for one in packing.deliveries(shipment)]
    await shipment.carry("packing", *ids)

    assert again["packing"].results.get("written", 0) == 0
    assert (stage.factory.writes(), stage.buyer.writes()) == (0, 0)
    assert [one.reason for one in await stage.bridge.letters()] == []


async def test_the_second_packing_list_follows_by_itself(stage):
    shipment = await stage.ordered()
    factory, buyer = stage.bridge.at_factory, stage.bridge.at_buyer
    warehouse.pack(factory, packing.deliveries(shipment)[0]["id"], FIRST)
    warehouse.send(factory, packing.deliveries(shipment)[0]["id"])
    second = packing.deliveries(shipment)[1]["id"]
    warehouse.pack(factory, second, warehouse.the_rest(factory, second))
    warehouse.send(factory, second)
    await stage.bridge.run("packing")

    [letter] = await stage.bridge.letters()
    assert "is not validated yet" in letter.reason
    [receipt] = packing.receipts(shipment)
    warehouse.send(buyer, receipt["id"])
    await stage.bridge.run("packing")

    _, rest = packing.receipts(shipment)
    assert warehouse.content(buyer, rest["id"]) == warehouse.content(factory, second)
    assert await stage.bridge.letters() == []


async def test_a_list_marked_as_complete_is_prepared_and_corrections_follow(stage):
    await stage.furnished()

    await packing.a_list_marked_as_complete_is_prepared(await stage.ordered())


async def test_a_correction_comes_too_late_once_somebody_counts(stage):
    await packing.a_correction_follows_until_somebody_counts(await stage.ordered())

    [letter] = await stage.bridge.letters()
    assert "is being counted already" in letter.reason


async def test_a_correction_comes_too_late_once_it_is_validated(stage):
    shipment = await stage.ordered()
    factory, buyer = stage.bridge.at_factory, stage.bridge.at_buyer
    [first] = packing.deliveries(shipment)
    warehouse.pack(factory, first["id"], FIRST)
    warehouse.send(factory, first["id"])
    await shipment.carry("packing", first["id"])
    [receipt] = packing.receipts(shipment)
    warehouse.send(buyer, receipt["id"])
    warehouse.change(factory, first["id"], shipment.sku("P04"), 2)

    assert await shipment.carry("packing", first["id"]) == {"parked": 1}

    [letter] = await stage.bridge.letters()
    assert "is validated already" in letter.reason
    assert warehouse.content(buyer, receipt["id"]) == packing.packed(shipment, FIRST)


async def test_more_than_was_ordered_and_what_was_not_is_prepared_and_told(stage):
    await packing.more_and_other_things_come(await stage.ordered())


async def test_no_lost_answer_makes_a_second_receipt_or_package(stage):
    await stage.furnished()
    shipment = await stage.ordered()
    factory, buyer = stage.bridge.at_factory, stage.bridge.at_buyer
    await stage.bridge.run()
    [first] = packing.deliveries(shipment)
    warehouse.pack(factory, first["id"], FIRST)
    warehouse.send(factory, first["id"])

    assert await with_every_answer_lost(stage.bridge) >= 3

    [receipt] = packing.receipts(shipment)
    assert warehouse.content(buyer, receipt["id"]) == packing.packed(shipment, FIRST)
    assert len(warehouse.notes(buyer, receipt["id"])) == 1
    boxes = buyer.rows(warehouse.box_model(buyer), [("name", "=like", "T1-BOX%")], ["name"])
    assert sorted(row["name"] for row in boxes) == ["T1-BOX-1", "T1-BOX-2"]
    assert [one.reason for one in await stage.bridge.letters()] == []


async def test_what_the_buyer_sends_back_is_awaited_at_the_factory(stage):
    await packing.what_is_sent_back_is_awaited(await stage.ordered())


async def test_goods_without_an_order_get_a_receipt_of_their_own(stage):
    shipment = await stage.ordered()
    factory, buyer = stage.bridge.at_factory, stage.bridge.at_buyer
    sent = packing.deliver_freely(shipment, {"P04": 3})
    await shipment.carry("packing", sent)
    await shipment.carry("packing", sent)

    domain = [("origin", "=", warehouse.name_of(factory, sent))]
    made = buyer.row("stock.picking", domain, ["state", "partner_id"])
    assert made["state"] == "assigned"
    assert made["partner_id"][1] == supplier(stage.bridge)
    assert warehouse.content(buyer, made["id"]) == [("T1-P04", "", "", 3)]


async def test_what_would_be_prepared_is_shown_without_a_write(stage):
    shipment = await stage.ordered()
    [first] = packing.deliveries(shipment)
    warehouse.pack(stage.bridge.at_factory, first["id"], FIRST)
    warehouse.send(stage.bridge.at_factory, first["id"])
    stage.factory.clear()
    stage.buyer.clear()
    async with stage.bridge.links("packing") as links:
        planned = [one async for one in rehearse(links, stage.bridge.store)]

    assert sorted(one.operation for one in planned) == ["create", "skipped"]
    assert (stage.factory.writes(), stage.buyer.writes()) == (0, 0)


async def test_the_whole_comparison_sees_what_the_buyer_counted_otherwise(stage):
    shipment = await stage.ordered()
    _, receipt = await packing.first_received(shipment)
    await stage.bridge.run("packing")
    async with stage.bridge.links("packing") as [link]:
        equal = [one async for found in compare(link, stage.bridge.store) for one in found.findings]
        warehouse.change(stage.bridge.at_buyer, receipt, shipment.sku("P04"), 3)
        counted = [
            one async for found in compare(link, stage.bridge.store) for one in found.findings
        ]

    assert equal == []
    assert [[one.field for one in finding.fields] for finding in counted] == [["packed"]]
