"""What a shop has besides: versions, holds on what is packed, translations, counts."""

import hashlib
from typing import Any

from qantara.sandbox.shopify.context import Args, Context, Resolvers
from qantara.sandbox.shopify.errors import Refused
from qantara.sandbox.shopify.orders import refresh
from qantara.sandbox.shopify.paging import plain
from qantara.sandbox.shopify.schema import VERSIONS
from qantara.sandbox.shopify.state import Row

TEXTS = {
    "Product": {"title": "title", "body_html": "descriptionHtml"},
    "Collection": {"title": "title", "body_html": "descriptionHtml"},
}
"""What can be translated: the key of a text, and the field that holds it."""

HOLDABLE = frozenset({"OPEN"})


def _count(typename: str) -> Any:
    def count(_root: Row, ctx: Context, args: Args) -> Row:
        rows = ctx.found(typename, ctx.store.rows(typename), args.get("query"))
        limit = args.get("limit") or len(rows)
        exact = len(rows) <= limit
        return {"count": min(limit, len(rows)), "precision": "EXACT" if exact else "AT_LEAST"}

    return count


def _versions(_root: Row, _ctx: Context, _args: Args) -> list[Row]:
    return [{"handle": one, "displayName": one, "supported": True} for one in sorted(VERSIONS)]


def _hold(_root: Row, ctx: Context, args: Args) -> Row:
    """Only what is open can be held; a part of it cannot, here."""
    work = ctx.store.get("FulfillmentOrder", args["id"])
    if work is None:
        raise Refused("Fulfillment order does not exist.", "id", code="FULFILLMENT_ORDER_NOT_FOUND")
    if work["status"] not in HOLDABLE:
        raise Refused("The fulfillment order is not in a holdable state.", "id", code="INVALID")
    wanted = args["fulfillmentHold"]
    hold = ctx.store.add(
        "FulfillmentHold",
        {
            "reason": wanted["reason"],
            "reasonNotes": wanted.get("reasonNotes"),
            "displayReason": wanted["reason"].capitalize(),
            "handle": wanted.get("handle"),
            "heldByRequestingApp": True,
            "_work": work["id"],
        },
    )
    ctx.store.touch(work, status="ON_HOLD")
    _touch_order(ctx, work)
    return {"fulfillmentHold": hold, "fulfillmentOrder": work, "userErrors": []}


def _release(_root: Row, ctx: Context, args: Args) -> Row:
    work = ctx.store.get("FulfillmentOrder", args["id"])
    if work is None or work["status"] != "ON_HOLD":
        raise Refused("The fulfillment order is not on hold.", "id", code="INVALID")
    for hold in ctx.store.where("FulfillmentHold", "_work", work["id"]):
        ctx.store.drop(hold)
    ctx.store.touch(work, status="OPEN")
    _touch_order(ctx, work)
    return {"fulfillmentOrder": work, "userErrors": []}


def _touch_order(ctx: Context, work: Row) -> None:
    order = ctx.store.get("Order", work["_order"])
    if order is not None:
        works = ctx.store.where("FulfillmentOrder", "_order", order["id"])
        order["_held"] = any(one["status"] == "ON_HOLD" for one in works)
        refresh(ctx.store, order)


def _translatable(ctx: Context, key: str) -> Row | None:
    for typename, texts in TEXTS.items():
        row = ctx.store.get(typename, key)
        if row is not None:
            return {
                "id": row["id"],
                "_number": row["_number"],
                "resourceId": row["id"],
                "_row": row,
                "_texts": texts,
            }
    return None


def _resources(_root: Row, ctx: Context, args: Args) -> Row:
    found = [_translatable(ctx, key) for key in args["resourceIds"]]
    return plain([one for one in found if one], args)


def _contents(row: Row, _ctx: Context, _args: Args) -> list[Row]:
    return [
        {
            "key": key,
            "value": row["_row"][name],
            "digest": _digest(row["_row"][name]),
            "locale": "en",
            "type": "HTML" if key == "body_html" else "SINGLE_LINE_TEXT_FIELD",
        }
        for key, name in row["_texts"].items()
    ]


def _translations(row: Row, _ctx: Context, args: Args) -> list[Row]:
    held = row["_row"].get("_translations", {})
    return [
        {
            "key": key,
            "locale": locale,
            "value": value,
            "outdated": digest != _digest(row["_row"][row["_texts"][key]]),
        }
        for (locale, key), (value, digest) in held.items()
        if locale == args["locale"]
    ]


def _register(_root: Row, ctx: Context, args: Args) -> Row:
    """A translation names by its digest the text that it translates."""
    found = _translatable(ctx, args["resourceId"])
    if found is None:
        raise Refused("Resource does not exist", "resourceId", code="RESOURCE_NOT_FOUND")
    row, texts = found["_row"], found["_texts"]
    for place, one in enumerate(args["translations"]):
        at = ("translations", str(place))
        if one["key"] not in texts:
            raise Refused("Key is not valid", *at, "key", code="INVALID_KEY_FOR_MODEL")
        if one["translatableContentDigest"] != _digest(row[texts[one["key"]]]):
            raise Refused("Digest is not valid", *at, code="INVALID_TRANSLATABLE_CONTENT")
    held = row.setdefault("_translations", {})
    for one in args["translations"]:
        held[one["locale"], one["key"]] = (one["value"], one["translatableContentDigest"])
    told = [
        {"key": one["key"], "locale": one["locale"], "value": one["value"], "outdated": False}
        for one in args["translations"]
    ]
    return {"translations": told, "userErrors": []}


def _digest(text: str) -> str:
    return hashlib.sha256((text or "").encode()).hexdigest()


RESOLVERS: Resolvers = {
    "QueryRoot.collectionsCount": _count("Collection"),
    "QueryRoot.customersCount": _count("Customer"),
    "QueryRoot.publicApiVersions": _versions,
    "QueryRoot.translatableResource": lambda _, ctx, args: _translatable(ctx, args["resourceId"]),
    "QueryRoot.translatableResourcesByIds": _resources,
    "TranslatableResource.translatableContent": _contents,
    "TranslatableResource.translations": _translations,
    "Mutation.translationsRegister": _register,
    "Mutation.fulfillmentOrderHold": _hold,
    "Mutation.fulfillmentOrderReleaseHold": _release,
    "FulfillmentOrder.fulfillmentHolds": lambda row, ctx, _: ctx.store.where(
        "FulfillmentHold", "_work", row["id"]
    ),
    "Collection.ruleSet": lambda row, _ctx, _args: row.get("_rules"),
    "LineItem.duties": lambda row, _ctx, _args: row.get("_duties") or [],
    "Order.additionalFees": lambda row, _ctx, _args: row.get("_fees") or [],
    "RefundDuty.originalDuty": lambda row, _ctx, _args: row.get("_duty"),
    "Publication.catalog": lambda row, _ctx, _args: {
        "id": f"gid://shopify/AppCatalog/{row['_number']}",
        "title": row["name"],
        "__typename": "AppCatalog",
    },
}
