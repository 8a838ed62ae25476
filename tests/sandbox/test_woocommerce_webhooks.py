"""Webhooks of the stand-in shop: late, once for many changes, never again."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator

import pytest

from qantara.sandbox.woocommerce import WooCommerceStandIn
from tests.sandbox.woo import Client, Heard, listener

PATIENCE = 60


@pytest.fixture
def shop() -> Iterator[WooCommerceStandIn]:
    with WooCommerceStandIn(deliveries="manual") as stand:
        yield stand


@pytest.fixture
def web() -> Iterator[Heard]:
    with listener() as heard:
        yield heard


def _subscribe(shop: WooCommerceStandIn, web: Heard, topic: str = "order.updated") -> int:
    url = f"{web.url}/hear"
    made = shop.add("webhooks", topic=topic, delivery_url=url, secret="hush")
    return int(made["id"])


def test_a_new_webhook_pings_unsigned_with_a_form(shop: WooCommerceStandIn, web: Heard) -> None:
    number = _subscribe(shop, web)
    shop.deliver()
    (path, headers, body), *more = web.calls
    assert (path, body, more) == ("/hear", f"webhook_id={number}".encode(), [])
    assert "X-WC-Webhook-Signature" not in headers


def test_many_changes_are_one_delivery_of_what_is_there_then(
    shop: WooCommerceStandIn, web: Heard
) -> None:
    _subscribe(shop, web)
    order = shop.order(status="pending")
    for status in ("processing", "completed"):
        shop.edit(f"orders/{order['id']}", status=status)
    shop.deliver()
    _, headers, body = web.calls[-1]
    assert len(web.calls) == 2  # the ping, and one for three changes
    assert json.loads(body)["status"] == "completed"
    digest = hmac.new(b"hush", body, hashlib.sha256).digest()
    assert headers["X-WC-Webhook-Signature"] == base64.b64encode(digest).decode()
    assert headers["X-WC-Webhook-Topic"] == "order.updated"


def test_what_is_gone_by_then_is_told_as_an_error(shop: WooCommerceStandIn, web: Heard) -> None:
    _subscribe(shop, web)
    _subscribe(shop, web, "order.deleted")
    number = shop.order()["id"]
    shop.delete(f"orders/{number}", force=False)
    shop.delete(f"orders/{number}")
    shop.deliver()
    bodies = [json.loads(body) for _, _, body in web.calls[2:]]
    assert bodies[0]["code"] == "woocommerce_rest_shop_order_invalid_id"
    assert bodies[1] == {"id": number}


def test_a_failed_delivery_is_lost_and_pinged_after(shop: WooCommerceStandIn, web: Heard) -> None:
    _subscribe(shop, web)
    shop.deliver()
    web.status = 500
    shop.order()
    shop.deliver()
    assert [each.topic for each in shop.deliveries] == ["", "order.updated", ""]
    web.status = 200
    assert list(shop.deliver()) == []


def test_what_is_deleted_for_good_is_told_to_nobody(shop: WooCommerceStandIn, web: Heard) -> None:
    for topic in ("order.deleted", "product.deleted", "coupon.deleted"):
        _subscribe(shop, web, topic)
    product, order = shop.add("products", name="p")["id"], shop.order()["id"]
    shop.deliver()
    shop.delete(f"products/{product}")
    shop.delete(f"orders/{order}")
    assert list(shop.deliver()) == []
    thrown = shop.add("products", name="q")["id"]
    shop.delete(f"products/{thrown}", force=False)
    told = [(each.topic, each.resource) for each in shop.deliver()]
    assert told == [("product.deleted", thrown), ("coupon.deleted", thrown)]


def test_the_seventh_failure_in_a_row_disables_it(shop: WooCommerceStandIn, web: Heard) -> None:
    number, client = _subscribe(shop, web), Client(shop)
    web.status = 503
    for _ in range(7):
        assert client.get(f"webhooks/{number}")["status"] == "active"
        shop.order()
        shop.deliver()
    assert client.get(f"webhooks/{number}")["status"] == "disabled"
    shop.order()
    assert list(shop.deliver()) == []
    web.status = 200
    client.put(f"webhooks/{number}", {"status": "active"})
    shop.order()
    assert [each.topic for each in shop.deliver()] == ["", "order.updated"]


def test_a_stock_change_by_an_order_tells_of_the_product(
    shop: WooCommerceStandIn, web: Heard
) -> None:
    shop.add("products", name="p", regular_price="1", manage_stock=True, stock_quantity=5)
    _subscribe(shop, web, "product.updated")
    shop.order((10, 2))
    sent = [each for each in shop.deliver() if each.topic]
    assert [json.loads(each.body)["stock_quantity"] for each in sent] == [3]


def test_a_webhook_can_be_lost(shop: WooCommerceStandIn, web: Heard) -> None:
    _subscribe(shop, web)
    shop.deliver()
    shop.fault("webhook_lost", model="order", method="webhook")
    shop.order()
    assert list(shop.deliver()) == []


def test_by_itself_the_shop_delivers_soon(web: Heard) -> None:
    with WooCommerceStandIn() as stand:
        _subscribe(stand, web)
        Client(stand).post("orders", {})
        end = time.monotonic() + PATIENCE
        while len(web.calls) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        assert len(web.calls) == 2


def test_a_wrong_topic_or_address_is_refused(shop: WooCommerceStandIn) -> None:
    client, url = Client(shop), "http://127.0.0.1:9/"
    for body, code in (
        ({"topic": "order.published", "delivery_url": url}, "invalid_topic"),
        ({"topic": "order.created", "delivery_url": "ftp://x"}, "invalid_delivery_url"),
    ):
        assert client.post("webhooks", body)["code"] == f"woocommerce_rest_shop_webhook_{code}"
