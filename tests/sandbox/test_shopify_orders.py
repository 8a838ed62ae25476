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
from tests.sandbox.shopify_calls import VAT, Caller, made
from tests.sandbox.shopify_orders import amounts, gid, plain, read


@pytest.fixture
def shop() -> Iterator[ShopifyStandIn]:
    with ShopifyStandIn(restore=100_000) as stand:
        made(stand, "Lamp", "A", price="33.33", stock=10)
        made(stand, "Chair", "B", price="100", stock=10)
        yield stand


@pytest.fixture
def call(shop):
    return Caller(shop)


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
