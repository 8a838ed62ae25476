"""Single values of WooCommerce as Python has them, and back: amounts, times, html, metadata."""

import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from qantara.model import Text
from qantara.transport import Rejected

Row = Mapping[str, Any]

OURS = "_qantara_key"
"""The metadata that holds the hub's own key of a record."""

_BREAK = re.compile(r"(?i)<br\s*/?>\n?|</(?:p|div|li|tr|h[1-6])\s*>")
_TAG = re.compile(r"(?s)<!--.*?-->|<[^>]+>")
_WHOLE = range(-30, 1)


def text(value: object) -> str:
    """A text; WooCommerce says null for some that are empty."""
    return value if isinstance(value, str) else ""


def number(value: object) -> Decimal:
    """A number without trailing zeros; what is empty is 0. Raises Rejected for anything else."""
    try:
        exact = Decimal(str(value or 0)).normalize()
    except InvalidOperation:
        raise Rejected(f"The store says {value!r} where an amount belongs.") from None
    return exact if exact.as_tuple().exponent in _WHOLE else exact.quantize(Decimal(1))


def plain_number(value: Decimal) -> str:
    """As WooCommerce reads it: with a point, never with an exponent. It would read 12,5 as 125."""
    return f"{value:f}"


def moment(value: object) -> datetime | None:
    """A time of a field that ends in `_gmt`: UTC without saying so."""
    if not isinstance(value, str) or not value:
        return None
    return datetime.fromisoformat(value[:19]).replace(tzinfo=UTC)


def meta(row: Row, key: str) -> Any:
    """The value of this metadata; the last one where there are several, None where there is none."""
    found = [one.get("value") for one in row.get("meta_data") or () if one.get("key") == key]
    return found[-1] if found else None


def stamp(row: Row) -> str:
    """When the record was last changed, in UTC; as text that sorts."""
    return text(row.get("date_modified_gmt")) or text(row.get("date_created_gmt"))


def joined(*parts: str) -> str:
    """The parts that say something, with a blank between."""
    return " ".join(part.strip() for part in parts if part and part.strip())


def plain(value: str) -> str:
    """Html as plain text: blocks become lines, the rest of the markup goes."""
    bare = html.unescape(_TAG.sub("", _BREAK.sub("\n", value))).replace("\xa0", " ")
    return "\n".join(line.strip() for line in bare.split("\n")).strip()


def marked_up(value: str) -> str:
    """Plain text as html, line by line."""
    return "<p>" + html.escape(value, quote=False).replace("\n", "<br>") + "</p>" if value else ""


def unescaped(value: object) -> str:
    """A name of a category, a tag or a choice: WordPress tells `&` as `&amp;` there."""
    return html.unescape(text(value))


def in_language(told: Text, language: str) -> str:
    """The text in the store's language; WooCommerce itself keeps only one."""
    return told.translations.get(language, told.value)


def distinct(values: Iterable[str]) -> list[str]:
    """Each once, in order, without empty ones."""
    return list(dict.fromkeys(value for value in values if value))
