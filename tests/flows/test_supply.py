"""The supply flow over two stand-ins of different versions: the whole story, and its cost."""

import pytest

from tests.flows import story
from tests.flows.bridge import Bridge
from tests.flows.goods import Goods, stock_up

VERSIONS = [(16, 18), (18, 16), (17, 19)]


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
    await told[0].run()

    await story.an_order_travels(*told, currency)
    await story.both_sides_agree(*told)


async def test_a_cancelled_purchase_is_cancelled_at_the_factory(told):
    await told[0].run()

    await story.a_cancelled_purchase_is_cancelled_at_the_factory(*told)


async def test_changes_follow(told):
    await told[0].run()

    await story.changes_follow(*told)
    await story.both_sides_agree(*told)
