"""Two systems of dictionaries behind HTTP, and their connector: for hubs of several processes.

The server watches who asks what and when, can make those who write wait, and cut their connections.
"""

import asyncio
import os
import pickle
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import aiohttp

from qantara.connectors.base import (
    Change,
    Connection,
    Connector,
    Manifest,
    Outcome,
    Page,
    Report,
    Write,
)
from qantara.model import Partner, Record
from qantara.transport import OutcomeUnknown, RetryLater
from tests.engine.memory import Memory

HERE, THERE = "here", "there!"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Process `who` asked for this; a write names what it wrote."""

    who: int
    side: str
    method: str
    entity: str
    at: float
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Shelf:
    """The server. `slow` are the seconds of each write; a write of one of `poison` is cut."""

    slow: float = 0.0
    poison: Collection[str] = ()
    calls: list[Call] = field(default_factory=list)
    overlaps: list[tuple[str, int, int]] = field(default_factory=list)
    sides: dict[str, Memory] = field(default_factory=dict)
    url: str = ""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _open: threading.Event = field(default_factory=threading.Event)
    _held: Counter[int] = field(default_factory=Counter)
    _late: bool = False
    _writing: dict[str, list[int]] = field(default_factory=dict)

    def put(self, entity: str, *names: str, id_: str = "") -> list[str]:
        """Records of the source."""
        with self._lock:
            return [self.sides[HERE].put(entity, Partner(name=name), id_) for name in names]

    def arrived(self, entity: str) -> list[str]:
        """The names at the target, in order."""
        with self._lock:
            rows = self.sides[THERE].records.get(entity, {}).values()
            return sorted(row.name for row in rows if isinstance(row, Partner))

    def asked(self, method: str, entity: str, side: str = HERE) -> list[Call]:
        """The calls of this kind so far."""
        with self._lock:
            return [c for c in self.calls if (c.method, c.entity, c.side) == (method, entity, side)]

    def hold(self, *, late: bool = False) -> None:
        """Let writes wait from now on; `late` ones are done first and not answered."""
        self._late = late
        self._open.clear()

    def release(self) -> None:
        """Let them go on."""
        self._open.set()

    def held(self) -> dict[int, int]:
        """How many writes wait, by process."""
        with self._lock:
            return {who: count for who, count in self._held.items() if count}

    @contextmanager
    def serving(self) -> Iterator["Shelf"]:
        """The server, running."""
        self.sides = {HERE: Memory(HERE), THERE: Memory(THERE)}
        self._open.set()
        server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            self.release()
            server.shutdown()
            thread.join()
            server.server_close()

    def answer(self, who: int, side: str, method: str, arguments: Sequence[Any]) -> Any:
        """What a call brings; None for one that is cut."""
        entity = arguments[0]
        names = tuple(w.record.name for w in arguments[1]) if method == "write" else ()
        call = Call(
            who=who, side=side, method=method, entity=entity, at=time.monotonic(), names=names
        )
        with self._lock:
            self.calls.append(call)
        if method != "write":
            return self._do(side, method, arguments)
        return self._write(call, arguments)

    def _write(self, call: Call, arguments: Sequence[Any]) -> Any:
        with self._writer(call):
            if set(call.names) & set(self.poison):
                return None
            done = self._do(call.side, "write", arguments) if self._late else None
            with self._lock:
                self._held[call.who] += 1
            self._open.wait(60)
            with self._lock:
                self._held[call.who] -= 1
            time.sleep(self.slow)
            if done is None and not _is_alive(call.who):
                return None
            return done or self._do(call.side, "write", arguments)

    @contextmanager
    def _writer(self, call: Call) -> Iterator[None]:
        """Notes when another living process writes in the same lane."""
        with self._lock:
            others = self._writing.setdefault(call.entity, [])
            self.overlaps += [
                (call.entity, one, call.who) for one in others if one != call.who and _is_alive(one)
            ]
            others.append(call.who)
        try:
            yield
        finally:
            with self._lock:
                others.remove(call.who)

    def _do(self, side: str, method: str, arguments: Sequence[Any]) -> Any:
        with self._lock:
            return asyncio.run(_called(self.sides[side], method, arguments))


async def _called(memory: Memory, method: str, arguments: Sequence[Any]) -> Any:
    if method == "changes":
        return [page async for page in memory.changes(*arguments)]
    return await getattr(memory, method)(*arguments)


def _is_alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who was killed hangs up: that is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(shelf: Shelf) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            _, side, method = self.path.split("/")
            body = self.rfile.read(int(self.headers["content-length"]))
            told = shelf.answer(int(self.headers["x-who"]), side, method, pickle.loads(body))  # noqa: S301
            if told is None:
                self.close_connection = True
                return
            answer = pickle.dumps(told)
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nobody reads it."""

    return Handler


class ShelfConnector(Connector):
    """One of the two systems, as another process reaches it."""

    manifest: ClassVar[Manifest] = Memory.manifest

    def __init__(self, side: str, url: str) -> None:
        super().__init__(Connection(name=side, connector="shelf", url=url, concurrency=2))
        self._session = aiohttp.ClientSession(headers={"x-who": str(os.getpid())})

    async def close(self) -> None:
        await self._session.close()

    async def check(self, reads: Collection[str], writes: Collection[str]) -> Report:
        return Report(facts={}, findings=())

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        for page in await self._call("changes", entity, cursor):
            yield page

    async def count(self, entity: str, cursor: str, *, scope: str = "") -> int:
        return int(await self._call("count", entity, cursor))

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        found: Sequence[Change] = await self._call("read", entity, list(ids))
        return found

    async def ids(self, entity: str, *, scope: str = "") -> set[str]:
        return set(await self._call("ids", entity))

    def to_canonical(self, change: Change) -> Record:
        return change.wire["record"]

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, Sequence[str]]:
        found: Mapping[str, Sequence[str]] = await self._call("find", entity, list(keys))
        return found

    async def lookup(self, entity: str, keys: Sequence[str]) -> Mapping[str, str]:
        found: Mapping[str, str] = await self._call("lookup", entity, list(keys))
        return found

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        told = [replace(one, fetch=None) for one in writes]  # there are no files on a shelf
        try:
            written: Sequence[Outcome] = await self._call("write", entity, told)
        except RetryLater as error:
            raise OutcomeUnknown(error.reason) from error
        return written

    async def _call(self, method: str, *arguments: Any) -> Any:
        place = f"{self.connection.url}/{self.connection.name}/{method}"
        try:
            async with self._session.post(place, data=pickle.dumps(arguments)) as answer:
                return pickle.loads(await answer.read())  # noqa: S301 - both sides are this test's
        except (aiohttp.ClientError, EOFError) as error:
            raise RetryLater("The shelf cut the connection.") from error
