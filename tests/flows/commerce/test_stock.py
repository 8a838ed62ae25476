"""What a store may sell, decided from what Odoo, the store and the journal say at that moment."""

from collections.abc import Sequence

import pytest

from qantara.connectors.base import Change
from qantara.engine import drift
from qantara.model import Money, Product, Text, Variant, Warehouse
from qantara.storage import dead_letters, offers, work
from qantara.storage.store import Store
from qantara.transport import Rejected
from tests.flows.commerce.shop import Office, Shop, Trade, line, noura, order, product


async def test_what_is_free_is_offered_in_the_end_and_written_once(trade: Trade) -> None:
    assert trade.shop.offered(trade.sku("A")) == 10
    trade.shop.written.clear()

    await trade.settle()

    assert trade.shop.written == []


async def test_an_order_changes_nothing_for_the_store_has_taken_it_off_itself(trade: Trade) -> None:
    noura(trade.shop)
    trade.shop.place(order("1", "c1", line(trade.sku("A"), 4)))
    trade.shop.written.clear()

    await trade.settle()

    assert trade.shop.offered(trade.sku("A")) == 6
    assert [one for one in trade.shop.written if hasattr(one.record, "free")] == []


async def test_what_the_counter_sells_is_lowered_at_once(trade: Trade) -> None:
    trade.odoo.stock("Av0", -7)

    await trade.turn("stock")

    assert trade.shop.offered(trade.sku("A")) == 3


async def test_more_is_offered_only_when_it_was_seen_twice(store: Store, trade: Trade) -> None:
    trade.options = trade.options.model_copy(update={"raise_after": 0.2})
    trade.odoo.stock("Av0", 5)

    await trade.turn("stock")
    assert trade.shop.offered(trade.sku("A")) == 10

    await trade.settle()
    assert trade.shop.offered(trade.sku("A")) == 15


async def test_what_a_changed_order_holds_back_is_looked_at_again(
    store: Store, trade: Trade
) -> None:
    """Odoo has promised its units, and is yet to hear of the change: they count twice until then."""
    noura(trade.shop)
    a = trade.sku("A")
    id_ = trade.shop.place(order("1", "c1", line(a, 4)))
    await trade.settle()
    dearer = order("1", "c1", line(a, 4, price="11"))
    trade.shop.edit(id_, lines=dearer.lines, total=dearer.total)
    trade.odoo.stock("Av0", 1)

    await trade.turn("stock")
    assert trade.shop.offered(a) == 3
    assert [one for one in await store.run(work.backlogs) if one.endswith(".stock")] != []

    await trade.settle()
    assert trade.shop.offered(a) == 7


async def test_an_order_that_odoo_does_not_have_yet_is_taken_off_what_it_calls_free(
    trade: Trade,
) -> None:
    """The counter gets five units in while an order of four is on its way."""
    noura(trade.shop)
    a = trade.sku("A")
    trade.shop.place(order("1", "c1", line(a, 4)))
    trade.odoo.stock("Av0", 5)

    while trade.shop.offered(a) == 6:
        await trade.turn("stock")

    assert trade.shop.offered(a) == 11
    await trade.settle()
    assert trade.shop.offered(a) == 11
    assert trade.odoo.free("Av0") == 11


@pytest.mark.parametrize("state", ["on_hold", "pending"])
async def test_an_order_that_odoo_shall_not_promise_yet_stays_in_flight(
    trade: Trade, state: str
) -> None:
    """It came as a quotation, or did not come at all: neither reserves anything."""
    noura(trade.shop)
    a = trade.sku("A")
    trade.shop.place(order("1", "c1", line(a, 4), state=state, paid="no", method="bacs"))
    await trade.settle()
    trade.odoo.stock("Av0", 1)

    await trade.settle()

    assert trade.odoo.free("Av0") == 11
    assert trade.shop.offered(a) == 7


async def test_an_order_that_was_put_aside_stays_in_flight(trade: Trade) -> None:
    noura(trade.shop)
    a = trade.sku("A")
    trade.shop.place(order("1", "c1", line(a, 4), line("404")))
    trade.odoo.stock("Av0", 1)

    await trade.settle()

    assert trade.shop.offered(a) == 7


async def test_an_order_that_grew_is_in_flight_with_all_of_it(trade: Trade) -> None:
    noura(trade.shop)
    a = trade.sku("A")
    id_ = trade.shop.place(order("1", "c1", line(a, 1)))
    await trade.settle()
    trade.shop.edit(id_, lines=(line(a, 3),), total=order("", "", line(a, 3)).total)
    trade.shop.offer(a, 7)
    trade.odoo.stock("Av0", 5)

    for _ in range(3):
        await trade.turn("stock")
    assert trade.shop.offered(a) <= 12

    await trade.settle()
    assert trade.shop.offered(a) == 12


