"""Webhooks: signed, tried again, given up; and what faults make of them."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from qantara.sandbox.shopify import Item, ShopifyStandIn
from tests.sandbox.shopify_calls import SET, Caller, made, product

CREATE = """mutation($t: WebhookSubscriptionTopic!, $w: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $t, webhookSubscription: $w) {
    webhookSubscription { id topic uri apiVersion { handle } } userErrors { message field } } }"""
PATIENCE = 30


@dataclass
class Ear:
    """Somebody who listens; `status` is what it answers."""

    status: int = 200
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def topics(self):
        return [headers["x-shopify-topic"] for headers, _ in self.heard]


class Server(http.server.ThreadingHTTPServer):
    """A shop calls often at once."""

    request_queue_size = 256


@pytest.fixture
def ear() -> Iterator[Ear]:
    listener = Ear()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.heard.append(
                ({key.lower(): value for key, value in self.headers.items()}, body)
            )
            self.send_response(listener.status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    listener.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield listener
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def shop() -> Iterator[ShopifyStandIn]:
    with ShopifyStandIn(webhook_seconds=PATIENCE) as stand:
        yield stand


def subscribe(shop, ear, topic="ORDERS_CREATE", **more):
    told = Caller(shop)(CREATE, t=topic, w={"uri": ear.url, **more})["webhookSubscriptionCreate"]
    assert told["userErrors"] == []
    return told["webhookSubscription"]["id"]


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def settled(shop, tries):
    until(lambda: len(shop.postman.attempts) >= tries and not shop.postman.busy)


def test_a_webhook_is_signed_and_says_where_it_comes_from(shop, ear):
    subscribe(shop, ear, name="orders")
    number = shop.order(items=[Item(title="Lamp")], email="sara@example.com")
    until(lambda: ear.heard)

    headers, body = ear.heard[0]
    right = hmac.new(shop.secret.encode(), body, hashlib.sha256).digest()
    assert headers["x-shopify-hmac-sha256"] == base64.b64encode(right).decode()
    assert headers["x-shopify-topic"] == "orders/create"
    assert headers["x-shopify-shop-domain"] == "nile-store.myshopify.com"
    assert headers["x-shopify-api-version"] == "2026-10"
    assert headers["x-shopify-name"] == "orders"
    told = json.loads(body)
    assert (told["id"], told["email"]) == (int(number), "sara@example.com")
    assert told["admin_graphql_api_id"] == f"gid://shopify/Order/{number}"


def test_everything_that_happens_has_its_topic(shop, ear):
    topics = (
        *("PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE", "INVENTORY_LEVELS_UPDATE"),
        *("ORDERS_CREATE", "ORDERS_PAID", "ORDERS_UPDATED", "ORDERS_CANCELLED", "REFUNDS_CREATE"),
        *("FULFILLMENTS_CREATE", "CUSTOMERS_CREATE", "ORDERS_EDITED", "RETURNS_APPROVE"),
    )
    for topic in topics:
        subscribe(shop, ear, topic)

    made(shop, "Lamp", "A", stock=5)
    shop.customer(email="a@example.com")
    sent, gone = (shop.order(items=[Item(sku="A", quantity=2)]) for _ in range(2))
    shop.edit(sent, quantities={"A": 1})
    shop.fulfill(sent)
    shop.start_return(sent, {"A": 1})
    shop.cancel(gone)
    shop.change("Product", shop.ids("Product")[0], title="Lamp 2")
    shop.ask(
        "mutation($i: ProductDeleteInput!) { productDelete(input: $i) { deletedProductId } }",
        {"i": {"id": f"gid://shopify/Product/{shop.ids('Product')[0]}"}},
    )

    names = {topic.lower().replace("_", "/", 1) for topic in topics}
    names = (names - {"inventory/levels_update"}) | {"inventory_levels/update"}
    until(lambda: not names - set(ear.topics()))
    level = next(body for head, body in ear.heard if "inventory" in head["x-shopify-topic"])
    assert json.loads(level).keys() >= {"inventory_item_id", "location_id", "available"}


def test_a_failed_delivery_is_tried_eight_times_more_and_then_the_subscription_is_gone(shop, ear):
    ear.status = 500
    subscribe(shop, ear)
    shop.order(items=[Item(title="Lamp")])

    for tries in range(1, 10):
        settled(shop, tries)
        shop.advance(7000)

    until(lambda: shop.rows("WebhookSubscription") == [])
    bodies = {body for _, body in ear.heard}
    ids = {headers["x-shopify-webhook-id"] for headers, _ in ear.heard}
    assert (len(ear.heard), len(bodies), len(ids)) == (9, 1, 1)


def test_a_retry_tells_the_original_story(shop, ear):
    ear.status = 503
    subscribe(shop, ear)
    number = shop.order(items=[Item(title="Lamp")], note="first")
    settled(shop, 1)
    shop.change("Order", number, note="second")
    ear.status = 200

    shop.advance(61)

    settled(shop, 2)
    assert [json.loads(body)["note"] for _, body in ear.heard] == ["first", "first"]
    assert len(shop.rows("WebhookSubscription")) == 1


def test_one_event_has_one_id_for_several_subscriptions(shop, ear):
    subscribe(shop, ear)
    other = Ear(url=f"{ear.url}/other")
    subscribe(shop, other)

    shop.order(items=[Item(title="Lamp")])

    until(lambda: len(ear.heard) == 2)
    assert len({headers["x-shopify-event-id"] for headers, _ in ear.heard}) == 1
    assert len({headers["x-shopify-webhook-id"] for headers, _ in ear.heard}) == 2


def test_faults_lose_double_and_delay_webhooks(shop, ear):
    subscribe(shop, ear)
    shop.fault("webhook_lost", model="webhook", method="orders/create")
    shop.fault("webhook_twice", model="webhook", method="orders/create")
    shop.fault("webhook_late", model="webhook", method="orders/create", seconds=600)
    numbers = [shop.order(items=[Item(title="Lamp")]) for _ in range(3)]

    def heard():
        return [str(json.loads(body)["id"]) for _, body in ear.heard]

    until(lambda: len(ear.heard) == 2)
    assert heard() == [numbers[1], numbers[1]]
    assert len({headers["x-shopify-webhook-id"] for headers, _ in ear.heard}) == 1
    shop.advance(601)
    until(lambda: len(ear.heard) == 3)
    assert heard()[2] == numbers[2]


def test_subscriptions_are_listed_changed_and_ended(shop, ear):
    call = Caller(shop)
    key = subscribe(shop, ear, "ORDERS_UPDATED")
    change = """mutation($id: ID!, $w: WebhookSubscriptionInput!) {
      webhookSubscriptionUpdate(id: $id, webhookSubscription: $w) { webhookSubscription { uri } } }"""
    listing = """{ webhookSubscriptions(first: 5, topics: [ORDERS_UPDATED]) {
      nodes { id topic uri format } } }"""
    end = (
        "mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId } }"
    )

    twin = call(CREATE, t="ORDERS_UPDATED", w={"uri": ear.url})["webhookSubscriptionCreate"]
    assert "already been taken" in twin["userErrors"][0]["message"]
    call(change, id=key, w={"uri": f"{ear.url}/new"})
    assert call(listing)["webhookSubscriptions"]["nodes"] == [
        {"id": key, "topic": "ORDERS_UPDATED", "uri": f"{ear.url}/new", "format": "JSON"}
    ]
    call(end, id=key)
    assert call(listing)["webhookSubscriptions"]["nodes"] == []


@pytest.mark.parametrize("uri", ["", "http://hub.example.com/hook", "ftp://hub.example.com"])
def test_addresses_are_https_or_on_this_machine(shop, uri):
    told = Caller(shop)(CREATE, t="ORDERS_CREATE", w={"uri": uri})["webhookSubscriptionCreate"]

    assert told["userErrors"][0]["field"] == ["webhookSubscription", "uri"]


def test_a_topic_needs_the_scope_of_what_it_tells(shop, ear):
    shop.deny("read_customers")

    told = Caller(shop)(CREATE, t="CUSTOMERS_CREATE", w={"uri": ear.url})

    assert "permission" in told["webhookSubscriptionCreate"]["userErrors"][0]["message"]


def test_only_the_fields_that_were_asked_for_are_sent(shop, ear):
    subscribe(shop, ear, "PRODUCTS_CREATE", includeFields=["id", "title"])

    Caller(shop)(SET, input=product("Lamp", "A"))

    until(lambda: ear.heard)
    assert json.loads(ear.heard[0][1]).keys() == {"id", "title"}
