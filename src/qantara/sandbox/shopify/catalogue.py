"""Collections, tags and publications: how products are grouped and shown."""

from typing import Any

from qantara.sandbox.shopify import metafields
from qantara.sandbox.shopify.context import Args, Context, Resolvers
from qantara.sandbox.shopify.errors import NotImitated, Refused
from qantara.sandbox.shopify.paging import page
from qantara.sandbox.shopify.products import by_identifier, free_handle, handle, text
from qantara.sandbox.shopify.state import Row, gid, typename_of

PLAIN = ("title", "descriptionHtml", "sortOrder", "templateSuffix")
TAGGED = {"Product": "write_products", "Customer": "write_customers", "Order": "write_orders"}
TOPICS = {"Product": "PRODUCTS_UPDATE", "Customer": "CUSTOMERS_UPDATE", "Order": "ORDERS_UPDATED"}


def _wanted(args: Args) -> Args:
    """`collection` from 2026-07 on, `input` as before; one of them."""
    found = [args[name] for name in ("collection", "input") if args.get(name) is not None]
    if len(found) != 1:
        raise Refused("Exactly one of collection and input must be given.", "collection")
    return dict(found[0])


def _create(_root: Row, ctx: Context, args: Args) -> Row:
    wanted = _wanted(args)
    if not (wanted.get("title") or "").strip():
        raise Refused("Title can't be blank", "title")
    wished = wanted.get("handle") or handle(wanted["title"])
    row = ctx.store.add(
        "Collection",
        {
            "handle": free_handle(ctx.store, "Collection", wished),
            "title": wanted["title"],
            "descriptionHtml": "",
            "sortOrder": "BEST_SELLING",
            "templateSuffix": None,
            "seo": {"title": None, "description": None},
            "image": None,
            "_products": [],
            "_published": {},
        },
    )
    _write(ctx, row, wanted)
    ctx.store.tell("COLLECTIONS_CREATE", row)
    return {"collection": row, "userErrors": []}


def _update(_root: Row, ctx: Context, args: Args) -> Row:
    wanted = _wanted(args)
    row = ctx.store.get("Collection", wanted.get("id") or "")
    if row is None:
        raise Refused("Collection does not exist", "id")
    if "title" in wanted and not (wanted["title"] or "").strip():
        raise Refused("Title can't be blank", "title")
    if wanted.get("handle") and wanted["handle"] != row["handle"]:
        row["handle"] = free_handle(ctx.store, "Collection", wanted["handle"])
    _write(ctx, row, wanted)
    ctx.store.tell("COLLECTIONS_UPDATE", row)
    return {"collection": row, "job": None, "userErrors": []}


def _write(ctx: Context, row: Row, wanted: Args) -> None:
    for name in PLAIN:
        if wanted.get(name) is not None:
            row[name] = wanted[name]
    if wanted.get("seo") is not None:
        row["seo"] = {**row["seo"], **wanted["seo"]}
    if wanted.get("image") is not None:
        row["image"] = _image(ctx, wanted["image"])
    if wanted.get("products") is not None:
        row["_products"] = [gid("Product", one) for one in wanted["products"]]
    for one in wanted.get("metafields") or ():
        metafields.check(ctx.store, row, [one], ("metafields",))
        metafields.put(ctx.store, row["id"], one)
    ctx.store.touch(row)


def _image(ctx: Context, wanted: Args) -> Row:
    return {
        "__typename": "Image",
        "id": gid("CollectionImage", ctx.store.number()),
        "url": wanted.get("src") or "https://cdn.shopify.com/s/files/1/0001/collections/none.jpg",
        "altText": wanted.get("altText"),
        "width": 1024,
        "height": 1024,
    }


def _delete(_root: Row, ctx: Context, args: Args) -> Row:
    row = ctx.store.get("Collection", args["input"]["id"])
    if row is None:
        raise Refused("Collection does not exist", "id")
    ctx.store.drop(row)
    ctx.store.tell("COLLECTIONS_DELETE", row)
    return {"deletedCollectionId": row["id"], "userErrors": []}


