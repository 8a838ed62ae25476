"""Values on their way into a field: fitted to its type, or refused in words."""

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from qantara.model import Money, Ref, Text
from qantara.rules.mapping.faults import Unmappable, shown


def bare(hint: Any) -> tuple[Any, bool]:
    """The type without its None, and whether it may be None."""
    if get_origin(hint) not in (Union, UnionType):
        return hint, hint is NoneType
    options = [option for option in get_args(hint) if option is not NoneType]
    return (options[0] if len(options) == 1 else Any), len(options) < len(get_args(hint))


def fitted(value: Any, hint: Any, before: Any, place: str) -> Any:
    """The value as the field's type has it; raises Unmappable.

    `before` is what the field holds now: a number put into an amount keeps its currency, a text put
    into a translated one its translations.
    """
    inner, optional = bare(hint)
    if value is None:
        return _nothing(inner, place) if not optional else None
    if inner in (Any, object):
        return value
    kind = get_origin(inner) or inner
    if fit := _FITS.get(kind):
        return fit(value, inner, before, place)
    if isinstance(kind, type) and isinstance(value, kind):
        return value
    return _converted(value, inner, place)


def number(value: Any) -> Decimal:
    """The value as a number; raises Unmappable. Text counts where it is written like one."""
    if isinstance(value, Money):
        return value.amount
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str | Text):
        try:
            found = Decimal(text(value).strip())
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite():
            return found
    raise Unmappable(f"{shown(value)} is no number.", "Use default(…, 0), or another field.")


def text(value: Any) -> str:
    """The value as text; nothing is "". Raises Unmappable for what has parts."""
    if value is None:
        return ""
    for kind, write in _TEXTS:
        if isinstance(value, kind):
            return write(value)
    raise Unmappable(f"{shown(value)} is no text.", "Name a part of it, such as address.city.")


def plain_number(value: Decimal) -> str:
    """Without an exponent; raises Unmappable for one that would make a text without end."""
    if abs(value.adjusted()) > MOST_PLACES:
        raise Unmappable("A number is too large, or too small, to be written.")
    return f"{value:f}"


MOST_PLACES = 60


def type_name(hint: Any) -> str:
    """A type as people call it."""
    inner, optional = bare(hint)
    origin = get_origin(inner) or inner
    if origin is Literal:
        name = " or ".join(map(str, get_args(inner)))
    elif is_dataclass(inner):
        name = _NAMES.get(inner, getattr(inner, "__name__", "record").lower())
    elif origin is tuple:
        name = f"list of {type_name(get_args(inner)[0])}"
    else:
        name = _NAMES.get(origin, "anything")
    return f"{name}, or nothing" if optional else name


def _nothing(hint: Any, place: str) -> Any:
    if hint is str:
        return ""
    if hint is Text:
        return Text("")
    if get_origin(hint) is tuple:
        return ()
    if hint in (Any, object):
        return None
    raise Unmappable(f"{place} cannot be empty.", "Give the rule a `default`.")


def _text(value: Any, hint: Any, before: Any, place: str) -> str:  # noqa: ARG001 - a table's shape
    return text(value)


def _translated(value: Any, hint: Any, before: Any, place: str) -> Text:  # noqa: ARG001 - a table's shape
    if isinstance(value, Text):
        return Text.of(value.value, value.translations)
    return Text.of(text(value), before.translations if isinstance(before, Text) else None)


def _number(value: Any, hint: Any, before: Any, place: str) -> Decimal:  # noqa: ARG001 - a table's shape
    return number(value)


def _money(value: Any, hint: Any, before: Any, place: str) -> Money:  # noqa: ARG001 - a table's shape
    if isinstance(value, Money):
        return value
    if not isinstance(before, Money):
        remedy = f"Set {place} as a whole from another amount."
        raise Unmappable(f"{place} is empty, and {shown(value)} has no currency.", remedy)
    return replace(before, amount=number(value))


def _flag(value: Any, hint: Any, before: Any, place: str) -> bool:  # noqa: ARG001 - a table's shape
    if isinstance(value, bool):
        return value
    raise Unmappable(f"{place} is true or false, not {shown(value)}.")


def _whole(value: Any, hint: Any, before: Any, place: str) -> int:  # noqa: ARG001 - a table's shape
    found = number(value)
    if found != found.to_integral_value():
        raise Unmappable(f"{place} takes whole numbers, not {shown(value)}.", "Round it.")
    return int(found)


def _choice(value: Any, hint: Any, before: Any, place: str) -> Any:  # noqa: ARG001 - a table's shape
    known = get_args(hint)
    said = text(value)
    if said in known:
        return said
    raise Unmappable(f"{place} cannot be {shown(said)}.", f"It takes {', '.join(map(str, known))}.")


def _time(value: Any, hint: Any, before: Any, place: str) -> datetime:  # noqa: ARG001 - a table's shape
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        remedy = "Write times like 2026-05-31T09:00:00Z."
        raise Unmappable(f"{place} takes a time, not {shown(value)}.", remedy) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _list(value: Any, hint: Any, before: Any, place: str) -> tuple[Any, ...]:  # noqa: ARG001 - a table's shape
    inner = get_args(hint)[0]
    some = value if isinstance(value, tuple | list) else (value,)
    return tuple(fitted(one, inner, None, place) for one in some)


def _reference(value: Any, hint: Any, before: Any, place: str) -> Ref:  # noqa: ARG001 - a table's shape
    if isinstance(value, Ref):
        return value
    remedy = "Take it from another field that refers to one."
    raise Unmappable(f"{place} refers to a record, and {shown(value)} is none.", remedy)


def _converted(value: Any, hint: Any, place: str) -> Any:
    try:
        return msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError:
        remedy = f"It takes {type_name(hint)}."
        raise Unmappable(f"{place} cannot be {shown(value)}.", remedy) from None


Fit = Callable[[Any, Any, Any, str], Any]

_FITS: Mapping[Any, Fit] = {
    str: _text,
    Text: _translated,
    Decimal: _number,
    Money: _money,
    bool: _flag,
    int: _whole,
    Literal: _choice,
    datetime: _time,
    tuple: _list,
    Ref: _reference,
}

_TEXTS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (str, str),
    (Text, lambda value: value.value),
    (bool, lambda value: "true" if value else "false"),
    (Decimal, plain_number),
    (int, str),
    (Money, lambda value: f"{plain_number(value.amount)} {value.currency}"),
    (datetime, lambda value: value.isoformat()),
    (date, lambda value: value.isoformat()),
)

_NAMES: Mapping[Any, str] = {
    str: "text",
    Text: "translated text",
    bool: "true or false",
    int: "whole number",
    Decimal: "number",
    Money: "amount",
    datetime: "time",
    Ref: "reference",
    tuple: "list",
}
