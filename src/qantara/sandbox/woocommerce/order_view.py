"""Orders and refunds as the API tells them."""

from decimal import Decimal
from typing import Any

from qantara.sandbox.woocommerce.arithmetic import line_tax
from qantara.sandbox.woocommerce.images import attachment
from qantara.sandbox.woocommerce.items import of_kind
from qantara.sandbox.woocommerce.order_fields import BILLING, SHIPPING
from qantara.sandbox.woocommerce.settings import CURRENCIES
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.taxes import rounding_of
from qantara.sandbox.woocommerce.wire import Row
from qantara.sandbox.woocommerce.words import money, number, plain_number

AS_HELD = (
    *("id", "parent_id", "status", "currency", "version", "prices_include_tax", "customer_id"),
    *("order_key", "payment_method", "payment_method_title", "transaction_id", "created_via"),
    *("customer_note", "customer_ip_address", "customer_user_agent"),
)
TIMES = ("created", "modified", "completed", "paid")


def told_order(shop: Shop, order: Row, places: int | None = None) -> Row:
    """An order; `places` is the request's `dp`."""
    at = shop.settings.decimals if places is None else places
    totals = order["totals"]
    url = f"{shop.url}/checkout/order-pay/{order['id']}/"
    dates: Row = {}
    for name in TIMES:
        dates |= shop.clock.both(f"date_{name}", order[name])
    return {
        **{name: order[name] for name in AS_HELD},
        **dates,
        "discount_total": money(totals.discount, at),
        "discount_tax": money(totals.discount_tax, at),
        "shipping_total": money(totals.shipping, at),
        "shipping_tax": money(totals.shipping_tax, at),
        "cart_tax": money(totals.cart_tax, at),
        "total": money(order["total"], at),
        "total_tax": money(totals.cart_tax + totals.shipping_tax, at),
        "billing": {name: order["billing"].get(name, "") for name in BILLING},
        "shipping": {name: order["shipping"].get(name, "") for name in SHIPPING},
        "cart_hash": "",
        "number": str(order["id"]),
        "meta_data": order["meta_data"],
        **told_items(shop, order, at),
        "coupon_lines": [_coupon(item) for item in of_kind(order, "coupon")],
        "refunds": [_refund_of(shop, each, at) for each in refunds_of(shop, order["id"])],
        "payment_url": f"{url}?pay_for_order=true&key={order['order_key']}",
        "is_editable": order["status"] in ("pending", "on-hold", "auto-draft"),
        "needs_payment": needs_payment(order),
        "needs_processing": needs_processing(shop, order),
        "currency_symbol": CURRENCIES[order["currency"]][1],
    }


def told_items(shop: Shop, order: Row, places: int) -> Row:
    """The lists that orders and refunds share."""
    return {
        "line_items": [_line(shop, item, places) for item in of_kind(order, "line_item")],
        "tax_lines": [_tax_line(item, places) for item in of_kind(order, "tax")],
        "shipping_lines": [_shipping(shop, item, places) for item in of_kind(order, "shipping")],
        "fee_lines": [_fee(shop, item, places) for item in of_kind(order, "fee")],
    }


def told_refund(shop: Shop, refund: Row, places: int | None = None) -> Row:
    """A refund as its own endpoint tells it."""
    at = shop.settings.decimals if places is None else places
    return {
        "id": refund["id"],
        **shop.clock.both("date_created", refund["created"]),
        "amount": _amount(refund, at),
        "reason": refund["reason"],
        "refunded_by": refund["refunded_by"],
        "refunded_payment": refund["refunded_payment"],
        "meta_data": refund["meta_data"],
        **told_items(shop, refund, at),
    }


def refunds_of(shop: Shop, number_of: int) -> list[Row]:
    """An order's refunds, the newest first."""
    held = shop.table("refunds").values()
    return [row for row in held if row["parent_id"] == number_of][::-1]


def needs_payment(order: Row) -> bool:
    return order["status"] in ("pending", "failed", "checkout-draft") and order["total"] > 0


def needs_processing(shop: Shop, order: Row) -> bool:
    """Whether anything has to be sent: all but what is virtual and downloaded."""
    products = shop.table("products")
    lines = of_kind(order, "line_item")
    rows = [products.get(line["variation_id"] or line["product_id"]) for line in lines]
    return any(row and not (row["virtual"] and row["downloadable"]) for row in rows)


