"""The HTTP endpoints: who is asked, in which protocol, and how the answer is dressed."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from qantara.sandbox.kit import Call, with_fault
from qantara.sandbox.odoo import websocket, wire
from qantara.sandbox.odoo.dispatch import (
    WITHOUT_RECORDS,
    Invocation,
    User,
    invoke,
    records,
)
from qantara.sandbox.odoo.errors import (
    BadArguments,
    NotImitated,
    OdooError,
    PythonError,
    SerializationFailure,
    SessionExpired,
)

if TYPE_CHECKING:
    from qantara.sandbox.odoo.server import OdooStandIn

OVERLAP = 0.002  # seconds in which concurrent loads of one key can meet
COMMON_PATHS = (
    "/jsonrpc",
    "/xmlrpc/2/common",
    "/xmlrpc/2/object",
    "/web/session/authenticate",
    "/web/dataset/call_kw",
    "/web/database/list",
    "/web/webclient/version_info",
)
JSON_2 = "/json/2"
CONTENT = "/web/content"


def known_paths(version: int) -> tuple[str, ...]:
    """What a version answers on."""
    every = (*COMMON_PATHS, CONTENT, websocket.PATH, websocket.LOGIN)
    return (*every, JSON_2) if version >= 19 else every


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request on its way to the models."""

    protocol: str
    service: str
    user: Callable[[], User]
    call: Invocation
    secrets: object
    size: int
    result: Callable[[Any], web.Response]
    error: Callable[[OdooError, str], web.Response]


