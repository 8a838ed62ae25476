"""The refunds that a shop gives, as data: what is given back, whether the goods return, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

What = Literal["all", "one", "one_and_shipping", "shipping", "money", "one_and_more_money"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An order of three pieces and shipping; `pieces` are given back."""

    what: What
    restock: bool
    shipped: bool
    pieces: int

    @property
    def name(self) -> str:
        """For people to read."""
        goods = "restocked" if self.restock else "not restocked"
        return f"{self.what}, {goods}, {'shipped' if self.shipped else 'not shipped'}"

    def asked(self, line: int, price: str) -> dict[str, Any]:
        """What the owner enters; `price` is one piece with tax."""
        entered: dict[What, dict[str, Any]] = {
            "all": {},
            "one": {"lines": {line: 1}},
            "one_and_shipping": {"lines": {line: 1}, "shipping": True},
            "shipping": {"lines": {}, "shipping": True},
            "money": {"amount": "3.10"},
            "one_and_more_money": {"lines": {line: 1}, "amount": price},
        }
        return {**entered[self.what], "restock": self.restock}


PIECES: dict[What, int] = {"all": 3, "one": 1, "one_and_shipping": 1, "one_and_more_money": 1}


def cases() -> Iterator[Case]:
    """All twenty-four."""
    kinds: tuple[What, ...] = (
        "all",
        "one",
        "one_and_shipping",
        "shipping",
        "money",
        "one_and_more_money",
    )
    for what, restock, shipped in product(kinds, (True, False), (True, False)):
        yield Case(what=what, restock=restock, shipped=shipped, pieces=PIECES.get(what, 0))
