"""A connection that fails is left alone, tried by one, and asked again when it answers."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from qantara.storage import alerts, circuits, connections
from qantara.storage.circuits import Circuit, Failure
from qantara.storage.store import Store

START = datetime(2026, 3, 1, tzinfo=UTC)

BUSY = Failure(code="RetryLater", reason="The shop is busy.", remedy="Wait.")
REFUSED = Failure(code="AuthFailed", reason="The key is wrong.", final=True)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def tens(times: int) -> float:
    return 10.0 * times


async def fail(store: Store, times: int = 1, after: float = 0, failure: Failure = BUSY) -> Circuit:
    for _ in range(times):
        last = await store.run(circuits.failed, "shop", failure, tens, at(after))
    return last


async def wait(store: Store, after: float = 0) -> float:
    return await store.run(circuits.allows, "shop", at(after))


async def test_a_connection_that_never_failed_may_be_asked(store: Store):
    assert await wait(store) == 0.0
    assert await store.run(circuits.succeeded, "shop") is False
    assert await store.run(circuits.states) == {}


async def test_enough_failures_in_a_row_open_it_and_a_person_is_told_once(store: Store):
    await fail(store, 4)
    assert await wait(store) == 0.0
    assert await store.run(alerts.listing) == []

    opened = await fail(store)

    assert (opened.state, opened.failures, opened.code) == ("open", 5, "RetryLater")
    assert await wait(store) == 10.0
    assert await wait(store, 4) == 6.0
    [alert] = await store.run(alerts.listing)
    assert (alert.kind, alert.subject, alert.remedy) == ("connection", "shop", "Wait.")
    assert alert.reason.endswith("The shop is busy.")


async def test_a_success_between_them_begins_the_count_anew(store: Store):
    await fail(store, 4)
    assert await store.run(circuits.succeeded, "shop") is True
    await fail(store, 4)

    assert await wait(store) == 0.0


async def test_another_connection_is_not_concerned(store: Store):
    await fail(store, 9)

    assert await store.run(circuits.allows, "mill", at(0)) == 0.0


async def test_one_failure_that_is_final_opens_it_at_once(store: Store):
    await fail(store, failure=REFUSED)

    assert await wait(store) == 10.0


async def test_what_was_under_way_when_it_opened_does_not_keep_it_open_longer(store: Store):
    await fail(store, 9)

    assert await wait(store) == 10.0
    [alert] = await store.run(alerts.listing)
    assert alert.count == 1


async def test_one_may_try_and_the_others_wait_for_what_becomes_of_it(store: Store):
    await fail(store, 5)

    first, second = await wait(store, 10), await wait(store, 10)

    assert (first, second) == (0.0, circuits.LOOK)
    await store.run(circuits.succeeded, "shop")
    assert await wait(store, 10) == 0.0
    assert await store.run(alerts.listing) == []
    [closed] = await store.run(alerts.listing, state="closed")
    assert closed.subject == "shop"


async def test_a_trial_that_fails_opens_it_for_longer(store: Store):
    await fail(store, 5)
    assert await wait(store, 10) == 0.0

    await fail(store, after=11)

    assert await wait(store, 11) == 20.0
    assert await wait(store, 31) == 0.0
    [alert] = await store.run(alerts.listing)
    assert alert.count == 2


async def test_a_worker_that_died_in_its_trial_blocks_nobody_for_ever(store: Store):
    await fail(store, 5)
    assert await wait(store, 10) == 0.0

    late = 10 + circuits.TRIAL

    assert await wait(store, late - 1) > 0.0
    assert [await wait(store, late), await wait(store, late)] == [0.0, circuits.LOOK]


async def test_a_trial_that_asked_nothing_is_passed_on(store: Store):
    await fail(store, 5)
    assert await wait(store, 10) == 0.0

    await store.run(circuits.untried, "shop")

    much_later = (datetime.now(UTC) - START).total_seconds() + 1
    assert await wait(store, much_later) == 0.0


async def test_who_mended_it_has_it_tried_at_once(store: Store):
    now = (datetime.now(UTC) - START).total_seconds()
    await fail(store, 5, after=now)
    assert await wait(store, now) == 10.0

    await store.run(circuits.retry, "shop")

    assert await wait(store, now + 1) == 0.0
    assert (await store.run(circuits.states))["shop"].state == "trial"


@pytest.mark.parametrize("_", range(3))
async def test_of_many_workers_that_ask_at_once_one_tries(store: Store, _):
    await fail(store, 5)

    waits = await asyncio.gather(*(wait(store, 10) for _ in range(20)))

    assert sorted(waits)[:2] == [0.0, circuits.LOOK]


async def test_failures_of_many_workers_at_once_are_all_counted(store: Store):
    await asyncio.gather(*(fail(store) for _ in range(4)))

    assert (await store.run(circuits.states))["shop"].failures == 4


async def test_a_check_that_came_in_ends_it(store: Store):
    await fail(store, failure=REFUSED)

    await store.run(connections.remember_check, "shop", {}, usable=True)

    assert await wait(store) == 0.0
    assert await store.run(alerts.listing) == []
