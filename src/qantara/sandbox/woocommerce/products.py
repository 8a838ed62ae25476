"""Products: what may be sent, what is refused, what a list of them holds."""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from qantara.sandbox.woocommerce.calls import Call, Resource, contains, split
from qantara.sandbox.woocommerce.images import taken
from qantara.sandbox.woocommerce.pricing import priced, settle_parent, status_of, stocked
from qantara.sandbox.woocommerce.product_fields import (
    DEFAULTS,
    LISTING,
    LISTS,
    PLAIN,
    PRODUCT,
    SORTS,
)
from qantara.sandbox.woocommerce.product_view import told_product
from qantara.sandbox.woocommerce.shop import UNCATEGORIZED, Shop
from qantara.sandbox.woocommerce.terms import AttributeTerms
from qantara.sandbox.woocommerce.texts import kept_html, plain
from qantara.sandbox.woocommerce.wire import NotImitated, Refused, Row
from qantara.sandbox.woocommerce.words import number, slug_of, whole


class Products(Resource):
    """`/products`: simple and variable ones; grouped and external ones are kept as they come."""

    table = "products"
    path = "products"
    word = "product"
    schema = PRODUCT
    listing = LISTING
    sorts = SORTS

    def rows(self, call: Call) -> Iterable[Row]:
        """Variations are here only when they are asked for by SKU or GTIN."""
        held = self.shop.table("products")
        if call.query.get("sku"):
            return [held[each] for each in with_skus(self.shop, str(call.query["sku"]))]
        by_code = any(call.query.get(name) for name in ("global_unique_id", "search_sku"))
        return [row for row in held.values() if by_code or row["type"] != "variation"]

    def matches(self, row: Row, asked: Row) -> bool:
        wanted = asked.get("status", "any")
        if row["status"] != wanted if wanted != "any" else row["status"] in HIDDEN:
            return False
        return passes(row, asked)

    def tell(self, row: Row, call: Call) -> Row:
        raw = call.method != "GET" or call.query.get("context") == "edit"
        return picked_meta(told_product(self.shop, row, raw=raw), call)

    def find(self, number: int, call: Call) -> Row:
        row = super().find(number, call)
        if row["type"] == "variation" and call.method != "GET":
            message = (
                "To manipulate product variations you should use the "
                "/products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint."
            )
            raise Refused(404, "woocommerce_rest_invalid_product_id", message)
        return row

    def make(self, given: Row, call: Call) -> Row:
        number = 0
        check_codes(self.shop, given, number, fresh=True)
        row: Row = {**DEFAULTS, **{name: [] for name in LISTS}, "type": "simple"}
        row["dimensions"] = {"length": "", "width": "", "height": ""}
        row["categories"] = [UNCATEGORIZED]
        row["created"] = row["modified"] = self.shop.clock.now()
        row["id"], row["slug"] = 0, ""
        fill(self.shop, row, given, call)
        row["name"] = row["name"] or "Product"
        row["id"] = self.shop.post_id()
        row["slug"] = self._slug(row, given)
        if row["type"] == "variable":
            row["stock_status"] = "outofstock"
        self.shop.table("products")[row["id"]] = row
        self.shop.index.put(row)
        self.shop.tell("product.created", row["id"])
        return row

    def change(self, row: Row, given: Row, call: Call) -> Row:
        check_codes(self.shop, given, row["id"], fresh=False)
        status = row["status"]
        draft = {**row, "meta_data": [dict(each) for each in row["meta_data"]]}
        fill(self.shop, draft, given, call)
        if given.get("slug"):
            draft["slug"] = self._slug(draft, given)
        row.update(draft)
        if status == "trash" and row["status"] != "trash":
            row["slug"] = row["slug"].removesuffix("__trashed")
            meta = row["meta_data"]
            row["meta_data"] = [each for each in meta if each["key"] != "_wp_desired_post_slug"]
        self.shop.index.put(row)
        if row["type"] == "variable":
            settle_parent(self.shop, row)
        self.shop.stamp(row)
        self.shop.tell("product.updated", row["id"])
        return row

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        told = self.linked(row, call)
        if not force:
            trash_product(self.shop, row)
            return told
        held = self.shop.table("products")
        for child in self.shop.index.children(row["id"]):
            del held[child]
            self.shop.index.drop(child)
        self.shop.index.drop(row["id"])
        del held[row["id"]]  # for good: nobody is told
        return told

    def _slug(self, row: Row, given: Row) -> str:
        wanted = slug_of(str(given.get("slug") or row["name"])) or "product"
        own = (row["id"],)
        free = itertools.chain([wanted], (f"{wanted}-{at}" for at in itertools.count(2)))
        return next(each for each in free if self.shop.index.holders("slug", each) in ((), own))


