"""Delivers webhooks: signed, in five seconds or not at all, eight times more, then never again."""

import asyncio
import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any

import aiohttp

from qantara.sandbox.shopify.payloads import payload, topic_name
from qantara.sandbox.shopify.state import Event, Row, Store

DELAYS = (60.0, 120.0, 300.0, 600.0, 1200.0, 2400.0, 3600.0, 6120.0)
CONNECT_SECONDS, ANSWER_SECONDS = 1.0, 5.0
IDLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at one delivery and what came of it; `status` 0 is no answer."""

    topic: str
    webhook_id: str
    uri: str
    status: int


@dataclass(slots=True, kw_only=True)
class Delivery:
    """The original body for the original address, however often it is tried."""

    subscription: str
    uri: str
    topic: str
    body: bytes
    headers: dict[str, str]
    due: float
    tries: int = 0


@dataclass(slots=True, kw_only=True)
class Postman:
    """Sends what is due by the shop's clock. `twist` says what a fault makes of a delivery."""

    store: Store
    domain: str
    secret: str
    delays: Sequence[float] = DELAYS
    answer_seconds: float = ANSWER_SECONDS
    twist: Callable[[str], tuple[str, float]] = field(default=lambda _topic: ("", 0.0))
    attempts: list[Attempt] = field(default_factory=list)
    queue: list[Delivery] = field(default_factory=list)
    busy: int = 0
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def post(self) -> None:
        """Make deliveries of everything that was told since the last time."""
        events, self.store.events[:] = list(self.store.events), []
        for event in events:
            self._post(event)

    def _post(self, event: Event) -> None:
        rows = self.store.where("WebhookSubscription", "topic", event.topic)
        if not rows:
            return
        told = payload(self.store, event.topic, event.row)
        event_id = str(uuid.uuid4())
        for row in rows:
            kind, seconds = self.twist(topic_name(event.topic))
            if kind == "webhook_lost":
                continue
            made = self._delivery(row, event, _fields(told, row), event_id)
            made.due += seconds if kind == "webhook_late" else 0.0
            self.queue += [made, replace(made)] if kind == "webhook_twice" else [made]

    def _delivery(self, row: Row, event: Event, told: Row, event_id: str) -> Delivery:
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": topic_name(event.topic),
            "X-Shopify-Hmac-Sha256": signature(self.secret, body),
            "X-Shopify-Shop-Domain": self.domain,
            "X-Shopify-API-Version": row["_version"],
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Event-Id": event_id,
            "X-Shopify-Triggered-At": f"{event.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        }
        if row["name"]:
            headers["X-Shopify-Name"] = row["name"]
        return Delivery(
            subscription=row["id"],
            uri=row["uri"],
            topic=topic_name(event.topic),
            body=body,
            headers=headers,
            due=self.store.clock.seconds(),
        )

    async def work(self) -> None:
        """Until cancelled."""
        limits = aiohttp.ClientTimeout(total=self.answer_seconds, sock_connect=CONNECT_SECONDS)
        async with aiohttp.ClientSession(timeout=limits) as session:
            while True:
                with self.store.lock:
                    now = self.store.clock.seconds()
                    due = [one for one in self.queue if one.due <= now]
                    self.queue = [one for one in self.queue if one.due > now]
                    self.busy += len(due)
                for one in due:
                    task = asyncio.create_task(self._send(session, one))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                await asyncio.sleep(IDLE_SECONDS)

    async def _send(self, session: aiohttp.ClientSession, one: Delivery) -> None:
        status = 0
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            sent: Any = session.post(
                one.uri, data=one.body, headers=one.headers, allow_redirects=False
            )
            async with sent as answer:
                await answer.read()
                status = answer.status
        with self.store.lock:
            self.busy -= 1
            self._note(one, status)

    def _note(self, one: Delivery, status: int) -> None:
        self.attempts.append(
            Attempt(
                topic=one.topic,
                webhook_id=one.headers["X-Shopify-Webhook-Id"],
                uri=one.uri,
                status=status,
            )
        )
        if 200 <= status < 300:
            return
        if one.tries < len(self.delays):
            one.due = self.store.clock.seconds() + self.delays[one.tries]
            one.tries += 1
            self.queue.append(one)
            return
        row = self.store.get("WebhookSubscription", one.subscription)
        if row is not None:
            self.store.drop(row)


def signature(secret: str, body: bytes) -> str:
    """Base64 of the HMAC-SHA256 of the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _fields(told: Row, row: Row) -> Row:
    wanted = row["includeFields"]
    return {name: value for name, value in told.items() if name in wanted} if wanted else told
