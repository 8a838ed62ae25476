"""Webhooks on their way: queued once for each object, built when they go, never sent again."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import aiohttp
import msgspec

from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.wire import Refused, Row

FAILURES = 5  # the count may go one above it: the seventh failure in a row disables
PATIENCE = aiohttp.ClientTimeout(total=60)
SOON = 0.05
FORM = "application/x-www-form-urlencoded"
Payload = Callable[[str, int], Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One that went out, a ping (topic "") included; `status` 0 is nobody there."""

    webhook: int
    topic: str
    resource: int
    url: str
    body: bytes
    headers: Mapping[str, str]
    status: int


class Deliveries:
    """The queue. What is still waiting when the shop stops is lost, as everything unsent is."""

    def __init__(self, shop: Shop, payload: Payload) -> None:
        self.sent: list[Delivery] = []
        self.lost: Callable[[str], bool] = _never
        self._shop = shop
        self._payload = payload
        self._queue: dict[tuple[int, int], None] = {}
        self._running = asyncio.Lock()
        self._timer: asyncio.Task[None] | None = None

    def queue(self, topic: str, number: int) -> None:
        """For every active webhook of this topic; one that waits for the object is enough."""
        for row in self._shop.table("webhooks").values():
            if row["status"] == "active" and row["topic"] == topic:
                self._queue.setdefault((row["id"], number))

    @property
    def waiting(self) -> int:
        """How many deliveries and pings have not gone yet."""
        rows = self._shop.table("webhooks").values()
        return len(self._queue) + sum(bool(row["pending"]) for row in rows)

    def wake(self) -> None:
        """Soon, on the running loop: several changes of one object become one delivery."""
        if self.waiting and (self._timer is None or self._timer.done()):
            self._timer = asyncio.get_running_loop().create_task(self._later())

    def cancel(self) -> None:
        """Nothing more goes out."""
        if self._timer is not None:
            self._timer.cancel()

    async def run(self) -> None:
        """Everything that waits goes out, pings first, one after the other."""
        async with self._running, aiohttp.ClientSession(timeout=PATIENCE) as session:
            for number in list(self._shop.table("webhooks")):
                await self._ping_if_due(session, number)
            while self._queue:
                (webhook, number) = next(iter(self._queue))
                del self._queue[webhook, number]
                await self._deliver(session, webhook, number)

    async def _later(self) -> None:
        while self.waiting:
            await asyncio.sleep(SOON)
            await self.run()

    async def _ping_if_due(self, session: aiohttp.ClientSession, number: int) -> None:
        row = self._shop.table("webhooks").get(number)
        if row is None or not row["pending"]:
            return
        row["pending"] = False
        if row["status"] == "active":
            await self._ping(session, row)

    async def _ping(self, session: aiohttp.ClientSession, row: Row) -> None:
        """Unsigned, a form of one field."""
        body = f"webhook_id={row['id']}".encode()
        headers = {"User-Agent": self._agent(), "Content-Type": FORM}
        status = await self._post(session, row["delivery_url"], body, headers)
        told = {"webhook": row["id"], "url": row["delivery_url"], "body": body, "headers": headers}
        self.sent.append(Delivery(topic="", resource=0, status=status, **told))

    async def _deliver(self, session: aiohttp.ClientSession, webhook: int, number: int) -> None:
        row = self._shop.table("webhooks").get(webhook)
        if row is None or self.lost(row["topic"]):
            return
        body = msgspec.json.encode(self._told(row["topic"], number))
        headers = self._headers(row, body)
        status = await self._post(session, row["delivery_url"], body, headers)
        told = {"webhook": webhook, "url": row["delivery_url"], "body": body, "headers": headers}
        self.sent.append(Delivery(topic=row["topic"], resource=number, status=status, **told))
        if 200 <= status < 303:
            row["failures"] = 0
            return
        if row["failures"] > FAILURES:
            row["status"] = "disabled"
        else:
            row["failures"] += 1
        await self._ping(session, row)

    def _told(self, topic: str, number: int) -> Row:
        """As it is when it goes out. What is gone by then is told as the error it is."""
        if topic.endswith(".deleted"):
            return {"id": number}
        try:
            return self._payload(topic.partition(".")[0], number)
        except Refused as error:
            return error.told()

    def _headers(self, row: Row, body: bytes) -> dict[str, str]:
        topic = row["topic"]
        resource, _, event = topic.partition(".")
        digest = hmac.new(str(row["secret"]).encode(), body, hashlib.sha256).digest()
        second = f"{row['id']}{self._shop.clock.now():%s}"
        return {
            "User-Agent": self._agent(),
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"{self._shop.url}/",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
            "X-WC-Webhook-ID": str(row["id"]),
            # not unique: two objects in one second have the same
            "X-WC-Webhook-Delivery-ID": hashlib.sha256(second.encode()).hexdigest()[:32],
        }

    def _agent(self) -> str:
        return f"WooCommerce/{self._shop.settings.version} Hookshot (WordPress/7.1)"

    async def _post(
        self, session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]
    ) -> int:
        try:
            async with session.post(
                url, data=body, headers=headers, allow_redirects=False, ssl=False
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0


def _never(_topic: str) -> bool:
    return False
