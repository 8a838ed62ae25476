"""Merge: what becomes of each field of a record that two sides may change. Pure.

Three-way: each side is held against the shadow, which is what both last agreed on.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum


class Rule(Enum):
    """Who decides about a field: the one side owns it, or both may change it."""

    SOURCE = "source"
    TARGET = "target"
    NEWEST = "newest"
    ASK = "ask"

    @property
    def reversed(self) -> "Rule":
        """The same rule as the other direction of the link sees it."""
        return _REVERSED.get(self, self)


_REVERSED = {Rule.SOURCE: Rule.TARGET, Rule.TARGET: Rule.SOURCE}


class Verdict(Enum):
    """What becomes of a field: it goes to the target, or comes to the source, or a person decides."""

    NOTHING = "nothing"
    FORWARD = "forward"
    BACKWARD = "backward"
    CONFLICT = "conflict"


Hashes = Mapping[str, str]
"""The hash of each field as one side has it."""

Pair = tuple[str, str]
"""The hashes of a field at the source and at the target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A field that a person was asked about while it had these hashes; `choice` is the answer.

    The answer holds for these very values: "source", "target", or "" while there is none.
    """

    values: Pair
    choice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """A record on both sides: the hashes of its fields, and `equal`, the fields that agree.

    `shadow` holds what was agreed on, as the source and as the target had it. `times` are the
    moments in which the two records last changed, None where nobody can tell.
    """

    here: Hashes
    there: Hashes
    equal: Collection[str]
    shadow: tuple[Hashes, Hashes] = ({}, {})
    asked: Mapping[str, Asked] = field(default_factory=dict)
    times: tuple[datetime | None, datetime | None] = (None, None)


def merge(sides: Sides, rules: Mapping[str, Rule]) -> dict[str, Verdict]:
    """What becomes of each field that `rules` names."""
    return {name: _verdict(sides, name, rule) for name, rule in rules.items()}


def moment(version: str) -> datetime | None:
    """The version of a change as a time, None when it is none. Without a zone it is UTC."""
    if version[4:5] != "-" or version[13:14] != ":":
        return None
    try:
        told = datetime.fromisoformat(version)
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _verdict(sides: Sides, name: str, rule: Rule) -> Verdict:
    if name in sides.equal:
        return Verdict.NOTHING
    asked = sides.asked.get(name)
    if asked and asked.values == (sides.here[name], sides.there[name]):
        return _CHOICES[asked.choice]
    here, there = _changed(sides, name)
    if here == there:
        return _both(sides, rule)
    if here:
        return Verdict.BACKWARD if rule is Rule.TARGET else Verdict.FORWARD
    return Verdict.FORWARD if rule is Rule.SOURCE else Verdict.BACKWARD


def _changed(sides: Sides, name: str) -> tuple[bool, bool]:
    """Which side moved since the shadow; without one, or when it says neither did, both."""
    agreed_here, agreed_there = (agreed.get(name) for agreed in sides.shadow)
    return sides.here[name] != agreed_here, sides.there[name] != agreed_there


def _both(sides: Sides, rule: Rule) -> Verdict:
    if rule is not Rule.NEWEST:
        return _BY_RULE[rule]
    here, there = sides.times
    if here is None or there is None or here == there:
        return Verdict.CONFLICT
    return Verdict.FORWARD if here > there else Verdict.BACKWARD


_BY_RULE = {
    Rule.SOURCE: Verdict.FORWARD,
    Rule.TARGET: Verdict.BACKWARD,
    Rule.ASK: Verdict.CONFLICT,
}

_CHOICES = {"source": Verdict.FORWARD, "target": Verdict.BACKWARD, "": Verdict.CONFLICT}
