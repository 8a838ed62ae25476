"""Rows of what is only read: carts that were left behind, discounts that codes open."""

from collections.abc import Sequence
from decimal import Decimal

from qantara.sandbox.shopify.cart import Item
from qantara.sandbox.shopify.context import Settings, money
from qantara.sandbox.shopify.order_lines import named
from qantara.sandbox.shopify.state import Row, Store


def abandoned(store: Store, settings: Settings, items: Sequence[Item], customer: str) -> Row:
    """Prices are the variants' own, in the shop's currency, before tax."""
    lines = [_line(store, settings, item) for item in items]
    total = sum((line["_total"] for line in lines), Decimal(0))
    number = store.number()
    zero = _bag(Decimal(0), settings)
    row = store.add(
        "AbandonedCheckout",
        {
            "name": f"#{number}",
            "note": "",
            "abandonedCheckoutUrl": f"https://{settings.domain}/checkouts/{number}/recover",
            "completedAt": None,
            "billingAddress": None,
            "shippingAddress": None,
            "discountCodes": [],
            "customAttributes": [],
            "taxLines": [],
            "taxesIncluded": settings.taxes_included,
            "subtotalPriceSet": _bag(total, settings),
            "totalPriceSet": _bag(total, settings),
            "totalLineItemsPriceSet": _bag(total, settings),
            "totalTaxSet": zero,
            "totalDiscountSet": zero,
            "_customer": store.must("Customer", customer)["id"] if customer else None,
            "_lines": lines,
        },
    )
    store.tell("CHECKOUTS_CREATE", row)
    return row


def _line(store: Store, settings: Settings, item: Item) -> Row:
    found = store.where("ProductVariant", "sku", item.sku) if item.sku else []
    variant = found[0] if found else None
    price = item.price if item.price is not None else variant["price"] if variant else Decimal(0)
    product = store.tables["Product"][variant["_product"]] if variant else None
    total = price * item.quantity
    return {
        **named(store, variant),
        "__typename": "AbandonedCheckoutLineItem",
        "id": f"gid://shopify/AbandonedCheckoutLineItem/{store.number()}",
        "title": item.title or (product["title"] if product else "Item"),
        "sku": item.sku or None,
        "quantity": item.quantity,
        "originalUnitPriceSet": _bag(price, settings),
        "discountedUnitPriceSet": _bag(price, settings),
        "originalTotalPriceSet": _bag(total, settings),
        "discountedTotalPriceSet": _bag(total, settings),
        "_total": total,
    }


def _bag(amount: Decimal, settings: Settings) -> Row:
    held = money(amount, settings.currency)
    return {"shopMoney": held, "presentmentMoney": held}


def discount(store: Store, code: str, title: str) -> Row:
    """A basic discount with one code."""
    now = store.clock.stamp()
    codes = [
        {
            "__typename": "DiscountRedeemCode",
            "id": f"gid://shopify/DiscountRedeemCode/{store.number()}",
            "code": code,
            "asyncUsageCount": 0,
        }
    ]
    return store.add(
        "DiscountNode",
        {
            "_title": title,
            "_codes": [code],
            "_status": "ACTIVE",
            "discount": {
                "__typename": "DiscountCodeBasic",
                "title": title,
                "status": "ACTIVE",
                "summary": title,
                "shortSummary": title,
                "startsAt": now,
                "endsAt": None,
                "usageLimit": None,
                "asyncUsageCount": 0,
                "createdAt": now,
                "updatedAt": now,
                "_codes": codes,
            },
        },
    )
