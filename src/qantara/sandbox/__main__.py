"""Run one stand-in as a process: `python -m qantara.sandbox odoo --version 16 --port 8016`."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from qantara.sandbox.kit import StandIn
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.odoo.demo import DEMOS
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.sandbox.woocommerce.settings import KEY, SECRET

PRODUCT = {"regular_price": "100.00", "manage_stock": True, "stock_quantity": 100}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints one line `ready http://127.0.0.1:PORT`; ends on SIGTERM and SIGINT."""
    options = _parser().parse_args(arguments)
    stand: StandIn = options.start(options)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with stand:
        sys.stdout.write(f"ready {stand.url}\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


def _odoo(options: argparse.Namespace) -> StandIn:
    demo = DEMOS[options.demo] if options.demo else None
    stand = OdooStandIn(
        version=options.version,
        database=options.database,
        company=options.company or (demo.company if demo else "Nile Factory"),
        currency=options.currency or (demo.currency if demo else "SAR"),
        languages=tuple(options.languages.split(",")),
        login=options.login,
        key=options.key,
        password=options.password,
        port=options.port,
        pace=options.pace,
        workers=options.workers,
        control=options.control,
    )
    if demo:
        demo.fill(stand, products=options.products, partners=options.partners)
    return stand


def _woocommerce(options: argparse.Namespace) -> StandIn:
    stand = WooCommerceStandIn(
        currency=options.currency,
        decimals=options.decimals,
        prices_include_tax=options.prices_include_tax,
        country=options.country,
        timezone=options.timezone,
        hpos=not options.posts,
        pace=options.pace,
        key=options.key,
        secret=options.secret,
        port=options.port,
        control=options.control,
    )
    for at in range(1, options.products + 1):
        stand.add("products", name=f"Product {at}", sku=f"P-{at}", **PRODUCT)
    if options.tax:
        stand.add("taxes", country=options.country, rate=options.tax, name="VAT")
    return stand


def _shopify(options: argparse.Namespace) -> StandIn:
    from qantara.sandbox.shopify import (  # noqa: PLC0415 - needs graphql-core (extra `demo`)
        ShopifyStandIn,
    )
    from qantara.sandbox.shopify.demo import fill  # noqa: PLC0415 - as above

    shop = ShopifyStandIn(
        currency=options.currency,
        country=options.country,
        timezone=options.timezone,
        taxes_included=options.prices_include_tax,
        domain=options.domain,
        token=options.token,
        secret=options.secret,
        port=options.port,
        control=options.control,
    )
    if options.products is not None:
        fill(shop, products=options.products)
    return shop


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m qantara.sandbox", description=__doc__)
    systems = parser.add_subparsers(required=True)
    odoo = systems.add_parser("odoo", help="an Odoo server")
    odoo.add_argument("--version", type=int, default=16, choices=(16, 17, 18, 19))
    odoo.add_argument("--port", type=int, default=0)
    odoo.add_argument("--database", default="factory")
    odoo.add_argument("--company", default="", help="default: the demo's")
    odoo.add_argument("--currency", default="", help="default: the demo's")
    odoo.add_argument("--languages", default="en_US,ar_001", help="codes, with commas")
    odoo.add_argument("--login", default="hub@example.com")
    odoo.add_argument("--key", default="hub-key")
    odoo.add_argument("--password", default="hub-password")
    odoo.add_argument("--demo", choices=sorted(DEMOS))
    odoo.add_argument("--products", type=int, help="how many, instead of the demo's own number")
    odoo.add_argument("--partners", type=int, help="how many, instead of the demo's own number")
    odoo.add_argument("--pace", choices=("measured",), help="take as long as real servers do")
    odoo.add_argument("--workers", type=int, default=2, help="calls at once when paced")
    odoo.add_argument("--control", action="store_true", help="open /_stand/ (for benches)")
    odoo.set_defaults(start=_odoo)
    _add_woocommerce(systems.add_parser("woocommerce", help="a WooCommerce shop"))
    _add_shopify(systems.add_parser("shopify", help="a Shopify shop"))
    return parser


def _add_woocommerce(shop: argparse.ArgumentParser) -> None:
    shop.add_argument("--port", type=int, default=0)
    shop.add_argument("--currency", default="SAR")
    shop.add_argument("--decimals", type=int, default=2, help="of prices")
    shop.add_argument("--prices-include-tax", action="store_true")
    shop.add_argument("--tax", default="", help="a rate in percent for the shop's country")
    shop.add_argument("--country", default="SA")
    shop.add_argument("--timezone", default="Asia/Riyadh")
    shop.add_argument("--products", type=int, default=0, help="how many there are, with stock")
    shop.add_argument("--posts", action="store_true", help="keep orders as posts, without HPOS")
    shop.add_argument("--pace", choices=("measured",), help="take as long as a real shop does")
    shop.add_argument("--key", default=KEY)
    shop.add_argument("--secret", default=SECRET)
    shop.add_argument("--control", action="store_true", help="open /_stand/ (for benches)")
    shop.set_defaults(start=_woocommerce)


def _add_shopify(shop: argparse.ArgumentParser) -> None:
    shop.set_defaults(start=_shopify)
    shop.add_argument("--port", type=int, default=0)
    shop.add_argument("--currency", default="SAR")
    shop.add_argument("--country", default="SA")
    shop.add_argument("--timezone", default="UTC")
    shop.add_argument("--prices-include-tax", action="store_true")
    shop.add_argument("--domain", default="nile-store.myshopify.com")
    shop.add_argument("--token", default="shpat_stand_in")
    shop.add_argument("--secret", default="shpss_stand_in")
    shop.add_argument("--products", type=int, help="fill it with so many, and a few orders")
    shop.add_argument("--control", action="store_true", help="open /_stand/ (for benches)")


if __name__ == "__main__":
    sys.exit(main())
