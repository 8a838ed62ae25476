"""The items of an order: its lines, shipping, fees and coupons, and what they come to."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from qantara.sandbox.woocommerce.arithmetic import (
    PRECISION,
    Line,
    net_of,
    taxes_in,
    taxes_on,
    totals_of,
)
from qantara.sandbox.woocommerce.coupons import usable
from qantara.sandbox.woocommerce.discounts import Piece, apply
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.taxes import base_place, order_place, rates_for, rounding_of
from qantara.sandbox.woocommerce.wire import NotImitated, Refused, Row, crashed
from qantara.sandbox.woocommerce.words import (
    decimal_text,
    number,
    plain_number,
    rounded,
    trimmed,
    whole,
)

NONE = Decimal(0)
LISTS = {"line_items": "line_item", "shipping_lines": "shipping", "fee_lines": "fee"}


def take_items(shop: Shop, order: Row, given: Row) -> list[Row]:
    """Adds, changes and takes away items as they were sent; tells the product lines touched."""
    touched = []
    for name, kind in LISTS.items():
        for each in given.get(name) or []:
            item = _item(shop, order, kind, each)
            if item is not None and kind == "line_item":
                touched.append(item)
    return touched


def _item(shop: Shop, order: Row, kind: str, given: Row) -> Row | None:
    number_of = whole(given.get("id") or 0)
    if not number_of:
        item = _MAKERS[kind](shop, given)
        item.update(id=shop.item_id(), kind=kind)
        order["items"].append(item)
        return _filled(shop, item, given)
    item = next((row for row in order["items"] if row["id"] == number_of), {})
    if item.get("kind") != kind:
        message = "Order item ID provided is not associated with order."
        raise Refused(400, "woocommerce_rest_invalid_item_id", message)
    if _gone(given):
        order["items"].remove(item)
        order["removed"].append(item)
        return None
    if kind == "line_item" and ("product_id" in given or "sku" in given):
        item.update(_of_product(shop, given))
    return _filled(shop, item, given)


def _gone(given: Row) -> bool:
    """An item is taken away by a null: of its product, method, name or code."""
    nulls = ("product_id", "method_id", "name", "code", "method_title")
    return any(name in given and given[name] is None for name in nulls) or (
        "quantity" in given and given["quantity"] == 0
    )


def _new_line(shop: Shop, given: Row) -> Row:
    row: Row = {"name": "", "product_id": 0, "variation_id": 0, "quantity": 1, "tax_class": ""}
    row |= {"subtotal": NONE, "total": NONE, "taxes": {}, "tax_status": "taxable"}
    row["meta_data"] = []
    row.update(_of_product(shop, given))
    product = shop.table("products").get(row["variation_id"] or row["product_id"])
    if product is not None and given.get("quantity") == 0:
        raise crashed()
    if product is not None:
        quantity = max(number(given.get("quantity", 1)), NONE)
        row["total"] = row["subtotal"] = _net_price(shop, product, row, quantity)
    return row


def _of_product(shop: Shop, given: Row) -> Row:
    """Which product a line is of. A SKU wins over ids; an unknown one makes a line of nothing."""
    found = _product(shop, given)
    if found is None:
        return {}
    parent = shop.table("products").get(found["parent_id"], found)
    variation = found["type"] == "variation"
    tax_class = found["tax_class"]
    return {
        "name": _line_name(found, parent) if variation else found["name"],
        "product_id": parent["id"] if variation else found["id"],
        "variation_id": found["id"] if variation else 0,
        "tax_class": parent["tax_class"] if tax_class == "parent" else tax_class,
        "tax_status": found["tax_status"],
    }


def _product(shop: Shop, given: Row) -> Row | None:
    held = shop.table("products")
    if given.get("sku"):
        same = (held[each] for each in shop.index.holders("sku", given["sku"]))
        return next((row for row in same if row["status"] != "trash"), None)
    wanted = whole(given.get("variation_id") or 0) or whole(given.get("product_id") or 0)
    if not wanted:
        message = "Product ID or SKU is required."
        raise Refused(400, "woocommerce_rest_required_product_reference", message)
    return held.get(wanted)


def _line_name(row: Row, parent: Row) -> str:
    options = ", ".join(row["options"].values())
    return f"{parent['name']} - {options}" if options else str(parent["name"])


def _net_price(shop: Shop, product: Row, line: Row, quantity: Decimal) -> Decimal:
    price = number(product["price"]) * quantity
    if line["tax_status"] != "taxable":
        return price
    rates = rates_for(shop, base_place(shop), line["tax_class"])
    return net_of(price, rates, inclusive=shop.settings.prices_include_tax)


def _new_shipping(_shop: Shop, given: Row) -> Row:
    if not given.get("method_id"):
        message = "Shipping method ID is required."
        raise Refused(400, "woocommerce_rest_invalid_shipping_item", message)
    return {
        "method_id": "",
        "method_title": "",
        "instance_id": "",
        "total": NONE,
        "taxes": {},
        "meta_data": [],
        "tax_status": "taxable",
    }


def _new_fee(_shop: Shop, given: Row) -> Row:
    if not given.get("name"):
        raise Refused(400, "woocommerce_rest_invalid_fee_item", "Fee name is required.")
    return {
        "name": "",
        "tax_class": "",
        "tax_status": "taxable",
        "total": NONE,
        "taxes": {},
        "meta_data": [],
        "amount": "",
    }


_MAKERS: Mapping[str, Callable[[Shop, Row], Row]] = {
    "line_item": _new_line,
    "shipping": _new_shipping,
    "fee": _new_fee,
}
TAKEN = ("name", "tax_class", "tax_status", "method_id", "method_title", "instance_id")


def _filled(shop: Shop, item: Row, given: Row) -> Row:
    """What was sent wins over what the product says. A subtotal is never below its total."""
    if given.get("quantity") is not None:
        item["quantity"] = whole(given["quantity"])
    item.update({name: given[name] for name in TAKEN if given.get(name) is not None})
    for name in ("total", "subtotal"):
        if given.get(name) is not None and (name == "total" or item["kind"] == "line_item"):
            item[name] = number(decimal_text(given[name]))
            _lift(item)
    item["meta_data"] = shop.merge_meta(item["meta_data"], given.get("meta_data"))
    return item


def _lift(item: Row) -> None:
    if item["kind"] == "line_item" and item["subtotal"] < item["total"]:
        item["subtotal"] = item["total"]


def of_kind(order: Row, *kinds: str) -> list[Row]:
    """The order's items of these kinds."""
    return [item for item in order["items"] if item["kind"] in kinds]


