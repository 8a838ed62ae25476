"""What people do in a shop without its API: they buy, and the owner gives money back."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from qantara.sandbox.woocommerce.calls import Call
from qantara.sandbox.woocommerce.items import of_kind
from qantara.sandbox.woocommerce.order_view import told_order, told_refund
from qantara.sandbox.woocommerce.orders import Orders
from qantara.sandbox.woocommerce.refunds import Refunds
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.wire import Row
from qantara.sandbox.woocommerce.words import rounded

SHOPPER = {
    "first_name": "Mona",
    "last_name": "Haddad",
    "company": "",
    "address_1": "1 Olaya St",
    "address_2": "",
    "city": "Riyadh",
    "state": "",
    "postcode": "11564",
    "country": "SA",
    "email": "mona@example.com",
    "phone": "+966500000000",
}
DEFAULTS = {"payment_method": "bacs", "payment_method_title": "Direct bank transfer"}
OWN = ("paid", "shipping_cost", "fees", "coupons", "email")


def order(shop: Shop, lines: Sequence[Any], fields: Mapping[str, Any]) -> Row:
    """An order from the checkout. A line is a product id, `(id, quantity)` or a whole line.

    Beside the fields of the API: `paid` (True), `shipping_cost` ("20.00"), `fees` ({"Gift": "5"}),
    `coupons` (["off10"]), `email`. Nobody's order has `billing={}`.
    """
    asked = dict(fields)
    own = {name: asked.pop(name) for name in OWN if name in asked}
    given: Row = {"created_via": "checkout", **DEFAULTS, "billing": dict(SHOPPER), **asked}
    if "email" in own:
        given["billing"] = {**given["billing"], "email": own["email"]}
    given.setdefault("shipping", _without_email(given["billing"]))
    given["line_items"] = [_line(shop, each) for each in lines]
    given.update(_extras(own))
    given["set_paid"] = own.get("paid", "status" not in given)
    row = Orders(shop).make(given, Call(method="POST", path="/checkout"))
    row["customer_ip_address"] = "127.0.0.1"
    return told_order(shop, row)


def refund(shop: Shop, number: int, fields: Mapping[str, Any]) -> Row:
    """Money back by hand: all that is left, an `amount`, or `lines` ({line id: quantity}).

    `restock` (True) says whether the goods come back; `shipping` (False) gives it back too.
    """
    row = shop.table("orders")[number]
    parts = [_part(shop, row, each, quantity) for each, quantity in _parts(row, fields).items()]
    given: Row = {
        "reason": fields.get("reason", ""),
        "api_refund": False,
        "line_items": parts,
        "api_restock": fields.get("restock", True),
    }
    if fields.get("amount") is not None:
        given["amount"] = str(fields["amount"])
    call = Call(method="POST", path="", ids={"order": str(number)})
    return told_refund(shop, Refunds(shop).make(given, call))


def _line(shop: Shop, given: Any) -> Row:
    if isinstance(given, dict):
        return given
    number, quantity = given if isinstance(given, tuple) else (given, 1)
    row = shop.table("products")[number]
    if row["type"] == "variation":
        return {"product_id": row["parent_id"], "variation_id": number, "quantity": quantity}
    return {"product_id": number, "quantity": quantity}


def _extras(own: Mapping[str, Any]) -> Row:
    found: Row = {}
    if own.get("shipping_cost") is not None:
        sent = {"method_id": "flat_rate", "method_title": "Flat rate"}
        found["shipping_lines"] = [{**sent, "total": str(own["shipping_cost"])}]
    if own.get("fees"):
        fees = own["fees"].items()
        found["fee_lines"] = [{"name": name, "total": str(total)} for name, total in fees]
    if own.get("coupons"):
        found["coupon_lines"] = [{"code": code} for code in own["coupons"]]
    return found


def _without_email(address: Mapping[str, Any]) -> Row:
    return {name: value for name, value in address.items() if name != "email"}


def _parts(order_row: Row, fields: Mapping[str, Any]) -> dict[int, int]:
    """Which lines, and how many of each: with neither lines nor amount, all of them."""
    lines = fields.get("lines")
    if lines is None and fields.get("amount") is None:
        wanted = {item["id"]: item["quantity"] for item in of_kind(order_row, "line_item")}
        return {**wanted, **{item["id"]: 0 for item in of_kind(order_row, "shipping", "fee")}}
    found = dict(lines or {})
    if fields.get("shipping"):
        found |= {item["id"]: 0 for item in of_kind(order_row, "shipping")}
    return found


def _part(shop: Shop, order_row: Row, number: int, quantity: int) -> Row:
    item = next(each for each in order_row["items"] if each["id"] == number)
    share = Decimal(1)
    if item["kind"] == "line_item":
        share = Decimal(quantity) / Decimal(item["quantity"])
    places = shop.settings.decimals
    taxes = [
        {"id": rate, "refund_total": str(rounded(each["total"] * share, places))}
        for rate, each in item["taxes"].items()
    ]
    total = rounded(item["total"] * share, places)
    return {"id": number, "quantity": quantity, "refund_total": str(total), "refund_tax": taxes}
