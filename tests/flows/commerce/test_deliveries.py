"""However often, in whatever order and whether at all a store tells of an order: it comes once."""

import random
from pathlib import Path

import pytest

from tests.flows.commerce import tills
from tests.flows.commerce.post import Letter, copies
from tests.flows.commerce.tills import Business, business

WAVE = 250
"""Orders that are placed before the next letters are brought."""

LOST = 5
"""Of every fifth order nothing is told."""

SIZES = [
    pytest.param(tills.woo, 48, 15, id="sample"),
    pytest.param(tills.mall, 24, 10, id="sample of Shopify", marks=pytest.mark.campaign),
    pytest.param(tills.woo, 10_000, 2_500, id="whole", marks=pytest.mark.campaign),
]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("opened", "orders", "more"), SIZES)
async def test_each_order_comes_once_however_it_is_told_of(
    opened, orders: int, more: int, tmp_path: Path
) -> None:
    with opened() as till:
        async with business(till, tmp_path) as shop:
            async with shop.open():
                await told_one_to_five_times(shop, orders)
                await shop.rests()
                assert shop.complaints() == []
                assert shop.sold() == sorted(till.orders)

                missing = await told_but_for_a_fifth(shop, more)
                await shop.rests()
                assert shop.sold() == sorted(set(till.orders) - missing)

            await shop.installation.once("run")

            assert shop.complaints() == []
            assert shop.sold() == sorted(till.orders)
            assert shop.worth() == shop.paid() == sum(till.orders.values())
            assert len(shop.buyers()) == len(set(shop.buyers()))
            assert till.left() == shop.free()


async def told_one_to_five_times(shop: Business, orders: int) -> None:
    """In any order, some long after others; the hub works meanwhile."""
    dice = random.Random(orders)  # noqa: S311 - a story, no secret
    bag: list[Letter] = []
    for start in range(0, orders, WAVE):
        for number in range(start, min(start + WAVE, orders)):
            shop.till.sell(dice.randint(number // 2, number))
        bag += copies(await shop.posted(), dice)
        dice.shuffle(bag)
        some, bag = bag[: len(bag) // 2], bag[len(bag) // 2 :]
        await shop.bring(some)
    await shop.bring(bag)


async def told_but_for_a_fifth(shop: Business, orders: int) -> set[str]:
    """The numbers of those of which nothing is told."""
    lost: set[str] = set()
    letters: list[Letter] = []
    for start in range(0, orders, LOST):
        before = set(shop.till.orders)
        shop.till.sell(start)
        lost |= set(shop.till.orders) - before
        await shop.posted()
        for number in range(start + 1, min(start + LOST, orders)):
            shop.till.sell(number)
        letters += await shop.posted()
    await shop.bring(letters)
    return lost
