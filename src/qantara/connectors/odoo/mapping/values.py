"""Single values of Odoo as Python has them, and back: text, numbers, times, html, import cells."""

import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from qantara.model import Text

Cell = str | bool | int | Decimal | datetime | None | tuple[int, ...]
"""What a field is set to; a tuple sets a many2many."""

_BREAK = re.compile(r"(?i)<br\s*/?>|</(?:p|div|li|tr|h[1-6])\s*>")
_TAG = re.compile(r"(?s)<!--.*?-->|<[^>]+>")
_TIME = "%Y-%m-%d %H:%M:%S"


def text(value: object) -> str:
    """A text field; Odoo says False where nothing is written."""
    return value if isinstance(value, str) else ""


def number(value: object) -> Decimal:
    """A number without trailing zeros (12.50 and 12.5 are one price)."""
    exact = Decimal(str(value or 0)).normalize()
    return exact if exact.as_tuple().exponent in _WHOLE else exact.quantize(Decimal(1))


def identity(value: object) -> int | None:
    """The id in a many2one, which is a pair, a bare id or False."""
    if isinstance(value, (list, tuple)):
        return int(value[0])
    return int(value) if isinstance(value, int) and value else None


def moment(value: object) -> datetime | None:
    """Odoo's datetime, UTC without saying so; fractions of a second are dropped."""
    if not isinstance(value, str) or not value:
        return None
    return datetime.strptime(value[:19], _TIME).replace(tzinfo=UTC)


def many_languages(record: Mapping[str, Any], name: str, translations: Mapping[str, Any]) -> Text:
    """The field `name` of a record with what `translations` (language -> fields) say of it."""
    others = {language: text(told.get(name)) for language, told in translations.items()}
    return Text.of(text(record.get(name)), others)


def plain(value: object) -> str:
    """An html field as plain text: blocks become lines, the rest of the markup goes."""
    broken = _BREAK.sub("\n", text(value))
    lines = html.unescape(_TAG.sub("", broken)).replace("\xa0", " ").split("\n")
    return "\n".join(line.strip() for line in lines).strip()


def marked_up(value: str) -> str:
    """Plain text as html, line by line."""
    return "<p>" + html.escape(value, quote=False).replace("\n", "<br>") + "</p>" if value else ""


def spelled(cell: Cell) -> str:
    """The cell as Odoo's import reads it: everything is text, the empty text clears."""
    for kind, spell in _SPELLINGS:
        if isinstance(cell, kind):
            return str(spell(cell))
    return cell if isinstance(cell, str) else ""


def settable(cells: Mapping[str, Cell]) -> dict[str, Any]:
    """The cells as `write` and `create` take them, under the names of the fields."""
    return {name.partition("/")[0]: _typed(cell) for name, cell in cells.items()}


def distinct(ids: Iterable[int | None]) -> list[int]:
    """Each id once, in order, without the missing ones."""
    return list(dict.fromkeys(one for one in ids if one))


_WHOLE = range(-30, 1)


def _typed(cell: Cell) -> Any:
    if isinstance(cell, tuple):
        return [(6, 0, list(cell))]
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime(_TIME)
    return False if cell is None else cell


_SPELLINGS: tuple[tuple[type, Any], ...] = (
    (bool, lambda cell: "1" if cell else "0"),
    (int, str),
    (Decimal, lambda cell: f"{cell:f}"),
    (datetime, lambda cell: cell.astimezone(UTC).strftime(_TIME)),
    (tuple, lambda cell: ",".join(str(one) for one in cell)),
)
