"""The supply flow over two stand-ins of different versions: the whole story, and its cost."""

import pytest

from tests.flows import story
from tests.flows.bridge import Bridge
from tests.flows.goods import Goods, stock_up

VERSIONS = [(16, 18), (18, 16), (17, 19)]

QUIET_AT_FACTORY = 36
QUIET_AT_BUYER = 5
CHANGE_AT_BUYER = 7


@pytest.fixture(params=VERSIONS, ids=lambda pair: f"{pair[0]}-to-{pair[1]}")
def told(request, open_bridge) -> tuple[Bridge, Goods]:
    bridge, _, _ = open_bridge(*request.param)
    return bridge, stock_up(bridge.at_factory, bridge.mark)


async def test_the_catalogue_arrives(told):
    await story.the_catalogue_arrives(*told)
    await story.both_sides_agree(*told)


async def test_free_stock_follows(told):
    await told[0].run()

    await story.free_stock_follows(*told)


@pytest.mark.parametrize("currency", ["SAR", "USD"])
async def test_an_order_travels(told, currency):
    bridge, goods = told
    await bridge.run()

    await story.an_order_travels(bridge, goods, currency)
    await story.both_sides_agree(*told)


async def test_a_cancelled_purchase_is_cancelled_at_the_factory(told):
    await told[0].run()

    await story.a_cancelled_purchase_is_cancelled_at_the_factory(*told)


async def test_changes_follow(told):
    await told[0].run()

    await story.changes_follow(*told)
    await story.both_sides_agree(*told)


async def test_a_second_run_writes_nothing_and_asks_little(open_bridge):
    bridge, factory, buyer = open_bridge()
    stock_up(bridge.at_factory, bridge.mark)
    async with bridge.links() as links:
        for link in links:
            await bridge.run_one(link)
        factory.clear()
        buyer.clear()

        for link in links:
            await bridge.run_one(link)

    assert (factory.writes(), buyer.writes()) == (0, 0)
    assert len(factory.calls) <= QUIET_AT_FACTORY
    assert len(buyer.calls) <= QUIET_AT_BUYER


async def test_one_changed_product_of_many_costs_a_few_calls(open_bridge):
    bridge, factory, buyer = open_bridge()
    parts = [{"name": f"Part {n}", "default_code": f"PART-{n}"} for n in range(1200)]
    ids = factory.call("product.template", "create", parts)
    await bridge.run("supplier", "customer", "category")
    async with bridge.links("product") as [link]:
        await bridge.run_one(link)
        factory.clear()
        buyer.clear()
        factory.write("product.template", ids[700], {"list_price": 3.25})

        summary = await bridge.run_one(link)

    assert summary.results["written"] == 1
    assert buyer.writes() == 1
    assert len(buyer.calls) <= CHANGE_AT_BUYER
    assert story.offers(bridge, "Part 700")[0][1] == 3.25


@pytest.mark.parametrize("version", [16, 17, 18])
async def test_what_has_no_category_gets_the_usual_one_where_one_is_required(open_bridge, version):
    bridge, _, buyer = open_bridge(19, version)
    bridge.at_factory.create("product.template", {"name": "Lamp", "default_code": "L-1"})

    await bridge.run()

    assert await bridge.letters() == []
    lamp = bridge.at_buyer.row("product.template", [("default_code", "=", "L-1")], ["categ_id"])
    assert lamp["categ_id"][1] == "All"
    before = buyer.writes()
    await bridge.run()
    assert buyer.writes() == before
