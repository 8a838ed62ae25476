"""The stores as their customers and owners see them. Apart from the hub: no code of its connectors."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp

from qantara.cli.demo.stand_ins import StandIn
from qantara.transport import Rejected

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What somebody buys; `shipping` is what sending it costs, without tax."""

    sku: str
    units: int
    who: str
    email: str
    shipping: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order as the store tells it: with tax, and how much of it was given back since."""

    id: str
    number: str
    total: Decimal
    given_back: Decimal = Decimal(0)


class Shop(Protocol):
    """One store."""

    server: StandIn

    async def buy(self, basket: Basket) -> Bought:
        """A customer buys and pays."""

    async def give_back(self, order: Bought, sku: str, units: int) -> None:
        """The owner gives the money for some units back, and takes them back."""

    async def orders(self) -> Sequence[Bought]:
        """All of them, oldest first."""

    async def on_sale(self) -> Mapping[str, int]:
        """How many units customers may buy, by SKU."""

    async def parcel(self, order: Bought) -> str:
        """What the customer is told of his parcel; "" where nothing was sent yet."""


class _Door:
    """Speaks HTTP to the stand-in; refuses in words."""

    def __init__(self, server: StandIn) -> None:
        self.server = server
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def _ask(self, place: str, body: Mapping[str, Any] | None = None, **query: str) -> Any:
        """GET without a body, else POST."""
        method = "GET" if body is None else "POST"
        url = f"{self.server.url}{place}"
        async with self._session.request(method, url, json=body, params=query) as answer:
            if answer.status != 200:
                raise Rejected(f"{self.server.name} answers {answer.status} to {place}.")
            return await answer.json()


class WooShop(_Door):
    """A WooCommerce shop."""

    async def buy(self, basket: Basket) -> Bought:
        """Paid by bank transfer."""
        first, _, last = basket.who.partition(" ")
        address = {"first_name": first, "last_name": last, "email": basket.email, **WOO_ADDRESS}
        wish: dict[str, Any] = {
            "items": [{"sku": basket.sku, "quantity": basket.units}],
            "billing": address,
        }
        if basket.shipping:
            wish["shipping_cost"] = str(basket.shipping)
        return _of_woo(await self._ask("/_stand/order", wish))

    async def give_back(self, order: Bought, sku: str, units: int) -> None:
        """By hand, the goods come back."""
        await self._ask("/_stand/refund", {"order": order.id, "items": {sku: units}})

    async def orders(self) -> Sequence[Bought]:
        """As the list of orders shows them."""
        told = await self._ask("/_stand/rows", path="orders")
        return sorted(map(_of_woo, told), key=lambda one: int(one.id))

    async def on_sale(self) -> Mapping[str, int]:
        """Of products and variations."""
        products = await self._ask("/_stand/rows", path="products")
        above = [one["id"] for one in products if one["variations"]]
        below = await asyncio.gather(
            *(self._ask("/_stand/rows", path=f"products/{one}/variations") for one in above)
        )
        sold = [*products, *(each for some in below for each in some)]
        return {one["sku"]: one["stock_quantity"] or 0 for one in sold if one["manage_stock"]}

    async def parcel(self, order: Bought) -> str:
        """The note that went to the customer."""
        notes = await self._ask("/_stand/rows", path=f"orders/{order.id}/notes")
        return next((one["note"] for one in notes if one["customer_note"]), "")


class ShopifyShop(_Door):
    """A Shopify shop."""

    async def buy(self, basket: Basket) -> Bought:
        """Paid by card."""
        first, _, last = basket.who.partition(" ")
        address = {"firstName": first, "lastName": last, **SHOPIFY_ADDRESS}
        wish: dict[str, Any] = {
            "items": [{"sku": basket.sku, "quantity": basket.units}],
            "email": basket.email,
            "billing": address,
            "shipping_address": address,
            "taxes": [{"percent": 15}],
        }
        if basket.shipping:
            wish["shipping"] = {"title": "Standard", "price": str(basket.shipping)}
        made = await self._ask("/_stand/order", wish)
        told = await self._query(ORDER, id=f"gid://shopify/Order/{made['id']}")
        return _of_shopify(told["order"])

    async def give_back(self, order: Bought, sku: str, units: int) -> None:
        """Back to the card, the goods come back."""
        await self._ask("/_stand/refund", {"order": order.id, "items": {sku: units}})

    async def orders(self) -> Sequence[Bought]:
        """Page by page."""
        return [_of_shopify(one) for one in await self._every(ORDERS, "orders")]

    async def on_sale(self) -> Mapping[str, int]:
        """Of variants."""
        variants = await self._every(VARIANTS, "productVariants")
        return {one["sku"]: one["inventoryQuantity"] or 0 for one in variants}

    async def parcel(self, order: Bought) -> str:
        """With whom it travels, and its number."""
        told = await self._query(PARCEL, id=f"gid://shopify/Order/{order.id}")
        parcels = [one for each in told["order"]["fulfillments"] for one in each["trackingInfo"]]
        return ", ".join(f"{one['company'] or 'sent'}: {one['number']}" for one in parcels)

    async def _every(self, query: str, name: str) -> list[Any]:
        found: list[Any] = []
        after = None
        while True:
            page = (await self._query(query, after=after))[name]
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    async def _query(self, query: str, **variables: Any) -> Any:
        """By the owner, who takes nothing of what the hub may ask in a second."""
        return await self._ask("/_stand/ask", {"query": query, "variables": variables})


WOO_ADDRESS = {
    "address_1": "King Fahd Road 12",
    "city": "Riyadh",
    "postcode": "11564",
    "country": "SA",
    "phone": "",
}
SHOPIFY_ADDRESS = {
    "address1": "King Fahd Road 12",
    "city": "Riyadh",
    "zip": "11564",
    "countryCodeV2": "SA",
}
TOLD = """
    id name
    totalPriceSet { shopMoney { amount } }
    totalRefundedSet { shopMoney { amount } }
"""
PAGE = "pageInfo { hasNextPage endCursor }"
ORDER = f"query($id: ID!) {{ order(id: $id) {{ {TOLD} }} }}"
ORDERS = (
    f"query($after: String) {{ orders(first: 100, after: $after) {{ nodes {{ {TOLD} }} {PAGE} }} }}"
)
VARIANTS = f"""
query($after: String) {{
    productVariants(first: 100, after: $after) {{ nodes {{ sku inventoryQuantity }} {PAGE} }}
}}"""
PARCEL = """
query($id: ID!) { order(id: $id) { fulfillments { trackingInfo { company number } } } }
"""


def _of_woo(row: Mapping[str, Any]) -> Bought:
    back = sum((Decimal(one["total"]) for one in row["refunds"]), Decimal(0))
    return Bought(
        id=str(row["id"]),
        number=row["number"],
        total=Decimal(row["total"]).quantize(CENT),
        given_back=-back.quantize(CENT),
    )


def _of_shopify(node: Mapping[str, Any]) -> Bought:
    return Bought(
        id=node["id"].rpartition("/")[2],
        number=node["name"],
        total=_amount(node["totalPriceSet"]),
        given_back=_amount(node["totalRefundedSet"]),
    )


def _amount(bag: Mapping[str, Any]) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"]).quantize(CENT)
