"""What the factory packed becomes a receipt at the buyer, over two stand-ins of either version."""

import pytest

from tests.flows import packing
from tests.flows.bridge import Bridge

VERSIONS = [(16, 18), (18, 16)]


@pytest.fixture(params=VERSIONS, ids=lambda pair: f"{pair[0]}-to-{pair[1]}")
def bridge(request, open_bridge) -> Bridge:
    opened, _, _ = open_bridge(*request.param)
    opened.options["parts"] = ["packing"]
    return opened


async def test_two_packing_lists_become_two_receipts_and_every_number_agrees(bridge):
    shipment = await packing.ordered(bridge)

    await packing.two_packing_lists_become_two_receipts(shipment)

    packing.everything_agrees(shipment)
