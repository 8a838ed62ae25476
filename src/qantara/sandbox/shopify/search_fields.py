"""What can be searched: by type and field the values that a row answers with."""

from collections.abc import Callable, Iterable
from typing import Any

from qantara.sandbox.shopify.state import Row, Store

Values = Callable[[Store, Row], Iterable[Any]]


def _own(name: str) -> Values:
    return lambda _store, row: (row.get(name),)


def _each(name: str) -> Values:
    return lambda _store, row: row.get(name) or ()


def _lower(name: str) -> Values:
    return lambda _store, row: (str(row.get(name) or "").lower(),)


def _variants(name: str) -> Values:
    return lambda store, row: (
        variant.get(name) for variant in store.where("ProductVariant", "_product", row["id"])
    )


def _of_product(name: str) -> Values:
    def values(store: Store, row: Row) -> Iterable[Any]:
        product = store.get("Product", row["_product"]) or {}
        found = product.get(name)
        return found if isinstance(found, list) else (found,)

    return values


def _number_of(name: str) -> Values:
    def values(_store: Store, row: Row) -> Iterable[Any]:
        held = row.get(name)
        return (int(held.rsplit("/", 1)[-1]) if held else None,)

    return values


def _collections(store: Store, row: Row) -> Iterable[Any]:
    return (
        collection["_number"]
        for collection in store.rows("Collection")
        if row["id"] in collection["_products"]
    )


def _skus(store: Store, row: Row) -> Iterable[Any]:
    return (line["sku"] for line in store.where("LineItem", "_order", row["id"]))


def _status(_store: Store, row: Row) -> Iterable[Any]:
    if row.get("cancelledAt"):
        return ("cancelled", "any")
    return ("closed", "any") if row.get("closedAt") else ("open", "any", "not_closed")


def _paid(_store: Store, row: Row) -> Iterable[Any]:
    return (str(row.get("displayFinancialStatus") or "").lower(),)


def _sent(_store: Store, row: Row) -> Iterable[Any]:
    told = str(row.get("displayFulfillmentStatus") or "").lower()
    names = {"fulfilled": ("shipped",), "unfulfilled": ("unshipped",)}
    return (told, *names.get(told, ()), *({"partially_fulfilled": ("partial",)}.get(told, ())))


