"""Which errors concern a connection as a whole, and for how long it is left alone."""

import random

import pytest

from qantara.runtime import circuit
from qantara.runtime.backoff import wait
from qantara.runtime.circuit import CAP
from qantara.storage import circuits
from qantara.storage.store import Store
from qantara.transport import (
    AuthFailed,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unsupported,
)


@pytest.mark.parametrize("error", [RetryLater("Busy."), OutcomeUnknown("Cut.")])
async def test_five_of_these_in_a_row_open_it(store: Store, error):
    for _ in range(4):
        await circuit.failed(store, "shop", error)
    assert await circuit.allows(store, "shop") == 0.0

    await circuit.failed(store, "shop", error)

    assert 2 <= await circuit.allows(store, "shop") <= 5


async def test_refused_credentials_open_it_at_once_and_for_long(store: Store):
    await circuit.failed(store, "shop", AuthFailed("The key is wrong.", remedy="Enter it again."))

    assert await circuit.allows(store, "shop") > 100


async def test_it_is_left_alone_as_long_as_the_system_asks(store: Store):
    for _ in range(5):
        await circuit.failed(store, "shop", RetryLater("Busy.", after=60.0))

    assert 50 < await circuit.allows(store, "shop") <= 60


@pytest.mark.parametrize("error", [Rejected("No."), NotFound("Gone.")])
async def test_a_system_that_says_no_answers(store: Store, error):
    for _ in range(4):
        await circuit.failed(store, "shop", RetryLater("Busy."))
    await circuit.failed(store, "shop", error)
    await circuit.failed(store, "shop", RetryLater("Busy."))

    assert await circuit.allows(store, "shop") == 0.0


async def test_what_the_connection_cannot_do_says_nothing_of_it(store: Store):
    for _ in range(9):
        await circuit.failed(store, "shop", Unsupported("No such model."))

    assert await store.run(circuits.states) == {}


async def test_an_answer_closes_it(store: Store):
    await circuit.failed(store, "shop", AuthFailed("The key is wrong."))
    await circuit.succeeded(store, "shop")

    assert await circuit.allows(store, "shop") == 0.0


def test_it_is_left_alone_for_longer_each_time_up_to_a_cap():
    chance = random.Random(3)  # noqa: S311 - a test repeats itself
    waits = [wait(times, first=5.0, cap=CAP, chance=chance) for times in range(1, 40)]

    assert all(5 * 2**n / 2 <= wait <= 5 * 2**n for n, wait in enumerate(waits[:7]))
    assert CAP / 2 <= min(waits[8:]) <= max(waits) <= CAP
    assert len(set(waits[8:])) > 20
