"""productSet: one product as the caller wants it, lists replaced and single values kept."""

from decimal import Decimal
from typing import Any

from qantara.sandbox.shopify import metafields
from qantara.sandbox.shopify.context import Args, Context, Resolvers
from qantara.sandbox.shopify.errors import Refused, bad_request
from qantara.sandbox.shopify.media import attach
from qantara.sandbox.shopify.products import (
    DEFAULT_OPTION,
    DEFAULT_VALUE,
    by_identifier,
    free_handle,
    handle,
    variants_of,
)
from qantara.sandbox.shopify.state import Row, gid
from qantara.sandbox.shopify.variants import blank_variant, drop_variant, write_variant

MOST_VARIANTS = 2048
MOST_OPTIONS = 3
PLAIN = ("title", "descriptionHtml", "vendor", "productType", "status", "templateSuffix")


def product_set(_root: Row, ctx: Context, args: Args) -> Row:
    """In the same answer, or (synchronous: false) by an operation that is asked for later."""
    if args.get("synchronous", True):
        product = _set(ctx, args)
        return {"product": product, "productSetOperation": None, "userErrors": []}
    operation = ctx.store.add(
        "ProductSetOperation",
        {"status": "CREATED", "product": None, "userErrors": [], "_args": args},
    )
    return {"product": None, "productSetOperation": operation, "userErrors": []}


def work_off(ctx: Context, operation: Row) -> None:
    """What the real one does in the background."""
    try:
        operation["product"] = _set(ctx, operation["_args"])
    except Refused as refused:
        operation["userErrors"] = refused.errors
    operation["status"] = "COMPLETE"


def _set(ctx: Context, args: Args) -> Row:
    wanted = args["input"]
    found = _found(ctx, args)
    _check(ctx, found, wanted)
    product = found or _blank(ctx, wanted)
    try:
        _plain(ctx, product, wanted)
        _lists(ctx, product, wanted)
    except Refused:
        if found is None:
            drop_product(ctx, product)
        raise
    if (args.get("identifier") or {}).get("customId"):
        custom = {**args["identifier"]["customId"], "type": "id"}
        metafields.put(ctx.store, product["id"], custom)
    ctx.store.touch(product)
    ctx.store.tell("PRODUCTS_UPDATE" if found else "PRODUCTS_CREATE", product)
    return product


def _found(ctx: Context, args: Args) -> Row | None:
    identifier = args.get("identifier") or {}
    if args["input"].get("id"):
        identifier = {"id": args["input"]["id"]}
    if not identifier:
        return None
    found = by_identifier(ctx, "Product", identifier)
    if found is None and identifier.get("id"):
        raise Refused("Product does not exist", "input", "id", code="PRODUCT_DOES_NOT_EXIST")
    return found


def _check(ctx: Context, found: Row | None, wanted: Args) -> None:
    """Everything that can be wrong is found before anything is changed."""
    if found is None and not (wanted.get("title") or "").strip():
        raise Refused("Title can't be blank", "input", "title", code="INVALID_INPUT")
    options = wanted.get("productOptions")
    variants = wanted.get("variants")
    if variants is not None and options is None and found is None:
        told = "Product options input is required when creating variants"
        raise Refused(told, "input", "productOptions", code="PRODUCT_OPTIONS_INPUT_MISSING")
    if options is not None and variants is None:
        raise Refused(
            "Variants input is required when updating product options",
            *("input", "variants"),
            code="VARIANTS_INPUT_MISSING",
        )
    if variants is not None:
        _check_variants(ctx, found, options, variants)
    for place, one in enumerate(wanted.get("collections") or ()):
        if ctx.store.get("Collection", one) is None:
            at = ("input", "collections", str(place))
            raise Refused("Collection does not exist", *at, code="INVALID_INPUT")
    if found is not None:
        metafields.check(ctx.store, found, wanted.get("metafields"), ("input", "metafields"))


