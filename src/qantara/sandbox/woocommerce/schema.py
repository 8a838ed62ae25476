"""Checks parameters as WordPress checks them, and says no in its words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qantara.sandbox.woocommerce.wire import NotImitated, Refused, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter: its type, and what more is asked of it. `read_only` ones are ignored."""

    type: str
    enum: tuple[str, ...] = ()
    items: "Param | None" = None
    fields: Mapping[str, "Param"] | None = None
    low: int | None = None
    high: int | None = None
    nullable: bool = False
    read_only: bool = False
    refused: bool = False
    email: bool = False


Schema = Mapping[str, Param]
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
STRING = Param(type="string")
INTEGER = Param(type="integer")
NUMBER = Param(type="number")
BOOLEAN = Param(type="boolean")
MIXED = Param(type="mixed")
DATE = Param(type="date", nullable=True)
IDS = Param(type="ids")
INTEGERS = Param(type="array", items=INTEGER)
STRINGS = Param(type="array", items=STRING)
READ_ONLY = Param(type="mixed", read_only=True)
REFUSED = Param(type="mixed", refused=True)
META = Param(type="array", items=Param(type="object", fields={"id": INTEGER, "key": STRING}))


def objects(**fields: Param) -> Param:
    """A list of tables."""
    return Param(type="array", items=Param(type="object", fields=fields))


class _Wrong(Exception):
    """What is wrong with one parameter."""

    def __init__(self, code: str, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


def checked(schema: Schema, given: Row) -> Row:
    """The parameters that the schema knows, cast; what it does not know is ignored."""
    kept: Row = {}
    wrong: dict[str, _Wrong] = {}
    for name, param in schema.items():
        if name not in given or param.read_only:
            continue
        if param.refused:
            raise NotImitated(f"the parameter {name!r}")
        try:
            kept[name] = _checked(name, param, given[name])
        except _Wrong as error:
            wrong[name] = error
    if wrong:
        raise _invalid(wrong)
    return kept


def unchecked(schema: Schema, given: Row) -> Row:
    """The same for an item of a batch, of which nothing is checked and nothing cast."""
    refused = [name for name in given if name in schema and schema[name].refused]
    if refused:
        raise NotImitated(f"the parameter {refused[0]!r}")
    known = (name for name in schema if name in given and not schema[name].read_only)
    return {name: given[name] for name in known}


def required(given: Row, *names: str) -> None:
    """Refuses what lacks a parameter, before anything else is looked at."""
    missing = [name for name in names if name not in given]
    if missing:
        listed = ", ".join(missing)
        raise Refused(
            400, "rest_missing_callback_param", f"Missing parameter(s): {listed}", params=missing
        )


def is_integer(value: Any) -> bool:
    """As WordPress sees it: 7, 7.0 and "7" are, True and "" are not."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return True
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, str) and bool(re.fullmatch(r"\s*[+-]?\d+(\.0*)?\s*", value))


def is_number(value: Any) -> bool:
    """As PHP's is_numeric."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    pattern = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"
    return isinstance(value, str) and bool(re.fullmatch(pattern, value))


def listed(value: Any) -> list[Any]:
    """A list, or a string with commas (or spaces) taken apart."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    return [part for part in re.split(r"[\s,]+", str(value)) if part]


def _checked(name: str, param: Param, value: Any) -> Any:
    if value is None and param.nullable:
        return None
    match param.type:
        case "array":
            return _array(name, param, value)
        case "object":
            return _object(name, param, value)
        case "date":
            return _date(value)
        case "ids":
            return [_id(each) for each in listed(value)]
        case "mixed":
            return value
        case _:
            return _scalar(name, param, value)


def _id(value: Any) -> int:
    """What is no number is 0, and so nothing's id."""
    return int(float(value)) if is_integer(value) else 0


def _scalar(name: str, param: Param, value: Any) -> Any:
    cast = _CASTS[param.type](value)
    if cast is None:
        raise _Wrong("rest_invalid_type", f"{name} is not of type {param.type}.", {"param": name})
    if param.enum and cast not in param.enum:
        raise _Wrong("rest_not_in_enum", f"{name} is not one of {_words(param.enum)}.")
    if param.email and not EMAIL.fullmatch(str(cast)):
        raise _Wrong("rest_invalid_email", "Invalid email address.")
    _within(name, param, cast)
    return cast


def _within(name: str, param: Param, value: Any) -> None:
    low, high = param.low, param.high
    if low is not None and high is not None and not low <= value <= high:
        message = f"{name} must be between {low} (inclusive) and {high} (inclusive)"
        raise _Wrong("rest_out_of_bounds", message)
    if low is not None and value < low:
        raise _Wrong("rest_out_of_bounds", f"{name} must be greater than or equal to {low}")


def _array(name: str, param: Param, value: Any) -> list[Any]:
    if isinstance(value, dict | bool) or value is None:
        raise _Wrong("rest_invalid_type", f"{name} is not of type array.", {"param": name})
    items = param.items or MIXED
    return [_checked(f"{name}[{at}]", items, each) for at, each in enumerate(listed(value))]


def _object(name: str, param: Param, value: Any) -> Row:
    if value in ("", []):
        return {}
    if not isinstance(value, dict):
        raise _Wrong("rest_invalid_type", f"{name} is not of type object.", {"param": name})
    kept: Row = dict(value)
    for inner, each in (param.fields or {}).items():
        if inner in value and each.refused:
            raise NotImitated(f"the parameter {name}[{inner}]")
        if inner in value and value[inner] is not None:
            kept[inner] = _checked(f"{name}[{inner}]", each, value[inner])
    return kept


def _date(value: Any) -> Any:
    if value == "":
        return value
    try:
        datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise _Wrong("rest_invalid_date", "Invalid date.") from None
    return value


def _as_string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _as_integer(value: Any) -> int | None:
    return int(float(value)) if is_integer(value) else None


def _as_number(value: Any) -> float | int | None:
    if not is_number(value):
        return None
    return value if isinstance(value, int | float) else float(value)


def _as_boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    known = {"true": True, "1": True, "false": False, "0": False, "": False}
    return known.get(str(value).lower()) if isinstance(value, str | int) else None


_CASTS = {
    "string": _as_string,
    "integer": _as_integer,
    "number": _as_number,
    "boolean": _as_boolean,
}


def _words(names: tuple[str, ...]) -> str:
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def _invalid(wrong: Mapping[str, _Wrong]) -> Refused:
    details = {
        name: {"code": error.code, "message": str(error), "data": error.data}
        for name, error in wrong.items()
    }
    return Refused(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {', '.join(wrong)}",
        params={name: str(error) for name, error in wrong.items()},
        details=details,
    )
