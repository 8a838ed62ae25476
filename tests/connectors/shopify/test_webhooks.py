"""What Shopify rings about, and how its signature is checked."""

import base64
import hashlib
import hmac
import json

import pytest

from qantara.connectors.base import Delivery
from qantara.connectors.shopify.connector import Shopify
from qantara.connectors.shopify.webhooks import TOPICS, watch
from qantara.transport import Rejected
from qantara.transport.signing import Refused, Shown, scheme
from tests.connectors.shopify.scripted import speaking

HEADERS = {"x-shopify-event-id": "e-1", "x-shopify-webhook-id": "w-1"}
ADDRESS = "https://hub.example/hooks/shop"


def heard(topic, **told):
    headers = {**HEADERS, "x-shopify-topic": topic}
    delivery = Delivery(headers=headers, body=json.dumps(told).encode())
    return [(one.entity, one.external_id, one.event_key) for one in Shopify.hear(delivery)]


def test_an_order_also_tells_of_who_ordered():
    assert heard("orders/create", id=7, customer={"id": 5}, email="a@b.c") == [
        ("store_order", "7", "store_order:7:e-1"),
        ("partner", "5", "partner:5:e-1"),
    ]
    assert heard("orders/updated", id=7, email="A@b.c")[1][:2] == ("partner", "guest:a@b.c")
    assert heard("orders/paid", id=7) == [("store_order", "7", "store_order:7:e-1")]


@pytest.mark.parametrize(
    ("topic", "told", "events"),
    [
        ("products/delete", {"id": 1}, [("product", "1")]),
        ("collections/update", {"id": 1}, [("category", "1")]),
        ("customers/update", {"id": 1}, [("partner", "1")]),
        ("locations/create", {"id": 1}, [("warehouse", "1")]),
        ("refunds/create", {"id": 2, "order_id": 1}, [("store_order", "1"), ("refund", "1/2")]),
        (
            "fulfillments/create",
            {"id": 2, "order_id": 1},
            [("shipment", "2"), ("store_order", "1")],
        ),
        (
            "inventory_levels/update",
            {"inventory_item_id": 1, "location_id": 2, "available": 3},
            [("stock_level", "")],
        ),
    ],
)
def test_each_message_names_its_records(topic, told, events):
    assert [one[:2] for one in heard(topic, **told)] == events


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("moon/full", b'{"id": 1}'),
        ("orders/create", b"<html>"),
        ("orders/create", b"[]"),
        ("orders/create", b"{}"),
        ("orders/create", b'{"id": "x"}'),
        ("refunds/create", b'{"id": 2}'),
    ],
)
def test_nonsense_is_refused(topic, body):
    with pytest.raises(Rejected) as refused:
        Shopify.hear(Delivery(headers={"x-shopify-topic": topic}, body=body))

    assert refused.value.remedy


def test_the_signature_is_over_the_very_bytes_and_two_secrets_hold():
    body = '{"note":"مرحبا"}'.encode()
    signed = base64.b64encode(hmac.digest(b"old", body, hashlib.sha256)).decode()
    check = scheme(Shopify.manifest.webhook).check

    check(Shown(headers={"x-shopify-hmac-sha256": signed}, body=body), ["new", "old"], 0)
    with pytest.raises(Refused):
        check(Shown(headers={"x-shopify-hmac-sha256": signed}, body=body + b" "), ["old"], 0)
    with pytest.raises(Refused):
        check(Shown(headers={"x-shopify-hmac-sha256": signed}, body=body), ["new"], 0)


def listing(*nodes):
    found = {"nodes": list(nodes), "pageInfo": {"hasNextPage": False, "endCursor": None}}
    return {"data": {"webhookSubscriptions": found}}


def subscription(one, topic, uri=ADDRESS):
    return {"id": f"gid://shopify/WebhookSubscription/{one}", "topic": topic, "uri": uri}


async def test_the_watchdog_makes_again_what_shopify_deleted():
    done: dict = {"data": {"result": {"userErrors": []}}}
    present, moved, _ = TOPICS["product"]
    there = listing(
        subscription(1, present),
        subscription(2, moved, "https://old.example/hooks/shop"),
        subscription(3, "PRODUCTS_DELETE", "https://other.example/x"),
    )
    async with speaking(there, done) as (shop, client):
        found = await watch(client, ["product"], ADDRESS)

    _, update, create = shop.asked
    assert update["variables"]["id"].endswith("/2")
    assert create["variables"]["topic"] == "PRODUCTS_DELETE"
    assert create["variables"]["subscription"] == {"uri": ADDRESS, "format": "JSON"}
    assert [one.level for one in found] == ["warning", "warning"]


async def test_a_shop_in_order_is_left_alone():
    there = listing(*(subscription(n, topic) for n, topic in enumerate(TOPICS["refund"])))
    async with speaking(there) as (shop, client):
        assert await watch(client, ["refund"], ADDRESS) == []

    assert len(shop.asked) == 1
