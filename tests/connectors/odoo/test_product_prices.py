"""Prices of price lists: which rule counts, what it asks, and how products tell them."""

from decimal import Decimal

import pytest

from qantara.connectors.odoo.mapping.pricing import Goods, Lists
from qantara.model import Money
from qantara.transport import Unsupported
from tests.connectors.odoo.places import connector, gather, record, standing

D = Decimal
CHAIR = Goods(variant=7, template=3, categories=frozenset({1, 2}), sales=D(100), cost=D(60))


def rule(**told):
    plain = {
        "applied_on": "3_global",
        "product_id": False,
        "product_tmpl_id": False,
        "categ_id": False,
        "min_quantity": 0,
        "date_start": False,
        "date_end": False,
        "compute_price": "fixed",
        "fixed_price": 0,
        "percent_price": 0,
        "base": "list_price",
        "base_pricelist_id": False,
        "price_discount": 0,
        "price_round": 0,
        "price_surcharge": 0,
        "price_min_margin": 0,
        "price_max_margin": 0,
    }
    return {**plain, **told}


def lists(*rules):
    return Lists(
        rates={1: D(1), 2: D("0.25")},
        coins={1: D("0.01"), 2: D("0.01")},
        rules={1: rules},
        now="2026-11-22 12:00:00",
    )


PRICES = {
    "no rule": ([], "100", "100"),
    "another variant": (
        [rule(applied_on="0_product_variant", product_id=[8, ""], fixed_price=5)],
        "100",
        "100",
    ),
    "its own variant": (
        [rule(applied_on="0_product_variant", product_id=[7, ""], fixed_price=5)],
        "5",
        "5",
    ),
    "its category": (
        [rule(applied_on="2_product_category", categ_id=[2, ""], fixed_price=6)],
        "6",
        "6",
    ),
    "only for many": ([rule(min_quantity=10, fixed_price=6)], "100", "100"),
    "over already": ([rule(date_end="2026-11-01 00:00:00", fixed_price=6)], "100", "100"),
    "a percentage": ([rule(compute_price="percentage", percent_price=D("12.5"))], "87.5", "100"),
    "a formula": (
        [
            rule(
                compute_price="formula",
                price_discount=10,
                price_round=5,
                price_surcharge=D("-0.01"),
            )
        ],
        "89.99",
        "89.99",
    ),
    "a margin on the cost": (
        [rule(compute_price="formula", base="standard_price", price_discount=-50)],
        "90",
        "90",
    ),
}


@pytest.mark.parametrize("case", PRICES)
def test_the_best_rule_that_fits_gives_the_price(case):
    rules, price, regular = PRICES[case]

    assert lists(*rules).price(1, CHAIR) == (D(price), D(regular))


def test_a_list_in_another_currency_is_converted_and_may_stand_on_another():
    on = rule(
        compute_price="percentage", base="pricelist", base_pricelist_id=[1, ""], percent_price=10
    )
    both = Lists(
        rates={1: D(1), 2: D("0.25")},
        coins={1: D("0.01"), 2: D("0.01")},
        rules={1: [rule(fixed_price=80)], 2: [on]},
        now="2026-11-22 12:00:00",
    )

    assert lists().price(2, CHAIR) == (D(25), D(25))
    assert both.price(2, CHAIR) == (D(18), D(20))


@pytest.mark.parametrize("version", [16, 18])
async def test_products_tell_the_prices_of_the_lists_that_the_connection_names(version):
    with standing(version) as odoo:
        [currency] = [row for row in odoo.rows("res.currency") if row["name"] == "USD"]
        odoo.write("res.currency", currency["id"], {"active": True})
        dollars = odoo.create("product.pricelist", {"name": "Shop", "currency_id": currency["id"]})
        one = odoo.create("product.template", {"name": "Chair", "list_price": 40})
        asked = {"pricelist_id": dollars, "applied_on": "1_product", "product_tmpl_id": one}
        item = odoo.create(
            "product.pricelist.item", {**asked, "compute_price": "fixed", "fixed_price": 9.5}
        )
        async with connector(odoo, pricelists="Shop") as hub:
            told = await record(hub, "product", str(one))
            _, cursor = await gather(hub, "product")
            odoo.write("product.pricelist.item", item, {"fixed_price": 11})
            again, _ = await gather(hub, "product", cursor)
        async with connector(odoo, pricelists="Nowhere") as hub:
            with pytest.raises(Unsupported, match="Nowhere"):
                await record(hub, "product", str(one))

    assert [(price.variant, price.price) for price in told.prices] == [("", Money.of("9.5", "USD"))]
    assert str(one) in again
