"""Two systems in a process of their own, which outlive every hub: `python -m tests.campaign.shop`.

A shop has orders' customers and tells of them; the books get them. The books never recognise a
record that is sent twice: what a hub creates twice is there twice.
"""

import asyncio
import pickle
import random
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, ClassVar
from urllib.request import Request, urlopen

import aiohttp
import msgspec
from aiohttp import web

from qantara.connectors.base import (
    Change,
    Connection,
    Connector,
    Delivery,
    Event,
    Finding,
    Manifest,
    Outcome,
    Page,
    Report,
    Write,
    Written,
)
from qantara.model import Partner, Record
from qantara.model.keys import natural_keys
from qantara.transport import OutcomeUnknown, RetryLater, Unsupported
from tests.project.tree import ROOT

SHOP, BOOKS, ENTITY = "shop", "books", "partner"
PAGE = 500


@dataclass(slots=True)
class System:
    """Records by id with their version; `made` counts what was created by its e-mail."""

    records: dict[str, tuple[int, Partner]] = field(default_factory=dict)
    by_key: dict[str, list[str]] = field(default_factory=dict)
    by_hub: dict[str, str] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)
    address: str = ""
    subscriptions: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _clock: Iterator[int] = field(default_factory=lambda: count(1))

    def put(self, names: Sequence[str]) -> list[str]:
        """New customers by their names."""
        return [
            self._keep(Partner(name=name, email=f"{name}@example.com".lower().replace(" ", ".")))
            for name in names
        ]

    def changes(self, cursor: str) -> list[tuple[str, int, Partner]]:
        """The next page after the cursor."""
        since = int(cursor or 0)
        found = sorted(
            (version, id_) for id_, (version, _) in self.records.items() if version > since
        )
        return self.read([id_ for _, id_ in found[:PAGE]])

    def read(self, ids: Sequence[str]) -> list[tuple[str, int, Partner]]:
        return [(one, *self.records[one]) for one in ids if one in self.records]

    def ids(self) -> list[str]:
        return list(self.records)

    def find(self, keys: Sequence[str]) -> dict[str, list[str]]:
        return {key: self.by_key[key] for key in keys if key in self.by_key}

    def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        return {key: self.by_hub[key] for key in keys if key in self.by_hub}

    def write(self, writes: Sequence[Write]) -> list[str]:
        return [self._write(write) for write in writes]

    def subscribe(self, address: str) -> bool:
        """Whether it had to be made again."""
        lost, self.address = self.address != address, address
        self.subscriptions += lost
        return lost

    def unsubscribe(self) -> None:
        """Somebody deletes the subscription."""
        self.address = ""

    def _write(self, write: Write) -> str:
        assert isinstance(write.record, Partner)
        if write.external_id is None:
            self.made[write.record.email] += 1
            self.by_hub[write.key] = self._keep(write.record)
            return self.by_hub[write.key]
        new: dict[str, Any] = {name: getattr(write.record, name) for name in write.fields}
        _, old = self.records[write.external_id]
        self.records[write.external_id] = (next(self._clock), replace(old, **new))
        return write.external_id

    def _keep(self, record: Partner) -> str:
        id_ = str(next(self._numbers))
        self.records[id_] = (next(self._clock), record)
        for key in natural_keys(record):
            self.by_key.setdefault(key, []).append(id_)
        return id_


class ShopConnector(Connector):
    """One of the two systems, as a hub reaches it."""

    manifest: ClassVar[Manifest] = Manifest(
        name="shop",
        title="Shop",
        docs="",
        reads=frozenset({ENTITY}),
        writes=frozenset({ENTITY}),
        webhooks=frozenset({ENTITY}),
        batch={ENTITY: 100},
        auth={},
        quirks=(),
        webhook={"scheme": "token"},
    )

    def __init__(self, side: str, url: str) -> None:
        super().__init__(Connection(name=side, connector="shop", url=url, concurrency=2))
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        await self._session.close()

    async def check(self, reads: Any, writes: Any) -> Report:
        return Report(facts={}, findings=())

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        while found := await self._call("changes", cursor):
            cursor = str(found[-1][1])
            yield Page(changes=_changes(found), cursor=cursor)

    async def count(self, entity: str, cursor: str, *, scope: str = "") -> int:
        return len(await self._call("ids"))

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        return _changes(await self._call("read", list(ids)))

    async def ids(self, entity: str, *, scope: str = "") -> set[str]:
        return set(await self._call("ids"))

    def to_canonical(self, change: Change) -> Record:
        record: Record = change.wire["record"]
        return record

    @classmethod
    def hear(cls, delivery: Delivery) -> Sequence[Event]:
        told = msgspec.json.decode(delivery.body)
        return [Event(topic="new", event_key=told["event"], entity=ENTITY, external_id=told["id"])]

    async def subscribe(self, entities: Any, address: str) -> Sequence[Finding]:
        if self.connection.name != SHOP:
            raise Unsupported("The books tell nobody.")
        lost = await self._call("subscribe", address)
        return [Finding(level="warning", what="The subscription was gone.")] if lost else []

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, Sequence[str]]:
        found: Mapping[str, Sequence[str]] = await self._call("find", list(keys))
        return found

    async def lookup(self, entity: str, keys: Sequence[str]) -> Mapping[str, str]:
        found: Mapping[str, str] = await self._call("lookup", list(keys))
        return found

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        told = [replace(one, fetch=None) for one in writes]  # there are no files in the shop
        try:
            ids = await self._call("write", told)
        except RetryLater as error:
            raise OutcomeUnknown(error.reason) from error
        return [Written(external_id=one) for one in ids]

    async def _call(self, method: str, *arguments: Any) -> Any:
        place = f"{self.connection.url}/{self.connection.name}/{method}"
        try:
            async with self._session.post(place, data=pickle.dumps(arguments)) as answer:
                return pickle.loads(await answer.read())  # noqa: S301 - both sides are this test's
        except aiohttp.ClientError as error:
            raise RetryLater("The shop cut the connection.") from error


def _changes(found: Sequence[tuple[str, int, Partner]]) -> list[Change]:
    return [
        Change(entity=ENTITY, external_id=id_, version=f"{version:09}", wire={"record": record})
        for id_, version, record in found
    ]


@dataclass(frozen=True, slots=True)
class Place:
    """The two systems, as a test asks them."""

    url: str

    def ask(self, side: str, method: str, *arguments: Any) -> Any:
        """The answer of a method, or the value of an attribute."""
        request = Request(f"{self.url}/{side}/{method}", data=pickle.dumps(arguments))  # noqa: S310
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - it is our own
            return pickle.loads(answer.read())  # noqa: S301


@contextmanager
def open_shop() -> Iterator[Place]:
    """Both systems, in a process of their own."""
    command = [sys.executable, "-m", "tests.campaign.shop"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield Place(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def shuffled(rows: Sequence[Any], seed: int) -> list[Any]:
    """In another order, the same for the same seed."""
    return random.Random(seed).sample(rows, len(rows))  # noqa: S311 - no secret


async def _main() -> None:
    systems = {SHOP: System(), BOOKS: System()}

    async def answer(request: web.Request) -> web.Response:
        asked = getattr(systems[request.match_info["side"]], request.match_info["method"])
        arguments = pickle.loads(await request.read())  # noqa: S301 - both sides are this test's
        told = asked(*arguments) if callable(asked) else asked
        return web.Response(body=pickle.dumps(told))

    app = web.Application(client_max_size=2**28)
    app.add_routes([web.post("/{side}/{method}", answer)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