class Endpoints:
    """One method per endpoint."""

    def __init__(self, stand: "OdooStandIn") -> None:
        self._stand = stand

    def routes(self) -> list[web.RouteDef]:
        """Closed paths are not routed: 404 as HTML."""
        handlers: dict[str, Callable[[web.Request], Awaitable[web.Response]]] = {
            "/jsonrpc": self.jsonrpc,
            "/xmlrpc/2/common": self.xml_common,
            "/xmlrpc/2/object": self.xml_object,
            "/web/session/authenticate": self.authenticate,
            "/web/dataset/call_kw": self.call_kw,
            "/web/database/list": self.database_list,
            "/web/webclient/version_info": self.version_info,
        }
        opened = [web.post(path, handlers[path]) for path in COMMON_PATHS if self._open(path)]
        if self._open("/web/dataset/call_kw"):
            opened.append(web.post("/web/dataset/call_kw/{path:.*}", self.call_kw))
        if self._open(JSON_2):
            opened.append(web.post("/json/2/{model}/{method}", self.json_2))
        if self._open(CONTENT):
            opened.append(web.get(f"{CONTENT}/{{id:\\d+}}", self.content))
        opened += self._stand.lines.routes()
        return [*opened, web.route("*", "/{path:.*}", self.nowhere)]

    async def nowhere(self, request: web.Request) -> web.Response:
        """No such address."""
        del request
        return wire.page(404, "Not Found")

    async def content(self, request: web.Request) -> web.StreamResponse:
        """A file, for whoever has its token; to others it is not there."""
        number, token = int(request.match_info["id"]), request.query.get("access_token")
        with self._stand.lock:
            row = self._stand.database.store.table("ir.attachment").rows.get(number, {})
            kept = (
                str(row.get("datas") or "") if token and token == row.get("access_token") else None
            )
        fault = self._stand.struck("ir.attachment", "content")

        async def serve() -> web.Response:
            if kept is None:
                return wire.page(404, "Not Found")
            return wire.answer(base64.b64decode(kept), str(row.get("mimetype")))

        self._log(("http", "web", "ir.attachment", "content"), None)
        return await with_fault(request, fault, serve)

    async def jsonrpc(self, request: web.Request) -> web.Response:
        """`service`, `method`, `args` as positional parameters."""
        body = await request.read()
        try:
            envelope = wire.read_json(body)
        except wire.Unreadable:
            return wire.page(400, "Bad Request")
        number, params = envelope.get("id"), envelope.get("params") or {}
        service, method = str(params.get("service")), str(params.get("method"))
        dressed = self._json_dress(number)
        if service == "object":
            asked = self._object_call("jsonrpc", method, params.get("args") or [], len(body))
            return await self._served(request, asked, dressed)
        args = list(params.get("args") or [])
        return await self._service(request, ("jsonrpc", service, method), args, dressed)

    async def xml_common(self, request: web.Request) -> web.Response:
        """`version`, `login`, `authenticate`."""
        try:
            args, method = wire.read_xml(await request.read())
        except wire.Unreadable as error:
            return wire.answer(wire.xml_fault(1, str(error)), "text/xml")
        return await self._service(request, ("xmlrpc", "common", method), args, XML)

    async def xml_object(self, request: web.Request) -> web.Response:
        """`execute_kw` and `execute`."""
        body = await request.read()
        try:
            args, method = wire.read_xml(body)
        except wire.Unreadable as error:
            return wire.answer(wire.xml_fault(1, str(error)), "text/xml")
        asked = self._object_call("xmlrpc", method, args, len(body))
        return await self._served(request, asked, XML)

    async def authenticate(self, request: web.Request) -> web.Response:
        """Opens a web session; keys are refused here."""
        envelope = wire.read_json(await request.read())
        number, params = envelope.get("id"), envelope.get("params") or {}
        fault = self._stand.struck("", "authenticate")

        async def serve() -> web.Response:
            try:
                self._check_database(params.get("db"))
                accounts = self._stand.accounts
                user, session = accounts.open_session(
                    str(params.get("login")), str(params.get("password"))
                )
            except OdooError as error:
                debug = wire.traceback_of(error, params)
                return wire.answer(wire.json_error(number, error, debug), "application/json")
            facts = self._stand.session_info(user)
            response = wire.answer(wire.json_result(number, facts), "application/json")
            response.set_cookie("session_id", session, httponly=True)
            return response

        self._log(("session", "web", "", "authenticate"), None)
        return await with_fault(request, fault, serve)

    async def call_kw(self, request: web.Request) -> web.Response:
        """A method call within a web session."""
        body = await request.read()
        envelope = wire.read_json(body)
        number, params = envelope.get("id"), envelope.get("params") or {}
        call = Invocation(
            model=str(params.get("model")),
            method=str(params.get("method")),
            args=params.get("args") or [],
            kwargs=params.get("kwargs") or {},
            arrived=self._stand.database.store.now(),
        )
        session = request.cookies.get("session_id")
        return await self._served(
            request,
            ("session", lambda: self._stand.accounts.of_session(session), call, params, len(body)),
            self._json_dress(number),
        )

    async def database_list(self, request: web.Request) -> web.Response:
        """The names of all databases."""
        envelope = wire.read_json(await request.read())
        found = [self._stand.database_name]
        return wire.answer(wire.json_result(envelope.get("id"), found), "application/json")

    async def version_info(self, request: web.Request) -> web.Response:
        """The same as the common service's `version`."""
        envelope = wire.read_json(await request.read())
        facts = wire.version_info(self._stand.version)
        return wire.answer(wire.json_result(envelope.get("id"), facts), "application/json")

    async def json_2(self, request: web.Request) -> web.Response:
        """19: the body holds the keyword arguments, `ids` and `context`."""
        body = await request.read()
        if request.headers.get("X-Odoo-Database", self._stand.database_name) != (
            self._stand.database_name
        ):
            return wire.page(404, "Not Found")
        try:
            given = wire.read_json(body)
        except wire.Unreadable as error:
            bad = PythonError("werkzeug.exceptions.BadRequest", str(error))
            return _json_2_error(bad, "", 400)
        method = request.match_info["method"]
        ids = [given.pop("ids", [])] if method not in WITHOUT_RECORDS else []
        call = Invocation(
            model=request.match_info["model"],
            method=method,
            args=ids,
            kwargs=given,
            arrived=self._stand.database.store.now(),
        )
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        secret = key if scheme.lower() == "bearer" else ""
        return await self._served(
            request,
            ("json2", lambda: self._stand.accounts.by_key(secret), call, given, len(body)),
            (_json_2_result, _json_2_error),
        )

    def _open(self, path: str) -> bool:
        return path in self._stand.paths

    def _object_call(self, protocol: str, method: str, args: list[Any], size: int) -> Any:
        """What `_served` needs, from execute_kw's seven arguments."""
        padded = [*args, *[None] * (5 - len(args))]
        database, uid, secret, model, name = padded[:5]
        if method == "execute_kw":
            rest, kwargs = (
                (list(args[5]) if len(args) > 5 else []),
                args[6] if len(args) > 6 else {},
            )
        else:
            rest, kwargs = list(args[5:]), {}

        def user() -> User:
            if method not in ("execute_kw", "execute"):
                raise NotImitated(f"the object service's {method}")
            self._check_database(database)
            return self._stand.accounts.checked(uid, secret)

        call = Invocation(
            model=str(model),
            method=str(name),
            args=rest,
            kwargs=kwargs or {},
            arrived=self._stand.database.store.now(),
        )
        return protocol, user, call, tuple(args), size

    def _check_database(self, name: object) -> None:
        if name != self._stand.database_name:
            text = f'FATAL:  database "{name}" does not exist\n'
            raise PythonError("psycopg2.OperationalError", text)

    async def _service(
        self, request: web.Request, what: tuple[str, str, str], args: list[Any], dress: "Dress"
    ) -> web.Response:
        """The common and db services."""
        protocol, service, method = what
        fault = self._stand.struck(service, method)

        async def serve() -> web.Response:
            try:
                return dress[0](self._service_result(service, method, args))
            except OdooError as error:
                return dress[1](error, wire.traceback_of(error, tuple(args)))

        self._log((protocol, service, "", method), None)
        return await with_fault(request, fault, serve)

    def _service_result(self, service: str, method: str, args: list[Any]) -> Any:
        if (service, method) == ("common", "version"):
            return wire.version_info(self._stand.version)
        if service == "common" and method in ("login", "authenticate"):
            if len(args) < 3:
                raise BadArguments("TypeError", f"{method}() missing positional arguments")
            self._check_database(args[0])
            user = self._stand.accounts.login(args[1], args[2])
            return user.uid if user else False
        if (service, method) == ("db", "list"):
            return [self._stand.database_name]
        if (service, method) == ("db", "server_version"):
            return wire.SERVER_VERSIONS[self._stand.version]
        raise NotImitated(f"the method {method} of the service {service}")

    async def _served(self, request: web.Request, asked: Any, dress: "Dress") -> web.Response:
        protocol, user, call, secrets, size = asked
        fault = self._stand.struck(call.model, call.method)

        async def serve() -> web.Response:
            error: OdooError | None = None
            try:
                result = await self._paced(user, call, fault.kind if fault else "")
                response = dress[0](result)
            except OdooError as raised:
                error = raised
                response = dress[1](raised, wire.traceback_of(raised, secrets))
            count = records(call.method, call.args, call.kwargs)
            sizes = (count, size, len(response.body or b""))  # type: ignore[arg-type]
            self._log((protocol, "object", call.model, call.method), error, sizes)
            return response

        return await with_fault(request, fault, serve)

    async def _paced(self, user: Callable[[], User], call: Invocation, fault: str) -> Any:
        """Waits without holding anybody up; at most `workers` calls at once when paced."""
        if fault == "session_expired":
            raise SessionExpired
        if fault == "serialization":
            if call.method == "load":
                return _lost_race()
            raise SerializationFailure
        stand = self._stand
        async with stand.workers:
            if stand.pace is not None:
                count = records(call.method, call.args, call.kwargs)
                columns = call.args[0] if call.method == "load" and call.args else ()
                seconds = stand.pace.seconds(call.model, call.method, count, columns)
                await asyncio.sleep(seconds)
            elif call.method == "load":
                await asyncio.sleep(OVERLAP)
            with stand.lock:
                return invoke(stand.database, user(), call)

    def _json_dress(self, number: Any) -> "Dress":
        return (
            lambda result: wire.answer(wire.json_result(number, result), "application/json"),
            lambda error, debug: wire.answer(
                wire.json_error(number, error, debug), "application/json"
            ),
        )

    def _log(
        self,
        what: tuple[str, str, str, str],
        error: OdooError | None,
        sizes: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        protocol, service, model, method = what
        self._stand.calls.append(
            Call(
                protocol=protocol,
                service=service,
                model=model,
                method=method,
                records=sizes[0],
                request_bytes=sizes[1],
                response_bytes=sizes[2],
                error=error.name if error else None,
            )
        )


Dress = tuple[Callable[[Any], web.Response], Callable[[OdooError, str], web.Response]]


def _xml_result(result: Any) -> web.Response:
    return wire.answer(wire.xml_result(result), "text/xml")


def _xml_error(error: OdooError, debug: str) -> web.Response:
    return wire.answer(wire.xml_error(error, debug), "text/xml")


def _json_2_result(result: Any) -> web.Response:
    return wire.answer(wire.json_2_body(result), "application/json")


def _json_2_error(error: OdooError, debug: str, status: int | None = None) -> web.Response:
    body = wire.json_2_body(wire.error_data(error, debug))
    return wire.answer(body, "application/json", status or error.http_status)


def _lost_race() -> dict[str, Any]:
    message = {"type": "error", "message": SerializationFailure.TEXT}
    place = {"rows": {"from": 0, "to": 0}, "record": 0}
    return {"ids": False, "messages": [{**message, **place}], "nextrow": 0}


XML: Dress = (_xml_result, _xml_error)
