"""What a connection can do: the shop, the version of the interface, and the app's scopes."""

from collections.abc import Collection, Iterator, Mapping

from qantara.connectors.base import Finding, Report
from qantara.connectors.shopify.site import Site
from qantara.connectors.shopify.versions import VERSIONS

READS: Mapping[str, tuple[str, ...]] = {
    "category": ("read_products",),
    "product": ("read_products", "read_inventory"),
    "partner": ("read_customers", "read_orders"),
    "store_order": ("read_orders", "read_returns"),
    "refund": ("read_orders", "read_returns"),
    "warehouse": ("read_locations",),
    "stock_level": ("read_inventory", "read_locations", "read_products"),
    "shipment": ("read_orders", "read_fulfillments"),
}
WRITES: Mapping[str, tuple[str, ...]] = {
    "category": ("write_products",),
    "product": ("write_products", "write_inventory"),
    "store_order": ("write_orders", "write_merchant_managed_fulfillment_orders"),
    "stock_level": ("write_inventory",),
    "shipment": ("write_orders", "write_merchant_managed_fulfillment_orders"),
}
"""Scopes by entity; one that allows to write allows to read."""

COVERED: Mapping[str, tuple[str, ...]] = {
    "read_fulfillments": ("read_orders", "write_fulfillments"),
    "write_merchant_managed_fulfillment_orders": (
        "write_fulfillments",
        "write_assigned_fulfillment_orders",
        "write_third_party_fulfillment_orders",
    ),
}
"""Scopes that do instead."""


async def probe(site: Site, reads: Collection[str], writes: Collection[str]) -> Report:
    """Ask the shop who it is and what the app may do."""
    told = await site.client.ask("shop")
    shop = told["shop"]
    scopes = {one["handle"] for one in told["currentAppInstallation"]["accessScopes"]}
    supported = {one["handle"] for one in told["publicApiVersions"] if one["supported"]}
    return Report(
        facts={
            "shop": f"{shop['name']} ({shop['myshopifyDomain']})",
            "plan": shop["plan"]["publicDisplayName"],
            "currency": shop["currencyCode"],
            "version": site.client.version,
            "prices": "with tax" if shop["taxesIncluded"] else "without tax",
            "time zone": shop["ianaTimezone"],
        },
        findings=[
            *_version(site.client.version, supported),
            *_missing(scopes, reads, writes),
            *_old(scopes, reads),
        ],
    )


def _version(used: str, supported: Collection[str]) -> Iterator[Finding]:
    if supported and used not in supported:
        yield Finding(
            level="warning",
            what=f"Shopify does not support version {used} of its interface any more.",
            remedy=f"Set version to one of: {', '.join(sorted(supported))}.",
        )
    elif used not in VERSIONS:
        yield Finding(
            level="warning",
            what=f"Qantara was not held against version {used} of Shopify's interface.",
            remedy=f"Set version to one of: {', '.join(VERSIONS)}.",
        )
    else:
        yield Finding(level="ok", what=f"Version {used} of the interface is supported.")


def _missing(
    scopes: Collection[str], reads: Collection[str], writes: Collection[str]
) -> Iterator[Finding]:
    needed: dict[str, list[str]] = {}
    for table, entities, verb in ((READS, reads, "read"), (WRITES, writes, "write")):
        for entity in sorted(entities):
            for scope in table.get(entity, ()):
                needed.setdefault(scope, []).append(f"to {verb} {entity.replace('_', ' ')}")
    for scope, uses in sorted(needed.items()):
        if not _covered(scope, scopes):
            yield Finding(
                level="missing",
                what=f"The app lacks the access scope {scope} ({', '.join(uses)}).",
                remedy=f"Add {scope} to the app's Admin API scopes in Shopify, then install it again.",
            )


def _covered(scope: str, scopes: Collection[str]) -> bool:
    others = COVERED.get(scope, ())
    writing = scope.replace("read_", "write_", 1)
    return any(one in scopes for one in (scope, writing, *others))


def _old(scopes: Collection[str], reads: Collection[str]) -> Iterator[Finding]:
    if {"store_order", "refund", "shipment"} & set(reads) and "read_all_orders" not in scopes:
        yield Finding(
            level="warning",
            what="Orders of the last 60 days only can be read.",
            remedy="Ask Shopify for the scope read_all_orders where older ones are needed.",
        )
