"""Killed and cut off at every point of a load: started again, both sides are equal."""

import asyncio
import re
import sys
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from qantara.testing.faults import Exchange, FaultProxy, cut_after, passed
from qantara.transport import OutcomeUnknown, RetryLater
from tests.flows import story
from tests.flows.bridge import Bridge
from tests.flows.goods import Goods, people, shelf, stock_up

ROOT = Path(__file__).parents[2]
MANY = 1200
BATCH = 500
SAMPLE = {(3, "before"), (4, "after")}
"""The points at which `make test` kills; `make campaign` kills at all of them."""

WRITING = re.compile(rb'"(load|create|write|unlink|message_post|action_\w+)"')


class Killer:
    """A fault that kills a process at a write of the given number, before or after it is done."""

    def __init__(self, number: int, moment: str) -> None:
        self.left, self.moment = number, moment
        self.process: asyncio.subprocess.Process | None = None

    async def __call__(self, exchange: Exchange) -> None:
        if WRITING.search(exchange.request):
            self.left -= 1
        if self.left or self.process is None:
            return await passed(exchange)
        if self.moment == "after":
            await exchange.ask()
        self.process.kill()
        return exchange.cut()


POINTS = [
    pytest.param(number, moment, marks=[] if (number, moment) in SAMPLE else pytest.mark.campaign)
    for number in range(1, 8)
    for moment in ("before", "after")
]


@pytest.mark.parametrize(("number", "moment"), POINTS)
async def test_killed_in_a_load_it_goes_on_by_itself(open_bridge, store_url, number, moment):
    bridge, factory, buyer = open_bridge()
    parts = [{"name": f"Part {n}", "default_code": f"PART-{n}"} for n in range(MANY)]
    factory.call("product.template", "create", parts)
    killer = Killer(number, moment)

    async with FaultProxy(buyer.url) as proxy:
        proxy.always(killer)
        killer.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.flows.hub_process"),
            *(store_url, factory.url, proxy.url),
            cwd=ROOT,
        )
        assert await killer.process.wait() == -9
    await bridge.run("supplier", "customer", "category", "product")

    codes = Counter(row.get("default_code") for row in buyer.rows("product.product"))
    loads = [
        call for call in buyer.calls if (call.model, call.method) == ("product.template", "load")
    ]
    assert codes == {f"PART-{n}": 1 for n in range(MANY)}
    assert sum(call.records for call in loads) <= MANY + BATCH
    assert await bridge.letters() == []
    assert catalogue(await bridge.differences()) == []


async def test_no_lost_answer_doubles_anything_or_is_called_a_failure(open_bridge):
    bridge, _, _ = open_bridge()
    goods = stock_up(bridge.at_factory, bridge.mark)

    lost = await with_every_answer_lost(bridge)
    story.sell_in(bridge.at_factory, "SAR")
    order = story.place_order(bridge, goods, "SAR")
    lost += await with_every_answer_lost(bridge)

    assert [letter.reason for letter in await bridge.letters()] == []
    assert lost > 20
    await once_each(bridge, goods, order)
    await story.both_sides_agree(bridge, goods)


async def with_every_answer_lost(bridge: Bridge, *only: str) -> int:
    """Run until nothing is left to do; of each different write the first answer never comes."""
    seen: set[bytes] = set()

    async def forgetful(exchange: Exchange) -> None:
        asked = exchange.request.partition(b"\r\n\r\n")[2]
        if asked in seen or not WRITING.search(asked):
            return await passed(exchange)
        seen.add(asked)
        return await cut_after(exchange)

    right = bridge.factory, bridge.buyer
    async with AsyncExitStack() as stack:
        for name in ("factory", "buyer"):
            here = getattr(bridge, name)
            proxy = await stack.enter_async_context(FaultProxy(here.url))
            proxy.always(forgetful)
            setattr(bridge, name, replace(here, url=proxy.url))
        while True:
            try:
                await Bridge.run(bridge, *only)
            except (OutcomeUnknown, RetryLater):
                continue
            break
    bridge.factory, bridge.buyer = right
    return len(seen)


async def once_each(bridge: Bridge, goods: Goods, order: int) -> None:
    """Every record of the story is at the other side once."""
    assert shelf(bridge.at_buyer, goods.mark) == shelf(bridge.at_factory, goods.mark)
    assert people(bridge.at_buyer, goods.mark) == people(bridge.at_factory, goods.mark)
    assert story.lying(bridge, f"{goods.mark}-CHAIR") == 10
    number = bridge.at_buyer.row("purchase.order", [("id", "=", order)], ["name"])["name"]
    sold = bridge.at_factory.row("sale.order", [("client_order_ref", "=", number)], ["name"])
    assert story.told(bridge, order) == [f"Sale order {sold['name']} was prepared."]


def catalogue(findings):
    """Those of the links that were run."""
    return [one for one in findings if one.link in ("supply.product", "supply.category")]
