"""Purchase orders that change after they became sale orders, over stand-ins of two versions."""

import pytest

from tests.flows.bridge import Bridge
from tests.flows.conftest import EITHER_WAY
from tests.flows.trade import DUE, LATER, Trade, goods_for, place


@pytest.fixture(params=EITHER_WAY)
def bridge(request, open_bridge) -> Bridge:
    made, _, _ = open_bridge(*request.param)
    return made


async def ordered(bridge: Bridge, currency: str = "SAR", **head) -> Trade:
    skus = await goods_for(bridge, 4)
    return await place(bridge, skus[:3], currency, **head)


@pytest.mark.parametrize("currency", ["SAR", "USD"])
async def test_an_order_has_its_date_and_payment_terms(bridge, currency):
    terms = [
        side.create("account.payment.term", {"name": "40 Days"})
        for side in (bridge.at_buyer, bridge.at_factory)
    ]
    trade = await ordered(bridge, currency, payment_term_id=terms[0])

    assert trade.agree()
    sold = bridge.at_factory.row(
        "sale.order", [("id", "=", trade.sold)], ["payment_term_id", "commitment_date"]
    )
    assert sold["payment_term_id"] == [terms[1], "40 Days"]
    assert sold["commitment_date"] == DUE


async def test_goods_go_to_the_warehouse_that_wants_them(bridge):
    buyer, factory = bridge.at_buyer, bridge.at_factory
    yard = {"name": "Yard", "street": "Dock 7", "city": "Jeddah", "zip": "21442"}
    partner = buyer.create("res.partner", yard)
    house = buyer.rows("stock.warehouse", [], ["name"])[0]["id"]
    buyer.write("stock.warehouse", house, {"partner_id": partner})
    first = await ordered(bridge)
    second = await place(bridge, first.skus)
    await bridge.run()

    places = [
        factory.row("sale.order", [("id", "=", one.sold)], ["partner_shipping_id", "partner_id"])
        for one in (first, second)
    ]
    assert places[0]["partner_shipping_id"] == places[1]["partner_shipping_id"]
    fields = ["name", "street", "city", "zip", "type", "parent_id"]
    told = factory.row("res.partner", [("name", "=", "Yard")], fields)
    assert told["id"] == places[0]["partner_shipping_id"][0]
    assert (told["street"], told["city"], told["zip"]) == ("Dock 7", "Jeddah", "21442")
    assert (told["type"], told["parent_id"]) == ("delivery", places[0]["partner_id"])
    assert len(buyer.rows("res.partner", [("name", "=", "Yard")], ["name"])) == 1


@pytest.mark.parametrize("confirmed", [False, True])
async def test_an_amendment_is_taken_over(bridge, confirmed):
    trade = await ordered(bridge)
    if confirmed:
        trade.confirm()
    trade.amend(
        (1, trade.bought_line(0), {"product_qty": 7, "price_unit": 11.5, "date_planned": LATER}),
        (1, trade.bought_line(1), {"product_qty": 0, "price_unit": 11.25, "date_planned": LATER}),
        (1, trade.bought_line(2), {"price_unit": 1.5, "date_planned": LATER}),
        trade.new_bought(f"{bridge.mark}-P03", 9, 2.75),
    )
    trade.amend((1, trade.bought_line(3), {"date_planned": LATER}))
    await bridge.run()

    assert trade.at_factory() == [
        (trade.skus[0], 7.0, 11.5),
        (trade.skus[2], 4.0, 1.5),
        (f"{bridge.mark}-P03", 9.0, 2.75),
    ]
    assert trade.agree()
    assert trade.sale()["state"] == ("sale" if confirmed else "draft")
    assert trade.sale()["commitment_date"] == LATER
    assert [one.reason for one in await bridge.letters()] == []


async def test_what_was_removed_may_come_back(bridge):
    trade = await ordered(bridge)
    trade.confirm()
    for quantity in (0, 5):
        change = {"product_qty": quantity, "price_unit": 3.5, "date_planned": DUE}
        trade.amend((1, trade.bought_line(1), change))
        await bridge.run()

        assert trade.agree()
    rows = bridge.at_factory.rows("sale.order.line", [("order_id", "=", trade.sold)], ["name"])
    assert len(rows) == 3


