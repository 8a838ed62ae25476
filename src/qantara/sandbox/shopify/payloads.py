"""The bodies of webhooks: the older shape, with numbers for ids and names with underscores."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from qantara.sandbox.shopify.orders import (
    Totals,
    bag,
    lines_of,
    order_of,
    refunds_of,
    shippings_of,
    transactions_of,
)
from qantara.sandbox.shopify.products import item_of, title, variants_of
from qantara.sandbox.shopify.state import Row, Store, bare

Body = Callable[[Store, Row], Row]


def payload(store: Store, topic: str, row: Row) -> Row:
    """What is sent of the row under this topic."""
    if topic.endswith("_DELETE"):
        return {"id": row["_number"]}
    return BODIES[row["__typename"]](store, row)


def topic_name(topic: str) -> str:
    """`orders/create` of ORDERS_CREATE."""
    lower = topic.lower()
    for resource in RESOURCES:
        if lower.startswith(f"{resource}_"):
            return f"{resource}/{lower.removeprefix(f'{resource}_')}"
    return lower.replace("_", "/", 1)


RESOURCES = ("order_transactions", "inventory_levels", "inventory_items", "bulk_operations")


def _ids(row: Row) -> Row:
    return {
        "id": row["_number"],
        "admin_graphql_api_id": row["id"],
        "created_at": _time(row["createdAt"]),
        "updated_at": _time(row["updatedAt"]),
    }


def _time(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S+00:00}" if at else None


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}" if amount.as_tuple().exponent >= -2 else str(amount)  # type: ignore[operator]


def _number(key: str | None) -> int | None:
    return int(bare(key)) if key else None


def _product(store: Store, row: Row) -> Row:
    return {
        **_ids(row),
        "title": row["title"],
        "body_html": row["descriptionHtml"],
        "vendor": row["vendor"],
        "product_type": row["productType"],
        "handle": row["handle"],
        "status": row["status"].lower(),
        "tags": ", ".join(row["tags"]),
        "published_at": _time(row["publishedAt"]),
        "variants": [_variant(store, one) for one in variants_of(store, row)],
    }


def _variant(store: Store, row: Row) -> Row:
    return {
        **_ids(row),
        "product_id": _number(row["_product"]),
        "title": title(row),
        "price": _money(row["price"]),
        "sku": row["sku"],
        "barcode": row["barcode"],
        "position": row["_position"],
        "taxable": row["taxable"],
        "inventory_item_id": item_of(store, row)["_number"],
    }


def _collection(_store: Store, row: Row) -> Row:
    return {
        **_ids(row),
        "title": row["title"],
        "handle": row["handle"],
        "body_html": row["descriptionHtml"],
    }


def _customer(_store: Store, row: Row) -> Row:
    return {
        **_ids(row),
        "email": row["email"],
        "first_name": row["firstName"],
        "last_name": row["lastName"],
        "phone": row["phone"],
        "state": row["state"].lower(),
        "note": row["note"],
        "tags": ", ".join(row["tags"]),
    }


def _level(_store: Store, row: Row) -> Row:
    return {
        "inventory_item_id": _number(row["_item"]),
        "location_id": _number(row["_location"]),
        "available": row["_quantities"]["available"],
        "updated_at": _time(row["updatedAt"]),
        "admin_graphql_api_id": row["id"],
    }


FULFILLED = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}


def _order(store: Store, row: Row) -> Row:
    totals = Totals(store, row)
    customer = store.get("Customer", row["_customer"]) if row["_customer"] else None
    return {
        **_ids(row),
        "name": row["name"],
        "number": row["number"] - 1000,
        "order_number": row["number"],
        "email": row["email"] or "",
        "contact_email": row["email"],
        "phone": row["phone"],
        "note": row["note"],
        "tags": ", ".join(row["tags"]),
        "test": row["test"],
        "currency": row["currencyCode"],
        "presentment_currency": row["presentmentCurrencyCode"],
        "taxes_included": row["taxesIncluded"],
        "financial_status": row["displayFinancialStatus"].lower(),
        "fulfillment_status": FULFILLED.get(row["displayFulfillmentStatus"]),
        "processed_at": _time(row["processedAt"]),
        "cancelled_at": _time(row["cancelledAt"]),
        "cancel_reason": row["cancelReason"].lower() if row["cancelReason"] else None,
        "closed_at": _time(row["closedAt"]),
        "source_name": row["sourceName"],
        **{name: _in_shop(row, amount) for name, amount in _sums(totals).items()},
        "customer": _customer(store, customer) if customer else None,
        "line_items": [_line(row, line) for line in lines_of(store, row)],
        "shipping_lines": [
            {"id": line["_number"], "title": line["title"], "price": _in_shop(row, line["_unit"])}
            for line in shippings_of(store, row)
        ],
        "refunds": [_refund(store, one) for one in refunds_of(store, row)],
    }


def _sums(totals: Totals) -> dict[str, Decimal]:
    return {
        "subtotal_price": totals.subtotal(),
        "total_price": totals.total(),
        "current_total_price": totals.total_now(),
        "total_tax": totals.tax(),
        "total_discounts": totals.discounts(),
        "total_outstanding": totals.outstanding(),
        "total_tip_received": totals.tip(),
    }


def _in_shop(order: Row, amount: Decimal) -> str:
    return _money(bag(order, amount)["shopMoney"]["amount"])


def _line(order: Row, line: Row) -> Row:
    return {
        "id": line["_number"],
        "admin_graphql_api_id": line["id"],
        "title": line["title"],
        "sku": line["sku"],
        "quantity": line["_units"],
        "price": _in_shop(order, line["_unit"]),
        "product_id": _number(line["_product"]),
        "variant_id": _number(line["_variant"]),
        "gift_card": line["isGiftCard"],
        "taxable": line["taxable"],
        "requires_shipping": line["requiresShipping"],
    }


def _refund(store: Store, row: Row) -> Row:
    return {
        "id": row["_number"],
        "admin_graphql_api_id": row["id"],
        "order_id": _number(row["_order"]),
        "created_at": _time(row["createdAt"]),
        "processed_at": _time(row["processedAt"]),
        "note": row["note"],
        "refund_line_items": [
            {
                "id": one["_number"],
                "line_item_id": _number(one["_line"]),
                "quantity": one["quantity"],
                "restock_type": one["restockType"].lower(),
                "subtotal": float(one["_subtotal"]),
                "total_tax": float(one["_tax"]),
            }
            for one in store.where("RefundLineItem", "_refund", row["id"])
        ],
        "transactions": [
            _transaction(store, one)
            for one in transactions_of(store, order_of(store, row))
            if one.get("_refund") == row["id"]
        ],
    }


def _transaction(store: Store, row: Row) -> Row:
    return {
        "id": row["_number"],
        "admin_graphql_api_id": row["id"],
        "order_id": _number(row["_order"]),
        "kind": row["kind"].lower(),
        "gateway": row["gateway"],
        "status": row["status"].lower(),
        "created_at": _time(row["createdAt"]),
        "amount": _money(row["_amount"]),
        "currency": order_of(store, row)["presentmentCurrencyCode"],
    }


def _fulfillment(_store: Store, row: Row) -> Row:
    return {
        **_ids(row),
        "order_id": _number(row["_order"]),
        "name": row["name"],
        "status": row["status"].lower(),
        "location_id": _number(row["_location"]),
        "tracking_company": next((one["company"] for one in row["_tracking"]), None),
        "tracking_numbers": [one["number"] for one in row["_tracking"] if one["number"]],
        "tracking_urls": [one["url"] for one in row["_tracking"] if one["url"]],
    }


def _return(store: Store, row: Row) -> Row:
    order = order_of(store, row)
    return {
        "id": row["_number"],
        "admin_graphql_api_id": row["id"],
        "status": row["status"].lower(),
        "name": row["name"],
        "order": {"id": order["_number"], "admin_graphql_api_id": order["id"]},
    }


def _location(_store: Store, row: Row) -> Row:
    return {**_ids(row), "name": row["name"], "active": row["isActive"]}


def _bulk(_store: Store, row: Row) -> Row:
    return {
        "admin_graphql_api_id": row["id"],
        "completed_at": _time(row["completedAt"]),
        "created_at": _time(row["createdAt"]),
        "error_code": row["errorCode"],
        "status": row["status"].lower(),
        "type": row["type"].lower(),
    }


def _checkout(_store: Store, row: Row) -> Row:
    return {**_ids(row), "name": row["name"], "completed_at": _time(row["completedAt"])}


def _shop(_store: Store, row: Row) -> Row:
    return {"id": 1, "name": row["name"], "email": row["email"]}


BODIES: dict[str, Body] = {
    "Product": _product,
    "Collection": _collection,
    "Customer": _customer,
    "InventoryLevel": _level,
    "Order": _order,
    "Refund": _refund,
    "OrderTransaction": _transaction,
    "Fulfillment": _fulfillment,
    "Return": _return,
    "Location": _location,
    "BulkOperation": _bulk,
    "AbandonedCheckout": _checkout,
    "Shop": _shop,
}
