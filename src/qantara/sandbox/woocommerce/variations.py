"""Variations of a variable product."""

import itertools
from collections.abc import Iterable
from typing import Any

from qantara.sandbox.woocommerce.calls import Call, Resource
from qantara.sandbox.woocommerce.images import taken
from qantara.sandbox.woocommerce.pricing import settle_parent
from qantara.sandbox.woocommerce.product_fields import (
    DEFAULTS,
    LISTING,
    LISTS,
    SORTS,
    VARIATION,
)
from qantara.sandbox.woocommerce.product_view import told_variation
from qantara.sandbox.woocommerce.products import (
    HIDDEN,
    check_codes,
    fill_shared,
    passes,
    picked_meta,
    trash_product,
)
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.wire import Answer, Refused, Row, crashed
from qantara.sandbox.woocommerce.words import slug_of, whole

LIMIT = 50


class Variations(Resource):
    """`/products/{product}/variations`, and `/variations` for all of them."""

    table = "products"
    word = "product_variation"
    schema = VARIATION
    listing = LISTING
    sorts = SORTS

    def collection(self, call: Call) -> str:
        return f"/products/{call.ids['product']}/variations" if call.ids else "/variations"

    def address(self, row: Row, call: Call) -> str:
        return f"/products/{row['parent_id']}/variations/{row['id']}"

    def rows(self, call: Call) -> Iterable[Row]:
        held = self.shop.table("products")
        if "product" in call.ids:
            return [held[each] for each in self.shop.index.children(call.parent("product"))]
        return [row for row in held.values() if row["type"] == "variation"]

    def matches(self, row: Row, asked: Row) -> bool:
        wanted = asked.get("status", "any")
        if row["status"] != wanted if wanted != "any" else row["status"] in HIDDEN:
            return False
        skus = str(asked.get("sku") or "")
        return (not skus or row["sku"] in skus.split(",")) and passes(row, asked)

    def find(self, number: int, call: Call) -> Row:
        parent = self._parent(call)
        row = self.shop.table("products").get(number)
        if row is None or row["type"] != "variation" or row["parent_id"] != parent["id"]:
            raise Refused(404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.")
        return row

    def tell(self, row: Row, call: Call) -> Row:
        raw = call.method != "GET" or call.query.get("context") == "edit"
        parent = self.shop.table("products")[row["parent_id"]]
        return picked_meta(told_variation(self.shop, row, parent, raw=raw), call)

    def make(self, given: Row, call: Call) -> Row:
        if call.parent("product") not in self.shop.table("products"):
            raise crashed()
        parent = self._parent(call)
        check_codes(self.shop, given, 0, fresh=True)
        row: Row = {**DEFAULTS, **{name: [] for name in LISTS}, "type": "variation"}
        row |= {"parent_id": parent["id"], "options": {}, "slug": "", "tax_class": "parent"}
        row["dimensions"] = {"length": "", "width": "", "height": ""}
        row["created"] = row["modified"] = self.shop.clock.now()
        self._fill(row, given, call, parent)
        row["id"] = self.shop.post_id()
        row["slug"] = f"{parent['slug']}-{row['id']}"
        self.shop.table("products")[row["id"]] = row
        self.shop.index.put(row)
        settle_parent(self.shop, parent)
        self.shop.tell("product.created", row["id"])
        return row

    def change(self, row: Row, given: Row, call: Call) -> Row:
        parent = self._parent(call)
        check_codes(self.shop, given, row["id"], fresh=False)
        draft = {**row, "meta_data": [dict(each) for each in row["meta_data"]]}
        self._fill(draft, given, call, parent)
        row.update(draft)
        self.shop.index.put(row)
        self.shop.stamp(row)
        settle_parent(self.shop, parent)
        self.shop.tell("product.updated", row["id"])
        return row

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        told = self.linked(row, call)
        parent = self._parent(call)
        if force:
            del self.shop.table("products")[row["id"]]
            self.shop.index.drop(row["id"])
        else:
            trash_product(self.shop, row)
        settle_parent(self.shop, parent)
        return told

    def generate(self, call: Call) -> Answer:
        """Makes what is missing of all combinations, up to fifty."""
        parent = self._parent(call)
        varied = [each for each in parent["attributes"] if each["variation"]]
        made = 0
        known = [row["options"] for row in self.rows(call)]
        for chosen in itertools.product(*(each["options"] for each in varied)):
            names = [str(each["id"] or each["name"].lower()) for each in varied]
            options = dict(zip(names, chosen, strict=True))
            if not varied or options in known or made >= LIMIT:
                continue
            row = self.make({}, call)
            row["options"] = options
            made += 1
        return Answer(body={"count": made})

    def _parent(self, call: Call) -> Row:
        parent = self.shop.table("products").get(call.parent("product"))
        if parent is None or parent["type"] == "variation":
            raise Refused(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
        return parent

    def _fill(self, row: Row, given: Row, call: Call, parent: Row) -> None:
        sent = dict(given)
        if "manage_stock" in sent:
            sent["manage_stock"] = _flag(sent["manage_stock"])
        fill_shared(self.shop, row, sent)
        if "attributes" in sent:
            row["options"] = self._options(sent["attributes"], parent)
        if "image" in sent:
            picture = _picture(self.shop, sent["image"], call) if sent["image"] else None
            row["images"] = [picture] if picture else []

    def _options(self, given: Any, parent: Row) -> dict[str, str]:
        """By the attribute's id or lower name; what the parent does not vary by falls out."""
        found: dict[str, str] = {}
        for each in given or []:
            number, name = whole(each.get("id", 0)), str(each.get("name") or "").lower()
            for attribute in parent["attributes"]:
                same = attribute["id"] == number if number else attribute["name"].lower() == name
                if same and attribute["variation"]:
                    option = str(each.get("option") or "")
                    found[str(attribute["id"] or name)] = _option_name(attribute, option)
        return found


def _option_name(attribute: Row, option: str) -> str:
    """The term's own name, when its slug or another case of it was sent."""
    same = (each for each in attribute["options"] if slug_of(each) == slug_of(option))
    return next(same, option) if attribute["id"] else option


def _picture(shop: Shop, given: Row, call: Call) -> int | None:
    try:
        return taken(shop, given, call)
    except Refused as error:
        error.code = error.code.replace("_product_", "_variation_")
        raise


def _flag(value: Any) -> bool:
    """Whether it keeps stock itself; `parent` is that it does not."""
    return value if isinstance(value, bool) else str(value).lower() in ("true", "1", "yes")
