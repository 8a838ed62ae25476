"""Market day: somebody buys each second, in one store or the other, and it is timed into Odoo."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median

from qantara.cli.demo import checking
from qantara.cli.demo.keyboard import Keyboard
from qantara.cli.demo.shops import Basket, Bought, Shop
from qantara.cli.demo.stage import Stage
from qantara.cli.words import counted, number
from qantara.runtime.waiting import happens
from qantara.transport import Rejected

PACE, GLANCE, LOOK, PATIENCE = 1.0, 0.5, 1.0, 180.0
"""Seconds: between two orders, between two looks at orders on their way, between two at anything
else, until something must have happened."""

MANY = 50
"""Units of an order that the other store must feel."""

UNASKED = {"skip_sms": True, "skip_backorder": True, "skip_immediate": True}
"""Odoo opens no window in between."""

PEOPLE = (
    ("Noura Al-Harbi", "noura@example.com"),
    ("Yousef Haddad", "yousef@example.com"),
    ("سارة الأحمد", "sara@example.com"),
    ("Omar Siddiqui", "omar@example.com"),
    ("Layla Mansour", "layla@example.com"),
    ("عبد الله الشمري", "abdullah@example.com"),
    ("Huda Rahman", "huda@example.com"),
    ("Karim Nasser", "karim@example.com"),
)
"""They come in turns, and so do the stores: each has its own customers, until one goes to both."""


@dataclass(slots=True, kw_only=True)
class Sale:
    """An order of a store on its way to Odoo; `took` are the seconds until it was confirmed there."""

    shop: Shop
    basket: Basket
    bought: Bought
    at: float
    took: float | None = None
    sale_order: str = ""

    @property
    def origin(self) -> str:
        """The source document of the sale order."""
        return f"{self.shop.server.name}/{self.bought.number}"


@dataclass(slots=True, kw_only=True)
class Market:
    """Everything that was bought so far."""

    stage: Stage
    sales: list[Sale] = field(default_factory=list)
    goods: Sequence[str] = ()

    @property
    def waiting(self) -> list[Sale]:
        """What is not in Odoo yet."""
        return [one for one in self.sales if one.took is None]

    def seconds(self, shop: Shop | None = None) -> list[float]:
        """How long each order took that has arrived, of one store or of all."""
        return [one.took for one in self.sales if one.took is not None and shop in (None, one.shop)]

    def told(self, shop: Shop) -> dict[str, float | None]:
        """How long the store's orders took, in seconds."""
        seconds = self.seconds(shop)
        if not seconds:
            return {"median": None, "slowest": None}
        return {"median": round(median(seconds), 2), "slowest": round(max(seconds), 2)}

    def ticker(self) -> str:
        """How it goes, in one line."""
        seconds = self.seconds()
        told = f"orders: {number(len(self.sales))} bought, {number(len(seconds))} in Odoo"
        if not seconds:
            return told
        return f"{told}; seconds from the store to Odoo: {_seconds(seconds)}"

    async def day(self, stop: asyncio.Event, orders: int) -> None:
        """The stores have goods, people buy, parcels leave, something comes back, all is settled."""
        await self._stocked(stop)
        over = asyncio.Event()
        following = asyncio.create_task(self._follow(over))
        try:
            await self._buy(stop, orders)
            await self._until(stop, "Not every order came to Odoo.", self._all_arrived)
            await asyncio.gather(
                self._feel(stop), *(self._send_and_return(stop, shop) for shop in self.stage.shops)
            )
            await self._until(stop, "The stores and Odoo did not come to rest.", self._at_rest)
        finally:
            over.set()
            await following

    async def go_on(self, stop: asyncio.Event) -> None:
        """An order each second until `stop`."""
        await asyncio.gather(self._buy(stop, None), self._follow(stop))

    async def _stocked(self, stop: asyncio.Event) -> None:
        """Wait until both stores have a part of all that is in the warehouse."""
        began = _now()
        await self._until(stop, "Not everything is on sale in both stores.", self._on_shelves)
        for shop in self.stage.shops:
            there = await shop.on_sale()
            units, kinds = number(sum(there.values())), counted(len(there), "kind")
            self._tell(f"{shop.server.name}: {units} units of {kinds} on sale")
        self._tell(f"  Each unit is offered once; shared out in {_now() - began:.1f} s.")

    async def _on_shelves(self) -> bool:
        free = await checking.free(self.stage.buyer)
        shelves = [await shop.on_sale() for shop in self.stage.shops]
        self.goods = sorted(free)
        return all(
            all(shelf.get(sku, 0) > 0 for shelf in shelves)
            and sum(shelf[sku] for shelf in shelves) == units
            for sku, units in free.items()
        )

    async def _buy(self, stop: asyncio.Event, orders: int | None) -> None:
        """One order each second, in turns, whatever becomes of the ones before."""
        start, first = _now(), len(self.sales)
        for turn in itertools.count() if orders is None else range(orders):
            if await happens(stop, start + turn * PACE - _now()):
                return
            shop = self.stage.shops[turn % len(self.stage.shops)]
            await self._sell(shop, self._basket(first + turn))

    def _basket(self, turn: int) -> Basket:
        who, email = PEOPLE[turn % len(PEOPLE)]
        return Basket(
            sku=self.goods[turn * 7 % len(self.goods)],
            units=1 + turn % 3,
            who=who,
            email=email,
            shipping=Decimal("7.50") if turn % 3 else Decimal(0),
        )

    async def _sell(self, shop: Shop, basket: Basket) -> Sale | None:
        try:
            bought = await shop.buy(basket)
        except Rejected as error:
            self.stage.expect(None, error.reason)
            return None
        sale = Sale(shop=shop, basket=basket, bought=bought, at=_now())
        self.sales.append(sale)
        return sale

    async def _follow(self, stop: asyncio.Event) -> None:
        """Tell of each order that has arrived; one look for all of them."""
        while not await happens(stop, GLANCE):
            if not (waiting := {one.origin: one for one in self.waiting}):
                continue
            named = [["origin", "in", list(waiting)], ["state", "=", "sale"]]
            rows = await self.stage.buyer.find("sale.order", named, ["origin", "name"])
            for row in rows:
                self._arrived(waiting[row["origin"]], row["name"])

    def _arrived(self, sale: Sale, name: str) -> None:
        sale.took, sale.sale_order = _now() - sale.at, name
        what = f"{sale.basket.units} × {sale.basket.sku}, {sale.bought.total:,} USD"
        store, order = sale.shop.server.name, sale.bought.number
        self._tell(
            f"{store}: {sale.basket.who} buys {what}, order {order}: "
            f"{name} at the buyer after {sale.took:.1f} s"
        )

    async def _all_arrived(self) -> bool:
        return not self.waiting

    async def _feel(self, stop: asyncio.Event) -> None:
        """One store sells a lot, the other has less on sale."""
        here, there = self.stage.shops
        sku = self.goods[0]
        before = (await there.on_sale())[sku]
        who, email = PEOPLE[1]  # who is a customer of the other store
        basket = Basket(sku=sku, units=MANY, who=who, email=email)
        if await self._sell(here, basket) is None:
            return

        async def lowered() -> bool:
            return (await there.on_sale())[sku] < before

        name = there.server.name
        took = await self._until(stop, f"{name} still offers as much of {sku}.", lowered)
        if took is not None:
            after = (await there.on_sale())[sku]
            self._tell(
                f"{name}: {before} {sku} on sale became {after}, "
                f"{took:.1f} s after {here.server.name} sold {MANY}"
            )

    async def _send_and_return(self, stop: asyncio.Event, shop: Shop) -> None:
        """The store's first order leaves the warehouse, and one unit of it comes back."""
        sale = next((one for one in self.sales if one.shop is shop and one.sale_order), None)
        if sale is None:
            return
        number_, code = f"{shop.server.name}: {sale.bought.number}", f"TRACK-{sale.bought.id}"
        await _ship(self.stage.buyer, sale, code)

        async def heard() -> bool:
            return code in await shop.parcel(sale.bought)

        took = await self._until(stop, f"{number_} hears of no parcel.", heard)
        if took is None:
            return
        self._tell(f"{number_} has left as {code}; its customer knows after {took:.1f} s")
        await shop.give_back(sale.bought, sale.basket.sku, 1)

        async def credited() -> bool:
            moves = await checking.moves(self.stage.buyer, [sale.sale_order])
            return any(one["move_type"] == "out_refund" for one in moves)

        took = await self._until(stop, f"{number_} has no credit note.", credited)
        if took is not None:
            self._tell(f"{number_}: one {sale.basket.sku} came back; credited after {took:.1f} s")

    async def _at_rest(self) -> bool:
        """Whether everything that was bought is booked, and all that is free is on sale."""
        books = [await checking.read(self.stage.buyer, shop) for shop in self.stage.shops]
        return all(not book.complaints for book in books) and await self._on_shelves()

    async def _until(
        self, stop: asyncio.Event, otherwise: str, condition: Callable[[], Awaitable[bool]]
    ) -> float | None:
        """Seconds until it was so; None when it was not, which is noted, or when it is to stop."""
        began = _now()
        while not await condition():
            if await happens(stop, LOOK):
                return None
            if _now() - began > PATIENCE:
                self.stage.expect(None, otherwise)
                return None
        return _now() - began

    def _tell(self, sentence: str) -> None:
        self.stage.desk.tell(sentence)


async def _ship(buyer: Keyboard, sale: Sale, code: str) -> None:
    """The buyer's warehouse packs all of it."""
    order = await buyer.one("sale.order", [["name", "=", sale.sale_order]], ["picking_ids"])
    for picking in order["picking_ids"]:
        moves = await buyer.find("stock.move", [["picking_id", "=", picking]], ["product_uom_qty"])
        for move in moves:
            done = {"quantity": move["product_uom_qty"], "picked": True}
            await buyer.call("stock.move", "write", [move["id"]], done)
        await buyer.call("stock.picking", "write", [picking], {"carrier_tracking_ref": code})
        await buyer.call("stock.picking", "button_validate", [picking], context=UNASKED)


def _seconds(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.1f} as a rule, {max(seconds):.1f} at most, {seconds[-1]:.1f} last"


def _now() -> float:
    return asyncio.get_running_loop().time()
