"""Shopify's Admin interface and nothing of the hub: operations in, plain data out."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from qantara.connectors.base import Connection
from qantara.connectors.shopify.costs import Costs
from qantara.connectors.shopify.documents import document
from qantara.connectors.shopify.errors import (
    RETIRED,
    Asked,
    TooMuch,
    failure,
    refused,
)
from qantara.connectors.shopify.versions import DEFAULT
from qantara.transport import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    RetryLater,
    exactjson,
)
from qantara.transport.hints import Hint
from qantara.transport.http import HttpClient, Request, Response, TimeoutClass

PAGE = 250
"""Records that a page may have at most."""

PORTION = 25
"""Records read whole in one call, until their cost is known."""

MOST_PORTION = 100

MOST_POINTS = 1000.0
"""What a single call may cost at most, whatever the plan."""

RESULT_BYTES = 64 * 1024**3
"""A result of a bulk operation is never in memory: the largest file that is fetched."""

Variables = Mapping[str, Any]


class Client:
    """One shop. Retries nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.version = connection.settings.get("version") or DEFAULT
        self._http = HttpClient(
            connection.url.strip().rstrip("/"),
            name=connection.name,
            concurrency=connection.concurrency,
            ca_file=connection.ca_file,
            private=connection.private,
            limits=connection.limits,
        )
        self._costs = Costs()
        self._first: dict[str, asyncio.Lock] = {}
        self._portions: dict[str, int] = {}
        self._most: dict[str, int] = {}

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

    async def close(self) -> None:
        """Let go of the network. Safe to repeat."""
        await self._http.close()

    async def ask(self, operation: str, **variables: Any) -> dict[str, Any]:
        """The answer to a query; asking twice does no harm."""
        return await self._run(operation, variables, safe=True)

    async def do(self, operation: str, *, drop: int = 1, **variables: Any) -> dict[str, Any]:
        """The `result` of a mutation; what it refuses is raised.

        `drop` steps of the path of a refusal name arguments rather than what is in them.
        """
        result = await self.attempt(operation, **variables)
        if told := result.get("userErrors"):
            raise self._named(refused(told, drop))
        return result

    async def attempt(self, operation: str, **variables: Any) -> dict[str, Any]:
        """The `result` of a mutation with its `userErrors`, for who can make something of them."""
        data = await self._run(operation, variables, safe=False)
        return dict(data.get("result") or {})

    async def pages(
        self, operation: str, *path: str, **variables: Any
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """The nodes of a connection, page by page; `path` leads to it in the answer."""
        after = None
        while True:
            found: Any = await self.ask(operation, after=after, **variables)
            for step in path:
                found = (found or {}).get(step)
            if not found:
                return
            yield found["nodes"]
            if not found["pageInfo"]["hasNextPage"]:
                return
            after = found["pageInfo"]["endCursor"]

    async def complete(self, owner: Any, name: str, operation: str) -> None:
        """Bring the rest of a connection that did not fit: `owner[name]` is whole afterwards."""
        connection = owner[name]
        page = connection.get("pageInfo") or {}
        nodes = list(connection["nodes"])
        while page.get("hasNextPage"):
            told = await self.ask(operation, id=owner["id"], after=page["endCursor"])
            more = told["owner"][name]
            nodes += more["nodes"]
            page = more["pageInfo"]
        owner[name] = {"nodes": nodes}

    async def nodes(self, operation: str, ids: Sequence[str], **variables: Any) -> list[Any]:
        """These records, those that are gone absent, as many at a time as Shopify bears."""
        found: list[Any] = []
        start = 0
        while start < len(ids):
            size = self._portions.get(operation, PORTION)
            some = list(ids[start : start + size])
            try:
                data = await self.ask(operation, ids=some, **variables)
            except TooMuch:
                if len(some) == 1:
                    raise
                self._portions[operation] = self._most[operation] = len(some) // 2
                continue
            found += [node for node in data["nodes"] if node]
            start += len(some)
            self._widen(operation, {"ids": some, **variables})
        return found

    async def upload(self, url: str, fields: Sequence[tuple[str, str]], file: bytes) -> None:
        """Bring a file to the place that Shopify has named for it."""
        body, kind = _form(fields, file)
        request = Request(
            path=_path_of(url),
            body=body,
            headers={"Content-Type": kind},
            timeout=TimeoutClass.BULK,
            idempotent=True,
        )
        await self._elsewhere(url, request)

    async def download(self, url: str, to: Path | None = None) -> bytes:
        """What lies at an address of Shopify's, into a file where one is named."""
        request = Request(
            method="GET", path=_path_of(url), timeout=TimeoutClass.BULK, idempotent=True, to=to
        )
        return (await self._elsewhere(url, request)).body

    async def _elsewhere(self, url: str, request: Request) -> Response:
        """Files lie on other hosts, which are shown no token."""
        parts = urlsplit(url)
        http = HttpClient(
            f"{parts.scheme}://{parts.netloc}",
            ca_file=self._connection.ca_file,
            private=self._connection.private,
            max_bytes=RESULT_BYTES if request.to else 128 * 1024**2,
        )
        try:
            return await http.request(request)
        except ConnectorError as error:
            raise self._named(error) from None
        finally:
            await http.close()

    async def _run(self, operation: str, variables: Variables, *, safe: bool) -> dict[str, Any]:
        try:
            return await self._exchange(operation, variables, safe=safe)
        except ConnectorError as error:
            raise self._named(error) from None

    async def _exchange(
        self, operation: str, variables: Variables, *, safe: bool
    ) -> dict[str, Any]:
        """The first call of an operation goes alone: what it costs is known to those after it."""
        if self._costs.knows(operation):
            return await self._send(operation, variables, safe=safe)
        async with self._first.setdefault(operation, asyncio.Lock()):
            if not self._costs.knows(operation):
                return await self._send(operation, variables, safe=safe)
        return await self._send(operation, variables, safe=safe)

    async def _send(self, operation: str, variables: Variables, *, safe: bool) -> dict[str, Any]:
        asked = Asked(where=self._http.where, operation=operation, version=self.version, safe=safe)
        cost = self._costs.asked(operation, variables)
        response = await self._http.request(self._request(operation, variables, cost, safe=safe))
        answer = self._answer(response, asked)
        told = self._learn(operation, variables, cost, answer)
        if errors := answer.get("errors"):
            raise failure(errors, told, asked)
        data = answer.get("data")
        if not isinstance(data, dict):
            raise self._nonsense(asked)
        return data

    def _request(self, operation: str, variables: Variables, cost: float, *, safe: bool) -> Request:
        token = self._connection.secrets.get("key", "")
        return Request(
            path=f"/admin/api/{self.version}/graphql.json",
            body=exactjson.encode({"query": document(operation), "variables": dict(variables)}),
            headers={"Content-Type": "application/json", "X-Shopify-Access-Token": token},
            timeout=TimeoutClass.READ if safe else TimeoutClass.WRITE,
            idempotent=safe,
            expect=(*RETIRED, 401, 403, 404),
            cost=cost,
        )

    def _answer(self, response: Response, asked: Asked) -> dict[str, Any]:
        if response.status >= 300:
            raise self._refusal(response.status)
        try:
            answer = response.json()
        except exactjson.NotJson:
            raise self._nonsense(asked) from None
        if not isinstance(answer, dict):
            raise self._nonsense(asked)
        return answer

    def _refusal(self, status: int) -> ConnectorError:
        where = self._http.where
        if status in RETIRED:
            said, remedy = RETIRED[status]
            return AuthFailed(f"{where} {said} (HTTP {status}).", remedy=remedy)
        if status == 404:
            return NotFound(
                f"{where} has no shop with version {self.version} of the interface (HTTP 404).",
                remedy="Use the shop's address ending in myshopify.com, and a supported version.",
            )
        return AuthFailed(
            f"{where} did not accept the access token (HTTP {status}).",
            remedy="Copy the Admin API access token of the app again; see docs/connectors.",
        )

    def _nonsense(self, asked: Asked) -> ConnectorError:
        reason = f"{asked.where} answered {asked.operation} with something that is not GraphQL."
        if asked.safe:
            return RetryLater(reason, remedy="Check the address of the shop.", after=5.0)
        return OutcomeUnknown(reason)

    def _learn(
        self, operation: str, variables: Variables, cost: float, answer: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Tell the limits what the answer says of them; what it says is handed on."""
        told: Mapping[str, Any] = (answer.get("extensions") or {}).get("cost") or {}
        status = told.get("throttleStatus") or {}
        if asked := told.get("requestedQueryCost"):
            self._costs.learn(operation, variables, float(asked))
        if "actualQueryCost" in told:
            # A call that was throttled cost nothing.
            self._http.spent(float(told["actualQueryCost"] or 0) - cost)
        if status.get("maximumAvailable") and status.get("restoreRate"):
            self._http.told(
                Hint(
                    size=float(status["maximumAvailable"]),
                    left=float(status.get("currentlyAvailable") or 0),
                    rate=float(status["restoreRate"]),
                )
            )
        return told

    def _widen(self, operation: str, variables: Variables) -> None:
        """Twice as many the next time, where that costs less than the most."""
        size = self._portions.get(operation, PORTION)
        if self._costs.asked(operation, variables) * 2 < MOST_POINTS:
            most = self._most.get(operation, MOST_PORTION)
            self._portions[operation] = min(most, size * 2)

    def _named(self, error: ConnectorError) -> ConnectorError:
        error.connection = self._connection.name
        return error


def _path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


_BOUNDARY = "qantara-part-5f1e0c"


def _form(fields: Sequence[tuple[str, str]], file: bytes) -> tuple[bytes, str]:
    """A form with a file as its last field, as places for uploads want it."""
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    ]
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="image"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = "".join([*parts, head]).encode() + file + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return body, f"multipart/form-data; boundary={_BOUNDARY}"
