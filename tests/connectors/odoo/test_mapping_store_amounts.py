"""The arithmetic by which Odoo's totals are brought to those of a store."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qantara.connectors.odoo.mapping.store_amounts import (
    Priced,
    Totals,
    UsedTax,
    Ways,
    gap,
    priced,
    residues,
    totals,
)

D = Decimal
FIFTEEN = UsedTax(id=1, rate=D(15))
FIFTEEN_IN = UsedTax(id=2, rate=D(15), included=True)


def test_a_tax_in_the_price_leaves_the_price_as_it_is():
    ways = Ways(unit=D("0.01"))
    line = priced(D(3), (D("26.06"), D("3.91")), [FIFTEEN_IN], ways)

    assert line.price == D("9.99")
    assert totals([line], ways) == Totals(net=D("26.06"), taxes={2: D("3.91")})


def test_a_third_of_ten_needs_one_line_for_rounding_with_the_same_tax():
    ways = Ways(unit=D("0.01"))
    line = priced(D(3), (D("10.00"), D("1.50")), [FIFTEEN], ways)
    [more] = residues([line], Totals(net=D("10.00"), taxes={1: D("1.50")}), {1: D("10.00")}, ways)

    assert (more.price * more.quantity, more.taxes) == (D("0.01"), (FIFTEEN,))


def test_global_rounding_rounds_a_tax_once():
    lines = [priced(D(1), (D("0.10"), D("0.015")), [FIFTEEN], Ways(unit=D("0.01")))] * 3

    assert totals(lines, Ways(unit=D("0.01"))).tax == D("0.06")
    assert totals(lines, Ways(unit=D("0.01"), rounding="global")).tax == D("0.05")


MEASURED = [
    ("line", "0.03", "0.03", "0.00"),
    ("line", "0.09", "0.08", "0.01"),
    ("line", "10.05", "8.38", "1.67"),
    ("global", "10.05", "8.38", "1.67"),
    ("line_tax", "0.03", "0.02", "0.01"),
    ("line_tax", "0.09", "0.07", "0.02"),
    ("line_tax", "10.05", "8.37", "1.68"),
    ("document", "10.05", "8.38", "1.68"),
]
"""Prices that contain 20 %, where tax and net end in half a unit, on real 16 to 18."""


@pytest.mark.parametrize(("rounding", "price", "net", "tax"), MEASURED)
def test_half_a_unit_falls_to_the_side_that_this_version_rounds(rounding, price, net, tax):
    twenty = UsedTax(id=1, rate=D(20), included=True)
    line = Priced(quantity=D(1), price=D(price), taxes=(twenty,))

    found = totals([line], Ways(unit=D("0.01"), rounding=rounding))

    assert found == Totals(net=D(net), taxes={1: D(tax)})


def test_what_is_finer_than_a_price_is_so_many_of_the_finest_price():
    ways = Ways(unit=D("0.001"), digits=2)
    line = priced(D(1), (D("1.125"), D(0)), [], ways)
    [more] = residues([line], Totals(net=D("1.125")), {}, ways)

    assert totals([line, more], ways).total == D("1.125")
    assert more.price == D("0.01")


def test_the_gap_counts_taxes_that_cancel_each_other_out():
    one = Totals(net=D(10), taxes={1: D(1), 2: D(2)})
    other = Totals(net=D(10), taxes={1: D(2), 2: D(1)})

    assert gap(one, other) == 2


def coins(places, most=200_000):
    return st.integers(0, most).map(lambda units: D(units).scaleb(-places))


@st.composite
def carts(draw):
    """Lines of a store that rounds each line, with discounts already taken off."""
    places = draw(st.sampled_from([0, 2, 3]))
    digits = draw(st.sampled_from([2, 3, 6, None]))
    ways = Ways(
        unit=D(1).scaleb(-places),
        digits=digits,
        rounding=draw(st.sampled_from(["line", "line_tax", "global", "document"])),
    )
    gross, kept_in = draw(st.booleans()), draw(st.booleans())
    rates = draw(st.lists(st.sampled_from([0, 5, 7, 15, 20]), min_size=1, max_size=2, unique=True))
    used = {r: UsedTax(id=place, rate=D(r), included=kept_in) for place, r in enumerate(rates, 1)}
    lines = []
    for _ in range(draw(st.integers(1, 6))):
        tax = used[draw(st.sampled_from(rates))]
        amount, quantity = draw(coins(places)), D(draw(st.integers(1, 13)))
        share = tax.rate / (100 + tax.rate) if gross else tax.rate / 100
        told = ways.coins(amount * share)
        lines.append((quantity, (amount - told if gross else amount, told), tax))
    return ways, lines


@settings(max_examples=400, deadline=None)
@given(carts())
def test_totals_and_the_tax_of_each_rate_are_the_stores_to_the_smallest_unit(cart):
    ways, lines = cart
    made = [priced(quantity, amounts, [tax], ways) for quantity, amounts, tax in lines]
    nets: dict[int, Decimal] = {}
    taxes: dict[int, Decimal] = {}
    for _, (net, told), tax in lines:
        nets[tax.id] = nets.get(tax.id, D(0)) + net
        taxes[tax.id] = taxes.get(tax.id, D(0)) + told
    wanted = Totals(net=sum(nets.values(), D(0)), taxes=taxes)

    more = residues(made, wanted, nets, ways)
    found = totals([*made, *more], ways)

    assert gap(wanted, found) == 0
    assert len(more) <= len(taxes) + 1
    assert all(ways.price(line.price) == line.price for line in (*made, *more))
