"""The parameters of orders, their statuses, and the orders a list of them can be in."""

from collections.abc import Mapping

from qantara.sandbox.woocommerce.calls import DATED
from qantara.sandbox.woocommerce.product_fields import one_of
from qantara.sandbox.woocommerce.schema import (
    BOOLEAN,
    INTEGER,
    INTEGERS,
    META,
    REFUSED,
    STRING,
    STRINGS,
    Param,
    Schema,
    objects,
)

STATUSES: Mapping[str, str] = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "checkout-draft": "Draft",
}
TAKING = frozenset({"processing", "completed", "on-hold"})  # stock goes
GIVING = frozenset({"cancelled", "pending"})  # stock comes back
PAID = frozenset({"processing", "completed"})
NAMES = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state")
BILLING = (*NAMES, "postcode", "country", "email", "phone")
SHIPPING = (*NAMES, "postcode", "country", "phone")
LINE = {
    "id": INTEGER,
    "name": STRING,
    "product_id": INTEGER,
    "variation_id": INTEGER,
    "quantity": INTEGER,
    "tax_class": STRING,
    "subtotal": STRING,
    "total": STRING,
    "sku": STRING,
    "meta_data": META,
}
ORDER: Schema = {
    "parent_id": INTEGER,
    "currency": one_of("SAR", "EUR", "USD", "GBP", "AED", "KWD", "BHD", "EGP", "JPY", "UAH"),
    "status": one_of("auto-draft", *STATUSES),
    "customer_id": INTEGER,
    "customer_note": STRING,
    "billing": Param(
        type="object",
        fields={**dict.fromkeys(BILLING, STRING), "email": Param(type="string", email=True)},
    ),
    "shipping": Param(type="object", fields=dict.fromkeys(SHIPPING, STRING)),
    "payment_method": STRING,
    "payment_method_title": STRING,
    "transaction_id": STRING,
    "created_via": STRING,
    "meta_data": META,
    "line_items": objects(**LINE),
    "shipping_lines": objects(
        id=INTEGER, method_id=STRING, method_title=STRING, total=STRING, instance_id=STRING,
        meta_data=META,
    ),
    "fee_lines": objects(
        id=INTEGER, name=STRING, tax_class=STRING, total=STRING, meta_data=META,
        tax_status=one_of("taxable", "none"),
    ),
    "coupon_lines": objects(id=INTEGER, code=STRING),
    "set_paid": BOOLEAN,
    "manual_update": BOOLEAN,
}  # fmt: skip
LISTING: Schema = {
    **DATED,
    "status": Param(type="array", items=one_of("any", "trash", "auto-draft", *STATUSES)),
    "customer": INTEGER,
    "product": INTEGER,
    "dp": INTEGER,
    "parent": INTEGERS,
    "parent_exclude": REFUSED,
    "order_item_display_meta": REFUSED,
    "include_meta": STRINGS,
    "exclude_meta": STRINGS,
    "created_via": STRINGS,
    "customer_id": REFUSED,
}
SORTS = {
    "date": lambda row: row["created"],
    "id": lambda row: row["id"],
    "modified": lambda row: row["modified"],
}
