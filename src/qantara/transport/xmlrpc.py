"""XML-RPC without the dangers of XML: no DTD, no entities, bounded depth, exact numbers."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import (  # type: ignore[import-untyped]
    DefusedXMLParser,
    ParseError,
)

MAX_DEPTH = 100
"""Levels of arrays and structs in one value."""


class NotXmlRpc(ValueError):
    """The bytes are not an XML-RPC answer (most often a page of a proxy)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The server's own error. `text` may be a whole traceback: never show it unread."""

    code: int
    text: str = field(repr=False)


def encode(method: str, params: Sequence[Any]) -> bytes:
    """A method call. None becomes nil; control characters, which XML cannot hold, are dropped."""
    parts = [f"<?xml version='1.0'?><methodCall><methodName>{escape(method)}</methodName><params>"]
    for param in params:
        parts.append("<param>")
        _write(param, parts.append)
        parts.append("</param>")
    parts.append("</params></methodCall>")
    return "".join(parts).encode()


def decode(body: bytes) -> Any:
    """The value of an answer, or a Fault. Doubles become Decimals, nil becomes None."""
    reader = _Reader()
    parser = DefusedXMLParser(target=reader, forbid_dtd=True)
    try:
        parser.feed(body.translate(None, _CONTROL_BYTES))
        parser.close()
        return reader.answer()
    except (ParseError, DefusedXmlException, ValueError, ArithmeticError, LookupError) as error:
        raise NotXmlRpc("The answer is not XML-RPC.") from error


_CONTROL_BYTES = bytes({*range(32), 127} - {9, 10, 13})
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_INT = range(-(2**31), 2**31)

_Put = Callable[[str], None]


def _write(value: Any, put: _Put) -> None:
    put("<value>")
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            write(value, put)
            break
    else:
        raise TypeError(f"XML-RPC has no word for {type(value).__name__}.")
    put("</value>")


def _write_text(value: str, put: _Put) -> None:
    put(f"<string>{escape(_UNWRITABLE.sub('', value))}</string>")


def _write_int(value: int, put: _Put) -> None:
    kind = "int" if value in _INT else "i8"
    put(f"<{kind}>{value}</{kind}>")


def _write_array(value: Sequence[Any], put: _Put) -> None:
    put("<array><data>")
    for item in value:
        _write(item, put)
    put("</data></array>")


def _write_struct(value: Mapping[str, Any], put: _Put) -> None:
    put("<struct>")
    for name, item in value.items():
        put(f"<member><name>{escape(_UNWRITABLE.sub('', name))}</name>")
        _write(item, put)
        put("</member>")
    put("</struct>")


_WRITERS: tuple[tuple[type, Callable[[Any, _Put], None]], ...] = (
    (bool, lambda value, put: put(f"<boolean>{value:d}</boolean>")),
    (str, _write_text),
    (int, _write_int),
    (Decimal, lambda value, put: put(f"<double>{value:f}</double>")),
    (float, lambda value, put: put(f"<double>{value!r}</double>")),
    (type(None), lambda _, put: put("<nil/>")),
    (Mapping, _write_struct),
    (bytes, lambda value, put: put(f"<base64>{base64.b64encode(value).decode()}</base64>")),
    (Sequence, _write_array),
)


def _read_boolean(text: str) -> bool:
    return {"0": False, "1": True}[text.strip()]


_SCALARS: dict[str, Callable[[str], Any]] = {
    "boolean": _read_boolean,
    "int": int,
    "i4": int,
    "i8": int,
    "i2": int,
    "i1": int,
    "double": Decimal,
    "bigdecimal": Decimal,
    "string": str,
    "nil": lambda _: None,
    "base64": base64.b64decode,
    "dateTime.iso8601": str,
}

_UNSET = object()


class _Reader:
    """Builds values while the parser reads; the stack holds the open arrays and structs."""

    def __init__(self) -> None:
        self._stack: list[list[Any] | dict[str, Any]] = []
        self._names: list[str] = []
        self._text: list[str] = []
        self._value: Any = _UNSET
        self._fault = False
        self._results: list[Any] = []

    def answer(self) -> Any:
        """The one value read."""
        (value,) = self._results
        if not self._fault:
            return value
        return Fault(code=int(value["faultCode"]), text=str(value["faultString"]))

    def start(self, tag: str, _: dict[str, str]) -> None:
        self._text = []
        if tag == "value":
            self._value = _UNSET
        elif tag in {"array", "struct"}:
            self._stack.append([] if tag == "array" else {})
            if len(self._stack) > MAX_DEPTH:
                raise ValueError("nested too deeply")
        elif tag == "fault":
            self._fault = True

    def data(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        if tag == "value":
            self._keep("".join(self._text) if self._value is _UNSET else self._value)
        elif tag == "name":
            self._names.append("".join(self._text))
        elif tag in {"array", "struct"}:
            self._value = self._stack.pop()
        elif tag in _SCALARS:
            self._value = _SCALARS[tag]("".join(self._text))
        self._text = []

    def close(self) -> None:
        """Nothing is left to do; the parser asks for it."""

    def _keep(self, value: Any) -> None:
        self._value = _UNSET
        if not self._stack:
            self._results.append(value)
            return
        holder = self._stack[-1]
        if isinstance(holder, dict):
            holder[self._names.pop()] = value
        else:
            holder.append(value)
