"""A lane has one worker at a time; whoever dies loses it, whoever lives keeps it."""

import asyncio
import sys
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection as Database

from qantara.engine.link import Link
from qantara.model import Partner
from qantara.runtime import holding as module
from qantara.runtime.agenda import Lane
from qantara.runtime.embedded import serve
from qantara.runtime.holding import LEASE, held, holding
from qantara.runtime.schedule import Schedule
from qantara.runtime.turn import Worker
from qantara.storage import lanes
from qantara.storage.errors import Overtaken, StorageUnavailable
from qantara.storage.statements import now
from qantara.storage.store import Store
from tests.engine.memory import Memory
from tests.engine.test_pipeline import Silent, partners


@pytest.fixture
def link() -> Link:
    return partners(Memory("here"), Memory("there!"))


async def test_nobody_takes_a_lane_from_one_who_lives(store: Store, link: Link) -> None:
    async with holding(store, link, "a:1") as mine, holding(store, link, "b:1") as theirs:
        assert mine is not None
        assert theirs is None


async def test_one_who_is_silent_for_long_loses_his_lane_and_cannot_write(
    store: Store, link: Link
) -> None:
    async with holding(store, link, "a:1") as mine:
        assert mine
        long_ago = now() - timedelta(seconds=LEASE + 1)
        await store.run(_silent_since, link, long_ago)
        async with holding(store, link, "b:1") as theirs:
            assert theirs
        with pytest.raises(Overtaken):
            await mine.store.run(lanes.renew, link.name, mine.state.token)


async def test_a_process_of_this_machine_that_has_ended_is_not_waited_for(
    store: Store, link: Link
) -> None:
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    node, _, _ = module.myself().rpartition(":")
    await store.run(lanes.take, link.name, f"{node}:{gone.pid}")

    async with holding(store, link, "b:1") as mine:
        assert mine


async def test_one_who_works_for_long_says_that_he_lives(
    store: Store, link: Link, monkeypatch
) -> None:
    monkeypatch.setattr(module, "RENEW", 0.01)
    async with holding(store, link, "a:1") as mine:
        assert mine
        await store.run(_silent_since, link, now() - timedelta(seconds=LEASE + 1))
        await asyncio.sleep(0.2)
        [state] = (await store.run(lanes.states)).values()

    assert held(state)


async def test_one_who_cannot_say_that_he_lives_lets_go(
    store: Store, link: Link, monkeypatch
) -> None:
    monkeypatch.setattr(module, "GIVE_UP", 0.05)

    with pytest.raises(StorageUnavailable, match="has not answered"):
        async with holding(store, link, "a:1"):
            await asyncio.sleep(30)


async def test_one_who_was_overtaken_is_told_even_while_he_waits(
    store: Store, link: Link, monkeypatch
) -> None:
    monkeypatch.setattr(module, "RENEW", 0.01)

    async def work() -> None:
        async with holding(store, link, "a:1"):
            await store.run(lanes.oust, [link.name])
            await asyncio.sleep(30)

    with pytest.raises(Overtaken):
        await work()


async def test_two_services_on_one_journal_share_the_lanes_and_double_nothing(
    store: Store,
) -> None:
    here, there, stop = Memory("here"), Memory("there!"), asyncio.Event()
    link = partners(here, there)
    for number in range(45):
        here.put("partner", Partner(name=f"Partner {number}"))
    lane = Lane(link=link, schedule=Schedule(every=timedelta(milliseconds=5)))

    workers = [
        Worker(store=store, watch=Silent(), stop=stop, holder=holder) for holder in ("a:1", "b:1")
    ]
    services = [asyncio.create_task(serve([lane], worker)) for worker in workers]
    while len(there.records.get("partner", {})) < 45:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.gather(*services)

    assert len(there.written) == 45


def _silent_since(database: Database, link: Link, moment: datetime) -> None:
    lanes.note(database, link.name, taken_at=moment)
