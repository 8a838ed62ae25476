"""Webhooks: what they tell, and the watchdog that makes them, mends them and says so.

The store tells what a record is when it gets round to it, not what it was when it happened; of one
that is gone meanwhile it tells an error. It never tries again, and after six failures in a row it
tells nothing any more. So a webhook only says where to look.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.base import Delivery, Event, Finding
from qantara.connectors.woocommerce.client import Batch, Row
from qantara.connectors.woocommerce.mapping import order, refund, shipment, stock
from qantara.connectors.woocommerce.mapping.address import buyer
from qantara.connectors.woocommerce.mapping.values import text
from qantara.connectors.woocommerce.site import Site
from qantara.transport import Rejected, Unsupported, exactjson

SECRET = "webhook"  # noqa: S105 - the name of one
"""Among a connection's secrets: what webhooks are signed with."""

EVENTS = ("created", "updated", "deleted", "restored")
RESOURCES: Mapping[str, Sequence[str]] = {
    "product": ("product",),
    "stock_level": ("product",),
    "partner": ("customer", "order"),
    "store_order": ("order",),
    "refund": ("order",),
    "shipment": ("order",),
}
NEVER = frozenset({"customer.restored"})
"""Topics that WooCommerce does not know."""

ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a connection's webhooks are to be. Their names tell the secret without telling it."""

    connection: str
    address: str
    secret: str

    @property
    def prefix(self) -> str:
        """How the names of ours begin."""
        return f"Qantara {self.connection} "

    def body(self, topic: str) -> Row:
        """A webhook as the store takes it."""
        return {
            "name": self.name(topic),
            "topic": topic,
            "delivery_url": self.address,
            "secret": self.secret,
            "status": ACTIVE,
        }

    def name(self, topic: str) -> str:
        """Changes with the secret, which the store never tells."""
        sign = hashlib.sha256(self.secret.encode()).hexdigest()[:8]
        return f"{self.prefix}{topic} #{sign}"

    def mine(self, row: Row) -> bool:
        """Whether it is one of ours, also where its address was changed."""
        return (
            text(row.get("name")).startswith(self.prefix) or row.get("delivery_url") == self.address
        )


def hear(delivery: Delivery) -> list[Event]:
    """Where to look; nothing of topics that concern nobody here."""
    resource = delivery.topic.partition(".")[0]
    if resource not in _HEARD:
        return []
    try:
        told = exactjson.decode(delivery.body)
    except exactjson.NotJson:
        raise Rejected("The webhook's body is no JSON.") from None
    if not isinstance(told, Mapping):
        raise Rejected("The webhook tells no record.")
    if not isinstance(told.get("id"), int):
        return [Event(topic=delivery.topic, entity=entity) for entity in _ASKED[resource]]
    found = dict.fromkeys(_HEARD[resource](told))
    return [
        Event(topic=delivery.topic, entity=entity, external_id=id_) for entity, id_ in found if id_
    ]


async def watch(site: Site, entities: Collection[str], address: str) -> list[Finding]:
    """Make the webhooks that are missing, wake those that the store has put to sleep."""
    if not address or site.connection.settings.get("webhooks") == "no":
        raise Unsupported("The store is not asked to ring: its changes are found by asking.")
    name = site.connection.name
    secret = site.connection.secrets.get(SECRET, "")
    if not secret:
        return [
            Finding(
                level="warning",
                what=f"There is no secret that the webhooks of {name} could be signed with.",
                remedy=f"Make one: qantara webhooks rotate {name}. Then start Qantara again.",
            )
        ]
    wish = Wish(connection=name, address=address, secret=secret)
    rows = [row for row in await site.client.every("/webhooks") if wish.mine(row)]
    return await _mended(site, wish, rows, topics(entities))


def topics(entities: Collection[str]) -> list[str]:
    """What has to be heard for these entities."""
    resources = {one for entity in entities for one in RESOURCES.get(entity, ())}
    every = [f"{resource}.{event}" for resource in sorted(resources) for event in EVENTS]
    return [topic for topic in every if topic not in NEVER]


async def _mended(
    site: Site, wish: Wish, rows: Sequence[Row], wanted: Sequence[str]
) -> list[Finding]:
    """Nothing to say of the first time, when there are none at all."""
    said: list[Finding] = []
    create, update, delete = list[Row](), list[Row](), list[int]()
    for topic in wanted:
        there = sorted((row for row in rows if row["topic"] == topic), key=lambda row: row["id"])
        delete += [row["id"] for row in there[1:]]
        if not there:
            create.append(wish.body(topic))
            said += [_said(topic, "missing", "it was made")] if rows else []
        elif wrong := _wrong(there[0], wish):
            update.append({"id": there[0]["id"], **wish.body(topic)})
            said.append(_said(topic, wrong, "it was mended"))
    answer = await site.client.batch(
        "/webhooks", Batch(create=create, update=update, delete=delete), safe=not create
    )
    for row in (*answer["create"], *answer["update"]):
        if refused := site.client.refusal(row):
            said.append(
                Finding(
                    level="warning",
                    what=f"The store makes no webhook: {refused.error.reason}",
                    remedy=refused.error.remedy,
                )
            )
    return said


def _wrong(row: Row, wish: Wish) -> str:
    reasons = (
        ("put to sleep by the store, after deliveries that failed", row.get("status") != ACTIVE),
        ("led to another address", row.get("delivery_url") != wish.address),
        ("signed with another secret", row.get("name") != wish.name(row["topic"])),
    )
    return next((reason for reason, holds in reasons if holds), "")


def _said(topic: str, wrong: str, done: str) -> Finding:
    return Finding(
        level="warning",
        what=f"The webhook for {topic} was {wrong}; {done}.",
        remedy="What happened meanwhile is found by asking. See that the hub answers the store.",
    )


def _of_order(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    one = str(told["id"])
    yield "store_order", one
    if "customer_id" in told and order.is_order(told):
        yield "partner", buyer(told)
    for back in told.get("refunds") or ():
        yield "refund", refund.refund_id(one, back["id"])
    for mark in shipment.kept(told):
        yield "shipment", shipment.shipment_id(one, mark)


def _of_product(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    one, above = str(told["id"]), told.get("parent_id") or 0
    yield "product", str(above) if told.get("type") == "variation" and above else one
    for variant in told.get("variations") or [told["id"]]:
        yield "stock_level", stock.level_id(variant)


def _of_customer(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "partner", str(told["id"])


_HEARD: Mapping[str, Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]] = {
    "order": _of_order,
    "product": _of_product,
    "customer": _of_customer,
}
_ASKED: Mapping[str, Sequence[str]] = {
    "order": ("store_order", "refund"),
    "product": ("product", "stock_level"),
    "customer": ("partner",),
}
"""What is worth asking for when a webhook tells of a record that is gone."""
