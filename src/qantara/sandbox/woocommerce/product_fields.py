"""The parameters of products and variations, and the orders a list of them can be in."""

from qantara.sandbox.woocommerce.calls import DATED
from qantara.sandbox.woocommerce.schema import (
    BOOLEAN,
    DATE,
    INTEGER,
    INTEGERS,
    META,
    MIXED,
    REFUSED,
    STRING,
    STRINGS,
    Param,
    Schema,
    objects,
)
from qantara.sandbox.woocommerce.words import number

STATUSES = ("draft", "pending", "private", "publish", "future", "auto-draft", "trash")
TYPES = ("simple", "grouped", "external", "variable")
VISIBILITIES = ("visible", "catalog", "search", "hidden")
TAX_STATUSES = ("taxable", "shipping", "none")
STOCK_STATUSES = ("instock", "outofstock", "onbackorder")
BACKORDERS = ("no", "notify", "yes")


def one_of(*names: str) -> Param:
    """A word of these."""
    return Param(type="string", enum=names)


PICTURE = Param(
    type="object",
    nullable=True,
    fields={"id": INTEGER, "src": STRING, "name": STRING, "alt": STRING},
)
DIMENSIONS = Param(type="object", fields={"length": STRING, "width": STRING, "height": STRING})
SHARED: Schema = {
    "sku": STRING,
    "global_unique_id": STRING,
    "regular_price": STRING,
    "sale_price": STRING,
    "date_on_sale_from": MIXED,
    "date_on_sale_from_gmt": MIXED,
    "date_on_sale_to": MIXED,
    "date_on_sale_to_gmt": MIXED,
    "status": one_of(*STATUSES),
    "virtual": BOOLEAN,
    "downloadable": BOOLEAN,
    "downloads": objects(id=STRING, name=STRING, file=STRING),
    "download_limit": INTEGER,
    "download_expiry": INTEGER,
    "tax_status": one_of(*TAX_STATUSES),
    "tax_class": STRING,
    "stock_quantity": Param(type="integer", nullable=True),
    "inventory_delta": INTEGER,
    "stock_status": one_of(*STOCK_STATUSES),
    "backorders": one_of(*BACKORDERS),
    "low_stock_amount": Param(type="integer", nullable=True),
    "weight": STRING,
    "dimensions": DIMENSIONS,
    "shipping_class": STRING,
    "description": STRING,
    "menu_order": INTEGER,
    "meta_data": META,
}
PRODUCT: Schema = {
    **SHARED,
    "name": STRING,
    "slug": STRING,
    "type": one_of(*TYPES),
    "featured": BOOLEAN,
    "catalog_visibility": one_of(*VISIBILITIES),
    "short_description": STRING,
    "external_url": STRING,
    "button_text": STRING,
    "manage_stock": BOOLEAN,
    "sold_individually": BOOLEAN,
    "reviews_allowed": BOOLEAN,
    "upsell_ids": INTEGERS,
    "cross_sell_ids": INTEGERS,
    "parent_id": INTEGER,
    "purchase_note": STRING,
    "categories": objects(id=INTEGER),
    "tags": objects(id=INTEGER),
    "brands": REFUSED,
    "images": objects(id=INTEGER, src=STRING, name=STRING, alt=STRING),
    "attributes": objects(
        id=INTEGER, name=STRING, position=INTEGER, visible=BOOLEAN, variation=BOOLEAN,
        options=STRINGS,
    ),
    "default_attributes": objects(id=INTEGER, name=STRING, option=STRING),
    "grouped_products": INTEGERS,
    "post_password": REFUSED,
    "date_created": DATE,
    "date_created_gmt": DATE,
}  # fmt: skip
VARIATION: Schema = {
    **SHARED,
    "manage_stock": Param(type="mixed"),
    "image": PICTURE,
    "gallery_image_ids": REFUSED,
    "attributes": objects(id=INTEGER, name=STRING, option=STRING),
}
LISTING: Schema = {
    **DATED,
    "status": one_of("any", *STATUSES),
    "type": one_of(*TYPES),
    "sku": STRING,
    "search_sku": STRING,
    "global_unique_id": STRING,
    "slug": STRING,
    "featured": BOOLEAN,
    "category": STRING,
    "tag": STRING,
    "shipping_class": REFUSED,
    "attribute": STRING,
    "attribute_term": STRING,
    "tax_class": STRING,
    "on_sale": BOOLEAN,
    "min_price": STRING,
    "max_price": STRING,
    "stock_status": one_of(*STOCK_STATUSES),
    "parent": INTEGERS,
    "parent_exclude": REFUSED,
    "include_meta": STRINGS,
    "exclude_meta": STRINGS,
    "exclude_types": REFUSED,
    "include_types": REFUSED,
    "include_status": REFUSED,
    "exclude_status": REFUSED,
    "downloadable": BOOLEAN,
    "virtual": BOOLEAN,
}
SORTS = {
    "date": lambda row: row["created"],
    "id": lambda row: row["id"],
    "title": lambda row: row["name"].lower(),
    "slug": lambda row: row["slug"],
    "modified": lambda row: row["modified"],
    "price": lambda row: number(row["price"]),
    "popularity": lambda row: row["total_sales"],
    "sales": lambda row: row["total_sales"],
    "rating": lambda _row: 0,
    "menu_order": lambda row: row["menu_order"],
}
DEFAULTS = {
    "status": "publish", "featured": False, "catalog_visibility": "visible", "description": "",
    "short_description": "", "sku": "", "global_unique_id": "", "regular_price": "",
    "sale_price": "", "sale_from": None, "sale_to": None, "total_sales": 0, "virtual": False,
    "downloadable": False, "download_limit": -1, "download_expiry": -1, "external_url": "",
    "button_text": "", "tax_status": "taxable", "tax_class": "", "manage_stock": False,
    "stock_quantity": None, "stock_status": "instock", "backorders": "no",
    "low_stock_amount": None, "sold_individually": False, "weight": "", "shipping_class": "",
    "reviews_allowed": True, "parent_id": 0, "purchase_note": "", "menu_order": 0, "name": "",
    "price": "",
}  # fmt: skip
LISTS = (
    *("downloads", "upsell_ids", "cross_sell_ids", "categories", "tags", "images", "attributes"),
    *("default_attributes", "grouped_products", "meta_data"),
)
# taken as they come, once checked
PLAIN = (
    *("featured", "catalog_visibility", "virtual", "downloadable", "download_limit"),
    *("download_expiry", "external_url", "button_text", "tax_status", "low_stock_amount"),
    *("sold_individually", "reviews_allowed", "parent_id", "purchase_note", "menu_order"),
    *(
        "upsell_ids",
        "cross_sell_ids",
        "grouped_products",
        "weight",
        "status",
        "backorders",
        "manage_stock",
    ),
)
