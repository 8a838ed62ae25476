"""Webhooks are made, woken and heard; each only says where to look."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from qantara.connectors.base import Delivery, Event
from qantara.connectors.woocommerce.connector import WooCommerce
from qantara.connectors.woocommerce.webhooks import topics
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage.vault import WebhookSecret
from qantara.transport import Rejected, Unsupported
from qantara.transport.signing import Refused, Shown
from qantara.web.sources import Known, source
from tests.connectors.woocommerce.entering import entered

ADDRESS = "https://hub.example.com/hooks/shop"
ENTITIES = ("store_order", "product")
NOW = 0.0
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def heard(topic: str, told: Any) -> list[Event]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return list(WooCommerce.hear(Delivery(headers={}, body=body, topic=topic)))


def told(events: list[Event]) -> set[tuple[str, str]]:
    return {(one.entity, one.external_id) for one in events}


async def test_missing_webhooks_are_made_and_the_first_time_is_no_news(shop: WooCommerceStandIn):
    async with entered(shop, secret="bell") as connector:
        first = await connector.subscribe(ENTITIES, ADDRESS)
        second = await connector.subscribe(ENTITIES, ADDRESS)
        gone = shop.rows("webhooks")[0]
        shop.delete(f"webhooks/{gone['id']}")
        third = await connector.subscribe(ENTITIES, ADDRESS)

    assert (list(first), list(second)) == ([], [])
    assert [gone["topic"] in finding.what for finding in third] == [True]
    assert {row["topic"] for row in shop.rows("webhooks")} == set(topics(ENTITIES))


async def test_webhooks_that_sleep_or_lead_astray_are_mended_and_told_of(shop: WooCommerceStandIn):
    async with entered(shop, secret="bell") as connector:
        await connector.subscribe(ENTITIES, ADDRESS)
        asleep, astray = shop.rows("webhooks")[:2]
        shop.edit(f"webhooks/{asleep['id']}", status="disabled")
        shop.edit(f"webhooks/{astray['id']}", delivery_url="https://old.example.com/")
        findings = await connector.subscribe(ENTITIES, ADDRESS)

    assert {finding.level for finding in findings} == {"warning"}
    assert sorted("asleep" in f.what or "sleep" in f.what for f in findings) == [False, True]
    rows = shop.rows("webhooks")
    assert {(row["status"], row["delivery_url"]) for row in rows} == {("active", ADDRESS)}
    assert len(rows) == len(topics(ENTITIES))


async def test_a_new_secret_reaches_the_store(shop: WooCommerceStandIn):
    async with entered(shop, secret="old") as connector:
        await connector.subscribe(["product"], ADDRESS)
    async with entered(shop, secret="new") as connector:
        findings = await connector.subscribe(["product"], ADDRESS)

    assert {"secret" in finding.what for finding in findings} == {True}
    assert all("new" not in row["name"].split("#")[0] for row in shop.rows("webhooks"))


async def test_without_a_secret_it_is_said_how_to_make_one(shop: WooCommerceStandIn):
    async with entered(shop) as connector:
        (finding,) = await connector.subscribe(ENTITIES, ADDRESS)
        with pytest.raises(Unsupported):
            await connector.subscribe(ENTITIES, "")

    assert "qantara webhooks rotate shop" in finding.remedy
    assert shop.rows("webhooks") == []


def test_what_the_store_sends_passes_the_entrance(shop: WooCommerceStandIn):
    """Its deliveries by their signature; its unsigned greeting by its words."""
    shop.add("webhooks", topic="product.created", delivery_url="http://127.0.0.1:9/", secret="bell")
    shop.add("products", name="قميص")
    shop.deliver()
    (greeting,) = {one.body for one in shop.deliveries if not one.topic}
    deliveries = [one for one in shop.deliveries if one.topic]
    secret = WebhookSecret(secret="bell", since=SINCE, expires_at=None)
    entrance = source("shop", WooCommerce, [secret])

    assert deliveries
    for one in deliveries:
        headers = {name.lower(): value for name, value in one.headers.items()}
        entrance.scheme.check(Shown(headers=headers, body=one.body), ["bell"], NOW)
        with pytest.raises(Refused):
            entrance.scheme.check(Shown(headers=headers, body=one.body), ["other"], NOW)
        assert told(heard(headers[entrance.topic], one.body)) == {
            ("product", str(json.loads(one.body)["id"])),
            ("stock_level", f"{json.loads(one.body)['id']}@store"),
        }
    assert re.fullmatch(rb"webhook_id=\d+", greeting)
    assert Known(by_name={"shop": entrance}).greets(greeting)


def test_an_order_tells_its_customer_and_its_refunds():
    order = {
        "id": 26,
        "status": "processing",
        "customer_id": 0,
        "billing": {"email": "Mona@Example.com"},
        "refunds": [{"id": 28}],
    }

    assert told(heard("order.updated", order)) == {
        ("store_order", "26"),
        ("partner", "guest:mona@example.com"),
        ("refund", "26/28"),
    }


def test_a_variation_tells_its_product():
    assert told(heard("product.updated", {"id": 13, "type": "variation", "parent_id": 12})) == {
        ("product", "12"),
        ("stock_level", "13@store"),
    }


def test_a_deletion_tells_no_more_than_an_id():
    assert told(heard("order.deleted", {"id": 26})) == {("store_order", "26")}


def test_what_is_gone_meanwhile_is_worth_asking_for():
    gone = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID."}

    assert told(heard("order.updated", gone)) == {("store_order", ""), ("refund", "")}


def test_a_coupon_concerns_nobody_and_nonsense_is_refused():
    assert heard("coupon.updated", {"id": 1}) == []
    for nonsense in (b"[", b"[]", b"7"):
        with pytest.raises(Rejected):
            heard("order.updated", nonsense)
