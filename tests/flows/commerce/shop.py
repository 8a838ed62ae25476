"""A store and an Odoo in memory, with as much business in them as a flow can notice."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Outcome, Write, Written
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary, run, sync_ids
from qantara.flows.commerce import recipe
from qantara.flows.commerce.options import Options
from qantara.model import (
    Contact,
    Money,
    Partner,
    Product,
    Ref,
    StockLevel,
    StoreLine,
    StoreOrder,
    StorePayment,
    TaxAmount,
    Text,
    Unit,
    Variant,
    Warehouse,
)
from qantara.storage import work
from qantara.storage.statements import now
from qantara.storage.store import Store
from qantara.transport import RetryLater
from tests.engine.memory import Memory
from tests.engine.test_pipeline import Silent

PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))
HOLDING = frozenset({"pending", "on_hold", "processing", "completed"})


class Shop(Memory):
    """Sells from one location; takes a number of units only where it has what `seen` says."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.put("warehouse", Warehouse(code="store", name="Store"), "store")

    def offered(self, variant: str) -> int:
        level = self.records.get("stock_level", {}).get(f"{variant}@store")
        return int(level.free) if isinstance(level, StockLevel) else 0

    def offer(self, variant: str, quantity: int) -> None:
        level = StockLevel(
            product=Ref("variant", variant),
            warehouse=Ref("warehouse", "store"),
            free=Decimal(quantity),
        )
        self.put("stock_level", level, f"{variant}@store")

    def place(self, order: StoreOrder, id_: str = "") -> str:
        """A customer orders: the store takes the units off at once."""
        id_ = self.put("store_order", order, id_)
        if order.state in HOLDING:
            for line in order.lines:
                if line.product:
                    self.offer(line.product.id, self.offered(line.product.id) - int(line.quantity))
        return id_

    def edit(self, id_: str, **fields: Any) -> None:
        self.put("store_order", replace(self.order(id_), **fields), id_)

    def cancel(self, id_: str) -> None:
        for line in self.order(id_).lines:
            if line.product:
                self.offer(line.product.id, self.offered(line.product.id) + int(line.quantity))
        self.edit(id_, state="cancelled")

    def order(self, id_: str) -> StoreOrder:
        record = self.records["store_order"][id_]
        assert isinstance(record, StoreOrder)
        return record

    def _write(self, entity: str, write: Write) -> Outcome:
        if entity != "stock_level":
            return super()._write(entity, write)
        level = write.record
        assert isinstance(level, StockLevel)
        assert level.free == int(level.free) >= 0
        self.written.append(write)
        if level.seen is not None and level.seen != self.offered(level.product.id):
            return RetryLater("It was sold meanwhile.", after=0.0)
        self.offer(level.product.id, int(level.free))
        return Written(external_id=f"{level.product.id}@store")


