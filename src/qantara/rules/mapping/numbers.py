"""Transforms of numbers and amounts: units, factors, currencies, rounding."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from qantara.model import Money
from qantara.rules.mapping.arguments import digits_of, factor_of, known_only, options
from qantara.rules.mapping.faults import Flawed, Unmappable
from qantara.rules.mapping.functions import rounded
from qantara.rules.mapping.step import Change, Transform, numeric
from qantara.rules.mapping.values import number, text


def scale(argument: Any) -> Transform:
    """`scale: 1.15`, or with `digits` after the point there and `back`."""
    told = argument if isinstance(argument, dict) else {"factor": argument}
    known_only("scale", told, {"factor", "digits", "back"})
    factor = factor_of("scale", told.get("factor"))
    return _linear(f"× {factor:f}", factor, told)


def unit(argument: Any) -> Transform:
    """`unit: {from: kg, to: g}`."""
    told = options("unit", argument, {"from", "to", "digits", "back"})
    one, other = str(told.get("from", "")), str(told.get("to", ""))
    for table in UNITS:
        if one in table and other in table:
            return _linear(f"{one} in {other}", table[one] / table[other], told)
    known = "; ".join(", ".join(table) for table in UNITS)
    raise Flawed(f"{one or 'Nothing'} cannot be told in {other or 'nothing'}.", f"Known: {known}.")


def currency(argument: Any) -> Transform:
    """`currency: {from: SAR, to: USD, rate: 0.2667}`."""
    told = options("currency", argument, {"from", "to", "rate", "digits", "back"})
    one, other = (str(told.get(name, "")).upper() for name in ("from", "to"))
    if not (len(one) == len(other) == 3):
        raise Flawed("currency needs `from` and `to`.", "Write three letters each, such as SAR.")
    line = _linear("", factor_of("currency", told.get("rate")), {"digits": 2, **told})

    def exchanged(change: Change | None, come: str, go: str) -> Change:
        def exchange(value: Any) -> Any:
            if value is None:
                return None
            if not isinstance(value, Money) or value.currency != come:
                raise Unmappable(f"{text(value)} is no amount in {come}.", "Correct `from`.")
            amount = change(value.amount) if change else value.amount
            return Money(amount, go)

        return exchange

    amounts = tuple(Money(Decimal(one_), one) for one_ in ("0", "1", "12.50", "1000.99"))
    return Transform(
        words=f"{one} in {other} at {told['rate']}",
        there=exchanged(line.there, one, other),
        back=exchanged(line.back, other, one),
        domain=amounts,
    )


def rounding(argument: Any) -> Transform:
    """`round: 2`, half up."""
    digits = int(number(argument)) if argument is not None else 0
    if not 0 <= digits <= 12:
        raise Flawed(f"A number cannot be rounded to {digits} digits.", "Write 0 to 12.")
    there = numeric(lambda value: rounded(value, digits))
    why = "What was rounded off cannot be told afterwards."
    return Transform(words=f"rounded to {digits} digits", there=there, why=why)


_WEIGHTS = {"kg": "1", "g": "0.001", "mg": "0.000001", "t": "1000"}
_WEIGHTS |= {"lb": "0.45359237", "oz": "0.028349523125"}
_LENGTHS = {"m": "1", "cm": "0.01", "mm": "0.001", "km": "1000", "in": "0.0254", "ft": "0.3048"}
_VOLUMES = {"m3": "1", "l": "0.001", "ml": "0.000001", "cm3": "0.000001"}
UNITS = tuple(
    {name: Decimal(factor) for name, factor in table.items()}
    for table in (_WEIGHTS, _LENGTHS, _VOLUMES)
)
"""What one of each is in the first of its kind."""

DIGITS, DIGITS_BACK = 6, 3
"""After the point, on either way, where a factor has no exact inverse and nothing else is said."""


def _linear(words: str, factor: Decimal, told: Mapping[str, Any]) -> Transform:
    """Multiplied there, divided back; rounded where the digits would have no end."""
    exact = _is_exact(factor)
    there_digits = digits_of(told.get("digits"), None if exact else DIGITS)
    back_digits = digits_of(told.get("back"), None if exact else DIGITS_BACK)

    def cut(value: Decimal, digits: int | None) -> Decimal:
        return value if digits is None else rounded(value, digits)

    return Transform(
        words=words,
        there=numeric(lambda value: cut(value * factor, there_digits)),
        back=numeric(lambda value: cut(value / factor, back_digits)),
    )


def _is_exact(factor: Decimal) -> bool:
    """True when dividing by it never makes digits without end: only twos and fives in it."""
    whole = abs(int(factor.scaleb(max(0, -int(factor.as_tuple().exponent)))))
    for prime in (2, 5):
        while whole and whole % prime == 0:
            whole //= prime
    return whole == 1
