"""The demo tells its story, agrees with itself, and leaves no process behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SMALL = ("--products", "30", "--partners", "9")


def _demo(*words, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "qantara.cli", "demo", *SMALL, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_the_story_ends_with_both_sides_in_agreement():
    with _demo("--once", "--json", "--orders", "4") as demo:
        out, err = demo.communicate(timeout=250)

    told = json.loads(out)
    assert told["disagreements"] == [], err
    assert demo.returncode == 0
    assert all(one["factory"] == one["buyer"] > 0 for one in told["counts"])
    assert told["order"]["lines"]["factory"] == told["order"]["lines"]["buyer"]
    assert "confirmed" in told["order"]["news"][-1]
    assert told["verify"]["agree"] is True
    assert [one["store"] for one in told["stores"]] == ["shop", "mall"]
    assert all(one["orders"] == one["sale_orders"] >= 2 for one in told["stores"])
    assert all(one["total"] == one["total_in_odoo"] for one in told["stores"])
    assert "Traceback" not in err


@pytest.mark.skipif(not Path("/proc").exists(), reason="children are found in /proc")
@pytest.mark.parametrize(
    "end",
    [
        signal.SIGINT,
        pytest.param(signal.SIGKILL, marks=pytest.mark.campaign),
        pytest.param(signal.SIGTERM, marks=pytest.mark.campaign),
    ],
)
def test_no_stand_in_outlives_the_demo(end):
    with _demo() as demo:
        assert demo.stdout
        assert demo.stderr
        assert "factory: Odoo 16" in (demo.stdout.readline() or demo.stderr.read())
        children = _children(demo.pid)

        demo.send_signal(end)
        demo.communicate(timeout=60)

    assert len(children) == 4
    assert demo.returncode in (130, -signal.SIGKILL)
    assert _gone(children, within=20)


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _gone(pids: list[int], within: float) -> bool:
    end = time.monotonic() + within
    while any(_runs(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.1)
    return not any(_runs(pid) for pid in pids)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
