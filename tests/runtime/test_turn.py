"""A turn leaves a failing or closed system alone, and forgets that as soon as it answers."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from qantara.model import Partner
from qantara.runtime.agenda import Books, Lane
from qantara.runtime.schedule import Schedule
from qantara.runtime.turn import Worker
from qantara.storage import alerts, circuits, lanes, runs
from qantara.storage.statements import now
from qantara.storage.store import Store
from qantara.transport import AuthFailed, ConnectorError, RetryLater
from tests.engine.memory import Memory
from tests.engine.test_pipeline import Silent, partners

OFTEN = Schedule(every=timedelta(milliseconds=1))
TINY = timedelta(microseconds=1)


def worker(store: Store, **more) -> Worker:
    return Worker(store=store, watch=Silent(), stop=asyncio.Event(), holder="here:1", **more)


def error(kind: type[ConnectorError], connection: str = "there!") -> ConnectorError:
    made = kind("The shop is away.", remedy="Wait.")
    made.connection = connection
    return made


async def states(store: Store) -> dict[str, str]:
    return {name: one.state for name, one in (await store.run(circuits.states)).items()}


async def test_one_refusal_of_the_credentials_leaves_the_system_alone(store: Store):
    here, there = Memory("here"), Memory("there!")
    here.put("partner", Partner(name="Samir"))
    there.fail = [error(AuthFailed)]
    lane = Lane(link=partners(here, there), schedule=OFTEN)

    await worker(store).turn(lane)
    await worker(store).turn(lane)

    assert await states(store) == {"there!": "open"}
    assert [one.subject for one in await store.run(alerts.listing)] == ["there!"]
    assert (await store.run(runs.history, limit=9))[0].state == "failed"
    assert len(await store.run(runs.history, limit=9)) == 1
    assert there.written == []


async def test_what_answers_again_is_asked_again(store: Store):
    here, there = Memory("here"), Memory("there!")
    here.put("partner", Partner(name="Samir"))
    there.fail = [error(AuthFailed)]
    lane = Lane(link=partners(here, there), schedule=OFTEN)
    await worker(store).turn(lane)

    await store.run(circuits.retry, "there!")
    await worker(store).turn(lane)

    assert await states(store) == {"there!": "closed"}
    assert await store.run(alerts.listing) == []
    [state] = (await store.run(lanes.states)).values()
    assert (state.failures, state.error, state.wait_until) == (0, "", None)
    assert len(there.records["partner"]) == 1


async def test_the_other_system_is_not_blamed(store: Store):
    here, there = Memory("here"), Memory("there!")
    here.put("partner", Partner(name="Samir"))
    there.fail = [error(RetryLater)]

    await worker(store).turn(Lane(link=partners(here, there), schedule=OFTEN))

    found = await store.run(circuits.states)
    assert {name: one.failures for name, one in found.items()} == {"there!": 1}


async def test_a_lane_with_nothing_to_carry_does_not_speak_for_a_system_that_is_away(store: Store):
    here, there = Memory("here"), Memory("there!")
    here.put("partner", Partner(name="Samir"))
    busy = Lane(link=partners(here, there), schedule=OFTEN)
    idle = Lane(link=replace(partners(Memory("here"), there), name="others"), schedule=OFTEN)
    hands = worker(store)

    for _ in range(circuits.ENOUGH):
        there.fail = [error(RetryLater)]
        await hands.turn(busy)
        await hands.turn(idle)

    found = await store.run(circuits.states)
    assert {name: (one.state, one.failures) for name, one in found.items()} == {
        "there!": ("open", circuits.ENOUGH)
    }
    assert [one.subject for one in await store.run(alerts.listing)] == ["there!"]


async def test_a_system_in_maintenance_is_not_asked_and_nothing_has_failed(store: Store):
    here, there = Memory("here"), Memory("there!")
    here.put("partner", Partner(name="Samir"))
    end = now() + timedelta(hours=1)
    lane = Lane(link=partners(here, there), schedule=OFTEN)

    def closed(connection, moment):
        return end if connection == "there!" else None

    await worker(store, closed_until=closed).turn(lane)

    books = await store.run(Books.read, ["people"])
    assert books.due_at(lane) == end
    assert (books.states["people"].failures, there.written) == (0, [])
    assert await store.run(runs.history) == []


async def test_what_was_changed_behind_the_hubs_back_is_mended_by_the_clock(store: Store):
    here, there = Memory("here"), Memory("there!")
    here.put("partner", Partner(name="Samir"))
    lane, hands = Lane(link=partners(here, there), schedule=OFTEN), worker(store, drift=TINY)
    await hands.turn(lane)
    [there_id] = there.records["partner"]
    there.put("partner", Partner(name="Samuel"), there_id)

    for _ in range(4):
        await hands.turn(lane)

    [mended] = there.records["partner"].values()
    assert isinstance(mended, Partner)
    assert mended.name == "Samir"
