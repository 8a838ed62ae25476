"""Orders and their amendments on real servers: every number is compared on both sides."""

import pytest

from tests.flows.bridge import Bridge
from tests.flows.test_terms import answered, proposals
from tests.flows.trade import LATER, Trade, carry, goods_for, place

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]

LINES = 12


async def amended(trade: Trade) -> None:
    """Another quantity, another price, one line less and one more; taken over as a whole."""
    one, two, three = (trade.bought_line(number) for number in (0, 1, 2))
    trade.amend(
        (1, one, {"product_qty": 7, "price_unit": 11.5, "date_planned": LATER}),
        (1, two, {"product_qty": 0, "price_unit": 11.25, "date_planned": LATER}),
        (1, three, {"product_qty": 4, "price_unit": 1.75, "date_planned": LATER}),
        trade.new_bought(trade.skus[1], 9, 2.75),
    )
    await carry(trade.bridge)

    assert trade.agree(), (trade.at_buyer(), trade.at_factory())


async def proposed(trade: Trade, price: float) -> None:
    """The factory changes quantity, price and date, and adds a line."""
    before = len(proposals(trade))
    trade.alter(
        (1, trade.sold_line(0), {"product_uom_qty": 5, "price_unit": price}),
        trade.new_sold(trade.skus[1], 2, 3.25),
        commitment_date="2027-06-01 08:00:00",
    )
    await carry(trade.bridge)

    assert len(proposals(trade)) == before + 1
    assert f"→ {price}" in proposals(trade)[-1]


async def quiet(bridge: Bridge) -> None:
    """More passes write nothing."""
    for _ in range(3):
        for link, summary in (await carry(bridge)).items():
            assert summary.results.get("written", 0) == 0, link


@pytest.mark.parametrize(("factory", "buyer"), [(16, 18), (18, 16)])
async def test_orders_follow_each_other(open_bridge, factory, buyer):
    bridge = open_bridge(factory, buyer)
    bridge.options = {"parts": ["terms"], "partners": False}
    skus = await goods_for(bridge, LINES)

    for currency in ("SAR", "USD"):
        trade = await place(bridge, skus, currency)
        assert trade.agree()
        assert len(trade.at_factory()) == LINES

        await amended(trade)
        trade.confirm()
        await amended_again(trade)

        await proposed(trade, 8.25)
        await answered(trade, "accept", run=carry)
        assert trade.agree(), (trade.at_buyer(), trade.at_factory())
        assert trade.purchase()["date_planned"] == trade.sale()["commitment_date"]

        await proposed(trade, 6.5)
        await answered(trade, "refuse", run=carry)
        assert trade.agree(), (trade.at_buyer(), trade.at_factory())
        assert await mine(trade) == []
        await quiet(bridge)

    third = await place(bridge, skus[:2])
    bridge.at_buyer.call("purchase.order", "button_cancel", [third.bought])
    await carry(bridge)
    assert third.sale()["state"] == "cancel"


async def amended_again(trade: Trade) -> None:
    """Once it is confirmed: up, down, away and new."""
    one, two, three = (trade.bought_line(number) for number in (0, 3, 4))
    trade.amend(
        (1, one, {"product_qty": 3, "price_unit": 12.25, "date_planned": LATER}),
        (1, two, {"product_qty": 0, "price_unit": 1, "date_planned": LATER}),
        (1, three, {"product_qty": 40, "price_unit": 1.5, "date_planned": LATER}),
    )
    await carry(trade.bridge)

    assert trade.agree(), (trade.at_buyer(), trade.at_factory())


async def test_what_was_delivered_stays(open_bridge):
    bridge = open_bridge(16, 18)
    bridge.options = {"partners": False}
    skus = await goods_for(bridge, 2)
    trade = await place(bridge, skus)
    trade.confirm()
    trade.deliver(1, 2)
    change = {"product_qty": 1, "price_unit": 11.25, "date_planned": LATER}
    trade.amend((1, trade.bought_line(1), change))
    await carry(bridge)

    assert [line[1] for line in trade.at_factory()] == [2.0, 3.0]
    words = "the quantity stays 3, for 2 were delivered already, which is more than 1."
    assert words in trade.factory_reads()[-1]
    assert words in trade.buyer_reads()[-1]

    bridge.at_buyer.call("purchase.order", "button_cancel", [trade.bought])
    await carry(bridge)

    assert trade.sale()["state"] == "sale"
    assert "was not cancelled: 2 of" in trade.buyer_reads()[-1]


async def mine(trade: Trade) -> list[str]:
    """The letters about this order."""
    letters = await trade.bridge.letters()
    ids = {("purchase_order", str(trade.bought)), ("sale_order", str(trade.sold))}
    return [one.reason for one in letters if (one.entity, one.external_id) in ids]
