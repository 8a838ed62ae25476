"""The stories of a packing list on real servers, either version at either side."""

import pytest

from tests.flows import packing
from tests.live.conftest import furnished

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


@pytest.fixture(params=[(16, 18), (18, 16)], ids=lambda pair: f"{pair[0]}-to-{pair[1]}")
async def shipment(request, open_bridge):
    bridge = open_bridge(*request.param)
    bridge.options["parts"] = ["packing"]
    return await packing.ordered(bridge)


async def test_what_the_factory_packed_is_received(shipment):
    await packing.two_packing_lists_become_two_receipts(shipment)

    packing.everything_agrees(shipment)


async def test_corrections_follow_until_somebody_counts(shipment):
    await packing.a_correction_follows_until_somebody_counts(shipment)


async def test_a_list_marked_as_complete_is_prepared(shipment):
    async with furnished(shipment.bridge):
        await packing.a_list_marked_as_complete_is_prepared(shipment)


async def test_more_and_other_things_come(shipment):
    await packing.more_and_other_things_come(shipment)


async def test_what_is_sent_back_is_awaited(shipment):
    await packing.what_is_sent_back_is_awaited(shipment)
