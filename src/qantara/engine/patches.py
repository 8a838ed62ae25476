"""Patches: a person's correction of a record that waits as a dead letter, by field.

A field is named by its path: `email`, `address.city`, `variants.0.sku`. A correction is put on the
source's record in canonical words, before the flow's own rules, as if the source had said so. The
hashes stay those of what it really said, so that a later change there is noticed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from qantara.engine.fingerprint import fingerprints, plain
from qantara.engine.item import SKIPPED, Item
from qantara.engine.link import Link, Skipped
from qantara.model import Text
from qantara.storage import dead_letters
from qantara.storage.store import Store
from qantara.transport import ConnectorError, Rejected

R = TypeVar("R")

Patch = Mapping[str, Any]
"""Path of a field to its value, as JSON would hold it."""

SHORT: Mapping[type, str] = {Text: "value"}
"""What is meant where only the whole is named: the name of a product is its text."""

_CLEAR = "Take the correction back with `qantara dead-letters edit NUMBER --clear`, then retry."


class Unfit(Exception):
    """A correction that the record cannot take (`reason`), and what it could (`remedy`)."""

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One field, what the record has there now, and what it is to be."""

    path: str
    before: Any
    after: Any


async def put_on(link: Link, store: Store, items: Sequence[Item]) -> None:
    """Correct the records of a page that wait for it, also those that the flow's rules refused.

    Call it on what was just mapped. What a correction no longer fits, or does not help, is parked.
    """
    by_id = {item.change.external_id: item for item in items}
    for id_, patch in (await waiting(link, store, by_id)).items():
        _correct(link, by_id[id_], patch)


async def waiting(link: Link, store: Store, ids: Collection[str]) -> Mapping[str, Patch]:
    """The corrections that wait for these records of the source, by id: one query for a page."""
    return await store.run(dead_letters.patches, link.name, ids) if ids else {}


def _correct(link: Link, item: Item, patch: Patch) -> None:
    if item.change.external_id in link.excluded:
        return
    try:
        said = link.source.to_canonical(item.change)
        record = link.carried(patched(said, patch))
    except ConnectorError as error:
        item.park(error)
        return
    if isinstance(record, Skipped):
        item.end(SKIPPED, record.reason)
        return
    item.hashes = item.hashes or _of_both(link, said, record, patch)
    touched = link.mapping.sent(corrected(patch)) if link.mapping else corrected(patch)
    item.corrected = touched & link.fields
    item.record, item.result, item.error, item.reason = record, "", None, ""


def _of_both(link: Link, said: Any, record: Any, patch: Patch) -> Mapping[str, str]:
    """What the source said cannot go through the rules: its own words stand for what is corrected."""
    own = {name for name in corrected(patch) & link.fields if hasattr(said, name)}
    return {**fingerprints(record, link.fields), **fingerprints(said, own)}


def corrected(patch: Patch) -> frozenset[str]:
    """The fields of the record that the correction touches: they are to be written."""
    return frozenset(path.partition(".")[0] for path in patch)


def patched(record: R, patch: Patch) -> R:
    """The record with its corrected fields; raises Rejected when it has no such place any more."""
    try:
        for path, value in patch.items():
            record = _put(record, type(record), _Place(path, path.split(".")), value)
    except Unfit as error:
        raise Rejected(f"The correction no longer fits: {error.reason}", remedy=_CLEAR) from error
    return record


def read(record: Any, path: str, text: str) -> Correction:
    """What a person wrote for a field, checked against its type and put beside what is there.

    Raises Unfit, with the fields that there are.
    """
    place = _Place(path, path.split("."))
    before = _get(record, type(record), place)
    after = _get(_put(record, type(record), place, _Written(text)), type(record), place)
    return Correction(path=path, before=plain(before), after=plain(after))