def recount(shop: Shop, order: Row) -> None:
    """Taxes and totals anew, from what the items cost."""
    place = order_place(shop, order)
    exempt = any(
        each["key"] == "is_vat_exempt" and each["value"] == "yes" for each in order["meta_data"]
    )
    classes = _classes(order)
    for item in of_kind(order, "line_item", "fee"):
        if item["kind"] == "fee" and item["total"] < 0 and len(classes) > 1:
            raise NotImitated("a negative fee on an order of several tax classes")
        rates = [] if exempt else rates_for(shop, place, item["tax_class"])
        _tax(item, rates if item["tax_status"] == "taxable" else [])
    shipping_class = _shipping_class(shop, classes)
    for item in of_kind(order, "shipping"):
        known = shipping_class is not None and not exempt
        rates = rates_for(shop, place, shipping_class or "", shipping=True) if known else []
        _tax(item, rates)
    _sum(shop, order)


def _classes(order: Row) -> list[str]:
    lines = of_kind(order, "line_item")
    found = (line["tax_class"] for line in lines if line["tax_status"] in ("taxable", "shipping"))
    return list(dict.fromkeys(found))


def _shipping_class(shop: Shop, classes: list[str]) -> str | None:
    """The class in which shipping is taxed; None is not at all."""
    if shop.settings.shipping_tax_class != "inherit":
        return shop.settings.shipping_tax_class
    order = ("", "reduced-rate", "zero-rate")
    return next((each for each in order if each in classes), None)


def _tax(item: Row, rates: Any) -> None:
    total = taxes_on(item["total"], rates)
    before = taxes_on(item["subtotal"], rates) if item["kind"] == "line_item" else total
    item["taxes"] = {each: {"total": total[each], "subtotal": before[each]} for each in total}


def _sum(shop: Shop, order: Row) -> None:
    found = totals_of([_line(item) for item in _summed(order)], rounding_of(shop))
    order["totals"] = found
    order["total"] = found.total
    _tell_taxes(shop, order)


def _summed(order: Row) -> list[Row]:
    return of_kind(order, "line_item", "fee", "shipping")


def _line(item: Row) -> Line:
    taxes: Mapping[int, Mapping[str, Decimal]] = item["taxes"]
    return Line(
        kind=item["kind"],
        subtotal=item["subtotal"] if "subtotal" in item else item["total"],
        total=item["total"],
        subtotal_taxes={rate: each["subtotal"] for rate, each in taxes.items()},
        total_taxes={rate: each["total"] for rate, each in taxes.items()},
    )


