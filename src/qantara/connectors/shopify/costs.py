"""What an operation costs by Shopify's count, learnt from its answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

GUESS = 50.0
"""Points for an operation that was never asked: more than most cost, less than any bucket holds."""

Shape = tuple[str, int]
"""An operation, and how much it was asked for, in powers of two."""


@dataclass(slots=True)
class Costs:
    """The largest cost that was asked of each operation at each size of its variables.

    Shopify holds back what a call may cost at most and gives back what it did not: so it is the
    cost asked that must be there when a call arrives.
    """

    _known: dict[Shape, float] = field(default_factory=dict)

    def knows(self, operation: str) -> bool:
        """Whether the operation was asked before, in any size."""
        return any(name == operation for name, _ in self._known)

    def asked(self, operation: str, variables: Mapping[str, Any]) -> float:
        """How much to set aside for this call."""
        name, size = _shape(operation, variables)
        if (name, size) in self._known:
            return self._known[name, size]
        others = {at: cost for (known, at), cost in self._known.items() if known == name}
        if not others:
            return GUESS
        nearest = min(others, key=lambda at: abs(at - size))
        return others[nearest] * 2.0 ** max(0, size - nearest)

    def learn(self, operation: str, variables: Mapping[str, Any], asked: float) -> None:
        """The system has told what the call was held to cost."""
        shape = _shape(operation, variables)
        self._known[shape] = max(asked, self._known.get(shape, 0.0))


def _shape(operation: str, variables: Mapping[str, Any]) -> Shape:
    return operation, _size(variables).bit_length()


def _size(value: Any) -> int:
    """How many records are asked for, or things sent."""
    if isinstance(value, Mapping):
        first = value.get("first")
        asked = first if isinstance(first, int) else 0
        return asked + sum(_size(one) for one in value.values())
    if isinstance(value, list):
        return sum(1 + _size(one) for one in value)
    return 0
