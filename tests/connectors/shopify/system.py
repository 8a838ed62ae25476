"""Shopify's stand-in as the connector contract needs it: seeded, touched, and what is written there."""

import hashlib
import itertools
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Connection
from qantara.model import (
    Category,
    Image,
    Money,
    Option,
    OptionValue,
    Product,
    Ref,
    Sent,
    Shipment,
    StockLevel,
    StoreOrder,
    Text,
    Unit,
    Variant,
    VariantPrice,
)
from qantara.model.store import Contact
from qantara.sandbox.shopify import CASH_ON_DELIVERY, Item, Payment, ShopifyStandIn, Tax
from qantara.testing import Sample, System

PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))
PNG = b"\x89PNG\r\n\x1a\n"
FIRST, SECOND = PNG + b"one", PNG + b"two"
PICTURES = {hashlib.sha1(one).hexdigest(): one for one in (FIRST, SECOND)}  # noqa: S324 - a name
ONE, OTHER = (Image(sha1=sha1) for sha1 in PICTURES)

SET = """mutation Set($input: ProductSetInput!) {
  productSet(input: $input) { product { id variants(first: 1) { nodes { id } } } }
}"""
COLLECT = """mutation Make($input: CollectionInput!) {
  collectionCreate(input: $input) { collection { id } }
}"""

NO_PLACE = "Shopify has no place for it."
DERIVED = "It follows from the variants' prices."
SHOPS = "The shop decides."

PRODUCT_UNWRITTEN = {
    "unit": NO_PLACE,
    "price": DERIVED,
    "suppliers": NO_PLACE,
    "tracking": NO_PLACE,
    "sold": NO_PLACE,
    "bought": NO_PLACE,
    "gallery": "The engine brings the bytes of one picture.",
}


