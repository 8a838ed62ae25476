"""The whole bridge on stand-ins, either way round: undisturbed, with answers lost, and killed again and again."""

from typing import Any

import pytest

from tests.connectors.odoo.furnished import furnish
from tests.flows import whole_story
from tests.flows.bridge import Bridge
from tests.flows.conftest import EITHER_WAY
from tests.flows.killed import given, killing
from tests.flows.test_interruption import with_every_answer_lost
from tests.flows.whole_story import PARTS, Whole
from tests.flows.witness import Witness


@pytest.mark.parametrize("pair", EITHER_WAY)
async def test_the_whole_story(open_bridge, pair):
    await whole_story.tell(await opened(open_bridge, pair))


async def opened(open_bridge, pair) -> Whole:
    """Both sides are furnished, and every part of the recipe is chosen."""
    bridge, factory, buyer = open_bridge(*pair)
    await furnish(factory)
    await furnish(buyer)
    bridge.options = {"parts": PARTS, "partners": False}
    return Whole(bridge=bridge, press=press)


def press(side: Witness, button: str, model: str, ids: list[int]) -> Any:
    """By its external id, as Odoo's own client does."""
    [row] = side.rows("ir.model.data", [("name", "=", f"bridge_{button}")], ["res_id"])
    where = {"active_model": model, "active_ids": ids, "active_id": ids[0]}
    return side.call("ir.actions.server", "run", [row["res_id"]], **where)


@pytest.mark.campaign
@pytest.mark.timeout(1800)
async def test_a_hub_that_is_killed_on_the_way_comes_to_the_same_end(open_bridge, store_url):
    whole = await opened(open_bridge, (16, 18))
    async with killing(whole.bridge, store_url) as killed:
        await whole_story.tell(Whole(bridge=killed, press=press))

    assert len(killed.deaths) > 500


@pytest.mark.campaign
@pytest.mark.timeout(1800)
async def test_lost_answers_change_nothing_in_the_end(open_bridge):
    whole = await opened(open_bridge, (18, 16))
    forgetful = Forgetful(**given(whole.bridge))

    await whole_story.tell(Whole(bridge=forgetful, press=press))

    assert forgetful.lost > 30


class Forgetful(Bridge):
    """Of each different write of a run the first answer never comes."""

    lost = 0

    async def run(self, *only: str) -> Any:
        """With every answer lost; then once more, to see what there is to see."""
        self.lost += await with_every_answer_lost(self, *only)
        return await Bridge.run(self, *only)
