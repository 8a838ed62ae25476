"""The whole bridge on real servers, word for word as over the stand-ins."""

from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from qantara.connectors.odoo.connector import Odoo
from tests.connectors.odoo.furnished import READS, WRITES
from tests.flows import whole_story
from tests.flows.bridge import Bridge
from tests.flows.whole_story import PARTS, Whole
from tests.flows.witness import Witness
from tests.live.conftest import administrator, as_administrator

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("pair", [(16, 18), (18, 16)], ids=lambda pair: f"{pair[0]}-to-{pair[1]}")
async def test_the_whole_story(open_bridge, pair):
    bridge = open_bridge(*pair)
    bridge.options = {"parts": PARTS, "partners": False}
    async with furnished(bridge):
        await whole_story.tell(Whole(bridge=bridge, press=press))


@asynccontextmanager
async def furnished(bridge: Bridge):
    """Both Odoos have what the bridge needs, and are as before at the end."""
    async with AsyncExitStack() as stack:
        for hub, side in ((bridge.factory, bridge.at_factory), (bridge.buyer, bridge.at_buyer)):
            connector = await stack.enter_async_context(Odoo(hub))
            by = as_administrator(hub, administrator(side))
            furniture = await connector.furniture(READS, WRITES, by=by)
            stack.push_async_callback(furniture.aclose)
            stack.push_async_callback(furniture.remove)
            await furniture.apply()
        yield


def press(side: Witness, button: str, model: str, ids: list[int]) -> Any:
    """The button is found by who may see it, and pressed by the hub's user."""
    named = [("module", "=", "qantara"), ("name", "=", f"bridge_{button}")]
    [row] = administrator(side).rows("ir.model.data", named, ["res_id"])
    where = {"active_model": model, "active_ids": ids, "active_id": ids[0]}
    return side.call("ir.actions.server", "run", [row["res_id"]], **where)
