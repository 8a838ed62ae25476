"""Stores as shoppers see them, each with an Odoo behind it and the hub's processes between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from typing import Protocol

import aiohttp
from sqlalchemy import Connection as Database

from bench.installation import Installation, furnish
from qantara.connectors.base import Connection
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.shopify import Item, ShopifyStandIn, Tax
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage import dead_letters, inbox, lanes, work
from tests.campaign.senders import free_port
from tests.connectors.odoo.places import standing
from tests.flows.commerce.high_street import furnished
from tests.flows.commerce.post import Letter, Post, bring

PRODUCTS, UNITS = 8, 20_000
"""How many goods there are, and how many lie there of each."""

SECRET = "what-the-webhooks-are-signed-with"
PLENTY = 1e7
"""Points: Shopify's limits are tested apart."""

TOTAL = "query($id: ID!) { order(id: $id) { name totalPriceSet { shopMoney { amount } } } }"

PATIENCE = 900.0
LOOK = 0.1
LINKS = 8

FLOW = """
[hub]
address = "{address}"
drift = "off"

[[flows]]
name = "shop"
recipe = "commerce"
odoo = "erp"
store = "store"
every = "off"
raise_after = 0.1
residue = "ROUND"
journals = {{ "*" = "BNK1" }}
products = {{ shipping = "SHIP", fee = "FEE", adjustment = "ROUND" }}
{more}
"""


class Till(Protocol):
    """A store. `orders` are the totals of what was sold, by number."""

    secret: str
    orders: dict[str, Decimal]

    @property
    def connection(self) -> Connection:
        """As the hub enters it."""

    def sell(self, customer: int) -> None:
        """This customer buys something, and pays."""

    def is_posted(self) -> bool:
        """Send what webhooks there are to send; whether all of them have left."""

    def left(self) -> dict[str, int]:
        """Units on sale, by SKU."""


@dataclass(kw_only=True)
class Woo:
    """A WooCommerce."""

    stand: WooCommerceStandIn
    secret: str = SECRET
    orders: dict[str, Decimal] = field(default_factory=dict)
    goods: list[int] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        """As the hub enters it."""
        return Connection(
            name="store",
            connector="woocommerce",
            url=self.stand.url,
            settings={"login": self.stand.key},
            secrets={"key": self.stand.secret},
        )

    def sell(self, customer: int) -> None:
        """One or two of something, by a guest."""
        self.goods = self.goods or [row["id"] for row in self.stand.rows("products")]
        what = self.goods[customer % len(self.goods)]
        told = self.stand.order((what, 1 + customer % 2), billing=_person(customer))
        self.orders[told["number"]] = Decimal(told["total"])

    def is_posted(self) -> bool:
        """One after the other, as a shop does."""
        self.stand.deliver()
        return True

    def left(self) -> dict[str, int]:
        """Units on sale, by SKU."""
        return {row["sku"]: row["stock_quantity"] for row in self.stand.rows("products")}


@dataclass(kw_only=True)
class Mall:
    """A Shopify."""

    stand: ShopifyStandIn
    orders: dict[str, Decimal] = field(default_factory=dict)

    @property
    def secret(self) -> str:
        """The app's own: Shopify signs with it."""
        return self.stand.secret

    @property
    def connection(self) -> Connection:
        """As the hub enters it."""
        return Connection(
            name="store",
            connector="shopify",
            url=self.stand.url,
            secrets={"key": self.stand.token},
        )

    def sell(self, customer: int) -> None:
        """One or two of something, by a guest."""
        item = Item(sku=f"G-{customer % PRODUCTS}", quantity=1 + customer % 2)
        vat = [Tax(percent=Decimal(15))]
        email = f"c{customer}@example.com"
        number = self.stand.order(items=[item], taxes=vat, email=email)
        told = self.stand.ask(TOTAL, {"id": f"gid://shopify/Order/{number}"})["order"]
        self.orders[told["name"]] = Decimal(told["totalPriceSet"]["shopMoney"]["amount"])

    def is_posted(self) -> bool:
        """Whether nothing waits and nothing is on its way."""
        self.stand.settle()
        return not self.stand.postman.queue and not self.stand.postman.busy

    def left(self) -> dict[str, int]:
        """Units on sale, by SKU."""
        return {f"G-{one}": self.stand.available(f"G-{one}") for one in range(PRODUCTS)}


def _person(number: int) -> dict[str, str]:
    return {
        "first_name": f"Mona {number}",
        "last_name": "Haddad",
        "address_1": f"{number} Olaya St",
        "city": "Riyadh",
        "postcode": "11564",
        "country": "SA",
        "email": f"c{number}@example.com",
        "phone": f"+9665{number:08}",
    }


@contextmanager
def woo() -> Iterator[Woo]:
    """A shop that sends its webhooks when it is told to."""
    with WooCommerceStandIn(deliveries="manual") as stand:
        stand.add("taxes", country="SA", rate="15", name="VAT", shipping=True)
        yield Woo(stand=stand)


@contextmanager
def mall() -> Iterator[Mall]:
    """A shop with room for all that is asked."""
    with ShopifyStandIn(currency="SAR", country="SA", bucket=PLENTY, restore=PLENTY) as stand:
        yield Mall(stand=stand)


