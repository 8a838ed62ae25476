"""The story of a packing list on real servers, either version at either side."""

import pytest

from tests.flows import packing

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


@pytest.mark.parametrize(("factory", "buyer"), [(16, 18), (18, 16)])
async def test_what_the_factory_packed_is_received(open_bridge, factory, buyer):
    bridge = open_bridge(factory, buyer)
    bridge.options["parts"] = ["packing"]

    shipment = await packing.ordered(bridge)
    await packing.two_packing_lists_become_two_receipts(shipment)
    packing.everything_agrees(shipment)
