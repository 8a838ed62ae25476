"""Confirming and rejecting from the chatter, end to end over two stand-ins."""

from dataclasses import replace
from html import unescape
from unittest.mock import sentinel

import pytest

from qantara.engine.asking import Asking
from qantara.engine.own import Own
from qantara.flows.supply import approvals
from qantara.flows.supply.options import Options
from qantara.storage import approvers, decisions
from qantara.storage.approvers import Approver
from qantara.storage.statements import now
from qantara.storage.steps import observed
from qantara.storage.work import Task
from qantara.transport import Unsupported
from tests.flows import story
from tests.flows.approving import LINK, buttons, notes, ordered, press, said, sale
from tests.flows.bridge import ASKING, Bridge
from tests.flows.goods import Goods, stock_up
from tests.flows.warehouse import send_all
from tests.web.desk import Browser
from tests.web.shop import served

LINKS = ("approval", "decision", "decision_buyer", "verdict", "verdict_buyer")


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
    options = Options(factory="factory", buyer="buyer", parts=frozenset({"approvals"}))

    with pytest.raises(Unsupported, match="address") as refused:
        approvals.links(options, sentinel.factory, sentinel.buyer, hub, "supply")

    assert "qantara.toml" in refused.value.remedy


class Crash(Exception):
    """The process is gone."""


async def crashing(bridge: Bridge, *only: str) -> int:
    """Run; at each step that was not survived yet the process is gone, and comes back. How often."""
    survived: set[str] = set()

    def die(step: str) -> None:
        if step not in survived:
            survived.add(step)
            raise Crash(step)

    while True:
        try:
            with observed(die):
                await bridge.run(*only)
        except Crash:
            continue
        return len(survived)


@pytest.mark.parametrize("verb", ["reject", pytest.param("confirm", marks=pytest.mark.campaign)])
async def test_a_hub_that_dies_at_every_step_asks_acts_and_tells_once(told, verb):
    bridge, _ = told
    bought, number = ordered(*told)
    await bridge.run("order")
    asked = await crashing(bridge, "approval")
    order = sale(bridge, number)
    assert [one.verb for one in buttons(bridge, order["id"])] == ["confirm", "reject"]

    await press(bridge, order["id"], verb)
    acted = await crashing(bridge, *LINKS)
    await bridge.run(*LINKS)

    assert asked > 5
    assert acted > 20
    assert sale(bridge, number)["state"] == {"confirm": "sale", "reject": "cancel"}[verb]
    for side, model, one in (
        (bridge.at_factory, "sale.order", order["id"]),
        (bridge.at_buyer, "purchase.order", bought),
    ):
        assert sum("by Layla on" in text for text in said(side, model, one)) == 1
    assert buttons(bridge, order["id"]) == []
    assert await bridge.letters() == []


async def test_buttons_that_were_too_old_are_made_anew(told):
    bridge, _ = told
    bridge.options["approval_days"] = 1
    _, number = ordered(*told)
    await bridge.run()
    order = sale(bridge, number)
    [before, _] = buttons(bridge, order["id"])
    bridge.options["approval_days"] = 30
    await bridge.run("approval")
    assert buttons(bridge, order["id"])[0] == before

    task = Task(
        link="supply.approval", connection="factory", entity="order_standing", external_id=""
    )
    looked_at = await bridge.store.run(decisions.ask_again, task, ("factory", "question"))
    await bridge.run("approval")

    assert looked_at == 1
    [fresh, _] = buttons(bridge, order["id"])
    assert fresh.question == before.question
    assert (fresh.expires_at - before.expires_at).days in (28, 29)
    await press(bridge, order["id"], "confirm")
    await bridge.run(*LINKS)
    assert sale(bridge, number)["state"] == "sale"


async def test_the_question_speaks_the_language_of_the_factory(open_bridge):
    bridge, _, _ = open_bridge(16, 18)
    bridge.options["parts"] = ["approvals"]
    goods = stock_up(bridge.at_factory, bridge.mark)
    await bridge.run()
    bridge.factory = replace(
        bridge.factory, settings={**bridge.factory.settings, "language": "ar_001"}
    )
    _, number = ordered(bridge, goods)
    await bridge.run("order", "approval")

    order = sale(bridge, number)
    asked = [text for text in said(bridge.at_factory, "sale.order", order["id"]) if number in text]
    assert any("بانتظار القرار" in text and "تأكيد" in text for text in asked)


async def test_a_purchase_order_that_cannot_be_cancelled_is_told_on_both_sides(told):
    bridge, _ = told
    bought, number = ordered(*told)
    await bridge.run()
    order = sale(bridge, number)
    receipts = bridge.at_buyer.row("purchase.order", [("id", "=", bought)], ["picking_ids"])
    send_all(bridge.at_buyer, receipts["picking_ids"][0])

    await press(bridge, order["id"], "reject")
    await bridge.run(*LINKS)
    await bridge.run(*LINKS)

    assert sale(bridge, number)["state"] == "cancel"
    state = bridge.at_buyer.row("purchase.order", [("id", "=", bought)], ["state"])["state"]
    assert state == "purchase"
    for side, model, one in (
        (bridge.at_factory, "sale.order", order["id"]),
        (bridge.at_buyer, "purchase.order", bought),
    ):
        assert sum("it was not done" in text for text in said(side, model, one)) == 1


async def test_a_decision_at_the_page_is_carried_out(told):
    bridge, _ = told
    _, number = ordered(*told)
    await bridge.run()
    order = sale(bridge, number)
    person = Approver(
        connection="factory", email="layla@example.com", name="Layla", changed_at=now()
    )
    await bridge.store.run(approvers.save, person, "correct horse")
    [address] = [
        unescape(one)
        for body in notes(bridge.at_factory, "sale.order", order["id"])
        for one in LINK.findall(body)[:1]
    ]

    async with served(bridge.store, {}, asking=ASKING) as hub:
        browser = Browser(hub)
        assert f"Confirm {order['name']}?" in (await browser.open(address)).words
        await bridge.run(*LINKS)
        assert sale(bridge, number)["state"] == "draft"
        done = await browser.press(address, "layla@example.com", "correct horse")
        assert "Thank you, Layla" in done.words
        await bridge.run(*LINKS)

        assert sale(bridge, number)["state"] == "sale"
        assert "decided already" in (await browser.open(address)).words
