"""Metafields: own fields on records, their definitions, and look-up by the unique ones."""

import hashlib
import json
from typing import Any

from qantara.sandbox.shopify.context import Args, Context, Resolvers
from qantara.sandbox.shopify.errors import Refused, bad_request, user_error
from qantara.sandbox.shopify.paging import page
from qantara.sandbox.shopify.state import Row, Store, typename_of

MOST = 25
OWNERS = {
    "Product": "PRODUCT",
    "ProductVariant": "PRODUCTVARIANT",
    "Collection": "COLLECTION",
    "Customer": "CUSTOMER",
    "Order": "ORDER",
    "Shop": "SHOP",
    "Location": "LOCATION",
}
SCOPES = {
    "Product": "write_products",
    "ProductVariant": "write_products",
    "Collection": "write_products",
    "Customer": "write_customers",
    "Order": "write_orders",
    "Location": "write_locations",
}
APP_NAMESPACE = "app--1"
TYPES = frozenset(
    {
        *("single_line_text_field", "multi_line_text_field", "number_integer", "number_decimal"),
        *("boolean", "date", "date_time", "json", "url", "id", "color", "weight", "volume"),
        *("dimension", "rating", "money", "rich_text_field", "link"),
        *("list.single_line_text_field", "list.number_integer", "product_reference"),
    }
)
PARSED = frozenset({"json", "boolean", "number_integer", "rating", "money", "weight", "volume"})


def metafields_set(_root: Row, ctx: Context, args: Args) -> Row:
    """All or none; `compareDigest` compares first, null meaning that there is none yet."""
    wanted = args["metafields"]
    if len(wanted) > MOST:
        raise Refused(
            f"Exceeded the maximum metafields input limit of {MOST}.",
            "metafields",
            code="LESS_THAN_OR_EQUAL_TO",
        )
    errors = []
    for place, one in enumerate(wanted):
        error = _wrong(ctx, one, place)
        if error:
            errors.append({**error, "elementIndex": place})
    if errors:
        return {"metafields": None, "userErrors": errors}
    rows = [put(ctx.store, one["ownerId"], one) for one in wanted]
    for owner in {one["ownerId"] for one in wanted}:
        ctx.store.touch(owner_of(ctx.store, owner) or {})
    return {"metafields": rows, "userErrors": []}


def _wrong(ctx: Context, one: Args, place: int) -> Row | None:
    at = ("metafields", str(place))
    owner = owner_of(ctx.store, one["ownerId"])
    if owner is None:
        return user_error("Owner does not exist.", *at, "ownerId", code="INVALID")
    scope = SCOPES.get(owner["__typename"])
    if scope and scope not in ctx.scopes:
        return user_error("Access denied", *at, "ownerId", code="APP_NOT_AUTHORIZED")
    found = held(ctx.store, owner["id"], one.get("namespace"), one["key"])
    if "compareDigest" in one and one["compareDigest"] != (digest(found) if found else None):
        told = "The resource has been updated since it was loaded. Try again with an updated digest"
        return user_error(told, *at, "compareDigest", code="STALE_OBJECT")
    return value_error(ctx.store, owner, one, at)


def value_error(store: Store, owner: Row, one: Args, at: tuple[str, ...]) -> Row | None:
    """What is wrong with one metafield's type, value or uniqueness."""
    kind = _type(store, owner, one)
    if not one.get("key"):
        return user_error("Key can't be blank", *at, "key", code="BLANK")
    if kind is None:
        return user_error("Type can't be blank", *at, "type", code="BLANK")
    if kind not in TYPES:
        return user_error(f"Type {kind} is not included in the list", *at, "type", code="INCLUSION")
    if not str(one.get("value") or ""):
        return user_error("Value can't be blank.", *at, "value", code="BLANK")
    if kind == "id" and _taken(store, owner, one):
        return user_error("Value has already been taken", *at, "value", code="TAKEN")
    if kind in PARSED and _unreadable(one["value"]):
        return user_error(f"Value is not a valid {kind}", *at, "value", code="INVALID_VALUE")
    return None


def check(store: Store, owner: Row, wanted: list[Args] | None, at: tuple[str, ...]) -> None:
    """As inputs of products and variants do."""
    for place, one in enumerate(wanted or ()):
        error = value_error(store, owner, one, (*at, str(place)))
        if error:
            raise Refused(error["message"], *error["field"], code="INVALID_METAFIELD")


