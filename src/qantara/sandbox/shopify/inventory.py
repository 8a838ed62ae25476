"""Stock: levels by item and location, set, adjusted and compared as the API does."""

from collections.abc import Iterable
from typing import Any

from qantara.sandbox.shopify.context import Args, Context, Resolvers
from qantara.sandbox.shopify.errors import Refused, bad_request, user_error
from qantara.sandbox.shopify.state import Row, Store, bare, gid

NAMES = (
    *("available", "on_hand", "committed", "incoming"),
    *("reserved", "damaged", "safety_stock", "quality_control"),
)
SETTABLE = frozenset({"available", "on_hand"})
ADJUSTABLE = frozenset({*NAMES} - {"on_hand", "committed"})
PARTS = ("available", "committed", "reserved", "damaged", "safety_stock", "quality_control")
REASONS = frozenset(
    {
        *("correction", "cycle_count_available", "damaged", "movement_canceled"),
        *("movement_created", "movement_received", "movement_updated", "other", "promotion"),
        *("quality_control", "received", "reservation_created", "reservation_deleted"),
        *("reservation_updated", "restock", "safety_stock", "shrinkage"),
    }
)
LIMIT = 1_000_000_000
MOST = 250
SILENT = "2026-10"
"""From here on a quantity is taken where the item is not stocked, and nobody sees it there."""
KEPT = "2026-04"
"""From here on a level that is activated again keeps what it held."""
NOTHING: Row = {"_quantities": dict.fromkeys(NAMES, 0)}


def connect(store: Store, item: Row, locations: Iterable[Row]) -> list[Row]:
    """The item is stocked there from now on, with nothing. Safe to repeat."""
    made = []
    for location in locations:
        level = level_of(store, item["id"], location["id"])
        if level is None:
            level = _blank(store, item["id"], location["id"])
        level["isActive"] = True
        made.append(level)
    return made


def _blank(store: Store, item: str, location: str) -> Row:
    """Nothing is there, and nobody sees it yet."""
    return store.add(
        "InventoryLevel",
        {
            "isActive": False,
            "canDeactivate": True,
            "_item": item,
            "_location": location,
            "_quantities": dict.fromkeys(NAMES, 0),
        },
        gid=f"{gid('InventoryLevel', store.number())}?inventory_item_id={bare(item)}",
    )


def level_of(store: Store, item: str, location: str) -> Row | None:
    rows = store.where("InventoryLevel", "_item", gid("InventoryItem", item))
    wanted = gid("Location", location)
    return next((row for row in rows if row["_location"] == wanted), None)


def available(store: Store, item: Row) -> int:
    """Over all locations where it is stocked."""
    rows = store.where("InventoryLevel", "_item", item["id"])
    return sum(int(row["_quantities"]["available"]) for row in rows if row["isActive"])


def quantity(level: Row, name: str) -> int:
    """`on_hand` is what lies there, promised or not."""
    if name == "on_hand":
        return sum(int(level["_quantities"][part]) for part in PARTS)
    return int(level["_quantities"][name])


def change(store: Store, level: Row, name: str, delta: int) -> None:
    """Stock moves; a product counts as updated when it does. `on_hand` moves `available`."""
    part = "available" if name == "on_hand" else name
    level["_quantities"][part] += delta
    store.touch(level)
    item = store.tables["InventoryItem"].get(level["_item"])
    variant = store.tables["ProductVariant"].get(item["_variant"]) if item else None
    if variant:
        store.touch(store.tables["Product"][variant["_product"]])
    store.tell("INVENTORY_LEVELS_UPDATE", level)


def set_quantity(store: Store, item: Row, location: str, name: str, value: int) -> None:
    found = store.get("Location", location)
    if found is None:
        raise Refused("The location does not exist", "input", code="INVALID_INPUT")
    level = connect(store, item, [found])[0]
    change(store, level, name, value - quantity(level, name))


def _set_quantities(_root: Row, ctx: Context, args: Args) -> Row:
    wanted = args["input"]
    if wanted["name"] not in SETTABLE:
        told = "The quantity name must be either 'available' or 'on_hand'."
        raise Refused(told, "input", "name", code="INVALID_NAME")
    found = _checked(ctx, wanted, "quantities", "quantity")
    changes = [
        (level, wanted["name"], one["quantity"] - quantity(level, wanted["name"]))
        for level, one in found
    ]
    return _done(ctx, wanted, changes)


def _adjust_quantities(_root: Row, ctx: Context, args: Args) -> Row:
    wanted = args["input"]
    if wanted["name"] not in ADJUSTABLE:
        told = "The specified quantity name is invalid."
        raise Refused(told, "input", "name", code="INVALID_QUANTITY_NAME")
    found = _checked(ctx, wanted, "changes", "delta")
    return _done(ctx, wanted, [(level, wanted["name"], one["delta"]) for level, one in found])


