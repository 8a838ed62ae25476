"""Transactions wait for their turn: the urgent before the others, each kind in its order."""

import threading
from functools import partial

import pytest

from qantara.storage.threads import Threads


def test_what_is_urgent_goes_first():
    threads, gate = Threads(1, "test"), threading.Event()
    done: list[str] = []
    threads.submit(gate.wait)
    for name in ("a", "b"):
        threads.submit(partial(done.append, name))
    last = [threads.submit(partial(done.append, name), urgent=True) for name in "xy"]

    gate.set()
    threads.shutdown()

    assert done == ["x", "y", "a", "b"]
    assert all(one.done() for one in last)


def test_an_error_reaches_who_waits_and_the_thread_goes_on():
    threads = Threads(1, "test")

    def fail() -> None:
        raise ValueError("No.")

    with pytest.raises(ValueError, match="No"):
        threads.submit(fail).result(5)

    assert threads.submit(lambda: 7).result(5) == 7
    threads.shutdown()


def test_what_was_cancelled_before_its_turn_is_not_done():
    threads, gate = Threads(1, "test"), threading.Event()
    done: list[str] = []
    threads.submit(gate.wait)
    waiting = threads.submit(lambda: done.append("a"))

    assert waiting.cancel()
    gate.set()
    threads.shutdown()

    assert done == []


def test_the_end_waits_for_all_that_was_submitted_and_takes_nothing_more():
    threads = Threads(2, "test")
    done: list[int] = []
    for number in range(50):
        threads.submit(partial(done.append, number))

    threads.shutdown()
    threads.shutdown()

    assert sorted(done) == list(range(50))
    with pytest.raises(RuntimeError):
        threads.submit(lambda: None)
