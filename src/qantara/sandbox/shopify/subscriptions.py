"""Webhook subscriptions: made, changed, listed and ended over the API."""

import re
from typing import Any

from qantara.sandbox.shopify.context import Args, Context, Resolvers
from qantara.sandbox.shopify.errors import NotImitated, Refused
from qantara.sandbox.shopify.state import Row

HTTP = re.compile(r"https?://[^\s/]+")
LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])[:/]")
TOPIC_SCOPES = {
    "PRODUCTS": "read_products",
    "COLLECTIONS": "read_products",
    "INVENTORY": "read_inventory",
    "CUSTOMERS": "read_customers",
    "ORDERS": "read_orders",
    "ORDER": "read_orders",
    "REFUNDS": "read_orders",
    "RETURNS": "read_returns",
    "LOCATIONS": "read_locations",
    "CHECKOUTS": "read_orders",
}
UNHEARD = frozenset(
    {"FULFILLMENTS_CREATE", "FULFILLMENTS_UPDATE"}
)  # several scopes open these; any of them
FULFILLMENT_SCOPES = frozenset({"read_fulfillments", "read_orders"})


def _create(_root: Row, ctx: Context, args: Args) -> Row:
    wanted, topic = args["webhookSubscription"], args["topic"]
    _allowed(ctx, topic)
    uri = _address(wanted)
    twins = [
        row
        for row in ctx.store.where("WebhookSubscription", "topic", topic)
        if row["uri"] == uri and row["filter"] == wanted.get("filter")
    ]
    if twins:
        raise Refused("Address for this topic has already been taken", "webhookSubscription", "uri")
    row = ctx.store.add(
        "WebhookSubscription",
        {"topic": topic, **_values(wanted), "uri": uri, "_version": ctx.version, "_failures": 0},
    )
    return {"webhookSubscription": row, "userErrors": []}


def _allowed(ctx: Context, topic: str) -> None:
    if topic in UNHEARD:
        needed: frozenset[str] = FULFILLMENT_SCOPES
    else:
        scope = TOPIC_SCOPES.get(topic.split("_", maxsplit=1)[0])
        needed = frozenset({scope}) if scope else frozenset()
    written = {one.replace("read_", "write_") for one in needed}
    if needed and not ctx.scopes & (needed | written):
        told = f"You do not have permission to create or update webhooks with {topic} topic"
        raise Refused(told, "webhookSubscription")


def _address(wanted: Args) -> str:
    """`uri`, or its older name."""
    uri = str(wanted.get("uri") or wanted.get("callbackUrl") or "")
    if not uri:
        raise Refused("Address can't be blank", "webhookSubscription", "uri")
    if uri.startswith(("pubsub://", "arn:")):
        raise NotImitated("deliveries to Pub/Sub and EventBridge")
    if not HTTP.match(uri):
        raise Refused("Address is invalid", "webhookSubscription", "uri")
    if uri.startswith("http://") and not LOOPBACK.match(uri):
        told = "Address protocol http:// is not supported"
        raise Refused(told, "webhookSubscription", "uri")
    return uri


def _values(wanted: Args) -> Row:
    if wanted.get("format") == "XML":
        raise NotImitated("webhooks in XML")
    if wanted.get("filter"):
        raise NotImitated("filters of webhooks")
    return {
        "format": "JSON",
        "filter": wanted.get("filter"),
        "includeFields": list(wanted.get("includeFields") or ()),
        "metafieldNamespaces": list(wanted.get("metafieldNamespaces") or ()),
        "name": wanted.get("name"),
    }


def _update(_root: Row, ctx: Context, args: Args) -> Row:
    row = ctx.store.get("WebhookSubscription", args["id"])
    if row is None:
        raise Refused("Webhook subscription does not exist", "id")
    wanted = args["webhookSubscription"]
    if wanted.get("uri") or wanted.get("callbackUrl"):
        row["uri"] = _address(wanted)
    values = _values(wanted)
    ctx.store.touch(row, **{name: value for name, value in values.items() if name in wanted})
    return {"webhookSubscription": row, "userErrors": []}


def _delete(_root: Row, ctx: Context, args: Args) -> Row:
    row = ctx.store.get("WebhookSubscription", args["id"])
    if row is None:
        raise Refused("Webhook subscription does not exist", "id")
    ctx.store.drop(row)
    return {"deletedWebhookSubscriptionId": row["id"], "userErrors": []}


def _list(_root: Row, ctx: Context, args: Args) -> Any:
    rows = ctx.store.rows("WebhookSubscription")
    wanted = args.get("uri") or args.get("callbackUrl")
    if wanted:
        rows = [row for row in rows if row["uri"] == wanted]
    if args.get("topics"):
        rows = [row for row in rows if row["topic"] in args["topics"]]
    return ctx.pages("WebhookSubscription", rows, args)


RESOLVERS: Resolvers = {
    "Mutation.webhookSubscriptionCreate": _create,
    "Mutation.webhookSubscriptionUpdate": _update,
    "Mutation.webhookSubscriptionDelete": _delete,
    "QueryRoot.webhookSubscription": lambda _, ctx, args: ctx.store.get(
        "WebhookSubscription", args["id"]
    ),
    "QueryRoot.webhookSubscriptions": _list,
    "WebhookSubscription.apiVersion": lambda row, _ctx, _args: {
        "handle": row["_version"],
        "displayName": row["_version"],
        "supported": True,
    },
    "WebhookSubscription.callbackUrl": lambda row, _ctx, _args: row["uri"],
    "WebhookSubscription.endpoint": lambda row, _ctx, _args: {
        "__typename": "WebhookHttpEndpoint",
        "callbackUrl": row["uri"],
    },
}
