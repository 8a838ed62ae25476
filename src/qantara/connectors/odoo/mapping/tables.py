"""The small tables of one Odoo by which codes become ids and back: a snapshot without I/O."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qantara.connectors.odoo.mapping.values import number
from qantara.model import Money, Tax, Text, Unit
from qantara.transport import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRow:
    """One account.tax; `kind` is Odoo's amount_type, `use` is sale, purchase or none."""

    name: str
    kind: str
    rate: Decimal
    included: bool
    use: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One state or province of a country."""

    code: str
    country: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What is known of one Odoo. A part that was not asked for is empty.

    `languages` maps the hub's codes to Odoo's, the main language first.
    """

    where: str
    company: int
    company_name: str
    company_partner: int
    currency: str
    main: str
    languages: Mapping[str, str]
    language_codes: Mapping[str, str]
    currencies: Mapping[int, str] = field(default_factory=dict)
    dormant: frozenset[str] = frozenset()
    units: Mapping[int, Unit] = field(default_factory=dict)
    countries: Mapping[int, str] = field(default_factory=dict)
    states: Mapping[int, State] = field(default_factory=dict)
    taxes: Mapping[int, TaxRow] = field(default_factory=dict)

    @property
    def further(self) -> Mapping[str, str]:
        """The languages besides the main one."""
        return {ours: theirs for ours, theirs in self.languages.items() if theirs != self.main}

    def in_main(self, value: Text) -> str:
        """The text in this Odoo's main language."""
        return self.in_language(value, self.main.partition("_")[0])

    def in_language(self, value: Text, language: str) -> str:
        """The text in a language; the default where it has no such translation."""
        return value.translations.get(language, value.value)

    def currency_id(self, code: str) -> int:
        """The id of an active currency."""
        for known, active in self.currencies.items():
            if active == code:
                return known
        state = "not active" if code in self.dormant else "unknown"
        raise Rejected(
            f"{code} is {state} at {self.where}.",
            remedy=f"Activate it in {self.where}: Accounting, Configuration, Currencies.",
            field="currency",
        )

    def in_company_currency(self, money: Money, what: str) -> Decimal:
        """The amount, when it is in the only currency in which Odoo keeps `what`."""
        if money.currency != self.currency:
            self.currency_id(money.currency)
            raise Rejected(
                f"The {what} is in {money.currency}, and {self.where} keeps it in {self.currency}.",
                remedy=f"Convert the {what} in the mapping of this link, or leave it out.",
                field=what,
            )
        return money.amount

    def unit_id(self, unit: Unit) -> int:
        """The unit of this Odoo that is the same measure; none is ever created."""
        for same in _SAME_UNIT:
            found = [known for known, other in self.units.items() if same(other, unit)]
            if len(found) == 1 or (found and same is _SAME_UNIT[0]):
                return found[0]
        raise Rejected(
            f"{self.where} has no unit of {unit.factor:f} in {unit.category} called {unit.name!r}.",
            remedy=f"Create it in {self.where}: Inventory, Configuration, Units of Measure.",
            field="unit",
        )

    def country_id(self, code: str) -> int | None:
        """The country with this ISO code."""
        if not code:
            return None
        for known, other in self.countries.items():
            if other == code:
                return known
        raise Rejected(
            f"{self.where} has no country with the code {code!r}.",
            remedy="Correct the code at the source, or add the country: Contacts, Configuration.",
            field="address",
        )

    def state_id(self, code: str, country: int | None) -> int | None:
        """The state with this code; None where this Odoo does not list it."""
        for known, state in self.states.items():
            if code and state.code == code and state.country == country:
                return known
        return None

    def tax_ids(self, taxes: Iterable[Tax], use: str) -> tuple[int, ...]:
        """One tax of this company for each, with the same rate and the same inclusion."""
        return tuple(self._tax_id(tax, use) for tax in taxes)

    def _tax_id(self, tax: Tax, use: str) -> int:
        for known, row in self.taxes.items():
            if (row.kind, row.use, row.rate, row.included) == (
                "percent",
                use,
                tax.rate,
                tax.included,
            ):
                return known
        kind = "included in" if tax.included else "on top of"
        raise Rejected(
            f"{self.where} has no {use} tax of {tax.rate:f}% {kind} the price.",
            remedy=f"Create or activate it in {self.where}: Accounting, Configuration, Taxes.",
            field="lines",
        )


def tax_from(told: Mapping[str, Any]) -> Tax:
    """A tax as the wire tells it; only percentages can be expressed."""
    if told["kind"] != "percent":
        raise Rejected(
            f"The tax {told['name']!r} is of the kind {told['kind']!r}, not a percentage.",
            remedy="Use a percentage tax on this line, or enter the order by hand.",
            field="lines",
        )
    return Tax(rate=number(told["rate"]), included=bool(told["included"]))


def unit_from(told: Mapping[str, Any]) -> Unit:
    """A unit as the wire tells it."""
    return Unit(name=told["name"], category=told["category"], factor=number(told["factor"]))


def _named(one: Unit, other: Unit) -> bool:
    return one.name.casefold() == other.name.casefold()


def _sized(one: Unit, other: Unit) -> bool:
    return one.factor == other.factor


def _kindred(one: Unit, other: Unit) -> bool:
    return one.category.casefold() == other.category.casefold()


# From the surest to the least sure; any but the first must be the only one of its kind.
_SAME_UNIT: tuple[Callable[[Unit, Unit], bool], ...] = (
    lambda a, b: _kindred(a, b) and _sized(a, b) and _named(a, b),
    lambda a, b: _kindred(a, b) and _sized(a, b),
    lambda a, b: _named(a, b) and _sized(a, b),
)
