"""The demo's two stores in one process with it: everything that is bought is told and checked."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qantara.cli.demo.checking import Account, Book
from qantara.cli.demo.market import Market
from qantara.cli.demo.opening import open_stores
from qantara.cli.demo.shops import Bought
from qantara.cli.demo.stage import Stage, staged
from qantara.cli.demo.stand_ins import BUYER, FACTORY, MALL, SHOP, Cast, StandIn
from qantara.cli.demo.trading import trade
from qantara.cli.desk import Desk
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.odoo.demo import DEMOS
from qantara.sandbox.shopify import ShopifyStandIn
from qantara.sandbox.woocommerce import WooCommerceStandIn

FEW, ORDERS = 6, 4
"""Products of the buyer, and orders of the day."""


def company(role: StandIn, version: int, **sizes: int) -> OdooStandIn:
    demo = DEMOS[role.name]
    stand = OdooStandIn(
        version=version,
        database=role.name,
        company=demo.company,
        currency=demo.currency,
        login=role.login,
        key=role.key,
    )
    demo.fill(stand, **sizes)
    return stand


@pytest.fixture
def cast() -> Iterator[Cast]:
    with ExitStack() as stack:
        shop = WooCommerceStandIn(currency="USD", key=SHOP.login, secret=SHOP.key, control=True)
        shop.add("taxes", country="SA", rate="15", name="VAT")
        mall = ShopifyStandIn(currency="USD", token=MALL.key, secret=MALL.signs_with, control=True)
        playing: list[tuple[StandIn, Any]] = [
            (FACTORY, company(FACTORY, 16, products=1, partners=0)),
            (BUYER, company(BUYER, 18, products=FEW, partners=0)),
            (SHOP, shop),
            (MALL, mall),
        ]
        urls = [replace(role, url=stack.enter_context(one).url) for role, one in playing]
        factory, buyer, woo, shopify = urls
        yield Cast(factory=factory, buyer=buyer, shop=woo, mall=shopify)


@pytest.fixture
async def stage(cast: Cast, tmp_path: Path) -> AsyncIterator[Stage]:
    desk = Desk(tmp_path)
    desk.as_json = True
    async with staged(desk, tmp_path / "home", cast) as stage:
        stage.links = stage.links_of("shop", "mall")
        yield stage


@pytest.mark.timeout(900)
async def test_what_is_bought_in_both_stores_is_at_the_buyer_once(stage: Stage) -> None:
    opened = await open_stores(stage)
    told = await trade(stage, Market(stage=stage), ORDERS)

    assert stage.disagreements == []
    assert {one["link"] for one in opened} == {
        f"{store}.{part}" for store in ("shop", "mall") for part in ("category", "product")
    }
    for store in told:
        assert store["orders"] == store["sale_orders"] >= ORDERS / 2
        assert store["total"] == store["total_in_odoo"] == store["paid_in_odoo"] > 0
        assert store["refunded"] == store["credited_in_odoo"] > 0
        assert store["seconds"]["slowest"] >= store["seconds"]["median"] > 0


BOUGHT = Bought(id="7", number="1007", total=Decimal("11.50"), given_back=Decimal("1.15"))
SALE = {"origin": "shop/1007", "name": "S1", "state": "sale", "amount_total": 11.5}
INVOICE = {"payment_state": "paid", "amount_total": 11.5}
CREDIT = {"payment_state": "paid", "amount_total": 1.15}


@pytest.mark.parametrize(
    ("account", "complaint"),
    [
        ({}, ""),
        ({"sales": []}, "shop: 1007 is 0 times in Odoo."),
        ({"sales": [SALE, SALE]}, "shop: 1007 is 2 times in Odoo."),
        ({"sales": [SALE | {"state": "draft"}]}, "shop: 1007 is not confirmed in Odoo."),
        (
            {"sales": [SALE | {"amount_total": 11.49}]},
            "shop: 1007 comes to 11.50 in the store, to 11.49 in Odoo.",
        ),
        ({"invoices": []}, "shop: 1007 comes to 11.50 in the store, invoices to 0."),
        (
            {"invoices": [INVOICE | {"payment_state": "not_paid"}]},
            "shop: 1007 is not paid in Odoo.",
        ),
        ({"credits": []}, "shop: 1007 has 1.15 given back, 0 credited."),
    ],
)
def test_the_check_sees_what_is_wrong(account: dict[str, Any], complaint: str) -> None:
    good: dict[str, Any] = {"sales": [SALE], "invoices": [INVOICE], "credits": [CREDIT]}
    book = Book(store="shop", orders=[(BOUGHT, Account(**{**good, **account}))], strays=())

    assert book.complaints == ([complaint] if complaint else [])


def test_the_check_sees_what_only_odoo_has() -> None:
    book = Book(store="shop", orders=(), strays=["shop/9"])

    assert book.complaints == ["shop: shop/9 is in Odoo, and not in the store."]
    assert book.figures["sale_orders"] == 1
