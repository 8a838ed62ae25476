"""The shop itself and what is only read of it: price lists, discounts, payouts, abandoned carts."""

from typing import Any

from qantara.sandbox.shopify.context import Args, Context, Resolvers, Settings, money
from qantara.sandbox.shopify.errors import NotImitated
from qantara.sandbox.shopify.metafields import OWNERS
from qantara.sandbox.shopify.paging import page, plain
from qantara.sandbox.shopify.state import Row, Store, typename_of

SHOP = "gid://shopify/Shop/1"
ACCOUNT = "gid://shopify/ShopifyPaymentsAccount/1"
NODES = frozenset(
    {
        *OWNERS,
        *("InventoryItem", "InventoryLevel", "MediaImage", "Metafield", "LineItem", "Refund"),
        *("OrderTransaction", "Fulfillment", "FulfillmentOrder", "Return", "BulkOperation"),
        *("ProductSetOperation", "WebhookSubscription", "AbandonedCheckout", "PriceList"),
        "DiscountNode",
    }
)
SUMMARY = (
    *("adjustmentsFee", "adjustmentsGross", "chargesFee", "chargesGross", "refundsFee"),
    *("refundsFeeGross", "reservedFundsFee", "reservedFundsGross", "retriedPayoutsFee"),
    "retriedPayoutsGross",
)


def open_shop(store: Store, settings: Settings) -> Row:
    """Its row, its first location, and the online store as a publication."""
    row = store.add("Shop", {"name": settings.name, "email": settings.email}, gid=SHOP)
    add_location(store, settings, "Main warehouse")
    store.add("Publication", {"name": "Online Store", "autoPublish": False})
    return row


def add_location(store: Store, settings: Settings, name: str) -> Row:
    names = ("address1", "address2", "city", "phone", "province", "provinceCode", "zip")
    address = {**dict.fromkeys(names), "country": settings.country, "formatted": [settings.country]}
    row = store.add(
        "Location",
        {
            "name": name,
            "isActive": True,
            "isFulfillmentService": False,
            "fulfillsOnlineOrders": True,
            "shipsInventory": True,
            "deactivatedAt": None,
            "address": {**address, "countryCode": settings.country},
        },
    )
    store.tell("LOCATIONS_CREATE", row)
    return row


def _shop(_root: Row, ctx: Context, _args: Args) -> Row:
    settings, row = ctx.settings, ctx.store.tables["Shop"][SHOP]
    address = dict.fromkeys(
        ("address1", "address2", "city", "company", "phone", "province", "provinceCode", "zip")
    )
    return {
        **row,
        "contactEmail": settings.email,
        "currencyCode": settings.currency,
        "enabledPresentmentCurrencies": [settings.currency],
        "ianaTimezone": settings.timezone,
        "timezoneOffset": "+0000",
        "timezoneOffsetMinutes": 0,
        "timezoneAbbreviation": settings.timezone,
        "myshopifyDomain": settings.domain,
        "url": f"https://{settings.domain}",
        "primaryDomain": {
            "id": "gid://shopify/Domain/1",
            "host": settings.domain,
            "url": f"https://{settings.domain}",
            "sslEnabled": True,
        },
        "taxesIncluded": settings.taxes_included,
        "taxShipping": True,
        "weightUnit": "KILOGRAMS",
        "unitSystem": "METRIC_SYSTEM",
        "plan": {
            "publicDisplayName": "Basic",
            "shopifyPlus": False,
            "partnerDevelopment": False,
        },
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        "shopAddress": {
            **address,
            "id": "gid://shopify/ShopAddress/1",
            "country": settings.country,
            "countryCodeV2": settings.country,
        },
    }


def _node(_root: Row, ctx: Context, args: Args) -> Row | None:
    return node(ctx, args["id"])


def node(ctx: Context, key: str) -> Row | None:
    """Any record by its gid; types that are no nodes here are refused."""
    typename = typename_of(key)
    if typename not in NODES:
        raise NotImitated(f"node({key!r})")
    return ctx.store.get(typename, key)


def _installation(_root: Row, ctx: Context, _args: Args) -> Row:
    return {
        "id": "gid://shopify/AppInstallation/1",
        "accessScopes": [
            {"handle": scope, "description": scope.replace("_", " ").capitalize()}
            for scope in sorted(ctx.scopes)
        ],
        "app": {"id": "gid://shopify/App/1", "title": "Hub", "handle": "hub"},
    }