async def test_a_sale_between_the_look_and_the_write_sends_the_write_back(trade: Trade) -> None:
    noura(trade.shop)
    a = trade.sku("A")
    trade.odoo.stock("Av0", -5)

    class Busy(Office):
        """While it is asked what is free, the store sells."""

        async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
            if entity == "stock_level" and not trade.shop.records.get("store_order"):
                trade.shop.place(order("1", "c1", line(a, 2)))
            return await super().read(entity, ids)

    trade.odoo.__class__ = Busy
    await trade.turn("stock")

    assert trade.shop.offered(a) == 8
    assert await trade.journal.run(dead_letters.listing) == []
    await trade.settle()
    assert trade.shop.offered(a) == 3


async def test_units_are_kept_back_for_all_and_for_single_products(
    store: Store, odoo: Office, shop: Shop
) -> None:
    for sku in ("A", "B"):
        odoo.stock(f"{odoo.put('product', product(sku), sku)}v0", 10)
    trade = Trade(store, odoo, shop, safety_stock=2, safety_by_sku={"B": 7})

    await trade.settle()

    assert (shop.offered(trade.sku("A")), shop.offered(trade.sku("B"))) == (8, 3)


async def test_what_the_store_does_not_sell_waits_until_it_does(
    store: Store, trade: Trade, odoo: Office, shop: Shop
) -> None:
    bare = Product(
        name=Text("Hat"),
        kind="goods",
        unit=product("A").unit,
        variants=(Variant(sku="H"),),
        sold=False,
    )
    odoo.put("product", bare, "H")
    odoo.stock("Hv0", 3)
    await trade.settle()
    assert await trade.journal.run(dead_letters.listing) == []
    assert (await drift.check(await trade.link("stock"), store, deep=True)).findings == []

    odoo.put("product", product("H"), "H")
    await trade.settle()

    assert shop.offered(trade.sku("H")) == 3


async def test_only_the_warehouse_that_the_store_sells_from_counts(
    store: Store, odoo: Office, shop: Shop
) -> None:
    odoo.put("warehouse", Warehouse(code="RMZ", name="Ramadan"), "2")
    odoo.stock(f"{odoo.put('product', product('A'), 'A')}v0", 4)

    with pytest.raises(Rejected, match="odoo has 2 warehouses"):
        await Trade(store, odoo, shop).turn("stock")
    with pytest.raises(Rejected, match="no warehouse with the code 'X'"):
        await Trade(store, odoo, shop, locations={"X": "store"}).turn("stock")
    with pytest.raises(Rejected, match="no location attic"):
        await Trade(store, odoo, shop, locations={"WH": "attic"}).turn("stock")

    trade = Trade(store, odoo, shop, locations={"WH": "store"})
    await trade.settle()
    assert shop.offered(trade.sku("A")) == 4


async def two_stores(store: Store, odoo: Office, **options: str) -> tuple[Trade, Trade]:
    odoo.stock(f"{odoo.put('product', product('A'), 'A')}v0", 9)
    one = Trade(store, odoo, Shop("shop!"), **options)
    other = Trade(store, odoo, Shop("outlet!"), **options)
    await one.settle()
    for _ in range(6):
        await other.turn()
        await one.turn()
    return one, other


async def test_each_unit_is_on_sale_in_one_store_only(store: Store, odoo: Office) -> None:
    one, other = await two_stores(store, odoo)
    offered = [each.shop.offered(each.sku("A")) for each in (one, other)]
    assert sorted(offered) == [4, 5]

    noura(one.shop)
    one.shop.place(order("1", "c1", line(one.sku("A"), 4)))
    for _ in range(8):
        await one.turn()
        await other.turn()

    assert odoo.free("Av0") == 5
    assert sorted(each.shop.offered(each.sku("A")) for each in (one, other)) == [2, 3]


async def test_all_may_be_on_sale_in_all_stores_by_choice(store: Store, odoo: Office) -> None:
    one, other = await two_stores(store, odoo, several_stores="share")

    assert [each.shop.offered(each.sku("A")) for each in (one, other)] == [9, 9]


async def test_a_store_that_is_gone_leaves_its_part_to_the_others(
    store: Store, odoo: Office
) -> None:
    one, _ = await two_stores(store, odoo)

    await store.run(offers.forget, "to_outlet!.stock")
    odoo.stock("Av0", 1)
    await one.settle()

    assert one.shop.offered(one.sku("A")) == 10


def test_prices_are_those_of_the_products(trade: Trade) -> None:
    [shown, *_] = trade.shop.records["product"].values()
    assert isinstance(shown, Product)
    assert [one.price for one in shown.prices] == [Money.of("10", "SAR")]
