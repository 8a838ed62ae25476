"""Nothing is sold twice by an act of the hub, however late and doubled it hears of everything."""

from collections.abc import Callable

import pytest

from qantara.storage.store import Store
from tests.conftest import Databases
from tests.flows.commerce.market import Ledger, Market, tape
from tests.flows.commerce.virtual_time import lived

COUNTER = 0.1
"""The part of all wishes that are uttered at the counter."""


@pytest.fixture
def day(sqlite_databases: Databases) -> Callable[..., Ledger]:
    def day(seed: int, seconds: int, counter: float, *, careful: bool) -> Ledger:
        with Store.open(sqlite_databases.migrated()) as store:
            market = Market(store, seed, careful=careful)
            return lived(market.day(tape(seed, seconds, counter)))

    return day


def told(name: str, one: Ledger) -> None:
    print(  # noqa: T201 - the two figures are what the test is read for
        f"\n{name}: {one.sold} units sold, {one.oversold} of them were not there, "
        f"{one.by_the_hub} of these by an act of the hub"
    )


def test_two_stores_without_a_counter_oversell_nothing_at_all(day: Callable[..., Ledger]) -> None:
    careful = day(1, 60, 0.0, careful=True)
    told("careful, two stores", careful)

    assert careful.sold > 200
    assert (careful.oversold, careful.by_the_hub) == (0, 0)


def test_the_hub_oversells_nothing_where_the_plain_way_does(day: Callable[..., Ledger]) -> None:
    plain, careful = (day(2, 60, COUNTER, careful=one) for one in (False, True))
    told("plain, two stores and a counter", plain)
    told("careful, two stores and a counter", careful)

    assert careful.by_the_hub == 0
    assert plain.by_the_hub > 0
    assert careful.oversold < plain.oversold
    assert careful.sold > 200


@pytest.mark.campaign
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(10, 12))
def test_the_hub_oversells_nothing_on_long_days(day: Callable[..., Ledger], seed: int) -> None:
    plain, careful = (day(seed, 600, COUNTER, careful=one) for one in (False, True))
    told(f"plain {seed}", plain)
    told(f"careful {seed}", careful)
    alone = day(seed, 600, 0.0, careful=True)
    told(f"careful {seed}, no counter", alone)

    assert careful.by_the_hub == 0 < plain.by_the_hub
    assert alone.oversold == 0
