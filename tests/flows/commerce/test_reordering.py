"""What runs low over all stores is told once for each fall, and proposed in Odoo; rules of persons stay."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from qantara.engine import drift
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage import alerts
from qantara.storage.alerts import Alert
from qantara.storage.store import Store
from tests.connectors.odoo.places import OLD_AND_NEW, standing
from tests.flows.commerce.high_street import HighStreet, high_street

RULE = "stock.warehouse.orderpoint"


@pytest.fixture(params=OLD_AND_NEW)
def street(request: pytest.FixtureRequest, store: Store) -> Iterator[HighStreet]:
    with standing(request.param) as odoo, WooCommerceStandIn(deliveries="manual") as woo:
        street = high_street(store, odoo, woo)
        street.options |= {"low_stock": 5, "reorder": "tell"}
        yield street


async def low(street: HighStreet, state: Any = "open") -> list[Alert]:
    told = await street.store.run(alerts.listing, state=state)
    return [one for one in told if one.kind == "low_stock"]


def rules(street: HighStreet, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in street.odoo.rows(RULE)]


def person(street: HighStreet, variant: int, **values: float) -> int:
    """A rule that somebody made in Odoo."""
    return street.odoo.create(RULE, {"product_id": variant, **values})


async def test_a_fall_is_told_once_and_over_once_there_is_enough_again(street: HighStreet) -> None:
    hat, _ = street.goods("HAT", 9.99, 5), street.goods("MUG", 5, 50)
    await street.settle()
    assert await low(street) == []

    street.count(hat, 4)
    await street.settle()
    await street.settle()
    street.count(hat, 3)
    await street.settle()
    [told] = await low(street)
    assert told.subject == "erp HAT"
    assert told.reason == "Only 4 of Product HAT may be sold in all stores; it should be 5."
    assert told.count == 1

    street.count(hat, 9)
    await street.settle()
    assert await low(street) == []

    street.count(hat, 2)
    await street.settle()
    assert len(await low(street, None)) == 2
    assert [one.reason for one in await street.letters()] == []
    assert rules(street, "id") == []


async def test_what_is_kept_back_and_what_waits_to_be_paid_cannot_be_sold(
    street: HighStreet,
) -> None:
    street.options |= {"safety_stock": 2}
    street.goods("HAT", 9.99, 9)
    await street.settle()
    assert await low(street) == []

    order = street.woo.order((street.shown("HAT")["id"], 3), status="on-hold")
    await street.settle()
    [told] = await low(street)
    assert told.reason.startswith("Only 4 of Product HAT")

    street.woo.edit(f"orders/{order['id']}", status="cancelled")
    await street.settle()
    assert await low(street) == []


async def test_the_minimum_of_a_rule_in_odoo_counts_in_place_of_the_option(
    street: HighStreet,
) -> None:
    street.options |= {"reorder": "propose"}
    hat, mug = street.goods("HAT", 9.99, 10), street.goods("MUG", 5, 4)
    mine = [
        person(street, hat, product_min_qty=12, product_max_qty=30),
        person(street, mug, product_min_qty=2, product_max_qty=3),
    ]
    street.odoo.clear()

    await street.settle()

    [told] = await low(street)
    assert told.reason == "Only 10 of Product HAT may be sold in all stores; it should be 12."
    assert rules(street, "id", "product_min_qty", "product_max_qty") == [
        (mine[0], 12, 30),
        (mine[1], 2, 3),
    ]
    street.odoo.write(RULE, mine[0], {"product_min_qty": 8})
    await street.settle()
    assert await low(street) == []


async def test_a_proposal_is_made_once_and_shows_in_odoo_as_short(street: HighStreet) -> None:
    street.options |= {"reorder": "propose", "safety_stock": 1, "reorder_to": 20}
    hat = street.goods("HAT", 9.99, 5)
    await street.settle()
    await street.settle()

    names = ("product_id", "trigger", "product_min_qty", "product_max_qty")
    assert rules(street, *names) == [(hat, "manual", 6, 21)]
    [[rule]] = rules(street, "id")
    assert street.odoo.call(RULE, "read", [rule], ["qty_to_order"])[0]["qty_to_order"] == 16

    street.options |= {"reorder_to": 30}
    street.count(hat, 4)
    await street.settle()
    assert rules(street, "id", *names) == [(rule, hat, "manual", 6, 31)]

    street.count(hat, 40)
    await street.settle()
    assert await low(street) == []
    assert street.odoo.call(RULE, "read", [rule], ["qty_to_order"])[0]["qty_to_order"] == 0
    assert [one.reason for one in await street.letters()] == []


@pytest.mark.parametrize("change", [{"product_max_qty": 99}, {"active": False}])
async def test_a_proposal_that_a_person_has_touched_is_his(
    street: HighStreet, change: dict[str, Any]
) -> None:
    street.options |= {"reorder": "propose"}
    hat = street.goods("HAT", 9.99, 4)
    await street.settle()
    [[rule]] = rules(street, "id")

    street.odoo.write(RULE, rule, change)
    street.options |= {"low_stock": 8}
    street.count(hat, 3)
    await street.settle()

    names = tuple(change)
    assert rules(street, "id", "product_min_qty", *names) == [(rule, 5, *change.values())]
    assert [one.reason for one in await street.letters()] == []


async def test_a_second_look_writes_nothing_and_finds_no_drift(street: HighStreet) -> None:
    street.options |= {"reorder": "propose"}
    street.goods("HAT", 9.99, 2)
    await street.settle()
    street.odoo.clear()

    await street.settle()

    assert street.odoo.writes() == 0
    async with street.links() as links:
        [link] = [one for one in links if one.name == "shop.reordering"]
        assert (await drift.check(link, street.store, deep=True)).findings == []


async def test_all_stores_of_an_odoo_count_and_one_notice_is_told(store: Store) -> None:
    with (
        standing(18) as odoo,
        WooCommerceStandIn(deliveries="manual") as woo,
        WooCommerceStandIn(deliveries="manual") as other,
    ):
        street = high_street(store, odoo, woo)
        street.options |= {"low_stock": 8, "reorder": "tell"}
        shop = replace(
            street.shop,
            name="outlet",
            url=other.url,
            settings={**street.shop.settings, "login": other.key},
            secrets={"key": other.secret},
        )
        outlet = replace(street, shop=shop, flow="outlet")
        outlet.woo = other
        hat = street.goods("HAT", 9.99, 12)
        await both(street, outlet)
        assert (await low(street), street.on_hand(hat)) == ([], 12)

        for one in (street, outlet):
            one.woo.order((one.shown("HAT")["id"], 3), status="on-hold")
        await both(street, outlet)

        [told] = await low(street)
        assert told.subject == "erp HAT"
        street.count(hat, 30)
        await both(street, outlet)
        assert await low(street) == []


async def both(*streets: HighStreet) -> None:
    """In turns, for one waits for what the other has to do."""
    for _ in range(5):
        for one in streets:
            await one.turn()