def _checked(ctx: Context, wanted: Args, listed: str, amount: str) -> list[tuple[Row, Args]]:
    """All the levels, or all the reasons why not; nothing is changed in between."""
    if len(wanted[listed]) > MOST:
        raise bad_request(f"The input array size of {len(wanted[listed])} is greater than {MOST}.")
    if wanted["reason"] not in REASONS:
        raise Refused("The specified reason is invalid.", "input", "reason", code="INVALID_REASON")
    document = wanted.get("referenceDocumentUri")
    if document and "://" not in document:
        told = "The specified reference document is invalid."
        raise Refused(told, "input", "referenceDocumentUri", code="INVALID_REFERENCE_DOCUMENT")
    errors: list[Row] = []
    found = []
    seen: set[tuple[str, str]] = set()
    for place, one in enumerate(wanted[listed]):
        at = ("input", listed, str(place))
        pair = (gid("InventoryItem", one["inventoryItemId"]), gid("Location", one["locationId"]))
        error = _wrong(ctx, wanted, one, at) or _too_much(one, amount, at)
        if pair in seen and listed == "quantities":
            told = "The combination of inventoryItemId and locationId must be unique."
            error = user_error(told, *at, code="NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR")
        seen.add(pair)
        if error:
            errors.append(error)
        else:
            found.append((pair, one))
    if errors:
        refused = Refused(errors[0]["message"])
        refused.errors = errors
        raise refused
    return [(level_of(ctx.store, *pair) or _blank(ctx.store, *pair), one) for pair, one in found]


def _wrong(ctx: Context, wanted: Args, one: Args, at: tuple[str, ...]) -> Row | None:
    if ctx.store.get("InventoryItem", one["inventoryItemId"]) is None:
        told = "The specified inventory item could not be found."
        return user_error(told, *at, "inventoryItemId", code="INVALID_INVENTORY_ITEM")
    if ctx.store.get("Location", one["locationId"]) is None:
        told = "The specified location could not be found."
        return user_error(told, *at, "locationId", code="INVALID_LOCATION")
    level = level_of(ctx.store, one["inventoryItemId"], one["locationId"])
    if (level is None or not level["isActive"]) and ctx.version < SILENT:
        told = "The specified inventory item is not stocked at the location."
        return user_error(told, *at, "locationId", code="ITEM_NOT_STOCKED_AT_LOCATION")
    return _stale(ctx, wanted, one, level or NOTHING, at)


def _stale(ctx: Context, wanted: Args, one: Args, level: Row, at: tuple[str, ...]) -> Row | None:
    old = ctx.version == "2026-01"
    if old and (wanted.get("ignoreCompareQuantity") or "delta" in one):
        return _differs(one, "changeFromQuantity", wanted, level, at)
    if old and "changeFromQuantity" not in one:
        if one.get("compareQuantity") is None:
            told = "The compareQuantity argument must be given to each quantity or ignored."
            return user_error(told, *at, "compareQuantity", code="COMPARE_QUANTITY_REQUIRED")
        return _differs(one, "compareQuantity", wanted, level, at)
    if "changeFromQuantity" not in one:
        raise bad_request(
            f"changeFromQuantity is required in {'.'.join(at)}; pass null to skip the comparison."
        )
    return _differs(one, "changeFromQuantity", wanted, level, at)


def _differs(one: Args, name: str, wanted: Args, level: Row, at: tuple[str, ...]) -> Row | None:
    if one.get(name) is None or one[name] == quantity(level, wanted["name"]):
        return None
    code = "CHANGE_FROM_QUANTITY_STALE" if name.startswith("change") else "COMPARE_QUANTITY_STALE"
    return user_error(f"The {name} value does not match persisted value.", *at, name, code=code)


def _too_much(one: Args, amount: str, at: tuple[str, ...]) -> Row | None:
    if one[amount] > LIMIT:
        told = "The total quantity can't be higher than 1,000,000,000."
        return user_error(told, *at, amount, code="INVALID_QUANTITY_TOO_HIGH")
    if one[amount] < -LIMIT:
        told = "The total quantity can't be lower than -1,000,000,000."
        return user_error(told, *at, amount, code="INVALID_QUANTITY_TOO_LOW")
    return None


def _done(ctx: Context, wanted: Args, changes: list[tuple[Row, str, int]]) -> Row:
    told = []
    for level, name, delta in changes:
        if delta == 0:
            continue
        change(ctx.store, level, name, delta)
        told.append(_change(ctx.store, level, name, delta))
        if name == "available":
            told.append(_change(ctx.store, level, "on_hand", delta))
    if not told:
        return {"inventoryAdjustmentGroup": None, "userErrors": []}
    group = ctx.store.add(
        "InventoryAdjustmentGroup",
        {
            "reason": wanted["reason"],
            "referenceDocumentUri": wanted.get("referenceDocumentUri"),
            "_changes": told,
        },
    )
    return {"inventoryAdjustmentGroup": group, "userErrors": []}


