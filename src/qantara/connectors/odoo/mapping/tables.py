"""The small tables of one Odoo by which codes become ids and back: a snapshot without I/O.

What is clear is found here without a call. What may be several entries is raised as a doubt, and
what a person has said of it (`answers`) goes before everything else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qantara.connectors.odoo.mapping.store_amounts import Ways
from qantara.connectors.odoo.mapping.values import number
from qantara.model import Money, Tax, Text, Unit
from qantara.model.doubts import Candidate, Doubt, Matter
from qantara.transport import Rejected, Undecided


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

    `languages` maps the hub's codes to Odoo's, the main language first. `archived` are units out of
    use, `usual` the taxes that the company has by default, `category` that of products which name none,
    where one is required. `ways` say by the currency's code how amounts are calculated.
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
    ways: Mapping[str, Ways] = field(default_factory=dict)
    archived: frozenset[int] = frozenset()
    usual: frozenset[int] = frozenset()
    category: int | None = None
    answers: Mapping[tuple[str, str], str] = field(default_factory=dict)

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
        """The unit of this Odoo that is the same measure; none is ever created.

        One out of use counts where no other does: Odoo 19 brings its dozen so.
        """
        if chosen := self._answered("unit", _measure(unit), self.units):
            return chosen
        living = {one: other for one, other in self.units.items() if one not in self.archived}
        for units, same in ((units, same) for units in (living, self.units) for same in _SAME_UNIT):
            found = [known for known, other in units.items() if same(other, unit)]
            if len(found) == 1:
                return found[0]
            if found:
                raise self._undecided_unit(unit, found)
        if sized := [known for known, other in living.items() if _sized(other, unit)]:
            raise self._undecided_unit(unit, sized)
        raise Rejected(
            f"{self.where} has no unit of {unit.factor:f} in {unit.category} called {unit.name!r}.",
            remedy=f"Create it in {self.where}: Inventory, Configuration, Units of Measure.",
            field="unit",
        )

    def own_unit(self, unit: Unit) -> Unit:
        """The same measure as this Odoo calls it; itself where that is not known."""
        try:
            return self.units[self.unit_id(unit)]
        except Rejected:
            return unit

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
        told = ("percent", use, tax.rate, tax.included)
        found = {
            known: row
            for known, row in self.taxes.items()
            if (row.kind, row.use, row.rate, row.included) == told
        }
        included = "included" if tax.included else "on top"
        subject = f"{use} {tax.rate:f}% {included}"
        if chosen := self._answered("tax", subject, {one: found[one].name for one in found}):
            return chosen
        usual = [known for known in found if known in self.usual]
        if clear := usual if len(usual) == 1 else list(found) if len(found) == 1 else []:
            return clear[0]
        if found:
            raise self._undecided_tax(subject, found)
        raise Rejected(
            f"{self.where} has no {use} tax of {tax.rate:f}% {_where_put(tax)} the price.",
            remedy=f"Create or activate it in {self.where}: Accounting, Configuration, Taxes.",
            field="lines",
        )

    def _answered(self, matter: Matter, subject: str, known: Mapping[int, object]) -> int | None:
        """What a person has chosen, while it is there; by its id or, in a table, by its name."""
        said = self.answers.get((matter, subject), "")
        if said == SKIP:
            raise Rejected(
                f"A person said that nothing at {self.where} is the {matter} {subject!r}.",
                remedy="Take that back with `qantara questions reopen`, or correct the record.",
                field=matter,
            )
        if said.isdigit() and int(said) in known:
            return int(said)
        return next((one for one, name in known.items() if said and name == said), None)

    def _undecided_unit(self, unit: Unit, found: Iterable[int]) -> Undecided:
        told = f"{unit.name} ({unit.factor:f} in {unit.category})"
        candidates = tuple(_unit_candidate(one, self.units[one], unit) for one in found)
        return Undecided(
            f"{self.where} has {_count(candidates)} that the unit {told} may be.",
            remedy="Say which of them it is:",
            field="unit",
            doubt=Doubt(
                matter="unit",
                subject=_measure(unit),
                title=f"Which unit of {self.where} is {told}?",
                candidates=tuple(sorted(candidates, key=lambda one: -one.confidence)),
            ),
        )

    def _undecided_tax(self, subject: str, found: Mapping[int, TaxRow]) -> Undecided:
        candidates = tuple(
            Candidate(
                id=str(one),
                label=row.name,
                confidence=round(1 / len(found), 2),
                agrees=(f"the same rate and use: {subject}",),
            )
            for one, row in found.items()
        )
        return Undecided(
            f"{self.where} has {_count(candidates)} that the tax {subject} may be.",
            remedy="Say which of them it is, or name it in the option `taxes` of the flow:",
            field="lines",
            doubt=Doubt(
                matter="tax",
                subject=subject,
                title=f"Which tax of {self.where} is meant by {subject}?",
                candidates=candidates,
            ),
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


def _measure(unit: Unit) -> str:
    """By what the unit is asked about."""
    return f"{unit.name}|{unit.category}|{unit.factor:f}"


def _unit_candidate(id_: int, there: Unit, wanted: Unit) -> Candidate:
    facts = [(words, weight, same(there, wanted)) for words, weight, same in _UNIT_FACTS]
    return Candidate(
        id=str(id_),
        label=f"{there.name} ({there.factor:f} in {there.category})",
        confidence=sum(weight for _, weight, same in facts if same) / 100,
        agrees=tuple(f"the same {words}" for words, _, same in facts if same),
        contradicts=tuple(f"another {words}" for words, _, same in facts if not same),
    )


def _count(candidates: Sequence[Candidate]) -> str:
    return "one" if len(candidates) == 1 else str(len(candidates))


def _where_put(tax: Tax) -> str:
    return "included in" if tax.included else "on top of"


def _named(one: Unit, other: Unit) -> bool:
    return one.name.casefold() == other.name.casefold()


def _sized(one: Unit, other: Unit) -> bool:
    return one.factor == other.factor


def _kindred(one: Unit, other: Unit) -> bool:
    return one.category.casefold() == other.category.casefold()


_UNIT_FACTS: tuple[tuple[str, int, Callable[[Unit, Unit], bool]], ...] = (
    ("name", 40, _named),
    ("size", 30, _sized),
    ("kind of measure", 25, _kindred),
)
"""What units have in common, and how many hundredths each makes surer."""

SKIP = "skip"
"""The answer that nothing here is the same."""

# From the surest to the least sure; what any of them finds must be the only one.
_SAME_UNIT: tuple[Callable[[Unit, Unit], bool], ...] = (
    lambda a, b: _kindred(a, b) and _sized(a, b) and _named(a, b),
    lambda a, b: _kindred(a, b) and _sized(a, b),
    lambda a, b: _named(a, b) and _sized(a, b),
)