class Office(Memory):
    """An Odoo: what is confirmed reserves its goods, and the counter sells what lies there."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.on_hand: dict[str, int] = {}
        self.reserved: dict[str, dict[str, int]] = {}
        self.put("warehouse", Warehouse(code="WH", name="Main"), "1")

    def stock(self, variant: str, quantity: int) -> None:
        """So many more units lie there; negative: they left."""
        self.on_hand[variant] = self.on_hand.get(variant, 0) + quantity
        self._count(variant)

    def free(self, variant: str) -> int:
        promised = sum(goods.get(variant, 0) for goods in self.reserved.values())
        return self.on_hand.get(variant, 0) - promised

    def _count(self, variant: str) -> None:
        level = StockLevel(
            product=Ref("variant", variant),
            warehouse=Ref("warehouse", "1"),
            free=Decimal(self.free(variant)),
        )
        self.put("stock_level", level, f"{variant}@1")

    def _write(self, entity: str, write: Write) -> Outcome:
        outcome = super()._write(entity, write)
        if entity == "store_order" and isinstance(outcome, Written):
            self._reserve(outcome.external_id, write.record)
        return outcome

    def _reserve(self, id_: str, order: Any) -> None:
        rules = order.extra["odoo"]
        goods: dict[str, int] = {}
        if rules["confirm"] == "yes":
            for line in order.lines:
                if line.product:
                    goods[line.product.id] = goods.get(line.product.id, 0) + int(line.quantity)
        before = self.reserved.get(id_, {})
        self.reserved[id_] = goods
        for variant in {*before, *goods}:
            self._count(variant)


def product(sku: str, price: str = "10", **more: Any) -> Product:
    fields: dict[str, Any] = {
        "name": Text(f"Product {sku}"),
        "kind": "goods",
        "unit": PIECE,
        "variants": (Variant(sku=sku),),
        "price": Money.of(price, "SAR"),
    }
    return Product(**{**fields, **more})


def line(variant: str, quantity: int = 1, price: str = "10", **more: Any) -> StoreLine:
    net = Decimal(price) * quantity
    fields: dict[str, Any] = {
        "id": variant,
        "product": Ref("variant", variant) if variant else None,
        "description": f"Line {variant}",
        "quantity": Decimal(quantity),
        "net": net,
        "taxes": (TaxAmount(rate=Decimal(15), amount=net * 15 / 100),),
    }
    return StoreLine(**{**fields, **more})


def order(number: str, customer: str, *lines: StoreLine, **more: Any) -> StoreOrder:
    total = sum((one.net + sum(tax.amount for tax in one.taxes) for one in lines), Decimal(0))
    fields: dict[str, Any] = {
        "number": number,
        "state": "processing",
        "customer": Ref("partner", customer),
        "billing": Contact(name="Noura", email="noura@example.com"),
        "currency": "SAR",
        "placed_at": None,
        "lines": lines,
        "total": total,
        "paid": "yes",
        "method": "stripe",
        "payments": (StorePayment(id=f"p{number}", method="stripe", amount=total),),
    }
    return StoreOrder(**{**fields, **more})


def noura(shop: Shop, id_: str = "c1", **more: Any) -> str:
    fields: dict[str, Any] = {"name": "Noura", "email": "noura@example.com"}
    return shop.put("partner", Partner(**{**fields, **more}), id_)


class Trade:
    """A flow between the two, and what a person would look at."""

    def __init__(self, store: Store, odoo: Office, shop: Shop, **options: Any) -> None:
        self.journal = store
        self.odoo, self.shop = odoo, shop
        given: dict[str, Any] = {"odoo": odoo.connection.name, "store": shop.connection.name}
        self.options = Options(**{**given, "raise_after": 0.1, **options})
        self.name = f"to_{shop.connection.name}"

    async def link(self, short: str) -> Link:
        [found] = [one for one in await self.links() if one.name == f"{self.name}.{short}"]
        return found

    async def sync(self, short: str, *ids: str) -> Summary:
        """As after a webhook that named them."""
        return await sync_ids(await self.link(short), self.journal, ids, Silent())

    async def links(self) -> Sequence[Link]:
        connectors = {one.connection.name: one for one in (self.odoo, self.shop)}
        return await recipe.links(self.options, connectors, self.name)

    async def turn(self, *only: str) -> dict[str, Summary]:
        """Each link once, in their order."""
        done: dict[str, Summary] = {}
        for link in await self.links():
            short = link.name.rpartition(".")[2]
            if not only or short in only:
                for direction in link.directions:
                    done[short] = await run(direction, self.journal, Silent())
        return done

    async def settle(self) -> None:
        """Turns until nothing is left to do, and one more."""
        for _ in range(60):
            await self.turn()
            left = await self.journal.run(work.backlogs)
            if not left:
                break
            due = min(one.due_at for one in left.values())
            await asyncio.sleep(max(0.0, min(1.0, (due - now()).total_seconds())))
        else:
            raise AssertionError(f"There is still work: {left}")
        await self.turn()

    def sku(self, id_: str) -> str:
        """The store's variant of Odoo's product."""
        [found] = [
            key
            for key, one in self.shop.records["product"].items()
            if isinstance(one, Product) and one.variants[0].sku == self._sku(id_)
        ]
        return f"{found}v0"

    def _sku(self, id_: str) -> str:
        record = self.odoo.records["product"][id_]
        assert isinstance(record, Product)
        return record.variants[0].sku

    def orders(self) -> dict[str, StoreOrder]:
        """Odoo's, by number."""
        found = self.odoo.records.get("store_order", {}).values()
        return {one.number: one for one in found if isinstance(one, StoreOrder)}
