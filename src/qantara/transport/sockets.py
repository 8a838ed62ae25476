"""A websocket to one server, under the same guard as every request: no strange address, no redirect."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

import aiohttp

from qantara.transport.addresses import GuardedResolver, split_url
from qantara.transport.errors import RetryLater, Unsupported

CONNECT_SECONDS = 10.0
HEARTBEAT = 30.0
"""Seconds between our pings; a line that does not answer them is broken."""

MAX_BYTES = 1 << 20
"""The largest message taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the line goes; `ca_file` and `private` as in `HttpClient`."""

    url: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: str | None = None
    private: bool = False


class Line:
    """One open line. Iterating gives its texts and ends when it breaks, for whatever reason."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, text: bytes) -> None:
        """One message. A line that is broken already says so by ending, not here."""
        if not self._socket.closed:
            await self._socket.send_str(text.decode())

    async def __aiter__(self) -> AsyncIterator[str]:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                yield message.data


@asynccontextmanager
async def opened(address: Address) -> AsyncIterator[Line]:
    """The line, closed at the end.

    Raises RetryLater when it cannot be opened, Unsupported when the server has none.
    """
    parts = split_url(address.url, private=address.private)
    where = f"{parts.scheme}://{parts.netloc}"
    connector = aiohttp.TCPConnector(
        ssl=_trusted(address.ca_file) if parts.scheme == "https" else True,
        resolver=GuardedResolver(private=address.private),
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[_no_redirect(where)],
    ) as session:
        try:
            socket = await session.ws_connect(
                address.url.rstrip("/") + address.path,
                headers={"Origin": where, "User-Agent": "Qantara", **address.headers},
                heartbeat=HEARTBEAT,
                max_msg_size=MAX_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=CONNECT_SECONDS),
            )
        except aiohttp.WSServerHandshakeError as error:
            raise _refused(where, error.status) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RetryLater(f"{where} cannot be reached by websocket.", after=15.0) from error
        async with socket:
            yield Line(socket)


def _no_redirect(where: str) -> aiohttp.TraceConfig:
    async def redirected(_: aiohttp.ClientSession, __: SimpleNamespace, ___: object) -> None:
        raise Unsupported(
            f"{where} sends the websocket on to another address.",
            remedy="Name the address itself where the system opens its websocket.",
        )

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(redirected)
    return trace


def _refused(where: str, status: int) -> RetryLater | Unsupported:
    if status >= 500:
        return RetryLater(f"{where} answered the websocket with HTTP {status}.", after=15.0)
    return Unsupported(
        f"{where} opens no websocket there (HTTP {status}).",
        remedy="Let the proxy pass websockets on; until then changes are found by asking.",
    )


def _trusted(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
