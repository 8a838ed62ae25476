"""Money is a decimal amount with its currency; floats never enter the hub."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in units of `currency` (ISO 4217), with as many decimals as its source gave."""

    amount: Decimal
    currency: str

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> "Money":
        """Money from a literal. Floats are refused by type: `Decimal(str(x))` is the wire's task."""
        return cls(Decimal(amount), currency.upper())
