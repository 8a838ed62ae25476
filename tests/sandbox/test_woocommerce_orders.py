"""Orders of the stand-in shop: their sums, their stock, their refunds, as on a real one."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from qantara.sandbox.woocommerce import WooCommerceStandIn
from tests.sandbox.woo import Client

RATES = {"country": "SA", "rate": "15", "name": "VAT"}


@pytest.fixture
def shop() -> Iterator[WooCommerceStandIn]:
    with WooCommerceStandIn() as stand:
        stand.add("taxes", **RATES)
        stand.add("products", name="Shirt", sku="S-1", regular_price="100", **_stock(10))
        yield stand


@pytest.fixture
def client(shop: WooCommerceStandIn) -> Client:
    return Client(shop)


def _stock(quantity: int) -> dict[str, Any]:
    return {"manage_stock": True, "stock_quantity": quantity}


def _sum(order: dict[str, Any]) -> Decimal:
    """What the lines and their taxes come to, as they are told."""
    lists = ("line_items", "shipping_lines", "fee_lines")
    lines = [line for name in lists for line in order[name]]
    return sum((Decimal(line["total"]) + Decimal(line["total_tax"]) for line in lines), Decimal(0))


def test_coupon_shipping_and_tax_come_to_what_the_real_shop_said(client: Client) -> None:
    client.post("coupons", {"code": "OFF10", "discount_type": "percent", "amount": "10"})
    shipping = {"method_id": "flat_rate", "method_title": "Flat", "total": "20.00"}
    lines = {"line_items": [{"product_id": 10, "quantity": 2}], "shipping_lines": [shipping]}
    order = client.post("orders", {**lines, "coupon_lines": [{"code": "off10"}]})
    named = ("discount_total", "discount_tax", "shipping_tax", "cart_tax", "total", "total_tax")
    assert [order[name] for name in named] == [
        *("20.00", "3.00", "3.00", "27.00", "230.00", "30.00")
    ]
    assert order["line_items"][0]["price"] == 90
    assert order["coupon_lines"][0]["discount"] == "20"


@pytest.mark.parametrize(
    ("options", "price", "total"),
    [
        # each total was told by a real shop of these settings
        ({"prices_include_tax": True}, "99.90", "299.70"),
        ({"prices_include_tax": False}, "99.90", "344.66"),
        ({"decimals": 3, "currency": "KWD", "prices_include_tax": True}, "1.235", "3.705"),
        ({"decimals": 0, "currency": "JPY"}, "333", "1149"),
    ],
)
def test_three_of_one_price_with_tax_in_it_or_on_it(
    options: dict[str, Any], price: str, total: str
) -> None:
    with WooCommerceStandIn(**options) as stand:
        stand.add("taxes", **RATES)
        stand.add("products", name="p", regular_price=price)
        order = stand.order((10, 3))
    assert order["total"] == total
    assert _sum(order) == Decimal(total)


def test_compound_and_plain_rates_are_told_line_by_line() -> None:
    with WooCommerceStandIn(prices_include_tax=True) as stand:
        stand.add("taxes", country="SA", rate="5", name="GST")
        stand.add("taxes", country="SA", rate="9.975", name="QST", priority=2, compound=True)
        stand.add("products", name="p", regular_price="57.49")
        order = stand.order((10, 2), shipping_cost="9.99", fees={"Gift": "5"})
    assert [line["label"] for line in order["tax_lines"]] == ["GST", "QST"]
    assert len(order["line_items"][0]["taxes"]) == 2
    assert _sum(order) == Decimal(order["total"])


def test_stock_goes_with_the_status_and_comes_back_with_it(
    shop: WooCommerceStandIn, client: Client
) -> None:
    order = client.post("orders", {"line_items": [{"product_id": 10, "quantity": 2}]})
    path = f"orders/{order['id']}"
    assert shop.stock(10) == 10
    for status, left in (("on-hold", 8), ("processing", 8), ("cancelled", 10), ("completed", 8)):
        client.put(path, {"status": status})
        assert shop.stock(10) == left, status
    client.delete(path)
    assert shop.stock(10) == 8


def test_more_may_be_sold_than_there_is(shop: WooCommerceStandIn, client: Client) -> None:
    client.post("orders", {"set_paid": True, "line_items": [{"product_id": 10, "quantity": 50}]})
    assert shop.stock(10) == -40


def test_cash_on_delivery_is_paid_when_the_order_is_complete(client: Client) -> None:
    lines = [{"product_id": 10}]
    order = client.post("orders", {"payment_method": "cod", "line_items": lines})
    told = client.put(f"orders/{order['id']}", {"status": "processing"})
    assert told["date_paid"] is None
    assert client.put(f"orders/{order['id']}", {"status": "completed"})["date_paid"]


def test_a_sku_wins_over_an_id_and_an_unknown_one_is_a_line_of_nothing(client: Client) -> None:
    client.post("products", {"name": "Mug", "sku": "M"})
    both = {"product_id": 11, "sku": "S-1"}
    unknown = {"product_id": 10, "sku": "x", "total": "5.00"}
    order = client.post("orders", {"line_items": [both, unknown]})
    lines = order["line_items"]
    assert (lines[0]["name"], lines[1]["product_id"], lines[1]["name"]) == ("Shirt", 0, "")


def test_the_same_order_twice_is_two_orders(client: Client) -> None:
    body = {"meta_data": [{"key": "hub_ref", "value": "1"}], "line_items": [{"product_id": 10}]}
    assert client.post("orders", body)["id"] != client.post("orders", body)["id"]
    found = client.get("orders", include_meta="hub_ref", _fields="id,meta_data")
    assert [each["meta_data"][0]["value"] for each in found] == ["1", "1"]


def test_a_wrong_coupon_refuses_the_order_and_leaves_a_draft(client: Client) -> None:
    body = {"line_items": [{"product_id": 10}], "coupon_lines": [{"code": "no"}]}
    refused = client.post("orders", body)
    draft = refused["data"]["new_draft_order_id"]
    assert (client.status, refused["code"]) == (400, "woocommerce_rest_invalid_coupon")
    assert client.get(f"orders/{draft}")["status"] == "checkout-draft"


def test_an_empty_email_is_no_email(client: Client) -> None:
    refused = client.post("orders", {"billing": {"email": ""}})
    assert refused["data"]["details"]["billing"]["code"] == "rest_invalid_email"


def test_an_update_of_a_missing_order_is_a_bad_request(client: Client) -> None:
    client.put("orders/999", {"status": "completed"})
    assert client.status == 400
    client.get("orders/999")
    assert client.status == 404


def test_a_refund_gives_back_money_goods_and_their_tax(
    shop: WooCommerceStandIn, client: Client
) -> None:
    order = shop.order((10, 2))
    line, rate = order["line_items"][0], order["tax_lines"][0]["rate_id"]
    part = {"id": line["id"], "quantity": 1, "refund_total": 100.0}
    part["refund_tax"] = [{"id": rate, "refund_total": 15.0}]
    body = {"api_refund": False, "amount": "115.00", "line_items": [part]}
    told = client.post(f"orders/{order['id']}/refunds", body)
    assert (told["amount"], told["line_items"][0]["quantity"]) == ("115.00", -1)
    assert told["line_items"][0]["total_tax"] == "-15.00"
    assert shop.stock(10) == 9
    told = client.get(f"orders/{order['id']}")
    assert (told["status"], told["refunds"][0]["total"]) == ("processing", "-115.00")


def test_refusals_of_refunds_are_permanent_errors_of_the_server(
    shop: WooCommerceStandIn, client: Client
) -> None:
    path = f"orders/{shop.order(10)['id']}/refunds"
    too_much = client.post(path, {"api_refund": False, "amount": "1000"})
    assert (client.status, too_much["data"]) == (500, 500)
    assert "gateway" in client.post(path, {"amount": "1"})["message"]
    assert client.status == 500


def test_all_given_back_makes_the_order_refunded(shop: WooCommerceStandIn) -> None:
    order = shop.order((10, 2), shipping_cost="20")
    assert shop.refund(order["id"], restock=False)["amount"] == order["total"]
    assert shop.row(f"orders/{order['id']}")["status"] == "refunded"
    assert shop.stock(10) == 8


def test_a_line_changed_later_keeps_its_old_total_and_takes_more_stock(
    shop: WooCommerceStandIn, client: Client
) -> None:
    order = shop.order((10, 2))
    line = {"id": order["line_items"][0]["id"], "quantity": 3}
    told = client.put(f"orders/{order['id']}", {"line_items": [line]})
    assert told["line_items"][0]["total"] == "200.00"
    assert shop.stock(10) == 7
    gone = {"id": line["id"], "product_id": None}
    assert client.put(f"orders/{order['id']}", {"line_items": [gone]})["line_items"] == []
    assert shop.stock(10) == 10


def test_orders_kept_as_posts_tell_of_a_deleted_product_when_trashed() -> None:
    topics = {}
    for hpos in (True, False):
        with WooCommerceStandIn(hpos=hpos, deliveries="manual") as stand:
            for topic in ("order.deleted", "product.deleted"):
                stand.add("webhooks", topic=topic, delivery_url="http://127.0.0.1:9/")
            number = stand.order()["id"]
            stand.delete(f"orders/{number}", force=False)
            topics[hpos] = {each.topic for each in stand.deliver() if each.resource == number}
    assert topics == {True: {"order.deleted"}, False: {"order.deleted", "product.deleted"}}
