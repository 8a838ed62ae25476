"""Odoo's external interface and nothing of the hub: the only file here that callers need."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, Unpack
from urllib.parse import urlencode

from qantara.connectors.base import Connection
from qantara.connectors.odoo.entrance import Server, enter, secret_of
from qantara.connectors.odoo.errors import Asked, Failure, SessionExpired, explain
from qantara.connectors.odoo.loaded import Loaded, loaded
from qantara.connectors.odoo.protocols import Call, Closed, Dialect
from qantara.connectors.odoo.schema import ATTRIBUTES, FieldInfo
from qantara.connectors.odoo.values import outgoing
from qantara.transport import AuthFailed, ConnectorError, NotFound, RetryLater, Unsupported, sockets
from qantara.transport.http import HttpClient, Request, TimeoutClass

__all__ = ["Client", "FieldInfo", "Loaded", "Server"]

READ_CHUNK = 2000
"""Records per read: the size beyond which Odoo gains nothing (measured on 16 and 18)."""

QUIET: Mapping[str, Any] = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}
"""Context of writes: no chatter lines about the hub's own work, a fifth of the time saved."""

_PAGE = re.compile(r"/(?:web|odoo)(?:[/#?].*)?$")


class Paging(TypedDict, total=False):
    """Which part of what was found: `order` in Odoo's own words, no `limit` when None."""

    order: str
    limit: int | None
    offset: int


