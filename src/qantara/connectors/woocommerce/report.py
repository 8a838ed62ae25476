"""What a store is and what is missing for the chosen entities, in words."""

from collections.abc import Collection, Mapping
from typing import Any

from qantara.connectors.base import Finding, Report
from qantara.connectors.woocommerce.client import Client
from qantara.connectors.woocommerce.mapping.values import text
from qantara.connectors.woocommerce.site import Site
from qantara.transport import AuthFailed, ConnectorError, NotFound, Rejected, Unsupported

OLDEST = 8
PATHS = {
    "category": "/products/categories",
    "product": "/products",
    "stock_level": "/products",
    "partner": "/customers",
    "store_order": "/orders",
    "refund": "/orders",
    "shipment": "/orders",
}
DECIMALS: Mapping[str, int] = {
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
}
"""How many decimals a currency's smallest coin needs, where these are not two."""

MISSING = (AuthFailed, NotFound, Rejected, Unsupported)

Settings = Mapping[str, str]


async def probe(site: Site, reads: Collection[str], writes: Collection[str]) -> Report:
    """Enter, look at all that the entities need, and report. Raises only when it cannot enter."""
    currency = await site.currency()
    findings: list[Finding] = []
    settings = await _settings(site.client, findings)
    status = await _status(site.client, findings)
    for path in sorted({PATHS[one] for one in {*reads, *writes} if one in PATHS}):
        findings += await _readable(site.client, path)
    if writes:
        findings += await _writable(site.client)
    findings += _about_settings(settings, currency)
    findings += _about_version(_version(status))
    if "product" in writes and not site.image_base:
        findings.append(_PICTURES)
    return Report(facts=_facts(site, currency, settings, status), findings=findings)


_YES_NO: Mapping[object, str] = {True: "yes", False: "no"}

_PICTURES = Finding(
    level="warning",
    what="New pictures are not brought to this store: it fetches them itself, from a public address.",
    remedy="Set images to an address with {sha1} in it, under which pictures lie by their hash.",
)


async def _settings(client: Client, findings: list[Finding]) -> Settings:
    found: dict[str, str] = {}
    for group in ("general", "tax"):
        try:
            rows = await client.get(f"/settings/{group}", {"_fields": "id,value"})
        except MISSING as error:
            findings.append(_missing(f"The settings {group} cannot be read: {error.reason}", error))
            continue
        found |= {row["id"]: row["value"] for row in rows if isinstance(row.get("value"), str)}
    return found


async def _status(client: Client, findings: list[Finding]) -> Mapping[str, Any]:
    try:
        told = await client.get("/system_status", {"_fields": "environment,settings"})
    except MISSING as error:
        findings.append(
            Finding(
                level="warning",
                what=f"The version of WooCommerce is not known: {error.reason}",
                remedy=error.remedy,
            )
        )
        return {}
    return told if isinstance(told, Mapping) else {}


async def _readable(client: Client, path: str) -> list[Finding]:
    try:
        await client.listing(path, {"per_page": "1", "_fields": "id"})
    except MISSING as error:
        return [_missing(f"{path[1:]} cannot be read: {error.reason}", error)]
    return []


async def _writable(client: Client) -> list[Finding]:
    """An empty batch does nothing, and is refused to a key that may only read."""
    try:
        await client.send("POST", "/products/batch", {"update": []}, safe=True)
    except MISSING as error:
        return [_missing(f"Nothing can be written: {error.reason}", error)]
    return []


def _missing(what: str, error: ConnectorError) -> Finding:
    return Finding(level="missing", what=what, remedy=error.remedy)


def _about_settings(settings: Settings, currency: str) -> list[Finding]:
    findings = []
    decimals, needed = settings.get("woocommerce_price_num_decimals", ""), DECIMALS.get(currency, 2)
    if decimals.isdigit() and int(decimals) < needed:
        findings.append(
            Finding(
                level="warning",
                what=f"The store keeps {decimals} decimals of prices, and {currency} has {needed}: "
                "orders would be rounded.",
                remedy="Set WooCommerce > Settings > General > Number of decimals.",
            )
        )
    if settings.get("woocommerce_calc_taxes") == "no":
        findings.append(
            Finding(
                level="warning",
                what="The store computes no taxes: its orders have none.",
                remedy="If taxes are due, enable them under WooCommerce > Settings > General.",
            )
        )
    if settings.get("woocommerce_manage_stock") == "no":
        findings.append(
            Finding(
                level="warning",
                what="The store counts no stock.",
                remedy="Enable it under WooCommerce > Settings > Products > Inventory.",
            )
        )
    return findings


def _about_version(version: str) -> list[Finding]:
    major = version.partition(".")[0]
    if not major.isdigit() or int(major) >= OLDEST:
        return []
    return [
        Finding(
            level="missing",
            what=f"WooCommerce {version} is older than {OLDEST}.",
            remedy=f"Upgrade the plugin to {OLDEST} or later.",
        )
    ]


def _version(status: Mapping[str, Any]) -> str:
    environment = status.get("environment")
    return text(environment.get("version")) if isinstance(environment, Mapping) else ""


def _facts(
    site: Site, currency: str, settings: Settings, status: Mapping[str, Any]
) -> dict[str, str]:
    environment = status.get("environment") or {}
    own = status.get("settings") or {}
    hpos = own.get("HPOS_enabled", own.get("hpos_enabled"))
    return {
        "url": site.client.where,
        "version": _version(status) or "unknown",
        "wordpress": text(environment.get("wp_version")) or "unknown",
        "currency": currency,
        "decimals": settings.get("woocommerce_price_num_decimals", "unknown"),
        "prices": "with tax"
        if settings.get("woocommerce_prices_include_tax") == "yes"
        else "without tax",
        "taxes are computed": settings.get("woocommerce_calc_taxes", "unknown"),
        "taxes are rounded": "over the order"
        if settings.get("woocommerce_tax_round_at_subtotal") == "yes"
        else "line by line",
        "high-performance order storage": _YES_NO.get(hpos, "unknown"),
    }
