"""What follows from an order's status: stock, payment, sales counted, coupons used, notes."""

from qantara.sandbox.woocommerce.items import of_kind
from qantara.sandbox.woocommerce.order_fields import GIVING, STATUSES, TAKING
from qantara.sandbox.woocommerce.order_view import needs_processing
from qantara.sandbox.woocommerce.products import sold
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.wire import Row
from qantara.sandbox.woocommerce.words import whole

REDUCED = "_reduced_stock"
UNSOLD = frozenset({"cancelled", "trash"})


def set_status(shop: Shop, order: Row, status: str) -> None:
    """The new status, and all that comes with it. The same status again changes nothing."""
    before = order["status"]
    status = known(status)
    if status == before:
        return
    order["status"] = status
    if before in STATUSES and status in STATUSES:
        words = f"Order status changed from {STATUSES[before]} to {STATUSES[status]}."
        note(shop, order, words)
    follow(shop, order)


def known(status: str) -> str:
    """What is no status is pending; only a batch lets it come so far."""
    return status if status in STATUSES or status in ("auto-draft", "trash") else "pending"


def follow(shop: Shop, order: Row) -> None:
    """What an order of this status has done to stock, sales and coupons."""
    status = order["status"]
    _date_paid(shop, order)
    if status == "completed" and order["completed"] is None:
        order["completed"] = shop.clock.now()
    if status in TAKING and not order["reduced"]:
        order["reduced"] = True
        _take_stock(shop, order)
    elif status in GIVING and order["reduced"]:
        order["reduced"] = False
        for item in of_kind(order, "line_item"):
            restore(shop, item)
    count_sales(shop, order)
    _count_coupons(shop, order)


def pay(shop: Shop, order: Row) -> None:
    """The payment came in: the order has to be processed, or is complete."""
    if order["status"] not in ("on-hold", "pending", "failed", "cancelled"):
        return
    if order["paid"] is None:
        order["paid"] = shop.clock.now()
    settled = order["payment_method"] == "cod" or not needs_processing(shop, order)
    set_status(shop, order, "completed" if settled else "processing")


def _date_paid(shop: Shop, order: Row) -> None:
    """Cash on delivery is paid when the order is complete, all else when it is processed."""
    if order["paid"] is not None:
        return
    later = order["payment_method"] == "cod" or not needs_processing(shop, order)
    settled = ("completed",) if later else ("processing", "completed")
    if order["status"] in settled:
        order["paid"] = shop.clock.now()


def keeper(shop: Shop, item: Row) -> Row | None:
    """The product or variation whose stock a line takes from."""
    products = shop.table("products")
    row = products.get(item["variation_id"] or item["product_id"])
    if row is not None and not row["manage_stock"] and row["parent_id"]:
        row = products.get(row["parent_id"])
    return row if row is not None and row["manage_stock"] else None


def _take_stock(shop: Shop, order: Row) -> None:
    moved = []
    for item in of_kind(order, "line_item"):
        row = keeper(shop, item)
        if row is None or reduced_by(item):
            continue
        before = row["stock_quantity"]
        sold(shop, row, whole(item["quantity"]))
        put_reduced(shop, item, whole(item["quantity"]))
        moved.append(f"{item['name']} ({before}&rarr;{row['stock_quantity']})")
    if moved:
        note(shop, order, f"Stock levels reduced: {', '.join(moved)}")


def restore(shop: Shop, item: Row) -> None:
    """What a line took goes back on the shelf."""
    row, quantity = keeper(shop, item), reduced_by(item)
    if row is not None and quantity:
        sold(shop, row, -quantity)
    item["meta_data"] = [each for each in item["meta_data"] if each["key"] != REDUCED]


def adjust(shop: Shop, order: Row, item: Row) -> None:
    """A line of an order whose stock is already taken was added or changed."""
    row = keeper(shop, item)
    held = shop.table("refunds").values()
    back = [
        part["quantity"]
        for refund in held
        if refund["parent_id"] == order["id"]
        for part in of_kind(refund, "line_item")
        if part["of"] == item["id"]
    ]
    more = whole(item["quantity"]) + sum(back) - reduced_by(item)
    if row is not None and more:
        sold(shop, row, more)
        put_reduced(shop, item, reduced_by(item) + more)


def reduced_by(item: Row) -> int:
    """How much of its product's stock a line has taken."""
    held = (each["value"] for each in item["meta_data"] if each["key"] == REDUCED)
    return whole(next(held, 0))


def put_reduced(shop: Shop, item: Row, quantity: int) -> None:
    meta = [{"key": REDUCED, "value": str(quantity)}]
    item["meta_data"] = shop.merge_meta(item["meta_data"], meta)


def count_sales(shop: Shop, order: Row) -> None:
    """`total_sales` of the products: up when sold, down when cancelled or thrown away."""
    status = order["status"]
    if status in TAKING and not order["counted"]:
        order["counted"], sign = True, 1
    elif status in UNSOLD and order["counted"]:
        order["counted"], sign = False, -1
    else:
        return
    for item in of_kind(order, "line_item"):
        row = shop.table("products").get(item["product_id"])
        if row is not None:
            row["total_sales"] += sign * whole(item["quantity"])


def _count_coupons(shop: Shop, order: Row) -> None:
    used = order["status"] not in ("cancelled", "failed", "trash")
    if used == order["used_coupons"]:
        return
    order["used_coupons"] = used
    for item in of_kind(order, "coupon"):
        row = shop.table("coupons").get(item["coupon"]["id"])
        if row is not None:
            row["usage_count"] = max(0, row["usage_count"] + (1 if used else -1))
            _count_user(row, order, used=used)


def _count_user(coupon: Row, order: Row, *, used: bool) -> None:
    user = str(order["customer_id"] or order["billing"].get("email", ""))
    if used and user:
        coupon["used_by"].append(user)
    elif user in coupon["used_by"]:
        coupon["used_by"].remove(user)


def note(
    shop: Shop, order: Row, text: str, *, customer: bool = False, by: str = "WooCommerce"
) -> Row:
    """A note on the order."""
    number = shop.next_id("notes")
    row = {"id": number, "order": order["id"], "author": by, "note": text}
    row |= {"customer_note": customer, "created": shop.clock.now()}
    shop.table("notes")[number] = row
    return row
