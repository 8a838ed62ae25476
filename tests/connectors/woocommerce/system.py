"""The stand-in WooCommerce as the connector contract needs it: records seeded, touched, written."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Connection
from qantara.connectors.woocommerce.mapping import shipment
from qantara.connectors.woocommerce.mapping.product import PIECE
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
    Variant,
    VariantPrice,
)
from qantara.model.store import Contact
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.testing import Sample, System
from tests.connectors.woocommerce.pictures import PICTURES, Pictures

FIRST, SECOND = (Image(sha1=one) for one in PICTURES)
SENT_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


class WooSystem(System):
    """One shop, and the server from which it fetches pictures."""

    repeatable = frozenset({"stock_level", "category", "store_order"})

    def __init__(self, shop: WooCommerceStandIn, pictures: Pictures) -> None:
        self.shop = shop
        self.pictures = pictures
        self.currency = shop.settings.currency
        self._made = 0
        self.first = self._add("products/categories", name="First")
        self.second = self._add("products/categories", name="Second")
        self.item = self._item()

    def connection(self) -> Connection:
        return Connection(
            name="shop",
            connector="woocommerce",
            url=self.shop.url,
            settings={
                "login": self.shop.key,
                "compare_minutes": "0",
                "images": self.pictures.base,
            },
            secrets={"key": self.shop.secret, "webhook": "bell-secret"},
            private=True,
        )

    def several(self, entity: str) -> int:
        return 1 if entity == "warehouse" else 102

    def seed(self, entity: str, number: int) -> Collection[str]:
        seeds: dict[str, Callable[[], str]] = {
            "category": lambda: self._add("products/categories", name=f"Category {self._made}"),
            "product": lambda: self._add("products", name="P", sku=f"P-{self._made}"),
            "partner": lambda: self._add("customers", email=f"c{self._made}@example.com"),
            "store_order": self._order,
            "refund": self._refund,
            "warehouse": lambda: "store",
            "stock_level": lambda: f"{self._item()}@store",
            "shipment": self._shipped,
        }
        found = []
        for _ in range(number):
            self._made += 1
            found.append(seeds[entity]())
        return found

    def touch(self, entity: str, external_id: str) -> str:
        one = external_id.replace("@", "/").partition("/")[0]
        edits: dict[str, tuple[str, dict[str, Any]]] = {
            "category": ("products/categories", {"name": "Touched"}),
            "product": ("products", {"name": "Touched"}),
            "partner": ("customers", {"first_name": "Touched"}),
            "store_order": ("orders", {"customer_note": "Touched"}),
            "refund": ("orders", {"payment_method_title": "Touched"}),
            "stock_level": ("products", {"stock_quantity": 7}),
            "shipment": ("orders", {"meta_data": [_kept("contract", "Touched")]}),
        }
        path, fields = edits[entity]
        self.shop.edit(f"{path}/{one}", **fields)
        return external_id

    def sample(self, entity: str, number: int = 0) -> Sample:
        made: Sample = getattr(self, f"_sample_{entity}")(number)
        return made

    def money(self, amount: str) -> Money:
        """In the shop's currency, with as many decimals as it has."""
        cents = Decimal(1).scaleb(-self.shop.settings.decimals)
        return Money(Decimal(amount).quantize(cents).normalize(), self.currency)

    def _sample_category(self, number: int) -> Sample:
        return Sample(
            record=Category(
                name=Text(f"كراسي & Chairs {number}"),
                path=f"First / كراسي & Chairs {number}",
                parent=Ref("category", self.first),
            ),
            changes={"parent": Ref("category", self.second)},
            unwritten={"path": "It follows from name and parent."},
            refused=Category(name=Text("Lost"), path="", parent=Ref("category", self.absent)),
        )

    def _sample_product(self, number: int) -> Sample:
        return Sample(
            record=self.chair(number),
            changes=self._product_changes(number),
            unwritten={
                **dict.fromkeys(("unit", "tracking", "suppliers", "sold"), "A store has none."),
                "bought": "A store has none.",
                "price": "It follows from the prices of the variants.",
                "category": "It is one of the categories.",
            },
            together=[frozenset({"options", "variants", "prices"})],
            contents=PICTURES,
            refused=Product(
                name=Text("Of another currency"),
                kind="goods",
                unit=PIECE,
                variants=(Variant(sku=f"X-{number}"),),
                price=Money.of(1, "XTS"),
            ),
        )

    def chair(self, number: int) -> Product:
        """A product of two colours."""
        return Product(
            name=Text(f"كرسي مريح {number}"),
            kind="goods",
            unit=PIECE,
            variants=(
                self._variant(f"CH-{number}-B", "Blue", 1 + 10 * number),
                self._variant(f"CH-{number}-R", "Red", 2 + 10 * number),
            ),
            description=Text("A chair\nto sit on"),
            options=(_option("Colour", "Blue", "Red"),),
            image=FIRST,
            html=Text("<h2>كرسي</h2>\n<p>Made of <b>oak</b> &amp; steel</p>"),
            prices=(
                VariantPrice(variant="Colour=Blue", price=self.money("12.345")),
                VariantPrice(
                    variant="Colour=Red", price=self.money("9.125"), regular=self.money("12.345")
                ),
            ),
            categories=(Ref("category", self.first),),
            gallery=(SECOND,),
            tags=("oak", "خشب"),
        )

    def _product_changes(self, number: int) -> dict[str, Any]:
        return {
            "kind": "service",
            "image": SECOND,
            "gallery": (FIRST,),
            "tags": ("new", "oak"),
            "categories": (Ref("category", self.first), Ref("category", self.second)),
            "options": (_option("Colour", "Blue", "Green", "Red"),),
            "variants": (
                self._variant(f"CH-{number}-B أزرق", "Blue", 3 + 10 * number),
                self._variant(f"CH-{number}-G", "Green", 4 + 10 * number),
                self._variant(f"CH-{number}-R2", "Red", 5 + 10 * number),
            ),
            "prices": tuple(
                VariantPrice(variant=f"Colour={colour}", price=self.money(amount))
                for colour, amount in (("Blue", "1.001"), ("Green", "2.002"), ("Red", "3.003"))
            ),
        }

    def _variant(self, sku: str, colour: str, number: int) -> Variant:
        return Variant(
            sku=sku,
            barcode=f"{number:013}",
            weight=Decimal("0.25") * number,
            options=(("Colour", colour),),
        )

    def _sample_stock_level(self, number: int) -> Sample:
        level = StockLevel(
            product=Ref("variant", self.item),
            warehouse=Ref("warehouse", "store"),
            free=Decimal(3 + number),
        )
        own = "It says which level this is."
        return Sample(
            record=level,
            unwritten={"product": own, "warehouse": own, "seen": "It is compared, never kept."},
            refused=StockLevel(
                product=Ref("variant", self.absent), warehouse=level.warehouse, free=Decimal(1)
            ),
        )

    def _sample_store_order(self, number: int) -> Sample:
        record = StoreOrder(
            number=str(number),
            state="on_hold",
            customer=None,
            billing=Contact(name=""),
            currency=self.currency,
            placed_at=None,
            lines=(),
            total=Decimal(0),
        )
        other = dict.fromkeys(StoreOrder.__dataclass_fields__, "The store's own.")
        del other["state"]
        return Sample(
            record=record,
            changes={"state": "completed"},
            unwritten=other,
            existing=self._order(),
            refused=StoreOrder(
                **{name: getattr(record, name) for name in other}, state="processing"
            ),
        )

    def _sample_shipment(self, number: int) -> Sample:
        order = self.shop.order((int(self.item), 5))
        line = order["line_items"][0]["id"]
        return Sample(
            record=Shipment(
                order=Ref("store_order", str(order["id"])),
                number=f"OUT/{number}",
                lines=(
                    Sent(product=Ref("variant", self.item), quantity=Decimal(2), line=str(line)),
                ),
                carrier="أرامكس",
                tracking=("T-1", "T-2"),
                tracking_url="https://track.example.com/1",
                shipped_at=SENT_AT,
            ),
            changes={"tracking": ("T-3",)},
            unwritten={"order": "It says whose shipment it is."},
            refused=Shipment(order=Ref("store_order", self.absent), number="X", lines=()),
        )

    def _item(self) -> str:
        self._made += 1
        return self._add(
            "products",
            name="Item",
            sku=f"I-{self._made}",
            regular_price="5",
            manage_stock=True,
            stock_quantity=1000,
        )

    def _add(self, path: str, **fields: Any) -> str:
        return str(self.shop.add(path, **fields)["id"])

    def _order(self) -> str:
        return str(self.shop.order((int(self.item), 1))["id"])

    def _refund(self) -> str:
        order = self._order()
        return f"{order}/{self.shop.refund(int(order), amount='1.00')['id']}"

    def _shipped(self) -> str:
        order = self._order()
        self.shop.edit(f"orders/{order}", meta_data=[_kept("contract", "OUT")])
        return f"{order}/{shipment.mark('contract')}"


def _kept(key: str, number: str) -> dict[str, str]:
    record = Shipment(order=Ref("store_order", ""), number=number, lines=())
    return {"key": f"{shipment.KEPT}{shipment.mark(key)}", "value": shipment.to_text(record)}


def _option(name: str, *values: str) -> Option:
    return Option(name=Text(name), values=tuple(OptionValue(name=Text(one)) for one in values))