def _account(_root: Row, ctx: Context, _args: Args) -> Row | None:
    """None where the shop has no such payments."""
    if not ctx.store.rows("ShopifyPaymentsPayout"):
        return None
    return {
        "__typename": "ShopifyPaymentsAccount",
        "id": ACCOUNT,
        "activated": True,
        "onboardable": False,
        "balance": [money(_unpaid(ctx), ctx.settings.currency)],
        "country": ctx.settings.country,
        "defaultCurrency": ctx.settings.currency,
    }


def _unpaid(ctx: Context) -> Any:
    rows = ctx.store.rows("ShopifyPaymentsBalanceTransaction")
    return sum((row["net"]["amount"] for row in rows if row["_payout"] is None), 0)


def _payout_of(row: Row, ctx: Context, _args: Args) -> Row:
    payout = ctx.store.get("ShopifyPaymentsPayout", row["_payout"]) if row["_payout"] else None
    return {
        "id": payout["id"] if payout else None,
        "status": payout["status"] if payout else "PENDING",
    }


def _discount_codes(row: Row, _ctx: Context, args: Args) -> Any:
    return plain(row["_codes"], args)


RESOLVERS: Resolvers = {
    "QueryRoot.shop": _shop,
    "QueryRoot.node": _node,
    "QueryRoot.nodes": lambda _, ctx, args: [node(ctx, one) for one in args["ids"]],
    "QueryRoot.currentAppInstallation": _installation,
    "QueryRoot.priceLists": lambda _, ctx, args: page(ctx.store.rows("PriceList"), args),
    "PriceList.fixedPricesCount": lambda row, _ctx, _args: len(row["_prices"]),
    "PriceList.prices": lambda row, _ctx, args: plain(row["_prices"], args),
    "PriceListPrice.variant": lambda row, ctx, _args: ctx.store.must(
        "ProductVariant", row["_variant"]
    ),
    "QueryRoot.discountNodes": lambda _, ctx, args: ctx.pages(
        "DiscountNode", ctx.store.rows("DiscountNode"), args
    ),
    "DiscountCodeBasic.codes": _discount_codes,
    "DiscountCodeBasic.codesCount": lambda row, _ctx, _args: {
        "count": len(row["_codes"]),
        "precision": "EXACT",
    },
    "QueryRoot.abandonedCheckouts": lambda _, ctx, args: ctx.pages(
        "AbandonedCheckout", ctx.store.rows("AbandonedCheckout"), args
    ),
    "AbandonedCheckout.customer": lambda row, ctx, _args: (
        ctx.store.get("Customer", row["_customer"]) if row["_customer"] else None
    ),
    "AbandonedCheckout.lineItems": lambda row, _ctx, args: plain(row["_lines"], args),
    "AbandonedCheckoutLineItem.variant": lambda row, ctx, _args: (
        ctx.store.get("ProductVariant", row["_variant"]) if row["_variant"] else None
    ),
    "AbandonedCheckoutLineItem.product": lambda row, ctx, _args: (
        ctx.store.get("Product", row["_product"]) if row["_product"] else None
    ),
    "QueryRoot.shopifyPaymentsAccount": _account,
    "ShopifyPaymentsAccount.payouts": lambda _row, ctx, args: ctx.pages(
        "ShopifyPaymentsPayout", ctx.store.rows("ShopifyPaymentsPayout"), args
    ),
    "ShopifyPaymentsAccount.balanceTransactions": lambda _row, ctx, args: ctx.pages(
        "ShopifyPaymentsBalanceTransaction",
        ctx.store.rows("ShopifyPaymentsBalanceTransaction"),
        {**args, "sortKey": "CREATED_AT" if args["sortKey"] == "PROCESSED_AT" else args["sortKey"]},
    ),
    "ShopifyPaymentsBalanceTransaction.associatedPayout": _payout_of,
    "ShopifyPaymentsPayout.summary": lambda row, ctx, _args: {
        name: money(row["_summary"].get(name, 0), ctx.settings.currency) for name in SUMMARY
    },
}
