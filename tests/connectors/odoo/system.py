"""The stand-in Odoo as the connector contract needs it: records seeded, touched and written."""

import base64
import hashlib
import html
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from qantara.connectors.base import Connection
from qantara.connectors.odoo.connector import READERS
from qantara.model import (
    Address,
    Category,
    Image,
    Money,
    Note,
    Partner,
    Product,
    Record,
    Ref,
    StockLevel,
    SupplierPrice,
    Text,
    Unit,
    Variant,
    Warehouse,
)
from qantara.sandbox.odoo import OdooStandIn
from qantara.testing import Sample, System
from qantara.testing.altering import THREE_DECIMALS
from tests.connectors.odoo import boarding, deciding, moving, storing, talking, trading
from tests.connectors.odoo.shopping import Shop

PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))
DOZEN = Unit(name="Dozens", category="Unit", factor=Decimal(12))
PICTURES = {
    hashlib.sha1(picture).hexdigest(): picture  # noqa: S324 - Odoo's own checksum
    for text in (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
    )
    for picture in [base64.b64decode(text)]
}
FIRST, SECOND = (Image(sha1=one) for one in PICTURES)
ORDERED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


class OdooSystem(System):
    """An Odoo of one version whose company keeps its books in one currency."""

    traded = frozenset({trading.OFFERED, trading.ACCEPTED})
    unread = frozenset({"note", deciding.QUESTION, deciding.DEED}) | traded
    repeatable = (
        frozenset({"stock_level", "replenishment", deciding.QUESTION, deciding.DEED}) | traded
    )

    def __init__(self, odoo: OdooStandIn, currency: str) -> None:
        self.odoo = odoo
        self.currency = currency
        self._made = 0
        self._shop: Shop | None = None
        boarding.furnish(odoo)
        for row in odoo.rows("res.currency"):
            if row["name"] == "USD":
                odoo.write("res.currency", row["id"], {"active": True})
        usd = next(row["id"] for row in odoo.rows("res.currency") if row["name"] == "USD")
        odoo.create("product.pricelist", {"name": "Dollars", "currency_id": usd})
        self.vendor = odoo.create("res.partner", {"name": "Vendor", "is_company": True})
        self.other = odoo.create("res.partner", {"name": "Other vendor", "is_company": True})
        self.item = odoo.create("product.product", {"name": "Item", **self._storable()})
        self.talk = odoo.create("sale.order", {"partner_id": self.vendor})
        self.place = odoo.create(
            "stock.location", {"name": "Far (FAR)", "usage": "transit", "company_id": False}
        )

    def connection(self) -> Connection:
        return Connection(
            name="odoo",
            connector="odoo",
            url=self.odoo.url,
            settings={"database": "factory", "login": "hub@example.com", "languages": "en,ar"},
            secrets={"key": "hub-key"},
        )

    def several(self, entity: str) -> int:
        return READERS[entity].page + 2

    def seed(self, entity: str, number: int) -> Collection[str]:
        model, values, suffix = self._seeds()[entity]
        rows = []
        for _ in range(number):
            self._made += 1
            rows.append({name: self._filled(value) for name, value in values.items()})
        ids = self.odoo.call(model, "create", rows)
        if entity == trading.OFFERED:
            return [trading.terms_id(self.odoo, one) for one in ids]
        return [f"{one}{suffix}" for one in ids]

    def touch(self, entity: str, external_id: str) -> str:
        number = int(re.split("[@:]", external_id)[0])
        touched: Mapping[str, Callable[[int], Any]] = {
            "order_state": lambda one: self.odoo.call("sale.order", "action_confirm", [one]),
            **dict.fromkeys(("stock_level", "replenishment"), self._count),
        }
        names = {
            "purchase_order": "partner_ref",
            **dict.fromkeys(("sale_order", "store_order", *deciding.STANDING), "client_order_ref"),
            "refund": "ref",
            "shipment": "carrier_tracking_ref",
            **dict.fromkeys(("transfer", "receipt"), "origin"),
            "request": "x_note",
            "purchase_terms": "partner_ref",
            "order_terms": "client_order_ref",
            **dict.fromkeys(("order_refusal", "message"), "body"),
        }
        if entity in touched:
            touched[entity](number)
        else:
            model = self._seeds()[entity][0]
            self.odoo.write(model, number, {names.get(entity, "name"): "Touched"})
        if entity == trading.OFFERED:
            return trading.terms_id(self.odoo, number)
        return external_id.replace(":draft", ":confirmed")

    def kept(self, entity: str) -> Mapping[str, Record]:
        if entity == deciding.QUESTION:
            return deciding.questions(self.odoo)
        if entity == deciding.DEED:
            return deciding.Deeds(self.odoo)
        if entity in self.traded:
            return trading.Traded(self.odoo, entity, self.item)
        assert entity == "note"
        ours = [
            row
            for row in self.odoo.rows("mail.message")
            if str(row.get("message_id", "")).endswith("@qantara>")
        ]
        return {
            str(row["id"]): Note(on=Ref("partner", str(row["res_id"])), body=_text(row["body"]))
            for row in ours
        }

    def sample(self, entity: str, number: int = 0) -> Sample:
        made: Sample = getattr(self, f"_{entity}")(number)
        return made

    def _seeds(self) -> dict[str, tuple[str, dict[str, Any], str]]:
        order = {"partner_id": self.vendor}
        return {
            "category": ("product.category", {"name": "Category {}"}, ""),
            "partner": ("res.partner", {"name": "Partner {}"}, ""),
            "product": ("product.template", {"name": "P {}", "default_code": "P-{}"}, ""),
            "warehouse": ("stock.warehouse", {"name": "Store {}", "code": "S{}"}, ""),
            "stock_level": ("product.product", {"name": "Stored {}", **self._storable()}, "@1"),
            "replenishment": ("product.product", {"name": "Kept {}", **self._storable()}, ""),
            "purchase_order": ("purchase.order", order, ""),
            "sale_order": ("sale.order", order, ""),
            "order_state": ("sale.order", order, ":draft"),
            **dict.fromkeys(deciding.STANDING, ("sale.order", order, "")),
            "order_terms": ("sale.order", order, ""),
            "purchase_terms": ("purchase.order", order, ""),
            "order_refusal": ("mail.message", self._refusal(), ""),
            "message": ("mail.message", talking.said(self.odoo, self.talk), ""),
            **moving.seeds(self.odoo, self.vendor),
            **boarding.seeds(self._storable()),
            **storing.seeds(self.odoo, self.vendor, self.item),
        }

    def _refusal(self) -> dict[str, Any]:
        return {
            "model": "sale.order",
            "res_id": 1,
            "body": "<p>Not taken over</p>",
            "message_id": "<key.{}.refused@qantara>",
        }

    def _order_terms(self, number: int) -> Sample:
        return trading.sample(self.odoo, trading.OFFERED, self.vendor, self.item)

    def _accepted_terms(self, number: int) -> Sample:
        return trading.sample(self.odoo, trading.ACCEPTED, self.vendor, self.item)

    def _filled(self, value: Any) -> Any:
        return value.format(self._made) if isinstance(value, str) else value

    def _storable(self) -> dict[str, Any]:
        if self.odoo.version >= 18:
            return {"type": "consu", "is_storable": True}
        return {"detailed_type": "product"}

    def _count(self, variant: int) -> None:
        stock = self.odoo.rows("stock.warehouse")[0]["lot_stock_id"]
        counted = {"product_id": variant, "location_id": stock, "inventory_quantity": 7}
        quant = self.odoo.create("stock.quant", counted, inventory_mode=True)
        self.odoo.call("stock.quant", "action_apply_inventory", [quant])

    def _category(self, number: int) -> Sample:
        root, [above] = (
            Ref("category", "1"),
            self.odoo.read("product.category", [1], "complete_name"),
        )
        return Sample(
            record=Category(
                name=Text(f"Chairs {number}"),
                path=f"{above['complete_name']} / Chairs {number}",
                parent=root,
            ),
            changes={"parent": Ref("category", "2")},
            unwritten={"path": "It follows from name and parent."},
            refused=Category(name=Text("Lost"), path="", parent=Ref("category", self.absent)),
        )

    def _partner(self, number: int) -> Sample:
        nowhere = {} if self.odoo.version < 19 else {"mobile": "Odoo 19 has no such field."}
        return Sample(
            record=Partner(
                name="Leila",
                reference=f"C-{number}",
                vat=f"31{number:013}",
                email=f"leila{number}@example.com",
                phone="+966 11 000",
                mobile="" if nowhere else "+966 5 000",
                website="http://example.com",
                language="en",
                address=Address(
                    street="King Fahd Road",
                    street2="2",
                    city="Riyadh",
                    zip="11564",
                    country="SA",
                ),
            ),
            changes={
                "parent": Ref("partner", str(self.vendor)),
                "email": "layla@example.com",
                "website": "http://example.org",
                "language": "ar",
                "address": Address(
                    street="شارع التحرير", street2="3", city="القاهرة", zip="11511", country="EG"
                ),
            },
            unwritten=nowhere,
            together=[frozenset({"is_company", "parent", "kind", "vat"})],
            refused=Partner(name="Lost", parent=Ref("partner", self.absent)),
        )

    def _product(self, number: int) -> Sample:
        colour = storing.option("Colour", Red="1.5", Blue="0")
        return Sample(
            record=Product(
                name=Text("Chair", {"ar": "كرسي"}),
                kind="goods",
                unit=PIECE,
                variants=(
                    self._variant(f"CH-{number}-B", "Blue", 1 + 10 * number),
                    self._variant(f"CH-{number}-R", "Red", 2 + 10 * number),
                ),
                category=Ref("category", "1"),
                price=self._money("12.345"),
                description=Text("A chair", {"ar": "كرسي مريح"}),
                options=(colour,),
                suppliers=(
                    SupplierPrice(
                        vendor=Ref("partner", str(self.vendor)),
                        price=self._money("7.125"),
                        code="V-1",
                        minimum=Decimal(2),
                    ),
                ),
                image=FIRST,
                tracking="lot",
                tags=("New",),
            ),
            changes=self._product_changes(number),
            unwritten=storing.UNSHOWN,
            together=[frozenset({"kind", "tracking"}), frozenset({"options", "variants"})],
            contents=PICTURES,
            refused=Product(
                name=Text("Of an unknown currency"),
                kind="goods",
                unit=PIECE,
                variants=(Variant(sku="X"),),
                price=Money.of(1, "XTS"),
            ),
        )

    def _product_changes(self, number: int) -> dict[str, Any]:
        more = storing.option("Colour", Red="2.5", Blue="0", Green="0")
        return {
            "kind": "consumable",
            "tracking": "none",
            "unit": DOZEN,
            "category": Ref("category", "2"),
            "image": SECOND,
            "tags": ("Sale", "شتاء"),
            "options": (more,),
            "variants": (
                self._variant(f"CH-{number}-B أزرق", "Blue", 3 + 10 * number),
                self._variant(f"CH-{number}-G", "Green", 4 + 10 * number),
                self._variant(f"CH-{number}-R2", "Red", 5 + 10 * number),
            ),
        }

    def _variant(self, sku: str, colour: str, number: int) -> Variant:
        return Variant(
            sku=sku,
            barcode=f"{number:013}",
            cost=self._money(f"{number}.375"),
            weight=Decimal(number),
            volume=Decimal("0.25") * number,
            options=(("Colour", colour),),
        )

    def _money(self, amount: str, currency: str = "") -> Money:
        """As many decimals as the company's currency has."""
        cents = Decimal("0.001") if self.currency in THREE_DECIMALS else Decimal("0.01")
        exact = Decimal(amount).quantize(cents, ROUND_DOWN).normalize()
        return Money(exact, currency or self.currency)

    def _warehouse(self, number: int) -> Sample:
        return Sample(
            record=Warehouse(code=f"JED{number}", name="Jeddah"),
            together=[frozenset({"code", "name"})],
        )

    def _stock_level(self, number: int) -> Sample:
        level = StockLevel(
            product=Ref("variant", str(self.item)),
            warehouse=Ref("warehouse", f"location:{self.place}"),
            free=Decimal(3 + number),
        )
        own = "It says which level this is."
        return Sample(
            record=level,
            unwritten={"product": own, "warehouse": own, "seen": "It says what was seen before."},
            refused=StockLevel(
                product=Ref("variant", self.absent), warehouse=level.warehouse, free=Decimal(1)
            ),
        )

    def _replenishment(self, number: int) -> Sample:
        return storing.proposal(self.item, self.absent, number)

    def _purchase_order(self, number: int) -> Sample:
        return trading.reference(self.odoo, self.vendor, self.currency, number)

    def _sale_order(self, number: int) -> Sample:
        sides = (self.vendor, self.other, int(self.absent))
        return trading.quotation(sides, self.item, self._money("1.125"), number)

    def _store_order(self, number: int) -> Sample:
        sides = (self.vendor, self.other, int(self.absent))
        return storing.order(sides, self.item, self.odoo, number)

    def _refund(self, number: int) -> Sample:
        self._shop = self._shop or Shop(odoo=self.odoo)
        return storing.refund(self._shop, number)

    def _transfer(self, number: int) -> Sample:
        del number
        return moving.draft(self.vendor, self.item)

    def _offer(self, number: int) -> Sample:
        return boarding.offer(self.odoo, self.item, number)

    def _request(self, number: int) -> Sample:
        del number
        return boarding.request(self.odoo)

    def _question(self, number: int) -> Sample:
        del number
        return deciding.question(self.odoo, self.vendor)

    def _order_action(self, number: int) -> Sample:
        del number
        return deciding.deed(self.odoo, self.vendor, self.item)

    def _receipt(self, number: int) -> Sample:
        del number
        return moving.receipt(self.odoo, self.vendor, self.item)

    def _message(self, number: int) -> Sample:
        return talking.sample(self.talk, int(self.absent), number)

    def _note(self, number: int) -> Sample:
        return Sample(
            record=Note(
                on=Ref("partner", str(self.vendor)), body=f"طلب {number} <b> & more\nSecond"
            ),
            refused=Note(on=Ref("partner", self.absent), body="Nobody reads this."),
        )


def _text(body: str) -> str:
    """What a reader sees of a message."""
    return html.unescape(re.sub("<[^>]+>", "", body.replace("<br>", "\n")))
