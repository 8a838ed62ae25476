"""Webhooks as the API keeps them."""

from collections.abc import Mapping
from typing import ClassVar

from qantara.sandbox.woocommerce.calls import DATED, Call, Resource
from qantara.sandbox.woocommerce.product_fields import one_of
from qantara.sandbox.woocommerce.schema import STRING, Schema
from qantara.sandbox.woocommerce.wire import NotImitated, Refused, Row

SHARED = ("created", "updated", "deleted")
EVENTS: Mapping[str, tuple[str, ...]] = {
    "coupon": (*SHARED, "restored"),
    "customer": SHARED,
    "order": (*SHARED, "restored"),
    "product": (*SHARED, "restored", "published"),
}
STATUSES = ("active", "paused", "disabled")
SORTS = {
    "date": lambda row: row["created"],
    "id": lambda row: row["id"],
    "title": lambda row: row["name"],
}
HOOKS = {
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "product.created": ["woocommerce_new_product", "woocommerce_new_product_variation"],
    "product.updated": ["woocommerce_update_product", "woocommerce_update_product_variation"],
}


class Webhooks(Resource):
    """`/webhooks`. A secret goes in and is never told."""

    table = "webhooks"
    path = "webhooks"
    word = "shop_webhook"
    missing = "ID is invalid."
    schema: ClassVar[Schema] = {
        "name": STRING,
        "topic": STRING,
        "delivery_url": STRING,
        "secret": STRING,
        "status": one_of(*STATUSES),
    }
    listing: ClassVar[Schema] = {**DATED, "status": one_of("all", *STATUSES)}
    sorts = SORTS

    def matches(self, row: Row, asked: Row) -> bool:
        wanted = asked.get("status", "all")
        if asked.get("search") and asked["search"].lower() not in row["name"].lower():
            return False
        return wanted in ("all", row["status"])

    def tell(self, row: Row, call: Call) -> Row:
        resource, _, event = row["topic"].partition(".")
        return {
            **{name: row[name] for name in ("id", "name", "status", "topic", "delivery_url")},
            "resource": resource,
            "event": event,
            "hooks": HOOKS.get(row["topic"], []),
            **self.shop.clock.both("date_created", row["created"]),
            **self.shop.clock.both("date_modified", row["modified"]),
        }

    def make(self, given: Row, call: Call) -> Row:
        _check_topic(str(given.get("topic") or ""))
        _check_url(str(given.get("delivery_url") or ""))
        now = self.shop.clock.now()
        row: Row = {
            "name": f"Webhook created on {now:%b %d, %Y @ %I:%M %p}",
            "status": "active",
            "secret": "",
            "failures": 0,
            "created": now,
            "modified": None,
            "pending": True,
        }
        row.update(given)
        row["secret"] = row["secret"] or self.shop.key("")
        row["id"] = self.shop.next_id("webhooks")
        self.shop.table("webhooks")[row["id"]] = row
        return row

    def change(self, row: Row, given: Row, call: Call) -> Row:
        if "topic" in given:
            _check_topic(given["topic"])
        if "delivery_url" in given:
            _check_url(given["delivery_url"])
        moved = given.get("delivery_url", row["delivery_url"]) != row["delivery_url"]
        revived = given.get("status") == "active" and row["status"] != "active"
        row.update(given)
        if revived:
            row["failures"] = 0
        row["pending"] = row["pending"] or moved or revived
        self.shop.stamp(row)
        return row

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        if not force:
            message = "Webhooks do not support trashing."
            raise Refused(501, "woocommerce_rest_trash_not_supported", message)
        told = self.linked(row, call)
        del self.shop.table("webhooks")[row["id"]]
        return told


def _check_topic(topic: str) -> None:
    resource, _, event = topic.partition(".")
    if resource == "action":
        raise NotImitated("webhooks of WordPress actions")
    if event not in EVENTS.get(resource, ()):
        message = "Webhook topic is required and must be valid."
        raise Refused(400, "woocommerce_rest_shop_webhook_invalid_topic", message)


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        message = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise Refused(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", message)
