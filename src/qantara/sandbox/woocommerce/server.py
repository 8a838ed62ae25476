"""The stand-in itself: what a test or a demonstration starts, looks into and disturbs."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from aiohttp import web

from qantara.sandbox.kit import KINDS, Call, StandIn, with_fault
from qantara.sandbox.woocommerce import calls, images, pace, shopper
from qantara.sandbox.woocommerce.access import Doorman, Key
from qantara.sandbox.woocommerce.control import control_routes
from qantara.sandbox.woocommerce.deliveries import Deliveries, Delivery
from qantara.sandbox.woocommerce.facts import root
from qantara.sandbox.woocommerce.routing import answered, told_resource
from qantara.sandbox.woocommerce.schema import listed
from qantara.sandbox.woocommerce.settings import Options, Settings
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.wire import (
    BASE,
    Answer,
    Refused,
    Row,
    only_fields,
    php_query,
    query_pairs,
    read_body,
    response,
)

READ_KEY = "ck_3333333333333333333333333333333333333333"
READ_SECRET = "cs_4444444444444444444444444444444444444444"  # noqa: S105 - a stand-in has no secrets


class WooCommerceStandIn(StandIn):
    """A shop. Start it by `with`, speak to `url`; the module's page names all methods."""

    FAULTS = KINDS | {"webhook_lost"}

    def __init__(self, **options: Unpack[Options]) -> None:
        self.settings = Settings(**options)
        super().__init__(port=self.settings.port, tls=self.settings.tls)
        self.shop = Shop(self.settings)
        self.clock = self.shop.clock
        self.doorman = Doorman(time.time)
        self.key, self.secret = self.settings.key, self.settings.secret
        self.read_key, self.read_secret = READ_KEY, READ_SECRET
        self.add_key(self.key, self.secret)
        self.add_key(READ_KEY, READ_SECRET, permissions="read")
        self._workers = asyncio.Semaphore(pace.AT_ONCE)
        self._deliveries = Deliveries(self.shop, self._payload)
        self._deliveries.lost = self._webhook_lost
        self.shop.told = self._told

    def start(self) -> None:
        super().start()
        self.shop.url = self.url

    def stop(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._deliveries.cancel)
        super().stop()

    def routes(self) -> list[web.RouteDef]:
        return [
            *(control_routes(self) if self.settings.control else []),
            web.get("/wp-json/", self._root),
            web.get("/wp-content/uploads/{path:.*}", self._picture),
            web.route("*", BASE, self._serve),
            web.route("*", BASE + "/{path:.*}", self._serve),
            web.route("*", "/{path:.*}", self._nowhere),
        ]

    # what a test does as the shop's owner or its customers

    def add_key(self, key: str, secret: str, *, permissions: str = "read_write") -> None:
        """Another pair of REST keys."""
        self.doorman.keys[key] = Key(key=key, secret=secret, permissions=permissions)

    def revoke_key(self, key: str) -> None:
        """The key opens nothing any more."""
        del self.doorman.keys[key]

    def add(self, path: str, **fields: Any) -> Row:
        """Makes one, as the owner does by hand: `add("products", name="Shirt", sku="S-1")`."""
        told: Row = self.call("POST", path, fields)
        return told

    def edit(self, path: str, **fields: Any) -> Row:
        """Changes one by hand: `edit("products/11", stock_quantity=3)`."""
        told: Row = self.call("PUT", path, fields)
        return told

    def delete(self, path: str, *, force: bool = True) -> Row:
        """Takes one away, for good or to the trash."""
        told: Row = self.call("DELETE", path, {"force": force})
        return told

    def row(self, path: str) -> Row:
        """One as the API tells it, texts as they were written: `row("orders/12")`."""
        told: Row = self.call("GET", path, {}, context="edit")
        return told

    def rows(self, path: str, **query: Any) -> list[Row]:
        """All of a list, however long: `rows("orders", status="any")`."""
        found: list[Row] = []
        while True:
            page = len(found) // 100 + 1
            more = self.call("GET", path, {}, **query, per_page=100, page=page)
            found += more
            if len(more) < 100:
                return found

    def call(self, method: str, path: str, body: Mapping[str, Any], **query: Any) -> Any:
        """A call by hand, past keys, call log and faults; raises what the shop refuses."""
        asked = calls.Call(
            method=method,
            path=f"{BASE}/{path.strip('/')}",
            query={name: str(value) for name, value in query.items()},
            body=dict(body),
            pictures=self._fetch(body),
        )
        with self.lock:
            answer = answered(self.shop, asked)
        self._wake()
        return answer.body

    def order(self, *lines: Any, **fields: Any) -> Row:
        """A shopper's order, by default paid: see `shopper.order`."""
        with self.lock:
            told = shopper.order(self.shop, lines, fields)
        self._wake()
        return told

    def refund(self, order: int, **fields: Any) -> Row:
        """The owner gives money back by hand: see `shopper.refund`."""
        with self.lock:
            told = shopper.refund(self.shop, order, fields)
        self._wake()
        return told

    def stock(self, product: int) -> int | None:
        """What is left of a product or variation; None where no stock is kept."""
        with self.lock:
            quantity: int | None = self.shop.table("products")[product]["stock_quantity"]
            return quantity

    def writes(self) -> list[Call]:
        """The calls that were to change something."""
        with self.lock:
            return [each for each in self.calls if each.service != "GET"]

    @property
    def deliveries(self) -> Sequence[Delivery]:
        """The webhooks and pings that went out, in order."""
        return tuple(self._deliveries.sent)

    def deliver(self) -> Sequence[Delivery]:
        """Sends everything that waits; returns when the last was answered. Safe to repeat."""
        before = len(self._deliveries.sent)
        if self._loop is None:
            raise RuntimeError("The stand-in is not running; start it by `with`.")
        asyncio.run_coroutine_threadsafe(self._deliveries.run(), self._loop).result()
        return tuple(self._deliveries.sent[before:])

    # how requests are served

    async def _serve(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix(BASE).strip("/")
        model, verb = path.split("/")[0] or "index", request.method
        if path.endswith("/batch"):
            verb = "BATCH"
        fault = self.struck(model, verb)
        raw = await request.read()

        async def serve() -> web.Response:
            answer, error = await self._answer(request, raw)
            told = response(answer)
            size = len(told.body) if isinstance(told.body, bytes) else 0
            self._log(request.method, (model, path), (len(raw), size), error)
            self._wake_here()
            return told

        if fault is not None and fault.kind not in ("cut_after", "slow"):
            self._log(request.method, (model, path), (len(raw), 0), fault.kind)
        return await with_fault(request, fault, serve)

    async def _answer(self, request: web.Request, raw: bytes) -> tuple[Answer, str | None]:
        raw_query = request.rel_url.raw_query_string
        try:
            if self.doorman.admit(request, raw_query) is None:
                raise _stranger(request)
            body = read_body(raw, request.headers.get("Content-Type", "application/json"))
            strict = self.settings.strict_hosts
            pictures = await images.fetched(images.sources(body), strict=strict)
            call = calls.Call(
                method=_method(request),
                path=request.path,
                query=php_query(raw_query),
                raw_query=tuple(query_pairs(raw_query)),
                body=body,
                pictures=pictures,
            )
            with self.lock:
                answer = answered(self.shop, call)
            await self._paced(call, answer)
            return _picked(answer, call), None
        except Refused as error:
            return Answer(body=error.told(), status=error.status), error.code

    async def _paced(self, call: calls.Call, answer: Answer) -> None:
        """Wait as long as the call takes, without holding anybody up who is not served by the same."""
        if self.settings.pace is not None:
            async with self._workers:
                rows = len(answer.body) if isinstance(answer.body, list) else 1
                await asyncio.sleep(pace.seconds(call, rows))

    async def _root(self, _request: web.Request) -> web.Response:
        return response(Answer(body=root(self.shop)))

    async def _picture(self, request: web.Request) -> web.Response:
        with self.lock:
            held = self.shop.table("images").values()
            row = next((each for each in held if each["path"] == request.path), None)
        if row is None:
            return web.Response(status=404, text="Not Found")
        return web.Response(body=row["content"], content_type=row["kind"])

    async def _nowhere(self, request: web.Request) -> web.Response:
        if not request.path.startswith("/wp-json"):
            return web.Response(status=404, text="Not Found")
        message = "No route was found matching the URL and request method."
        error = Refused(404, "rest_no_route", message)
        return response(Answer(body=error.told(), status=404))

    def _log(
        self, method: str, where: tuple[str, str], sizes: tuple[int, int], error: str | None
    ) -> None:
        model, path = where
        call = Call(
            protocol="https" if self.settings.tls else "http",
            service=method,
            model=model,
            method=path,
            records=1,
            request_bytes=sizes[0],
            response_bytes=sizes[1],
            error=error,
        )
        with self.lock:
            self.calls.append(call)

    def _told(self, topic: str, number: int) -> None:
        self._deliveries.queue(topic, number)

    def _payload(self, name: str, number: int) -> Row:
        with self.lock:
            return told_resource(self.shop, name, number)

    def _webhook_lost(self, topic: str) -> bool:
        fault = self.struck(topic.partition(".")[0], "webhook")
        return fault is not None and fault.kind == "webhook_lost"

    def _wake(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake_here)

    def _wake_here(self) -> None:
        if self.settings.deliveries == "auto":
            self._deliveries.wake()

    def _fetch(self, body: Mapping[str, Any]) -> Mapping[str, calls.Picture]:
        wanted = list(images.sources(dict(body)))
        if not wanted:
            return {}
        return asyncio.run(images.fetched(wanted, strict=self.settings.strict_hosts))


def _method(request: web.Request) -> str:
    """WordPress lets a POST say which method it means."""
    meant = request.headers.get("X-HTTP-Method-Override") or request.query.get("_method")
    return meant.upper() if meant and request.method == "POST" else request.method


def _picked(answer: Answer, call: calls.Call) -> Answer:
    wanted = listed(call.params.get("_fields") or "")
    body = only_fields(answer.body, wanted)
    return Answer(body=body, status=answer.status, headers=answer.headers)


def _stranger(request: web.Request) -> Refused:
    if request.method == "GET":
        message = "Sorry, you cannot list resources."
        return Refused(401, "woocommerce_rest_cannot_view", message)
    message = "Sorry, you are not allowed to create resources."
    return Refused(401, "woocommerce_rest_cannot_create", message)
