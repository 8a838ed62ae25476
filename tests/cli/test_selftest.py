"""`qantara selftest`: it proves what holds, sees what does not, and leaves nothing behind."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from qantara.cli.selftest.acts import ACTS
from qantara.cli.selftest.campaign import again, points, sample
from qantara.cli.selftest.stage import Seen, State
from qantara.cli.selftest.trial import Report
from qantara.cli.selftest.verdict import judge
from qantara.cli.selftest.worker import Point

QUIET = State(
    sides={"products": ({"A": 1}, {"A": 1})},
    counts={"buyer": {"product.template": 1}},
    asked=[],
    shadows=[],
    writes={"buyer product.template load": 1},
    events=3,
)
LAST = len(ACTS) - 1
THERE = Point(act=LAST, step="write: answered")


def report(state: State, deaths: int = 1, failure: str = "", **broken: list[str]) -> Report:
    seen = {LAST: Seen(state=state, broken=broken)}
    return Report(seen=seen, deaths=deaths, counts={}, failure=failure)


def broken(state: State, **more) -> set[str]:
    return set(judge([THERE], report(state, **more), report(QUIET, 0)).broken)


@pytest.mark.campaign
@pytest.mark.timeout(900)
def test_a_hub_that_is_killed_at_a_sample_of_points_loses_and_doubles_nothing(tmp_path):
    told = _selftest(tmp_path)

    assert told["undisturbed"] == {}
    assert [one for one in told["points"] if one["broken"] or not one["killed"]] == []
    assert told["tried"] >= 10
    assert told["steps"] >= 40


def test_nothing_is_left_behind_and_no_home_is_touched(tmp_path):
    refused = _run(tmp_path, "--database", "mysql://db/x")

    assert refused.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_what_is_as_without_the_crash_holds():
    assert broken(QUIET) == set()


@pytest.mark.parametrize(
    ("state", "invariant"),
    [
        (replace(QUIET, events=2), "events"),
        (replace(QUIET, counts={"buyer": {"product.template": 2}}), "once"),
        (replace(QUIET, sides={"products": ({"A": 1}, {"A": 2})}), "agree"),
        (replace(QUIET, shadows=["supply.product 1: name"]), "shadow"),
        (replace(QUIET, asked=[("supply.product", "1", "NotKept")]), "nobody"),
        (replace(QUIET, writes={"buyer product.template load": 9}), "redone"),
    ],
)
def test_what_a_crash_changed_is_seen(state, invariant):
    assert broken(state) == {invariant}


def test_what_the_journal_says_against_itself_is_seen():
    assert broken(QUIET, effects=["A write of supply.product is open."]) == {"effects"}


def test_a_hub_that_finds_no_rest_or_is_not_reached_is_no_success():
    busy = judge([THERE], report(QUIET, failure="It was busy."), report(QUIET, 0))
    missed = judge([THERE], report(QUIET, 0), report(QUIET, 0))

    assert (busy.holds, set(busy.broken)) == (False, {"quiet"})
    assert (missed.holds, missed.killed) == (False, False)


def test_each_step_is_a_point_where_it_comes_first_and_last_and_among_updates():
    counts = {("hub", 0, "a"): 3, ("hub", 1, "a"): 2, ("hub", 4, "a"): 5, ("worker", 3, "b"): 1}

    found = [one for [one] in points(counts)]

    assert set(found) == {
        Point(act=0, step="a"),
        Point(act=1, step="a"),
        Point(act=4, step="a", number=5),
        Point(act=3, step="b", role="worker"),
    }
    assert len(found) == 4


def test_the_recovery_from_a_crash_has_points_of_its_own():
    first = Point(act=0, step="a")

    assert again({("hub", 0, "b"): 2, ("hub", 1, "c"): 1, ("web", 0, "d"): 1}, first) == [
        [first, Point(act=0, step="b")]
    ]


def test_a_sample_comes_from_all_over_the_story():
    every = [[Point(act=0, step=str(number))] for number in range(200)]

    chosen = sample(every)

    assert 10 <= len(chosen) <= 15
    assert int(chosen[-1][0].step) > 180


def _selftest(folder, *words: str):
    done = _run(folder, *words)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def _run(folder, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qantara.cli", "selftest", "--json", *words]
    environment = {"TMPDIR": str(folder), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
