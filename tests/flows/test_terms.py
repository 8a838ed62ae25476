"""What the factory changes of an order is proposed to the buyer, who accepts or refuses it."""

from html import unescape
from typing import Any

import pytest

from qantara.flows.supply import terms
from qantara.flows.supply.options import Options
from tests.flows.approving import LINK, decide
from tests.flows.bridge import ASKING, Bridge
from tests.flows.conftest import EITHER_WAY
from tests.flows.trade import DUE, LATER, Trade, goods_for, place

IDLE = 10

BEFORE_AND_AFTER = pytest.mark.parametrize(
    "confirmed", [pytest.param(False, marks=pytest.mark.campaign), True]
)
"""Before the factory has confirmed, and after it."""


@pytest.fixture(params=EITHER_WAY)
def world(request, open_bridge):
    return open_bridge(*request.param)


@pytest.fixture
def bridge(world) -> Bridge:
    made = world[0]
    made.options = {"parts": ["terms"]}
    return made


async def ordered(bridge: Bridge, currency: str = "SAR") -> Trade:
    skus = await goods_for(bridge, 4)
    trade = await place(bridge, skus[:3], currency)
    await bridge.run()
    return trade


def proposals(trade: Trade) -> list[str]:
    """What was proposed, without its frame."""
    told = [one for one in trade.buyer_reads() if one.startswith("The factory proposes")]
    return [one.partition(":")[2].partition("Accepted,")[0] for one in told]


async def answered(trade: Trade, verb: str, run: Any = Bridge.run) -> None:
    """Somebody at the buyer decides about the newest proposal, by its button."""
    domain = [("model", "=", "purchase.order"), ("res_id", "=", trade.bought)]
    rows = trade.bridge.at_buyer.rows("mail.message", domain, ["body"])
    tokens = [one for row in rows for one in LINK.findall(row["body"] or "")]
    told = [one for one in map(ASKING.read, map(unescape, tokens)) if one.verb == verb][-1]
    await decide(trade.bridge, told)
    await run(trade.bridge)
    await run(trade.bridge)


async def idle(world, bridge: Bridge, passes: int = IDLE) -> int:
    """How much is written on both sides when nobody does anything."""
    _, factory, buyer = world
    await bridge.run()
    factory.clear()
    buyer.clear()
    for _ in range(passes):
        await bridge.run()
    return factory.writes() + buyer.writes()


async def test_what_the_hub_writes_is_no_proposal(world, bridge):
    trade = await ordered(bridge)
    change = {"product_qty": 7, "price_unit": 11.5, "date_planned": LATER}
    trade.amend((1, trade.bought_line(0), change))

    assert await idle(world, bridge, 3) == 0
    assert proposals(trade) == []


@BEFORE_AND_AFTER
async def test_each_difference_is_proposed_in_words(world, bridge, confirmed):
    trade = await ordered(bridge, "USD")
    if confirmed:
        trade.confirm()
    trade.alter(
        (1, trade.sold_line(0), {"product_uom_qty": 5, "price_unit": 10.25}),
        (1, trade.sold_line(1), {"price_unit": 12.5}),
        (1, trade.sold_line(2), {"product_uom_qty": 0, "price_unit": 12.25}),
        trade.new_sold(f"{bridge.mark}-P03", 1, 99.5),
        commitment_date=LATER,
    )
    await bridge.run()

    [told] = proposals(trade)
    one, two, three = trade.skus
    assert told == (
        f"- {one}: quantity 2 Units → 5 Units"
        f"- {two}: price 11.25 USD → 12.5 USD"
        f"- {bridge.mark}-P03: new, 1 Units at 99.5 USD"
        f"- {three}: taken out (was 4 Units)"
        "- date: 2027-04-01 08:00 UTC → 2027-05-01 08:00 UTC"
    )
    assert await idle(world, bridge) == 0
    assert len(proposals(trade)) == 1


