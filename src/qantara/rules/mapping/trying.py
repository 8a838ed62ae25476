"""Trying a mapping out: records made up by their type are sent there, and back where that is wanted.

The values are the awkward ones: Arabic text, three decimals, blanks, signs of HTML, nothing at all.
The same seed makes the same records.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from qantara.model import Money, Ref, Text
from qantara.rules.mapping.faults import Unmappable
from qantara.rules.mapping.mapping import FieldMapping
from qantara.rules.mapping.paths import path
from qantara.rules.mapping.rules import Rule

RECORDS = 300

TEXTS: tuple[str, ...] = (
    "",
    "Chair",
    "كرسي مكتب",
    "Стілець",
    "  two  blanks ",
    "A, B",
    "a < b & c",
    "W-1",
    "007",
)
TEXTS += ("line one\nline two", "Ünïcode ß", "<p>HTML</p>")
NUMBERS = ("0", "1", "2.5", "12.345", "1000.999", "0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterExample:
    """A record that a mapping fails on: `reason` says how, `before` is the record.

    `after` is what it became, `again` what came back, each by field where that differs.
    """

    reason: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    again: Mapping[str, Any]


def counter_example(
    mapping: FieldMapping,
    record_type: type,
    *,
    returning: Collection[str] = (),
    seed: int = 1,
) -> CounterExample | None:
    """The first made-up record that cannot be carried over, or does not come back as it was.

    `returning` are the fields that must come back; none where the link has one direction.
    """
    making = _Making(Random(seed), mapping)  # noqa: S311 - it makes examples, not secrets
    for _ in range(RECORDS if mapping.rules else 0):
        record = making.record(record_type)
        if found := _failure(mapping, record, returning):
            return found
    return None


def _failure(
    mapping: FieldMapping, record: Any, returning: Collection[str]
) -> CounterExample | None:
    after = again = record
    try:
        after = mapping.there(record)
        if returning:
            again = mapping.back(after)
    except Unmappable as error:
        return _told(mapping, error.reason, record, after, after)
    lost = [name for name in sorted(returning) if getattr(again, name) != getattr(record, name)]
    if not lost:
        return None
    return _told(mapping, f"{', '.join(lost)} does not come back as it was.", record, after, again)


def _told(
    mapping: FieldMapping, reason: str, record: Any, after: Any, again: Any
) -> CounterExample:
    places = [source for rule in mapping.rules for source in rule.sources]
    places += [rule.field for rule in mapping.rules]
    shown = [one.partition(".*")[0] for one in places]
    paths = [path(type(record), one) for one in dict.fromkeys(shown)]

    def values(whole: Any) -> dict[str, Any]:
        return {one.text: one.get(whole) for one in paths}

    first = values(record)
    return CounterExample(
        reason=reason,
        before=first,
        after={name: value for name, value in values(after).items() if value != first[name]},
        again={} if again is after else values(again),
    )


class _Making:
    """Makes records; where a rule takes certain values only, or reads `extra`, it gets those."""

    def __init__(self, random: Random, mapping: FieldMapping) -> None:
        self._random = random
        self._mapping = mapping

    def record(self, record_type: type) -> Any:
        """One record of the type."""
        record = self._whole(record_type)
        for rule in self._mapping.rules:
            record = self._suited(record, rule)
        return record

    def _suited(self, record: Any, rule: Rule) -> Any:
        domain = rule.steps[0].domain if rule.steps else ()
        for source in rule.sources:
            if source.startswith("extra."):
                record = path(type(record), source).put(record, _text(self._random))
        if not domain or len(rule.home) != 1:
            return record
        (home,) = rule.home
        if rule.outer is None:
            return home.put(record, self._random.choice(domain))
        some = rule.outer.get(record) or ()
        new = tuple(home.put(one, self._random.choice(domain)) for one in some)
        return rule.outer.put(record, new)

    def _whole(self, kind: type) -> Any:
        hints = get_type_hints(kind)
        return kind(**{one.name: self._value(hints[one.name], one.name) for one in fields(kind)})

    def _value(self, hint: Any, name: str) -> Any:
        origin = get_origin(hint) or hint
        if origin in (Union, UnionType):
            return self._value(self._random.choice(get_args(hint)), name)
        if origin is tuple:
            return tuple(self._tuple(get_args(hint), name))
        if origin is Literal:
            return self._random.choice(get_args(hint))
        if make := _MAKERS.get(origin):
            return make(self._random)
        return self._whole(origin) if isinstance(origin, type) and is_dataclass(origin) else {}

    def _tuple(self, inner: tuple[Any, ...], name: str) -> Iterator[Any]:
        if inner[-1] is not Ellipsis:
            return (self._value(one, name) for one in inner)
        least = 1 if name in NEVER_EMPTY else 0
        return (self._value(inner[0], name) for _ in range(self._random.randint(least, 2)))


def _text(random: Random) -> str:
    return random.choice(TEXTS)


def _number(random: Random) -> Decimal:
    return Decimal(random.choice(NUMBERS))


NEVER_EMPTY = frozenset({"variants"})

_MAKERS: Mapping[Any, Callable[[Random], Any]] = {
    str: _text,
    Text: lambda random: Text.of(_text(random), {"ar": random.choice(("", "كرسي"))}),
    Decimal: _number,
    Money: lambda random: Money(_number(random), random.choice(("SAR", "KWD", "UAH"))),
    datetime: lambda random: datetime(2026, random.randint(1, 12), 3, 4, 5, 6, tzinfo=UTC),
    bool: lambda random: random.choice((True, False)),
    int: lambda random: random.randint(0, 9),
    NoneType: lambda _: None,
    Ref: lambda random: Ref("record", str(random.randint(1, 9))),
}
