"""Products and variants as they are read."""

import re
from html import unescape
from typing import Any

from qantara.sandbox.shopify.context import Args, Context, Resolvers, money
from qantara.sandbox.shopify.errors import bad_request
from qantara.sandbox.shopify.inventory import available
from qantara.sandbox.shopify.metafields import by_unique
from qantara.sandbox.shopify.paging import page, plain
from qantara.sandbox.shopify.state import Row, Store

DEFAULT_OPTION = "Title"
DEFAULT_VALUE = "Default Title"


def variants_of(store: Store, product: Row) -> list[Row]:
    """In their positions."""
    rows = store.where("ProductVariant", "_product", product["id"])
    return sorted(rows, key=lambda row: int(row["_position"]))


def item_of(store: Store, variant: Row) -> Row:
    return store.tables["InventoryItem"][variant["_item"]]


def text(html: str) -> str:
    """What is left of HTML without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html))).strip()


def handle(title: str) -> str:
    """As in addresses; letters of every script stay."""
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-") or "product"


def free_handle(store: Store, typename: str, wanted: str) -> str:
    """With a number behind it where the name is taken."""
    taken = {row["handle"] for row in store.rows(typename)}
    name, count = wanted, 0
    while name in taken:
        count += 1
        name = f"{wanted}-{count}"
    return name


def by_identifier(ctx: Context, typename: str, wanted: Args) -> Row | None:
    """By exactly one of id, handle, customId (and e-mail or phone of customers)."""
    if wanted.get("id"):
        return ctx.store.get(typename, wanted["id"])
    if wanted.get("customId"):
        return by_unique(ctx.store, typename, wanted["customId"])
    for name, key in (
        ("handle", "handle"),
        ("emailAddress", "email"),
        ("phoneNumber", "phone"),
    ):
        if wanted.get(name):
            rows = ctx.store.where(typename, key, wanted[name].lower())
            return rows[0] if rows else None
    raise bad_request("An identifier needs exactly one field.")


def _options(row: Row, ctx: Context, args: Args) -> Any:
    used: dict[str, set[str]] = {}
    for variant in variants_of(ctx.store, row):
        for name, value in variant["_options"]:
            used.setdefault(name, set()).add(value)
    told = []
    for place, option in enumerate(row["_options"], start=1):
        values = [
            {**value, "hasVariants": value["name"] in used.get(option["name"], set())}
            for value in option["values"]
        ]
        told.append(
            {
                **option,
                "__typename": "ProductOption",
                "position": place,
                "values": [value["name"] for value in values if value["hasVariants"]],
                "optionValues": [value for value in values if value["hasVariants"]],
            }
        )
    return told[: args["first"]] if args.get("first") else told


def _selected(row: Row, ctx: Context, _args: Args) -> Any:
    product = ctx.store.tables["Product"][row["_product"]]
    named = {
        (option["name"], value["name"]): value
        for option in product["_options"]
        for value in option["values"]
    }
    return [
        {
            "name": name,
            "value": value,
            "optionValue": {**named.get((name, value), {}), "hasVariants": True},
        }
        for name, value in row["_options"]
    ]


def title(variant: Row) -> str:
    return " / ".join(value for _, value in variant["_options"])


def _display(row: Row, ctx: Context, _args: Args) -> str:
    return f"{ctx.store.tables['Product'][row['_product']]['title']} - {title(row)}"


def _total(row: Row, ctx: Context, _args: Args) -> int:
    return sum(available(ctx.store, item_of(ctx.store, one)) for one in variants_of(ctx.store, row))


def _prices(row: Row, ctx: Context, _args: Args) -> Row:
    prices = [one["price"] for one in variants_of(ctx.store, row)]
    return {
        "minVariantPrice": money(min(prices), ctx.settings.currency),
        "maxVariantPrice": money(max(prices), ctx.settings.currency),
    }


def _for_sale(row: Row, ctx: Context, _args: Args) -> bool:
    item = item_of(ctx.store, row)
    free = not item["tracked"] or row["inventoryPolicy"] == "CONTINUE"
    return free or available(ctx.store, item) > 0


def _publications(row: Row, ctx: Context, args: Args) -> Any:
    listed = [
        {
            "__typename": "ResourcePublicationV2",
            "isPublished": True,
            "publication": publication,
            "publishDate": row["_published"].get(publication["id"]),
            "_number": publication["_number"],
        }
        for publication in ctx.store.rows("Publication")
        if publication["id"] in row["_published"]
    ]
    return page(listed, args)


def _count(typename: str) -> Any:
    def count(_root: Row, ctx: Context, args: Args) -> Row:
        rows = ctx.found(typename, ctx.store.rows(typename), args.get("query"))
        limit = args.get("limit") or len(rows)
        exact = len(rows) <= limit
        return {"count": min(limit, len(rows)), "precision": "EXACT" if exact else "AT_LEAST"}

    return count


def _operation(_root: Row, ctx: Context, args: Args) -> Row | None:
    return ctx.store.get("ProductSetOperation", args["id"])


def _price_set(ctx: Context, amount: Any) -> Row | None:
    return None if amount is None else money(amount, ctx.settings.currency)


RESOLVERS: Resolvers = {
    "QueryRoot.product": lambda _, ctx, args: ctx.store.get("Product", args["id"]),
    "QueryRoot.products": lambda _, ctx, args: ctx.pages(
        "Product", ctx.store.rows("Product"), args
    ),
    "QueryRoot.productsCount": _count("Product"),
    "QueryRoot.productByIdentifier": lambda _, ctx, args: by_identifier(
        ctx, "Product", args["identifier"]
    ),
    "QueryRoot.productVariant": lambda _, ctx, args: ctx.store.get("ProductVariant", args["id"]),
    "QueryRoot.productVariants": lambda _, ctx, args: ctx.pages(
        "ProductVariant", ctx.store.rows("ProductVariant"), args
    ),
    "QueryRoot.productOperation": _operation,
    "Product.description": lambda row, _ctx, args: text(row["descriptionHtml"])[
        : args.get("truncateAt")
    ],
    "Product.options": _options,
    "Product.variants": lambda row, ctx, args: page(variants_of(ctx.store, row), args),
    "Product.variantsCount": lambda row, ctx, _args: {
        "count": len(variants_of(ctx.store, row)),
        "precision": "EXACT",
    },
    "Product.collections": lambda row, ctx, args: ctx.pages(
        "Collection",
        [one for one in ctx.store.rows("Collection") if row["id"] in one["_products"]],
        args,
    ),
    "Product.inCollection": lambda row, ctx, args: (
        row["id"] in (ctx.store.get("Collection", args["id"]) or {"_products": ()})["_products"]
    ),
    "Product.totalInventory": _total,
    "Product.tracksInventory": lambda row, ctx, _args: any(
        item_of(ctx.store, one)["tracked"] for one in variants_of(ctx.store, row)
    ),
    "Product.hasOnlyDefaultVariant": lambda row, _ctx, _args: (
        [option["name"] for option in row["_options"]] == [DEFAULT_OPTION]
    ),
    "Product.priceRangeV2": _prices,
    "Product.resourcePublicationsV2": _publications,
    "Product.publishedOnPublication": lambda row, _ctx, args: (
        args["publicationId"] in row["_published"]
    ),
    "Product.onlineStoreUrl": lambda row, ctx, _args: (
        f"https://{ctx.settings.domain}/products/{row['handle']}"
        if row["_published"] and row["status"] == "ACTIVE"
        else None
    ),
    "Product.defaultCursor": lambda row, _ctx, _args: page([row], {"first": 1})["edges"][0][
        "cursor"
    ],
    "ProductVariant.title": lambda row, _ctx, _args: title(row),
    "ProductVariant.displayName": _display,
    "ProductVariant.selectedOptions": _selected,
    "ProductVariant.position": lambda row, _ctx, _args: row["_position"],
    "ProductVariant.product": lambda row, ctx, _args: ctx.store.tables["Product"][row["_product"]],
    "ProductVariant.inventoryItem": lambda row, ctx, _args: item_of(ctx.store, row),
    "ProductVariant.inventoryQuantity": lambda row, ctx, _args: available(
        ctx.store, item_of(ctx.store, row)
    ),
    "ProductVariant.sellableOnlineQuantity": lambda row, ctx, _args: available(
        ctx.store, item_of(ctx.store, row)
    ),
    "ProductVariant.availableForSale": _for_sale,
    "ProductVariant.resourcePublicationsV2": _publications,
    "InventoryItem.unitCost": lambda row, ctx, _args: _price_set(ctx, row["_cost"]),
    "InventoryItem.variant": lambda row, ctx, _args: ctx.store.tables["ProductVariant"][
        row["_variant"]
    ],
    "InventoryItem.variants": lambda row, ctx, args: plain(
        [ctx.store.tables["ProductVariant"][row["_variant"]]], args
    ),
}
