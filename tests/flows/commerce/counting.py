"""A store with a whole catalogue in it, and how many calls the store had to answer."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from qantara.connectors.base import Connection
from qantara.engine.fingerprint import fingerprints
from qantara.engine.link import Link
from qantara.engine.pipeline import map_, run
from qantara.sandbox.kit import StandIn
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.shopify import ShopifyStandIn
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage import bindings, cursors, installation, shadows, work
from qantara.storage.bindings import Binding
from qantara.storage.shadows import Shadow
from qantara.storage.statements import now
from qantara.storage.store import Store
from tests.engine.test_pipeline import Silent
from tests.flows.commerce.high_street import Street, furnished, high_street

PLENTY = 1e7
"""Points: limits are tested apart."""


@dataclass(kw_only=True)
class Till(ABC):
    """A street whose hub runs on: its connections stay open from one turn to the next."""

    street: Street
    stock_calls: int
    """What is on sale, the orders, where nothing else helps what is on sale once more; the figure."""
    links: dict[str, Link] = field(default_factory=dict)

    @property
    @abstractmethod
    def server(self) -> StandIn:
        """The store."""

    @abstractmethod
    def writes(self) -> int:
        """Calls that were to change something."""

    @abstractmethod
    def shown(self, code: str) -> tuple[str, int | None]:
        """The price and the stock that buyers see."""

    @abstractmethod
    def asked(self) -> int:
        """How often it was asked for its orders."""

    @abstractmethod
    def size(self) -> int:
        """How many products it has."""

    async def turn(self, *only: str) -> None:
        """These links once, in their order."""
        for short in only:
            await run(self.links[short], self.street.store, Silent())

    async def cost(self, *only: str) -> int:
        """The calls that such a turn took."""
        self.server.clear()
        await self.turn(*only)
        return len(self.server.calls)

    async def settle(self, *only: str) -> None:
        """Turns of these until nothing of theirs waits."""
        names = [self.links[short].name for short in only]
        for _ in range(200):
            await self.turn(*only)
            left = await self.street.store.run(work.backlogs, names)
            if not left:
                return
            due = min(one.due_at for one in left.values())
            await asyncio.sleep(max(0.0, min(1.0, (due - now()).total_seconds())))
        raise AssertionError(f"There is still work: {left}")

    def count(self, code: str, units: int) -> None:
        """So many lie in the warehouse."""
        rows = self.street.odoo.rows("product.product")
        [variant] = [row["id"] for row in rows if row.get("default_code") == code]
        self.street.count(variant, units)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Till"]:
        """The hub runs within."""
        async with self.street.links() as links:
            self.links = {link.name.rpartition(".")[2]: link for link in links}
            yield self


@dataclass(kw_only=True)
class WooTill(Till):
    """A WooCommerce."""

    woo: WooCommerceStandIn

    @property
    def server(self) -> StandIn:
        return self.woo

    def writes(self) -> int:
        return len(self.woo.writes())

    def shown(self, code: str) -> tuple[str, int | None]:
        [row] = self.woo.call("GET", "products", {}, sku=code)
        return row["regular_price"], row["stock_quantity"]

    def asked(self) -> int:
        return sum(call.model == "orders" for call in self.woo.calls)

    def size(self) -> int:
        return len(self.woo.shop.table("products"))


@dataclass(kw_only=True)
class ShopifyTill(Till):
    """A Shopify."""

    mall: ShopifyStandIn

    @property
    def server(self) -> StandIn:
        return self.mall

    def writes(self) -> int:
        return self.mall.writes()

    def shown(self, code: str) -> tuple[str, int | None]:
        [variant] = [one for one in self.mall.rows("ProductVariant") if one["sku"] == code]
        return str(variant["price"]), self.mall.available(code)

    def asked(self) -> int:
        return sum(call.method == "orders" for call in self.mall.calls)

    def size(self) -> int:
        return len(self.mall.ids("Product"))


def woo_till(store: Store, odoo: OdooStandIn, woo: WooCommerceStandIn) -> Till:
    """The hub between this Odoo and this WooCommerce."""
    return WooTill(street=high_street(store, odoo, woo), stock_calls=4, woo=woo)


def shopify_till(store: Store, odoo: OdooStandIn, mall: ShopifyStandIn) -> Till:
    """The hub between this Odoo and this Shopify."""
    shop = Connection(
        name="mall",
        connector="shopify",
        url=mall.url,
        settings={"bulk": "no"},
        secrets={"key": mall.token},
        private=True,
    )
    street = Street(store=store, odoo=odoo, desk=furnished(odoo), shop=shop)
    return ShopifyTill(street=street, stock_calls=3, mall=mall)


def stocked(odoo: OdooStandIn, codes: Sequence[str]) -> None:
    """Goods with these codes, none of which lies anywhere; ten were made in each second."""
    for code in codes:
        values = {"name": f"Product {code}", "default_code": code, "list_price": 9.99}
        odoo.create("product.product", {**values, "type": "consu", "is_storable": True})
        odoo.database.store.ahead += timedelta(seconds=0.1)


def priced(odoo: OdooStandIn, code: str, price: float) -> None:
    """Somebody changes the price of one."""
    [row] = [one for one in odoo.rows("product.product") if one.get("default_code") == code]
    odoo.write("product.template", row["product_tmpl_id"], {"list_price": price})


async def agreed_on(link: Link, store: Store) -> int:
    """All that the link has not read yet counts as carried over; says how many that are.

    The journal is told so by its own functions, and the store by nobody.
    """
    number = 0
    position = await store.run(cursors.position, link.position)
    async for page in link.source.changes(link.entity, position):
        items = map_(link, page.changes)

        def remember(database, items=items, cursor=page.cursor) -> None:
            key = installation.key(database)
            pairs: list[Binding] = []
            told: list[Shadow] = []
            for item in items:
                id_ = item.change.external_id
                hub = bindings.record_for(key, link.here_name, link.entity, id_)
                there = f"9{int(id_):09}"
                for where, one in ((link.here_name, id_), (link.there_name, there)):
                    pairs.append(
                        Binding(record=hub, connection=where, entity=link.entity, external_id=one)
                    )
                hashes = fingerprints(item.record, link.fields)
                told.append(Shadow(record=hub, source=hashes, target=hashes))
            bindings.bind(database, pairs)
            shadows.keep(database, link.pair, told)
            cursors.advance(database, link.position, cursor)

        await store.run(remember)
        number += len(items)
    return number