def _tell_taxes(shop: Shop, order: Row) -> None:
    """One item for every rate that is used; those of rates no longer used go."""
    found = order["totals"]
    used = list(dict.fromkeys([*found.item_taxes, *found.shipping_taxes]))
    held = {item["rate_id"]: item for item in of_kind(order, "tax")}
    order["items"] = [item for item in order["items"] if item["kind"] != "tax"]
    for rate_id in used:
        item = held.get(rate_id) or {"id": shop.item_id(), "kind": "tax", "meta_data": []}
        row = shop.table("rates")[rate_id]
        item.update(
            rate_id=rate_id,
            label=row["name"],
            rate_code=_code(row),
            compound=row["compound"],
            percent=Decimal(row["rate"]),
            tax_total=found.item_taxes.get(rate_id, NONE),
            shipping_tax_total=found.shipping_taxes.get(rate_id, NONE),
        )
        order["items"].append(item)


def _code(row: Row) -> str:
    parts = [row["country"], row["state"], row["name"] or "TAX", str(row["priority"])]
    return "-".join(part for part in parts if part).upper()


def take_coupons(shop: Shop, order: Row, given: Any) -> None:
    """The coupons that were sent are the order's coupons; those not sent any more go."""
    for each in given:
        if each.get("id") and not each.get("code"):
            raise NotImitated("changing a coupon of an order by its id")
    codes = list(dict.fromkeys(str(each.get("code", "")).lower().strip() for each in given))
    subtotal = sum((item["subtotal"] for item in of_kind(order, "line_item")), NONE)
    found = {code: usable(shop, code, subtotal) for code in codes}
    kept = {item["code"]: item for item in of_kind(order, "coupon") if item["code"] in found}
    order["items"] = [item for item in order["items"] if item["kind"] != "coupon"]
    recount_with(shop, order, list(found.values()))
    for code, coupon in found.items():
        item = kept.get(code) or {"id": shop.item_id(), "kind": "coupon", "meta_data": []}
        item.update(code=code, coupon=dict(coupon), **_discount(shop, order, code))
        item["meta_data"] = shop.merge_meta(item["meta_data"], [_info(coupon)])
        order["items"].append(item)
    for item in order["items"]:
        item.pop("taken", None)


def _info(coupon: Row) -> Row:
    """What a coupon was when it was used, packed into one text."""
    amount = plain_number(number(coupon["amount"]))
    told = [coupon["id"], coupon["code"], coupon["discount_type"], amount]
    free = [True] if coupon["free_shipping"] else []
    return {"key": "coupon_info", "value": msgspec.json.encode([*told, *free]).decode()}


def recount_with(shop: Shop, order: Row, coupons: list[Row]) -> None:
    """Every line back to its price, then the coupons off, one after the other."""
    lines = of_kind(order, "line_item")
    for item in lines:
        item["total"] = item["subtotal"]
    recount(shop, order)
    pieces = [_piece(shop, item) for item in lines]
    for coupon in coupons:
        apply(coupon, pieces, shop.settings.decimals)
    place = order_place(shop, order)
    for item, piece in zip(lines, pieces, strict=True):
        scale = -shop.settings.decimals
        item["taken"] = {code: amount.scaleb(scale) for code, amount in piece.taken.items()}
        item["total"] = max(NONE, item["total"] - _net_taken(shop, item, place))
    recount(shop, order)


def _piece(shop: Shop, item: Row) -> Piece:
    price = item["subtotal"]
    if shop.settings.prices_include_tax:
        rounding = rounding_of(shop)
        before = (rounding.line_tax(tax["subtotal"]) for tax in item["taxes"].values())
        price += sum(before, NONE)
    return Piece(
        id=item["id"],
        price=price.scaleb(shop.settings.decimals),
        quantity=Decimal(item["quantity"]),
        product=item["variation_id"] or item["product_id"],
    )


def _net_taken(shop: Shop, item: Row, place: Row) -> Decimal:
    amount = sum(item["taken"].values(), NONE)
    if not shop.settings.prices_include_tax or item["tax_status"] != "taxable":
        return amount
    taxes = taxes_in(amount, rates_for(shop, place, item["tax_class"]))
    return rounded(amount - sum(taxes.values(), NONE), PRECISION)


def _discount(shop: Shop, order: Row, code: str) -> Row:
    """What a coupon took off, and the tax that went with it, rounded line by line."""
    inclusive = shop.settings.prices_include_tax
    rounding, place = rounding_of(shop), order_place(shop, order)
    amount = tax = NONE
    for item in of_kind(order, "line_item"):
        taken = item["taken"].get(code, NONE)
        amount += taken
        if item["tax_status"] != "taxable":
            continue
        rates: Any = rates_for(shop, place, item["tax_class"])
        taxes = taxes_in(taken, rates) if inclusive else taxes_on(taken, rates)
        share = rounding.line_tax(sum(taxes.values(), NONE))
        tax += share
        amount -= share if inclusive else NONE
    return {"discount": trimmed(amount), "discount_tax": trimmed(tax)}
