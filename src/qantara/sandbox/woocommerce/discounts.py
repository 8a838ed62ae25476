"""How coupons are shared out among an order's lines: in whole minor units, dearest first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from qantara.sandbox.woocommerce.words import number, rounded

HUNDRED = Decimal(100)
NONE = Decimal(0)


@dataclass(slots=True, kw_only=True)
class Piece:
    """One line: what it costs in minor units before coupons, and what each coupon takes off."""

    id: int
    price: Decimal
    quantity: Decimal
    product: int = 0
    taken: dict[str, Decimal] = field(default_factory=dict)

    @property
    def left(self) -> Decimal:
        """What there still is to take, in whole minor units."""
        return abs(rounded(self.price - sum(self.taken.values(), NONE), 0))

    def take(self, code: str, amount: Decimal) -> Decimal:
        """Takes at most what is left; says how much."""
        amount = min(self.left, amount)
        self.taken[code] = self.taken.get(code, NONE) + amount
        return amount


def apply(coupon: dict[str, Any], pieces: Sequence[Piece], places: int) -> None:
    """Shares one coupon out. The pieces keep what was taken."""
    dearest = sorted(pieces, key=lambda piece: -(piece.price / (piece.quantity or 1)))
    chosen = [piece for piece in dearest if piece.left and _covers(coupon, piece)]
    amount = number(coupon["amount"])
    if coupon["discount_type"] == "percent":
        _percent(coupon, chosen, amount)
    elif coupon["discount_type"] == "fixed_product":
        for piece in chosen:
            piece.take(coupon["code"], amount.scaleb(places) * piece.quantity)
    else:
        _cart(coupon["code"], [each for each in chosen if each.price], amount.scaleb(places))


def _covers(coupon: dict[str, Any], piece: Piece) -> bool:
    wanted, unwanted = coupon["product_ids"], coupon["excluded_product_ids"]
    if coupon["discount_type"] == "fixed_cart":
        return True
    return (not wanted or piece.product in wanted) and piece.product not in unwanted


def _percent(coupon: dict[str, Any], pieces: Sequence[Piece], percent: Decimal) -> None:
    code = coupon["code"]
    wanted = taken = NONE
    for piece in pieces:
        price = rounded(piece.price, 0)
        share = (price * percent / HUNDRED).to_integral_value(rounding=ROUND_FLOOR)
        taken += piece.take(code, share)
        wanted += price
    due = rounded(wanted * percent / HUNDRED, 0, half_down=True)
    if taken < due:
        _one_by_one(code, pieces, due - taken)


def _cart(code: str, pieces: Sequence[Piece], amount: Decimal) -> None:
    """The same for every single thing, as often as there is something left to share out."""
    while amount > 0:
        things = sum((piece.quantity for piece in pieces if piece.left), NONE)
        if not things:
            return
        each = (amount / things).to_integral_value(rounding=ROUND_FLOOR)
        if each <= 0:
            _one_by_one(code, pieces, amount)
            return
        taken = sum((piece.take(code, each * piece.quantity) for piece in pieces), NONE)
        if not taken:
            return
        amount -= taken


def _one_by_one(code: str, pieces: Sequence[Piece], amount: Decimal) -> None:
    """One minor unit from every thing in turn, until the amount is reached."""
    for piece in pieces:
        for _ in range(int(piece.quantity.to_integral_value(rounding=ROUND_CEILING))):
            if amount <= 0:
                return
            amount -= piece.take(code, min(Decimal(1), amount))
