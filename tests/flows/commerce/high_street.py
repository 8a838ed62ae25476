"""A shop and an Odoo, both stand-ins with their own arithmetic, and the flow between them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.base import Connection, load
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary, run, sync_ids
from qantara.flows import load as load_flow
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage import dead_letters, work
from qantara.storage.dead_letters import DeadLetter
from qantara.storage.statements import now
from qantara.storage.store import Store
from tests.connectors.odoo.shopping import Shop
from tests.engine.test_pipeline import Silent

JOURNALS = {"cod": "CSH1", "*": "BNK1"}


@dataclass
class Street:
    """`desk` looks into Odoo and works in its warehouse; `shop` is the store's connection.

    `flow` names the flow, where an Odoo has several shops.
    """

    store: Store
    odoo: OdooStandIn
    desk: Shop
    shop: Connection
    options: dict[str, Any] = field(default_factory=dict)
    flow: str = "shop"

    def goods(self, code: str, price: float, units: int) -> int:
        """A product that lies in the warehouse, by the id of its variant."""
        kind = {"type": "consu", "is_storable": True}
        if self.odoo.version < 18:
            kind = {"detailed_type": "product"}
        values = {"name": f"Product {code}", "default_code": code, "list_price": price, **kind}
        variant = self.odoo.create("product.product", {**values, "invoice_policy": "order"})
        self.count(variant, units)
        return variant

    def count(self, variant: int, units: int) -> None:
        """So many lie there."""
        stock = self.odoo.rows("stock.warehouse")[0]["lot_stock_id"]
        counted = {"product_id": variant, "location_id": stock, "inventory_quantity": units}
        quant = self.odoo.create("stock.quant", counted, inventory_mode=True)
        self.odoo.call("stock.quant", "action_apply_inventory", [quant])

    def deliver(self, sale: int, quantity: float | None = None) -> None:
        """All of the order leaves, or so much of each line, the rest later."""
        done = "quantity_done" if self.odoo.version < 17 else "quantity"
        for picking in self.desk.pickings(str(sale)):
            if picking["state"] in ("done", "cancel"):
                continue
            for move in self.odoo.rows("stock.move"):
                if move.get("picking_id") == picking["id"]:
                    some = move["product_uom_qty"] if quantity is None else quantity
                    picked = {} if self.odoo.version < 17 else {"picked": True}
                    self.odoo.write("stock.move", move["id"], {done: some, **picked})
            context = {"skip_sms": True, "skip_immediate": True, "skip_backorder": True}
            self.odoo.call("stock.picking", "button_validate", [picking["id"]], **context)

    def on_hand(self, variant: int) -> float:
        """What lies in the company's own places."""
        own = {one["id"] for one in self.odoo.rows("stock.location") if one["usage"] == "internal"}
        quants = self.odoo.rows("stock.quant")
        return sum(
            one["quantity"]
            for one in quants
            if one["product_id"] == variant and one["location_id"] in own
        )

    def sales(self) -> dict[str, dict[str, Any]]:
        """Odoo's orders of the shop, by the shop's number."""
        return {
            row["client_order_ref"]: {"id": row["id"], **self.desk.sale(str(row["id"]))}
            for row in self.odoo.rows("sale.order")
            if row.get("client_order_ref")
        }

    async def turn(self, *only: str) -> dict[str, Summary]:
        """Each link once, with what it found to do."""
        async with self.links() as links:
            short = {link.name.rpartition(".")[2]: link for link in links}
            return {
                name: await run(link, self.store, Silent())
                for name, link in short.items()
                if not only or name in only
            }

    async def settle(self) -> None:
        """Turns until nothing is left to do, and one more."""
        for _ in range(40):
            await self.turn()
            left = await self.store.run(work.backlogs)
            if not left:
                break
            due = min(one.due_at for one in left.values())
            await asyncio.sleep(max(0.0, min(1.0, (due - now()).total_seconds())))
        else:
            raise AssertionError(f"There is still work: {left}")
        await self.turn()

    async def told(self, short: str, ids: Sequence[str]) -> Summary:
        """As after webhooks that named them."""
        async with self.links() as links:
            [link] = [one for one in links if one.name == f"{self.flow}.{short}"]
            return await sync_ids(link, self.store, ids, Silent())

    async def letters(self) -> list[DeadLetter]:
        return await self.store.run(dead_letters.listing)

    @asynccontextmanager
    async def links(self) -> AsyncIterator[Sequence[Link]]:
        recipe = load_flow("commerce")
        given = {"odoo": "erp", "store": self.shop.name, "raise_after": 0.1, "journals": JOURNALS}
        given |= {"products": {"shipping": "SHIP", "fee": "FEE", "adjustment": "ROUND"}}
        options = recipe.Options(**{**given, "residue": "ROUND", **self.options})
        async with AsyncExitStack() as stack:
            connectors = {
                one.name: await stack.enter_async_context(load(one.connector)(one))
                for one in (self._odoo(), self.shop)
            }
            yield await recipe.links(options, connectors, self.flow)

    def _odoo(self) -> Connection:
        return Connection(
            name="erp",
            connector="odoo",
            url=self.odoo.url,
            settings={"database": self.odoo.database_name, "login": "hub@example.com"},
            secrets={"key": "hub-key"},
            private=True,
        )


class HighStreet(Street):
    """The shop is a WooCommerce."""

    woo: WooCommerceStandIn

    def shown(self, code: str) -> dict[str, Any]:
        """The product as the shop has it."""
        [found] = [one for one in self.woo.rows("products") if one["sku"] == code]
        return found


def high_street(store: Store, odoo: OdooStandIn, woo: WooCommerceStandIn) -> HighStreet:
    """What a shop needs in Odoo is there, and nothing is on sale."""
    shop = Connection(
        name="woo",
        connector="woocommerce",
        url=woo.url,
        settings={"login": woo.key, "compare_minutes": "0", "overlap": "2"},
        secrets={"key": woo.secret},
        private=True,
    )
    street = HighStreet(store=store, odoo=odoo, desk=furnished(odoo), shop=shop)
    street.woo = woo
    woo.add("taxes", country="SA", rate="15", name="VAT", shipping=True)
    return street


def furnished(odoo: OdooStandIn) -> Shop:
    """Services that stand for shipping and the like, none of them on sale in the store."""
    desk = Shop(odoo=odoo)
    service = {"type" if odoo.version >= 18 else "detailed_type": "service"}
    odoo.create("product.product", {"name": "Fee", "default_code": "FEE", **service})
    for row in odoo.rows("product.product"):
        if row.get("default_code") in ("CH-1", "SHIP", "ROUND", "FEE"):
            odoo.write("product.product", row["id"], {"sale_ok": False})
    return desk
