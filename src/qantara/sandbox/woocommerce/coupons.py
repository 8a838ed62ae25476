"""Coupons, and whether an order may use one."""

from typing import Any, ClassVar

from qantara.sandbox.woocommerce.calls import DATED, Call, Resource, contains
from qantara.sandbox.woocommerce.product_fields import one_of
from qantara.sandbox.woocommerce.schema import (
    BOOLEAN,
    DATE,
    INTEGERS,
    META,
    REFUSED,
    STRING,
    STRINGS,
    Param,
    Schema,
    required,
)
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.wire import Refused, Row
from qantara.sandbox.woocommerce.words import decimal_text, money, number

KINDS = ("percent", "fixed_cart", "fixed_product")
NULLABLE = Param(type="integer", nullable=True)
PLAIN = (
    *("description", "discount_type", "individual_use", "product_ids", "excluded_product_ids"),
    *("usage_limit", "usage_limit_per_user", "free_shipping", "exclude_sale_items", "status"),
    *("email_restrictions",),
)
MONEY = ("amount", "minimum_amount", "maximum_amount")
SORTS = {
    "date": lambda row: row["created"],
    "id": lambda row: row["id"],
    "title": lambda row: row["code"],
    "slug": lambda row: row["code"],
    "modified": lambda row: row["modified"],
}


class Coupons(Resource):
    """`/coupons`."""

    table = "coupons"
    path = "coupons"
    word = "shop_coupon"
    schema: ClassVar[Schema] = {
        "code": STRING,
        "amount": STRING,
        "discount_type": one_of(*KINDS),
        "description": STRING,
        "date_expires": DATE,
        "date_expires_gmt": DATE,
        "individual_use": BOOLEAN,
        "product_ids": INTEGERS,
        "excluded_product_ids": INTEGERS,
        "usage_limit": NULLABLE,
        "usage_limit_per_user": NULLABLE,
        "limit_usage_to_x_items": REFUSED,
        "free_shipping": BOOLEAN,
        "product_categories": REFUSED,
        "excluded_product_categories": REFUSED,
        "exclude_sale_items": BOOLEAN,
        "minimum_amount": STRING,
        "maximum_amount": STRING,
        "email_restrictions": STRINGS,
        "meta_data": META,
        "status": one_of("publish", "draft", "pending", "private", "future"),
    }
    listing: ClassVar[Schema] = {**DATED, "code": STRING}
    sorts = SORTS

    def matches(self, row: Row, asked: Row) -> bool:
        if row["status"] == "trash":
            return False
        if asked.get("code") and row["code"] != asked["code"].lower():
            return False
        return not asked.get("search") or contains(asked["search"], row["code"])

    def tell(self, row: Row, call: Call) -> Row:
        places = self.shop.settings.decimals
        kept = ("id", "code", "status", *PLAIN, "usage_count", "used_by", "meta_data")
        return {
            **{name: row[name] for name in kept},
            **{name: money(row[name], places) for name in MONEY},
            **self.shop.clock.both("date_created", row["created"]),
            **self.shop.clock.both("date_modified", row["modified"]),
            **self.shop.clock.both("date_expires", row["expires"]),
            "limit_usage_to_x_items": None,
            "product_categories": [],
            "excluded_product_categories": [],
        }

    def make(self, given: Row, call: Call) -> Row:
        if not call.batch:
            required(given, "code")
        if not given.get("code"):
            message = "The coupon code cannot be empty."
            raise Refused(400, "woocommerce_rest_empty_coupon_code", message)
        now = self.shop.clock.now()
        row: Row = {
            "code": "",
            "amount": "0",
            "discount_type": "fixed_cart",
            "description": "",
            "individual_use": False,
            "product_ids": [],
            "excluded_product_ids": [],
            "usage_limit": None,
            "usage_limit_per_user": None,
            "free_shipping": False,
            "exclude_sale_items": False,
            "minimum_amount": "0",
            "maximum_amount": "0",
            "email_restrictions": [],
            "meta_data": [],
            "expires": None,
            "usage_count": 0,
            "used_by": [],
            "status": "publish",
            "created": now,
            "modified": now,
        }
        self._fill(row, given, None)
        row["id"] = self.shop.post_id()
        self.shop.table("coupons")[row["id"]] = row
        self.shop.tell("coupon.created", row["id"])
        return row

    def change(self, row: Row, given: Row, call: Call) -> Row:
        self._fill(row, given, row["id"])
        self.shop.stamp(row)
        self.shop.tell("coupon.updated", row["id"])
        return row

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        told = self.linked(row, call)
        if force:
            del self.shop.table("coupons")[row["id"]]
        else:
            row["status"] = "trash"
            self.shop.tell_trashed(row["id"])
        return told

    def _fill(self, row: Row, given: Row, own: int | None) -> None:
        code = str(given.get("code", row["code"])).lower().strip()
        held = self.shop.table("coupons").values()
        if any(
            each["code"] == code and each["id"] != own and each["status"] != "trash"
            for each in held
        ):
            message = "The coupon code already exists"
            raise Refused(400, "woocommerce_rest_coupon_code_already_exists", message)
        row["code"] = code
        row.update({name: given[name] for name in PLAIN if name in given})
        row.update({name: decimal_text(given[name]) or "0" for name in MONEY if name in given})
        for name in ("date_expires", "date_expires_gmt"):
            if name in given:
                gmt = name.endswith("gmt")
                text = str(given[name] or "")
                row["expires"] = self.shop.clock.read(text, gmt=gmt) if text else None
        row["meta_data"] = self.shop.merge_meta(row["meta_data"], given.get("meta_data"))


def usable(shop: Shop, code: str, subtotal: Any) -> Row:
    """The coupon, if this order may use it; else a refusal in the shop's words."""
    held = shop.table("coupons").values()
    row = next((each for each in held if each["code"] == code and each["status"] != "trash"), None)
    if row is None:
        raise _invalid(f"Coupon &quot;{code}&quot; cannot be applied because it does not exist.")
    if row["expires"] and row["expires"] <= shop.clock.now():
        raise _invalid(f"Coupon &quot;{code}&quot; has expired.")
    if row["usage_limit"] and row["usage_count"] >= row["usage_limit"]:
        raise _invalid(f"Usage limit for coupon &quot;{code}&quot; has been reached.")
    low, high = number(row["minimum_amount"]), number(row["maximum_amount"])
    if low and subtotal < low:
        raise _invalid(f"The minimum spend for coupon &quot;{code}&quot; is {low}.")
    if high and subtotal > high:
        raise _invalid(f"The maximum spend for coupon &quot;{code}&quot; is {high}.")
    return row


def _invalid(message: str) -> Refused:
    return Refused(400, "woocommerce_rest_invalid_coupon", message)