def _check_variants(
    ctx: Context, found: Row | None, options: list[Args] | None, variants: list[Args]
) -> None:
    if not variants:
        raise Refused("A product needs a variant", "input", "variants", code="INVALID_INPUT")
    if len(variants) > MOST_VARIANTS:
        told = f"Product has more than {MOST_VARIANTS} variants"
        raise Refused(told, "input", "variants", code="VARIANTS_OVER_LIMIT")
    most = ctx.settings.most_variants
    if found is None and most and len(ctx.store.rows("ProductVariant")) + len(variants) > most:
        raise Refused("Daily variant creation limit reached. Please try again later.", "input")
    names = _option_names(found, options)
    if len(names) > MOST_OPTIONS:
        told = f"Product has more than {MOST_OPTIONS} options"
        raise Refused(told, "input", "productOptions", code="OPTIONS_OVER_LIMIT")
    if len(set(names)) < len(names):
        told = "Option name is duplicated"
        raise Refused(told, "input", "productOptions", code="DUPLICATED_OPTION_NAME")
    seen = set()
    for place, variant in enumerate(variants):
        at = ("input", "variants", str(place))
        chosen = _chosen(found, names, variant, at)
        if chosen in seen:
            told = f"The variant '{' / '.join(value for _, value in chosen)}' already exists"
            raise Refused(told, *at, code="INVALID_VARIANT")
        seen.add(chosen)
        _check_variant(ctx, variant, at)


def _check_variant(ctx: Context, variant: Args, at: tuple[str, ...]) -> None:
    if variant.get("id") and ctx.store.get("ProductVariant", variant["id"]) is None:
        told = "Variant does not exist"
        raise Refused(told, *at, "id", code="PRODUCT_VARIANT_DOES_NOT_EXIST")
    if (variant.get("price") or Decimal(0)) < 0:
        raise Refused("Price must be 0 or more", *at, "price", code="INVALID_VARIANT")


def _option_names(found: Row | None, options: list[Args] | None) -> list[str]:
    if options is None:
        return [option["name"] for option in found["_options"]] if found else []
    held = {option["id"]: option["name"] for option in found["_options"]} if found else {}
    return [one.get("name") or held.get(one.get("id"), "") for one in options]