TIMES = {
    "id": _own("_number"),
    "created_at": _own("createdAt"),
    "updated_at": _own("updatedAt"),
}
FIELDS: dict[str, dict[str, Values]] = {
    "Product": {
        **TIMES,
        "title": _own("title"),
        "handle": _own("handle"),
        "status": _lower("status"),
        "vendor": _own("vendor"),
        "product_type": _own("productType"),
        "tag": _each("tags"),
        "sku": _variants("sku"),
        "barcode": _variants("barcode"),
        "variant_id": _variants("_number"),
        "collection_id": _collections,
        "published_at": _own("publishedAt"),
    },
    "ProductVariant": {
        "id": _own("_number"),
        "updated_at": _own("updatedAt"),
        "title": _own("title"),
        "sku": _own("sku"),
        "barcode": _own("barcode"),
        "product_id": _number_of("_product"),
        "product_ids": _number_of("_product"),
        "product_status": _of_product("status"),
        "product_type": _of_product("productType"),
        "vendor": _of_product("vendor"),
        "tag": _of_product("tags"),
    },
    "Collection": {
        "id": _own("_number"),
        "updated_at": _own("updatedAt"),
        "title": _own("title"),
        "handle": _own("handle"),
    },
    "Customer": {
        "id": _own("_number"),
        "updated_at": _own("updatedAt"),
        "customer_date": _own("createdAt"),
        "email": _own("email"),
        "phone": _own("phone"),
        "first_name": _own("firstName"),
        "last_name": _own("lastName"),
        "state": _lower("state"),
        "tag": _each("tags"),
    },
    "Order": {
        **TIMES,
        "processed_at": _own("processedAt"),
        "name": _own("name"),
        "email": _own("email"),
        "po_number": _own("poNumber"),
        "customer_id": _number_of("_customer"),
        "location_id": _number_of("_location"),
        "status": _status,
        "financial_status": _paid,
        "fulfillment_status": _sent,
        "source_name": _own("sourceName"),
        "source_identifier": _own("sourceIdentifier"),
        "confirmation_number": _own("confirmationNumber"),
        "test": _lower("test"),
        "tag": _each("tags"),
        "sku": _skus,
    },
    "InventoryItem": {**TIMES, "sku": _own("sku")},
    "InventoryLevel": {
        **TIMES,
        "inventory_item_id": _number_of("_item"),
    },
    "Location": {
        "id": _own("_number"),
        "location_id": _own("_number"),
        "created_at": _own("createdAt"),
        "name": _own("name"),
        "active": _lower("isActive"),
    },
    "FulfillmentOrder": {
        "id": _own("_number"),
        "updated_at": _own("updatedAt"),
        "status": _lower("status"),
        "assigned_location_id": _number_of("_location"),
    },
    "AbandonedCheckout": {**TIMES},
    "DiscountNode": {
        "id": _own("_number"),
        "created_at": _own("createdAt"),
        "updated_at": _own("updatedAt"),
        "title": _own("_title"),
        "code": _each("_codes"),
        "status": _lower("_status"),
    },
    "WebhookSubscription": {**TIMES},
    "BulkOperation": {
        "id": _own("_number"),
        "created_at": _own("createdAt"),
        "status": _lower("status"),
        "operation_type": _lower("type"),
    },
    "MetafieldDefinition": {
        "id": _own("_number"),
        "key": _own("key"),
        "namespace": _own("namespace"),
    },
    "ShopifyPaymentsPayout": {
        "id": _own("_number"),
        "issued_at": _own("issuedAt"),
        "status": _lower("status"),
    },
    "ShopifyPaymentsBalanceTransaction": {
        "id": _own("_number"),
        "processed_at": _own("transactionDate"),
        "payout_date": _own("_issued"),
        "payments_transfer_id": _number_of("_payout"),
    },
    "MediaImage": {**TIMES},
    "Media": {"id": _own("_number")},
}
DEFAULTS = {
    "Product": ("title", "vendor", "product_type", "tag", "sku", "barcode"),
    "ProductVariant": ("title", "sku", "barcode"),
    "Collection": ("title",),
    "Customer": ("email", "first_name", "last_name", "phone"),
    "Order": ("name", "email"),
    "Location": ("name",),
    "InventoryItem": ("sku",),
}
KNOWN = {
    "Product": frozenset(
        [
            "tag_not",
            "bundles",
            "category_id",
            "combined_listing_role",
            "delivery_profile_id",
            "error_feedback",
            "gift_card",
            "has_only_composites",
            "has_only_default_variant",
            "has_variant_with_components",
            "inventory_total",
            "is_price_reduced",
            "out_of_stock_somewhere",
            "price",
            "product_publication_status",
            "publication_ids",
            "publishable_status",
            "published_status",
            "tracks_inventory",
            "variant_title",
        ]
    ),
    "ProductVariant": frozenset(
        [
            "collection",
            "delivery_profile_id",
            "exclude_composite",
            "gift_card",
            "inventory_quantity",
            "location_id",
            "managed",
            "managed_by",
            "option1",
            "option2",
            "option3",
            "product_publication_status",
            "publishable_status",
            "published_status",
            "requires_components",
            "tag_not",
            "taxable",
        ]
    ),
    "Collection": frozenset(
        [
            "collection_type",
            "product_id",
            "product_publication_status",
            "publishable_status",
            "published_at",
            "published_status",
        ]
    ),
    "Customer": frozenset(
        [
            "tag_not",
            "accepts_marketing",
            "country",
            "last_abandoned_order_date",
            "order_date",
            "orders_count",
            "total_spent",
        ]
    ),
    "Order": frozenset(
        [
            "tag_not",
            "cart_token",
            "channel",
            "channel_id",
            "chargeback_status",
            "checkout_token",
            "credit_card_last4",
            "current_total_price",
            "delivery_method",
            "discount_code",
            "fraud_protection_level",
            "fulfillment_location_id",
            "gateway",
            "payment_id",
            "payment_provider_id",
            "reference_location_id",
            "return_status",
            "risk_level",
            "sales_channel",
            "subtotal_line_items_quantity",
            "total_weight",
        ]
    ),
    "Location": frozenset(
        [
            "address1",
            "address2",
            "city",
            "country",
            "geolocated",
            "legacy",
            "pickup_in_store",
            "province",
            "zip",
        ]
    ),
    "AbandonedCheckout": frozenset({"email_state", "recovery_state", "status"}),
    "DiscountNode": frozenset(
        [
            "combines_with",
            "context",
            "customer_ids",
            "discount_class",
            "discount_type",
            "ends_at",
            "market_ids",
            "method",
            "segment_ids",
            "starts_at",
            "tag",
            "times_used",
            "type",
        ]
    ),
}