HIDDEN = frozenset({"trash", "auto-draft"})


def trash_product(shop: Shop, row: Row) -> None:
    """To the trash, which keeps its SKU."""
    if row["status"] == "trash":
        message = "The product has already been deleted."
        raise Refused(410, "woocommerce_rest_already_trashed", message)
    kept = {
        "_wp_trash_meta_status": row["status"],
        "_wp_trash_meta_time": str(int(shop.clock.now().timestamp())),
        "_wp_desired_post_slug": row["slug"],
    }
    meta = [{"key": name, "value": value} for name, value in kept.items()]
    row["meta_data"] = shop.merge_meta(row["meta_data"], meta)
    row["status"] = "trash"
    row["slug"] += "__trashed"
    shop.index.put(row)
    shop.stamp(row)
    shop.tell_trashed(row["id"])


def check_codes(shop: Shop, given: Row, own: int, *, fresh: bool) -> None:
    """SKU and GTIN are unique; the trash is seen only when a row would be added."""
    for name, code, message in CODES:
        value = CLEANED[name](given.get(name))
        held = _holder(shop, name, value, own) if value else None
        if held is None:
            continue
        if held["status"] != "trash":
            more = {"unique_sku": _free_sku(shop, value)} if name == "sku" else {}
            raise Refused(400, code, message, resource_id=held["id"], **more)
        if fresh and name == "sku":
            words = (
                f"The product with SKU ({value}) you are trying to insert is already present "
                "in the lookup table"
            )
            raise Refused(400, "woocommerce_rest_product_not_created", words)


CODES = (
    ("sku", "product_invalid_sku", "Invalid or duplicated SKU."),
    (
        "global_unique_id",
        "product_invalid_global_unique_id",
        "Invalid or duplicated GTIN, UPC, EAN or ISBN.",
    ),
)


def _holder(shop: Shop, name: str, value: str, own: int) -> Row | None:
    held = shop.table("products")
    same = [held[each] for each in shop.index.holders(name, value) if each != own]
    return next((row for row in same if row["status"] != "trash"), same[0] if same else None)


def _free_sku(shop: Shop, value: str) -> str:
    free = (f"{value}-{at}" for at in itertools.count(1))
    return next(each for each in free if not shop.index.holders("sku", each))


def with_skus(shop: Shop, listed: str) -> list[int]:
    """Who has one of these SKUs, with commas between them; the first made first."""
    return sorted(each for sku in listed.split(",") for each in shop.index.holders("sku", sku))


def passes(row: Row, asked: Row) -> bool:
    """Whether a product or variation is one of those that were asked for."""
    wanted = (name for name in asked if name in FILTERS and asked[name] not in (None, "", []))
    return all(FILTERS[name](row, asked[name]) for name in wanted)


def fill(shop: Shop, row: Row, given: Row, call: Call) -> None:
    """Everything that was sent, but for the slug; a product and a variation share most of it."""
    fill_shared(shop, row, given)
    row["type"] = given.get("type", row["type"])
    for name, kept in TEXTS.items():
        if name in given:
            row[name] = kept(str(given[name]))
    row["created"] = _created(shop, given) or row["created"]
    for name in ("categories", "tags"):
        if name in given:
            row[name] = _known(shop, name, given[name])
    row["categories"] = row["categories"] or [UNCATEGORIZED]
    if "attributes" in given:
        row["attributes"] = _attributes(shop, given["attributes"])
    if "default_attributes" in given:
        row["default_attributes"] = [
            {"id": 0, "name": "", **each} for each in given["default_attributes"] or []
        ]
    if "images" in given:
        row["images"] = _pictures(shop, given["images"], call)


def fill_shared(shop: Shop, row: Row, given: Row) -> None:
    """What products and variations take alike."""
    if given.get("downloads"):
        raise NotImitated("files to be downloaded")
    row.update({name: given[name] for name in PLAIN if name in given})
    row.update({name: kept(given[name]) for name, kept in CLEANED.items() if name in given})
    if isinstance(given.get("dimensions"), dict):
        row["dimensions"] = {**row["dimensions"], **given["dimensions"]}
    priced(shop, row, given)
    stocked(row, given)
    row["meta_data"] = shop.merge_meta(row["meta_data"], given.get("meta_data"))


def _created(shop: Shop, given: Row) -> datetime | None:
    local, gmt = given.get("date_created"), given.get("date_created_gmt")
    sent = local or gmt
    return shop.clock.read(str(sent), gmt=not local) if sent else None


def _code(value: Any) -> str:
    return plain(str(value or ""))


def _tax_class(value: Any) -> str:
    return "" if value == "standard" else str(value)


