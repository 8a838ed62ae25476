"""Paths into a record: `address.city`, `name.ar`, `extra.season`, compiled once to read and to set.

A text that is translated has its translations by language code below it. What is read where a part
on the way is empty is empty. `*` stands for every element of a list.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from qantara.model import Text
from qantara.rules.mapping.faults import Flawed, Unmappable
from qantara.rules.mapping.values import bare, fitted, type_name

LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")

EVERY = "*"


@dataclass(frozen=True, slots=True)
class _Step:
    """From a whole to one of its parts, and back into it. `hint` is the type of the part."""

    name: str
    hint: Any
    get: Callable[[Any], Any]
    put: Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A place in a record of one type. `hint` is the type of what is there."""

    text: str
    steps: tuple[_Step, ...]
    hint: Any

    @property
    def top(self) -> str:
        """The field of the record in which the place is."""
        return self.text.partition(".")[0]

    def get(self, record: Any) -> Any:
        """What is there; None where something on the way is empty."""
        for step in self.steps:
            if record is None:
                return None
            record = step.get(record)
        return record

    def put(self, record: Any, value: Any) -> Any:
        """The record with the value there, fitted to its type; raises Unmappable."""
        return self._put(record, self.steps, value)

    def _put(self, whole: Any, steps: tuple[_Step, ...], value: Any) -> Any:
        step, *rest = steps
        before = step.get(whole)
        if not rest:
            return step.put(whole, fitted(value, step.hint, before, self.text))
        if before is None:
            if value is None:
                return whole
            before = self._fresh(step)
        return step.put(whole, self._put(before, tuple(rest), value))

    def _fresh(self, step: _Step) -> Any:
        """Something empty to put a part into."""
        inner, _ = bare(step.hint)
        if get_origin(inner) in (Mapping, dict) or inner in (Any, object):
            return {}
        if is_dataclass(inner) and isinstance(inner, type):
            try:
                return inner()
            except TypeError:
                pass
        if step.name.isdecimal():
            raise Unmappable(f"There is no number {step.name} in the list.")
        raise Unmappable(
            f"{self.text} cannot be set: {step.name} is empty.", f"Set {step.name} as a whole."
        )


def path(record_type: type, text: str) -> Path:
    """The place that the text names in records of this type; raises Flawed with what there is."""
    return _path(record_type, text)


@cache
def _path(record_type: type, text: str) -> Path:
    hint: Any = record_type
    steps: list[_Step] = []
    for name in text.split("."):
        step = _step(hint, name)
        if step is None:
            raise _unknown(hint, text, ".".join(one.name for one in steps))
        steps.append(step)
        hint = step.hint
    return Path(text=text, steps=tuple(steps), hint=hint)


def element(record_type: type, text: str) -> tuple[Path, type]:
    """The list that the text names, and the type of its elements; raises Flawed."""
    outer = path(record_type, text)
    inner, _ = bare(outer.hint)
    kind = get_args(inner)[0] if get_origin(inner) is tuple else None
    if not (isinstance(kind, type) and is_dataclass(kind)):
        raise Flawed(f"{text} is no list of records.", "`*` stands for each of a list.")
    return outer, kind


def places(record_type: type) -> Mapping[str, str]:
    """Every field that can be named at once, with its type in words."""
    hints = get_type_hints(record_type)
    return {one.name: type_name(hints[one.name]) for one in fields(record_type)}


def _step(whole: Any, name: str) -> _Step | None:
    hint, _ = bare(whole)
    if hint is Text and name != "value":
        return _language(name) if LANGUAGE.fullmatch(name) else None
    if is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        known = name in {one.name for one in fields(hint)}
        return _field(name, hints[name]) if known else None
    origin, inner = get_origin(hint) or hint, get_args(hint)
    if origin in (Mapping, dict) or hint in (Any, object):
        return _key(name, inner[1] if inner else object)
    if origin is tuple and name.isdecimal() and name.isascii():
        return _place(int(name), inner[0])
    return None


def _field(name: str, hint: Any) -> _Step:
    def put(whole: Any, part: Any) -> Any:
        return replace(whole, **{name: part})

    return _Step(name, hint, lambda whole: getattr(whole, name), put)


def _language(code: str) -> _Step:
    def put(whole: Text, part: str) -> Text:
        return Text.of(whole.value, {**whole.translations, code: part})

    return _Step(code, str, lambda whole: whole.translations.get(code, ""), put)


def _key(name: str, hint: Any) -> _Step:
    def get(whole: Any) -> Any:
        return whole.get(name) if isinstance(whole, Mapping) else None

    def put(whole: Any, part: Any) -> Any:
        kept = dict(whole) if isinstance(whole, Mapping) else {}
        return {**kept, name: part}

    return _Step(name, hint, get, put)


def _place(number: int, hint: Any) -> _Step:
    def get(whole: tuple[Any, ...]) -> Any:
        return whole[number] if number < len(whole) else None

    def put(whole: tuple[Any, ...], part: Any) -> tuple[Any, ...]:
        if number >= len(whole):
            raise Unmappable(f"There is no number {number} in a list of {len(whole)}.")
        return (*whole[:number], part, *whole[number + 1 :])

    return _Step(str(number), hint, get, put)


def _unknown(whole: Any, text: str, there: str) -> Flawed:
    hint, _ = bare(whole)
    if is_dataclass(hint) and isinstance(hint, type):
        names = [one.name for one in fields(hint)]
        also = " or a language, such as ar" if hint is Text else ""
        has = f"{there or 'The record'} has {', '.join(names)}{also}."
        return Flawed(f"There is no field {text}.", has)
    if get_origin(hint) is tuple:
        return Flawed(f"There is no field {text}.", f"Write {there}.0, or {there}.{EVERY} for all.")
    return Flawed(f"There is no field {text}.", f"{there} is {type_name(whole)}: it has no parts.")
