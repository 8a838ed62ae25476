"""What a product costs now, and whether there is any: price, sale and stock status."""

from datetime import datetime
from typing import Any

from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.wire import Row
from qantara.sandbox.woocommerce.words import decimal_text, number, whole

BEGINNING = "1970-01-01T00:00:00"
PRICES = ("regular_price", "sale_price")
SALE_DATES = (("sale_from", "date_on_sale_from"), ("sale_to", "date_on_sale_to"))


def priced(shop: Shop, row: Row, given: Row) -> None:
    """Takes the prices and the dates of a sale that were sent."""
    for name in PRICES:
        if name in given:
            row[name] = decimal_text(given[name])
    if row["sale_price"] != "" and number(row["sale_price"]) >= number(row["regular_price"]):
        row["sale_price"] = ""
    for column, name in SALE_DATES:
        if name in given:
            row[column] = _time(shop, given[name], gmt=False)
        elif f"{name}_gmt" in given:
            row[column] = _time(shop, given[f"{name}_gmt"], gmt=True)
    row["price"] = row["sale_price"] if on_sale(shop, row) else row["regular_price"]


def on_sale(shop: Shop, row: Row) -> bool:
    """Whether the sale price is the price now."""
    if row["sale_price"] == "":
        return False
    now = shop.clock.now()
    begun = row["sale_from"] is None or row["sale_from"] <= now
    return begun and (row["sale_to"] is None or now < row["sale_to"])


def stocked(row: Row, given: Row) -> None:
    """Takes the quantity and the status that were sent, as far as the product keeps stock."""
    if not row["manage_stock"]:
        row["stock_quantity"] = None
        if "stock_status" in given:
            row["stock_status"] = given["stock_status"]
        return
    if "stock_quantity" in given:  # a null is a 0
        row["stock_quantity"] = whole(given["stock_quantity"] or 0)
    elif given.get("inventory_delta"):
        row["stock_quantity"] = (row["stock_quantity"] or 0) + whole(given["inventory_delta"])
    elif row["stock_quantity"] is None:
        row["stock_quantity"] = 0
    row["stock_status"] = status_of(row)


def status_of(row: Row) -> str:
    """The status of what keeps stock."""
    if (row["stock_quantity"] or 0) > 0:
        return "instock"
    return "outofstock" if row["backorders"] == "no" else "onbackorder"


def settle_parent(shop: Shop, parent: Row) -> None:
    """A variable product's price and status are those of its variations."""
    held = shop.table("products")
    children = [held[each] for each in shop.index.children(parent["id"])]
    shown = [row for row in children if row["status"] == "publish"]
    prices = [row["price"] for row in shown if row["price"] != ""]
    parent["price"] = min(prices, key=number) if prices else ""
    if parent["manage_stock"]:
        parent["stock_status"] = status_of(parent)
        return
    states = {variation_status(row, parent) for row in shown}
    ranked = [each for each in ("instock", "onbackorder") if each in states]
    parent["stock_status"] = ranked[0] if ranked else "outofstock"


def variation_status(row: Row, parent: Row) -> str:
    """The status of a variation, which may keep its stock with its parent."""
    held = parent if parent["manage_stock"] and not row["manage_stock"] else row
    return str(held["stock_status"])


def _time(shop: Shop, value: Any, *, gmt: bool) -> datetime | None:
    """What cannot be read is the beginning of time, without a word."""
    return (shop.clock.read(str(value), gmt=gmt) or shop.clock.read(BEGINNING)) if value else None
