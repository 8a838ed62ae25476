"""What happens to orders later: sent, edited, given back, cancelled, paid out."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from qantara.sandbox.shopify import (
    Carriage,
    Discount,
    Item,
    ShopifyStandIn,
)
from tests.sandbox.shopify_calls import VAT, Caller, Refused, made
from tests.sandbox.shopify_orders import REFUNDS, amounts, gid, plain, read


@pytest.fixture
def shop() -> Iterator[ShopifyStandIn]:
    with ShopifyStandIn(restore=100_000) as stand:
        made(stand, "Lamp", "A", price="33.33", stock=10)
        made(stand, "Chair", "B", price="100", stock=10)
        yield stand


@pytest.fixture
def call(shop):
    return Caller(shop)


def test_the_hub_sends_a_part_and_then_the_rest(shop, call):
    number = shop.order(items=[Item(sku="A", quantity=3)])
    asked = """query($id: ID!) { order(id: $id) { fulfillmentOrders(first: 5) { nodes { id status
        lineItems(first: 5) { nodes { id remainingQuantity } } } } } }"""
    send = """mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
        fulfillment { id status trackingInfo { company number url } } userErrors { message } } }"""
    work = read(call, number, asked)["fulfillmentOrders"]["nodes"][0]
    part = work["lineItems"]["nodes"][0]["id"]

    def sent(quantity):
        lines = [{"id": part, "quantity": quantity}]
        wanted = {"fulfillmentOrderId": work["id"], "fulfillmentOrderLineItems": lines}
        tracking = {"company": "Aramex", "numbers": ["T1", "T2"]}
        return call(send, f={"lineItemsByFulfillmentOrder": [wanted], "trackingInfo": tracking})[
            "fulfillmentCreate"
        ]

    first = sent(1)
    assert [one["number"] for one in first["fulfillment"]["trackingInfo"]] == ["T1", "T2"]
    assert read(call, number)["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    assert sent(3)["userErrors"] != []
    assert sent(2)["userErrors"] == []
    assert read(call, number)["displayFulfillmentStatus"] == "FULFILLED"
    assert read(call, number, asked)["fulfillmentOrders"]["nodes"][0]["status"] == "CLOSED"
    assert "unfulfillable" in sent(1)["userErrors"][0]["message"]


def test_a_fulfillment_is_cancelled_and_its_tracking_changed(shop, call):
    number = shop.order(items=[Item(sku="A")])
    key = gid("Fulfillment", shop.fulfill(number, number="T1"))
    track = """mutation($id: ID!, $t: FulfillmentTrackingInput!) {
        fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $t) {
        fulfillment { trackingInfo { number } } } }"""
    cancel = "mutation($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status } } }"

    told = call(track, id=key, t={"number": "T9"})["fulfillmentTrackingInfoUpdate"]
    assert told["fulfillment"]["trackingInfo"] == [{"number": "T9"}]
    assert call(cancel, id=key)["fulfillmentCancel"]["fulfillment"]["status"] == "CANCELLED"
    assert read(call, number)["displayFulfillmentStatus"] == "UNFULFILLED"


def test_parts_given_back_add_up_to_the_whole(shop, call):
    number = shop.order(
        items=[Item(sku="A", quantity=3)],
        discounts=[Discount(percent=Decimal(10))],
        shipping=Carriage(title="Post", price=Decimal(20)),
        taxes=VAT,
    )
    total = Decimal(plain(read(call, number), "total")[0])

    for _ in range(3):
        shop.refund(number, items={"A": 1})
    shop.refund(number, shipping=True)

    refunds = read(call, number, REFUNDS)["refunds"]
    assert sum(Decimal(one) for one in amounts(refunds, "totalRefundedSet")) == total
    told = read(call, number)
    assert told["displayFinancialStatus"] == "REFUNDED"
    assert plain(told, "now", "taxNow", "due") == ("0.0", "0.0", "0.0")
    assert plain(told, "total")[0] == str(total)
    assert shop.available("A") == 10
    tax = refunds[3]["refundShippingLines"]["nodes"][0]["taxAmountSet"]["shopMoney"]["amount"]
    assert tax == "3.0"


def test_money_alone_is_a_discrepancy(shop, call):
    number = shop.order(items=[Item(sku="B")], taxes=VAT)

    shop.refund(number, amount=Decimal(15), note="sorry")

    refund = read(call, number, REFUNDS)["refunds"][0]
    assert refund["note"] == "sorry"
    assert refund["refundLineItems"]["nodes"] == []
    assert refund["orderAdjustments"]["nodes"] == [
        {"reason": "REFUND_DISCREPANCY", "amountSet": {"shopMoney": {"amount": "-15.0"}}}
    ]
    told = read(call, number)
    assert (told["displayFinancialStatus"], plain(told, "now", "due", "back")) == (
        "PARTIALLY_REFUNDED",
        ("100.0", "0.0", "15.0"),
    )


def test_the_hub_gives_back_once_however_often_it_asks(shop, call):
    number = shop.order(items=[Item(sku="B", quantity=2)], taxes=VAT)
    line = read(call, number)["lineItems"]["nodes"][0]["id"]
    paid = read(call, number)["transactions"][0]["id"]
    back = """mutation($i: RefundInput!, $key: String!) {
        refundCreate(input: $i) @idempotent(key: $key) {
        refund { id } userErrors { message field } } }"""
    place = gid("Location", shop.ids("Location")[0])
    wanted = {
        "orderId": gid("Order", number),
        "refundLineItems": [
            {"lineItemId": line, "quantity": 1, "restockType": "CANCEL", "locationId": place}
        ],
        "transactions": [
            {
                "orderId": gid("Order", number),
                "parentId": paid,
                "amount": "115",
                "gateway": "shopify_payments",
                "kind": "REFUND",
            }
        ],
    }

    first = call(back, i=wanted, key="r1")
    assert call(back, i=wanted, key="r1") == first
    assert len(shop.rows("Refund")) == 1
    assert shop.available("B") == 9
    wanted["transactions"][0]["amount"] = "115.01"
    told = call(back, i=wanted, key="r2")["refundCreate"]
    assert "greater than" in told["userErrors"][0]["message"]


def test_a_cancelled_order_gives_back_money_and_stock(shop, call):
    number = shop.order(items=[Item(sku="B", quantity=2)], taxes=VAT)
    cancel = """mutation($id: ID!) { orderCancel(orderId: $id, reason: CUSTOMER, restock: true,
        refundMethod: {originalPaymentMethodsRefund: true}, notifyCustomer: false) {
        job { id done } orderCancelUserErrors { code message } } }"""

    told = call(cancel, id=gid("Order", number))["orderCancel"]

    assert told["orderCancelUserErrors"] == []
    order = read(call, number)
    assert (order["cancelReason"], order["displayFinancialStatus"]) == ("CUSTOMER", "REFUNDED")
    assert plain(order, "now", "back", "due") == ("0.0", "230.0", "0.0")
    assert (shop.available("B"), shop.available("B", name="committed")) == (10, 0)
    again = call(cancel, id=gid("Order", number))["orderCancel"]["orderCancelUserErrors"]
    assert [one["code"] for one in again] == ["INVALID"]


def test_a_sent_order_cannot_be_cancelled(shop, call):
    number = shop.order(items=[Item(sku="B")])
    shop.fulfill(number)
    cancel = """mutation($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: true) {
        orderCancelUserErrors { code } } }"""

    assert call(cancel, id=gid("Order", number))["orderCancel"]["orderCancelUserErrors"] != []


def test_an_edited_order_has_new_lines_new_sums_and_something_due(shop, call):
    number = shop.order(items=[Item(sku="A", quantity=3)], taxes=VAT)

    shop.edit(number, add=[Item(sku="B")], quantities={"A": 1})

    told = read(call, number)
    lines = [
        (one["sku"], one["quantity"], one["currentQuantity"]) for one in told["lineItems"]["nodes"]
    ]
    assert told["edited"]
    assert lines == [("A", 3, 1), ("B", 1, 1)]
    # was 114.99 paid; now 33.33 + 5.00 + 115
    assert plain(told, "now", "due") == ("153.33", "38.34")
    assert told["displayFinancialStatus"] == "PARTIALLY_PAID"
    assert (shop.available("A"), shop.available("B")) == (9, 9)
    shop.pay(number)
    assert read(call, number)["displayFinancialStatus"] == "PAID"


def test_a_return_is_announced_and_refunded_when_it_arrives(shop, call):
    number = shop.order(items=[Item(sku="B", quantity=2)], taxes=VAT)
    shop.fulfill(number)
    returned = shop.start_return(number, {"B": 1}, reason="too small")
    asked = """query($id: ID!) { order(id: $id) { returnStatus returns(first: 5) { nodes {
        id status returnLineItems(first: 5) { nodes { quantity
          ... on ReturnLineItem { fulfillmentLineItem { lineItem { sku } } } } }
        refunds(first: 5) { nodes { id } } } } } }"""
    open_ = read(call, number, asked)

    refund = shop.process_return(returned)

    assert open_["returnStatus"] == "IN_PROGRESS"
    line = open_["returns"]["nodes"][0]["returnLineItems"]["nodes"][0]
    assert line == {"quantity": 1, "fulfillmentLineItem": {"lineItem": {"sku": "B"}}}
    done = read(call, number, asked)
    assert (done["returnStatus"], done["returns"]["nodes"][0]["status"]) == ("RETURNED", "CLOSED")
    assert done["returns"]["nodes"][0]["refunds"]["nodes"] == [{"id": gid("Refund", refund)}]
    told = read(call, number, REFUNDS)["refunds"][0]
    assert told["refundLineItems"]["nodes"][0]["restockType"] == "RETURN"
    assert told["totalRefundedSet"] == {"shopMoney": {"amount": "115.0"}}
    assert shop.available("B") == 9


def test_orders_older_than_60_days_are_for_those_who_may_see_all(shop, call):
    shop.order(items=[Item(sku="B")])
    asked = "{ orders(first: 5) { nodes { name } } }"
    shop.advance(61 * 24 * 3600)

    assert call(asked)["orders"]["nodes"] == [{"name": "#1001"}]
    shop.deny("read_all_orders")
    assert call(asked)["orders"]["nodes"] == []


def test_a_line_outlives_its_product(shop, call):
    number = shop.order(items=[Item(sku="B")])
    shop.ask(
        "mutation($i: ProductDeleteInput!) { productDelete(input: $i) { deletedProductId } }",
        {"i": {"id": gid("Product", shop.ids("Product")[1])}},
    )

    asked = """query($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes {
        sku title variant { id } product { id } } } } }"""
    assert read(call, number, asked)["lineItems"]["nodes"] == [
        {"sku": "B", "title": "Chair", "variant": None, "product": None}
    ]


def test_payouts_tell_what_came_of_which_order(shop, call):
    number = shop.order(items=[Item(sku="B")], taxes=VAT)
    shop.refund(number, amount=Decimal(15))
    shop.payout([number])

    told = call(
        """{ shopifyPaymentsAccount {
          payouts(first: 5) { nodes { status net { amount } summary { chargesFee { amount } } } }
          balanceTransactions(first: 5) { nodes { type net { amount } associatedOrder { name }
            associatedPayout { status } } } } }"""
    )["shopifyPaymentsAccount"]

    # 115 less 15, less 2.9 % of 115 (3.34)
    assert told["payouts"]["nodes"] == [
        {
            "status": "PAID",
            "net": {"amount": "96.66"},
            "summary": {"chargesFee": {"amount": "3.34"}},
        }
    ]
    assert [one["type"] for one in told["balanceTransactions"]["nodes"]] == ["CHARGE", "REFUND"]


def test_carts_price_lists_and_discounts_are_read(shop, call):
    shop.abandon([Item(sku="A", quantity=2)])
    shop.price_list("Gulf", "AED", {"A": Decimal(9)})
    shop.discount("WELCOME")

    told = call(
        """{ abandonedCheckouts(first: 5) { nodes { totalPriceSet { shopMoney { amount } }
            lineItems(first: 5) { nodes { sku quantity variant { sku } } } } }
          priceLists(first: 5) { nodes { currency prices(first: 5) { nodes {
            price { amount } variant { sku } } } } }
          discountNodes(first: 5, query: "code:WELCOME") { nodes { discount {
            ... on DiscountCodeBasic { title codes(first: 5) { nodes { code } } } } } } }"""
    )

    assert told["abandonedCheckouts"]["nodes"][0]["totalPriceSet"]["shopMoney"]["amount"] == "66.66"
    assert told["priceLists"]["nodes"][0]["prices"]["nodes"] == [
        {"price": {"amount": "9.0"}, "variant": {"sku": "A"}}
    ]
    assert told["discountNodes"]["nodes"][0]["discount"]["codes"]["nodes"] == [{"code": "WELCOME"}]


def test_notes_and_tags_are_written_by_the_hub(shop, call):
    number = shop.order(items=[Item(sku="B")], tags=["vip"])
    update = """mutation($i: OrderInput!) { orderUpdate(input: $i) {
        order { note tags } userErrors { message } } }"""
    add = (
        """mutation($id: ID!) { tagsAdd(id: $id, tags: ["in-odoo"]) { userErrors { message } } }"""
    )

    call(add, id=gid("Order", number))
    told = call(update, i={"id": gid("Order", number), "note": "SO001"})["orderUpdate"]["order"]

    assert told == {"note": "SO001", "tags": ["in-odoo", "vip"]}
    with pytest.raises(Refused):
        call(update, i={"id": gid("Order", number), "name": "x"})
