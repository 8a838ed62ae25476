"""Real Odoo sums up ranges of ids as the stand-in does; nothing is written."""

from itertools import pairwise

import pytest

from qantara.connectors.odoo.connector import Odoo
from tests.flows.bridge import connection
from tests.live.conftest import VERSIONS, server

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("entity", ["category", "partner", "product", "sale_order"])
async def test_ranges_add_up_to_the_whole_and_stay(version: int, entity: str):
    async with Odoo(connection("odoo", server(version))) as odoo:
        every = await odoo.ids(entity)
        middle = sorted(map(int, every))[:: max(1, len(every) // 7)]
        edges = ["", *map(str, middle), ""]
        ranges = [("", ""), *pairwise(edges)]
        await odoo.digests(entity, ranges)
        calls = odoo.client.calls

        whole, *parts = await odoo.digests(entity, ranges)
        asked = odoo.client.calls - calls
        again = await odoo.digests(entity, ranges)

    assert whole.count == sum(part.count for part in parts) == len(every)
    assert asked <= 6
    assert [whole, *parts] == again
