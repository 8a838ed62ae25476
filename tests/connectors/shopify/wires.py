"""Orders as Shopify's interface tells them, written by hand from its schema."""

from typing import Any


def money(amount: str, currency: str = "SAR", other: tuple[str, str] | None = None) -> Any:
    """A MoneyBag: the shop's money, and what the customer saw."""
    seen = other or (amount, currency)
    return {
        "shopMoney": {"amount": amount, "currencyCode": currency},
        "presentmentMoney": {"amount": seen[0], "currencyCode": seen[1]},
    }


def tax(amount: str, rate: str = "15.0", currency: str = "SAR") -> Any:
    return {
        "title": "VAT",
        "rate": None,
        "ratePercentage": rate,
        "priceSet": money(amount, currency),
    }


def allocation(amount: str, code: str = "", currency: str = "SAR") -> Any:
    applied = {"index": 0, **({"code": code} if code else {})}
    return {"allocatedAmountSet": money(amount, currency), "discountApplication": applied}


def line(one: int, total: str, quantity: int = 1, **changes: Any) -> Any:
    return {
        "id": f"gid://shopify/LineItem/{one}",
        "name": f"Chair {one}",
        "title": f"Chair {one}",
        "sku": f"CH-{one}",
        "quantity": quantity,
        "currentQuantity": quantity,
        "isGiftCard": False,
        "requiresShipping": True,
        "variant": {"id": f"gid://shopify/ProductVariant/{100 + one}"},
        "product": {"id": f"gid://shopify/Product/{200 + one}"},
        "originalTotalSet": money(total),
        "discountAllocations": [],
        "taxLines": [],
        "duties": [],
        **changes,
    }


def shipping(total: str, **changes: Any) -> Any:
    return {
        "id": "gid://shopify/ShippingLine/7",
        "title": "Express",
        "code": "express",
        "originalPriceSet": money(total),
        "discountedPriceSet": money(total),
        "discountAllocations": [],
        "taxLines": [],
        **changes,
    }


def paid(amount: str, gateway: str = "mada", **changes: Any) -> Any:
    return {
        "id": "gid://shopify/OrderTransaction/9",
        "kind": "SALE",
        "status": "SUCCESS",
        "gateway": gateway,
        "formattedGateway": gateway.title(),
        "manualPaymentGateway": False,
        "processedAt": "2026-11-01T10:00:05Z",
        "amountSet": money(amount),
        **changes,
    }


PLACE = {
    "name": "سارة القحطاني",
    "firstName": "سارة",
    "lastName": "القحطاني",
    "company": "شركة النور",
    "address1": "طريق الملك فهد",
    "address2": None,
    "city": "الرياض",
    "zip": "12345",
    "provinceCode": "01",
    "countryCodeV2": "SA",
    "phone": "+966500000001",
}


def order(total: str, lines: list[Any], ways: list[Any] | None = None, **changes: Any) -> Any:
    node = {
        "id": "gid://shopify/Order/1",
        "name": "#1001",
        "createdAt": "2026-11-01T13:00:00+03:00",
        "processedAt": "2026-11-01T10:00:00Z",
        "updatedAt": "2026-11-01T10:00:06Z",
        "cancelledAt": None,
        "closedAt": None,
        "edited": False,
        "taxesIncluded": False,
        "dutiesIncluded": False,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "paymentGatewayNames": ["mada"],
        "email": "Sara@Example.com",
        "phone": None,
        "note": "اتصل قبل التوصيل",
        "tags": ["vip"],
        "sourceName": "web",
        "sourceIdentifier": None,
        "currencyCode": "SAR",
        "presentmentCurrencyCode": "SAR",
        "customAttributes": [{"key": "VAT", "value": "300000000000003"}],
        "customer": {"id": "gid://shopify/Customer/5"},
        "billingAddress": PLACE,
        "shippingAddress": PLACE,
        "totalPriceSet": money(total),
        "currentTotalPriceSet": money(total),
        "totalTipReceivedSet": money("0.0"),
        "additionalFees": [],
        "transactions": [paid(total)],
        "refunds": [],
        "lineItems": {"nodes": lines},
        "shippingLines": {"nodes": ways or []},
    }
    return {**node, **changes}


def refund(total: str, lines: list[Any], **changes: Any) -> Any:
    return {
        "id": "gid://shopify/Refund/3",
        "note": "مكسور",
        "createdAt": "2026-11-02T10:00:00Z",
        "processedAt": "2026-11-02T10:00:00Z",
        "updatedAt": "2026-11-02T10:00:00Z",
        "totalRefundedSet": money(total),
        "duties": [],
        "refundLineItems": {"nodes": lines, "pageInfo": {"hasNextPage": False}},
        "refundShippingLines": {"nodes": []},
        "transactions": {"nodes": [paid(total, kind="REFUND")]},
        **changes,
    }


def given_back(of: Any, quantity: int, subtotal: str, vat: str, restock: str = "RETURN") -> Any:
    return {
        "quantity": quantity,
        "restockType": restock,
        "subtotalSet": money(subtotal),
        "totalTaxSet": money(vat),
        "lineItem": {name: of[name] for name in ("id", "isGiftCard", "variant", "taxLines")},
    }


def variant(one: int, *options: tuple[str, str], **changes: Any) -> Any:
    return {
        "id": f"gid://shopify/ProductVariant/{one}",
        "sku": f"SKU-{one}",
        "barcode": "",
        "price": "10.00",
        "compareAtPrice": None,
        "selectedOptions": [{"name": name, "value": value} for name, value in options],
        "inventoryItem": {
            "id": f"gid://shopify/InventoryItem/{one}",
            "tracked": True,
            "requiresShipping": True,
            "unitCost": {"amount": "4.5", "currencyCode": "SAR"},
            "measurement": {"weight": {"unit": "GRAMS", "value": 250}},
        },
        **changes,
    }


def product(variants: list[Any], **changes: Any) -> Any:
    names = dict.fromkeys(one["name"] for each in variants for one in each["selectedOptions"])
    options = [
        {
            "id": f"gid://shopify/ProductOption/{at}",
            "name": name,
            "optionValues": [
                {"id": "", "name": value}
                for value in dict.fromkeys(
                    one["value"]
                    for each in variants
                    for one in each["selectedOptions"]
                    if one["name"] == name
                )
            ],
        }
        for at, name in enumerate(names)
    ]
    return {
        "id": "gid://shopify/Product/1",
        "title": "كرسي",
        "handle": "chair",
        "descriptionHtml": "<p>مريح</p>",
        "status": "ACTIVE",
        "tags": ["new"],
        "updatedAt": "2026-11-01T10:00:00Z",
        "hasOnlyDefaultVariant": not names,
        "isGiftCard": False,
        "details": None,
        "options": options,
        "variants": {"nodes": variants},
        "media": {"nodes": []},
        "collections": {"nodes": []},
        "metafields": {"nodes": []},
        **changes,
    }


def picture(one: int) -> Any:
    return {"id": f"gid://shopify/MediaImage/{one}", "mediaContentType": "IMAGE", "alt": ""}


def collection(one: int, *, rules: bool = False) -> Any:
    told = {"appliedDisjunctively": True} if rules else None
    return {"id": f"gid://shopify/Collection/{one}", "ruleSet": told}
