"""An Odoo that says what a test puts into its mouth, in every protocol; it remembers the questions."""

import xmlrpc.client
from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from qantara.connectors.base import Connection
from qantara.connectors.odoo.client import Client

KEY = "canary-key"
TRACEBACK = (
    'Traceback (most recent call last):\n  File "x.py", line 1, in y\n    canary-traceback\n'
)

_CODES = {"AccessDenied": 3, "AccessError": 4} | dict.fromkeys(
    ("MissingError", "UserError", "ValidationError"), 2
)
_STATUSES = {"AccessDenied": 401, "AccessError": 403, "MissingError": 404} | dict.fromkeys(
    ("UserError", "ValidationError"), 422
)


class Says(Exception):
    """An exception of Odoo, to be told as the protocol tells it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name)
        self.name, self.message = name, message


class Scripted:
    """`answers` go out one after the other; the last one for ever. `closed` are path beginnings."""

    def __init__(self, *answers: Any, version: str = "16.0", closed: Sequence[str] = ()) -> None:
        self.answers = list(answers)
        self.version = version
        self.closed = tuple(closed)
        self.databases: list[str] | None = ["factory"]
        self.info: list[Any] = [16, 0, 0, "final", 0, ""]
        self.logins = 0
        self.asked: list[tuple[str, str, Any, dict[str, Any]]] = []
        self.paths: list[str] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.path)
        if request.path.startswith(self.closed):
            raise web.HTTPNotFound(text="<html>404</html>", content_type="text/html")
        if request.path.startswith("/xmlrpc/2/"):
            return await self._xmlrpc(request)
        if request.path.startswith("/json/2/"):
            return await self._json2(request)
        if request.path in {"/jsonrpc", "/web/session/authenticate", "/web/dataset/call_kw"}:
            return await self._json(request)
        raise web.HTTPNotFound(text="<html>404</html>", content_type="text/html")

    def _next(self) -> Any:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _run(self, *asked: Any) -> Any:
        self.asked.append(asked)
        return self._next()

    def _serve(self, service: str, method: str, args: Any) -> Any:
        if method == "version":
            return {"server_version": self.version, "server_version_info": self.info}
        if service == "db":
            if self.databases is None:
                raise Says("odoo.exceptions.AccessDenied", "Access Denied")
            return self.databases
        if method == "authenticate":
            return self._login(*args[:3])
        return self._run(*args[3:])

    def _login(self, database: str, login: str, secret: str) -> int | bool:
        self.logins += 1
        if database not in (self.databases or ["factory"]):
            raise Says(
                "psycopg2.OperationalError",
                f'connection to server failed: FATAL:  database "{database}" does not exist\n',
            )
        return 2 if (login, secret) == ("hub", KEY) else False

    async def _json(self, request: web.Request) -> web.StreamResponse:
        params = (await request.json())["params"]
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": 1}
        headers = {}
        try:
            if request.path == "/jsonrpc":
                result = self._serve(params["service"], params["method"], params["args"])
            elif request.path == "/web/session/authenticate":
                result = {"uid": self._session(params)}
                headers = {"Set-Cookie": f"session_id=canary-cookie-{self.logins}; HttpOnly"}
            else:
                result = self._run(*(params[k] for k in ("model", "method", "args", "kwargs")))
            if isinstance(result, web.StreamResponse):
                return result
            answer |= {} if result is None else {"result": result}
        except Says as said:
            answer["error"] = self._error(said)
        return web.json_response(answer, headers=headers)

    def _session(self, params: dict[str, str]) -> int:
        uid = self._login(params["db"], params["login"], params["password"])
        if not uid:
            raise Says("odoo.exceptions.AccessDenied", "Access Denied")
        return uid

    def _error(self, said: Says) -> dict[str, Any]:
        data = {"name": said.name, "message": said.message, "arguments": [said.message]}
        code = 100 if said.name.endswith("SessionExpiredException") else 200
        data["debug"] = TRACEBACK
        return {"code": code, "message": "Odoo Server Error", "data": data}

    async def _xmlrpc(self, request: web.Request) -> web.StreamResponse:
        args, method = xmlrpc.client.loads(await request.text())
        try:
            result = self._serve(request.path.rpartition("/")[2], method or "", args)
            if isinstance(result, web.StreamResponse):
                return result
            body = xmlrpc.client.dumps((result,), methodresponse=True)
        except TypeError as error:
            body = xmlrpc.client.dumps(self._fault(Says("TypeError", str(error))))
        except Says as said:
            body = xmlrpc.client.dumps(self._fault(said))
        return web.Response(text=body, content_type="text/xml")

    def _fault(self, said: Says) -> xmlrpc.client.Fault:
        code = _CODES.get(said.name.rpartition(".")[2], 1)
        name = said.name.removeprefix("builtins.")
        text = f"{TRACEBACK}{name}: {said.message}\n" if code == 1 else said.message
        return xmlrpc.client.Fault(code, text)

    def _check_key(self, request: web.Request) -> None:
        if request.headers["Authorization"] != f"bearer {KEY}":
            raise Says("odoo.exceptions.AccessDenied", "Invalid apikey")

    async def _json2(self, request: web.Request) -> web.StreamResponse:
        model, method = request.path.split("/")[3:]
        body = await request.json()
        if request.headers["X-Odoo-Database"] not in (self.databases or ["factory"]):
            raise web.HTTPNotFound(text="<html>404</html>", content_type="text/html")
        try:
            self._check_key(request)
            if method == "context_get":
                self.logins += 1
                return web.json_response({"uid": 2, "lang": "en_US"})
            if (model, method) == ("res.users", "read"):
                return web.json_response([{"id": 2, "login": "hub"}])
            result = self._run(model, method, [], body)
        except Says as said:
            status = _STATUSES.get(said.name.rpartition(".")[2], 500)
            return web.json_response(self._error(said)["data"], status=status)
        return result if isinstance(result, web.StreamResponse) else web.json_response(result)


@asynccontextmanager
async def speaking(script: Scripted, secret: str = KEY, **settings: str):
    """The script as a running server and a client of it."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    script.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    client = Client(connection(script.url, secret, settings))
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()


def connection(url: str, secret: str, settings: dict[str, str]) -> Connection:
    kind = settings.pop("secret_kind", "key")
    entry = {"database": "factory", "login": "hub", **settings}
    entry = {name: value for name, value in entry.items() if value}
    return Connection(
        name="factory",
        connector="odoo",
        url=url,
        settings=entry,
        secrets={kind: secret},
        private=True,
    )
