"""What is due: which lanes are to be worked on now, the most urgent first, and when to look again.

Pure: both runtimes ask it with what the journal says, and only differ in how they start a turn.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import Connection

from qantara.engine.link import Link
from qantara.runtime.schedule import Schedule
from qantara.storage import lanes, work
from qantara.storage.lanes import Lane as State
from qantara.storage.statements import now
from qantara.storage.work import Backlog

PATIENCE = 5.0
"""Seconds of waiting that weigh as much as one step of priority: none waits for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A link and when it runs."""

    link: Link
    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the journal says of the lanes at a moment."""

    now: datetime
    states: Mapping[str, State]
    backlogs: Mapping[str, Backlog]

    @classmethod
    def read(cls, conn: Connection, links: Collection[str]) -> Self:
        """As they stand now."""
        return cls(now=now(), states=lanes.states(conn, links), backlogs=work.backlogs(conn, links))

    def due_at(self, lane: Lane) -> datetime | None:
        """When the lane wants its next turn; None when only a person or an event brings it."""
        state, backlog = self.states.get(lane.link.name), self.backlogs.get(lane.link.name)
        wanted = [polled_at(lane.schedule, state, self.now), backlog.due_at if backlog else None]
        soonest = min((moment for moment in wanted if moment), default=None)
        if soonest and state and state.wait_until:
            return max(soonest, state.wait_until)
        return soonest


def polled_at(schedule: Schedule, state: State | None, now: datetime) -> datetime | None:
    """When the source is asked next: at once when it never was."""
    if state is None or (state.poll_at is None and not state.pause):
        return now
    if state.poll_at is None:
        return schedule.next_after(now, pause=state.pause)
    latest = schedule.next_after(now, pause=state.pause)
    return min(state.poll_at, latest) if latest else state.poll_at


def due(lanes: Sequence[Lane], books: Books, busy: Collection[str]) -> list[Lane]:
    """The lanes to start now, the most urgent first, one of a pair; pairs in `busy` are under way.

    What was never read before goes in the order of the flow, since what comes later refers to
    what comes earlier.
    """
    beginning: set[str] = set()
    found = []
    for lane in lanes:
        flow = lane.link.name.partition(".")[0]
        new = not _begun(lane, books)
        ready = _wanted(lane, books) and lane.link.pair not in busy
        if ready and flow not in beginning:
            found.append(lane)
        if new:
            beginning.add(flow)
    urgent = sorted(found, key=lambda lane: -weight(lane, books))
    first = {lane.link.pair: lane for lane in reversed(urgent)}
    return [lane for lane in urgent if first[lane.link.pair] is lane]


def look_again(lanes: Sequence[Lane], books: Books, busy: Collection[str]) -> datetime | None:
    """When the next of the lanes that are not due yet will be."""
    moments = [books.due_at(lane) for lane in lanes if lane.link.pair not in busy]
    return min((one for one in moments if one and one > books.now), default=None)


def weight(lane: Lane, books: Books) -> float:
    """How urgent: the link's priority, and more the longer it has waited since its last turn."""
    moment, state = books.due_at(lane) or books.now, books.states.get(lane.link.name)
    if state and state.taken_at:
        moment = max(moment, state.taken_at)
    waited = max(timedelta(), books.now - moment).total_seconds()
    return lane.link.priority + waited / PATIENCE


def _wanted(lane: Lane, books: Books) -> bool:
    """True when it is due, or when a holder who is gone left it in the middle of something."""
    state, moment = books.states.get(lane.link.name), books.due_at(lane)
    left = state is not None and bool(state.holder)
    return left or (moment is not None and moment <= books.now)


def _begun(lane: Lane, books: Books) -> bool:
    """True when its source was asked once, well or not."""
    state = books.states.get(lane.link.name)
    return state is not None and bool(state.pause or state.failures)