def _members(_root: Row, ctx: Context, args: Args, *, add: bool) -> Row:
    row = ctx.store.get("Collection", args["id"])
    if row is None:
        raise Refused("Collection does not exist", "id")
    named = [gid("Product", one) for one in args["productIds"]]
    kept = [one for one in row["_products"] if one not in named]
    if add and len(kept) != len(row["_products"]):
        raise Refused("Error adding product to collection: already in it", "productIds")
    row["_products"] = kept + (named if add else [])
    ctx.store.touch(row)
    ctx.store.tell("COLLECTIONS_UPDATE", row)
    job = ctx.store.add("Job", {"done": True})
    return {"collection": row, "job": job, "userErrors": []}


def _tags(_root: Row, ctx: Context, args: Args, *, add: bool) -> Row:
    typename = typename_of(args["id"])
    if typename not in TAGGED:
        raise NotImitated(f"tags of {typename or args['id']}")
    if TAGGED[typename] not in ctx.scopes:
        raise Refused(f"Access denied: needs {TAGGED[typename]}", "id")
    row = ctx.store.get(typename, args["id"])
    if row is None:
        raise Refused(f"{typename} does not exist", "id")
    named = {tag.strip() for one in args["tags"] for tag in one.split(",") if tag.strip()}
    held = set(row["tags"])
    ctx.store.touch(row, tags=sorted(held | named if add else held - named))
    ctx.store.tell(TOPICS[typename], row)
    return {"node": row, "userErrors": []}


def _publish(_root: Row, ctx: Context, args: Args, *, on: bool) -> Row:
    row = ctx.store.get(typename_of(args["id"]), args["id"])
    if row is None or "_published" not in row:
        raise Refused("Resource does not exist or cannot be published", "id")
    for place, one in enumerate(args["input"]):
        publication = ctx.store.get("Publication", one.get("publicationId") or "")
        if publication is None:
            raise Refused("Publication does not exist", "input", str(place), "publicationId")
        if on:
            row["_published"][publication["id"]] = one.get("publishDate") or ctx.store.clock.stamp()
        else:
            row["_published"].pop(publication["id"], None)
    times = row["_published"].values()
    if row["__typename"] == "Product":
        row["publishedAt"] = min(times, default=None)
        ctx.store.tell("PRODUCTS_UPDATE", row)
    ctx.store.touch(row)
    return {"publishable": row, "userErrors": []}


def _products(row: Row, ctx: Context, args: Args) -> Any:
    held = ctx.store.tables.get("Product", {})
    return page([held[one] for one in row["_products"] if one in held], args)


RESOLVERS: Resolvers = {
    "Mutation.collectionCreate": _create,
    "Mutation.collectionUpdate": _update,
    "Mutation.collectionDelete": _delete,
    "Mutation.collectionAddProducts": lambda root, ctx, args: _members(root, ctx, args, add=True),
    "Mutation.collectionRemoveProducts": lambda root, ctx, args: _members(
        root, ctx, args, add=False
    ),
    "Mutation.tagsAdd": lambda root, ctx, args: _tags(root, ctx, args, add=True),
    "Mutation.tagsRemove": lambda root, ctx, args: _tags(root, ctx, args, add=False),
    "Mutation.publishablePublish": lambda root, ctx, args: _publish(root, ctx, args, on=True),
    "Mutation.publishableUnpublish": lambda root, ctx, args: _publish(root, ctx, args, on=False),
    "QueryRoot.collection": lambda _, ctx, args: ctx.store.get("Collection", args["id"]),
    "QueryRoot.collections": lambda _, ctx, args: ctx.pages(
        "Collection", ctx.store.rows("Collection"), args
    ),
    "QueryRoot.collectionByIdentifier": lambda _, ctx, args: by_identifier(
        ctx, "Collection", args["identifier"]
    ),
    "QueryRoot.publications": lambda _, ctx, args: page(ctx.store.rows("Publication"), args),
    "Collection.description": lambda row, _ctx, args: text(row["descriptionHtml"])[
        : args.get("truncateAt")
    ],
    "Collection.products": _products,
    "Collection.productsCount": lambda row, _ctx, _args: {
        "count": len(row["_products"]),
        "precision": "EXACT",
    },
    "Collection.hasProduct": lambda row, _ctx, args: gid("Product", args["id"]) in row["_products"],
    "Collection.publishedOnPublication": lambda row, _ctx, args: (
        args["publicationId"] in row["_published"]
    ),
}
