"""Refunds of a store over a stand-in Odoo: credit notes, money, goods, and every lost answer."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from qantara.connectors.base import Written
from qantara.model import Ref, Returned, StorePayment, TaxAmount
from qantara.transport import OutcomeUnknown, Rejected, RetryLater
from tests.connectors.odoo.places import (
    connector,
    create,
    gather,
    meaning,
    record,
    send,
    standing,
    update,
)
from tests.connectors.odoo.shopping import Shop

D = Decimal
VERSIONS = (16, 18)


@pytest.fixture(params=VERSIONS)
def odoo(request):
    with standing(request.param) as stand_in:
        yield stand_in


@pytest.fixture
def shop(odoo):
    return Shop(odoo=odoo)


async def sold(hub, shop, number="1001", **changes):
    [outcome] = await send(hub, "store_order", [create(number, shop.order(number, **changes))])
    assert isinstance(outcome, Written), getattr(outcome, "reason", outcome)
    return outcome.external_id


async def given_back(hub, refund, key="r1"):
    [outcome] = await send(hub, "refund", [create(key, refund)])
    assert isinstance(outcome, Written), getattr(outcome, "reason", outcome)
    told = await record(hub, "refund", outcome.external_id)
    assert (told.total, told.currency) == (refund.total, refund.currency)
    assert told.order == refund.order
    return outcome.external_id


def credited(shop, one):
    return [
        (row["state"], row["payment_state"], row["amount_total"], row["amount_tax"])
        for row in shop.moves(one, "out_refund")
    ]


def transfers(shop, one):
    return [(row["picking_type_code"], row["state"]) for row in shop.pickings(one)]


def item(shop, one):
    return next(row for row in shop.lines(one) if row["name"].startswith("كرسي"))


async def test_after_delivery_the_goods_come_back_and_the_money_goes_out(odoo, shop):
    async with connector(odoo) as hub:
        one = await sold(hub, shop)
        shop.deliver(one)
        first = await given_back(hub, shop.refund(one))
        before = odoo.writes()
        assert await given_back(hub, shop.refund(one)) == first

    assert odoo.writes() == before
    assert credited(shop, one) == [("posted", "paid", 3.83, 0.5)]
    assert transfers(shop, one) == [("outgoing", "done"), ("incoming", "done")]
    assert item(shop, one)["qty_delivered"] == 2
    assert sorted(row["amount"] for row in shop.payments()) == [3.83, 17.25]


async def test_two_refunds_bring_back_two_chairs(odoo, shop):
    async with connector(odoo) as hub:
        one = await sold(hub, shop)
        shop.deliver(one)
        await given_back(hub, shop.refund(one))
        other = shop.refund(one, number="1001/6")
        await given_back(hub, other, "r2")

    assert item(shop, one)["qty_delivered"] == 1
    assert [total for _, _, total, _ in credited(shop, one)] == [3.83, 3.83]


async def test_goods_that_are_not_restocked_stay_away(odoo, shop):
    async with connector(odoo) as hub:
        one = await sold(hub, shop)
        shop.deliver(one)
        await given_back(hub, shop.refund(one, lines=(shop.back(restock=False),)))

    assert transfers(shop, one) == [("outgoing", "done")]
    assert credited(shop, one) == [("posted", "paid", 3.83, 0.5)]


async def test_before_delivery_the_goods_are_never_sent(odoo, shop):
    async with connector(odoo) as hub:
        one = await sold(hub, shop)
        await given_back(hub, shop.refund(one))

    assert item(shop, one)["product_uom_qty"] == 2
    assert transfers(shop, one) == [("outgoing", transfers(shop, one)[0][1])]
    assert credited(shop, one) == [("posted", "paid", 3.83, 0.5)]


async def test_what_is_not_paid_yet_is_set_off_against_the_invoice(odoo, shop):
    async with connector(odoo) as hub:
        unpaid = {"paid": "no", "payments": (), "rules": {"invoice": "yes"}}
        one = await sold(hub, shop, **unpaid)
        await given_back(hub, shop.refund(one, payments=()))

    assert [move["payment_state"] for move in shop.moves(one)] == ["partial"]
    assert credited(shop, one)[0][1] == "paid"


async def test_before_the_invoice_the_order_comes_to_less(odoo, shop):
    async with connector(odoo) as hub:
        one = await sold(hub, shop, rules={"invoice": "no"})
        name = await given_back(hub, shop.refund(one))
        assert await given_back(hub, shop.refund(one)) == name

    assert name.startswith("line:")
    assert shop.sale(one)["amount_total"] == 13.42
    assert item(shop, one)["product_uom_qty"] == 2
    assert shop.moves(one, "out_refund") == []


async def test_before_the_invoice_money_alone_becomes_a_line_of_the_order(odoo, shop):
    money = {"lines": (), "total": D("2.22"), "payments": (), "reason": "Scratched"}
    async with connector(odoo) as hub:
        one = await sold(hub, shop, rules={"invoice": "no"})
        await given_back(hub, shop.refund(one, **money))

    assert shop.sale(one)["amount_total"] == 15.03
    assert "Scratched" in [row["name"] for row in shop.lines(one)]


async def test_an_edit_of_the_order_leaves_the_note_of_the_refund(odoo, shop):
    async with connector(odoo) as hub:
        one = await sold(hub, shop, rules={"invoice": "no"})
        name = await given_back(hub, shop.refund(one))
        edited = shop.order(lines=(shop.chairs(),), total=D("11.50"), rules={"invoice": "no"})
        await send(hub, "store_order", [update("1001", edited, one, "lines", "total")])
        assert await given_back(hub, shop.refund(one)) == name

    assert any(row["name"].startswith("Refund 1001/5") for row in shop.lines(one))


async def test_all_of_an_order_before_the_invoice_cancels_it(odoo, shop):
    async with connector(odoo) as hub:
        one = await sold(hub, shop, rules={"invoice": "no"})
        await given_back(hub, shop.refund(one, lines=(), total=D("17.25")))

    assert shop.sale(one)["state"] == "cancel"


CASES: dict[str, tuple[Callable[[Shop], dict[str, Any]], float]] = {
    "money only": (lambda _: {"lines": ()}, 0.0),
    "a part of a line's money": (
        lambda shop: {"lines": (shop.back(quantity=D(0)),), "total": D("3.83")},
        0.5,
    ),
    "shipping": (
        lambda _: {
            "lines": (
                Returned(
                    line="8",
                    kind="shipping",
                    net=D(5),
                    taxes=(TaxAmount(rate=D(15), amount=D("0.75")),),
                ),
            ),
            "total": D("5.75"),
        },
        0.75,
    ),
    "goods and more money": (lambda _: {"total": D("5.00")}, 0.5),
    "goods and less money": (lambda _: {"total": D("3.00")}, 0.5),
}


@pytest.mark.parametrize("case", CASES)
async def test_the_credit_note_is_the_refund_to_the_smallest_coin(odoo, shop, case):
    told, tax = CASES[case]
    changes = told(shop)
    refund = shop.refund("0", **changes)
    payments = (StorePayment(id="r1", method="card", amount=-refund.total),)
    async with connector(odoo) as hub:
        one = await sold(hub, shop)
        shop.deliver(one)
        again = shop.refund(one, **{**changes, "payments": payments})
        await given_back(hub, again)

    assert credited(shop, one) == [("posted", "paid", float(refund.total), tax)]


async def test_a_refund_in_another_currency_is_refused_in_words(odoo, shop):
    async with connector(odoo) as hub:
        one = await sold(hub, shop)
        [outcome] = await send(hub, "refund", [create("r1", shop.refund(one, currency="XTS"))])
        gone = shop.refund("987654321")
        [lost] = await send(hub, "refund", [create("r2", gone)])

    assert isinstance(outcome, Rejected)
    assert "XTS" in outcome.reason
    assert "not there" in lost.reason


async def test_an_odd_tax_is_refused_before_anything_is_made(odoo, shop):
    odd = shop.back(taxes=(TaxAmount(rate=D(9), amount=D("0.50")),))
    async with connector(odoo) as hub:
        one = await sold(hub, shop)
        [outcome] = await send(hub, "refund", [create("r1", shop.refund(one, lines=(odd,)))])

    assert isinstance(outcome, Rejected)
    assert "9%" in outcome.reason
    assert item(shop, one)["product_uom_qty"] == 3


LOST = [
    pytest.param("cut_after", False),
    *(
        pytest.param(end, delivered, marks=pytest.mark.campaign)
        for end, delivered in (("cut_after", True), ("cut_before", True), ("cut_before", False))
    ),
]


@pytest.mark.parametrize(("end", "delivered"), LOST)
async def test_whatever_answer_is_lost_it_is_given_back_once(odoo, shop, end, delivered):
    """Each call is cut in turn, until the whole refund goes through."""
    async with connector(odoo) as hub:
        lost = 0
        for step in range(60):
            number = f"{end}-{step}"
            one = await sold(hub, shop, number)
            if delivered:
                shop.deliver(one)
            refund = shop.refund(one, number=f"{number}/5")
            odoo.clear()
            odoo.fault(end, after=step)
            try:
                await send(hub, "refund", [create(number, refund)])
            except (OutcomeUnknown, RetryLater):
                lost += 1
            else:
                break
            finally:
                odoo.clear()
            await given_back(hub, refund, number)
            assert credited(shop, one) == [("posted", "paid", 3.83, 0.5)]
            assert item(shop, one)["product_uom_qty"] == (3 if delivered else 2)
            assert len(transfers(shop, one)) == (2 if delivered else 1)
            paid = [row for row in shop.payments() if f"{number}/5/r1" in str(row)]
            assert len(paid) == 1

    assert lost > 10


async def test_deliveries_of_orders_are_shipments(odoo, shop):
    async with connector(odoo) as hub:
        one = await sold(hub, shop)
        shop.deliver(one)
        [picking] = shop.pickings(one)
        odoo.write("stock.picking", picking["id"], {"carrier_tracking_ref": "A1, B2"})
        found, _ = await gather(hub, "shipment", scope="store:shop")
        told = meaning(hub, found[str(picking["id"])])

    assert told.order == Ref("store_order", one)
    assert [(line.product.id, line.quantity) for line in told.lines] == [(str(shop.chair), D(3))]
    assert told.tracking == ("A1", "B2")
    assert told.shipped_at
