"""What each tax of each line came to, so that lines add up to the order to the smallest coin.

WooCommerce may round taxes over the whole order (`tax_round_at_subtotal`) while it tells each line's
rounded: the coin that is left then belongs to the line with most of that tax.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from qantara.connectors.woocommerce.mapping.values import number, text
from qantara.model import StoreLine, TaxAmount

Row = Mapping[str, Any]
Part = tuple[Decimal, int, int]
"""A tax of a line: how much, which line, which of its taxes."""

NEAR = 10
"""More coins than these, or than there are taxes, are no matter of rounding and left as told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A tax of an order. `id` is its own in the store."""

    id: int
    percent: Decimal
    name: str
    items: Decimal
    shipping: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The taxes of an order by their ids."""

    by_id: Mapping[int, Rate]

    @classmethod
    def of(cls, row: Row) -> "Rates":
        """Those of an order or a refund."""
        found = [_rate(one) for one in row.get("tax_lines") or ()]
        return cls(by_id={rate.id: rate for rate in found})

    def amount(self, id_: int, total: Decimal) -> TaxAmount:
        """So much of the tax with this id."""
        rate = self.by_id.get(id_)
        if rate is None:
            return TaxAmount(rate=Decimal(0), amount=total)
        return TaxAmount(rate=rate.percent, amount=total, name=rate.name)


def taxes(line: Row, rates: Rates, sign: Literal[1, -1] = 1) -> tuple[TaxAmount, ...]:
    """The taxes of a line; those that do not apply have an empty total. Refunds are negative."""
    return tuple(
        rates.amount(int(one["id"]), number(sign * number(one["total"])))
        for one in line.get("taxes") or ()
        if text(one.get("total")) or one.get("total") == 0
    )


def settled(lines: Sequence[StoreLine], row: Row) -> list[StoreLine]:
    """The lines, each tax of theirs adding up to what the order says of it, and all to its total."""
    found = list(lines)
    every = [
        (abs(tax.amount), place, index)
        for place, line in enumerate(found)
        for index, tax in enumerate(line.taxes)
    ]
    near = _coin(row) * max(NEAR, len(every))
    for rate in Rates.of(row).by_id.values():
        for shipping, wanted in ((False, rate.items), (True, rate.shipping)):
            parts = [one for one in every if _is(found, one, rate, shipping)]
            _settle(found, wanted, parts, near)
    if text(row.get("total_tax")):
        _settle(found, number(row["total_tax"]), every, near)
    return found


def _is(lines: Sequence[StoreLine], part: Part, rate: Rate, shipping: bool) -> bool:  # noqa: FBT001 - one of two groups
    """Whether this part of a line is of that tax."""
    line = lines[part[1]]
    tax = line.taxes[part[2]]
    mine = (line.kind == "shipping") is shipping
    return mine and (tax.rate, tax.name) == (rate.percent, rate.name)


def _settle(lines: list[StoreLine], wanted: Decimal, parts: Sequence[Part], near: Decimal) -> None:
    """The largest part takes what is left by rounding."""
    left = wanted - sum((lines[place].taxes[index].amount for _, place, index in parts), Decimal(0))
    if not parts or not left or abs(left) > near:
        return
    _, place, index = max(parts, key=lambda one: (one[0], -one[1]))
    told = list(lines[place].taxes)
    told[index] = replace(told[index], amount=number(told[index].amount + left))
    lines[place] = replace(lines[place], taxes=tuple(told))


def _coin(row: Row) -> Decimal:
    """The smallest amount that the shop tells, by the decimals of its amounts."""
    told = text(row.get("total")) or text(row.get("amount"))
    return Decimal(1).scaleb(-len(told.partition(".")[2]))


def _rate(one: Row) -> Rate:
    return Rate(
        id=int(one["rate_id"]),
        percent=number(one.get("rate_percent")),
        name=text(one.get("label")),
        items=number(one.get("tax_total")),
        shipping=number(one.get("shipping_tax_total")),
    )
