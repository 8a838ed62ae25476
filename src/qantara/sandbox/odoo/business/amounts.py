"""Taxes and totals of order lines, rounded per line as both orders do by default."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import NotImitated
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded

if TYPE_CHECKING:
    from qantara.sandbox.odoo.business.base import Tax


def line_amounts(
    env: Env, net: float, quantity: float, taxes: Iterable[int]
) -> tuple[float, float]:
    """Subtotal without and amount of tax, for a price times quantity."""
    model: Tax = env.model("account.tax")  # type: ignore[assignment]
    subtotal = net
    rows = [model.row(each) for each in taxes]
    for row in rows:
        if row["amount_type"] not in ("percent", "fixed"):
            raise NotImitated(f"computing a tax of type {row['amount_type']}")
        if model.includes_price(row):
            subtotal -= _included(row, net, quantity)
    subtotal = rounded(subtotal, 2)
    tax = sum(rounded(_amount(row, subtotal, quantity), 2) for row in rows)
    return subtotal, rounded(tax, 2)


def _included(row: Row, gross: float, quantity: float) -> float:
    if row["amount_type"] == "fixed":
        return float(row["amount"] * quantity)
    return float(gross - gross / (1 + row["amount"] / 100))


def _amount(row: Row, base: float, quantity: float) -> float:
    if row["amount_type"] == "fixed":
        return float(row["amount"] * quantity)
    return float(base * row["amount"] / 100)
