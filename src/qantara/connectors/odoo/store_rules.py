"""By which rules a store's order is kept in Odoo: what the flow says in `extra["odoo"]`, checked.

| key        | value                                                        | without it      |
|------------|--------------------------------------------------------------|-----------------|
| confirm    | yes, no, paid                                                | no              |
| invoice    | yes, no, paid: made and posted, once the order is confirmed  | no              |
| journals   | payment method -> code of a journal; `*` for all others      | none registered |
| residue    | SKU of the product that takes up what rounding leaves        | none            |
| tolerance  | how much of the currency rounding may leave                  | see `allowed`   |
| products   | shipping, fee, tip, gift_card, adjustment -> SKU             | none            |
| warehouse  | code                                                         | Odoo's own      |
| team       | name of a sales team                                         | Odoo's own      |
| tags       | names of tags                                                | none            |
| source     | the store's name, kept in Odoo's field for the source        | none            |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, Self

from qantara.connectors.odoo.mapping.store_amounts import ZERO, Ways
from qantara.model import Refund, StoreOrder
from qantara.transport import Rejected

When = Literal["yes", "no", "paid"]
WHENS = frozenset({"yes", "no", "paid"})
UNITS = 5
"""Smallest coins that rounding may leave where no tolerance is named; two for each line beyond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one document. SKUs, codes and names are those of this Odoo."""

    confirm: When = "no"
    invoice: When = "no"
    journals: Mapping[str, str] = field(default_factory=dict)
    residue: str = ""
    tolerance: Decimal | None = None
    products: Mapping[str, str] = field(default_factory=dict)
    warehouse: str = ""
    team: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""

    @classmethod
    def of(cls, record: StoreOrder | Refund) -> Self:
        """Those that came with the record; Rejected names what cannot be understood."""
        told = record.extra.get("odoo") or {}
        if not isinstance(told, Mapping):
            raise _odd("odoo", told)
        if unknown := told.keys() - _READ.keys():
            raise _odd(min(unknown), told[min(unknown)])
        values: dict[str, Any] = {name: _READ[name](name, one) for name, one in told.items()}
        return cls(**values)

    def allowed(self, ways: Ways, quantities: Sequence[Decimal]) -> Decimal:
        """How far Odoo's own amounts may be from the store's, for lines of these quantities.

        Unless it is told: some coins for each line, and what cutting off the price of each piece
        may come to with its tax.
        """
        if self.tolerance is not None:
            return self.tolerance
        pieces = sum((abs(one) for one in quantities), ZERO)
        return ways.unit * max(UNITS, 2 * len(quantities)) + pieces * ways.finest

    def titled(self, number: str) -> str:
        """A document's number as no other store has it: two stores may count alike."""
        return f"{self.source}/{number}" if self.source else number

    def journal(self, method: str) -> str:
        """The code of the journal for this method of payment; "" where none is named."""
        return self.journals.get(method) or self.journals.get("*", "")


def _odd(name: str, value: object) -> Rejected:
    return Rejected(
        f"The rule {name!r} of the order flow cannot be {value!r}.",
        remedy="Correct it in the options of the flow in qantara.toml.",
        field="extra",
    )


def _when(name: str, value: Any) -> str:
    told = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    if told not in WHENS:
        raise _odd(name, value)
    return str(told)


def _word(_: str, value: Any) -> str:
    return str(value or "")


def _words(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _odd(name, value)
    return tuple(str(one) for one in value)


def _table(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _odd(name, value)
    return {str(key): str(one) for key, one in value.items()}


def _amount(name: str, value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return abs(Decimal(str(value)))
    except InvalidOperation:
        raise _odd(name, value) from None


_READ = {
    "confirm": _when,
    "invoice": _when,
    "journals": _table,
    "residue": _word,
    "tolerance": _amount,
    "products": _table,
    "warehouse": _word,
    "team": _word,
    "tags": _words,
    "source": _word,
}
