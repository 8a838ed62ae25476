"""A large catalogue: where nothing changed nothing is written, and one change costs a few calls."""

from collections.abc import Iterator

import pytest

from qantara.sandbox.shopify import ShopifyStandIn
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage.store import Store
from tests.connectors.odoo.places import standing
from tests.flows.commerce.counting import (
    PLENTY,
    Till,
    agreed_on,
    priced,
    shopify_till,
    stocked,
    woo_till,
)

CATALOGUE = ("category", "product")

LEAN, WHOLE = 300, 100_000

LARGE = {"woocommerce": 10_000, "shopify": 2_000}
"""How many products are really carried over; an imitated Shopify takes half a second for ten."""


@pytest.fixture(params=["woocommerce", "shopify"])
def till(request: pytest.FixtureRequest, store: Store) -> Iterator[Till]:
    with standing(18) as odoo:
        if request.param == "woocommerce":
            with WooCommerceStandIn(deliveries="manual") as woo:
                yield woo_till(store, odoo, woo)
        else:
            settings = {"currency": "SAR", "country": "SA", "bucket": PLENTY, "restore": PLENTY}
            with ShopifyStandIn(**settings) as mall:  # type: ignore[arg-type]
                yield shopify_till(store, odoo, mall)


def codes(count: int, first: int = 0) -> list[str]:
    return [f"P-{number:06}" for number in range(first, count)]


async def loaded(till: Till, count: int) -> None:
    """So many products are on sale, all of them carried over by the hub."""
    stocked(till.street.odoo, codes(count))
    await till.turn(*CATALOGUE)
    assert [one.reason for one in await till.street.letters()] == []
    assert till.size() == count


async def test_an_unchanged_catalogue_is_not_written(till: Till) -> None:
    async with till.open():
        await loaded(till, LEAN)
        await nothing_is_written(till)


async def test_one_changed_product_costs_three_calls(till: Till) -> None:
    async with till.open():
        await loaded(till, LEAN)
        await one_product_costs_three_calls(till)


async def test_one_changed_stock_costs_three_calls_or_four_without_compare_and_set(
    till: Till,
) -> None:
    async with till.open():
        await loaded(till, LEAN)
        await one_stock_costs_few_calls(till)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
async def test_a_large_catalogue_costs_no_more(till: Till) -> None:
    """Some thousands are carried over; the others, up to the whole, are in the journal and in Odoo."""
    large = LARGE[till.street.shop.connector]
    async with till.open():
        await loaded(till, large)
        await nothing_is_written(till)
        await one_stock_costs_few_calls(till)
        stocked(till.street.odoo, codes(WHOLE, large))
        added = await agreed_on(till.links["product"], till.street.store)
        assert added == WHOLE - large
        await one_product_costs_three_calls(till)


async def nothing_is_written(till: Till) -> None:
    """Neither when nothing was touched, nor when all were touched and nothing of them changed."""
    assert await till.cost(*CATALOGUE) == 0

    templates = [row["id"] for row in till.street.odoo.rows("product.template")]
    till.street.odoo.write("product.template", templates, {"sequence": 7})
    await till.cost(*CATALOGUE)
    assert till.writes() == 0


async def one_product_costs_three_calls(till: Till) -> None:
    priced(till.street.odoo, "P-000123", 12.5)
    cost = await till.cost(*CATALOGUE)

    assert float(till.shown("P-000123")[0]) == 12.5
    assert till.writes() == 1
    assert cost <= 3


async def one_stock_costs_few_calls(till: Till) -> None:
    """More goes on sale only when it was seen twice: the first time it is only looked at."""
    await till.settle("stock")
    assert till.shown("P-000123")[1] == 0
    assert await till.cost("stock") == 0

    till.count("P-000123", 9)
    first = await till.cost("stock")
    assert (first, till.writes()) == (2, 0)
    till.server.clear()
    await till.settle("stock")
    assert till.shown("P-000123")[1] == 9
    assert till.writes() == 1

    till.count("P-000123", 4)
    cost = await till.cost("stock")

    assert till.shown("P-000123")[1] == 4
    assert till.writes() == 1
    assert till.asked() == 1
    assert cost <= till.stock_calls
