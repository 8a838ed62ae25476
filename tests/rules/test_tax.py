"""Two thousand carts whose totals and tax per rate survive the arithmetic, and single known ones."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara.model import StoreLine, TaxAmount
from qantara.rules.tax import Position, coin, rounded, spread, taxed, totals, way

CARTS = 2000
RATES = (15, 5, 10, 14, 16, 0, 20, 19, 7)
"""Saudi Arabia, the Emirates and Oman, Bahrain and Japan, Egypt, Jordan, Kuwait, Ukraine, Germany."""

CURRENCIES = ("SAR", "AED", "USD", "EUR", "KWD", "JPY")

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    currency: str
    positions: tuple[Position, ...]
    rounding: str


def carts() -> Iterator[Cart]:
    """Of a fixed seed: mixed rates, discounts, shipping, prices with and without tax."""
    dice = random.Random(20261122)  # noqa: S311 - numbers to compute with
    rates = [Decimal(rate) for rate in RATES]
    for _ in range(CARTS):
        currency = dice.choice(CURRENCIES)
        unit, gross = coin(currency), dice.random() < 0.5
        chosen = dice.sample(rates, dice.randint(1, 3))
        lines = [
            (unit * dice.randint(1, 99_999) * dice.randint(1, 7), dice.choice(chosen))
            for _ in range(dice.randint(1, 8))
        ]
        off = unit * dice.randint(0, 5000)
        discounts = spread(min(off, sum((a for a, _ in lines), ZERO)), [a for a, _ in lines], unit)
        positions = [
            Position(amount=max(Decimal(0), amount - less), rate=rate, gross=gross)
            for (amount, rate), less in zip(lines, discounts, strict=True)
        ]
        shipping = Position(amount=unit * dice.randint(0, 5000), rate=chosen[0], gross=gross)
        rounding = dice.choice(("line", "document"))
        yield Cart(currency=currency, positions=(*positions, shipping), rounding=rounding)


def test_the_totals_of_two_thousand_carts_are_those_of_exact_fractions_to_the_coin() -> None:
    """The witness computes with fractions and rounds once; by document nothing else is allowed."""
    for cart in carts():
        unit = coin(cart.currency)
        ours = totals(cart.positions, unit, "document")
        exact: dict[Decimal, Fraction] = {}
        for one in cart.positions:
            part_of = Fraction(one.rate) / 100
            share = part_of / (1 + part_of) if one.gross else part_of
            part = Fraction(one.amount) * share
            exact[one.rate] = exact.get(one.rate, Fraction(0)) + part
        for rate, tax in exact.items():
            assert abs(Fraction(ours.taxes[rate]) - tax) <= Fraction(unit) / 2, cart
        if cart.positions[0].gross:
            assert ours.total == sum(one.amount for one in cart.positions), cart


def test_two_thousand_carts_survive_the_way_into_store_lines_and_back() -> None:
    """What a store tells is lines with net and taxes; sums of them are its totals, per rate too."""
    for cart in carts():
        unit = coin(cart.currency)
        parts = [taxed(one, unit) for one in cart.positions]
        lines = [
            StoreLine(id=str(n), net=p.net, taxes=(TaxAmount(rate=p.rate, amount=p.tax),))
            for n, p in enumerate(parts)
        ]
        ours = totals(cart.positions, unit, "line")

        assert sum(line.net for line in lines) == ours.net
        assert sum(line.net + line.taxes[0].amount for line in lines) == ours.total
        for rate, tax in ours.taxes.items():
            told = sum(line.taxes[0].amount for line in lines if line.taxes[0].rate == rate)
            assert told == tax
        for one, part in zip(cart.positions, parts, strict=True):
            assert part.net % unit == part.tax % unit == 0
            assert (part.net + part.tax if one.gross else part.net) == one.amount


def test_of_two_thousand_carts_it_is_known_how_their_store_rounded() -> None:
    """Of a store's own numbers nothing is left over when the way is known."""
    for cart in carts():
        unit = coin(cart.currency)
        told = totals(cart.positions, unit, cart.rounding)  # type: ignore[arg-type]

        found = way(cart.positions, told, unit)

        assert found is not None
        assert found[1] == 0
        assert totals(cart.positions, unit, found[0]).total == told.total


def test_the_two_ways_differ_somewhere_so_that_the_proofs_mean_something() -> None:
    differing = [
        cart
        for cart in carts()
        if totals(cart.positions, coin(cart.currency), "line").tax
        != totals(cart.positions, coin(cart.currency), "document").tax
    ]

    assert len(differing) > CARTS / 5


@pytest.mark.parametrize(
    ("position", "currency", "parts"),
    [
        (("100", 15, False), "SAR", ("100", "15.00")),
        (("115", 15, True), "SAR", ("100.00", "15.00")),
        (("9.99", 15, True), "SAR", ("8.69", "1.30")),
        (("0.10", 5, False), "AED", ("0.10", "0.01")),
        (("1.005", 10, False), "BHD", ("1.005", "0.101")),
        (("105", 10, True), "JPY", ("95", "10")),
        (("-9.99", 15, True), "SAR", ("-8.69", "-1.30")),
        (("50", 0, False), "KWD", ("50", "0")),
    ],
)
def test_known_positions(
    position: tuple[str, int, bool], currency: str, parts: tuple[str, str]
) -> None:
    amount, rate, gross = position
    sold = Position(amount=Decimal(amount), rate=Decimal(rate), gross=gross)

    found = taxed(sold, coin(currency))

    assert (found.net, found.tax) == tuple(Decimal(part) for part in parts)


def test_half_a_coin_goes_away_from_zero() -> None:
    assert rounded(Decimal("0.005"), coin("SAR")) == Decimal("0.01")
    assert rounded(Decimal("-0.005"), coin("SAR")) == Decimal("-0.01")
    assert rounded(Decimal("0.5"), coin("JPY")) == 1


def test_tax_of_another_country_is_not_taken_for_rounding() -> None:
    sold = [Position(amount=Decimal(100), rate=Decimal(15))]
    told = totals([Position(amount=Decimal(100), rate=Decimal(5))], coin("SAR"), "line")

    assert way(sold, told, coin("SAR")) is None


@given(
    st.decimals("0", "10000", places=2),
    st.lists(st.decimals("0", "999", places=2), min_size=1, max_size=9),
)
def test_what_is_spread_comes_to_the_whole(amount: Decimal, weights: list[Decimal]) -> None:
    parts = spread(amount, weights, coin("SAR"))

    assert sum(parts) == amount
    assert len(parts) == len(weights)
    assert all(part >= 0 for part in parts)