@dataclass(kw_only=True)
class Business:
    """A store, its Odoo, the hub, and the post that brings the hub what the store sends."""

    till: Till
    odoo: OdooStandIn
    post: Post
    installation: Installation
    links: int
    port: int = field(default_factory=free_port)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """The hub works: it has asked once, and its webhooks are at the store."""
        commands = [("sync", "--listen", f"127.0.0.1:{self.port}")]
        async with self.installation.going(commands):
            await happens(self._listens)
            await self.rests()
            yield

    async def bring(self, letters: Sequence[Letter]) -> None:
        """To the hub's entrance."""
        await bring(letters, f"http://127.0.0.1:{self.port}")

    async def rests(self) -> None:
        """Everything that the hub was told of has its outcome, and each lane was at work."""
        with self.installation.open() as store:
            await happens(partial(store.run, self._is_at_rest))

    async def posted(self) -> list[Letter]:
        """What the store has sent since the last time."""
        await happens(partial(asyncio.to_thread, self.till.is_posted))
        return self.post.emptied()

    async def left(self) -> int:
        """Records that the hub has still to look at."""
        with self.installation.open() as store:
            return sum(one.count for one in (await store.run(work.backlogs)).values())

    def sold(self, state: str = "") -> list[str]:
        """The numbers of the store's orders in Odoo, each as often as it is there."""
        rows = [row for row in self.odoo.rows("sale.order") if state in ("", row["state"])]
        return sorted(row["client_order_ref"] for row in rows if row.get("client_order_ref"))

    def worth(self) -> Decimal:
        """What these orders come to."""
        rows = self.odoo.rows("sale.order")
        ids = [row["id"] for row in rows if row.get("client_order_ref")]
        told = self.odoo.read("sale.order", ids, "amount_total") if ids else []
        return sum((Decimal(str(row["amount_total"])) for row in told), Decimal(0))

    def paid(self) -> Decimal:
        """What was registered as paid."""
        rows = self.odoo.rows("account.payment")
        return sum((Decimal(str(row["amount"])) for row in rows), Decimal(0))

    def buyers(self) -> list[str]:
        """E-mail addresses of people, each as often as it is there."""
        rows = self.odoo.rows("res.partner")
        found = [row["email"] for row in rows if row.get("email") and not row.get("parent_id")]
        return sorted(one for one in found if one.startswith("c"))

    def free(self) -> dict[str, int]:
        """Units that are there and promised to nobody, by SKU."""
        goods = {row["id"]: row["default_code"] for row in self.odoo.rows("product.product")}
        ids = [one for one, code in goods.items() if (code or "").startswith("G-")]
        told = self.odoo.read("product.product", ids, "free_qty")
        return {goods[row["id"]]: int(row["free_qty"]) for row in told}

    def complaints(self) -> list[str]:
        """What was put aside for a person."""
        with self.installation.open() as store:
            return [one.reason for one in store.run_here(dead_letters.listing)]

    async def _listens(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{self.port}/healthz") as answer,
            ):
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def _is_at_rest(self, journal: Database) -> bool:
        states = lanes.states(journal).values()
        links = [one for one in states if one.link.startswith("shop.")]
        begun = len(links) == self.links and all(one.pause and not one.holder for one in links)
        return begun and not inbox.waiting(journal, "store", 1) and not work.backlogs(journal)


async def happens(true: Callable[[], Awaitable[bool]], look: float = LOOK) -> None:
    """Wait for it."""
    async with asyncio.timeout(PATIENCE):
        for _ in count():
            if await true():
                return
            await asyncio.sleep(look)


@asynccontextmanager
async def business(
    till: Till, folder: Path, *, more: str = "", links: int = LINKS
) -> AsyncIterator[Business]:
    """Goods lie in Odoo and are on sale in the store; nobody has bought anything.

    `more` are further options of the flow, which make so many `links`.
    """
    with standing(18) as odoo, Post() as post:
        desk = furnished(odoo)
        warehouse = desk.odoo.rows("stock.warehouse")[0]["lot_stock_id"]
        for number in range(PRODUCTS):
            _goods(odoo, f"G-{number}", 10.0 + number, warehouse)
        erp = Connection(
            name="erp",
            connector="odoo",
            url=odoo.url,
            settings={"database": odoo.database_name, "login": "hub@example.com"},
            secrets={"key": "hub-key"},
        )
        flow = FLOW.format(address=post.url, more=more)
        installation = furnish(folder / "home", flow, (erp, till.connection), till.secret)
        await installation.once("run")
        yield Business(till=till, odoo=odoo, post=post, installation=installation, links=links)


def _goods(odoo: OdooStandIn, code: str, price: float, place: int) -> None:
    kind = {"type": "consu", "is_storable": True, "invoice_policy": "order"}
    values = {"name": f"Product {code}", "default_code": code, "list_price": price, **kind}
    variant = odoo.create("product.product", values)
    counted = {"product_id": variant, "location_id": place, "inventory_quantity": UNITS}
    quant = odoo.create("stock.quant", counted, inventory_mode=True)
    odoo.call("stock.quant", "action_apply_inventory", [quant])
