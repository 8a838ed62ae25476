"""Bindings are one to one, and say so when somebody wants them otherwise."""

import time

import pytest

from qantara.storage import bindings
from qantara.storage.bindings import Binding, new_record
from qantara.storage.errors import AlreadyBound
from qantara.storage.store import Store

MANY = 1203
"""More than two IN lists."""


def bound(
    external_id: str, record: str, key: str | None = None, connection: str = "shop"
) -> Binding:
    return Binding(
        record=record, connection=connection, entity="product", external_id=external_id, key=key
    )


def test_ids_of_the_hub_sort_by_the_time_of_their_making():
    ids = []
    for _ in range(20):
        ids.append(new_record())
        time.sleep(0.000_01)

    assert ids == sorted(ids)
    assert len(set(ids)) == 20
    assert {(len(id_), id_[12]) for id_ in ids} == {(32, "7")}


async def test_a_bound_record_is_found_from_both_sides(store: Store):
    await store.run(bindings.bind, [bound("1", "r1"), bound("2", "r2")])

    assert await store.run(bindings.records_of, "shop", "product", ["1", "2", "3"]) == {
        "1": "r1",
        "2": "r2",
    }
    assert await store.run(bindings.external_ids, "shop", "product", ["r2", "r9"]) == {"r2": "2"}


async def test_another_connection_or_entity_is_another_world(store: Store):
    await store.run(bindings.bind, [bound("1", "r1"), bound("1", "r1", connection="erp")])

    assert await store.run(bindings.records_of, "shop", "partner", ["1"]) == {}
    assert await store.run(bindings.records_of, "erp", "product", ["1"]) == {"1": "r1"}


async def test_thousands_are_bound_and_found_at_once(store: Store):
    pairs = {str(number): new_record() for number in range(MANY)}

    await store.run(bindings.bind, [bound(id_, record) for id_, record in pairs.items()])

    assert await store.run(bindings.records_of, "shop", "product", list(pairs)) == pairs
    assert await store.run(bindings.bound_ids, "shop", "product") == set(pairs)


async def test_the_same_pair_again_is_harmless_and_renews_its_key(store: Store):
    await store.run(bindings.bind, [bound("1", "r1", "sku:A")])
    await store.run(bindings.bind, [bound("1", "r1", "sku:B")])

    assert await store.run(bindings.holders, "shop", "product", ["sku:A", "sku:B"]) == {
        "sku:B": ["1"]
    }


async def test_a_key_nobody_looked_at_stays_and_one_that_is_gone_goes(store: Store):
    await store.run(bindings.bind, [bound("1", "r1", "sku:A"), bound("2", "r2", "sku:B")])
    await store.run(bindings.bind, [bound("1", "r1"), bound("2", "r2", "")])

    assert await store.run(bindings.holders, "shop", "product", ["sku:A", "sku:B", ""]) == {
        "sku:A": ["1"]
    }


async def test_holders_of_one_key_come_in_the_order_of_their_binding(store: Store):
    first, second = new_record(), new_record()

    await store.run(bindings.bind, [bound("9", first, "sku:A"), bound("10", second, "sku:A")])

    assert await store.run(bindings.holders, "shop", "product", ["sku:A"]) == {"sku:A": ["9", "10"]}


@pytest.mark.parametrize("key", ["sku:" + "ب" * 5000, "sku:nul\x00and\ud800half"])
async def test_an_odd_key_is_kept_and_found_like_any_other(store: Store, key: str):
    await store.run(bindings.bind, [bound("1", "r1", key), bound("2", "r2", key + "x")])

    assert await store.run(bindings.holders, "shop", "product", [key]) == {key: ["1"]}


@pytest.mark.parametrize(
    "clash",
    [
        pytest.param([bound("1", "r2")], id="the external id is bound"),
        pytest.param([bound("2", "r1")], id="the record is bound"),
        pytest.param([bound("5", "r5"), bound("5", "r6")], id="among themselves, by id"),
        pytest.param([bound("5", "r5"), bound("6", "r5")], id="among themselves, by record"),
    ],
)
async def test_a_clash_names_both_and_nothing_is_bound(store: Store, clash: list[Binding]):
    await store.run(bindings.bind, [bound("1", "r1")])

    with pytest.raises(AlreadyBound) as caught:
        await store.run(bindings.bind, [bound("7", "r7"), *clash])

    new = clash[-1]
    assert f"product {new.external_id} of shop" in caught.value.reason
    assert f"record {new.record}" in caught.value.reason
    assert "already bound to record" in caught.value.reason
    assert await store.run(bindings.bound_ids, "shop", "product") == {"1"}


async def test_rebinding_moves_a_record_whatever_was_there(store: Store):
    await store.run(bindings.bind, [bound("1", "r1"), bound("2", "r2")])

    await store.run(bindings.rebind, [bound("2", "r1")])

    assert await store.run(bindings.records_of, "shop", "product", ["1", "2"]) == {"2": "r1"}


async def test_unbinding_says_how_many_there_were(store: Store):
    await store.run(bindings.bind, [bound("1", "r1"), bound("2", "r2")])

    assert await store.run(bindings.unbind, "shop", "product", ["1", "3"]) == 1
    assert await store.run(bindings.unbind, "shop", "product", ["1", "3"]) == 0
    assert await store.run(bindings.bound_ids, "shop", "product") == {"2"}


async def test_all_places_of_a_record_are_told(store: Store):
    here, there = bound("1", "r1", "sku:A", "erp"), bound("7", "r1", "sku:A")
    await store.run(bindings.bind, [there, here, bound("8", "r2")])

    assert await store.run(bindings.places, ["r1"]) == [here, there]


async def test_a_connection_is_forgotten_with_all_its_bindings(store: Store):
    await store.run(bindings.bind, [bound("1", "r1"), bound("1", "r1", connection="erp")])

    assert await store.run(bindings.forget, "shop") == 1
    assert await store.run(bindings.bound_ids, "erp", "product") == {"1"}
