"""Variants and their inventory items as they are written."""

from decimal import Decimal

from qantara.sandbox.shopify import metafields
from qantara.sandbox.shopify.context import Args, Context, Resolvers
from qantara.sandbox.shopify.errors import Refused
from qantara.sandbox.shopify.inventory import connect, set_quantity
from qantara.sandbox.shopify.media import attach
from qantara.sandbox.shopify.products import item_of
from qantara.sandbox.shopify.state import Row, gid

PLAIN = ("barcode", "compareAtPrice", "taxable", "inventoryPolicy")
ITEM_PLAIN = (
    *("tracked", "requiresShipping", "countryCodeOfOrigin", "harmonizedSystemCode"),
    "provinceCodeOfOrigin",
)


def blank_variant(ctx: Context, product: Row) -> Row:
    """Stocked at the first location, not tracked, free of charge."""
    item = ctx.store.add(
        "InventoryItem",
        {
            "sku": None,
            "tracked": False,
            "requiresShipping": True,
            "countryCodeOfOrigin": None,
            "harmonizedSystemCode": None,
            "provinceCodeOfOrigin": None,
            "measurement": None,
            "_cost": None,
        },
    )
    weight = {"unit": "KILOGRAMS", "value": 0.0}
    item["measurement"] = {"id": gid("InventoryItemMeasurement", item["_number"]), "weight": weight}
    variant = ctx.store.add(
        "ProductVariant",
        {
            "sku": None,
            "barcode": None,
            "price": Decimal(0),
            "compareAtPrice": None,
            "taxable": True,
            "inventoryPolicy": "DENY",
            "requiresComponents": False,
            "_product": product["id"],
            "_item": item["id"],
            "_media": [],
            "_options": (),
            "_position": 0,
        },
    )
    item["_variant"] = variant["id"]
    connect(ctx.store, item, ctx.store.rows("Location")[:1])
    return variant


def write_variant(ctx: Context, row: Row, wanted: Args) -> None:
    """Single values that are named; metafields are replaced."""
    for name in PLAIN:
        if name in wanted:
            row[name] = wanted[name]
    if wanted.get("price") is not None:
        row["price"] = wanted["price"]
    item = item_of(ctx.store, row)
    _write_item(ctx, item, wanted.get("inventoryItem") or {})
    sku = wanted.get("sku", (wanted.get("inventoryItem") or {}).get("sku", row["sku"]))
    row["sku"] = item["sku"] = sku
    if wanted.get("metafields") is not None:
        metafields.check(ctx.store, row, wanted["metafields"], ("input", "variants", "metafields"))
        metafields.replace(ctx.store, row, wanted["metafields"])
    if wanted.get("file"):
        row["_media"] = [attach(ctx, wanted["file"], "input", "variants", "file")["id"]]
    for one in wanted.get("inventoryQuantities") or ():
        set_quantity(ctx.store, item, one["locationId"], one["name"], one["quantity"])
    ctx.store.touch(row)


def write_item(_root: Row, ctx: Context, args: Args) -> Row:
    """InventoryItemUpdate."""
    item = ctx.store.get("InventoryItem", args["id"])
    if item is None:
        raise Refused("Inventory item does not exist", "id")
    _write_item(ctx, item, args["input"])
    variant = ctx.store.tables["ProductVariant"][item["_variant"]]
    variant["sku"] = item["sku"]
    return {"inventoryItem": item, "userErrors": []}


def _write_item(ctx: Context, item: Row, wanted: Args) -> None:
    if not wanted:
        return
    for name in (*ITEM_PLAIN, "sku"):
        if name in wanted:
            item[name] = wanted[name]
    if "cost" in wanted:
        item["_cost"] = wanted["cost"]
    weight = (wanted.get("measurement") or {}).get("weight")
    if weight:
        item["measurement"] = {**item["measurement"], "weight": dict(weight)}
    ctx.store.touch(item)


def drop_variant(ctx: Context, row: Row) -> None:
    """With its stock and its metafields; sold lines keep their text."""
    for level in ctx.store.where("InventoryLevel", "_item", row["_item"]):
        ctx.store.drop(level)
    for one in ctx.store.where("Metafield", "_owner", row["id"]):
        ctx.store.drop(one)
    ctx.store.drop(item_of(ctx.store, row))
    ctx.store.drop(row)


RESOLVERS: Resolvers = {"Mutation.inventoryItemUpdate": write_item}
