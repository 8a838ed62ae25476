"""A mapping: all rules of a link, compiled once, applied to records there and back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from qantara.rules.mapping.faults import Flaw, Flawed, FlawedMapping, Unmappable
from qantara.rules.mapping.reading import Document, Entry, read
from qantara.rules.mapping.rules import Rule, compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """A user's change to what a link carries. All rules read the record as the recipe made it.

    `digest` differs when the rules do.
    """

    file: str
    rules: tuple[Rule, ...]
    digest: str

    def there(self, record: Any) -> Any:
        """The record as the target is to have it; raises Unmappable, naming the rule."""
        values = [self._told(rule, rule.there, record) for rule in self.rules]
        for rule, value in zip(self.rules, values, strict=True):
            record = self._told(rule, rule.put, record, value)
        return record

    def back(self, record: Any) -> Any:
        """The record as the source would tell it; raises Unmappable. Only where there is a way."""
        ways = [rule for rule in self.rules if not rule.why]
        values = [self._told(rule, rule.back, record) for rule in ways]
        for rule, value in zip(ways, values, strict=True):
            record = self._told(rule, rule.restore, record, value)
        return record

    def no_way_back(self, carried: Iterable[str]) -> str:
        """The sentence why the carried fields cannot come back through the rules; "" if they can."""
        kept = set(carried)
        rules = [rule for rule in self.rules if rule.top in kept]
        ways = [rule for rule in rules if not rule.why]
        restored = [one for rule in ways for one in rule.sources]
        for rule in rules:
            if restored.count(rule.field) != 1:
                why = rule.why or "another field takes its place, and nothing leads back to it."
                return f"{self.where(rule)} has no way back: {why}"
        written = {rule.field for rule in rules}
        for rule in ways:
            if lost := [one for one in rule.sources if one not in written]:
                why = f"{lost[0]} comes back from it, and goes there by itself, too."
                return f"{self.where(rule)} has no way back: {why}"
        return ""

    def sent(self, fields: Iterable[str]) -> frozenset[str]:
        """The fields of the target in which these of the source are found."""
        given = frozenset(fields)
        also = {rule.top for rule in self.rules if given & _tops(rule.sources)}
        return given | also

    def returned(self, fields: Iterable[str]) -> frozenset[str]:
        """The fields of the source in which these of the target are found."""
        given = frozenset(fields)
        ways = [rule for rule in self.rules if rule.top in given and not rule.why]
        return given.union(*(_tops(rule.sources) for rule in ways))

    def where(self, rule: Rule) -> str:
        """Which rule, for a sentence."""
        return f"{self.file}, line {rule.line}: the field {rule.field}"

    def _told(self, rule: Rule, deed: Any, *given: Any) -> Any:
        try:
            return deed(*given)
        except Unmappable as error:
            said = f"{self.where(rule)} cannot be set. {error.reason}"
            raise Unmappable(said, error.remedy or _REMEDY) from None
        except (ArithmeticError, TypeError, ValueError) as error:
            said = f"{self.where(rule)} cannot be set. The value is none that it can work with"
            raise Unmappable(f"{said} ({type(error).__name__}).", _REMEDY) from error


_REMEDY = "Correct the rule, or the record."


def compile_mapping(
    text: str, file: str, record_type: type, carried: frozenset[str]
) -> FieldMapping:
    """The mapping that a file's text means; raises FlawedMapping with all that is wrong.

    `carried` are the fields that the link carries: to set another one would do nothing.
    """
    document = read(text, file)
    maker = _Maker(file, record_type, carried)
    rules = tuple(maker.rules(document))
    maker.refuse_overlaps(rules)
    if maker.flaws:
        raise FlawedMapping(maker.flaws)
    said = repr([(entry.field, entry.said) for entry in document.entries])
    digest = sha256(said.encode()).hexdigest()[:16] if rules else ""
    return FieldMapping(file=file, rules=rules, digest=digest)


ALWAYS = frozenset({"extra"})
"""What goes with a record whichever fields are written: further data for its connector."""


class _Maker:
    """Compiles the rules one by one and gathers what is wrong."""

    def __init__(self, file: str, record_type: type, carried: frozenset[str]) -> None:
        self.file = file
        self.record_type = record_type
        self.carried = carried
        self.flaws: list[Flaw] = []

    def rules(self, document: Document) -> Iterator[Rule]:
        for entry in document.entries:
            try:
                rule = compiled(entry, self.record_type)
                self._refuse_uncarried(rule)
            except Flawed as error:
                self.tell(entry, error)
            else:
                yield rule

    def refuse_overlaps(self, rules: Iterable[Rule]) -> None:
        """Two rules for one place: which of them holds would be chance."""
        seen: list[Rule] = []
        for rule in rules:
            for other in seen:
                if _overlap(rule.field, other.field):
                    what = f"It also sets what the rule for {other.field} sets."
                    self._tell(rule.line, rule.field, Flawed(what, "Remove one of the two."))
            seen.append(rule)

    def tell(self, entry: Entry, error: Flawed) -> None:
        """The flaw on the line of its key, else of the rule."""
        self._tell(entry.lines.get(error.key, entry.line), entry.field, error)

    def _refuse_uncarried(self, rule: Rule) -> None:
        if rule.top not in self.carried | ALWAYS:
            known = ", ".join(sorted(self.carried | ALWAYS))
            raise Flawed(f"The link does not carry {rule.top}.", f"It carries {known}.")

    def _tell(self, line: int, field: str, error: Flawed) -> None:
        self.flaws.append(
            Flaw(file=self.file, line=line, field=field, what=error.what, remedy=error.remedy)
        )


def _tops(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(one.partition(".")[0] for one in paths)


def _overlap(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")
