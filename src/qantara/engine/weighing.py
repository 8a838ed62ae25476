"""Weighing: how sure it is that records of the target are the one that is looked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qantara.model.doubts import Candidate
from qantara.model.keys import TELLING, Likeness, corroborated, likeness, traits

MOST = 8
"""Candidates that a person is shown."""

WORDS: Mapping[str, str] = {
    "sku": "internal reference",
    "supplier_code": "supplier's code",
    "vat": "VAT number",
    "email": "e-mail",
    "phone": "telephone",
    "path": "path",
    "customer_reference": "customer's reference",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A candidate: its id, how it looks, and what it has in common with what is looked for."""

    id: str
    record: Any
    like: Likeness

    @property
    def clear(self) -> bool:
        """True when nothing speaks against it."""
        return not self.like.contradicts


def weigh(
    record: object, matches: Mapping[str, Sequence[str]], there: Mapping[str, Any]
) -> list[Weighed]:
    """The candidates that a key has found and nothing rules out, the likeliest first."""
    kinds: dict[str, set[str]] = {}
    for key, ids in matches.items():
        for one in ids:
            if one in there and corroborated(key, record, there[one]):
                kinds.setdefault(one, set()).add(key.partition(":")[0])
    weighed = [_weighed(record, one, there[one], agreeing) for one, agreeing in kinds.items()]
    return sorted((one for one in weighed if one), key=lambda one: -one.like.confidence)


def _weighed(record: object, id_: str, seen: object, kinds: set[str]) -> Weighed | None:
    """None when what a key has found is not so any more."""
    mine, theirs = traits(record), traits(seen)
    like = likeness(record, seen)
    found = {one for one in kinds if one in like.agrees or not (mine.get(one) and theirs.get(one))}
    if not found:
        return None
    agrees = like.agrees | found
    like = replace(like, agrees=agrees, contradicts=like.contradicts - agrees)
    return Weighed(id=id_, record=seen, like=like)


def surest(weighed: Sequence[Weighed]) -> Weighed | None:
    """The one that it surely is, None when a person must say.

    It is the only one, or has all that any other has, and a telling key besides.
    """
    first, *others = weighed
    if first.clear and all(_outdoes(first, other) for other in others):
        return first
    return None


def candidates(record: object, weighed: Sequence[Weighed]) -> tuple[Candidate, ...]:
    """The likeliest, as a person is shown them."""
    return tuple(_candidate(record, one) for one in weighed[:MOST])


def label(record: object) -> str:
    """The record in words by which a person knows it."""
    return ", ".join(dict.fromkeys(part for part in _parts(record) if part))


def _outdoes(first: Weighed, other: Weighed) -> bool:
    more = first.like.agrees - other.like.agrees
    return other.like.agrees < first.like.agrees and bool(more & TELLING)


def _candidate(record: object, one: Weighed) -> Candidate:
    mine, theirs = traits(record), traits(one.record)
    contradicts = tuple(
        f"{_word(kind)} {_shown(theirs[kind])} there, {_shown(mine[kind])} here"
        for kind in sorted(one.like.contradicts)
    )
    agrees = tuple(
        f"the same {_word(kind)}{_same(mine, theirs, kind)}" for kind in sorted(one.like.agrees)
    )
    return Candidate(
        id=one.id,
        label=label(one.record) or one.id,
        confidence=one.like.confidence,
        agrees=agrees,
        contradicts=contradicts,
    )


def _same(
    mine: Mapping[str, frozenset[str]], theirs: Mapping[str, frozenset[str]], kind: str
) -> str:
    same = mine.get(kind, frozenset()) & theirs.get(kind, frozenset())
    return f" {_shown(same)}" if same else ""


def _shown(values: frozenset[str]) -> str:
    return ", ".join(sorted(value.rpartition("/")[2] or value for value in values))


def _word(kind: str) -> str:
    return WORDS.get(kind, kind.replace("_", " "))


def _parts(record: Any) -> Iterator[str]:
    name = getattr(record, "name", "")
    yield str(getattr(name, "value", name))
    for variant in getattr(record, "variants", ())[:1]:
        yield variant.sku
        yield variant.barcode
    if address := getattr(record, "address", None):
        yield address.city
        yield address.country
    for each in ("path", "vat", "reference", "email", "phone", "number", "customer_reference"):
        told = getattr(record, each, "")
        yield told if isinstance(told, str) else ""
    if getattr(record, "active", True) is False:
        yield "archived"