def _change(store: Store, level: Row, name: str, delta: int) -> Row:
    return {
        "delta": delta,
        "name": name,
        "quantityAfterChange": quantity(level, name),
        "ledgerDocumentUri": None,
        "item": store.tables["InventoryItem"][level["_item"]],
        "location": store.tables["Location"][level["_location"]],
    }


def _activate(_root: Row, ctx: Context, args: Args) -> Row:
    item = ctx.store.get("InventoryItem", args["inventoryItemId"])
    location = ctx.store.get("Location", args["locationId"])
    if item is None:
        raise Refused("The product couldn't be found.", "inventoryItemId")
    if location is None:
        raise Refused("The location couldn't be found.", "locationId")
    there = level_of(ctx.store, item["id"], location["id"])
    first = args.get("available") if args.get("available") is not None else args.get("onHand")
    if there and there["isActive"]:
        if first is not None:
            told = "Not allowed to set available quantity when the item is already active."
            raise Refused(told, "available")
        return {"inventoryLevel": there, "userErrors": []}
    level = connect(ctx.store, item, [location])[0]
    ctx.store.tell("INVENTORY_LEVELS_CONNECT", level)
    if first is None:
        first = quantity(level, "available") if ctx.version >= KEPT else 0
    change(ctx.store, level, "available", first - quantity(level, "available"))
    return {"inventoryLevel": level, "userErrors": []}


def _quantities(row: Row, _ctx: Context, args: Args) -> Any:
    unknown = [name for name in args["names"] if name not in NAMES]
    if unknown:
        raise bad_request(f"The quantity name {unknown[0]!r} is not valid; known: {NAMES}")
    return [
        {
            "__typename": "InventoryQuantity",
            "id": f"{gid('InventoryQuantity', row['_number'])}?name={name}",
            "name": name,
            "quantity": quantity(row, name),
            "updatedAt": row["updatedAt"],
        }
        for name in args["names"]
    ]


def _group_changes(row: Row, _ctx: Context, args: Args) -> Any:
    names = args.get("quantityNames")
    return [one for one in row["_changes"] if not names or one["name"] in names]


def _levels(key: str) -> Any:
    def levels(row: Row, ctx: Context, args: Args) -> Any:
        rows = ctx.store.where("InventoryLevel", key, row["id"])
        return ctx.pages("InventoryLevel", [one for one in rows if _shown(one, args)], args)

    return levels


def _level(item: str, location: str, ctx: Context, args: Args) -> Row | None:
    found = level_of(ctx.store, item, location)
    return found if found and _shown(found, args) else None


def _shown(level: Row, args: Args) -> bool:
    return level["isActive"] or bool(args.get("includeInactive"))


RESOLVERS: Resolvers = {
    "Mutation.inventorySetQuantities": _set_quantities,
    "Mutation.inventoryAdjustQuantities": _adjust_quantities,
    "Mutation.inventoryActivate": _activate,
    "QueryRoot.inventoryItem": lambda _, ctx, args: ctx.store.get("InventoryItem", args["id"]),
    "QueryRoot.inventoryItems": lambda _, ctx, args: ctx.pages(
        "InventoryItem", ctx.store.rows("InventoryItem"), args
    ),
    "QueryRoot.inventoryLevel": lambda _, ctx, args: ctx.store.get("InventoryLevel", args["id"]),
    "QueryRoot.location": lambda _, ctx, args: (
        ctx.store.get("Location", args["id"]) if args.get("id") else ctx.store.rows("Location")[0]
    ),
    "QueryRoot.locations": lambda _, ctx, args: ctx.pages(
        "Location",
        [
            row
            for row in ctx.store.rows("Location")
            if row["isActive"] or args.get("includeInactive")
        ],
        args,
    ),
    "InventoryItem.inventoryLevels": _levels("_item"),
    "Location.inventoryLevels": _levels("_location"),
    "InventoryItem.inventoryLevel": lambda row, ctx, args: _level(
        row["id"], args["locationId"], ctx, args
    ),
    "Location.inventoryLevel": lambda row, ctx, args: _level(
        args["inventoryItemId"], row["id"], ctx, args
    ),
    "InventoryItem.locationsCount": lambda row, ctx, _args: {
        "count": len(ctx.store.where("InventoryLevel", "_item", row["id"])),
        "precision": "EXACT",
    },
    "InventoryLevel.item": lambda row, ctx, _args: ctx.store.tables["InventoryItem"][row["_item"]],
    "InventoryLevel.location": lambda row, ctx, _args: ctx.store.tables["Location"][
        row["_location"]
    ],
    "InventoryLevel.quantities": _quantities,
    "InventoryAdjustmentGroup.changes": _group_changes,
    "Location.hasActiveInventory": lambda row, ctx, _args: bool(
        ctx.store.where("InventoryLevel", "_location", row["id"])
    ),
}
