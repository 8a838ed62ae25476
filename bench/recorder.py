"""What the hub sent to be written, and the same sent again by a bare loop."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from qantara.connectors.base import Connection
from qantara.transport.http import HttpClient, Request, Response


class Recorder:
    """Keeps every request that is not safe to repeat, and counts the others, by server."""

    def __init__(self) -> None:
        self.written: dict[str, list[Request]] = {}
        self.calls: dict[str, int] = {}

    def note(self, where: str, request: Request) -> None:
        """One request on its way."""
        self.calls[where] = self.calls.get(where, 0) + 1
        if not request.idempotent:
            self.written.setdefault(where, []).append(request)


@contextmanager
def recording() -> Iterator[Recorder]:
    """Note all that any connection sends while the block runs."""
    recorder, honest = Recorder(), HttpClient.request

    async def noted(self: HttpClient, request: Request) -> Response:
        recorder.note(self.where, request)
        return await honest(self, request)

    HttpClient.request = noted  # type: ignore[method-assign]
    try:
        yield recorder
    finally:
        HttpClient.request = honest  # type: ignore[method-assign]


async def bare_loop(
    there: Connection, written: list[Request], renamed: dict[bytes, bytes]
) -> float:
    """Send the same requests one after the other, under other names; seconds."""
    began = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        for request in written:
            body = request.body or b""
            for old, new in renamed.items():
                body = body.replace(old, new)
            async with session.request(
                request.method, there.url + request.path, data=body, headers=dict(request.headers)
            ) as answer:
                text = await answer.read()
                if b'"error"' in text or b'"ids": false' in text:
                    raise RuntimeError(f"The bare loop was refused: {text[:300]!r}")
    return time.perf_counter() - began
