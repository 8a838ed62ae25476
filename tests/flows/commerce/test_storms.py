"""Orders do not wait behind a storm: they go before stock, and stock before the catalogue."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection as Database
from sqlalchemy import select

from qantara.engine.link import Link, Priority
from qantara.runtime.agenda import Lane
from qantara.runtime.embedded import Wake, serve
from qantara.runtime.schedule import Schedule
from qantara.runtime.turn import Worker
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage import inbox, lanes, work
from qantara.storage.inbox import Notice
from qantara.storage.schema import inbox as arrived
from qantara.storage.statements import now
from qantara.storage.store import Store
from qantara.transport import limits
from tests.connectors.odoo.places import standing
from tests.engine.test_pipeline import Silent
from tests.flows.commerce.high_street import HighStreet, high_street

GOODS, EVENTS, ORDERS = 12, 2_000, 12
PATIENCE = 800.0
NOT_ROUTED = -1.0
STOCK, PRODUCT, ORDER = Priority.STOCK, Priority.CATALOGUE, Priority.ORDERS


@dataclass(slots=True)
class Turnstile:
    """The store's door: it stands open, or lets in one call each time that it is turned."""

    opened: asyncio.Event = field(default_factory=asyncio.Event)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def take(self, cost: float = 1.0) -> None:
        if not self.opened.is_set():
            await self.turns.acquire()

    def learn(self, *, rate: float, burst: float | None = None) -> None:
        """The store tells no limits."""

    def pause(self, seconds: float) -> None:
        """The store asks for no rest."""


@dataclass(slots=True, kw_only=True)
class Hub:
    """A hub at work whose calls to the store come in one after the other."""

    store: Store
    links: Sequence[Link]
    door: Turnstile
    gate: Any

    @property
    def waiting(self) -> list[Any]:
        """Those who stand at the door."""
        return [one for one in self.gate._waiting if not one.turn.done()]

    async def rests(self) -> None:
        await happens(lambda: self.store.run(self._is_at_rest))

    async def let_in(self) -> list[float]:
        """One by one, each time that all who have something to do stand there: how urgent they were."""
        let_in: list[float] = []
        stood: list[Any] = []

        async def over() -> bool:
            busy = await self.store.run(self._busy)
            let_in.extend(one.urgency for one in stood if one.turn.done())
            stood[:] = self.waiting
            if stood and busy <= {one.urgency for one in stood}:
                self.door.turns.release()
            return not busy and not stood

        await happens(over)
        return let_in

    def _is_at_rest(self, journal: Database) -> bool:
        states = lanes.states(journal, [link.name for link in self.links])
        begun = len(states) == len(self.links) and all(one.pause for one in states.values())
        return begun and not self._busy(journal)

    def _busy(self, journal: Database) -> set[float]:
        """Priorities of the links that have, or do, something; of what nobody has routed yet none."""
        if journal.scalar(select(arrived.c.id).where(arrived.c.routed_at.is_(None)).limit(1)):
            return {NOT_ROUTED}
        held = {name for name, state in lanes.states(journal).items() if state.holder}
        told = {name for name, one in work.backlogs(journal).items() if one.due_at <= now()}
        return {float(link.priority) for link in self.links if link.name in held | told}


@pytest.fixture
def street(store: Store) -> Iterator[HighStreet]:
    with standing(18) as odoo, WooCommerceStandIn(deliveries="manual") as woo:
        yield high_street(store, odoo, woo)


@asynccontextmanager
async def at_work(street: HighStreet) -> AsyncIterator[tuple[Hub, Wake]]:
    door = Turnstile()
    door.opened.set()
    street.shop = replace(street.shop, concurrency=1, limits=door)
    async with street.links() as links:
        [order] = [link for link in links if link.name == "shop.order"]
        client: Any = order.source
        hub = Hub(
            store=street.store,
            links=links,
            door=door,
            gate=client.client._http._gate,
        )
        worker, wake = Worker(store=street.store, watch=Silent(), stop=asyncio.Event()), Wake()
        never = Schedule.parse("off")
        every = [Lane(link=link, schedule=never) for link in links]
        async with asyncio.TaskGroup() as group:
            group.create_task(serve(every, worker, wake))
            await hub.rests()
            yield hub, wake
            door.opened.set()
            worker.stop.set()


@pytest.mark.timeout(900)
async def test_orders_pass_stock_and_stock_passes_the_catalogue(
    street: HighStreet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AGEING", 0.0)  # on a slow machine who waits long may go first
    variants = [street.goods(f"G-{number}", 10.0, 500) for number in range(GOODS)]
    await street.settle()
    shown = [row["id"] for row in street.woo.rows("products")]
    buyers = [f"c{number}@example.com" for number in range(ORDERS)]
    for buyer in buyers:
        street.woo.order(shown[0], email=buyer)
    await street.settle()

    async with at_work(street) as (hub, wake):
        hub.door.opened.clear()
        for variant in variants:
            street.odoo.write("product.product", variant, {"name": f"Renamed {variant}"})
            street.count(variant, 300)
        bought = [street.woo.order(shown[1], email=buyer)["id"] for buyer in buyers]
        await street.store.run(inbox.receive, [*backlog(street, variants), *told(bought)])
        wake.ring()
        let_in = await hub.let_in()

    assert let_in == sorted(let_in, reverse=True)
    assert {STOCK, PRODUCT, ORDER} == set(let_in)
    assert len(street.sales()) == 2 * ORDERS
    assert {street.woo.stock(one) for one in shown[2:]} == {300}
    assert all(row["name"].startswith("Renamed") for row in street.woo.rows("products"))
    assert [one.reason for one in await street.letters()] == []


def backlog(street: HighStreet, variants: Sequence[int]) -> list[Notice]:
    """Thousands of events of few goods, those of the catalogue first."""
    rows = street.odoo.read("product.product", list(variants), "product_tmpl_id")
    [warehouse] = [row["id"] for row in street.odoo.rows("stock.warehouse")]
    products = [str(row["product_tmpl_id"][0]) for row in rows]
    levels = [f"{variant}@{warehouse}" for variant in variants]
    return [
        notice("erp", entity, ids[number % len(ids)], number)
        for entity, ids in (("product", products), ("stock_level", levels))
        for number in range(EVENTS)
    ]


def told(orders: Sequence[int]) -> list[Notice]:
    """The last to come."""
    return [notice("woo", "store_order", str(one), 0) for one in orders]


def notice(connection: str, entity: str, id_: str, number: int) -> Notice:
    key = f"{entity} {id_} {number}"
    return Notice(
        connection=connection,
        topic="storm",
        event_key=key,
        body=b"",
        entity=entity,
        external_id=id_,
    )


async def happens(true: Any) -> None:
    """Wait for it."""
    async with asyncio.timeout(PATIENCE):
        for _ in count():
            if await true():
                return
            await asyncio.sleep(0.01)