class ShopifySystem(System):
    """One shop."""

    absent = "987654321"

    def __init__(self, shop: ShopifyStandIn, **settings: str) -> None:
        self.shop = shop
        self.settings = settings
        self.sku = "ITEM"
        self.item = self.made(self.sku, "Item")
        self.categories = [self._collection(name) for name in ("First", "Second")]
        self.place = shop.ids("Location")[0]
        shop.stock(self.sku, 100_000)
        self.number = 0

    def connection(self) -> Connection:
        return Connection(
            name="shop",
            connector="shopify",
            url=self.shop.url,
            settings=self.settings,
            secrets={"key": self.shop.token},
            private=True,
        )

    def several(self, entity: str) -> int:
        return 101 if entity == "warehouse" else 252

    def seed(self, entity: str, number: int) -> Collection[str]:
        return [getattr(self, f"_seed_{entity}")(self._next()) for _ in range(number)]

    def touch(self, entity: str, external_id: str) -> str:
        if entity == "refund":
            order = external_id.partition("/")[0]
            return f"{order}/{self.shop.refund(order, items={self.sku: 1})}"
        return self._touched(entity, external_id)

    def sample(self, entity: str, number: int = 0) -> Sample:
        made: Sample = getattr(self, f"_{entity}")(number)
        return made

    def order(self, quantity: int = 5) -> str:
        """A new order, paid on delivery."""
        return self.shop.order(
            items=[Item(sku=self.sku, quantity=quantity)],
            email="sara@example.com",
            taxes=[Tax(percent=Decimal(15))],
            payments=[Payment(gateway=CASH_ON_DELIVERY, status="PENDING")],
        )

    def cube(self, record: Product, axes: Mapping[str, str]) -> Product:
        """The record with a variant for each choice of all axes."""
        every = [tuple(zip(axes, one, strict=True)) for one in itertools.product(*axes.values())]
        variants = sorted(
            (Variant(sku=f"V-{at}", options=options) for at, options in enumerate(every)),
            key=lambda one: one.key,
        )
        return replace(
            record,
            variants=tuple(variants),
            options=tuple(
                Option(name=Text(name), values=tuple(OptionValue(name=Text(one)) for one in values))
                for name, values in axes.items()
            ),
            prices=tuple(
                VariantPrice(variant=one.key, price=self._money("5.25")) for one in variants
            ),
            image=None,
        )

    def _touched(self, entity: str, one: str) -> str:
        if entity == "stock_level":
            sku = next(
                row["sku"]
                for row in self.shop.rows("ProductVariant")
                if row["id"].endswith(one.partition("@")[0])
            )
            self.shop.stock(sku, self._next() + 7)
            return one
        kind, field, value = {
            "category": ("Collection", "title", f"Touched {self._next()}"),
            "product": ("Product", "title", f"Touched {self._next()}"),
            "partner": ("Customer", "firstName", f"Touched {self._next()}"),
            "store_order": ("Order", "note", f"Touched {self._next()}"),
            "warehouse": ("Location", "name", f"Touched {self._next()}"),
            "shipment": ("Order", "note", f"Touched {self._next()}"),
        }[entity]
        if entity == "shipment":
            return self._shipment_touched(one)
        self.shop.change(kind, one, **{field: value})
        return one

    def _shipment_touched(self, one: str) -> str:
        row = next(row for row in self.shop.rows("Fulfillment") if row["id"].endswith(one))
        self.shop.ask(
            """mutation Track($id: ID!, $info: FulfillmentTrackingInput!) {
              fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $info) {
                fulfillment { id } userErrors { message } } }""",
            {"id": row["id"], "info": {"number": f"T-{self._next()}", "company": "SMSA"}},
        )
        return one

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _seed_category(self, number: int) -> str:
        return self._collection(f"Category {number}")

    def _seed_product(self, number: int) -> str:
        return self.made(f"SEED-{number}", f"منتج {number}")[0]

    def _seed_partner(self, number: int) -> str:
        return self.shop.customer(
            firstName="سارة", lastName=str(number), email=f"s{number}@example.com"
        )

    def _seed_store_order(self, number: int) -> str:
        del number
        return self.order()

    def _seed_refund(self, number: int) -> str:
        del number
        order = self.shop.order(items=[Item(sku=self.sku, quantity=5)], email="sara@example.com")
        return f"{order}/{self.shop.refund(order, items={self.sku: 1})}"

    def _seed_warehouse(self, number: int) -> str:
        return self.shop.location(f"مستودع {number}")

    def _seed_stock_level(self, number: int) -> str:
        sku = f"SEED-{number}"
        _, variant = self.made(sku, sku)
        self.shop.stock(sku, number)
        return f"{variant}@{self.place}"

    def _seed_shipment(self, number: int) -> str:
        return self.shop.fulfill(self.order(), company="Aramex", number=f"N-{number}")

    def _product_set(self, given: dict[str, Any]) -> Any:
        return self.shop.ask(SET, {"input": given})["productSet"]["product"]

    def _product_of(self, sku: str) -> Any:
        return {
            "productOptions": [{"name": "Title", "values": [{"name": "Default Title"}]}],
            "variants": [
                {
                    "sku": sku,
                    "price": "10.00",
                    "optionValues": [{"optionName": "Title", "name": "Default Title"}],
                }
            ],
        }

    def _collection(self, title: str) -> str:
        made = self.shop.ask(COLLECT, {"input": {"title": title}})
        return str(made["collectionCreate"]["collection"]["id"]).rpartition("/")[2]

    def made(self, sku: str, title: str) -> tuple[str, str]:
        """A product of one variant; the ids of both."""
        made = self._product_set({"title": title, **self._product_of(sku)})
        variant = made["variants"]["nodes"][0]["id"]
        return made["id"].rpartition("/")[2], variant.rpartition("/")[2]

    def _category(self, number: int) -> Sample:
        return Sample(
            record=Category(
                name=Text(f"كراسي {number}"),
                path=f"First / كراسي {number}",
                parent=Ref("category", self.categories[0]),
            ),
            changes={
                "name": Text(f"طاولات {number}"),
                "path": f"Second / طاولات {number}",
                "parent": Ref("category", self.categories[1]),
            },
            together=[frozenset({"name", "path", "parent"})],
        )

    def _product(self, number: int) -> Sample:
        return Sample(
            record=Product(
                name=Text(f"كرسي {number}"),
                kind="goods",
                unit=PIECE,
                variants=self._variants(number, "Blue", "Red"),
                options=(_option("Blue", "Red"),),
                category=Ref("category", self.categories[0]),
                categories=(Ref("category", self.categories[0]),),
                html=Text("<p>مريح</p>"),
                description=Text("كرسي مريح\nمن خشب"),
                prices=self._prices("9.125", "Blue", "Red"),
                image=ONE,
                tags=("جديد",),
            ),
            changes={
                "kind": "consumable",
                "category": Ref("category", self.categories[1]),
                "categories": tuple(Ref("category", one) for one in self.categories),
                "options": (_option("Blue", "Green", "Red"),),
                "variants": self._variants(number + 500, "Blue", "Green", "Red"),
                "prices": self._prices("11.375", "Blue", "Green", "Red"),
                "image": OTHER,
                "tags": ("قديم",),
                "published": False,
                "active": False,
            },
            unwritten=PRODUCT_UNWRITTEN,
            together=[
                frozenset({"options", "variants", "prices"}),
                frozenset({"category", "categories"}),
            ],
            contents=PICTURES,
            refused=replace(
                self._bare(),
                prices=(VariantPrice(variant="", price=Money.of(1, "XTS")),),
            ),
        )

    def _bare(self) -> Product:
        return Product(
            name=Text("Of an unknown currency"),
            kind="goods",
            unit=PIECE,
            variants=(Variant(sku="X"),),
        )

    def _variants(self, number: int, *colours: str) -> tuple[Variant, ...]:
        return tuple(
            Variant(
                sku=f"CH-{number}-{colour}",
                barcode=f"{number:06}{at:06}",
                cost=self._money(f"{4 + at}.375"),
                weight=Decimal(at) + Decimal("0.25"),
                options=(("Colour", colour),),
            )
            for at, colour in enumerate(colours)
        )

    def _prices(self, amount: str, *colours: str) -> tuple[VariantPrice, ...]:
        return tuple(
            VariantPrice(
                variant=f"Colour={colour}",
                price=self._money(amount),
                regular=self._money("20.125") if colour == "Red" else None,
            )
            for colour in colours
        )

    def _money(self, amount: str) -> Money:
        currency = self.shop.settings.currency
        exact = Decimal(amount) if currency == "KWD" else Decimal(amount).quantize(Decimal("0.01"))
        return Money(exact, currency)

    def _stock_level(self, number: int) -> Sample:
        own = "It says which level this is."
        return Sample(
            record=StockLevel(
                product=Ref("variant", self.item[1]),
                warehouse=Ref("warehouse", self.place),
                free=Decimal(3 + number),
            ),
            unwritten={"product": own, "warehouse": own, "seen": "It is a condition, not a fact."},
            refused=StockLevel(
                product=Ref("variant", self.absent),
                warehouse=Ref("warehouse", self.place),
                free=Decimal(1),
            ),
        )

    def _store_order(self, number: int) -> Sample:
        del number
        every = dict.fromkeys(StoreOrder.__dataclass_fields__, SHOPS)
        return Sample(
            record=StoreOrder(
                number="",
                state="on_hold",
                customer=None,
                billing=Contact(name=""),
                currency="SAR",
                placed_at=None,
                lines=(),
                total=Decimal(0),
            ),
            existing=self.order(),
            changes={"state": "cancelled"},
            unwritten={name: why for name, why in every.items() if name != "state"},
        )

    def _shipment(self, number: int) -> Sample:
        order = self.order()
        (line,) = [
            row["id"].rpartition("/")[2]
            for row in self.shop.rows("LineItem")
            if row["_order"].endswith(order)
        ]
        which = "It says what left."
        return Sample(
            record=Shipment(
                order=Ref("store_order", order),
                number="",
                lines=(Sent(product=Ref("variant", self.item[1]), quantity=Decimal(2), line=line),),
                carrier="أرامكس",
                tracking=(f"A-{number}", f"B-{number}"),
                tracking_url="https://track.example/1",
            ),
            changes={
                "carrier": "SMSA",
                "tracking": (f"C-{number}",),
                "tracking_url": "https://track.example/2",
            },
            unwritten={
                "order": which,
                "lines": which,
                "number": SHOPS,
                "shipped_at": SHOPS,
                "cancelled": "A fulfilment that was cancelled is not changed any more.",
            },
            together=[frozenset({"carrier", "tracking", "tracking_url"})],
            refused=Shipment(
                order=Ref("store_order", order),
                number="",
                lines=(
                    Sent(product=Ref("variant", self.item[1]), quantity=Decimal(99), line=line),
                ),
            ),
        )


def _option(*values: str) -> Option:
    return Option(
        name=Text("Colour"), values=tuple(OptionValue(name=Text(value)) for value in values)
    )
