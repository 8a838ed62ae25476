"""Shapes on the wire: JSON-RPC envelopes, XML-RPC documents, JSON-2 bodies, and errors in each."""

import xmlrpc.client
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.parsers.expat import ExpatError

import msgspec
from aiohttp import web

from qantara.sandbox.odoo.errors import OdooError, SessionExpired

SERVER_VERSIONS = {16: "16.0", 17: "17.0", 18: "18.0", 19: "19.0"}
MARSHAL_NONE = (
    "Traceback (most recent call last):\n  ...\n"
    "TypeError: cannot marshal None unless allow_none is enabled\n"
)


class Unreadable(Exception):
    """The body is not what the protocol asks for."""


def version_info(version: int) -> dict[str, Any]:
    """What `version()` answers."""
    return {
        "server_version": SERVER_VERSIONS[version],
        "server_version_info": [version, 0, 0, "final", 0, ""],
        "server_serie": f"{version}.0",
        "protocol_version": 1,
    }


def read_json(body: bytes) -> dict[str, Any]:
    """An object, or Unreadable."""
    try:
        data = msgspec.json.decode(body or b"{}")
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from None
    if not isinstance(data, dict):
        raise Unreadable("not an object")
    return data


def json_result(request_id: Any, result: Any) -> bytes:
    """None leaves `result` out, as the real server does."""
    envelope = {"jsonrpc": "2.0", "id": request_id}
    return msgspec.json.encode(envelope if result is None else {**envelope, "result": result})


def json_error(request_id: Any, error: OdooError, debug: str) -> bytes:
    """HTTP 200 always; classify by data.name."""
    expired = isinstance(error, SessionExpired)
    return msgspec.json.encode(
        {
            "jsonrpc": "2.0",
            "id": request_id,
            "error": {
                "code": 100 if expired else 200,
                "message": "Odoo Session Expired" if expired else "Odoo Server Error",
                "data": error_data(error, debug),
            },
        }
    )


def json_2_body(result: Any) -> bytes:
    """The bare result; null is fine here."""
    return msgspec.json.encode(result)


def error_data(error: OdooError, debug: str) -> dict[str, Any]:
    """The inner part, which JSON-2 sends bare."""
    return {
        "name": error.name,
        "debug": debug,
        "message": error.message,
        "arguments": [error.message],
        "context": {},
    }


def traceback_of(error: OdooError, arguments: object) -> str:
    """Like the real ones: long, and with the request's arguments in it, secrets included."""
    kind = error.name if "exceptions" in error.name else error.name.rpartition(".")[2]
    return (
        "Traceback (most recent call last):\n"
        '  File "/opt/odoo/odoo/http.py", line 1976, in _transactioning\n'
        "    return service_model.retrying(func, env=self.env)\n"
        '  File "/opt/odoo/odoo/service/model.py", line 58, in dispatch\n'
        f"    res = execute_kw{arguments!r}\n"
        f"{kind}: {error.message}\n"
    )


def read_xml(body: bytes) -> tuple[list[Any], str]:
    """Arguments and method name; dates become Odoo's own strings."""
    try:
        arguments, method = xmlrpc.client.loads(body, use_builtin_types=True)
    except (ExpatError, xmlrpc.client.Error, ValueError) as error:
        raise Unreadable(str(error)) from None
    return [_plain(each) for each in arguments], str(method)


def xml_result(result: Any) -> bytes:
    """None cannot be told: a Fault 1, although everything was committed."""
    try:
        text = xmlrpc.client.dumps((result,), methodresponse=True, allow_none=False)
    except TypeError:
        return xml_fault(1, MARSHAL_NONE)
    return text.encode()


def xml_error(error: OdooError, debug: str) -> bytes:
    """Fault 1 with the traceback, or 2, 3, 4 with the bare message."""
    if error.fault_code is None:
        return xml_fault(1, debug)
    return xml_fault(error.fault_code, error.message)


def xml_fault(code: int, text: str) -> bytes:
    return xmlrpc.client.dumps(xmlrpc.client.Fault(code, text), methodresponse=True).encode()


def answer(body: bytes, kind: str, status: int = 200) -> web.Response:
    """The server keeps no connection open."""
    response = web.Response(
        body=body, status=status, content_type=kind, charset="utf-8", headers={"Server": "Werkzeug"}
    )
    response.force_close()
    return response


def page(status: int, title: str) -> web.Response:
    """The HTML that a wrong address gets."""
    text = f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n"
    return answer(text.encode(), "text/html", status)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return value
