"""The supply story on real servers, word for word as over the stand-ins."""

import pytest

from tests.flows import story
from tests.flows.goods import stock_up

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]


@pytest.mark.parametrize(("factory", "buyer"), [(16, 18), (18, 16), (17, 19)])
async def test_the_story(open_bridge, factory, buyer):
    bridge = open_bridge(factory, buyer)
    goods = stock_up(bridge.at_factory, bridge.mark)

    await story.the_catalogue_arrives(bridge, goods)
    await story.free_stock_follows(bridge, goods)
    await story.an_order_travels(bridge, goods, "SAR")
    await story.an_order_travels(bridge, goods, "USD")
    await story.a_cancelled_purchase_is_cancelled_at_the_factory(bridge, goods)
    await story.changes_follow(bridge, goods)
    await story.both_sides_agree(bridge, goods)
