"""What Shopify's webhooks tell, and that their subscriptions are there."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from qantara.connectors.base import Delivery, Event, Finding
from qantara.connectors.shopify.client import Client
from qantara.connectors.shopify.mapping.partner import guest_id
from qantara.connectors.shopify.mapping.refund import refund_id
from qantara.transport import Rejected, exactjson

Told = Mapping[str, Any]
Named = Iterator[tuple[str, str]]
"""Entity and id; no id where the message does not name the record."""

TOPICS: Mapping[str, tuple[str, ...]] = {
    "category": ("COLLECTIONS_CREATE", "COLLECTIONS_UPDATE", "COLLECTIONS_DELETE"),
    "product": ("PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE"),
    "partner": ("CUSTOMERS_CREATE", "CUSTOMERS_UPDATE", "CUSTOMERS_DELETE"),
    "store_order": ("ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_CANCELLED", "ORDERS_PAID"),
    "refund": ("REFUNDS_CREATE",),
    "warehouse": ("LOCATIONS_CREATE", "LOCATIONS_UPDATE", "LOCATIONS_DELETE"),
    "stock_level": ("INVENTORY_LEVELS_UPDATE", "INVENTORY_LEVELS_CONNECT"),
    "shipment": ("FULFILLMENTS_CREATE", "FULFILLMENTS_UPDATE"),
}
"""Which topics are subscribed for an entity."""


def heard(delivery: Delivery) -> list[Event]:
    """The records that a message is about. Raises Rejected for what is none of Shopify's."""
    topic = delivery.headers.get("x-shopify-topic", "") or delivery.topic
    family = topic.partition("/")[0].lower()
    if family not in _FAMILIES:
        raise Rejected(
            f"Shopify sent a message about {topic!r}, which is not asked for.",
            remedy="Remove that subscription in Shopify.",
        )
    try:
        told = exactjson.decode(delivery.body)
        named = list(_FAMILIES[family](told))
    except (exactjson.NotJson, LookupError, TypeError, ValueError, AttributeError) as error:
        raise Rejected(
            f"This is not what Shopify sends about {topic}.",
            remedy="Let Shopify send its own message, as JSON and with all fields.",
        ) from error
    stamp = delivery.headers.get("x-shopify-event-id") or delivery.headers.get(
        "x-shopify-webhook-id", ""
    )
    return [
        Event(
            topic=topic,
            event_key=stamp and f"{entity}:{one}:{stamp}",
            entity=entity,
            external_id=one,
        )
        for entity, one in named
    ]


async def watch(client: Client, entities: Collection[str], address: str) -> Sequence[Finding]:
    """Subscribe what is not subscribed, and turn to `address` what rings elsewhere at this hub."""
    there: dict[str, list[Mapping[str, Any]]] = {}
    async for nodes in client.pages("webhooks", "webhookSubscriptions"):
        for node in nodes:
            there.setdefault(node["topic"], []).append(node)
    wanted = dict.fromkeys(topic for entity in sorted(entities) for topic in TOPICS.get(entity, ()))
    found: list[Finding] = []
    for topic in wanted:
        if any(one["uri"] == address for one in there.get(topic, ())):
            continue
        found.append(await _restore(client, topic, there.get(topic, ()), address))
    return found


async def _restore(
    client: Client, topic: str, there: Sequence[Mapping[str, Any]], address: str
) -> Finding:
    subscription = {"uri": address, "format": "JSON"}
    moved = next((one for one in there if _same_hook(one["uri"], address)), None)
    if moved:
        await client.do("webhook_update", id=moved["id"], subscription=subscription)
        what = f"The webhook {topic} rang at another address; it rings here again."
    else:
        await client.do("webhook_create", topic=topic, subscription=subscription)
        what = f"The webhook {topic} was not subscribed in Shopify; it is now."
    return Finding(
        level="warning",
        what=what,
        remedy="Shopify deletes a subscription after eight failures: see that the hub is reachable.",
    )


def _same_hook(uri: str, address: str) -> bool:
    """Whether an address is this connection's at another host."""
    path = urlsplit(address).path
    return bool(path.strip("/")) and urlsplit(uri).path == path


def _id(told: Told) -> str:
    return str(int(told["id"]))


def _own(entity: str) -> Callable[[Told], Named]:
    def named(told: Told) -> Named:
        yield entity, _id(told)

    return named


def _order(told: Told) -> Named:
    """The order, and who ordered."""
    yield "store_order", _id(told)
    customer = told.get("customer") or {}
    if customer.get("id"):
        yield "partner", str(int(customer["id"]))
    elif told.get("email"):
        yield "partner", guest_id({"email": told["email"], "id": _id(told)})


def _refund(told: Told) -> Named:
    order = str(int(told["order_id"]))
    yield "store_order", order
    yield "refund", refund_id(order, _id(told))


def _fulfillment(told: Told) -> Named:
    yield "shipment", _id(told)
    yield "store_order", str(int(told["order_id"]))


def _level(told: Told) -> Named:
    """It names the stock item, not the variant: the levels are asked for by time."""
    int(told["inventory_item_id"])
    yield "stock_level", ""


_FAMILIES: Mapping[str, Callable[[Told], Named]] = {
    "collections": _own("category"),
    "products": _own("product"),
    "customers": _own("partner"),
    "orders": _order,
    "refunds": _refund,
    "fulfillments": _fulfillment,
    "locations": _own("warehouse"),
    "inventory_levels": _level,
}
