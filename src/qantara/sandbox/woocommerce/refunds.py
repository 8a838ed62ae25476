"""Refunds: money given back for an order, and goods taken back."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

from qantara.sandbox.woocommerce.arithmetic import line_tax
from qantara.sandbox.woocommerce.calls import DATED, Call, Resource
from qantara.sandbox.woocommerce.items import of_kind
from qantara.sandbox.woocommerce.order_view import refunds_of, told_refund
from qantara.sandbox.woocommerce.products import sold
from qantara.sandbox.woocommerce.schema import (
    BOOLEAN,
    INTEGER,
    META,
    NUMBER,
    STRING,
    Schema,
    is_number,
    objects,
)
from qantara.sandbox.woocommerce.shop import ADMIN, Shop
from qantara.sandbox.woocommerce.statuses import keeper, note, put_reduced, reduced_by, set_status
from qantara.sandbox.woocommerce.taxes import rounding_of
from qantara.sandbox.woocommerce.wire import Refused, Row
from qantara.sandbox.woocommerce.words import number, whole

NONE = Decimal(0)
RESTOCKED = "_restock_refunded_items"
SORTS = {"date": lambda row: row["created"], "id": lambda row: row["id"]}


class Refunds(Resource):
    """`/orders/{order}/refunds`, and `/refunds` for all of them."""

    table = "refunds"
    word = "order_refund"
    schema: ClassVar[Schema] = {
        "amount": STRING,
        "reason": STRING,
        "refunded_by": INTEGER,
        "meta_data": META,
        "api_refund": BOOLEAN,
        "api_restock": BOOLEAN,
        "line_items": objects(
            id=INTEGER,
            quantity=INTEGER,
            refund_total=NUMBER,
            refund_tax=objects(id=INTEGER, refund_total=NUMBER),
        ),
    }
    listing: ClassVar[Schema] = {**DATED, "dp": INTEGER}
    sorts = SORTS

    def collection(self, call: Call) -> str:
        return f"/orders/{call.ids['order']}/refunds" if call.ids else "/refunds"

    def rows(self, call: Call) -> Iterable[Row]:
        held = self.shop.table("refunds").values()
        if "order" not in call.ids:
            return list(held)
        return [row for row in held if row["parent_id"] == call.parent("order")]

    def find(self, number: int, call: Call) -> Row:
        order = self._order(call)
        row = self.shop.table("refunds").get(number)
        if row is None or row["parent_id"] != order["id"]:
            code = "woocommerce_rest_shop_order_refund_invalid_id"
            raise Refused(404, code, "Invalid ID.")
        return row

    def tell(self, row: Row, call: Call) -> Row:
        dp = call.query.get("dp")
        told = told_refund(self.shop, row, whole(dp) if dp not in (None, "") else None)
        return told if call.ids else {**told, "parent_id": row["parent_id"]}

    def make(self, given: Row, call: Call) -> Row:
        order = self._order(call)
        parts = [each for each in given.get("line_items") or [] if each.get("id")]
        amount = _amount(given, parts)
        _check_amount(self.shop, order, amount)
        if given.get("api_refund", True):
            self.shop.post_id()  # the refund was made, and is taken away again
            message = "The payment gateway for this order does not support automatic refunds."
            raise refused(message)
        restock = bool(given.get("api_restock", True))
        refund = refund_order(self.shop, order, amount, parts, reason=given.get("reason") or "")
        refund["blank"] = given.get("amount") is None and not parts
        refund["meta_data"] += self.shop.merge_meta([], given.get("meta_data"))
        if restock:
            _restock(self.shop, order, parts)
        _finish(self.shop, order)
        return refund

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        if not force:
            message = "Order refunds do not support trashing."
            raise Refused(501, "woocommerce_rest_trash_not_supported", message)
        told = self.linked(row, call)
        del self.shop.table("refunds")[row["id"]]
        order = self._order(call)
        self.shop.stamp(order)
        self.shop.tell("order.updated", order["id"])
        return told

    def _order(self, call: Call) -> Row:
        order = self.shop.table("orders").get(call.parent("order"))
        if order is None:
            error = Refused(500, "woocommerce_rest_invalid_order_id", "Invalid order ID.")
            error.data = 404
            raise error
        return order


def refunded(shop: Shop, order: Row) -> Decimal:
    """What was given back of an order so far."""
    return sum((row["amount"] for row in refunds_of(shop, order["id"])), NONE)


def refund_rest(shop: Shop, order: Row) -> None:
    """An order set to `refunded` by hand: all that is left is given back, no goods come."""
    rest = order["total"] - refunded(shop, order)
    if rest > 0:
        refund_order(shop, order, rest, [], reason="Order fully refunded.")


def refund_order(shop: Shop, order: Row, amount: Decimal, parts: list[Row], *, reason: str) -> Row:
    """A refund of these parts; what the parts do not come to is given back for nothing."""
    rest = order["total"] - refunded(shop, order) - amount
    refund: Row = {
        "id": shop.post_id(),
        "parent_id": order["id"],
        "amount": amount,
        "reason": reason,
        "refunded_by": ADMIN,
        "refunded_payment": False,
        "blank": False,
        "created": shop.clock.now(),
        "items": [],
        "modified": shop.clock.now(),
    }
    kind = "partial" if rest > 0 else "full"
    refund["meta_data"] = shop.merge_meta([], [{"key": "_refund_type", "value": kind}])
    for part in parts:
        item = next((row for row in order["items"] if row["id"] == whole(part["id"])), None)
        if item is not None and _says_anything(part):
            refund["items"].append(_given_back(shop, item, part))
    _sum_taxes(shop, refund, order)
    shop.table("refunds")[refund["id"]] = refund
    return refund


def refused(message: str) -> Refused:
    """Refusals of refunds are permanent, and yet 500; their `data` is the bare number."""
    error = Refused(500, "woocommerce_rest_cannot_create_order_refund", message)
    error.data = 500
    return error


def _amount(given: Row, parts: list[Row]) -> Decimal:
    """As sent, else what the lines come to."""
    if given.get("amount") is not None:
        if not is_number(given["amount"]):
            raise refused("Invalid refund amount.")
        return number(given["amount"])
    found = NONE
    for part in parts:
        found += number(part.get("refund_total", 0))
        found += sum((number(tax["refund_total"]) for tax in part.get("refund_tax") or []), NONE)
    return found


def _check_amount(shop: Shop, order: Row, amount: Decimal) -> None:
    if amount < 0 or amount > order["total"] - refunded(shop, order):
        raise refused("Invalid refund amount.")


def _says_anything(part: Row) -> bool:
    amounts = [number(tax.get("refund_total", 0)) for tax in part.get("refund_tax") or []]
    return any([whole(part.get("quantity", 0)), number(part.get("refund_total", 0)), *amounts])


def _given_back(shop: Shop, item: Row, part: Row) -> Row:
    total = -number(part.get("refund_total", 0))
    taxes = {
        whole(tax["id"]): {name: -number(tax["refund_total"]) for name in ("total", "subtotal")}
        for tax in part.get("refund_tax") or []
        if number(tax["refund_total"])
    }
    row = {**item, "id": shop.item_id(), "of": item["id"], "total": total, "taxes": taxes}
    if item["kind"] == "line_item":
        row |= {"subtotal": total, "quantity": -whole(part.get("quantity", 0))}
    meta = [{"key": "_refunded_item_id", "value": str(item["id"])}]
    row["meta_data"] = shop.merge_meta([], meta)
    return row


def _sum_taxes(shop: Shop, refund: Row, order: Row) -> None:
    for item in of_kind(order, "tax"):
        rate = item["rate_id"]
        goods = _tax_of(shop, of_kind(refund, "line_item", "fee"), rate)
        sent = _tax_of(shop, of_kind(refund, "shipping"), rate)
        if goods or sent:
            summed = {"id": shop.item_id(), "tax_total": goods, "shipping_tax_total": sent}
            refund["items"].append({**item, **summed})


def _tax_of(shop: Shop, items: list[Row], rate: int) -> Decimal:
    rounding = rounding_of(shop)
    found = (item["taxes"][rate]["total"] for item in items if rate in item["taxes"])
    return sum((line_tax({rate: each}, rounding) for each in found), NONE)


def _restock(shop: Shop, order: Row, parts: list[Row]) -> None:
    """Goods go back on the shelf, as far as the order had taken them from there."""
    for part in parts:
        quantity = whole(part.get("quantity", 0))
        held = (row for row in of_kind(order, "line_item") if row["id"] == whole(part["id"]))
        item: Any = next(held, None)
        row = keeper(shop, item) if item else None
        if row is None or not quantity or not reduced_by(item):
            continue
        before = row["stock_quantity"]
        sold(shop, row, -quantity)
        put_reduced(shop, item, reduced_by(item) - quantity)
        already = [whole(each["value"]) for each in item["meta_data"] if each["key"] == RESTOCKED]
        meta = [{"key": RESTOCKED, "value": str(quantity + sum(already))}]
        item["meta_data"] = shop.merge_meta(item["meta_data"], meta)
        moved = f"from {before} to {row['stock_quantity']}"
        note(shop, order, f"Item #{row['id']} stock increased {moved}.")


def _finish(shop: Shop, order: Row) -> None:
    if refunded(shop, order) >= order["total"]:
        set_status(shop, order, "refunded")
    shop.stamp(order)
    shop.tell("order.updated", order["id"])
