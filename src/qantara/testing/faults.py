"""A proxy that stands between a connector and a server and does to requests what networks do.

    async with FaultProxy(stand_in.url) as proxy:
        proxy.strike(cut_after, after=2)      # the third request is done, its answer is lost
        ...                                   # a connector with the URL proxy.url

A fault is a coroutine function of an `Exchange`; write your own where these are not enough.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Exchange:
    """One request on its way, and the client that waits for its answer."""

    request: bytes
    server: tuple[str, int]
    client: asyncio.StreamWriter

    async def ask(self) -> bytes:
        """What the server answers to the request; ask twice and it gets the request twice."""
        reader, writer = await asyncio.open_connection(*self.server)
        try:
            writer.write(self.request)
            await writer.drain()
            return await reader.read(-1)
        finally:
            await _closed(writer)

    async def answer(self, content: bytes) -> None:
        """Send this to the client."""
        self.client.write(content)
        await self.client.drain()

    def cut(self) -> None:
        """Break the connection to the client at once."""
        self.client.transport.abort()


Fault = Callable[[Exchange], Awaitable[None]]


async def passed(exchange: Exchange) -> None:
    """No fault."""
    await exchange.answer(await exchange.ask())


async def cut_before(exchange: Exchange) -> None:
    """The connection breaks before the server has seen the request."""
    exchange.cut()


async def cut_after(exchange: Exchange) -> None:
    """The server does what was asked, and its answer is lost."""
    await exchange.ask()
    exchange.cut()


async def half(exchange: Exchange) -> None:
    """The server does what was asked, and half of its answer is lost."""
    answer = await exchange.ask()
    head = answer.index(HEAD_END) + len(HEAD_END)
    await exchange.answer(answer[: head + (len(answer) - head) // 2])
    exchange.cut()


async def doubled(exchange: Exchange) -> None:
    """The server gets the request twice, as from a proxy that tries again too eagerly."""
    await exchange.ask()
    await exchange.answer(await exchange.ask())


def refused(status: int, **headers: str) -> Fault:
    """Answer with this status instead of the server: `refused(429, retry_after="7")`."""
    told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
    content = f"{line}{told}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()

    async def fault(exchange: Exchange) -> None:
        await exchange.answer(content)

    fault.__name__ = f"refused_{status}"
    return fault


def late(seconds: float) -> Fault:
    """The server gets the request so much later."""

    async def fault(exchange: Exchange) -> None:
        await asyncio.sleep(seconds)
        await passed(exchange)

    return fault


def dripping(seconds: float, pieces: int = 4) -> Fault:
    """The answer comes in pieces with such a wait before each."""

    async def fault(exchange: Exchange) -> None:
        answer = await exchange.ask()
        size = -(-len(answer) // pieces)
        for start in range(0, len(answer), size):
            await asyncio.sleep(seconds)
            await exchange.answer(answer[start : start + size])

    return fault


@dataclass(slots=True)
class FaultProxy:
    """Passes requests on to the plain HTTP server at `target`, until told to `strike`.

    `requests` counts those that came, `most_at_once` how many were under way together.
    """

    target: str
    requests: int = field(default=0, init=False)
    most_at_once: int = field(default=0, init=False)
    _every: Fault = field(default=passed, init=False)
    _strikes: dict[int, Fault] = field(default_factory=dict, init=False)
    _under_way: int = field(default=0, init=False)
    _server: asyncio.Server | None = field(default=None, init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    @property
    def url(self) -> str:
        """Where the connector is sent instead of the server."""
        if self._server is None:
            raise RuntimeError("Enter the proxy first: async with FaultProxy(...) as proxy.")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    def strike(self, fault: Fault, *, after: int = 0, times: int = 1) -> None:
        """This happens to the next requests, so many of them, after so many good ones."""
        first = self.requests + after
        self._strikes |= dict.fromkeys(range(first, first + times), fault)

    def always(self, fault: Fault) -> None:
        """This happens to every request that is not struck by something else."""
        self._every = fault

    def calm(self) -> None:
        """No more faults."""
        self._strikes.clear()
        self._every = passed

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            # A connection that ends without a request, or whose client has gone, is no fault of ours.
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._exchange(await _request(reader), writer)
        finally:
            await _closed(writer)

    async def _exchange(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        fault = self._strikes.pop(self.requests, self._every)
        self.requests += 1
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        parts = urlsplit(self.target)
        try:
            await fault(Exchange(request, (parts.hostname or "", parts.port or 80), writer))
        finally:
            self._under_way -= 1


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> bytes:
    """The whole request, changed so that the server closes the connection after its answer."""
    head = (await reader.readuntil(HEAD_END)).decode("latin-1")
    line, *headers = head.removesuffix("\r\n\r\n").split("\r\n")
    fields = {name.lower(): value for name, _, value in (one.partition(":") for one in headers)}
    body = await reader.readexactly(int(fields.get("content-length", "0")))
    kept = [one for one in headers if not one.lower().startswith("connection:")]
    return "\r\n".join([line, *kept, "Connection: close", "", ""]).encode("latin-1") + body
