"""How many units a store may offer: never more than there are, whoever sells beside it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara.rules.availability import Sighting, Step, Stock, in_flight, step, taken
from tests.flows.commerce.shop import line, order

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PATIENCE = timedelta(seconds=5)
units = st.integers(-5, 60)
few = st.integers(0, 20)


def stock(free: object, in_flight: object = 0, safety: int = 0, **more: object) -> Stock:
    return Stock(
        free=Decimal(str(free)),
        in_flight=Decimal(str(in_flight)),
        safety=safety,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("free", "flying", "safety", "fair"),
    [
        (10, 0, 0, 10),
        (10, 3, 2, 5),
        (2, 3, 0, 0),
        (-4, 0, 0, 0),
        ("2.9", 0, 0, 2),
        (3, "0.1", 0, 2),
    ],
)
def test_what_is_free_less_what_flies_less_what_is_kept_back_in_whole_units(
    free: object, flying: object, safety: int, fair: int
) -> None:
    assert stock(free, flying, safety).fair == fair


@given(free=units, safety=few, flying=st.lists(few, min_size=1, max_size=5))
def test_the_parts_of_all_stores_come_to_no_more_than_there_is(
    free: int, safety: int, flying: list[int]
) -> None:
    others = (0,) * (len(flying) - 1)
    parts = [
        stock(free, sold, safety, elsewhere=others, place=place).fair
        for place, sold in enumerate(flying)
    ]

    assert sum(parts) <= max(0, free - safety)
    if not any(flying) and free >= safety:
        assert sum(parts) == free - safety


@given(free=units, flying=few, safety=few, elsewhere=st.lists(few, max_size=3), offered=few)
def test_no_raise_goes_beyond_what_the_others_leave(
    free: int, flying: int, safety: int, elsewhere: list[int], offered: int
) -> None:
    seen = stock(free, flying, safety, elsewhere=tuple(elsewhere))
    long_ago = Sighting(wanted=1000, at=NOW - timedelta(hours=1))

    told = step(seen, offered, long_ago, NOW, PATIENCE)

    if told.quantity is not None and told.quantity > offered:
        assert told.quantity + flying + sum(elsewhere) + safety <= free


def test_less_is_offered_at_once() -> None:
    assert step(stock(3), 10, None, NOW, PATIENCE) == Step(quantity=3)


def test_nothing_is_done_where_all_is_as_it_should_be() -> None:
    assert step(stock(10, 2), 8, None, NOW, PATIENCE) == Step()


def test_more_is_offered_when_it_was_seen_twice_and_no_more_than_seen_both_times() -> None:
    first = step(stock(10), 3, None, NOW, PATIENCE)
    assert first == Step(sighting=Sighting(wanted=10, at=NOW), unfinished=True)

    soon = step(stock(8), 3, first.sighting, NOW + PATIENCE / 2, PATIENCE)
    assert soon == Step(sighting=Sighting(wanted=8, at=NOW), unfinished=True)

    then = step(stock(12), 3, soon.sighting, NOW + PATIENCE, PATIENCE)
    assert (then.quantity, then.unfinished) == (8, True)
    assert then.sighting == Sighting(wanted=12, at=NOW + PATIENCE)


def test_what_sank_meanwhile_is_not_raised() -> None:
    seen = Sighting(wanted=10, at=NOW)

    assert step(stock(3), 3, seen, NOW + PATIENCE, PATIENCE) == Step()
    assert step(stock(1), 3, seen, NOW + PATIENCE, PATIENCE) == Step(quantity=1)


def test_a_store_waits_for_room_while_the_others_have_more_than_their_part() -> None:
    waiting = stock(10, elsewhere=(10,), place=1)

    assert step(waiting, 0, Sighting(wanted=5, at=NOW), NOW + PATIENCE, PATIENCE) == Step(
        unfinished=True
    )


def test_a_level_that_was_never_there_is_made_at_once_where_it_is_nothing() -> None:
    assert step(stock(0), None, None, NOW, PATIENCE) == Step(quantity=0)
    assert step(stock(4), None, None, NOW, PATIENCE).quantity is None


def test_the_higher_number_counts_until_the_lower_one_is_known_to_have_arrived() -> None:
    assert taken(9, Step(quantity=2), Decimal(1)) == 10
    assert taken(2, Step(quantity=9), Decimal("0.5")) == 10
    assert taken(None, Step(), Decimal(0)) == 0


def test_orders_in_flight_are_those_that_live_and_are_not_reserved() -> None:
    orders = {
        "1": order("1", "c", line("a", 2), line("b")),
        "2": order("2", "c", line("a", 5), state="cancelled"),
        "3": order("3", "c", line("a", 7)),
        "4": order("4", "c", line("a", 1), line("", 3), state="pending"),
    }

    assert in_flight(orders, reserved={"3"}) == {"a": 3, "b": 1}
