"""The four ways to talk to an Odoo; each runs one method and returns its result or raises Failure."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from qantara.connectors.odoo.errors import Failure, SessionExpired
from qantara.transport import (
    AuthFailed,
    ConnectorError,
    OutcomeUnknown,
    RetryLater,
    Unsupported,
    exactjson,
    xmlrpc,
)
from qantara.transport.http import HttpClient, Request, Response, TimeoutClass

CLOSED = frozenset({301, 302, 303, 307, 308, 403, 404, 405, 410})
"""Answers of a proxy or an Odoo that does not serve an endpoint (18 redirects to its own page)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who enters where. `secret` is an API key or a password."""

    database: str
    login: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One method to run. `safe` says that running it twice does no harm.

    `file` takes the place of the mark among the arguments (see `transport.files`).
    """

    model: str
    method: str
    args: Sequence[Any] = field(default=(), repr=False)
    kwargs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    safe: bool = False
    timeout: TimeoutClass = TimeoutClass.READ
    file: Path | None = None


class Closed(Exception):
    """The endpoint is not served; the text says which and how it answered."""


class Dialect(ABC):
    """One protocol, for one account."""

    name: ClassVar[str]

    def __init__(self, http: HttpClient, account: Account) -> None:
        self.http = http
        self.account = account

    @abstractmethod
    async def enter(self) -> int | None:
        """The user's id, or None when login or secret are wrong. Raises Closed or Failure."""

    @abstractmethod
    async def execute(self, call: Call) -> Any:
        """The method's result. Raises Closed, Failure or a ConnectorError of the transport."""


class JsonRpc(Dialect):
    """`/jsonrpc`: every version so far, key or password."""

    name = "jsonrpc"
    path: ClassVar[str] = "/jsonrpc"
    uid: int | None = None

    async def enter(self) -> int | None:
        """Ask the common service who we are."""
        who = self.account
        args = [who.database, who.login, who.secret, {}]
        self.uid = await service(self.http, "common", "authenticate", args) or None
        return self.uid

    async def execute(self, call: Call) -> Any:
        """`execute_kw` of the object service."""
        who = self.account
        args = [who.database, self.uid, who.secret, *_said(call)]
        params = {"service": "object", "method": "execute_kw", "args": args}
        return await post_rpc(self.http, self.path, params, call)


class Session(Dialect):
    """`/web/dataset/call_kw` with a cookie: half the cost for the server, password only."""

    name = "session"

    def __init__(self, http: HttpClient, account: Account) -> None:
        super().__init__(http, account)
        self._cookie = ""

    async def enter(self) -> int | None:
        """Log in as a browser does and keep the cookie."""
        who = self.account
        params = {"db": who.database, "login": who.login, "password": who.secret}
        call = Call(model="", method="authenticate", safe=True, timeout=TimeoutClass.PROBE)
        body = _envelope(params)
        response = await _post(self.http, "/web/session/authenticate", body, call)
        result = _result(self.http, response, call) or {}
        self._cookie = response.cookies.get("session_id", "")
        uid: int | None = result.get("uid")
        return uid or None

    async def execute(self, call: Call) -> Any:
        """The web client's own way."""
        params = {
            "model": call.model,
            "method": call.method,
            "args": call.args,
            "kwargs": call.kwargs,
        }
        cookie = {"Cookie": f"session_id={self._cookie}"}
        return await post_rpc(self.http, "/web/dataset/call_kw", params, call, headers=cookie)


class Json2(Dialect):
    """`/json/2/<model>/<method>`: Odoo 19 and later, API key, arguments by name."""

    name = "json2"

    async def enter(self) -> int | None:
        """The key names the user; his context holds his id. A login that is not his is told."""
        try:
            context = await self._ask("context_get")
            (user,) = await self._ask("read", [context["uid"]], ["login"])
        except Failure as failure:
            if failure.name.endswith(("AccessDenied", "Unauthorized")):
                return None
            raise
        if self.account.login in {"", user["login"]}:
            return int(user["id"])
        raise AuthFailed(
            f"The API key belongs to {user['login']}, not to {self.account.login}.",
            remedy="Correct the login, or make a key as that user.",
        )

    async def _ask(self, method: str, *args: Any) -> Any:
        probe = TimeoutClass.PROBE
        call = Call(model="res.users", method=method, args=args, safe=True, timeout=probe)
        return await self.execute(call)

    async def execute(self, call: Call) -> Any:
        """One POST; the answer is the bare result or an error object with a true status."""
        response = await self.http.request(
            Request(
                path=f"/json/2/{call.model}/{call.method}",
                body=exactjson.encode(_named(call)),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"bearer {self.account.secret}",
                    "X-Odoo-Database": self.account.database,
                },
                timeout=call.timeout,
                idempotent=call.safe,
                expect=_JSON2_ERRORS,
                file=call.file,
            )
        )
        if response.status in _JSON2_ERRORS:
            raise self._error(response, call)
        return _decoded(self.http, response, call)

    def _error(self, response: Response, call: Call) -> Exception:
        try:
            error = response.json()
            return Failure(str(error["name"]), str(error["message"]))
        except (ValueError, LookupError, TypeError):
            if response.status == 401:
                return Failure("AccessDenied", "")
            if response.status in CLOSED:
                return Closed(f"/json/2 answered HTTP {response.status}")
            return _no_data(self.http, call)


