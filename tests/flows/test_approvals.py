"""Confirming and rejecting from the chatter, end to end over two stand-ins."""

from unittest.mock import sentinel

import pytest

from qantara.engine.asking import Asking
from qantara.engine.own import Own
from qantara.flows.supply import approvals
from qantara.flows.supply.options import Options
from qantara.transport import Unsupported
from tests.flows import story
from tests.flows.approving import buttons, ordered, press, said, sale
from tests.flows.bridge import Bridge
from tests.flows.goods import Goods, stock_up


@pytest.fixture
async def told(open_bridge) -> tuple[Bridge, Goods]:
    bridge, _, _ = open_bridge(16, 18)
    bridge.options["parts"] = ["approvals"]
    goods = stock_up(bridge.at_factory, bridge.mark)
    await bridge.run()
    return bridge, goods


async def test_a_mirrored_order_asks_once_with_two_buttons(told):
    bridge, _ = told
    _, number = ordered(*told)
    await bridge.run()
    await bridge.run()

    order = sale(bridge, number)
    assert [one.verb for one in buttons(bridge, order["id"])] == ["confirm", "reject"]
    [one, other] = buttons(bridge, order["id"])
    assert one.question == other.question
    assert (one.question.number, one.question.external_id) == (order["name"], str(order["id"]))
    asked = [text for text in said(bridge.at_factory, "sale.order", order["id"]) if "waits" in text]
    assert len(asked) == 1
    assert number in asked[0]
    assert order["name"] in asked[0]


async def test_confirm_confirms_and_both_chatters_say_so(told):
    bridge, _ = told
    bought, number = ordered(*told)
    await bridge.run()
    order = sale(bridge, number)

    await press(bridge, order["id"], "confirm", reason="Ships on Sunday.")
    await bridge.run()

    assert sale(bridge, number)["state"] == "sale"
    for side, model, one in (
        (bridge.at_factory, "sale.order", order["id"]),
        (bridge.at_buyer, "purchase.order", bought),
    ):
        news = [text for text in said(side, model, one) if text.startswith("Confirmed by Layla")]
        assert len(news) == 1
        assert "Ships on Sunday." in news[0]
    await bridge.run()
    assert buttons(bridge, order["id"]) == []
    assert await bridge.letters() == []


async def test_reject_cancels_on_both_sides(told):
    bridge, _ = told
    bought, number = ordered(*told)
    await bridge.run()
    order = sale(bridge, number)

    await press(bridge, order["id"], "reject", reason="قطعة غير متوفرة")
    await bridge.run()

    assert sale(bridge, number)["state"] == "cancel"
    state = bridge.at_buyer.row("purchase.order", [("id", "=", bought)], ["state"])["state"]
    assert state == "cancel"
    for side, model, one in (
        (bridge.at_factory, "sale.order", order["id"]),
        (bridge.at_buyer, "purchase.order", bought),
    ):
        assert any(
            "Rejected by Layla" in text and "قطعة غير متوفرة" in text
            for text in said(side, model, one)
        )


async def test_a_second_run_writes_nothing(open_bridge):
    bridge, factory, buyer = open_bridge(16, 18)
    bridge.options["parts"] = ["approvals"]
    goods = stock_up(bridge.at_factory, bridge.mark)
    await bridge.run()
    _, number = ordered(bridge, goods)
    await bridge.run()
    await press(bridge, sale(bridge, number)["id"], "confirm")
    await bridge.run()
    await bridge.run()
    factory.clear()
    buyer.clear()

    await bridge.run()

    assert (factory.writes(), buyer.writes()) == (0, 0)
    assert await bridge.differences() == []


async def test_an_order_without_a_purchase_order_is_not_asked_about(told):
    bridge, _ = told
    customer = story.customer(bridge)
    one = bridge.at_factory.create(
        "sale.order", {"partner_id": customer, "client_order_ref": "by phone"}
    )
    await bridge.run()

    assert buttons(bridge, one) == []
    assert [letter.code for letter in await bridge.letters()] == ["MissingReference"]

    approvals_young, approvals.YOUNG = approvals.YOUNG, approvals.YOUNG * 0
    try:
        await bridge.retry()
        await bridge.run()
    finally:
        approvals.YOUNG = approvals_young
    assert buttons(bridge, one) == []
    assert await bridge.letters() == []


async def test_a_click_on_an_order_that_was_confirmed_by_hand_is_refused_in_words(told):
    bridge, _ = told
    bought, number = ordered(*told)
    await bridge.run()
    order = sale(bridge, number)
    [_, reject] = buttons(bridge, order["id"])
    bridge.at_factory.call("sale.order", "action_confirm", [order["id"]])

    await press(bridge, order["id"], "reject")
    await bridge.run()

    assert sale(bridge, number)["state"] == "sale"
    state = bridge.at_buyer.row("purchase.order", [("id", "=", bought)], ["state"])["state"]
    assert state == "purchase"
    for side, model, one in (
        (bridge.at_factory, "sale.order", order["id"]),
        (bridge.at_buyer, "purchase.order", bought),
    ):
        assert any("confirmed already" in text for text in said(side, model, one))
    assert reject.verb == "reject"


async def test_an_order_that_was_changed_meanwhile_is_asked_about_again(told):
    bridge, _ = told
    _, number = ordered(*told)
    await bridge.run()
    order = sale(bridge, number)
    lines = bridge.at_factory.rows(
        "sale.order.line", [("order_id", "=", order["id"]), ("display_type", "=", False)], ["name"]
    )
    decided = await press(bridge, order["id"], "confirm")
    bridge.at_factory.write("sale.order.line", lines[0]["id"], {"price_unit": 999})
    await bridge.run()
    await bridge.run()

    assert sale(bridge, number)["state"] == "draft"
    assert any(
        "changed meanwhile" in text for text in said(bridge.at_factory, "sale.order", order["id"])
    )
    fresh = buttons(bridge, order["id"])
    assert [one.verb for one in fresh] == ["confirm", "reject"]
    assert fresh[0].question.id != decided.question

    await press(bridge, order["id"], "confirm")
    await bridge.run()
    assert sale(bridge, number)["state"] == "sale"


async def test_who_sets_an_order_back_is_asked_again(told):
    bridge, _ = told
    _, number = ordered(*told)
    await bridge.run()
    order = sale(bridge, number)
    await press(bridge, order["id"], "reject")
    await bridge.run()
    await bridge.run()
    assert buttons(bridge, order["id"]) == []

    bridge.at_factory.call("sale.order", "action_draft", [order["id"]])
    await bridge.run()

    assert [one.verb for one in buttons(bridge, order["id"])] == ["confirm", "reject"]
    await press(bridge, order["id"], "confirm")
    await bridge.run()
    assert sale(bridge, number)["state"] == "sale"


def test_without_an_address_the_part_is_refused_at_once():
    hub = Own(sentinel.store, lambda: Asking(address="", keys=[b"k" * 32]))
    options = Options(factory="factory", buyer="buyer", parts=["approvals"])

    with pytest.raises(Unsupported, match="address") as refused:
        approvals.links(options, sentinel.factory, sentinel.buyer, hub, "supply")

    assert "qantara.toml" in refused.value.remedy
