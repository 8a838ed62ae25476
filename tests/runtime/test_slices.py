"""Turns make room for those that wait, and a pair of links never has two at once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qantara.engine.link import Link
from qantara.runtime import agenda, slices
from qantara.runtime.agenda import Books, Lane
from qantara.runtime.schedule import Schedule
from qantara.runtime.slices import Slices
from qantara.storage.lanes import Lane as State
from qantara.storage.statements import now
from tests.engine.memory import Memory
from tests.engine.test_pipeline import partners


async def test_the_longest_turn_makes_room_and_only_after_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns, ended = Slices(), []

    async def turn(name: str, stop: asyncio.Event) -> None:
        await stop.wait()
        ended.append(name)

    turns.start("first", lambda stop: turn("first", stop))
    turns.start("second", lambda stop: turn("second", stop))
    turns.press()
    await asyncio.sleep(0)
    assert ended == []

    monkeypatch.setattr(slices, "SLICE", 0.0)
    turns.press()
    await asyncio.sleep(0.01)
    assert ended == ["first"]
    assert turns.names == {"second"}

    await turns.end()
    assert ended == ["first", "second"]
    assert len(turns) == 0


def test_both_directions_of_a_link_never_start_together() -> None:
    there = _pair()
    lanes = [Lane(link=link, schedule=Schedule(adaptive=True)) for link in there.directions]
    states = {lane.link.name: _polled_long_ago(lane.link.name) for lane in lanes}
    books = Books(now=now(), states=states, backlogs={})

    assert len(agenda.due(lanes, books, ())) == 1
    assert agenda.due(lanes, books, {there.pair}) == []


def test_a_lane_that_was_just_worked_on_waits_behind_one_that_was_not() -> None:
    links = [replace(partners(Memory("here"), Memory("there!")), name=name) for name in "ab"]
    lanes = [Lane(link=link, schedule=Schedule(adaptive=True)) for link in links]
    states = {link.name: _polled_long_ago(link.name) for link in links}
    states["a"] = replace(states["a"], taken_at=now())
    books = Books(now=now(), states=states, backlogs={})

    assert [lane.link.name for lane in agenda.due(lanes, books, ())] == ["b", "a"]


def _pair() -> Link:
    return replace(partners(Memory("here"), Memory("there!")), two_way=True)


def _polled_long_ago(name: str) -> State:
    long_ago = now() - timedelta(hours=1)
    nothing: dict[str, Any] = dict.fromkeys(State.__dataclass_fields__)
    known = {"link": name, "token": 1, "holder": "", "pause": 2.0, "failures": 0, "error": ""}
    return State(**nothing | known | {"taken_at": long_ago, "poll_at": long_ago})
