"""Taxes and totals of order and invoice lines, rounded per line or over the whole document.

As measured on real servers in November 2026: 16 and 17 take the base out of a price that includes
its tax and give the tax the rest; 18 and 19 round the tax and give the base the rest. Rounding over
the document leaves such taxes per line on 16 and 17, and sums the exact values on 18 and 19.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import NotImitated
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded

if TYPE_CHECKING:
    from qantara.sandbox.odoo.business.base import Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One line: what it comes to, rounded, and the exact values; taxes by their id."""

    subtotal: float
    taxes: dict[int, float]
    exact: float
    exact_taxes: dict[int, float]
    included: frozenset[int]

    @property
    def tax(self) -> float:
        return sum(self.taxes.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """One document."""

    untaxed: float
    taxes: dict[int, float]

    @property
    def tax(self) -> float:
        return sum(self.taxes.values())


def digits_of(env: Env, currency: int | None) -> int:
    """Decimal places of a currency; the company's own where none is named."""
    currencies = env.model("res.currency")
    own = env.store.table("res.company").rows[1]["currency_id"]
    return int(currencies.value(currency or own, "decimal_places"))


def globally(env: Env, company: int = 1) -> bool:
    """Does the company round over the document?"""
    row = env.store.table("res.company").rows[company]
    return row.get("tax_calculation_rounding_method") == "round_globally"


def share(env: Env, net: float, quantity: float, taxes: Iterable[int], digits: int) -> Share:
    """A line of price times quantity, discount taken off."""
    model: Tax = env.model("account.tax")  # type: ignore[assignment]
    rows = sorted((model.row(each) for each in taxes), key=lambda row: (row["sequence"], row["id"]))
    for row in rows:
        if row["amount_type"] not in ("percent", "fixed"):
            raise NotImitated(f"computing a tax of type {row['amount_type']}")
    inside = [row for row in rows if model.includes_price(row)]
    exact = _base(net, quantity, inside)
    exact_taxes = {row["id"]: _amount(row, exact, quantity) for row in rows}
    gross = rounded(net, digits)
    taken = _taken_out(env.version, gross, quantity, inside, digits)
    subtotal = rounded(gross - sum(taken.values()), digits)
    added = {row["id"]: rounded(_amount(row, subtotal, quantity), digits) for row in rows}
    return Share(
        subtotal=subtotal,
        taxes={**added, **taken},
        exact=exact,
        exact_taxes=exact_taxes,
        included=frozenset(taken),
    )


def totals(env: Env, shares: Sequence[Share], digits: int, *, over_all: bool) -> Totals:
    """The document's amounts, by tax in the order they first appear."""
    order = dict.fromkeys(tax for each in shares for tax in each.taxes)
    exactly = over_all and env.version >= 18
    untaxed = sum(each.exact if exactly else each.subtotal for each in shares)
    taxes = {}
    for tax in order:
        amount = 0.0
        for each in shares:
            exact = over_all and (exactly or tax not in each.included)
            amount += (each.exact_taxes if exact else each.taxes).get(tax, 0.0)
        taxes[tax] = rounded(amount, digits)
    return Totals(untaxed=rounded(untaxed, digits), taxes=taxes)


def _taken_out(
    version: int, gross: float, quantity: float, inside: Sequence[Row], digits: int
) -> dict[int, float]:
    """The taxes that are in the price, rounded."""
    exact = _base(gross, quantity, inside)
    if version >= 18 or not inside:
        return {row["id"]: rounded(_amount(row, exact, quantity), digits) for row in inside}
    base = rounded(exact, digits)
    *first, last = inside
    taken = {row["id"]: rounded(_amount(row, base, quantity), digits) for row in first}
    return {**taken, last["id"]: rounded(gross - base - sum(taken.values()), digits)}


def _base(net: float, quantity: float, inside: Iterable[Row]) -> float:
    fixed = sum(row["amount"] * quantity for row in inside if row["amount_type"] == "fixed")
    rate = sum(row["amount"] for row in inside if row["amount_type"] == "percent")
    return float((net - fixed) / (1 + rate / 100))


def _amount(row: Row, base: float, quantity: float) -> float:
    if row["amount_type"] == "fixed":
        return float(row["amount"] * quantity)
    return float(base * row["amount"] / 100)
