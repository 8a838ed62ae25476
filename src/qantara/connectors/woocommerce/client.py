"""WooCommerce's REST interface and nothing of the hub: the only file here that sends requests."""

import base64
import re
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.base import Connection
from qantara.connectors.woocommerce import oauth
from qantara.connectors.woocommerce.errors import EXPECTED, TOO_MANY, Refusal, explain
from qantara.connectors.woocommerce.pace import Pace
from qantara.transport import ConnectorError, OutcomeUnknown, RetryLater, exactjson
from qantara.transport.http import HttpClient, Request, Response, TimeoutClass

API = "/wp-json/wc/v3"
PAGE = 100
"""Records in one listing: the most that WooCommerce gives."""

WALKS = 3
"""How often a listing is walked again when it moved under our feet."""

Row = dict[str, Any]

_TAIL = re.compile(r"/(wp-json|wp-admin|wp-login\.php).*$|/+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of a list, and how many there are in all."""

    rows: list[Row]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is to be made, changed and deleted in one call, up to the store's limit together."""

    create: Sequence[Row] = ()
    update: Sequence[Row] = ()
    delete: Sequence[int] = ()

    @property
    def size(self) -> int:
        """Records in all."""
        return len(self.create) + len(self.update) + len(self.delete)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One request to the interface, without credentials."""

    path: str
    method: str = "GET"
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    idempotent: bool = True


class Client:
    """One store. Retries nothing.

    `login` is the consumer key (ck_...), the secret `key` or `password` the consumer secret; both may
    stand in one secret as `ck_...:cs_...`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._url = _TAIL.sub("", connection.url.strip())
        self._http = HttpClient(
            self._url,
            name=connection.name,
            concurrency=connection.concurrency,
            ca_file=connection.ca_file,
            private=connection.private,
            limits=connection.limits,
        )
        self._paces: dict[str, Pace] = defaultdict(Pace)

    def __repr__(self) -> str:
        return f"Client({self._connection.name!r} at {self._http.where})"

    @property
    def where(self) -> str:
        """Scheme, host and port."""
        return self._http.where

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self._http.sent

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings of the connection."""
        return self._connection.settings

    async def close(self) -> None:
        """Let go of the network. Safe to repeat."""
        await self._http.close()

    async def get(self, path: str, params: Mapping[str, str] = {}) -> Any:
        """What lies there."""
        return (await self._ask(_Call(path=path, params=params))).json()

    async def listing(self, path: str, params: Mapping[str, str] = {}) -> Listing:
        """One page of a list, `per_page` 100 when not said."""
        answer = await self._ask(_Call(path=path, params={"per_page": str(PAGE), **params}))
        rows = answer.json()
        total = answer.headers.get("x-wp-total", "")
        return Listing(rows=rows, total=int(total) if total.isdigit() else len(rows))

    async def every(self, path: str, params: Mapping[str, str] = {}) -> list[Row]:
        """All records of a list, by id.

        Pages go by number here, so a record that disappears meanwhile would hide another one: when
        the total has changed, the list is walked once more.
        """
        found: dict[Any, Row] = {}
        for _ in range(WALKS):
            totals = set()
            number = 1
            while True:
                page = await self.listing(path, {**params, "page": str(number)})
                found |= {_identity(row): row for row in page.rows}
                totals.add(page.total)
                if number * PAGE >= page.total or not page.rows:
                    break
                number += 1
            if len(totals) == 1:
                break
        return list(found.values())

    async def include(
        self, path: str, ids: Sequence[str], params: Mapping[str, str] = {}
    ) -> list[Row]:
        """These records of a list; those that are gone are absent."""
        found: list[Row] = []
        wanted = list(dict.fromkeys(one for one in ids if one.isdigit()))
        for start in range(0, len(wanted), PAGE):
            asked = ",".join(wanted[start : start + PAGE])
            found += (await self.listing(path, {**params, "include": asked})).rows
        return found

    async def send(self, method: str, path: str, body: Any, *, safe: bool = False) -> Any:
        """POST, PUT or DELETE; `safe` when doing it twice does no harm."""
        answer = await self._ask(_Call(method=method, path=path, body=body, idempotent=safe))
        return answer.json()

    async def download(self, url: str) -> bytes:
        """A file that lies openly in the store; b"" for one that lies elsewhere."""
        if not url.startswith(f"{self._url}/"):
            return b""
        path = url[len(self._url) :]
        request = Request(method="GET", path=path, idempotent=True, timeout=TimeoutClass.READ)
        return (await self._http.request(request)).body

    async def batch(self, path: str, wanted: Batch, *, safe: bool = False) -> dict[str, list[Row]]:
        """Do it in calls of a size that the store bears; answers in order, by create, update, delete.

        An item that was refused holds `error`. WooCommerce checks no types in a batch.
        """
        done: dict[str, list[Row]] = {"create": [], "update": [], "delete": []}
        rest = wanted
        making = "made" if wanted.create else "changed"
        pace = self._paces[f"{re.sub(r'[0-9]+', '', path)} {making}"]
        while rest.size:
            part, after = _split(rest, pace.size)
            answer = await self._batch(path, part, pace, safe=safe)
            if answer is None:
                continue
            for kind in done:
                done[kind] += answer.get(kind) or []
            rest = after
        return done

    def refusal(self, told: Any) -> Refusal | None:
        """The refusal in an item of a batch."""
        error = told.get("error") if isinstance(told, Mapping) else None
        return Refusal.of(error, self._secrets())

    async def _batch(
        self, path: str, part: Batch, pace: Pace, *, safe: bool
    ) -> Mapping[str, Any] | None:
        """The answer; None when the store takes fewer at a time."""
        body = {
            name: list(getattr(part, name))
            for name in ("create", "update", "delete")
            if getattr(part, name)
        }
        call = _Call(method="POST", path=f"{path}/batch", body=body, idempotent=safe)
        started = time.monotonic()
        try:
            response = await self._request(call)
        except (OutcomeUnknown, RetryLater):
            pace.failed()
            raise
        refused = Refusal.of(_json(response), self._secrets()) if response.status == 413 else None
        if refused and refused.code == TOO_MANY and part.size > 1:
            pace.refused(part.size)
            return None
        if response.status >= 300:
            raise self._explained(response, idempotent=safe)
        pace.took(part.size, time.monotonic() - started)
        told: Mapping[str, Any] = response.json()
        return told

    async def _ask(self, call: "_Call") -> Response:
        response = await self._request(call)
        if response.status >= 300:
            raise self._explained(response, idempotent=call.idempotent)
        return response

    async def _request(self, call: "_Call") -> Response:
        query, headers = self._credentials(call.method, f"{API}{call.path}", call.params)
        body = exactjson.encode(call.body) if call.body is not None else None
        request = Request(
            method=call.method,
            path=f"{API}{call.path}{'?' if query else ''}{query}",
            body=body,
            headers={**headers, **({"Content-Type": "application/json"} if body else {})},
            timeout=_PATIENCE[call.method],
            idempotent=call.idempotent,
            expect=EXPECTED,
        )
        try:
            response = await self._http.request(request)
            if response.status < 300:
                response.json()
        except ConnectorError as error:
            error.connection = self._connection.name
            raise
        except exactjson.NotJson:
            raise self._not_json(idempotent=call.idempotent) from None
        return response

    def _credentials(
        self, method: str, path: str, params: Mapping[str, str]
    ) -> tuple[str, Mapping[str, str]]:
        key, secret = self._pair()
        if self._url.lower().startswith("http:"):
            return oauth.signed(method, f"{self._url}{path}", params, key, secret), {}
        if self.settings.get("credentials") == "query":
            both = {"consumer_key": key, "consumer_secret": secret}
            return oauth.encoded({**params, **both}), {}
        return oauth.encoded(params), {"Authorization": _basic(key, secret)}

    def _pair(self) -> tuple[str, str]:
        secrets = self._connection.secrets
        secret = secrets.get("key") or secrets.get("password") or ""
        key, colon, rest = secret.partition(":")
        return (key, rest) if colon else (self.settings.get("login", ""), secret)

    def _secrets(self) -> tuple[str, ...]:
        return (*self._pair(), *self._connection.secrets.values())

    def _explained(self, response: Response, *, idempotent: bool) -> ConnectorError:
        error = explain(response, self.where, idempotent=idempotent, secrets=self._secrets())
        error.connection = self._connection.name
        return error

    def _not_json(self, *, idempotent: bool) -> ConnectorError:
        reason = f"{self.where} answered with a page instead of data."
        remedy = "Look for a maintenance page, or a firewall before the store."
        kind = RetryLater if idempotent else OutcomeUnknown
        error = kind(reason, remedy=remedy)
        error.connection = self._connection.name
        return error


_PATIENCE = {
    "GET": TimeoutClass.READ,
    "POST": TimeoutClass.BULK,
    "PUT": TimeoutClass.WRITE,
    "DELETE": TimeoutClass.WRITE,
}


def _split(wanted: Batch, size: int) -> tuple[Batch, Batch]:
    made = list(wanted.create[:size])
    changed = list(wanted.update[: size - len(made)])
    gone = list(wanted.delete[: size - len(made) - len(changed)])
    first = Batch(create=made, update=changed, delete=gone)
    rest = Batch(
        create=wanted.create[len(made) :],
        update=wanted.update[len(changed) :],
        delete=wanted.delete[len(gone) :],
    )
    return first, rest


def _identity(row: Row) -> Any:
    return row.get("id") or row.get("slug")


def _json(response: Response) -> Any:
    try:
        return response.json()
    except exactjson.NotJson:
        return None


def _basic(key: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode("ascii")