@BEFORE_AND_AFTER
async def test_accepted_terms_become_those_of_the_purchase_order(world, bridge, confirmed):
    trade = await ordered(bridge)
    if confirmed:
        trade.confirm()
    trade.alter(
        (1, trade.sold_line(0), {"product_uom_qty": 5, "price_unit": 9.75}),
        (1, trade.sold_line(2), {"product_uom_qty": 0, "price_unit": 12.25}),
        trade.new_sold(f"{bridge.mark}-P03", 1, 99.5),
        commitment_date=LATER,
    )
    await bridge.run()
    await answered(trade, "accept")

    assert trade.at_buyer() == [
        (trade.skus[0], 5.0, 9.75),
        (trade.skus[1], 3.0, 11.25),
        (f"{bridge.mark}-P03", 1.0, 99.5),
    ]
    assert trade.agree()
    assert trade.purchase()["date_planned"] == trade.sale()["commitment_date"] == LATER
    assert [one.reason for one in await bridge.letters()] == []
    assert await idle(world, bridge) == 0
    assert len(proposals(trade)) == 1


@BEFORE_AND_AFTER
async def test_refused_terms_leave_the_sale_order_again(world, bridge, confirmed):
    trade = await ordered(bridge)
    before = trade.at_factory()
    if confirmed:
        trade.confirm()
    for _ in range(2):  # the same again, later, is proposed again
        trade.alter(
            (1, trade.sold_line(0), {"product_uom_qty": 5, "price_unit": 9.75}),
            commitment_date=LATER,
        )
        await bridge.run()
        await answered(trade, "refuse")

        assert trade.at_factory() == before
        assert trade.agree()
        assert trade.sale()["commitment_date"] == DUE
        assert "The buyer refused the changed terms" in trade.factory_reads()[-1]
        assert await idle(world, bridge) == 0
    assert len(proposals(trade)) == 2
    assert [one.reason for one in await bridge.letters()] == []


async def test_only_what_was_proposed_is_accepted(bridge):
    trade = await ordered(bridge)
    trade.alter((1, trade.sold_line(0), {"price_unit": 9.75}))
    await bridge.run()
    trade.alter((1, trade.sold_line(0), {"price_unit": 900}))
    await answered(trade, "accept")

    assert trade.at_buyer()[0] == (trade.skus[0], 2.0, 10.25)


async def test_what_was_received_is_not_accepted_away(bridge):
    trade = await ordered(bridge)
    receive(trade, 2, 3)
    trade.alter((1, trade.sold_line(2), {"product_uom_qty": 1, "price_unit": 12.25}))
    await bridge.run()
    await answered(trade, "accept")

    assert trade.at_buyer()[2][1] == 4.0
    [letter] = await bridge.letters()
    assert "for 3 were received already, which is more than 1" in letter.reason
    assert letter.reason in trade.buyer_reads()[-1]


async def test_what_was_delivered_stays_when_its_removal_is_refused(bridge):
    trade = await ordered(bridge)
    trade.confirm()
    trade.alter((1, trade.sold_line(0), {"product_uom_qty": 9, "price_unit": 10.25}))
    trade.deliver(0, 8)
    await bridge.run()
    await answered(trade, "refuse")

    assert trade.at_factory()[0][1] == 9.0
    assert "for 8 were delivered already, which is more than 2" in trade.factory_reads()[-1]
    await bridge.run()
    assert "for 8 were delivered already, which is more than 2" in trade.buyer_reads()[-1]


def receive(trade: Trade, number: int, quantity: float) -> None:
    """So much of one line arrives at the buyer."""
    buyer, line = trade.bridge.at_buyer, trade.bought_line(number)
    move = buyer.rows("stock.move", [("purchase_line_id", "=", line)], ["picking_id"])[0]
    done = "quantity_done" in buyer.fields("stock.move")
    values = {"quantity_done": quantity} if done else {"quantity": quantity, "picked": True}
    buyer.write("stock.move", move["id"], values)
    silent = {"skip_sms": True, "skip_backorder": True, "skip_immediate": True}
    buyer.call("stock.picking", "button_validate", [move["picking_id"][0]], **silent)


async def test_the_answers_can_be_given_without_buttons(bridge):
    trade = await ordered(bridge)
    trade.alter((1, trade.sold_line(0), {"price_unit": 9.75}))
    async with bridge.links() as links:
        sides = {link.source.connection.name: link.source for link in links}
        chosen = Options(factory="factory", buyer="buyer", parts=frozenset({"terms"}))
        answers = terms.answers_of(chosen, sides["factory"], sides["buyer"], "supply")
        number = str(trade.sold)
        [proposal] = [
            one for one in await sides["factory"].ids("order_terms") if one.split(":")[0] == number
        ]
        await bridge.store.run(answers.accepted, proposal)
    await bridge.run()

    assert trade.at_buyer()[0] == (trade.skus[0], 2.0, 9.75)
    assert trade.agree()
