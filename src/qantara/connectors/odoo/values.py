"""Python values as Odoo's interface takes them."""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

# PostgreSQL refuses NUL, XML the other control characters, UTF-8 lone surrogates.
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def outgoing(value: Any) -> Any:
    """The value with dates as Odoo's strings (UTC), bytes as base64 and unsendable characters gone.

    Raises ValueError for a time without a zone and for a number that is not finite.
    """
    if isinstance(value, str):
        return _UNSENDABLE.sub("", value)
    if value is None or isinstance(value, (bool, int)):
        return value
    for kind, convert in _CONVERTERS:
        if isinstance(value, kind):
            return convert(value)
    raise TypeError(f"Odoo takes no {type(value).__name__}.")


def _mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): outgoing(item) for name, item in value.items()}


def _list(value: Sequence[Any] | frozenset[Any] | set[Any]) -> list[Any]:
    return [outgoing(item) for item in value]


def _number(value: Decimal | float) -> Decimal | float:
    if not Decimal(value).is_finite():
        raise ValueError(f"{value} is not a number that can be sent.")
    return value


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("A time without a zone cannot be sent.")
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


_CONVERTERS: tuple[tuple[Any, Any], ...] = (
    ((Decimal, float), _number),
    (Mapping, _mapping),
    (datetime, _moment),
    (date, date.isoformat),
    (bytes, lambda value: base64.b64encode(value).decode("ascii")),
    ((Sequence, set, frozenset), _list),
)
