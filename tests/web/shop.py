"""A shop that rings, and a hub that listens on a real port."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from sqlalchemy import func, select

from qantara.connectors.base import Connector, Delivery, Event, Manifest
from qantara.storage.schema import inbox
from qantara.storage.store import Store
from qantara.storage.vault import WebhookSecret
from qantara.transport import Rejected
from qantara.web import app, server
from qantara.web.app import Parts
from qantara.web.counters import Counters
from qantara.web.sources import Known, Source, source

SECRET = "the-secret-of-the-shop"
OTHER = "the-secret-of-somebody-else"
START = datetime(2026, 1, 1, tzinfo=UTC)

MANIFEST = Manifest(
    name="shop",
    title="Shop",
    docs="",
    reads=frozenset(),
    writes=frozenset(),
    webhooks=frozenset({"product"}),
    batch={},
    auth={},
    quirks=(),
    webhook={
        "scheme": "hmac",
        "header": "X-Shop-Signature",
        "topic": "X-Shop-Topic",
        "greeting": "webhook_id=[0-9]+",
    },
)

TIMED = replace(
    MANIFEST,
    webhook={
        "scheme": "hmac",
        "header": "X-Shop-Signature",
        "timestamp": "X-Shop-Time",
        "signs": "{timestamp}.{body}",
        "event_id": "X-Shop-Event",
    },
)

TOKEN = replace(MANIFEST, webhook={"scheme": "token"})

FORM = replace(
    MANIFEST,
    webhook={
        "scheme": "hmac",
        "header": "X-Shop-Signature",
        "content_type": "application/x-www-form-urlencoded",
    },
)


class Shop(Connector):
    """Tells of `{"id": ..}`, of `{"events": [..]}`, and of nothing with `{}`."""

    manifest = MANIFEST

    async def close(self) -> None:
        pass

    async def check(self, reads, writes):
        raise NotImplementedError

    @classmethod
    def hear(cls, delivery: Delivery) -> Sequence[Event]:
        told = json.loads(delivery.body)
        if told == "nonsense":
            raise Rejected("That is nonsense.")
        if "events" in told:
            return [Event(**event) for event in told["events"]]
        known = {"entity": "product", "external_id": str(told["id"])} if "id" in told else None
        return [Event(topic="", **known)] if known else []


class TimedShop(Shop):
    manifest = TIMED


class TokenShop(Shop):
    manifest = TOKEN


class FormShop(Shop):
    manifest = FORM

    @classmethod
    def hear(cls, delivery: Delivery) -> Sequence[Event]:
        return [Event(topic="form", entity="product", external_id=delivery.body.decode())]


def secret(text: str, *, for_more: timedelta | None = None) -> WebhookSecret:
    ends = datetime.now(UTC) + for_more if for_more is not None else None
    return WebhookSecret(secret=text, since=START, expires_at=ends)


def sources(**by_name: Source) -> dict[str, Source]:
    """The shop, and whom else the test knows."""
    return {"shop": source("shop", Shop, [secret(SECRET)]), **by_name}


def body(number: int = 1, **more: Any) -> bytes:
    return json.dumps({"id": number, **more}).encode()


def signature(content: bytes, key: str = SECRET) -> str:
    return hmac.new(key.encode(), content, hashlib.sha256).hexdigest()


def signed(content: bytes, key: str = SECRET, **more: str) -> dict[str, str]:
    """The headers that a shop sends with it."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {
        "Content-Type": "application/json",
        "X-Shop-Signature": signature(content, key),
        "X-Shop-Topic": "products/update",
        **named,
    }


@dataclass(frozen=True, kw_only=True)
class Answered:
    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(kw_only=True)
class Served:
    """A hub that listens; `known` are its sources, which a test may change."""

    port: int
    store: Store
    known: dict[str, Source]
    counters: Counters
    http: aiohttp.ClientSession
    stop: asyncio.Event
    woken: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def ring(
        self, content: bytes, *, to: str = "shop", method: str = "POST", headers=None
    ) -> Answered:
        """Send it, signed unless other headers are given."""
        sent = signed(content) if headers is None else headers
        async with self.http.request(
            method, f"{self.url}/hooks/{to}", data=content, headers=sent
        ) as answer:
            return Answered(
                status=answer.status, body=await answer.read(), headers=dict(answer.headers)
            )

    async def raw(self, *parts: bytes, wait: float = 0.0) -> bytes:
        """What comes back for these bytes until the hub hangs up; b"" when it just does."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(wait)
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def rows(self) -> int:
        def count(conn):
            return conn.scalar(select(func.count()).select_from(inbox))

        return await self.store.run(count)


@asynccontextmanager
async def served(store: Store, known: dict[str, Source], **parts: Any) -> AsyncIterator[Served]:
    """A hub on a free port of this machine."""
    counters, stop = Counters(), asyncio.Event()
    woken: list[str] = []
    application = app.build(
        Parts(
            store=store, sources=Known(by_name=known), counters=counters, wake=woken.append, **parts
        )
    )
    listener = server.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with (
        asyncio.TaskGroup() as group,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        group.create_task(server.serve_on(application, listener, stop))
        yield Served(
            port=port,
            store=store,
            known=known,
            counters=counters,
            http=http,
            stop=stop,
            woken=woken,
        )
        await http.close()
        stop.set()