class XmlRpc(Dialect):
    """`/xmlrpc/2`: every version so far; where nothing else is open."""

    name = "xmlrpc"
    uid: int | None = None

    async def enter(self) -> int | None:
        """Ask the common service who we are."""
        who = self.account
        args = [who.database, who.login, who.secret, {}]
        call = Call(model="", method="authenticate", safe=True, timeout=TimeoutClass.PROBE)
        self.uid = await post_xml(self.http, "common", ("authenticate", args), call) or None
        return self.uid

    async def execute(self, call: Call) -> Any:
        """`execute_kw`; a method that returned nothing is done although Odoo faults."""
        who = self.account
        args = [who.database, self.uid, who.secret, *_said(call)]
        return await post_xml(self.http, "object", ("execute_kw", args), call)


DIALECTS: dict[str, type[Dialect]] = {
    dialect.name: dialect for dialect in (JsonRpc, Json2, Session, XmlRpc)
}


async def service(http: HttpClient, name: str, method: str, args: Sequence[Any]) -> Any:
    """One call of a JSON-RPC service that needs no user (`common`, `db`)."""
    call = Call(model="", method=method, safe=True, timeout=TimeoutClass.PROBE)
    params = {"service": name, "method": method, "args": args}
    return await post_rpc(http, JsonRpc.path, params, call)


async def post_rpc(
    http: HttpClient,
    path: str,
    params: Mapping[str, Any],
    call: Call,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """One JSON-RPC request to `path` and its result."""
    response = await _post(http, path, _envelope(params), call, headers)
    return _result(http, response, call)


async def post_xml(
    http: HttpClient, endpoint: str, said: tuple[str, Sequence[Any]], call: Call
) -> Any:
    """One XML-RPC request to /xmlrpc/2/<endpoint> and its result."""
    body = xmlrpc.encode(*said)
    path = f"/xmlrpc/2/{endpoint}"
    response = await _post(http, path, body, call, {"Content-Type": "text/xml"})
    try:
        result = xmlrpc.decode(response.body)
    except xmlrpc.NotXmlRpc:
        raise _no_data(http, call) from None
    if not isinstance(result, xmlrpc.Fault):
        return result
    if "cannot marshal None" in result.text:
        return None
    raise _of_fault(result)


def _said(call: Call) -> tuple[Any, ...]:
    return call.model, call.method, call.args, call.kwargs


def _envelope(params: Mapping[str, Any]) -> bytes:
    return exactjson.encode({"jsonrpc": "2.0", "method": "call", "id": 1, "params": params})


async def _post(
    http: HttpClient,
    path: str,
    body: bytes,
    call: Call,
    headers: Mapping[str, str] | None = None,
) -> Response:
    response = await http.request(
        Request(
            path=path,
            body=body,
            headers={"Content-Type": "application/json", **(headers or {})},
            timeout=call.timeout,
            idempotent=call.safe,
            expect=CLOSED,
            file=call.file,
        )
    )
    if response.status in CLOSED:
        raise Closed(f"{path} answered HTTP {response.status}")
    return response


def _result(http: HttpClient, response: Response, call: Call) -> Any:
    answer = _decoded(http, response, call)
    if not isinstance(answer, dict):
        raise _no_data(http, call)
    error = answer.get("error")
    if not error:
        return answer.get("result")
    if error.get("code") == 100:
        raise SessionExpired("SessionExpiredException", "Session expired")
    raise Failure.of_error(error)


def _decoded(http: HttpClient, response: Response, call: Call) -> Any:
    try:
        return response.json()
    except exactjson.NotJson:
        raise _no_data(http, call) from None


def _no_data(http: HttpClient, call: Call) -> ConnectorError:
    reason = f"{http.where} answered with a page instead of data."
    remedy = "A proxy or a maintenance page may stand before Odoo; check the URL in a browser."
    if call.safe:
        return RetryLater(reason, remedy=remedy, after=15.0)
    return OutcomeUnknown(reason, remedy=remedy)


_FAULTS = {3: "AccessDenied", 4: "AccessError"}


def _of_fault(fault: xmlrpc.Fault) -> Failure:
    """XML-RPC lumps Odoo's exceptions into codes; the rest is read from the text."""
    if fault.code in _FAULTS:
        return Failure(_FAULTS[fault.code], fault.text)
    if fault.code == 2:
        gone = fault.text.startswith("Record does not exist or has been deleted")
        return Failure("MissingError" if gone else "UserError", fault.text)
    _, _, last = fault.text.rpartition("Traceback (most recent call last):\n")
    lines = last.rstrip().split("\n")
    start = next((i for i, line in enumerate(lines) if not line.startswith(" ")), 0)
    name, _, message = "\n".join(lines[start:]).partition(": ")
    return Failure(name.strip(), message)


_JSON2_ERRORS = CLOSED | {400, 401, 409, 422, 500}

# Names of the positional arguments, for JSON-2, which takes them by name only.
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "check_access_rights": ("operation", "raise_exception"),
    "copy": ("ids", "default"),
    "create": ("vals_list",),
    "default_get": ("fields",),
    "export_data": ("ids", "fields_to_export"),
    "fields_get": ("allfields", "attributes"),
    "has_access": ("ids", "operation"),
    "load": ("fields", "data"),
    "name_create": ("name",),
    "name_search": ("name", "domain", "operator", "limit"),
    "read": ("ids", "fields", "load"),
    "read_group": ("domain", "fields", "groupby"),
    "search": ("domain", "offset", "limit", "order"),
    "search_count": ("domain", "limit"),
    "search_read": ("domain", "fields", "offset", "limit", "order"),
    "unlink": ("ids",),
    "write": ("ids", "vals"),
}


def _named(call: Call) -> dict[str, Any]:
    names = _PARAMETERS.get(call.method, ("ids",))
    if len(call.args) > len(names):
        raise Unsupported(
            f"JSON-2 takes the arguments of {call.method} by name only.",
            remedy="Name the arguments after the ids in the call.",
        )
    return {**dict(zip(names, call.args, strict=False)), **call.kwargs}
