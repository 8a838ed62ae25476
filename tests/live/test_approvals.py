"""Confirming and rejecting from the chatter of real servers, at the hub's own page."""

import pytest

from tests.flows import approving
from tests.flows.approving import buttons, press, said
from tests.flows.talk import shared_order

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

LINKS = ("approval", "decision", "decision_buyer", "verdict", "verdict_buyer")
ONLY = ("supplier", "customer", "order", *LINKS)


async def begun(open_bridge, factory: int, buyer: int):
    """An order that both sides share, and that asks."""
    bridge = open_bridge(factory, buyer)
    bridge.options["parts"] = ["approvals"]
    talk = await shared_order(bridge, *ONLY)
    return bridge, talk.at_buyer.one, talk.at_factory.one


@pytest.mark.parametrize(("factory", "buyer"), [(16, 18), (18, 16)])
async def test_confirm(open_bridge, factory, buyer):
    bridge, bought, sold = await begun(open_bridge, factory, buyer)
    assert [one.verb for one in buttons(bridge, sold)] == ["confirm", "reject"]

    await press(bridge, sold, "confirm", reason="Ships on Sunday.")
    await bridge.run(*LINKS)
    await bridge.run(*LINKS)

    state = bridge.at_factory.row("sale.order", [("id", "=", sold)], ["state"])["state"]
    assert state == "sale"
    assert buttons(bridge, sold) == []
    for side, model, one in (
        (bridge.at_factory, "sale.order", sold),
        (bridge.at_buyer, "purchase.order", bought),
    ):
        news = [text for text in said(side, model, one) if text.startswith("Confirmed by Layla")]
        assert len(news) == 1
        assert "Ships on Sunday." in news[0]


@pytest.mark.parametrize(("factory", "buyer"), [(16, 18), (18, 16)])
async def test_reject_set_back_and_asked_again(open_bridge, factory, buyer):
    bridge, bought, sold = await begun(open_bridge, factory, buyer)

    await press(bridge, sold, "reject", reason="نفدت الكمية")
    await bridge.run(*LINKS)
    await bridge.run(*LINKS)

    state = bridge.at_factory.row("sale.order", [("id", "=", sold)], ["state"])["state"]
    assert state == "cancel"
    state = bridge.at_buyer.row("purchase.order", [("id", "=", bought)], ["state"])["state"]
    assert state == "cancel"
    assert any("نفدت الكمية" in text for text in said(bridge.at_buyer, "purchase.order", bought))
    assert buttons(bridge, sold) == []

    bridge.at_factory.call("sale.order", "action_draft", [sold])
    await bridge.run(*LINKS)

    assert [one.verb for one in buttons(bridge, sold)] == ["confirm", "reject"]
    [markup] = [
        body
        for body in approving.notes(bridge.at_factory, "sale.order", sold)
        if approving.LINK.search(body)
    ]
    assert "background-color:#1a7f37" in markup.replace(" ", "")
