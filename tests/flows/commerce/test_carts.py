"""Carts of all kinds through the whole: bought in a shop, carried by the flow, counted in Odoo."""

import asyncio
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.shopify import ShopifyStandIn
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage import work
from qantara.storage.store import Store
from tests.connectors.odoo.places import standing
from tests.flows.commerce.carts import (
    CODES,
    LANDS,
    PLENTY,
    Land,
    Mall,
    Shop,
    Told,
    Woo,
    connection,
    furnish,
)
from tests.flows.commerce.high_street import Street, furnished

D = Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A shop: prices with tax or without, each line rounded or the whole order at once."""

    name: str
    vendor: str
    carts: int
    gross: bool = False
    at_once: bool = False


TIMES = int(os.environ.get("QANTARA_CARTS", "1"))
"""The campaign takes 125 carts in each currency to each version; 2 takes twice as many, and others."""

KINDS = (
    Kind(name="woo-net-lines", vendor="woo", carts=25 * TIMES),
    Kind(name="woo-gross-lines", vendor="woo", carts=25 * TIMES, gross=True),
    Kind(name="woo-net-whole", vendor="woo", carts=25 * TIMES, at_once=True),
    Kind(name="woo-gross-whole", vendor="woo", carts=25 * TIMES, gross=True, at_once=True),
    Kind(name="mall-net", vendor="shopify", carts=12 * TIMES),
    Kind(name="mall-gross", vendor="shopify", carts=13 * TIMES, gross=True),
)
VERSIONS = (16, 18)
SAMPLE = (
    (16, "SAR", ("woo-net-lines", "woo-gross-whole", "mall-gross")),
    (18, "KWD", ("woo-gross-lines", "woo-net-whole", "mall-net")),
)
"""What `make test` looks at, seven carts of each shop."""


@contextmanager
def town(
    store: Store, version: int, currency: str, kinds: Sequence[Kind]
) -> Iterator[tuple[OdooStandIn, list[Shop]]]:
    """An Odoo and the shops before it, nothing sold yet."""
    land = LANDS[currency]
    with ExitStack() as stack:
        odoo = stack.enter_context(standing(version, currency=currency))
        furnish(odoo, land)
        desk = furnished(odoo)
        shops: list[Shop] = []
        for kind in kinds:
            stand = stand_in(kind, currency, land)
            stack.enter_context(stand)
            street = Street(
                store=store,
                odoo=odoo,
                desk=desk,
                shop=connection(kind.name, stand),
                options={"invoice": "always", "products": PRODUCTS},
                flow=kind.name,
            )
            more: dict[str, Any] = {"street": street, "land": land, "gross": kind.gross}
            if isinstance(stand, ShopifyStandIn):
                shops.append(Mall(mall=stand, **more))
            else:
                shops.append(Woo(woo=stand, **more))
        yield odoo, shops


PRODUCTS = {"shipping": "SHIP", "fee": "FEE", "tip": "FEE", "adjustment": "ROUND"}


def stand_in(kind: Kind, currency: str, land: Land) -> WooCommerceStandIn | ShopifyStandIn:
    if kind.vendor == "shopify":
        return ShopifyStandIn(
            currency=currency, taxes_included=kind.gross, bucket=PLENTY, restore=PLENTY
        )
    return WooCommerceStandIn(
        currency=currency,
        decimals=land.places,
        prices_include_tax=kind.gross,
        round_at_subtotal=kind.at_once,
        deliveries="manual",
    )


async def settle(shops: Sequence[Shop]) -> None:
    """Turns of all flows until nothing is left to do."""
    store = shops[0].street.store
    for _ in range(40):
        for shop in shops:
            await shop.street.turn()
        if not await store.run(work.backlogs):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("There is still work.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An order in Odoo and its invoices; the tax by rate is that of the invoices."""

    total: Decimal
    tax: Decimal
    invoices: list[tuple[Decimal, Decimal, str]]
    taxes: Mapping[Decimal, Decimal]


