"""Capture on real servers: prepared, told of every change, late commits included, and cleaned up."""

import asyncio
import os
import sys
import time
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from qantara.connectors.base import Connection
from qantara.connectors.odoo import polling
from qantara.connectors.odoo.connector import READERS, Odoo
from qantara.connectors.odoo.polling import Poll, Stream, unknown
from tests.connectors.odoo.doors import receiver
from tests.flows.bridge import connection
from tests.flows.witness import Witness
from tests.live.conftest import VERSIONS, administrator, as_administrator, server

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

SLOW = 3.0
"""Seconds for which the late transaction stays open."""

WRITE = """
env['res.partner'].browse({one}).write({{'phone': 'late'}})
env['res.partner'].flush_model()
"""

TRACES = (
    *("ir.model", "ir.model.fields", "ir.model.access", "ir.model.data", "res.groups"),
    *("ir.actions.server", "base.automation"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One real Odoo: the hub's user in it, and an administrator at the keyboard."""

    version: int
    hub: Connection
    administrator: Connection
    keyboard: Witness

    def count(self) -> dict[str, int]:
        """How many records there are of what a preparation makes."""
        return {
            model: self.keyboard.call(model, "search_count", [], active_test=False)
            for model in TRACES
        }

    def storable(self) -> int:
        """A new product that can lie in stock."""
        kind = {"is_storable": True} if self.version >= 18 else {"detailed_type": "product"}
        return self.keyboard.create("product.product", {"name": "Captured", **kind})


def named(version: int, *names: str) -> list[str]:
    return [os.environ.get(f"QANTARA_LIVE_ODOO{version}_{name}", "") for name in names]


@pytest.fixture(params=VERSIONS)
def site(request: pytest.FixtureRequest) -> Site:
    """Each real server that is named together with its administrator."""
    there = server(request.param)
    keyboard, hub = administrator(there), connection("capture", there)
    by = as_administrator(hub, keyboard)
    return Site(version=request.param, hub=hub, administrator=by, keyboard=keyboard)


@asynccontextmanager
async def preparing(site: Site, connector: Odoo):
    async with aclosing(await connector.preparation(READERS, by=site.administrator)) as made:
        yield made


@asynccontextmanager
async def prepared(site: Site):
    """The hub's own connection to a prepared Odoo, which is as before at the end."""
    async with Odoo(site.hub) as connector:
        async with preparing(site, connector) as preparation:
            await preparation.install()
        try:
            await taken(connector)
            yield connector
        finally:
            async with preparing(site, connector) as preparation:
                await preparation.remove()


async def taken(connector: Odoo) -> set[tuple[str, str]]:
    """What waits in the outbox; it is empty afterwards."""
    found: set[tuple[str, str]] = set()
    while events := await connector.pull(1000):
        await connector.forget(events)
        found |= {(event.entity, event.external_id) for event in events}
    return found


async def typed(work: Any, *args: Any, **context: Any) -> Any:
    """Somebody types while the hub goes on."""
    return await asyncio.to_thread(work, *args, **context)


async def test_preparing_twice_changes_nothing_and_removing_leaves_nothing(site):
    before = await typed(site.count)
    async with Odoo(site.hub) as connector, preparing(site, connector) as preparation:
        try:
            made = await preparation.install()
            after = await typed(site.count)
            again = await preparation.install()
            kept = await typed(site.count)
        finally:
            await preparation.remove()

    assert made
    assert again == []
    assert kept == after != before
    assert await typed(site.count) == before


async def test_create_write_unlink_and_a_confirmed_order_arrive(site):
    keys = site.keyboard
    async with prepared(site) as connector:
        partner = await typed(keys.create, "res.partner", {"name": "Captured"})
        assert ("partner", str(partner)) in await taken(connector)
        await typed(keys.call, "res.partner", "write", [partner], {"phone": "1"})
        assert ("partner", str(partner)) in await taken(connector)
        product = await typed(site.storable)
        line = (0, 0, {"product_id": product, "product_uom_qty": 2})
        values = {"partner_id": partner, "order_line": [line]}
        order = await typed(keys.create, "sale.order", values)
        assert ("order_state", f"{order}:draft") in await taken(connector)
        await typed(keys.call, "sale.order", "action_confirm", [order])
        told = await taken(connector)
        assert {("sale_order", str(order)), ("order_state", f"{order}:confirmed")} <= told
        gone = await typed(keys.create, "res.partner", {"name": "Gone"})
        await taken(connector)
        await typed(keys.call, "res.partner", "unlink", [gone])
        assert ("partner", str(gone)) in await taken(connector)
        assert await connector.read("partner", [str(gone)]) == []


async def test_the_bell_rings_at_once_and_not_after_a_rollback(site, capsys):
    keys = site.keyboard
    async with prepared(site) as connector, aclosing(connector.doorbell()) as bell:
        await asyncio.wait_for(anext(bell), 10)
        delays = []
        for number in range(5):
            await typed(keys.create, "res.partner", {"name": f"Rung {number}"})
            committed = time.monotonic()
            while (await asyncio.wait_for(anext(bell), 10)).entity != "partner":
                continue
            rung = time.monotonic()
            await taken(connector)
            delays.append((1000 * (rung - committed), 1000 * (time.monotonic() - rung)))
        with pytest.raises(Exception, match=r".+"):
            await typed(keys.call, "res.partner", "create", [{"name": "A"}, {"name": False}])
        silence = asyncio.ensure_future(anext(bell))
        done, _ = await asyncio.wait({silence}, timeout=1.5)
        silence.cancel()
        await asyncio.wait({silence})
        assert not done
        assert await taken(connector) == set()
    with capsys.disabled():
        shown = ", ".join(f"{ring:.0f}+{pull:.0f}" for ring, pull in delays)
        sys.stdout.write(
            f"\nOdoo {site.version}: ms from the answer to the ring + to the emptied outbox: {shown}\n"
        )


async def test_the_watch_makes_again_what_somebody_took_away(site):
    keys = site.keyboard
    async with prepared(site) as connector:
        rules = await typed(keys.call, "base.automation", "search", [("name", "like", "Qantara")])
        await typed(keys.call, "base.automation", "unlink", rules[:1])
        await typed(keys.call, "base.automation", "write", rules[1:2], {"active": False})
        found = await connector.subscribe(READERS, "")
        again = await connector.subscribe(READERS, "")

    assert {finding.level for finding in found} == {"warning"}
    assert len(found) == 2
    assert again == []


async def test_a_webhook_before_19_comes_even_when_the_commit_does_not(site):
    if site.version < 17:
        pytest.skip("Odoo sends webhooks since 17.")
    keys = site.keyboard
    wishing = {**site.hub.settings, "webhooks": "yes"}
    with receiver() as (address, came):
        async with prepared(replace(site, hub=replace(site.hub, settings=wishing))) as connector:
            assert await connector.subscribe(["partner"], address) == []
            assert await connector.subscribe(["partner"], address) == []
            one = await typed(keys.create, "res.partner", {"name": "Hooked"})
            told = [event for delivery in came for event in Odoo.hear(delivery)]
            heard = [event for event in told if event.entity == "partner"]  # others work there
            assert await taken(connector) == {("partner", str(one))}
            came.clear()
            with pytest.raises(Exception, match="taken back"):
                await run_code(site, f"{WRITE.format(one=one)}raise UserError('taken back')")
            assert await taken(connector) == set()
            assert bool(came) is (site.version < 19), "19 alone waits for the commit"

    assert {event.external_id for event in heard} == {str(one)}
    assert len({event.event_key for event in heard}) == 1


async def run_code(site: Site, code: str) -> None:
    """Run this inside Odoo, in one transaction."""
    keys = site.keyboard
    [model] = await typed(keys.call, "ir.model", "search", [("model", "=", "res.partner")])
    told = {"name": "Try", "model_id": model, "state": "code", "code": code}
    action = await typed(keys.call, "ir.actions.server", "create", told)
    try:
        await typed(keys.call, "ir.actions.server", "run", [action])
    finally:
        await typed(keys.call, "ir.actions.server", "unlink", [action])


@asynccontextmanager
async def late_commit(site: Site, one: int):
    """A transaction that changes the partner `one` now and is committed only after the block."""
    code = f"{WRITE.format(one=one)}time.sleep({SLOW})"
    running = asyncio.ensure_future(run_code(site, code))
    await asyncio.sleep(SLOW / 2)
    try:
        yield
    finally:
        await running


async def walked(connector: Odoo, cursor: str, overlap: float, oldest: Any) -> tuple[set[int], str]:
    """The partners that a poll lists, and its next cursor."""
    poll = Poll(connector.client, [Stream(model="res.partner")], cursor, overlap, oldest)
    found = {one async for step in poll.steps(500, {}) for one in step}
    poll.skip()
    return found, poll.cursor


async def test_a_record_stamped_earlier_and_committed_later_is_never_missed(site, monkeypatch):
    """The hazard is there: a cursor of times alone misses it. Overlap, safe moment and outbox do not."""
    monkeypatch.setattr(polling, "MARGIN", 0.0)
    late = await typed(site.keyboard.create, "res.partner", {"name": "Late"})
    quick = await typed(site.keyboard.create, "res.partner", {"name": "Quick"})
    await asyncio.sleep(2.1)  # the newest seconds are read again, whatever the cursor
    await typed(site.keyboard.create, "res.partner", {"name": "Newest"})
    async with prepared(site) as connector:
        ways = {
            "naive": (0.0, unknown),
            "overlapping": (120.0, unknown),
            "safe": (0.0, connector._outbox.oldest),
        }
        cursors = {}
        for name, way in ways.items():
            _, cursors[name] = await walked(connector, "", *way)
        await taken(connector)
        await asyncio.sleep(1.1)
        async with late_commit(site, late):
            await asyncio.sleep(1.1)
            await typed(site.keyboard.call, "res.partner", "write", [quick], {"phone": "quick"})
            first = {}
            for name, way in ways.items():
                first[name], cursors[name] = await walked(connector, cursors[name], *way)
            told_first = await taken(connector)
        then = {}
        for name, way in ways.items():
            then[name], cursors[name] = await walked(connector, cursors[name], *way)
        told_then = await taken(connector)

    assert all(quick in found and late not in found for found in first.values())
    assert late not in then["naive"], "the hazard was not reproduced"
    assert late in then["overlapping"]
    assert late in then["safe"]
    assert ("partner", str(quick)) in told_first
    assert ("partner", str(late)) not in told_first
    assert ("partner", str(late)) in told_then
