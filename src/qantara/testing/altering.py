"""The same record with every field changed, so that a field that is not carried shows."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from qantara.model import Image, Money, Record, Ref, Text, Unit

ARABIC = "مرحبا"
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies with a thousandth as their smallest coin."""


R = TypeVar("R", bound=Record)


def altered(record: R, changes: Mapping[str, Any]) -> R:
    """Every field altered: Arabic in texts, one more of each number, the other truth value.

    `changes` wins where it names a field. References, units, images and absent values stay.
    """
    return _of_record(record, changes)  # type: ignore[no-any-return]


def names(record: Record) -> frozenset[str]:
    """The fields that a connector may be asked to write."""
    return frozenset(known.name for known in fields(record)) - {"extra"}


def _of_record(record: Any, changes: Mapping[str, Any]) -> Any:
    hints = get_type_hints(type(record))
    new = {
        known.name: _value(getattr(record, known.name), hints[known.name])
        for known in fields(record)
        if known.name not in {"extra", *changes}
    }
    return replace(record, **new, **changes)


def _value(value: Any, hint: Any) -> Any:
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        return choices[(choices.index(value) + 1) % len(choices)]
    for kind, alter in _ALTERATIONS.items():
        if isinstance(value, kind):
            return alter(value)
    if isinstance(value, tuple):
        return tuple(_of_record(one, {}) if is_dataclass(one) else one for one in value)
    return _of_record(value, {}) if is_dataclass(value) else value


def _text(value: Text) -> Text:
    others = {code: f"{text} {ARABIC}" for code, text in value.translations.items()}
    return Text(f"{value.value} 2", others) if others else Text(f"{value.value} {ARABIC}".strip())


def _money(value: Money) -> Money:
    step = "1.001" if value.currency in THREE_DECIMALS else "1.01"
    return Money(value.amount + Decimal(step), value.currency)


_ALTERATIONS: dict[type, Any] = {
    Ref: lambda value: value,
    Unit: lambda value: value,
    Image: lambda value: value,
    bool: lambda value: not value,
    str: lambda value: f"{value} {ARABIC}".strip(),
    Decimal: lambda value: value + 1,
    datetime: lambda value: value + timedelta(days=1),
    Text: _text,
    Money: _money,
}