def _name(value: str) -> str:
    return kept_html(value).strip()


TEXTS = {"name": _name, "short_description": kept_html, "purchase_note": kept_html}
CLEANED: Mapping[str, Callable[[Any], Any]] = {
    "sku": _code,
    "global_unique_id": lambda value: re.sub(r"[^0-9-]", "", str(value or "")),
    "description": lambda value: kept_html(str(value)),
    "tax_class": _tax_class,
    "shipping_class": str,
}


def _known(shop: Shop, table: str, given: Any) -> list[int]:
    """Only what the shop has: unknown ids fall out without a word, names are not looked at."""
    numbers = [whole(each.get("id", 0)) for each in given or [] if isinstance(each, dict)]
    return [each for each in dict.fromkeys(numbers) if each in shop.table(table)]


def _attributes(shop: Shop, given: Any) -> list[Row]:
    found = []
    for each in given or []:
        number = whole(each.get("id", 0))
        shared = shop.table("attributes").get(number)
        if number and shared is None:
            continue
        options = [str(option) for option in each.get("options") or [] if str(option)]
        name = shared["name"] if shared else str(each.get("name") or "")
        if not name or (shared and not options):
            continue
        if shared:
            options = sorted(_shared_options(shop, number, options), key=str.lower)
        found.append(
            {
                "id": number,
                "name": name,
                "options": options,
                "slug": shared["slug"] if shared else name,
                "position": whole(each.get("position", 0)),
                "visible": bool(each.get("visible", False)),
                "variation": bool(each.get("variation", False)),
            }
        )
    return sorted(found, key=lambda row: row["position"])


def _shared_options(shop: Shop, attribute: int, options: list[str]) -> list[str]:
    """The terms' names; terms that are not there yet are made."""
    terms = AttributeTerms(shop)
    call = Call(method="POST", path="", ids={"attribute": str(attribute)})
    found = []
    for option in options:
        held = next((row for row in terms.rows(call) if option in (row["name"], row["slug"])), None)
        found.append((held or terms.make({"name": option}, call))["name"])
    return list(dict.fromkeys(found))


def _pictures(shop: Shop, given: Any, call: Call) -> list[int]:
    """The ids of the pictures; name and alt text are the picture's own."""
    found = []
    for each in given or []:
        picture = taken(shop, each, call)
        if picture is None:
            continue
        row = shop.table("images")[picture]
        row["name"] = each.get("name") or row["name"]
        row["alt"] = each.get("alt") or row["alt"]
        found.append(picture)
    return found


def picked_meta(told: Row, call: Call) -> Row:
    """Meta data as `include_meta` and `exclude_meta` leave them."""
    wanted, unwanted = call.query.get("include_meta"), call.query.get("exclude_meta")
    if wanted:
        names = split(wanted)
        told["meta_data"] = [each for each in told["meta_data"] if each["key"] in names]
    elif unwanted:
        names = split(unwanted)
        told["meta_data"] = [each for each in told["meta_data"] if each["key"] not in names]
    return told


def _has_term(row: Row, asked: Any) -> bool:
    return any(str(term) in split(asked) for term in row["categories"])


def sold(shop: Shop, row: Row, quantity: int) -> None:
    """Stock goes down (or, negative, up) by an order, or by hand."""
    row["stock_quantity"] = (row["stock_quantity"] or 0) - quantity
    row["stock_status"] = status_of(row)
    shop.stamp(row)
    parent = shop.table("products").get(row["parent_id"])
    if parent is not None:
        settle_parent(shop, parent)
    shop.tell("product.updated", row["id"])


FILTERS: Mapping[str, Callable[[Row, Any], bool]] = {
    "type": lambda row, value: row["type"] == value,
    "search_sku": lambda row, value: contains(value, row["sku"]),
    "global_unique_id": lambda row, value: row["global_unique_id"] in value.split(","),
    "slug": lambda row, value: row["slug"] == value,
    "featured": lambda row, value: row["featured"] == value,
    "category": _has_term,
    "tag": lambda row, value: any(str(term) in split(value) for term in row["tags"]),
    "tax_class": lambda row, value: (row["tax_class"] or "standard") == value,
    "min_price": lambda row, value: number(row["price"]) >= number(value),
    "max_price": lambda row, value: number(row["price"]) <= number(value),
    "stock_status": lambda row, value: row["stock_status"] == value,
    "parent": lambda row, value: row["parent_id"] in value,
    "search": lambda row, value: contains(
        value, row["name"], row["description"], row["short_description"], row["sku"]
    ),
    "virtual": lambda row, value: row["virtual"] == value,
    "downloadable": lambda row, value: row["downloadable"] == value,
}