def _line(shop: Shop, item: Row, places: int) -> Row:
    products = shop.table("products")
    product = products.get(item["variation_id"] or item["product_id"])
    quantity = Decimal(item["quantity"])
    price = item["total"] / quantity if quantity else Decimal(0)
    parent = products.get(product["parent_id"]) if product else None
    return {
        **{name: item[name] for name in ("id", "name", "product_id", "variation_id")},
        "quantity": item["quantity"],
        "tax_class": item["tax_class"],
        "subtotal": money(item["subtotal"], places),
        "subtotal_tax": money(_told_tax(shop, item, "subtotal"), places),
        "total": money(item["total"], places),
        "total_tax": money(_told_tax(shop, item, "total"), places),
        "taxes": _taxes(item, places),
        "meta_data": _meta(item),
        "sku": product["sku"] if product else None,
        "global_unique_id": product["global_unique_id"] if product else None,
        "price": plain_number(price),
        "image": _image(shop, product, parent),
        "parent_name": parent["name"] if parent else None,
    }


def _image(shop: Shop, product: Row | None, parent: Row | None) -> Row:
    if product is None:
        return {"id": 0, "src": ""}
    held = product["images"] or (parent["images"] if parent else [])
    told = attachment(shop, next(iter(held), None))
    return {"id": str(told["id"]), "src": told["src"]} if told else {"id": "", "src": ""}


def _shipping(shop: Shop, item: Row, places: int) -> Row:
    return {
        **{name: item[name] for name in ("id", "method_title", "method_id", "instance_id")},
        "total": money(item["total"], places),
        "total_tax": money(_told_tax(shop, item, "total"), places),
        "taxes": [{**each, "subtotal": ""} for each in _taxes(item, places)],
        "tax_status": item["tax_status"],
        "meta_data": _meta(item),
    }


def _fee(shop: Shop, item: Row, places: int) -> Row:
    return {
        **{name: item[name] for name in ("id", "name", "tax_class", "tax_status", "amount")},
        "total": money(item["total"], places),
        "total_tax": money(_told_tax(shop, item, "total"), places),
        "taxes": [{**each, "subtotal": ""} for each in _taxes(item, places)],
        "meta_data": _meta(item),
    }


def _tax_line(item: Row, places: int) -> Row:
    return {
        **{name: item[name] for name in ("id", "rate_code", "rate_id", "label", "compound")},
        "tax_total": money(item["tax_total"], places),
        "shipping_tax_total": money(item["shipping_tax_total"], places),
        "rate_percent": plain_number(item["percent"]),
        "meta_data": [],
    }


def _coupon(item: Row) -> Row:
    coupon = item["coupon"]
    return {
        **{name: item[name] for name in ("id", "code", "discount", "discount_tax")},
        "meta_data": _meta(item),
        "discount_type": coupon["discount_type"],
        "nominal_amount": plain_number(number(coupon["amount"])),
        "free_shipping": coupon["free_shipping"],
    }


def _refund_of(shop: Shop, refund: Row, places: int) -> Row:
    tax = sum((each["tax_total"] + each["shipping_tax_total"] for each in
               of_kind(refund, "tax")), Decimal(0))  # fmt: skip
    return {
        "id": refund["id"],
        "reason": refund["reason"],
        "total": f"-{_amount(refund, places)}",
        **({"total_tax": money(tax, places)} if shop.settings.tells_refund_tax else {}),
    }


def _amount(refund: Row, places: int) -> str:
    """Nothing, where no amount was sent."""
    return "" if refund["blank"] else money(refund["amount"], places)


def _told_tax(shop: Shop, item: Row, name: str) -> Decimal:
    taxes = {rate: each[name] for rate, each in item["taxes"].items()}
    return line_tax(taxes, rounding_of(shop))


def _taxes(item: Row, places: int) -> list[Row]:
    return [
        {
            "id": rate,
            "total": money(each["total"], places),
            "subtotal": money(each["subtotal"], places),
        }
        for rate, each in item["taxes"].items()
    ]


def _meta(item: Row) -> list[Any]:
    return [
        {**each, "display_key": each["key"], "display_value": str(each["value"])}
        for each in item["meta_data"]
    ]