def _chosen(
    found: Row | None, names: list[str], variant: Args, at: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    held = {option["id"]: option["name"] for option in found["_options"]} if found else {}
    values = {
        one["id"]: one["name"]
        for option in (found["_options"] if found else ())
        for one in option["values"]
    }
    given = {}
    for one in variant["optionValues"]:
        name = one.get("optionName") or held.get(one.get("optionId"), "")
        given[name] = one.get("name") or values.get(one.get("id"), "")
    for name in given:
        if name not in names:
            told = f"Option does not exist: {name}"
            raise Refused(told, *at, "optionValues", code="OPTION_DOES_NOT_EXIST")
    for name in names:
        if not given.get(name):
            told = f"You need to add option values for {name}"
            raise Refused(told, *at, "optionValues", code="OPTION_VALUES_MISSING")
    return tuple((name, given[name]) for name in names)


def _blank(ctx: Context, wanted: Args) -> Row:
    wished = wanted.get("handle") or handle(wanted["title"])
    product = ctx.store.add(
        "Product",
        {
            "handle": free_handle(ctx.store, "Product", wished),
            **dict.fromkeys(PLAIN),
            "descriptionHtml": "",
            "vendor": ctx.settings.name,
            "productType": "",
            "status": "ACTIVE",
            "tags": [],
            "seo": {"title": None, "description": None},
            "publishedAt": None,
            "isGiftCard": bool(wanted.get("giftCard")),
            "category": None,
            "requiresSellingPlan": False,
            "_options": [],
            "_media": [],
            "_published": {},
        },
    )
    if not wanted.get("variants"):
        alone = {"optionValues": [{"optionName": DEFAULT_OPTION, "name": DEFAULT_VALUE}]}
        _variants(ctx, product, [{"name": DEFAULT_OPTION}], [alone])
    return product


def _plain(ctx: Context, product: Row, wanted: Args) -> None:
    for name in PLAIN:
        if name in wanted:
            product[name] = wanted[name] if wanted[name] is not None else ""
    if wanted.get("handle") and wanted["handle"] != product["handle"]:
        product["handle"] = free_handle(ctx.store, "Product", wanted["handle"])
    if wanted.get("seo") is not None:
        product["seo"] = {**product["seo"], **wanted["seo"]}
    if wanted.get("category"):
        name = wanted["category"].rsplit("/", 1)[-1]
        product["category"] = {"id": wanted["category"], "name": name, "fullName": name}
    if wanted.get("tags") is not None:
        product["tags"] = sorted({tag.strip() for tag in wanted["tags"] if tag.strip()})


def _lists(ctx: Context, product: Row, wanted: Args) -> None:
    if wanted.get("variants") is not None:
        _variants(ctx, product, wanted.get("productOptions"), wanted["variants"])
    if wanted.get("files") is not None:
        made = [
            attach(ctx, one, "input", "files", str(place))
            for place, one in enumerate(wanted["files"])
        ]
        product["_media"] = [row["id"] for row in made]
    if wanted.get("metafields") is not None:
        metafields.check(ctx.store, product, wanted["metafields"], ("input", "metafields"))
        metafields.replace(ctx.store, product, wanted["metafields"])
    if wanted.get("collections") is not None:
        members = {gid("Collection", one) for one in wanted["collections"]}
        for collection in ctx.store.rows("Collection"):
            held = [one for one in collection["_products"] if one != product["id"]]
            more = [product["id"]] if collection["id"] in members else []
            if (product["id"] in collection["_products"]) != bool(more):
                collection["_products"] = held + more


def _variants(ctx: Context, product: Row, options: list[Args] | None, variants: list[Args]) -> None:
    names = _option_names(product, options)
    chosen = [_chosen(product, names, one, ()) for one in variants]
    product["_options"] = _merged_options(ctx, product, names, chosen)
    before = {row["_options"]: row for row in variants_of(ctx.store, product)}
    by_id = {row["id"]: row for row in before.values()}
    kept = set()
    for place, (values, one) in enumerate(zip(chosen, variants, strict=True), start=1):
        row = by_id.get(one.get("id")) if one.get("id") else before.get(values)
        row = row or blank_variant(ctx, product)
        kept.add(row["id"])
        row["_options"], row["_position"] = values, one.get("position") or place
        write_variant(ctx, row, one)
    for row in before.values():
        if row["id"] not in kept:
            drop_variant(ctx, row)


def _merged_options(ctx: Context, product: Row, names: list[str], chosen: list[Any]) -> list[Row]:
    """Options and values keep their ids as long as their names stay."""
    held = {option["name"]: option for option in product["_options"]}
    merged = []
    for name in names:
        option = held.get(name) or {"id": gid("ProductOption", ctx.store.number()), "values": []}
        known = {value["name"]: value for value in option["values"]}
        used = dict.fromkeys(value for values in chosen for key, value in values if key == name)
        values = [
            known.get(value) or {"id": gid("ProductOptionValue", ctx.store.number()), "name": value}
            for value in used
        ]
        merged.append({"id": option["id"], "name": name, "values": values})
    return merged


def product_delete(_root: Row, ctx: Context, args: Args) -> Row:
    product = ctx.store.get("Product", args["input"]["id"])
    if not args.get("synchronous", True):
        raise bad_request("The stand-in deletes products in the same answer only.")
    if product is None:
        raise Refused("Product does not exist", "id")
    drop_product(ctx, product)
    ctx.store.tell("PRODUCTS_DELETE", product)
    return {"deletedProductId": product["id"], "userErrors": []}


def drop_product(ctx: Context, product: Row) -> None:
    """With its variants, its metafields and its places in collections."""
    for variant in variants_of(ctx.store, product):
        drop_variant(ctx, variant)
    for one in ctx.store.where("Metafield", "_owner", product["id"]):
        ctx.store.drop(one)
    for collection in ctx.store.rows("Collection"):
        collection["_products"] = [one for one in collection["_products"] if one != product["id"]]
    ctx.store.drop(product)


def variants_update(_root: Row, ctx: Context, args: Args) -> Row:
    """productVariantsBulkUpdate: only what is named, nothing deleted."""
    product = ctx.store.get("Product", args["productId"])
    if product is None:
        raise Refused("Product does not exist", "productId", code="PRODUCT_DOES_NOT_EXIST")
    rows = []
    for place, one in enumerate(args["variants"]):
        row = ctx.store.get("ProductVariant", one.get("id") or "")
        if row is None or row["_product"] != product["id"]:
            at = ("variants", str(place), "id")
            raise Refused(
                "Product variant does not exist", *at, code="PRODUCT_VARIANT_DOES_NOT_EXIST"
            )
        rows.append(row)
    for row, one in zip(rows, args["variants"], strict=True):
        named = {name: value for name, value in one.items() if name != "metafields"}
        write_variant(ctx, row, named)
        for metafield in one.get("metafields") or ():
            metafields.put(ctx.store, row["id"], metafield)
    ctx.store.touch(product)
    ctx.store.tell("PRODUCTS_UPDATE", product)
    return {"product": product, "productVariants": rows, "userErrors": []}


RESOLVERS: Resolvers = {
    "Mutation.productSet": product_set,
    "Mutation.productDelete": product_delete,
    "Mutation.productVariantsBulkUpdate": variants_update,
}