def booked(odoo: OdooStandIn) -> dict[str, Booked]:
    """All orders by their sources, which name the shop and the number there."""
    rates = {row["id"]: exact(row["amount"]) for row in odoo.rows("account.tax")}
    taxes: dict[int, dict[Decimal, Decimal]] = {}
    for line in odoo.rows("account.move.line"):
        if line["display_type"] == "tax":
            of_move = taxes.setdefault(line["move_id"], {})
            rate = rates[line["tax_line_id"]]
            of_move[rate] = of_move.get(rate, D(0)) - exact(line["amount_currency"])
    names = ("amount_total", "amount_tax")
    moves = [row["id"] for row in odoo.rows("account.move") if row["move_type"] == "out_invoice"]
    bills = {row["id"]: row for row in odoo.read("account.move", moves, *names, "payment_state")}
    orders = [row["id"] for row in odoo.rows("sale.order") if row.get("origin")]
    return {
        row["origin"]: Booked(
            total=exact(row["amount_total"]),
            tax=exact(row["amount_tax"]),
            invoices=[
                (*(exact(bills[one][name]) for name in names), bills[one]["payment_state"])
                for one in row["invoice_ids"]
            ],
            taxes=taxes.get(row["invoice_ids"][0], {}) if row["invoice_ids"] else {},
        )
        for row in odoo.read("sale.order", orders, *names, "origin", "invoice_ids")
    }


def exact(amount: float) -> Decimal:
    return D(str(amount)).normalize()


def wrong(shop: Shop, number: str, found: Booked | None) -> Iterator[str]:
    """What of an order in Odoo is not as the shop has told it."""
    told = shop.sold[number]
    if found is None:
        yield "it did not come"
        return
    if (found.total, found.tax) != (told.total, told.tax):
        yield f"{found.total} with {found.tax} tax for {told.total} with {told.tax}"
    state = "paid" if told.paid or not told.total else "not_paid"
    if found.invoices != [(told.total, told.tax, state)]:
        yield f"invoiced {found.invoices}, where it is {state}: {told.total}"
    if any(abs(apart) > allowed(shop, told) for apart in by_rate(found, told)):
        yield f"taxes {dict(found.taxes)} for {dict(told.taxes)}"


def by_rate(found: Booked, told: Told) -> list[Decimal]:
    """How far the tax of each rate is from what was told."""
    every = {*found.taxes, *told.taxes}
    return [found.taxes.get(one, D(0)) - told.taxes.get(one, D(0)) for one in every]


def allowed(shop: Shop, told: Told) -> Decimal:
    """A shop's own taxes may not come to its own tax, where it rounds the whole at once."""
    return abs(told.tax - sum(told.taxes.values(), D(0)))


async def carry(
    store: Store, version: int, currency: str, kinds: Sequence[Kind], rounding: str
) -> tuple[list[str], list[str]]:
    """What is wrong of all carts, and why any was put aside."""
    dice = random.Random(f"{version} {currency}")  # noqa: S311 - carts, no secrets
    with town(store, version, currency, kinds) as (odoo, shops):
        odoo.write("res.company", 1, {"tax_calculation_rounding_method": rounding})
        for code in CODES:
            price = shops[0].land.amount(dice.randint(1, 40_000))
            shops[0].street.goods(code, float(price), PLENTY)
        await settle(shops)
        for shop, kind in zip(shops, kinds, strict=True):
            shop.open()
            for _ in range(kind.carts):
                shop.buy(dice)
        await settle(shops)

        there = booked(odoo)
        told = [
            f"{shop.name} {number}: {one}"
            for shop in shops
            for number in shop.sold
            for one in wrong(shop, number, there.get(f"{shop.name}/{number}"))
        ]
        return told, [one.reason for one in await shops[0].street.letters()]


def rounding_of(version: int, currency: str) -> str:
    """Each version rounds half of the currencies by line, the other half over the document."""
    return ROUNDINGS[(list(LANDS).index(currency) + version // 2) % 2]


ROUNDINGS = ("round_per_line", "round_globally")


@pytest.mark.parametrize(("version", "currency", "names"), SAMPLE)
async def test_forty_carts_come_to_the_same_in_odoo(
    store: Store, version: int, currency: str, names: Sequence[str]
) -> None:
    kinds = [replace(kind, carts=7) for kind in KINDS if kind.name in names]
    rounding = rounding_of(version, currency)
    assert await carry(store, version, currency, kinds, rounding) == ([], [])


@pytest.mark.campaign
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("currency", LANDS)
@pytest.mark.parametrize("version", VERSIONS)
async def test_two_thousand_carts_come_to_the_same_in_odoo(
    store: Store, version: int, currency: str
) -> None:
    """One of sixteen parts of them."""
    assert sum(kind.carts for kind in KINDS) * len(LANDS) * len(VERSIONS) == 2000 * TIMES
    rounding = rounding_of(version, currency)
    assert await carry(store, version, currency, KINDS, rounding) == ([], [])
