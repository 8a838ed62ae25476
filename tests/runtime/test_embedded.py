"""The embedded runtime: keeps lanes going, waits after failures, stops when told."""

import asyncio
import platform
from collections.abc import Sequence
from datetime import timedelta

from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary, Watch
from qantara.model import Partner
from qantara.runtime.agenda import Lane
from qantara.runtime.backoff import CAP, Backoff, Budget
from qantara.runtime.embedded import Wake, serve
from qantara.runtime.schedule import Schedule
from qantara.runtime.turn import Worker
from qantara.storage import dead_letters, inbox, lanes, runs, work
from qantara.storage.inbox import Notice
from qantara.storage.store import Store
from qantara.transport import OutcomeUnknown, RetryLater
from tests.engine.memory import Memory
from tests.engine.test_pipeline import partners

OFTEN = Schedule(every=timedelta(milliseconds=10))


def at_work(store: Store, watch: Watch, stop: asyncio.Event) -> Worker:
    return Worker(store=store, watch=watch, stop=stop)


class Bell:
    """Sets an event once so many runs are over; calls `between` after each of them."""

    def __init__(self, stop: asyncio.Event, runs_: int, between=lambda _: None) -> None:
        self.stop, self.left, self.between = stop, runs_, between
        self.errors: list[str] = []

    def begin(self, link: Link, expected: int) -> None: ...
    def advance(self, link: Link, items: Sequence[Item]) -> None: ...

    def end(self, link: Link, summary: Summary) -> None:
        self.errors.append(summary.error)
        self.left -= 1
        self.between(self.left)
        if self.left <= 0:
            self.stop.set()


async def test_changes_arrive_while_it_runs_until_it_is_told_to_stop(store: Store) -> None:
    here, there, stop = Memory("here"), Memory("there!"), asyncio.Event()
    here.put("partner", Partner(name="First"))

    def another(left: int) -> None:
        here.put("partner", Partner(name=f"Later {left}"))

    lane = Lane(link=partners(here, there), schedule=OFTEN)
    await serve([lane], at_work(store, Bell(stop, 4, another), stop))

    names = {row.name for row in there.records["partner"].values() if isinstance(row, Partner)}
    assert names == {"First", "Later 3", "Later 2", "Later 1"}


async def test_a_busy_system_is_tried_again_and_nothing_is_lost(store: Store) -> None:
    here, there, stop = Memory("here"), Memory("there!"), asyncio.Event()
    here.put("partner", Partner(name="Samir"))
    there.fail = [RetryLater("Busy.", after=0.01), None]
    there.fail_after = [OutcomeUnknown("Cut.")]
    lane = Lane(link=partners(here, there), schedule=OFTEN)
    bell = Bell(stop, 3)

    await serve([lane], at_work(store, bell, stop))

    assert bell.errors == ["Busy.", "", ""]
    assert len(there.records["partner"]) == 1


async def test_a_stop_in_the_middle_of_a_run_loses_nothing(store: Store) -> None:
    here, there, stop = Memory("here"), Memory("there!"), asyncio.Event()
    for number in range(35):
        here.put("partner", Partner(name=f"Partner {number}"))
    link = partners(here, there)

    class Impatient(Bell):
        def advance(self, link: Link, items: Sequence[Item]) -> None:
            stop.set()

    await serve([Lane(link=link, schedule=OFTEN)], at_work(store, Impatient(stop, 9), stop))
    assert 10 <= len(there.records["partner"]) < 35
    assert (await store.run(runs.latest))["people"].state == "stopped"

    again = asyncio.Event()
    await serve([Lane(link=link, schedule=OFTEN)], at_work(store, Bell(again, 1), again))
    assert len(there.records["partner"]) == 35


async def test_a_stop_in_the_middle_of_a_backlog_leaves_the_rest_for_later(store: Store) -> None:
    here, there, stop = Memory("here"), Memory("there!"), asyncio.Event()
    ids = [here.put("partner", Partner(name=f"Partner {number}")) for number in range(600)]
    await store.run(inbox.receive, [event(id_, id_) for id_ in ids])

    class Impatient(Bell):
        def advance(self, link: Link, items: Sequence[Item]) -> None:
            stop.set()

    lane = Lane(link=partners(here, there), schedule=Schedule())
    await serve([lane], at_work(store, Impatient(stop, 9), stop))
    left = await store.run(work.backlogs)
    assert 0 < left["people"].count < 600

    again = asyncio.Event()
    await serve([lane], at_work(store, Bell(again, 1), again))
    assert len(there.records["partner"]) == 600


