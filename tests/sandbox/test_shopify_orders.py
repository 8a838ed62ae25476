"""What shoppers and staff do to orders, and what the API then says, to the last halala."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from qantara.sandbox.shopify import (
    CASH_ON_DELIVERY,
    GIFT_CARD,
    Carriage,
    Discount,
    Item,
    Payment,
    ShopifyStandIn,
    Tax,
)
from tests.sandbox.shopify_calls import VAT, Caller, Refused, made

SUMS = """query($id: ID!) { order(id: $id) {
  displayFinancialStatus displayFulfillmentStatus returnStatus cancelledAt cancelReason edited
  total: totalPriceSet { shopMoney { amount } presentmentMoney { amount currencyCode } }
  now: currentTotalPriceSet { shopMoney { amount } presentmentMoney { amount } }
  tax: totalTaxSet { shopMoney { amount } presentmentMoney { amount } }
  taxNow: currentTotalTaxSet { shopMoney { amount } }
  subtotal: subtotalPriceSet { shopMoney { amount } }
  off: totalDiscountsSet { shopMoney { amount } }
  shipping: totalShippingPriceSet { shopMoney { amount } }
  tip: totalTipReceivedSet { shopMoney { amount } }
  due: totalOutstandingSet { shopMoney { amount } }
  back: totalRefundedSet { shopMoney { amount } }
  taxLines { title ratePercentage priceSet { shopMoney { amount } } }
  lineItems(first: 9) { nodes { id sku title quantity currentQuantity unfulfilledQuantity isGiftCard
    originalTotalSet { shopMoney { amount } }
    taxLines { priceSet { shopMoney { amount } } }
    discountAllocations { allocatedAmountSet { shopMoney { amount } } } } }
  shippingLines(first: 2) { nodes { discountedPriceSet { shopMoney { amount } }
    taxLines { priceSet { shopMoney { amount } } } } }
  transactions(first: 9) { id kind status gateway amountSet { presentmentMoney { amount } } }
} }"""
REFUNDS = """query($id: ID!) { order(id: $id) { refunds(first: 5) { id note
  totalRefundedSet { shopMoney { amount } }
  refundLineItems(first: 5) { nodes { quantity restockType restocked lineItem { sku }
    subtotalSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } } } }
  refundShippingLines(first: 2) { nodes { subtotalAmountSet { shopMoney { amount } }
    taxAmountSet { shopMoney { amount } } } }
  orderAdjustments(first: 2) { nodes { reason amountSet { shopMoney { amount } } } }
  return { name status }
} } }"""


@pytest.fixture
def shop() -> Iterator[ShopifyStandIn]:
    with ShopifyStandIn(restore=100_000) as stand:
        made(stand, "Lamp", "A", price="33.33", stock=10)
        made(stand, "Chair", "B", price="100", stock=10)
        yield stand


@pytest.fixture
def call(shop):
    return Caller(shop)


def gid(kind, number):
    return f"gid://shopify/{kind}/{number}"


def read(call, number, query=SUMS):
    return call(query, id=gid("Order", number))["order"]


def plain(told, *names):
    return tuple(told[name]["shopMoney"]["amount"] for name in names)


def amounts(rows, *path):
    found = []
    for row in rows:
        value = row
        for name in path:
            value = value[name]
        found.append(value["shopMoney"]["amount"])
    return found


def test_tax_on_top_is_rounded_by_line_and_rate(shop, call):
    number = shop.order(items=[Item(sku="A", quantity=3), Item(sku="B")], taxes=VAT)

    told = read(call, number)

    # 3 x 33.33 = 99.99, 15 % = 15.00 (14.9985); 100, 15 % = 15
    assert plain(told, "subtotal", "tax", "total") == ("199.99", "30.0", "229.99")
    assert told["taxLines"] == [
        {"title": "VAT", "ratePercentage": 15.0, "priceSet": {"shopMoney": {"amount": "30.0"}}}
    ]


def test_tax_within_prices_is_part_of_them(shop, call):
    number = shop.order(
        items=[Item(sku="B", quantity=1)],
        shipping=Carriage(title="Post", price=Decimal("11.50")),
        taxes=VAT,
        taxes_included=True,
    )

    told = read(call, number)

    # 100 / 1.15: 13.04; 11.50 / 1.15: 1.50
    assert plain(told, "subtotal", "shipping", "tax", "total") == (
        "100.0",
        "11.5",
        "14.54",
        "111.5",
    )


def test_several_rates_are_each_their_own(shop, call):
    rates = [Tax(name="State", percent=Decimal("6.25")), Tax(name="City", percent=Decimal("2.5"))]
    number = shop.order(items=[Item(sku="A")], taxes=rates, taxes_included=True)

    told = read(call, number)

    # 33.33 * 6.25 / 108.75 = 1.9155; 33.33 * 2.5 / 108.75 = 0.7662
    assert [(one["title"], one["priceSet"]["shopMoney"]["amount"]) for one in told["taxLines"]] == [
        ("State", "1.92"),
        ("City", "0.77"),
    ]
    assert plain(told, "total") == ("33.33",)


def test_a_discount_of_the_order_is_shared_out_to_the_last_coin(shop, call):
    items = [Item(title=f"Thing {count}", price=Decimal(10), quantity=1) for count in range(3)]
    number = shop.order(
        items=items, discounts=[Discount(code="TEN", amount=Decimal(10))], taxes=VAT
    )

    told = read(call, number)

    shares = [
        amounts(line["discountAllocations"], "allocatedAmountSet")
        for line in told["lineItems"]["nodes"]
    ]
    assert shares == [["3.34"], ["3.33"], ["3.33"]]
    assert plain(told, "subtotal", "off") == ("20.0", "10.0")
    # 6.66 and twice 6.67, each 15 %: 1.00
    assert plain(told, "tax", "total") == ("3.0", "23.0")


def test_discounts_follow_each_other_and_may_mean_one_line_or_the_shipping(shop, call):
    number = shop.order(
        items=[Item(sku="A", quantity=3), Item(sku="B")],
        shipping=Carriage(title="Post", price=Decimal(20)),
        discounts=[
            Discount(title="Chairs", percent=Decimal(50), sku="B", automatic=True),
            Discount(code="ALL", percent=Decimal(10)),
            Discount(title="Free", percent=Decimal(100), on="shipping"),
        ],
        taxes=VAT,
    )

    told = read(call, number)

    # B: 100 - 50 = 50; then 10 % of 149.99 = 15.00, shared 10.00 and 5.00
    assert plain(told, "subtotal", "shipping", "off") == ("134.99", "0.0", "85.0")
    asked = """query($id: ID!) { order(id: $id) { discountCodes discountApplications(first: 5) {
        nodes { __typename index targetType allocationMethod } } } }"""
    found = read(call, number, asked)
    assert found["discountCodes"] == ["ALL"]
    assert [one["__typename"] for one in found["discountApplications"]["nodes"]] == [
        "AutomaticDiscountApplication",
        "DiscountCodeApplication",
        "ManualDiscountApplication",
    ]


@pytest.mark.parametrize(
    ("currency", "price", "total", "tax"),
    [
        ("KWD", "1.115", "1.282", "0.167"),
        ("JPY", "105", "121.0", "16.0"),
        ("SAR", "1.11", "1.28", "0.17"),
    ],
)
def test_currencies_have_their_own_decimals(currency, price, total, tax):
    with ShopifyStandIn(currency=currency) as shop:
        number = shop.order(items=[Item(title="Thing", price=Decimal(price))], taxes=VAT)

        assert plain(read(Caller(shop), number), "total", "tax") == (total, tax)


def test_a_shopper_pays_in_another_currency_than_the_shops(shop, call):
    number = shop.order(items=[Item(sku="B")], taxes=VAT, currency="USD", rate=Decimal("0.2666"))

    total = read(call, number)["total"]

    # 100 SAR are 26.66 USD, with 15 % 30.66; back at the rate 115.00
    assert total["presentmentMoney"] == {"amount": "30.66", "currencyCode": "USD"}
    assert total["shopMoney"] == {"amount": "115.0"}


def test_tips_and_gift_cards_bear_no_tax(shop, call):
    number = shop.order(
        items=[Item(title="Gift card", price=Decimal(50), gift_card=True), Item(sku="B")],
        taxes=VAT,
        tip=Decimal(7),
        payments=[Payment(gateway=GIFT_CARD, amount=Decimal(72)), Payment()],
    )

    told = read(call, number)

    assert plain(told, "subtotal", "tip", "tax", "total", "due") == (
        *("150.0", "7.0", "15.0", "172.0", "0.0"),
    )
    assert told["displayFinancialStatus"] == "PAID"
    assert [(one["title"], one["isGiftCard"]) for one in told["lineItems"]["nodes"]] == [
        ("Gift card", True),
        ("Chair", False),
        ("Tip", False),
    ]
    assert [one["gateway"] for one in told["transactions"]] == ["gift_card", "shopify_payments"]


def test_a_tip_that_is_no_line_is_in_the_total_all_the_same():
    with ShopifyStandIn(tips_as_lines=False) as shop:
        number = shop.order(items=[Item(title="Thing", price=Decimal(10))], tip=Decimal(2))
        told = read(Caller(shop), number)

    assert plain(told, "tip", "total") == ("2.0", "12.0")
    assert len(told["lineItems"]["nodes"]) == 1


def test_cash_on_delivery_is_pending_until_it_is_marked_as_paid(shop, call):
    payments = [Payment(gateway=CASH_ON_DELIVERY, status="PENDING")]
    number = shop.order(items=[Item(sku="B")], taxes=VAT, payments=payments)
    before = read(call, number)

    call(
        "mutation($i: OrderMarkAsPaidInput!) { orderMarkAsPaid(input: $i) { order { id } } }",
        i={"id": gid("Order", number)},
    )
    after = read(call, number)

    assert (before["displayFinancialStatus"], plain(before, "due")) == ("PENDING", ("115.0",))
    assert (after["displayFinancialStatus"], plain(after, "due")) == ("PAID", ("0.0",))
    assert [(one["gateway"], one["status"]) for one in after["transactions"]] == [
        (CASH_ON_DELIVERY, "PENDING"),
        (CASH_ON_DELIVERY, "SUCCESS"),
    ]


def test_an_authorization_is_captured_or_let_go(shop, call):
    hold = [Payment(kind="AUTHORIZATION")]
    one, other = (shop.order(items=[Item(sku="B")], payments=hold) for _ in range(2))

    shop.capture(one)
    shop.cancel(other)

    assert read(call, one)["displayFinancialStatus"] == "PAID"
    told = read(call, other)
    assert told["displayFinancialStatus"] == "VOIDED"
    assert [each["kind"] for each in told["transactions"]] == ["AUTHORIZATION", "VOID"]


def test_stock_is_promised_when_ordered_and_gone_when_sent(shop, call):
    number = shop.order(items=[Item(sku="A", quantity=3)])
    assert [shop.available("A", name=name) for name in ("available", "committed", "on_hand")] == [
        *(7, 3, 10),
    ]

    shop.fulfill(number, company="Aramex", number="T1", url="https://track.example/T1")

    assert [shop.available("A", name=name) for name in ("available", "committed", "on_hand")] == [
        *(7, 0, 7),
    ]
    assert read(call, number)["displayFulfillmentStatus"] == "FULFILLED"


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


def test_a_sale_at_the_counter_is_paid_and_taken_along(shop, call):
    number = shop.sell(items=[Item(sku="B")], taxes=VAT)

    asked = """query($id: ID!) { order(id: $id) { sourceName displayFinancialStatus
        displayFulfillmentStatus retailLocation { name } shippingAddress { id }
        transactions(first: 1) { gateway } } }"""
    assert read(call, number, asked) == {
        "sourceName": "pos",
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "FULFILLED",
        "retailLocation": {"name": "Main warehouse"},
        "shippingAddress": None,
        "transactions": [{"gateway": "cash"}],
    }
    assert shop.available("B", name="on_hand") == 9


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


def test_customers_are_found_by_their_address_and_by_changes(shop, call):
    home = {"address1": "Street 1", "city": "Riyadh", "countryCodeV2": "SA"}
    number = shop.customer(firstName="سارة", email="Sara@Example.com", addresses=[home])
    shop.order(items=[Item(sku="B")], customer=number)
    asked = """query($i: CustomerIdentifierInput!) { customerByIdentifier(identifier: $i) {
        displayName numberOfOrders defaultEmailAddress { emailAddress }
        defaultAddress { city countryCodeV2 } orders(first: 5) { nodes { name } } } }"""

    assert call(asked, i={"emailAddress": "sara@example.com"})["customerByIdentifier"] == {
        "displayName": "سارة",
        "numberOfOrders": "1",
        "defaultEmailAddress": {"emailAddress": "sara@example.com"},
        "defaultAddress": {"city": "Riyadh", "countryCodeV2": "SA"},
        "orders": {"nodes": [{"name": "#1001"}]},
    }


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
