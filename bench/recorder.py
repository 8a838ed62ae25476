"""What the hub sent to be written, and the same sent again by a bare loop."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiohttp
import msgspec

from qantara.connectors.base import Connection
from qantara.transport.http import HttpClient, Request, Response

_OWN = (".id", "product_tmpl_id/.id")
"""Columns that name a record which the same loop has made."""


@dataclass(slots=True)
class Recorder:
    """Every request that is not safe to repeat with the ids it made, by server.

    And of all requests their number, and the bytes of their bodies and of the answers'.
    """

    written: dict[str, list[tuple[Request, list[int]]]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    size: int = 0

    def note(self, where: str, request: Request, response: Response) -> None:
        """One request and its answer."""
        self.calls[where] = self.calls.get(where, 0) + 1
        self.size += len(request.body or b"") + len(response.body)
        if not request.idempotent:
            self.written.setdefault(where, []).append((request, _made(response.body)))


@contextmanager
def recording() -> Iterator[Recorder]:
    """Note all that any connection sends while the block runs."""
    recorder, honest = Recorder(), HttpClient.request

    async def noted(self: HttpClient, request: Request) -> Response:
        response = await honest(self, request)
        recorder.note(self.where, request, response)
        return response

    HttpClient.request = noted  # type: ignore[method-assign]
    try:
        yield recorder
    finally:
        HttpClient.request = honest  # type: ignore[method-assign]


async def bare_loop(
    there: Connection,
    written: Sequence[tuple[Request, list[int]]],
    renamed: Mapping[bytes, bytes],
) -> float:
    """Send the same one after the other under other names, for records of its own; seconds.

    Only the waiting for answers counts: a loop that had everything prepared.
    """
    seconds, ids = 0.0, dict[str, str]()
    async with aiohttp.ClientSession() as session:
        for request, made in written:
            body = _named(request.body or b"", ids, renamed)
            began = time.perf_counter()
            async with session.request(
                request.method, there.url + request.path, data=body, headers=dict(request.headers)
            ) as answer:
                text = await answer.read()
            seconds += time.perf_counter() - began
            now = _made(text)
            if len(now) != len(made):
                raise RuntimeError(f"The bare loop was refused: {text[:300]!r}")
            ids |= {str(one): str(other) for one, other in zip(made, now, strict=True)}
    return seconds


def _named(body: bytes, ids: Mapping[str, str], renamed: Mapping[bytes, bytes]) -> bytes:
    """The same request for other records."""
    for old, new in renamed.items():
        body = body.replace(old, new)
    told = msgspec.json.decode(body)
    columns, rows = told["params"]["args"][5]
    for place in (place for place, name in enumerate(columns) if name in _OWN):
        for row in rows:
            row[place] = ids.get(row[place], row[place])
    return msgspec.json.encode(told)


def _made(body: bytes) -> list[int]:
    """The ids of a load; nothing of other calls."""
    result = msgspec.json.decode(body).get("result")
    return result["ids"] or [] if isinstance(result, dict) and "ids" in result else []
