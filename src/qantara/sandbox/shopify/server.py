"""The stand-in itself: what a test or a demonstration starts, looks into and disturbs."""

import asyncio
import contextlib
import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, TypedDict, Unpack

from aiohttp import web
from graphql import FieldNode, GraphQLError, get_operation_ast, parse

from qantara.sandbox.kit import KINDS, StandIn
from qantara.sandbox.shopify import bulk, product_set
from qantara.sandbox.shopify.context import Context, Settings
from qantara.sandbox.shopify.control import control_routes
from qantara.sandbox.shopify.cost import Bucket
from qantara.sandbox.shopify.endpoint import Endpoint
from qantara.sandbox.shopify.execution import Answer, Execution
from qantara.sandbox.shopify.people import customer_row
from qantara.sandbox.shopify.playing import Playing
from qantara.sandbox.shopify.shop import open_shop
from qantara.sandbox.shopify.state import Row, Store, numbers
from qantara.sandbox.shopify.webhooks import ANSWER_SECONDS, DELAYS, Postman

SCOPES = frozenset(
    {
        *("read_all_orders", "write_products", "write_inventory", "read_locations"),
        *("write_orders", "read_customers", "write_files", "read_returns", "read_discounts"),
        *("write_merchant_managed_fulfillment_orders", "write_assigned_fulfillment_orders"),
        *("write_publications", "read_shopify_payments_payouts", "read_shopify_payments"),
        "read_fulfillments",
    }
)
NEWEST = "2026-10"
UNLIMITED = 10**9


class Options(TypedDict, total=False):
    """What `ShopifyStandIn` takes, all by keyword; see `Settings` for the shop's own."""

    name: str
    domain: str
    email: str
    currency: str
    country: str
    timezone: str
    taxes_included: bool
    tips_as_lines: bool
    most_variants: int
    token: str
    secret: str
    scopes: Iterable[str]
    port: int
    bucket: float
    restore: float
    webhook_delays: Sequence[float]
    webhook_seconds: float
    background_seconds: float
    control: bool