class Client:
    """One Odoo, entered at the first call. Retries nothing but a login that has expired."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._http = HttpClient(
            _PAGE.sub("", connection.url.strip()),
            name=connection.name,
            concurrency=connection.concurrency,
            ca_file=connection.ca_file,
            private=connection.private,
            limits=connection.limits,
        )
        self._lock = asyncio.Lock()
        self._entered: tuple[Server, Dialect] | None = None
        self._schema_lock = asyncio.Lock()
        self._fields: dict[str, Mapping[str, FieldInfo] | Unsupported] = {}

    def __repr__(self) -> str:
        return f"Client({self._connection.name!r} at {self._http.where})"

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self._http.sent

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings of the connection."""
        return self._connection.settings

    @property
    def language(self) -> str:
        """The language that texts are read and written in unless a call says otherwise."""
        return self.settings.get("language", "en_US")

    @property
    def server(self) -> Server:
        """What `enter` found; Unsupported before it."""
        if self._entered is None:
            raise Unsupported(f"{self._connection.name} has not been entered yet.")
        return self._entered[0]

    async def close(self) -> None:
        """Let go of the network. Safe to repeat."""
        await self._http.close()

    async def enter(self) -> Server:
        """Find the version, choose a protocol, log in; once, then from memory."""
        server, _ = await self._enter()
        return server

    async def call(
        self,
        model: str,
        method: str,
        *args: Any,
        context: Mapping[str, Any] | None = None,
        safe: bool = False,
        slow: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Run a public method. `safe` when running it twice does no harm, `slow` for long work.

        Numbers with a point come back as Decimals, missing values as False (Odoo's way).
        """
        merged = {**self._context(), **({} if safe else QUIET), **(context or {})}
        call = Call(
            model=model,
            method=method,
            args=outgoing(args),
            kwargs=outgoing({**kwargs, "context": merged}),
            safe=safe,
            timeout=_patience(safe=safe, slow=slow),
        )
        return await self._run(call)

    async def _run(self, call: Call) -> Any:
        try:
            return await self._execute(call)
        except SessionExpired:
            self._entered = None
        try:
            return await self._execute(call)
        except SessionExpired as expired:
            raise explain(expired, self._asked(self.server, call)) from None

    async def search_read(
        self,
        model: str,
        domain: Sequence[Any],
        fields: Sequence[str],
        *,
        context: Mapping[str, Any] | None = None,
        **page: Unpack[Paging],
    ) -> list[dict[str, Any]]:
        """Records that match, by id unless `order` says otherwise.

        Archived ones come only with active_test False in `context`.
        """
        given: dict[str, Any] = {"order": "id", "offset": 0, **page}
        if given.get("limit") is None:
            given.pop("limit", None)
        found: list[dict[str, Any]] = await self.call(
            model, "search_read", domain, fields, context=context, safe=True, **given
        )
        return found

    async def read(
        self,
        model: str,
        ids: Sequence[int],
        fields: Sequence[str],
        *,
        context: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """These records, archived ones included; those that are gone are absent."""
        records: list[dict[str, Any]] = []
        for start in range(0, len(ids), READ_CHUNK):
            chunk = list(ids[start : start + READ_CHUNK])
            try:
                records += await self._read(model, chunk, fields, context)
            except NotFound:
                there = await self.search(
                    model, [("id", "in", chunk)], context={"active_test": False}
                )
                records += await self._read(model, there, fields, context) if there else []
        return records

    async def search(
        self,
        model: str,
        domain: Sequence[Any],
        *,
        order: str = "id",
        limit: int | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> list[int]:
        """The ids of the records that match, in `order`."""
        page: dict[str, Any] = {"order": order, **({} if limit is None else {"limit": limit})}
        ids: list[int] = await self.call(
            model, "search", domain, context=context, safe=True, **page
        )
        return ids

    async def count(
        self, model: str, domain: Sequence[Any], *, context: Mapping[str, Any] | None = None
    ) -> int:
        """How many records match."""
        number: int = await self.call(model, "search_count", domain, context=context, safe=True)
        return number

    async def create(
        self,
        model: str,
        values: Sequence[Mapping[str, Any]],
        *,
        context: Mapping[str, Any] | None = None,
    ) -> list[int]:
        """New records, all or none; ids in the order of `values`."""
        ids: list[int] = await self.call(model, "create", values, context=context, slow=True)
        return ids

    async def upload(self, model: str, values: Mapping[str, Any], file: Path) -> int:
        """A new record with a file in it: one of `values` is the mark where it goes."""
        call = Call(
            model=model,
            method="create",
            args=outgoing([[values]]),
            kwargs=outgoing({"context": {**self._context(), **QUIET}}),
            timeout=TimeoutClass.BULK,
            file=file,
        )
        (one,) = await self._run(call)
        return int(one)

    async def write(
        self,
        model: str,
        ids: Sequence[int],
        values: Mapping[str, Any],
        *,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        """The same values into all these records, all or none."""
        await self.call(model, "write", ids, values, context=context)

    async def load(
        self,
        model: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        context: Mapping[str, Any] | None = None,
    ) -> Loaded:
        """Odoo's import: creates or updates by external id (`id`) or database id (`.id`)."""
        answer = await self.call(model, "load", columns, rows, context=context, slow=True)
        return loaded(answer, model)

    async def fields(self, model: str) -> Mapping[str, FieldInfo]:
        """The model's fields that the user may see; read once per connection.

        Raises Unsupported, naming the module, when the model is missing.
        """
        async with self._schema_lock:
            if model not in self._fields:
                self._fields[model] = await self._fields_of(model)
        fields = self._fields[model]
        if isinstance(fields, Unsupported):
            raise fields
        return fields

    async def has_model(self, model: str) -> bool:
        """True when the model is there."""
        try:
            await self.fields(model)
        except Unsupported:
            return False
        return True

    async def may(self, model: str, operation: str) -> bool:
        """True when the user has the right: read, create, write or unlink. Record rules aside."""
        server = await self.enter()
        if server.major >= 18:
            with suppress(Unsupported):
                return bool(await self.call(model, "has_access", [], operation, safe=True))
        return bool(
            await self.call(
                model, "check_access_rights", operation, raise_exception=False, safe=True
            )
        )

    @asynccontextmanager
    async def socket(self, path: str) -> AsyncIterator[sockets.Line]:
        """A websocket, nobody logged in; a cookie says which database is meant.

        Where nothing stands before Odoo and it has workers, the line has a port of its own: the
        setting `websocket` is its address.
        """
        database = await self._database_cookie((await self.enter()).database)
        address = sockets.Address(
            url=self.settings.get("websocket") or self._http.base_url,
            path=path,
            headers={"Cookie": f"session_id={database}"} if database else {},
            ca_file=self._connection.ca_file,
            private=self._connection.private,
        )
        async with sockets.opened(address) as line:
            yield line

    async def download(self, path: str, to: Path) -> None:
        """What lies at the path, into a file; nobody is logged in, a cookie names the database."""
        database = await self._database_cookie((await self.enter()).database)
        request = Request(
            method="GET",
            path=path,
            headers={"Cookie": f"session_id={database}"} if database else {},
            timeout=TimeoutClass.BULK,
            idempotent=True,
            to=to,
        )
        await self._http.request(request)

    def forget_fields(self) -> None:
        """Read the fields anew at the next need: the schema over there has changed."""
        self._fields.clear()

    async def _database_cookie(self, database: str) -> str:
        """The page of the login sets it; where it is closed, Odoo knows its one database itself."""
        request = Request(
            method="GET",
            path=f"/web/login?{urlencode({'db': database})}",
            timeout=TimeoutClass.PROBE,
            idempotent=True,
            expect=range(300, 500),
        )
        return (await self._http.request(request)).cookies.get("session_id", "")

    async def _enter(self) -> tuple[Server, Dialect]:
        async with self._lock:
            if self._entered is None:
                self._entered = await enter(self._http, self._connection)
            return self._entered

    async def _read(
        self,
        model: str,
        ids: Sequence[int],
        fields: Sequence[str],
        context: Mapping[str, Any] | None,
    ) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = await self.call(
            model, "read", ids, fields, context=context, safe=True
        )
        return records

    async def _fields_of(self, model: str) -> Mapping[str, FieldInfo] | Unsupported:
        try:
            wire = await self._described(model)
        except Unsupported as error:
            return error
        return {name: FieldInfo.of(name, told) for name, told in wire.items()}

    async def _described(self, model: str) -> Mapping[str, Any]:
        """Odoo 17 tells administrators alone what a company's chart of accounts may be."""
        await self.enter()  # a wrong key is refused here, and once
        told = partial(self.call, model, "fields_get", safe=True)
        try:
            wire: Mapping[str, Any] = await told(attributes=ATTRIBUTES)
        except AuthFailed:
            wire = await told(attributes=[one for one in ATTRIBUTES if one != "selection"])
        return wire

    async def _execute(self, call: Call) -> Any:
        try:
            return await self._ask(call)
        except ConnectorError as error:
            error.connection = self._connection.name
            raise

    async def _ask(self, call: Call) -> Any:
        server, dialect = await self._enter()
        try:
            return await dialect.execute(call)
        except SessionExpired:
            raise
        except Failure as failure:
            raise explain(failure, self._asked(server, call)) from None
        except Closed as closed:
            raise RetryLater(
                f"{server.url} has closed its interface: {closed}.",
                remedy="Check the proxy before Odoo.",
                after=30.0,
            ) from None

    def _asked(self, server: Server, call: Call) -> Asked:
        return Asked(
            where=server.url,
            model=call.model,
            method=call.method,
            database=server.database,
            login=server.login,
            secret=secret_of(self._connection),
        )

    def _context(self) -> dict[str, Any]:
        return {"lang": self.language, "tz": "UTC"}


def _patience(*, safe: bool, slow: bool) -> TimeoutClass:
    if slow:
        return TimeoutClass.BULK
    return TimeoutClass.READ if safe else TimeoutClass.WRITE
