"""Amendments, answers and cancellations whose every answer is lost: same end, nothing twice."""

import pytest

from tests.flows.bridge import Bridge
from tests.flows.conftest import EITHER_WAY
from tests.flows.test_interruption import with_every_answer_lost
from tests.flows.test_terms import answered, proposals
from tests.flows.trade import DUE, Trade, goods_for, place


@pytest.fixture(params=EITHER_WAY)
def bridge(request, open_bridge) -> Bridge:
    made, _, _ = open_bridge(*request.param)
    made.options = {"parts": ["terms"], "partners": False}
    return made


async def confirmed(bridge: Bridge) -> Trade:
    skus = await goods_for(bridge, 4)
    trade = await place(bridge, skus[:3])
    trade.confirm()
    return trade


async def test_an_amendment_is_made_once(bridge):
    trade = await confirmed(bridge)
    trade.amend(
        (1, trade.bought_line(0), {"product_qty": 7, "price_unit": 11.5, "date_planned": DUE}),
        (1, trade.bought_line(1), {"product_qty": 0, "price_unit": 1, "date_planned": DUE}),
        trade.new_bought(f"{bridge.mark}-P03", 9, 2.75),
    )
    lost = await with_every_answer_lost(bridge)

    assert lost > 0
    assert trade.agree()
    rows = bridge.at_factory.rows("sale.order.line", [("order_id", "=", trade.sold)], ["name"])
    assert len(rows) == 4
    assert await bridge.letters() == []


async def test_a_refusal_is_told_once(bridge):
    trade = await confirmed(bridge)
    trade.deliver(2, 3)
    change = {"product_qty": 1, "price_unit": 12.25, "date_planned": DUE}
    trade.amend((1, trade.bought_line(2), change))
    await with_every_answer_lost(bridge)

    told = [one for one in trade.buyer_reads() if "Not taken over" in one]
    assert told == [one for one in trade.factory_reads() if "Not taken over" in one]
    assert len(told) == 1


async def test_a_cancellation_is_made_once(bridge):
    trade = await confirmed(bridge)
    bridge.at_buyer.call("purchase.order", "button_cancel", [trade.bought])
    await with_every_answer_lost(bridge)

    assert trade.sale()["state"] == "cancel"
    assert await bridge.letters() == []
    assert len([one for one in trade.buyer_reads() if "was cancelled" in one]) == 1


@pytest.mark.parametrize("verb", ["accept", "refuse"])
async def test_an_answer_is_carried_out_once(bridge, verb):
    trade = await confirmed(bridge)
    await bridge.run()
    trade.alter(
        (1, trade.sold_line(0), {"product_uom_qty": 5, "price_unit": 9.75}),
        trade.new_sold(f"{bridge.mark}-P03", 1, 99.5),
    )
    await with_every_answer_lost(bridge)
    assert len(proposals(trade)) == 1

    await answered(trade, verb, run=with_every_answer_lost)

    assert trade.agree()
    assert len(trade.at_buyer()) == (4 if verb == "accept" else 3)
    assert len(proposals(trade)) == 1
    assert [one.reason for one in await bridge.letters()] == []
    refusals = [one for one in trade.factory_reads() if "The buyer refused" in one]
    assert len(refusals) == (verb == "refuse")


async def test_an_event_that_comes_twice_changes_nothing(bridge):
    trade = await confirmed(bridge)
    change = {"product_qty": 7, "price_unit": 11.5, "date_planned": DUE}
    for _ in range(2):
        trade.amend((1, trade.bought_line(0), change))
        await bridge.run()

        assert trade.agree()
    assert len(trade.at_factory()) == 3
    moves = bridge.at_factory.rows(
        "stock.move", [("sale_line_id", "=", trade.sold_line(0))], ["product_uom_qty"]
    )
    assert sum(row["product_uom_qty"] for row in moves) == 7
