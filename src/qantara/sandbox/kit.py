"""What all stand-ins share: an HTTP server in its own thread, a call log, faults on demand."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypedDict, Unpack

from aiohttp import web

HTTP_FAULTS = {
    "http_500": (500, "Internal Server Error", {}),
    "http_502": (502, "Bad Gateway", {}),
    "http_429": (429, "Too Many Requests", {"Retry-After": "1"}),
    "not_json": (200, "Please wait while we check your browser", {}),
}
KINDS = frozenset({*HTTP_FAULTS, "cut_before", "cut_after", "slow"})
BODY_LIMIT = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that was served, for better or worse."""

    protocol: str
    service: str
    model: str
    method: str
    records: int
    request_bytes: int
    response_bytes: int
    error: str | None


class Aim(TypedDict, total=False):
    """Which calls a fault strikes, and how often; `seconds` is for `slow`."""

    model: str | None
    method: str | None
    times: int
    after: int
    seconds: float


@dataclass(slots=True, kw_only=True)
class Fault:
    """What goes wrong with the next calls that match."""

    kind: str
    model: str | None = None
    method: str | None = None
    times: int = 1
    after: int = 0
    seconds: float = 1.0

    def strikes(self, model: str, method: str) -> bool:
        """Counts the call: the first `after` matching ones pass, then `times` are struck."""
        if (self.model or model) != model or (self.method or method) != method:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return self.times >= 0


class StandIn:
    """A server on 127.0.0.1, started by `with`. Subclasses add routes and say their own faults.

    The lock guards the state: hold it to look or change from another thread.
    """

    FAULTS: frozenset[str] = KINDS

    def __init__(self, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.calls: list[Call] = []
        self.lock = threading.RLock()
        self._faults: list[Fault] = []
        self._port = port
        self._tls = tls
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Returns when the port is open."""
        loop = self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, name="stand-in", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), loop).result()

    def stop(self) -> None:
        """Closes the port; state and call log can still be looked at. Safe to repeat."""
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    def fault(self, kind: str, **aim: Unpack[Aim]) -> None:
        """The next matching calls go wrong; faults strike in the order they were added."""
        if kind not in self.FAULTS:
            raise ValueError(f"unknown fault {kind!r}; known: {sorted(self.FAULTS)}")
        with self.lock:
            self._faults.append(Fault(kind=kind, **aim))

    def clear(self) -> None:
        """Forget calls and faults, keep the state."""
        with self.lock:
            self.calls.clear()
            self._faults.clear()

    def struck(self, model: str, method: str) -> Fault | None:
        """The fault that hits this call, if any; it is counted."""
        with self.lock:
            hit = next((each for each in self._faults if each.strikes(model, method)), None)
            self._faults = [each for each in self._faults if each.times > 0]
            return hit

    def routes(self) -> list[web.RouteDef]:
        """The endpoints of the stand-in."""
        raise NotImplementedError

    async def _open(self) -> None:
        app = web.Application(client_max_size=BODY_LIMIT)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


async def with_fault(
    request: web.Request, fault: Fault | None, serve: Callable[[], Awaitable[web.Response]]
) -> web.Response:
    """Serve the request, or what the fault makes of it."""
    if fault is None or fault.kind not in KINDS:
        return await serve()
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
        return await serve()
    if fault.kind in HTTP_FAULTS:
        status, text, headers = HTTP_FAULTS[fault.kind]
        page = f"<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"
        return web.Response(status=status, text=page, headers=headers, content_type="text/html")
    if fault.kind == "cut_after":
        await serve()
    return cut(request)


def cut(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
