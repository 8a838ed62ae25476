"""The embedded runtime: keeps lanes going, waits after failures, stops when told."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary
from qantara.model import Partner
from qantara.runtime.backoff import CAP, Backoff, Budget
from qantara.runtime.embedded import Lane, serve
from qantara.runtime.schedule import Schedule
from qantara.storage import runs
from qantara.storage.store import Store
from qantara.transport import OutcomeUnknown, RetryLater
from tests.engine.memory import Memory
from tests.engine.test_pipeline import partners

OFTEN = Schedule(every=timedelta(milliseconds=10))


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
    await serve([lane], store, Bell(stop, 4, another), stop)

    names = {row.name for row in there.records["partner"].values() if isinstance(row, Partner)}
    assert names == {"First", "Later 3", "Later 2", "Later 1"}


async def test_a_busy_system_is_tried_again_and_nothing_is_lost(store: Store) -> None:
    here, there, stop = Memory("here"), Memory("there!"), asyncio.Event()
    here.put("partner", Partner(name="Samir"))
    there.fail = [RetryLater("Busy.", after=0.01), None]
    there.fail_after = [OutcomeUnknown("Cut.")]
    lane = Lane(link=partners(here, there), schedule=OFTEN)
    bell = Bell(stop, 3)

    await serve([lane], store, bell, stop)

    assert bell.errors == ["Busy.", "Cut.", ""]
    assert len(there.records["partner"]) == 1


async def test_a_stop_in_the_middle_of_a_run_loses_nothing(store: Store) -> None:
    here, there, stop = Memory("here"), Memory("there!"), asyncio.Event()
    for number in range(35):
        here.put("partner", Partner(name=f"Partner {number}"))
    link = partners(here, there)

    class Impatient(Bell):
        def advance(self, link: Link, items: Sequence[Item]) -> None:
            stop.set()

    await serve([Lane(link=link, schedule=OFTEN)], store, Impatient(stop, 9), stop)
    assert 10 <= len(there.records["partner"]) < 35
    assert (await store.run(runs.latest))["people"].state == "stopped"

    again = asyncio.Event()
    await serve([Lane(link=link, schedule=OFTEN)], store, Bell(again, 1), again)
    assert len(there.records["partner"]) == 35


async def test_a_lane_without_schedule_runs_once(store: Store) -> None:
    here, there, stop = Memory("here"), Memory("there!"), asyncio.Event()
    bell = Bell(stop, 9)

    await serve([Lane(link=partners(here, there), schedule=Schedule())], store, bell, stop)

    assert bell.left == 8


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