def _unreadable(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return True
    return False


def _type(store: Store, owner: Row, one: Args) -> str | None:
    found = definition(store, OWNERS[owner["__typename"]], one.get("namespace"), one["key"])
    if found:
        return str(found["type"]["name"])
    before = held(store, owner["id"], one.get("namespace"), one["key"])
    return one.get("type") or (before["type"] if before else None)


def _taken(store: Store, owner: Row, one: Args) -> bool:
    found = by_unique(store, owner["__typename"], one)
    return found is not None and found["id"] != owner["id"]


def put(store: Store, owner_id: str, one: Args) -> Row:
    """Make it or change it; the input is known to be right."""
    owner = owner_of(store, owner_id) or {}
    found = held(store, owner_id, one.get("namespace"), one["key"])
    kind = _type(store, owner, one)
    if found:
        return store.touch(found, value=str(one["value"]), type=kind)
    return store.add(
        "Metafield",
        {
            "namespace": _namespace(one.get("namespace")),
            "key": one["key"],
            "value": str(one["value"]),
            "type": kind,
            "ownerType": OWNERS[owner["__typename"]],
            "_owner": owner_id,
        },
    )


def replace(store: Store, owner: Row, wanted: list[Args]) -> None:
    """As productSet does: what is not listed is deleted."""
    kept = {put(store, owner["id"], one)["id"] for one in wanted}
    for row in store.where("Metafield", "_owner", owner["id"]):
        if row["id"] not in kept:
            store.drop(row)


def held(store: Store, owner_id: str, namespace: str | None, key: str) -> Row | None:
    wanted = _namespace(namespace)
    for row in store.where("Metafield", "_owner", owner_id):
        if (row["namespace"], row["key"]) == (wanted, key):
            return row
    return None


def by_unique(store: Store, typename: str, wanted: Args) -> Row | None:
    """The record whose metafield of type `id` has this value."""
    namespace = _namespace(wanted.get("namespace"))
    found = definition(store, OWNERS[typename], namespace, wanted["key"])
    if found is None or found["type"]["name"] != "id":
        raise bad_request(
            f"Metafield definition of type 'id' is required when using custom ids "
            f"({namespace}.{wanted['key']})."
        )
    for row in store.where("Metafield", "value", wanted["value"]):
        same = (row["namespace"], row["key"]) == (namespace, wanted["key"])
        if same and row["ownerType"] == OWNERS[typename]:
            return owner_of(store, row["_owner"])
    return None


def digest(row: Row) -> str:
    return hashlib.sha256(row["value"].encode()).hexdigest()


def owner_of(store: Store, owner_id: str) -> Row | None:
    typename = typename_of(owner_id)
    return store.get(typename, owner_id) if typename in OWNERS else None


def definition(store: Store, owner: str, namespace: str | None, key: str) -> Row | None:
    for row in store.where("MetafieldDefinition", "key", key):
        if (row["ownerType"], row["namespace"]) == (owner, _namespace(namespace)):
            return row
    return None


def definition_create(_root: Row, ctx: Context, args: Args) -> Row:
    wanted = args["definition"]
    namespace = _namespace(wanted.get("namespace"))
    if definition(ctx.store, wanted["ownerType"], namespace, wanted["key"]):
        told = f"Key is in use for {wanted['ownerType'].title()} metafields on the '{namespace}' namespace."
        raise Refused(told, "definition", "key", code="TAKEN")
    if wanted["type"] not in TYPES:
        raise Refused(f"Type {wanted['type']} is not valid", "definition", "type", code="INCLUSION")
    row = ctx.store.add(
        "MetafieldDefinition",
        {
            "name": wanted["name"],
            "namespace": namespace,
            "key": wanted["key"],
            "description": wanted.get("description"),
            "ownerType": wanted["ownerType"],
            "type": {"name": wanted["type"], "category": wanted["type"].split("_")[0].upper()},
            "pinnedPosition": 1 if wanted.get("pin") else None,
        },
    )
    return {"createdDefinition": row, "userErrors": []}


def metafields_delete(_root: Row, ctx: Context, args: Args) -> Row:
    gone: list[Row | None] = []
    for one in args["metafields"]:
        found = held(ctx.store, one["ownerId"], one["namespace"], one["key"])
        if found:
            ctx.store.drop(found)
        gone.append(dict(one) if found else None)
    return {"deletedMetafields": gone, "userErrors": []}


def _namespace(name: str | None) -> str:
    return (
        (name or APP_NAMESPACE)
        .replace("$app:", f"{APP_NAMESPACE}--")
        .replace("$app", APP_NAMESPACE)
    )


def _one(row: Row, ctx: Context, args: Args) -> Any:
    return held(ctx.store, row["id"], args.get("namespace"), args["key"])


def _many(row: Row, ctx: Context, args: Args) -> Any:
    rows = ctx.store.where("Metafield", "_owner", row["id"])
    if args.get("namespace"):
        rows = [one for one in rows if one["namespace"] == _namespace(args["namespace"])]
    if args.get("keys"):
        rows = [one for one in rows if f"{one['namespace']}.{one['key']}" in args["keys"]]
    return page(rows, args)


def _definitions(_root: Row, ctx: Context, args: Args) -> Any:
    rows = ctx.store.where("MetafieldDefinition", "ownerType", args["ownerType"])
    for name in ("namespace", "key"):
        if args.get(name):
            wanted = _namespace(args[name]) if name == "namespace" else args[name]
            rows = [row for row in rows if row[name] == wanted]
    return ctx.pages("MetafieldDefinition", rows, args)


def _json_value(row: Row, _ctx: Context, _args: Args) -> Any:
    return json.loads(row["value"]) if row["type"] in PARSED else row["value"]


RESOLVERS: Resolvers = {
    "Mutation.metafieldsSet": metafields_set,
    "Mutation.metafieldsDelete": metafields_delete,
    "Mutation.metafieldDefinitionCreate": definition_create,
    "QueryRoot.metafieldDefinitions": _definitions,
    "MetafieldDefinition.metafieldsCount": lambda row, ctx, _args: sum(
        (one["ownerType"], one["namespace"], one["key"])
        == (row["ownerType"], row["namespace"], row["key"])
        for one in ctx.store.rows("Metafield")
    ),
    "Metafield.jsonValue": _json_value,
    "Metafield.compareDigest": lambda row, _ctx, _args: digest(row),
    "Metafield.sizeInBytes": lambda row, _ctx, _args: len(row["value"].encode()),
    "Metafield.owner": lambda row, ctx, _args: owner_of(ctx.store, row["_owner"]),
    "Metafield.definition": lambda row, ctx, _args: definition(
        ctx.store, row["ownerType"], row["namespace"], row["key"]
    ),
    **{f"{name}.metafield": _one for name in OWNERS},
    **{f"{name}.metafields": _many for name in OWNERS},
}