async def test_less_than_was_delivered_is_refused_on_both_sides(bridge):
    trade = await ordered(bridge)
    trade.confirm()
    trade.deliver(2, 3)
    trade.amend(
        (1, trade.bought_line(2), {"product_qty": 1, "price_unit": 12.25, "date_planned": DUE}),
        (1, trade.bought_line(0), {"product_qty": 9, "price_unit": 10.25, "date_planned": DUE}),
    )
    await bridge.run()

    assert [line[1] for line in trade.at_factory()] == [9.0, 3.0, 4.0]
    words = (
        f"Not taken over from purchase order {trade.number}: {trade.skus[2]}: the quantity stays 4,"
        " for 3 were delivered already, which is more than 1."
    )
    assert trade.factory_reads() == [words]
    assert trade.buyer_reads()[-1] == words
    [letter] = await bridge.letters()
    assert "the quantity stays 4" in letter.reason

    change = {"product_qty": 3, "price_unit": 12.25, "date_planned": DUE}
    trade.amend((1, trade.bought_line(2), change))
    await bridge.run()

    assert trade.agree()
    assert await bridge.letters() == []


async def test_a_locked_order_keeps_its_lines_and_says_so(bridge):
    trade = await ordered(bridge)
    trade.confirm()
    factory = bridge.at_factory
    lock = "action_lock" if "locked" in factory.fields("sale.order") else "action_done"
    factory.call("sale.order", lock, [trade.sold])
    change = {"product_qty": 9, "price_unit": 10.25, "date_planned": DUE}
    trade.amend((1, trade.bought_line(0), change))
    await bridge.run()

    name = trade.sale()["name"]
    assert trade.at_factory()[0][1] == 2.0
    assert trade.buyer_reads()[-1].endswith(f"{name} is locked and keeps its lines.")


@pytest.mark.parametrize("confirmed", [False, True])
async def test_a_cancelled_purchase_is_cancelled_at_the_factory(bridge, confirmed):
    trade = await ordered(bridge)
    if confirmed:
        trade.confirm()
    bridge.at_buyer.call("purchase.order", "button_cancel", [trade.bought])
    await bridge.run()

    assert trade.sale()["state"] == "cancel"
    assert await bridge.letters() == []


async def test_what_was_partly_delivered_is_not_cancelled(bridge):
    trade = await ordered(bridge)
    trade.confirm()
    trade.deliver(0, 1)
    bridge.at_buyer.call("purchase.order", "button_cancel", [trade.bought])
    await bridge.run()

    name = trade.sale()["name"]
    words = f"{name} was not cancelled: 1 of {trade.skus[0]} had been delivered."
    assert trade.sale()["state"] == "sale"
    assert trade.factory_reads()[-1].endswith(words)
    assert trade.buyer_reads()[-1].endswith(words)


async def test_a_purchase_that_is_taken_up_again_goes_on_with_its_sale_order(bridge):
    trade = await ordered(bridge)
    trade.confirm()
    buyer = bridge.at_buyer
    buyer.call("purchase.order", "button_cancel", [trade.bought])
    await bridge.run()
    buyer.call("purchase.order", "button_draft", [trade.bought])
    await bridge.run()
    trade.amend((2, trade.bought_line(1), 0))
    buyer.call("purchase.order", "button_confirm", [trade.bought])
    await bridge.run()

    assert trade.sale()["state"] == "draft"
    assert trade.agree()
    assert len(trade.at_factory()) == 2


async def test_what_the_factory_cancelled_is_not_taken_up_by_an_amendment(bridge):
    trade = await ordered(bridge)
    silent = {"disable_cancel_warning": True}
    bridge.at_factory.call("sale.order", "action_cancel", [trade.sold], **silent)
    change = {"product_qty": 9, "price_unit": 10.25, "date_planned": DUE}
    trade.amend((1, trade.bought_line(0), change))
    await bridge.run()

    assert trade.sale()["state"] == "cancel"
    assert "was cancelled at factory, so that the change was not made" in trade.buyer_reads()[-1]
