"""What goes over the wire: PHP's way of reading a query, WordPress's way of saying no."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import msgspec
from aiohttp import web

Row = dict[str, Any]
BASE = "/wp-json/wc/v3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A body to be told as JSON, with its status and headers."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """An error as the REST API tells it. `data` is told beside the status."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.data: Any = {"status": status, **data}

    def told(self) -> Row:
        """The body of the answer."""
        return {"code": self.code, "message": str(self), "data": self.data}


class NotImitated(Refused):
    """The real server can do this, the stand-in cannot: better loud than wrong."""

    def __init__(self, what: str) -> None:
        super().__init__(501, "stand_in_not_imitated", f"The stand-in does not imitate {what}.")


def crashed() -> Refused:
    """What comes of a call that makes PHP fall over."""
    message = "<p>There has been a critical error on this website.</p>"
    return Refused(500, "internal_server_error", message)


def query_pairs(raw: str) -> list[tuple[str, str]]:
    """The pairs of a raw query string, decoded, in order."""
    pairs = (part.partition("=") for part in raw.split("&") if part)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]


def php_query(raw: str) -> Row:
    """As PHP reads it: the last of a name wins, `a[]=1` makes a list, `a[b]=1` a table."""
    found: Row = {}
    for name, value in query_pairs(raw):
        base, keys = _bracketed(name)
        if not keys:
            found[base] = value
            continue
        held = found.get(base)
        table = held if isinstance(held, dict) else found.setdefault(base, {})
        if not isinstance(table, dict):
            table = found[base] = {}
        table[keys[0] or str(len(table))] = value
    return {name: _listed(value) for name, value in found.items()}


def _bracketed(name: str) -> tuple[str, list[str]]:
    base, bracket, _ = name.partition("[")
    return (base, re.findall(r"\[([^\]]*)\]", name)) if bracket and base else (name, [])


def _listed(value: Any) -> Any:
    if isinstance(value, dict) and list(value) == [str(each) for each in range(len(value))]:
        return list(value.values())
    return value


def read_body(raw: bytes, content_type: str) -> Row:
    """The parameters in a body: JSON or a form; refuses what is neither."""
    if not raw.strip():
        return {}
    if content_type.startswith("application/x-www-form-urlencoded"):
        return php_query(raw.decode("utf-8", "replace"))
    try:
        found = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        message = "Invalid JSON body passed."
        raise Refused(400, "rest_invalid_json", message, json_error_code=4) from None
    return found if isinstance(found, dict) else {}


def response(answer: Answer) -> web.Response:
    """The HTTP answer."""
    return web.Response(
        body=msgspec.json.encode(answer.body),
        status=answer.status,
        headers={**answer.headers, "X-Robots-Tag": "noindex"},
        content_type="application/json",
        charset="UTF-8",
    )


def only_fields(body: Any, wanted: Sequence[str]) -> Any:
    """What `_fields` leaves: of one object its links always, of a batch only emptied lists."""
    if not wanted:
        return body
    if isinstance(body, list):
        return [_fields_of(each, wanted) for each in body]
    if not isinstance(body, dict):
        return body
    kept = _fields_of(body, wanted)
    if "_links" in body:
        kept["_links"] = body["_links"]
    return kept or []


def _fields_of(body: Any, wanted: Sequence[str]) -> Row:
    kept: Row = {}
    for path in wanted:
        _keep(kept, body, path.split("."))
    return {name: kept[name] for name in body if name in kept}


def _keep(kept: Row, body: Any, path: list[str]) -> None:
    if not isinstance(body, dict) or path[0] not in body:
        return
    if len(path) == 1:
        kept[path[0]] = body[path[0]]
        return
    inner = body[path[0]]
    if isinstance(inner, dict):
        held = kept.setdefault(path[0], {})
        if isinstance(held, dict):
            _keep(held, inner, path[1:])
    elif isinstance(inner, list):
        kept.setdefault(path[0], [])
