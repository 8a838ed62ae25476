"""An order of Shopify's becomes a store order to the last halala."""

from dataclasses import replace
from decimal import Decimal

import pytest

from qantara.connectors.shopify.mapping import refund as refunds
from qantara.connectors.shopify.mapping import store_order
from qantara.connectors.shopify.mapping.values import Purse
from qantara.model import Coupon, Ref, TaxAmount
from qantara.transport import Rejected
from tests.connectors.shopify.wires import (
    allocation,
    given_back,
    line,
    money,
    order,
    paid,
    refund,
    shipping,
    tax,
)

SHOP = Purse("shop")


def told(node, purse=SHOP):
    return store_order.from_wire({"node": node}, purse, "vat")


def whole(record):
    return sum((one.net for one in record.lines), Decimal(0)) + record.tax


def test_nets_are_after_all_discounts_and_without_tax():
    record = told(
        order(
            "115.00",
            [
                line(
                    1,
                    "100.00",
                    quantity=2,
                    discountAllocations=[allocation("10.00", "SAVE"), allocation("5.00")],
                    taxLines=[tax("12.75")],
                )
            ],
            [
                shipping(
                    "20.00",
                    taxLines=[tax("2.25")],
                    discountAllocations=[allocation("5.00", "SAVE")],
                )
            ],
        )
    )

    goods, way = record.lines
    assert (goods.net, goods.discount, goods.quantity) == (Decimal("85.00"), Decimal("15.00"), 2)
    assert goods.taxes == (TaxAmount(rate=Decimal(15), amount=Decimal("12.75"), name="VAT"),)
    assert (way.kind, way.net, way.id) == ("shipping", Decimal("15.00"), "shipping:7")
    assert whole(record) == record.total == Decimal("115.00")
    assert record.coupons == (Coupon(code="SAVE", amount=Decimal("15.00")),)
    assert not record.gross


def test_prices_with_tax_give_their_tax_back():
    record = told(
        order(
            "103.50",
            [
                line(
                    1,
                    "115.00",
                    discountAllocations=[allocation("11.50", "TEN")],
                    taxLines=[tax("13.50")],
                )
            ],
            taxesIncluded=True,
        )
    )

    (goods,) = record.lines
    assert (goods.net, goods.discount) == (Decimal("90.00"), Decimal("10.00"))
    assert record.gross
    assert whole(record) == record.total
    assert record.coupons == (Coupon(code="TEN", amount=Decimal("10.00")),)


def test_several_taxes_of_a_line_stand_apart_with_their_rates():
    record = told(
        order(
            "108.375",
            [line(1, "100.000", taxLines=[tax("5.000", "5.0"), tax("3.375", "3.375")])],
        )
    )

    assert [(one.rate, one.amount) for one in record.lines[0].taxes] == [
        (Decimal(5), Decimal("5.000")),
        (Decimal("3.375"), Decimal("3.375")),
    ]
    assert whole(record) == record.total


def test_an_edit_takes_its_part_of_a_line_away():
    record = told(
        order(
            "90.00",
            [
                line(1, "120.00", quantity=4, currentQuantity=3, discountAllocations=[]),
                line(2, "50.00", currentQuantity=0),
            ],
            edited=True,
            currentTotalPriceSet=money("90.00"),
            totalPriceSet=money("170.00"),
        )
    )

    assert [(one.quantity, one.net) for one in record.lines] == [(3, Decimal("90.00"))]
    assert record.total == Decimal("90.00")


def test_what_was_given_back_for_money_still_stands_in_the_order():
    goods = line(1, "120.00", quantity=4, currentQuantity=3)
    back = refund("30.00", [given_back(goods, 1, "30.00", "0.00")])
    record = told(
        order(
            "120.00",
            [goods],
            refunds=[back],
            currentTotalPriceSet=money("90.00"),
            displayFinancialStatus="PARTIALLY_REFUNDED",
        )
    )

    assert [(one.quantity, one.net) for one in record.lines] == [(4, Decimal("120.00"))]
    assert (record.total, record.paid) == (Decimal("120.00"), "yes")


def test_the_customers_own_money_is_read_where_it_is_asked_for():
    node = order(
        "100.00", [line(1, "100.00", originalTotalSet=money("100.00", other=("8.205", "KWD")))]
    )
    node["totalPriceSet"] = node["currentTotalPriceSet"] = money("100.00", other=("8.205", "KWD"))

    record = told(node, Purse("presentment"))

    assert (record.currency, record.total, record.lines[0].net) == (
        "KWD",
        Decimal("8.205"),
        Decimal("8.205"),
    )


def test_tips_gift_cards_fees_and_duties_are_lines_of_their_own():
    duty = {"id": "gid://shopify/Duty/4", "price": money("7.00"), "taxLines": []}
    fee = {
        "id": "gid://shopify/AdditionalFee/6",
        "name": "Packing",
        "price": money("3.00"),
        "taxLines": [tax("0.45")],
    }
    record = told(
        order(
            "165.45",
            [line(1, "100.00", duties=[duty]), line(2, "50.00", isGiftCard=True)],
            additionalFees=[fee],
            totalTipReceivedSet=money("5.00"),
        )
    )

    assert [(one.kind, one.id) for one in record.lines] == [
        ("item", "1"),
        ("gift_card", "2"),
        ("tip", "tip"),
        ("fee", "duty:4"),
        ("fee", "fee:6"),
    ]
    assert whole(record) == record.total


