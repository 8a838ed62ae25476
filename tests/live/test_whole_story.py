"""The whole bridge on real servers, word for word as over the stand-ins."""

from typing import Any

import pytest

from tests.flows import whole_story
from tests.flows.whole_story import PARTS, Whole
from tests.flows.witness import Witness
from tests.live.conftest import administrator, furnished

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]

PAIRS = [(16, 18), (18, 16), (17, 19), (19, 17)]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-to-{pair[1]}")
async def test_the_whole_story(open_bridge, pair):
    bridge = open_bridge(*pair)
    bridge.options = {"parts": PARTS, "partners": False}
    async with furnished(bridge):
        await whole_story.tell(Whole(bridge=bridge, press=press))


def press(side: Witness, button: str, model: str, ids: list[int]) -> Any:
    """The button is found by who may see it, and pressed by the hub's user."""
    named = [("module", "=", "qantara"), ("name", "=", f"bridge_{button}")]
    [row] = administrator(side).rows("ir.model.data", named, ["res_id"])
    where = {"active_model": model, "active_ids": ids, "active_id": ids[0]}
    return side.call("ir.actions.server", "run", [row["res_id"]], **where)
