"""What an expression may call: each name, how much it takes, and what it does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from qantara.rules.mapping.faults import Unmappable, shown
from qantara.rules.mapping.values import number, text

MOST_DIGITS = 12

FORM = re.compile(r"(%[A-Za-z%]|[^%]){1,60}")
"""How a time may be written: a width after the sign could make a text of any length."""


@dataclass(frozen=True, slots=True)
class Function:
    """`least` and `most` arguments are taken (most None: any number); `words` explain it."""

    call: Callable[..., Any]
    least: int
    most: int | None
    words: str


def rounded(value: Decimal, digits: int) -> Decimal:
    """Half up, as an invoice does; raises Unmappable for digits nobody can mean."""
    if not 0 <= digits <= MOST_DIGITS:
        raise Unmappable(f"A number cannot be rounded to {digits} digits.", "Write 0 to 12.")
    try:
        return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        raise Unmappable(f"{shown(value)} has too many digits.") from None


def whole(value: Any) -> int:
    """A small whole number, for places and lengths."""
    found = number(value)
    if found != found.to_integral_value() or abs(found) > 1_000_000:
        raise Unmappable(f"{shown(value)} is no small whole number.")
    return int(found)


def is_empty(value: Any) -> bool:
    """True for nothing, for text without a letter, and for an empty list."""
    return value is None or (isinstance(value, str | tuple) and not value)


def moment(value: Any, form: str) -> str:
    """A time by the letters of strftime; nothing is ""."""
    if value is None:
        return ""
    if not isinstance(value, datetime):
        raise Unmappable(f"{shown(value)} is no time.")
    if not FORM.fullmatch(form):
        raise Unmappable(f"{shown(form)} is no form of a time.", "Write it like %d.%m.%Y.")
    return value.strftime(form)


def _round(value: Any, digits: Any = 0) -> Decimal:
    return rounded(number(value), whole(digits))


def _default(*values: Any) -> Any:
    return next((one for one in values if not is_empty(one)), values[-1])


def _join(by: Any, *parts: Any) -> str:
    return text(by).join(text(one) for one in parts if not is_empty(one))


def _part(value: Any, by: Any, place: Any) -> str:
    if not text(by):
        raise Unmappable("A text cannot be cut at nothing.", "Give the sign to cut at.")
    parts, at = text(value).split(text(by)), whole(place)
    return parts[at].strip() if -len(parts) <= at < len(parts) else ""


def _replace(value: Any, old: Any, new: Any) -> str:
    if not text(old):
        raise Unmappable("Nothing cannot be replaced.", "Say what is to be replaced.")
    found, put = text(value), text(new)
    if len(found) + found.count(text(old)) * len(put) > LARGEST:
        raise Unmappable("The text becomes too long.")
    return found.replace(text(old), put)


def _length(value: Any) -> Decimal:
    return Decimal(len(value) if isinstance(value, tuple) else len(text(value)))


LARGEST = 100_000
"""Letters that a text of a mapping may have."""

FUNCTIONS: Mapping[str, Function] = {
    "abs": Function(lambda x: abs(number(x)), 1, 1, "the number without its sign"),
    "contains": Function(lambda x, y: text(y) in text(x), 2, 2, "whether a text holds another"),
    "date": Function(lambda x, form: moment(x, text(form)), 2, 2, 'a time as text: "%d.%m.%Y"'),
    "default": Function(_default, 2, None, "the first of these that is not empty"),
    "empty": Function(is_empty, 1, 1, "whether nothing is there"),
    "ends": Function(lambda x, y: text(x).endswith(text(y)), 2, 2, "whether a text ends so"),
    "join": Function(_join, 2, None, "the texts that are not empty, with a sign between them"),
    "left": Function(lambda x, n: text(x)[: max(0, whole(n))], 2, 2, "the first so many letters"),
    "length": Function(_length, 1, 1, "how many letters, or how many of a list"),
    "lower": Function(lambda x: text(x).lower(), 1, 1, "in small letters"),
    "max": Function(lambda *x: max(map(number, x)), 2, None, "the largest number"),
    "min": Function(lambda *x: min(map(number, x)), 2, None, "the smallest number"),
    "number": Function(number, 1, 1, "a text as a number"),
    "part": Function(
        _part, 3, 3, "a text cut at a sign, and of it the part with this place, from 0"
    ),
    "replace": Function(_replace, 3, 3, "a text with one thing put for another"),
    "right": Function(
        lambda x, n: text(x)[max(0, len(text(x)) - max(0, whole(n))) :],
        2,
        2,
        "the last so many letters",
    ),
    "round": Function(_round, 1, 2, "a number with so many digits after the point, half up"),
    "starts": Function(lambda x, y: text(x).startswith(text(y)), 2, 2, "whether a text begins so"),
    "text": Function(text, 1, 1, "a number as a text"),
    "title": Function(lambda x: text(x).title(), 1, 1, "Each Word With A Capital"),
    "trim": Function(lambda x: " ".join(text(x).split()), 1, 1, "without blanks around and double"),
    "upper": Function(lambda x: text(x).upper(), 1, 1, "in capital letters"),
}