@dataclass(frozen=True, slots=True)
class _Written:
    """A value as a person typed it."""

    text: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A path and what of it is still to go."""

    path: str
    rest: Sequence[str]

    @property
    def next(self) -> "_Place":
        return _Place(self.path, self.rest[1:])


def _put(whole: Any, hint: Any, place: _Place, value: Any) -> Any:
    place = _whole_named(whole, place)
    if not place.rest:
        return _typed(hint, place, value)
    part, inner = _part(whole, hint, place)
    new = _put(part, inner, place.next, value)
    name = place.rest[0]
    if isinstance(whole, tuple):
        return (*whole[: int(name)], new, *whole[int(name) + 1 :])
    return {**whole, name: new} if isinstance(whole, Mapping) else replace(whole, **{name: new})


def _get(whole: Any, hint: Any, place: _Place) -> Any:
    place = _whole_named(whole, place)
    if not place.rest:
        return whole
    part, inner = _part(whole, hint, place)
    return _get(part, inner, place.next)


def _whole_named(whole: Any, place: _Place) -> _Place:
    short = SHORT.get(type(whole))
    return _Place(place.path, [short]) if short and not place.rest else place


def _part(whole: Any, hint: Any, place: _Place) -> tuple[Any, Any]:
    """The part of the whole that comes next on the way, and its type."""
    name = place.rest[0]
    if is_dataclass(whole) and not isinstance(whole, type):
        hints = get_type_hints(type(whole))
        if name in hints:
            return getattr(whole, name), hints[name]
    elif isinstance(whole, tuple) and name.isdecimal() and int(name) < len(whole):
        return whole[int(name)], _inside(hint, tuple, int(name))
    elif isinstance(whole, Mapping) and name:
        return whole.get(name, ""), _inside(hint, Mapping, 1)
    raise _unknown(whole, place)


def _inside(hint: Any, kind: type, place: int) -> Any:
    """The type of what a tuple or a mapping holds at this place."""
    for option in (hint, *get_args(hint)):
        if (get_origin(option) or option) in (kind, dict) and get_args(option):
            inner = get_args(option)
            return inner[0] if inner[-1] is Ellipsis else inner[place]
    return Any


def _unknown(whole: Any, place: _Place) -> Unfit:
    there = ".".join(place.path.split(".")[: -len(place.rest)])
    where = f"{there}." if there else ""
    if isinstance(whole, tuple):
        names = [f"{where}{number}" for number in range(len(whole))]
    elif is_dataclass(whole):
        names = [f"{where}{known.name}" for known in fields(whole)]
    else:
        return Unfit(
            f"{place.path} leads nowhere: {there} is {_shown(whole)}.",
            remedy=f"Give {there} as a whole, in JSON.",
        )
    has = f"It has {', '.join(names)}." if names else f"{there} is empty."
    return Unfit(f"There is no field {place.path}.", remedy=has)


def _typed(hint: Any, place: _Place, value: Any) -> Any:
    candidates = _readings(value) if isinstance(value, _Written) else [value]
    for candidate in candidates:
        try:
            return msgspec.convert(candidate, hint, strict=not isinstance(value, _Written))
        except msgspec.ValidationError as error:
            said = str(error)
    text = value.text if isinstance(value, _Written) else value
    raise Unfit(
        f"{place.path} cannot be {_shown(text)}: {said[:1].lower()}{said[1:]}.",
        remedy=f"It takes {_named(hint)}.",
    )


def _readings(value: _Written) -> list[Any]:
    """As it stands; as JSON, where it is."""
    try:
        return [value.text, msgspec.json.decode(value.text)]
    except msgspec.DecodeError:
        return [value.text]


def _named(hint: Any) -> str:
    """A type as people call it."""
    options = [option for option in get_args(hint) or (hint,) if option is not NoneType]
    if all(isinstance(option, str) for option in options):
        return ", ".join(map(str, options))
    one = options[0]
    if is_dataclass(one):
        return f"JSON with {', '.join(known.name for known in fields(one))}"
    return _NAMES.get(get_origin(hint) or one, "JSON")


_NAMES: Mapping[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number",
    datetime: "a time, such as 2026-05-31T09:00:00Z",
    tuple: "a list in JSON",
}


def _shown(value: Any) -> str:
    return "empty" if value in (None, "") else repr(value)