class ShopifyStandIn(Playing, StandIn):
    """A shop with its Admin API. Start it by `with`, speak to `url`, play with its methods."""

    FAULTS = KINDS | {
        *("throttled", "concurrent", "internal"),
        *("webhook_lost", "webhook_twice", "webhook_late"),
    }

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(port=options.get("port", 0))
        own = {field.name for field in fields(Settings)}
        self.settings = Settings(
            **{name: value for name, value in options.items() if name in own}  # type: ignore[arg-type]
        )
        self.token = options.get("token", "shpat_stand_in")
        self.secret = options.get("secret", "shpss_stand_in")
        self.scopes = frozenset(options.get("scopes", SCOPES))
        self.background_seconds = options.get("background_seconds", 0.0)
        self.controlled = options.get("control", False)
        self.search_lag = 0.0
        self.reach = 25_000
        self.store = Store(lock=self.lock)
        self.bucket = Bucket(
            clock=self.store.clock,
            size=options.get("bucket", 2000.0),
            rate=options.get("restore", 100.0),
        )
        self.execution = Execution(self.bucket, concurrent=self._concurrent)
        endless = Bucket(clock=self.store.clock, size=UNLIMITED, rate=UNLIMITED)
        self._free = Execution(endless, most=UNLIMITED)
        self.postman = Postman(
            store=self.store,
            domain=self.settings.domain,
            secret=self.secret,
            delays=options.get("webhook_delays", DELAYS),
            answer_seconds=options.get("webhook_seconds", ANSWER_SECONDS),
            twist=self._twist,
        )
        self._postal: asyncio.Task[None] | None = None
        self._forced = ""
        open_shop(self.store, self.settings)
        self.store.events.clear()

    def routes(self) -> list[web.RouteDef]:
        return [*(control_routes(self) if self.controlled else []), *Endpoint(self).routes()]

    def advance(self, seconds: float) -> None:
        """The shop's clock goes on: buckets fill, retries fall due, background work is done."""
        with self.lock:
            self.store.clock.advance(seconds)
            self.settle()

    def settle(self) -> None:
        """Do the background work that is due, and post what was told."""
        with self.lock:
            now = self.store.clock.now().timestamp()
            for name in ("ProductSetOperation", "BulkOperation"):
                for row in self.store.where(name, "status", "CREATED"):
                    if now - row["_made"] >= self.background_seconds:
                        self._work_off(row)
            self.postman.post()

    def answer(
        self, query: str, variables: dict[str, Any], name: str | None, how: tuple[str, str]
    ) -> Answer:
        """One request, as the endpoint gives it; `how` is the version and the fault, if any."""
        version, self._forced = how
        with self.lock:
            self.settle()
            if self._forced == "throttled":
                return self.execution.throttled(10)
            if self._forced == "internal":
                told = {"code": "INTERNAL_SERVER_ERROR", "requestId": "stand-in"}
                message = "Internal error. Looks like something went wrong on our end."
                return {"errors": [{"message": message, "extensions": told}]}
            ctx = self.context(version)
            answer = self.execution.run(ctx, query, variables, name)
            self._date_work()
            self.postman.post()
            return answer

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """What the newest version answers, without HTTP, limits or log; errors are raised."""
        with self.lock:
            self.settle()
            answer = self._free.run(self.context(NEWEST), query, dict(variables or {}), None)
            self._date_work()
            self.postman.post()
        if answer.get("errors"):
            raise LookupError(str(answer["errors"]))
        return answer["data"]

    def context(self, version: str) -> Context:
        """A request of the hub's in this version."""
        return Context(
            store=self.store,
            settings=self.settings,
            scopes=self.scopes,
            version=version,
            url=self.url,
            search_lag=self.search_lag,
            reach=self.reach,
        )

    def named(self, query: str, name: str | None) -> tuple[str, str]:
        """The kind of operation and its first field: what faults are aimed at."""
        return _named(query, name)

    def writes(self) -> int:
        """How many mutations were served without an error of the whole request."""
        with self.lock:
            return sum(call.model == "mutation" and call.error is None for call in self.calls)

    def rows(self, typename: str) -> list[Row]:
        """Copies of what is stored, e.g. `rows("Order")`; keys with `_` are the shop's own."""
        with self.lock:
            return copy.deepcopy(self.store.rows(typename))

    def ids(self, typename: str) -> list[str]:
        """Their bare numbers, in the order in which they were made."""
        with self.lock:
            return numbers(self.store.rows(typename))

    def drain(self) -> None:
        """The bucket is empty now."""
        with self.lock:
            self.bucket.empty()

    def deny(self, *scopes: str) -> None:
        """The hub loses these scopes."""
        with self.lock:
            self.scopes -= set(scopes)

    def customer(self, **values: Any) -> str:
        """Somebody with an account: the API's names of fields, `addresses` as mappings."""
        with self.lock:
            row = customer_row(self.store, values)
            self.postman.post()
            return numbers([row])[0]

    async def _open(self) -> None:
        await super()._open()
        self._postal = asyncio.create_task(self.postman.work())

    async def _close(self) -> None:
        if self._postal is not None:
            self._postal.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._postal
        await super()._close()

    def _date_work(self) -> None:
        now = self.store.clock.now().timestamp()
        for name in ("ProductSetOperation", "BulkOperation"):
            for row in self.store.where(name, "status", "CREATED"):
                row.setdefault("_made", now)

    def _work_off(self, row: Row) -> None:
        ctx = self.context(NEWEST)
        if row["__typename"] == "ProductSetOperation":
            product_set.work_off(ctx, row)
        else:
            bulk.work_off(ctx, row, self.execution.bulk)

    def _concurrent(self, _name: str) -> bool:
        return self._forced == "concurrent"

    def _twist(self, topic: str) -> tuple[str, float]:
        """What a fault makes of this webhook; only faults about webhooks are asked."""
        for fault in self._faults:
            if fault.kind.startswith("webhook_") and fault.strikes("webhook", topic):
                return fault.kind, fault.seconds
        return "", 0.0

    def struck(self, model: str, method: str) -> Any:
        """Faults about webhooks do not strike requests."""
        with self.lock:
            kept = [each for each in self._faults if each.kind.startswith("webhook_")]
            self._faults = [each for each in self._faults if each not in kept]
            hit = super().struck(model, method)
            self._faults += kept
            return hit


@lru_cache
def _named(query: str, name: str | None) -> tuple[str, str]:
    with contextlib.suppress(GraphQLError):
        operation = get_operation_ast(parse(query, no_location=True), name)
        if operation is not None:
            first = operation.selection_set.selections[0]
            field = first.name.value if isinstance(first, FieldNode) else ""
            return operation.operation.value, field
    return "query", ""
