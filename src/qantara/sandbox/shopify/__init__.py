"""A stand-in for Shopify's Admin API in its versions 2026-01, 2026-04, 2026-07 and 2026-10.

    with ShopifyStandIn(currency="SAR", taxes_included=True) as shop:
        shop.url, shop.token, shop.secret    # POST {url}/admin/api/2026-10/graphql.json
        number = shop.order(items=[Item(sku="TABLE", quantity=2)], taxes=[Tax(percent=Decimal(15))])

Options: name, domain, email, currency, country, timezone, taxes_included, tips_as_lines, token,
secret, scopes, port, bucket (points), restore (points a second), webhook_delays (seconds between
tries), webhook_seconds (patience), background_seconds (until bulk and asynchronous work is done),
control (open /_stand/ over HTTP).

To play: `order`, `sell` (at the counter), `edit`, `pay`, `capture`, `refund`, `cancel`, `fulfill`,
`start_return`, `process_return`, `customer`, `address`, `change(typename, id, field=...)`,
`location`, `stock`, `available`, `payout`, `abandon`, `price_list`, `discount`, and
`ask(query, variables)` for anything that the API can do itself (`productSet` makes products).
To look: `rows(typename)`, `ids(typename)`, `calls`, `writes()`, `postman.attempts`.
To disturb: `fault(kind, model="query" or "mutation", method=first field, times, after, seconds)`
with http_500, http_502, http_429, not_json, cut_before, cut_after, slow, throttled, internal,
concurrent (an idempotency key in use) and, with model="webhook" and method="orders/create",
webhook_lost, webhook_twice, webhook_late; `drain()` the bucket, `deny(scope, ...)`,
`search_lag` (seconds that searches lag behind), `reach` (25,000), `advance(seconds)` the clock.

Only what the hub uses is imitated; the rest is no part of the schema, or refused with the code
NOT_IMITATED. Facts come from the vendor's own introspection and documents; no live shop was asked.
Not certain, and so chosen on the strict side: the cost of connections (2 and each entry), tips as
lines (`tips_as_lines=False` tells them in the total alone), the sign of refund discrepancies.
"""

from qantara.sandbox.kit import Call, Fault
from qantara.sandbox.shopify.cart import (
    CASH_ON_DELIVERY,
    GIFT_CARD,
    Carriage,
    Discount,
    Item,
    Payment,
    Tax,
)
from qantara.sandbox.shopify.schema import VERSIONS
from qantara.sandbox.shopify.server import ShopifyStandIn
from qantara.sandbox.shopify.webhooks import signature

__all__ = [
    "CASH_ON_DELIVERY",
    "GIFT_CARD",
    "VERSIONS",
    "Call",
    "Carriage",
    "Discount",
    "Fault",
    "Item",
    "Payment",
    "ShopifyStandIn",
    "Tax",
    "signature",
]
