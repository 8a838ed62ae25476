"""What a shop tells of itself: settings, currency, statuses, gateways, shipping zones."""

from collections.abc import Callable, Mapping

from qantara.sandbox.woocommerce.calls import Call
from qantara.sandbox.woocommerce.order_fields import STATUSES
from qantara.sandbox.woocommerce.settings import CURRENCIES
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.wire import Answer, Refused, Row

Fact = Callable[[Shop, Call], Answer]
GROUPS = ("general", "products", "tax")
GATEWAYS = (
    ("bacs", "Direct bank transfer"),
    ("cheque", "Check payments"),
    ("cod", "Cash on delivery"),
)


def index(_shop: Shop, _call: Call) -> Answer:
    """`GET /wc/v3`: the namespace; of every route only its path."""
    from qantara.sandbox.woocommerce.routing import PATHS  # noqa: PLC0415 - routes name us

    routes = {f"/wc/v3{path}": {"namespace": "wc/v3"} for path in PATHS}
    return Answer(body={"namespace": "wc/v3", "routes": routes})


def root(shop: Shop) -> Row:
    """`GET /wp-json/`: which programs answer here."""
    return {
        "name": "Shop",
        "description": "",
        "url": shop.url,
        "home": shop.url,
        "gmt_offset": str(_offset(shop)),
        "timezone_string": shop.settings.timezone,
        "namespaces": ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wc/store", "wp/v2"],
        "routes": {},
    }


def system_status(shop: Shop, _call: Call) -> Answer:
    """Of the many parts those that say what the shop is."""
    settings = shop.settings
    currency = settings.currency
    return Answer(
        body={
            "environment": {
                "home_url": shop.url,
                "site_url": shop.url,
                "version": settings.version,
                "wp_version": "7.1",
                "wp_multisite": False,
                "wp_cron": True,
                "language": "en_US",
                "default_timezone": "UTC",
            },
            "settings": {
                "api_enabled": False,
                "force_ssl": False,
                "currency": currency,
                "currency_symbol": CURRENCIES[currency][2],
                "currency_position": "left",
                "thousand_separator": ",",
                "decimal_separator": ".",
                "number_of_decimals": settings.decimals,
                "HPOS_enabled": settings.hpos,
            },
        }
    )


def current_currency(shop: Shop, _call: Call) -> Answer:
    return Answer(body=_currency(shop.settings.currency))


def currencies(_shop: Shop, _call: Call) -> Answer:
    return Answer(body=[_currency(code) for code in CURRENCIES])


def _currency(code: str) -> Row:
    name, _, symbol = CURRENCIES[code]
    return {"code": code, "name": name, "symbol": symbol}


def order_statuses(_shop: Shop, _call: Call) -> Answer:
    """`GET /orders/statuses`."""
    return Answer(body=[{"slug": slug, "name": name} for slug, name in STATUSES.items()])


def order_totals(shop: Shop, _call: Call) -> Answer:
    """`GET /reports/orders/totals`: how many there are of each status."""
    rows = list(shop.table("orders").values())
    return Answer(
        body=[
            {"slug": slug, "name": name, "total": sum(row["status"] == slug for row in rows)}
            for slug, name in STATUSES.items()
        ]
    )


def gateways(_shop: Shop, _call: Call) -> Answer:
    found = [{"id": code, "title": title, "enabled": True} for code, title in GATEWAYS]
    headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": "1"}
    return Answer(body=found, headers=headers)


def shipping_zones(_shop: Shop, _call: Call) -> Answer:
    row = {"id": 0, "name": "Locations not covered by your other zones", "order": 0}
    return Answer(body=[row], headers={"X-WP-Total": "1", "X-WP-TotalPages": "1"})


def settings_groups(_shop: Shop, _call: Call) -> Answer:
    return Answer(body=[{"id": name, "label": name.title(), "parent_id": ""} for name in GROUPS])


def settings_group(shop: Shop, call: Call) -> Answer:
    """The settings of one group that matter to whoever trades with the shop."""
    name = call.ids["group"]
    if name not in GROUPS:
        raise Refused(404, "rest_setting_setting_group_invalid", "Invalid setting group.")
    return Answer(body=[_setting(name, key, value) for key, value in _values(shop)[name].items()])


def settings_option(shop: Shop, call: Call) -> Answer:
    name, key = call.ids["group"], call.ids["option"]
    held = _values(shop).get(name, {})
    if key not in held:
        raise Refused(404, "rest_setting_setting_invalid", "Invalid setting.")
    return Answer(body=_setting(name, key, held[key]))


def _setting(group: str, key: str, value: str) -> Row:
    return {"id": key, "label": key, "type": "text", "value": value, "group_id": group}


def _values(shop: Shop) -> Mapping[str, Mapping[str, str]]:
    settings = shop.settings
    return {
        "general": {
            "woocommerce_default_country": settings.country,
            "woocommerce_calc_taxes": "yes",
            "woocommerce_enable_coupons": "yes",
            "woocommerce_currency": settings.currency,
            "woocommerce_currency_pos": "left",
            "woocommerce_price_thousand_sep": ",",
            "woocommerce_price_decimal_sep": ".",
            "woocommerce_price_num_decimals": str(settings.decimals),
        },
        "products": {
            "woocommerce_weight_unit": "kg",
            "woocommerce_dimension_unit": "cm",
            "woocommerce_manage_stock": "yes",
            "woocommerce_notify_no_stock_amount": "0",
        },
        "tax": {
            "woocommerce_prices_include_tax": _yes(settings.prices_include_tax),
            "woocommerce_tax_based_on": settings.tax_based_on,
            "woocommerce_shipping_tax_class": settings.shipping_tax_class,
            "woocommerce_tax_round_at_subtotal": _yes(settings.round_at_subtotal),
            "woocommerce_tax_classes": "",
            "woocommerce_tax_display_shop": "excl",
            "woocommerce_tax_display_cart": "excl",
            "woocommerce_price_display_suffix": "",
            "woocommerce_tax_total_display": "itemized",
        },
    }


def _yes(value: bool) -> str:  # noqa: FBT001 - it is the value that is told
    return "yes" if value else "no"


def _offset(shop: Shop) -> float:
    offset = shop.clock.now().astimezone(shop.clock.zone).utcoffset()
    return offset.total_seconds() / 3600 if offset else 0.0
