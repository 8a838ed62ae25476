"""Orders: made and changed as they are sent, with no regard to whether they were before."""

from typing import Any

from qantara.sandbox.woocommerce.calls import Call, Resource
from qantara.sandbox.woocommerce.items import (
    of_kind,
    recount,
    take_coupons,
    take_items,
)
from qantara.sandbox.woocommerce.order_fields import (
    BILLING,
    LISTING,
    ORDER,
    SHIPPING,
    SORTS,
    TAKING,
)
from qantara.sandbox.woocommerce.order_view import needs_payment, refunds_of, told_order
from qantara.sandbox.woocommerce.products import picked_meta
from qantara.sandbox.woocommerce.refunds import refund_rest
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.statuses import (
    adjust,
    count_sales,
    follow,
    known,
    pay,
    restore,
    set_status,
)
from qantara.sandbox.woocommerce.wire import Refused, Row
from qantara.sandbox.woocommerce.words import whole

PLAIN = (
    *("currency", "customer_id", "customer_note", "payment_method", "payment_method_title"),
    *("transaction_id", "parent_id"),
)
COUNTED = ("billing", "shipping", "line_items", "shipping_lines", "fee_lines", "coupon_lines")
HIDDEN = frozenset({"trash", "auto-draft"})


class Orders(Resource):
    """`/orders`."""

    table = "orders"
    path = "orders"
    word = "shop_order"
    schema = ORDER
    listing = LISTING
    sorts = SORTS

    def matches(self, row: Row, asked: Row) -> bool:
        wanted = asked.get("status") or ["any"]
        if row["status"] in HIDDEN and row["status"] not in wanted:
            return False
        if "any" not in wanted and row["status"] not in wanted:
            return False
        if asked.get("customer") and row["customer_id"] != asked["customer"]:
            return False
        if asked.get("created_via") and row["created_via"] not in asked["created_via"]:
            return False
        if asked.get("parent") and row["parent_id"] not in asked["parent"]:
            return False
        if asked.get("product") and not _has_product(row, asked["product"]):
            return False
        return not asked.get("search") or _says(row, asked["search"])

    def tell(self, row: Row, call: Call) -> Row:
        dp = call.query.get("dp")
        told = told_order(self.shop, row, whole(dp) if dp not in (None, "") else None)
        return picked_meta(told, call)

    def make(self, given: Row, call: Call) -> Row:
        self._check_customer(given)
        row = blank(self.shop)
        row["created_via"] = given.get("created_via") or "rest-api"
        self._fill(row, given)
        recount(self.shop, row)
        row["id"] = self.shop.post_id()
        self.shop.table("orders")[row["id"]] = row
        self.shop.tell("order.created", row["id"])
        if given.get("coupon_lines"):
            self._take_first_coupons(row, given["coupon_lines"])
        row["status"] = known(given.get("status") or "pending")
        follow(self.shop, row)
        if given.get("set_paid") is True:
            pay(self.shop, row)
        self.shop.tell("order.updated", row["id"])
        return row

    def change(self, row: Row, given: Row, call: Call) -> Row:
        self._check_customer(given)
        touched = self._fill(row, given)
        if any(name in given for name in COUNTED):
            recount(self.shop, row)
        if "coupon_lines" in given:
            take_coupons(self.shop, row, given["coupon_lines"] or [])
        self._move_stock(row, touched)
        if given.get("status"):
            set_status(self.shop, row, given["status"])
            if row["status"] == "refunded":
                refund_rest(self.shop, row)
        if given.get("set_paid") is True and needs_payment(row):
            pay(self.shop, row)
        self.shop.stamp(row)
        self.shop.tell("order.updated", row["id"])
        return row

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        told = self.linked(row, call)
        if force:
            self._erase(row)
        else:
            self._trash(row)
        return told

    def _move_stock(self, row: Row, touched: list[Row]) -> None:
        """Lines changed after the order had taken its stock take more, or give back."""
        removed, row["removed"] = row["removed"], []
        if row["status"] not in TAKING:
            return
        for item in touched:
            adjust(self.shop, row, item)
        for item in removed:
            restore(self.shop, item)

    def _take_first_coupons(self, row: Row, given: Any) -> None:
        """An order with a wrong coupon is refused, and yet stays as a draft."""
        try:
            take_coupons(self.shop, row, given)
        except Refused as error:
            row["status"] = "checkout-draft"
            error.data["new_draft_order_id"] = row["id"]
            raise

    def _trash(self, row: Row) -> None:
        if row["status"] == "trash":
            message = "The shop_order has already been deleted."
            raise Refused(410, "woocommerce_rest_already_trashed", message)
        before, row["status"] = row["status"], "trash"
        count_sales(self.shop, row)
        at = str(int(self.shop.clock.now().timestamp()))
        kept = [{"key": "_wp_trash_meta_status", "value": f"wc-{before}"}]
        kept += [{"key": "_wp_trash_meta_time", "value": at}]
        row["meta_data"] = [*self.shop.merge_meta([], kept), *row["meta_data"]]
        self.shop.stamp(row)
        self.shop.tell("order.deleted", row["id"])
        if not self.shop.settings.hpos:
            self.shop.tell_trashed(row["id"])

    def _erase(self, row: Row) -> None:
        row["status"] = "trash"
        count_sales(self.shop, row)
        del self.shop.table("orders")[row["id"]]
        for refund in refunds_of(self.shop, row["id"]):
            del self.shop.table("refunds")[refund["id"]]

    def _check_customer(self, given: Row) -> None:
        number = given.get("customer_id")
        if number and whole(number) not in self.shop.table("customers"):
            message = "Customer ID is invalid."
            raise Refused(400, "woocommerce_rest_invalid_customer_id", message)

    def _fill(self, row: Row, given: Row) -> list[Row]:
        row.update({name: given[name] for name in PLAIN if name in given})
        for name, fields in (("billing", BILLING), ("shipping", SHIPPING)):
            if isinstance(given.get(name), dict):
                told = given[name].items()
                sent = {
                    key: "" if value is None else str(value) for key, value in told if key in fields
                }
                row[name] = {**row[name], **sent}
        row["meta_data"] = self.shop.merge_meta(row["meta_data"], given.get("meta_data"))
        return take_items(self.shop, row, given)


def blank(shop: Shop) -> Row:
    """An order of nobody for nothing."""
    now, settings = shop.clock.now(), shop.settings
    return {
        "id": 0,
        "parent_id": 0,
        "status": "pending",
        "currency": settings.currency,
        "version": settings.version,
        "prices_include_tax": settings.prices_include_tax,
        "created": now,
        "modified": now,
        "paid": None,
        "completed": None,
        "customer_id": 0,
        "billing": {},
        "shipping": {},
        "payment_method": "",
        "payment_method_title": "",
        "transaction_id": "",
        "created_via": "rest-api",
        "customer_note": "",
        "items": [],
        "meta_data": [],
        "reduced": False,
        "counted": False,
        "used_coupons": False,
        "removed": [],
        "customer_ip_address": "",
        "customer_user_agent": "",
        "order_key": shop.key("wc_order_"),
    }


def _has_product(row: Row, number: int) -> bool:
    return any(
        number in (item["product_id"], item["variation_id"]) for item in of_kind(row, "line_item")
    )


def _says(row: Row, text: Any) -> bool:
    """Names, addresses, e-mail and what was bought; never the meta data."""
    names = (item["name"] for item in row["items"] if item["kind"] == "line_item")
    places = (*row["billing"].values(), *row["shipping"].values(), str(row["id"]), *names)
    return str(text).lower() in "\n".join(places).lower()
