"""Products and variations as the API tells them."""

from qantara.sandbox.woocommerce.images import attachment, bare
from qantara.sandbox.woocommerce.pricing import on_sale, variation_status
from qantara.sandbox.woocommerce.settings import CURRENCIES
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.texts import paragraphs
from qantara.sandbox.woocommerce.wire import Row
from qantara.sandbox.woocommerce.words import money, slug_of

SIZES = ("length", "width", "height")
AS_HELD = (
    *("id", "name", "slug", "type", "status", "featured", "catalog_visibility", "sku", "price"),
    *("regular_price", "sale_price", "total_sales", "virtual", "downloadable", "downloads"),
    *("download_limit", "download_expiry", "external_url", "button_text", "tax_status"),
    *("tax_class", "manage_stock", "stock_quantity", "backorders", "low_stock_amount"),
    *("sold_individually", "weight", "dimensions", "shipping_class", "reviews_allowed"),
    *("upsell_ids", "cross_sell_ids", "parent_id", "purchase_note"),
    *("grouped_products", "menu_order", "stock_status", "global_unique_id"),
)
VARIATION_HELD = (
    *("id", "type", "sku", "global_unique_id", "price", "regular_price", "sale_price", "status"),
    *("virtual", "downloadable", "downloads", "download_limit", "download_expiry", "tax_status"),
    *("manage_stock", "stock_quantity", "backorders", "low_stock_amount", "weight"),
    *("dimensions", "shipping_class", "menu_order", "parent_id"),
)


def told_product(shop: Shop, row: Row, *, raw: bool) -> Row:
    """A product; `raw` texts are as they were sent, others have their paragraphs set."""
    text = _unset if raw else paragraphs
    variable = row["type"] == "variable"
    return {
        **{name: row[name] for name in AS_HELD},
        **_shared(shop, row),
        **_of_parent(shop, row, raw=raw),
        "name": _full_name(shop, row),
        "permalink": f"{shop.url}/product/{row['slug']}/",
        "description": text(row["description"]),
        "short_description": text(row["short_description"]),
        "on_sale": on_sale(shop, row),
        "purchasable": row["price"] != "",
        "shipping_taxable": row["tax_status"] in ("taxable", "shipping"),
        "shipping_required": not row["virtual"],
        "average_rating": "0" if raw else "0.00",
        "rating_count": 0,
        "categories": [_term(shop, "categories", each) for each in row["categories"]],
        "brands": [],
        "tags": [_term(shop, "tags", each) for each in row["tags"]],
        "images": [attachment(shop, each) for each in row["images"]],
        "attributes": _attributes(shop, row),
        "variations": list(shop.index.children(row["id"])) if variable else [],
        "default_attributes": row["default_attributes"] if variable else [],
        "price_html": _price_html(shop, row),
        "related_ids": [],
        "has_options": variable,
        "post_password": "",
        "meta_data": row["meta_data"],
        **({"permalink_template": _template(shop), "generated_slug": slug_of(row["name"])}
           if raw else {}),
    }  # fmt: skip


def told_variation(shop: Shop, row: Row, parent: Row, *, raw: bool) -> Row:
    """A variation as its own endpoint tells it."""
    told = {name: row[name] for name in VARIATION_HELD}
    images = row["images"] or ([] if raw else parent["images"])
    told.update(_shared(shop, row))
    told["attributes"] = told_options(row, parent)
    told.update(_inherited(row, parent, raw=raw))
    return {
        **told,
        "name": ", ".join(each["option"] for each in told["attributes"]),
        "description": paragraphs(row["description"]),
        "permalink": f"{shop.url}/product/{parent['slug']}/{_choice(row)}",
        "on_sale": on_sale(shop, row),
        "purchasable": row["price"] != "" and row["status"] == "publish",
        "image": bare(attachment(shop, next(iter(images), None))),
        "gallery_image_ids": [],
        "meta_data": row["meta_data"],
    }


def _of_parent(shop: Shop, row: Row, *, raw: bool) -> Row:
    """What is different where a variation is told as if it were a product."""
    if row["type"] != "variation":
        return {}
    held = _inherited(row, shop.table("products")[row["parent_id"]], raw=raw)
    return {**held, "total_sales": str(row["total_sales"]), "reviews_allowed": False}


def _inherited(row: Row, parent: Row, *, raw: bool) -> Row:
    """What a variation has not itself it has from its parent."""
    size = {name: row["dimensions"][name] or parent["dimensions"][name] for name in SIZES}
    told = {
        **{name: row[name] or parent[name] for name in ("sku", "weight", "shipping_class")},
        "dimensions": size,
        "stock_status": variation_status(row, parent),
        "tax_class": parent["tax_class"]
        if row["tax_class"] == "parent" and not raw
        else row["tax_class"],
    }
    if parent["manage_stock"] and not row["manage_stock"]:
        shared = ("stock_quantity", "backorders", "low_stock_amount")
        told |= {"manage_stock": "parent", **{name: parent[name] for name in shared}}
    return told


def told_options(row: Row, parent: Row) -> list[Row]:
    """Which option of each attribute a variation is."""
    found = []
    for attribute in parent["attributes"]:
        option = row["options"].get(_place(attribute))
        if attribute["variation"] and option:
            slug = attribute["slug"] if attribute["id"] else slug_of(attribute["name"])
            found.append(
                {"id": attribute["id"], "name": attribute["name"], "slug": slug, "option": option}
            )
    return found


def _place(attribute: Row) -> str:
    return str(attribute["id"] or attribute["name"].lower())


def _shared(shop: Shop, row: Row) -> Row:
    return {
        **shop.clock.both("date_created", row["created"]),
        **shop.clock.both("date_modified", row["modified"]),
        **shop.clock.both("date_on_sale_from", row["sale_from"]),
        **shop.clock.both("date_on_sale_to", row["sale_to"]),
        "backorders_allowed": row["backorders"] != "no",
        "backordered": row["stock_status"] == "onbackorder",
        "shipping_class_id": _shipping_class(shop, row["shipping_class"]),
    }


def _shipping_class(shop: Shop, slug: str) -> int:
    held = shop.table("shipping_classes").values()
    return next((row["id"] for row in held if slug and row["slug"] == slug), 0)


def _full_name(shop: Shop, row: Row) -> str:
    if row["type"] != "variation":
        return str(row["name"])
    parent = shop.table("products")[row["parent_id"]]
    options = ", ".join(each["option"] for each in told_options(row, parent))
    return f"{parent['name']} - {options}" if options else str(parent["name"])


def _attributes(shop: Shop, row: Row) -> list[Row]:
    if row["type"] == "variation":
        return told_options(row, shop.table("products")[row["parent_id"]])
    return list(row["attributes"])


def _term(shop: Shop, table: str, number: int) -> Row:
    row = shop.table(table)[number]
    return {"id": row["id"], "name": row["name"], "slug": row["slug"]}


def _choice(row: Row) -> str:
    pairs = "&".join(f"attribute_{slug_of(name)}={each}" for name, each in row["options"].items())
    return f"?{pairs}" if pairs else ""


def _price_html(shop: Shop, row: Row) -> str:
    if row["price"] == "":
        return ""
    sign = CURRENCIES[shop.settings.currency][2]
    amount = money(row["price"], shop.settings.decimals)
    return (
        '<span class="woocommerce-Price-amount amount"><bdi>'
        f'<span class="woocommerce-Price-currencySymbol">{sign}</span>{amount}</bdi></span>'
    )


def _template(shop: Shop) -> str:
    return f"{shop.url}/product/%pagename%/"


def _unset(text: str) -> str:
    return text
