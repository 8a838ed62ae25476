"""Serving the application over TCP inside a loop that runs already: uvicorn, without its signals."""

import asyncio
import contextlib
import socket
from asyncio import TimerHandle, Transport
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from qantara.runtime.home import HomeError
from qantara.runtime.waiting import happens
from qantara.web.entrance import REFUSED

HEAD_SECONDS = 10.0
"""How long a sender may take for a request's head; uvicorn itself would wait for ever."""

HEAD_SIZE = 65_536
"""Bytes of a request's head; uvicorn itself would take any number."""

CONNECTIONS = 1000
"""Connections at once; more are told to come back."""

STOPPING = 20.0
"""Seconds that requests under way get to be answered when the server stops."""


async def serve(app: ASGIApp, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, then answer what is under way. Raises HomeError without a port."""
    await serve_on(app, listen(host, port), stop)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        raise HomeError(
            f"Nothing can listen at {host}, port {port}: {error.strerror}.",
            remedy="Choose another --host or --port, or stop what listens there.",
        ) from error
    listener.setblocking(False)
    return listener


async def serve_on(app: ASGIApp, listener: socket.socket, stop: asyncio.Event) -> None:
    """The same on a socket that listens already; it is closed at the end."""
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=int(STOPPING),
    )
    try:
        await _Server(config, stop).serve(sockets=[listener])
    finally:
        listener.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, stop: asyncio.Event) -> None:
        super().__init__(config)
        self._stop = stop

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the program's."""
        yield

    async def main_loop(self) -> None:
        """Until it is to stop; a tick a second keeps the date of the answers right."""
        while not (self._stop.is_set() or await self.on_tick(0)):
            await happens(self._stop, 1.0)


class _Protocol(HttpToolsProtocol):
    """Bounds the head of a request, and refuses in our own words."""

    _late: TimerHandle | None = None
    _in_head = True
    _head = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False  # its lines would hold the tokens of addresses

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._has_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._late is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > HEAD_SIZE and not self.transport.is_closing():
            self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._has_head()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's
        """The same answer as the entrance gives to whatever else it refuses."""
        head = (
            b"HTTP/1.1 %d Bad Request" % REFUSED.status,
            b"content-type: application/json",
            b"content-length: %d" % len(REFUSED.body),
            b"connection: close",
        )
        self.transport.write(b"\r\n".join((*head, b"", REFUSED.body)))
        self.transport.close()

    def _await_head(self) -> None:
        self._has_head()
        self._in_head, self._head = True, 0
        self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _has_head(self) -> None:
        self._in_head = False
        if self._late:
            self._late.cancel()
            self._late = None