def test_a_tip_that_the_checkout_made_a_line_is_told_once():
    tip = line(3, "5.00", name="Tip", variant=None, product=None, requiresShipping=False)
    record = told(order("105.00", [line(1, "100.00"), tip], totalTipReceivedSet=money("5.00")))

    assert [one.kind for one in record.lines] == ["item", "tip"]
    assert whole(record) == record.total


def test_a_gift_card_pays_and_the_card_is_the_method():
    card = paid("40.00", "gift_card", id="gid://shopify/OrderTransaction/8")
    failed = paid("60.00", "mada", status="FAILURE", id="gid://shopify/OrderTransaction/10")
    record = told(order("100.00", [line(1, "100.00")], transactions=[card, failed, paid("60.00")]))

    assert [(one.method, one.amount) for one in record.payments] == [
        ("gift_card", Decimal("40.00")),
        ("mada", Decimal("60.00")),
    ]
    assert record.method == "mada"


@pytest.mark.parametrize(
    ("changes", "state", "paid_name"),
    [
        ({}, "processing", "yes"),
        ({"displayFulfillmentStatus": "FULFILLED"}, "completed", "yes"),
        ({"displayFulfillmentStatus": "ON_HOLD"}, "on_hold", "yes"),
        ({"cancelledAt": "2026-11-01T11:00:00Z"}, "cancelled", "yes"),
        ({"displayFinancialStatus": "PENDING", "transactions": []}, "pending", "no"),
        ({"displayFinancialStatus": "AUTHORIZED"}, "processing", "authorized"),
        ({"displayFinancialStatus": "VOIDED"}, "failed", "no"),
        ({"displayFinancialStatus": "PARTIALLY_PAID"}, "processing", "partly"),
    ],
)
def test_state_and_payment_follow_shopifys(changes, state, paid_name):
    record = told(order("100.00", [line(1, "100.00")], **changes))

    assert (record.state, record.paid) == (state, paid_name)


def test_cash_on_delivery_is_worked_on_before_it_is_paid():
    cash = paid("100.00", "Cash on Delivery (COD)", status="PENDING", manualPaymentGateway=True)
    record = told(
        order(
            "100.00",
            [line(1, "100.00")],
            displayFinancialStatus="PENDING",
            paymentGatewayNames=["Cash on Delivery (COD)"],
            transactions=[cash],
        )
    )

    assert (record.state, record.paid, record.payments) == ("processing", "no", ())
    assert record.method == "Cash on Delivery (COD)"


def test_an_unknown_status_of_payment_is_named():
    with pytest.raises(Rejected, match="'LENT'"):
        told(order("1.00", [line(1, "1.00")], displayFinancialStatus="LENT"))


def test_who_ordered_is_an_account_or_a_guest():
    account = told(order("1.00", [line(1, "1.00")]))
    guest = told(order("1.00", [line(1, "1.00")], customer=None))
    nobody = told(order("1.00", [line(1, "1.00")], customer=None, email=None))

    assert [one.customer for one in (account, guest, nobody)] == [
        Ref("partner", "5"),
        Ref("partner", "guest:sara@example.com"),
        Ref("partner", "order:1"),
    ]
    assert account.billing.name == "سارة القحطاني"
    assert account.billing.vat == "300000000000003"
    assert str(account.placed_at) == "2026-11-01 10:00:00+00:00"


def test_a_refund_shares_its_tax_among_the_taxes_of_the_line():
    goods = line(1, "100.00", quantity=3, taxLines=[tax("5.00", "5.0"), tax("10.00", "10.0")])
    node = refund("38.34", [given_back(goods, 1, "33.34", "5.00")])
    head = {"id": "gid://shopify/Order/1", "name": "#1001", "taxesIncluded": False}

    record = refunds.from_wire({"order": head, "refund": node}, SHOP)

    (back,) = record.lines
    assert record.total == Decimal("38.34") == back.net + sum(one.amount for one in back.taxes)
    assert [(one.rate, one.amount) for one in back.taxes] == [
        (Decimal(5), Decimal("1.67")),
        (Decimal(10), Decimal("3.33")),
    ]
    assert (back.quantity, back.line) == (Decimal(1), "1")
    assert back.restock
    assert [one.amount for one in record.payments] == [Decimal("-38.34")]
    assert record.order == Ref("store_order", "1")


def test_a_refund_of_prices_with_tax_and_without_goods():
    goods = line(1, "115.00", taxLines=[tax("15.00")])
    node = refund("115.00", [given_back(goods, 1, "115.00", "15.00", "NO_RESTOCK")])
    head = {"id": "gid://shopify/Order/1", "name": "#1001", "taxesIncluded": True}

    record = refunds.from_wire({"order": head, "refund": node}, SHOP)
    bare = refunds.from_wire({"order": head, "refund": refund("9.99", [])}, SHOP)

    assert record.lines[0].net == Decimal("100.00")
    assert not record.lines[0].restock
    assert (bare.total, bare.lines) == (Decimal("9.99"), ())
    assert replace(bare, lines=record.lines).reason == "مكسور"


def test_what_an_edit_took_out_unpaid_is_no_refund():
    assert not refunds.is_money(refund("0.0", []))
    assert refunds.is_money(refund("0.01", []))
