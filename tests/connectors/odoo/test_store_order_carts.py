"""Generated carts over a stand-in Odoo: its own reckoning comes to the store's total and taxes."""

import random
from decimal import ROUND_HALF_UP, Decimal

import pytest

from qantara.connectors.base import Written
from qantara.model import StoreOrder, TaxAmount
from tests.connectors.odoo.places import connector, create, send, standing
from tests.connectors.odoo.shopping import Shop

D = Decimal
CARTS = 40


def coins(amount):
    return amount.quantize(D("0.01"), ROUND_HALF_UP)


def tax(odoo, rate, *, included):
    values = {"name": f"{rate}% {included}", "amount": rate, "type_tax_use": "sale"}
    inside = {"price_include": included}
    if odoo.version >= 18:
        inside = {"price_include_override": "tax_included" if included else "tax_excluded"}
    return odoo.create("account.tax", {**values, "amount_type": "percent", **inside})


def cart(shop: Shop, dice: random.Random, number: int) -> StoreOrder:
    """A store that rounds each line, with prices with or without tax, of two rates."""
    gross, lines, total = dice.random() < 0.5, [], D(0)
    for _ in range(dice.randint(1, 5)):
        rate, amount = dice.choice((15, 5)), D(dice.randint(1, 50_000)) / 100
        told = coins(amount * rate / (100 + rate if gross else 100))
        net = amount - told if gross else amount
        taxes = (TaxAmount(rate=D(rate), amount=told),)
        lines.append(
            shop.chairs(quantity=D(dice.randint(1, 12)), net=net, taxes=taxes, discount=D(0))
        )
        total += net + told
    rules = {"confirm": "no", "tolerance": "5"}
    return shop.order(
        f"C{number}", lines=tuple(lines), total=total, gross=gross, payments=(), rules=rules
    )


@pytest.mark.parametrize("version", [16, 18])
@pytest.mark.parametrize("rounding", ["round_per_line", "round_globally"])
async def test_carts_come_to_the_same_in_odoo(version, rounding):
    with standing(version) as odoo:
        odoo.write("res.company", 1, {"tax_calculation_rounding_method": rounding})
        shop = Shop(odoo=odoo)
        for rate, included in ((5, False), (5, True), (15, True)):
            tax(odoo, rate, included=included)
        dice = random.Random(version)  # noqa: S311 - carts, not secrets
        orders = [cart(shop, dice, number) for number in range(CARTS)]
        async with connector(odoo) as hub:
            writes = [create(one.number, one) for one in orders]
            outcomes = await send(hub, "store_order", writes)

        assert [getattr(one, "reason", "") for one in outcomes] == [""] * CARTS
        ids = [int(one.external_id) for one in outcomes if isinstance(one, Written)]
        rows = odoo.read("sale.order", ids, "amount_total", "amount_tax")
        found = [(D(str(row["amount_total"])), D(str(row["amount_tax"]))) for row in rows]
        assert found == [(order.total, order.tax) for order in orders]
