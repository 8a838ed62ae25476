"""Field values: from what a caller sends to what is stored, and back to the wire."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from qantara.sandbox.odoo.errors import (
    NotImitated,
    PythonError,
    UserError,
    not_a_number,
    out_of_range,
    value_error,
)
from qantara.sandbox.odoo.html import sanitize
from qantara.sandbox.odoo.spec import Field

Stored = Any
INT_MAX = 2**31
IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"RIFF", b"BM", b"<svg")


def to_stored(field: Field, value: Any, model: str) -> Stored:
    """The value as the database keeps it; None is NULL. Raises what the real server raises."""
    if value is None or value is False:
        return {"boolean": False, "integer": 0, "float": 0.0, "monetary": 0.0}.get(field.type)
    if field.type not in CONVERTERS:
        raise NotImitated(f"values of the {field.type} field {model}.{field.name}")
    return CONVERTERS[field.type](field, value, model)


def to_wire(field: Field, value: Stored) -> Any:
    """A stored scalar as `read` shows it."""
    if value is None:
        return ZEROS.get(field.type, False)
    if field.type == "datetime":
        return value[:19]
    return value


def datetime_key(text: str) -> str:
    """A caller's date and time, fractions allowed, comparable with a stored one."""
    text = text if len(text) > 10 else f"{text} 00:00:00"
    head, _, fraction = text.partition(".")
    return f"{head}.{fraction:0<6}"


def rounded(value: float, digits: int | None) -> float:
    """Half away from zero, as the server does."""
    if digits is None:
        return value
    shifted = abs(value) * 10**digits
    whole = int(shifted + 0.5 + shifted * 1e-15)
    return float(whole / 10**digits) * (1 if value >= 0 else -1)


def _text(field: Field, value: Any, model: str) -> str:
    if isinstance(value, list | dict):
        raise NotImitated(f"a {type(value).__name__} as value of {model}.{field.name}")
    text = str(value)
    if "\x00" in text:
        raise _nul(field)
    return text


def _nul(field: Field) -> PythonError:
    if field.translate:
        text = (
            "unsupported Unicode escape sequence\nDETAIL:  \\u0000 cannot be converted to text.\n"
        )
        return PythonError("psycopg2.errors.UntranslatableCharacter", text)
    return value_error("A string literal cannot contain NUL (0x00) characters.")


def _html(field: Field, value: Any, model: str) -> str:
    return sanitize(_text(field, value, model))


def _integer(field: Field, value: Any, model: str) -> int:
    del field, model
    if isinstance(value, list | dict):
        raise _type_error("int", value)
    try:
        number = int(value)
    except ValueError:
        raise value_error(f"invalid literal for int() with base 10: {value!r}") from None
    if abs(number) >= INT_MAX:
        raise out_of_range()
    return number


def _float(field: Field, value: Any, model: str) -> float:
    del model
    if isinstance(value, list | dict):
        raise _type_error("float", value)
    try:
        return rounded(float(value), field.digits)
    except ValueError:
        raise value_error(f"could not convert string to float: {value!r}") from None


def _type_error(kind: str, value: Any) -> PythonError:
    text = f"{kind}() argument must be a string or a real number, not '{type(value).__name__}'"
    return PythonError("TypeError", text)


def _boolean(field: Field, value: Any, model: str) -> bool:
    del field, model
    return bool(value)


def _date(field: Field, value: Any, model: str) -> str:
    text = _text(field, value, model)[:10]
    _parse(text, "%Y-%m-%d")
    return text


def _datetime(field: Field, value: Any, model: str) -> str:
    text = _text(field, value, model)
    if len(text) == 10:
        _parse(text, "%Y-%m-%d")
        text = f"{text} 00:00:00"
    _parse(text, "%Y-%m-%d %H:%M:%S")
    return f"{text}.000000"


def _parse(text: str, form: str) -> None:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - the wire has no zone, all is UTC
    except ValueError as error:
        raise value_error(str(error)) from None


def _selection(field: Field, value: Any, model: str) -> str:
    if field.selection and value not in {key for key, _ in field.selection}:
        raise value_error(f"Wrong value for {model}.{field.name}: {value!r}")
    return str(value)


def _many2one(field: Field, value: Any, model: str) -> int:
    del field, model
    if isinstance(value, bool) or not isinstance(value, int):
        raise not_a_number(value[-1] if isinstance(value, list) and value else value)
    if value >= INT_MAX:
        raise out_of_range()
    return value


def _reference(field: Field, value: Any, model: str) -> int:
    return _integer(field, value, model)


def _pair(field: Field, value: Any, model: str) -> str:
    """A model and an id, as one text."""
    text = _text(field, value, model)
    name, _, number = text.partition(",")
    if not name or not number.isdigit():
        raise value_error(f"Wrong value for {model}.{field.name}: {text!r}")
    return text


def _binary(field: Field, value: Any, model: str) -> str:
    text = _text(field, value, model)
    try:
        content = base64.b64decode(text, validate=False)
    except binascii.Error as error:
        raise PythonError("binascii.Error", str(error)) from None
    if field.name.startswith("image_") and not content.startswith(IMAGES):
        raise UserError("This file could not be decoded as an image file.")
    return re.sub(r"\s", "", text)


CONVERTERS: dict[str, Callable[[Field, Any, str], Stored]] = {
    "char": _text,
    "text": _text,
    "html": _html,
    "integer": _integer,
    "float": _float,
    "monetary": _float,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "selection": _selection,
    "many2one": _many2one,
    "many2one_reference": _reference,
    "reference": _pair,
    "binary": _binary,
}
ZEROS = {"integer": 0, "float": 0.0, "monetary": 0.0}