async def test_a_lane_without_schedule_runs_once_and_then_when_it_is_rung(store: Store) -> None:
    here, there, stop = Memory("here"), Memory("there!"), asyncio.Event()
    link = partners(here, there)
    bell, wake = Bell(stop, 2), Wake()
    serving = asyncio.create_task(
        serve([Lane(link=link, schedule=Schedule())], at_work(store, bell, stop), wake)
    )
    await _until(lambda: bell.left == 1)
    here.put("partner", Partner(name="Samir"))
    assert (await store.run(lanes.states))["people"].poll_at is None

    await store.run(lanes.ring, ["people"])
    wake.ring()
    await serving

    assert len(there.records["partner"]) == 1


async def test_what_a_process_that_is_gone_left_open_is_ended_without_a_schedule(
    store: Store,
) -> None:
    here, there, stop = Memory("here"), Memory("there!"), asyncio.Event()
    link = partners(here, there)
    await serve([Lane(link=link, schedule=Schedule())], at_work(store, Bell(stop, 1), stop))
    left = await store.run(runs.start, link.name)
    await store.run(lanes.take, link.name, f"{platform.node()}:999999999")

    again = asyncio.Event()
    await serve([Lane(link=link, schedule=Schedule())], at_work(store, Bell(again, 1), again))

    [state] = (await store.run(lanes.states)).values()
    assert state.holder == ""
    assert (await store.run(runs.get, left.id)).state == "complete"


async def test_an_event_is_carried_over_at_once_and_has_an_outcome(store: Store) -> None:
    here, there, stop = Memory("here"), Memory("there!"), asyncio.Event()
    link = partners(here, there)
    bell, wake = Bell(stop, 2), Wake()
    serving = asyncio.create_task(
        serve([Lane(link=link, schedule=Schedule())], at_work(store, bell, stop), wake)
    )
    await _until(lambda: bell.left == 1)
    one = here.put("partner", Partner(name="Samir"))

    await store.run(inbox.receive, [event("e1", one), event("e2", one)])
    wake.ring()
    await serving

    assert len(there.records["partner"]) == 1
    assert await store.run(inbox.waiting, "here") == []


async def test_a_poison_record_is_put_aside_and_the_others_arrive(store: Store) -> None:
    here, stop = Memory("here"), asyncio.Event()
    there = Poisoned("there!")
    for number in range(30):
        here.put("partner", Partner(name=f"Partner {number}"))
    link = partners(here, there)
    lane = Lane(link=link, schedule=OFTEN)

    serving = asyncio.create_task(serve([lane], at_work(store, Bell(stop, 10**9), stop)))
    await _until(lambda: len(there.records.get("partner", {})) == 29)
    while not (letters := await store.run(dead_letters.listing)):  # noqa: ASYNC110 - in the journal
        await asyncio.sleep(0.1)
    stop.set()
    await serving

    assert [(letter.code, letter.count) for letter in letters] == [("OutcomeUnknown", 1)]


class Poisoned(Memory):
    """Breaks the connection whenever it is sent partner 13."""

    async def write(self, entity, writes):
        if any(getattr(write.record, "name", "") == "Partner 13" for write in writes):
            raise OutcomeUnknown("The connection was cut.")
        return await super().write(entity, writes)


def event(key: str, id_: str) -> Notice:
    return Notice(
        connection="here", topic="t", event_key=key, body=b"", entity="partner", external_id=id_
    )


async def _until(true) -> None:
    while not true():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)


def test_waits_grow_to_a_cap_and_never_undercut_what_the_system_asked() -> None:
    backoff = Backoff()

    waits = [backoff.failed() for _ in range(30)]

    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits[:8]))
    assert max(waits) <= CAP
    assert backoff.failed(asked=999) == 999


def test_retries_are_bounded_by_a_share_of_regular_runs() -> None:
    budget = Budget(saved=1)

    assert [budget.spend(), budget.spend()] == [True, False]
    for _ in range(11):
        budget.earn()
    assert budget.spend()
