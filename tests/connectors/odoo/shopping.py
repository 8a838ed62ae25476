"""A shop's orders as the tests write them: products, a customer, rules, orders and refunds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from qantara.model import (
    Address,
    Contact,
    Ref,
    Refund,
    Returned,
    StoreLine,
    StoreOrder,
    StorePayment,
    TaxAmount,
)
from qantara.sandbox.odoo import OdooStandIn

D = Decimal
PLACED = datetime(2026, 11, 20, 10, tzinfo=UTC)
GIVEN_BACK = datetime(2026, 11, 21, tzinfo=UTC)
FIFTEEN = (TaxAmount(rate=D(15), amount=D("1.50")),)


@dataclass(kw_only=True)
class Shop:
    """An Odoo with what orders of a shop need: goods, services that stand for things, a customer."""

    odoo: OdooStandIn
    chair: int = 0
    shipping: int = 0
    rounding: int = 0
    customer: int = 0
    rules: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        goods = {"type": "consu", "is_storable": True}
        if self.odoo.version < 18:
            goods = {"detailed_type": "product"}
        service = {"type" if self.odoo.version >= 18 else "detailed_type": "service"}
        self.chair = self._product("Chair", "CH-1", goods)
        self.shipping = self._product("Shipping", "SHIP", service)
        self.rounding = self._product("Rounding", "ROUND", service)
        self.customer = self.odoo.create("res.partner", {"name": "Leila", "email": "l@example.com"})
        self.rules = {
            "confirm": "yes",
            "invoice": "paid",
            "journals": {"card": "BNK1", "*": "CSH1"},
            "residue": "ROUND",
            "products": {"shipping": "SHIP", "adjustment": "ROUND"},
            "source": "shop",
        }

    def order(self, number: str = "1001", **changes: Any) -> StoreOrder:
        """Three chairs for 10.00, which no unit price of two digits gives, and shipping; paid."""
        rules = changes.pop("rules", {})
        told: dict[str, Any] = {
            "number": number,
            "state": "processing",
            "customer": Ref("partner", str(self.customer)),
            "billing": Contact(
                name="Leila",
                email="l@example.com",
                address=Address(
                    street="King Fahd Road 1", city="Riyadh", zip="11564", country="SA"
                ),
            ),
            "currency": "SAR",
            "placed_at": PLACED,
            "lines": (
                self.chairs(),
                StoreLine(
                    id="8",
                    kind="shipping",
                    description="Post",
                    net=D(5),
                    taxes=(TaxAmount(rate=D(15), amount=D("0.75")),),
                ),
            ),
            "total": D("17.25"),
            "paid": "yes",
            "method": "card",
            "payments": (StorePayment(id="p1", method="card", amount=D("17.25"), at=PLACED),),
            "extra": {"odoo": {**self.rules, **rules}},
        }
        return StoreOrder(**{**told, **changes})

    def chairs(self, **changes: Any) -> StoreLine:
        """Three of them for 10.00, 2.00 taken off."""
        told: dict[str, Any] = {
            "id": "7",
            "description": "كرسي",
            "product": Ref("variant", str(self.chair)),
            "sku": "CH-1",
            "quantity": D(3),
            "net": D(10),
            "discount": D(2),
            "taxes": FIFTEEN,
        }
        return StoreLine(**{**told, **changes})

    def refund(self, order: str, **changes: Any) -> Refund:
        """One chair of the order, and its money by card."""
        told: dict[str, Any] = {
            "order": Ref("store_order", order),
            "number": "1001/5",
            "currency": "SAR",
            "total": D("3.83"),
            "lines": (self.back(),),
            "payments": (StorePayment(id="r1", method="card", amount=D("3.83")),),
            "refunded_at": GIVEN_BACK,
            "extra": {"odoo": self.rules},
        }
        return Refund(**{**told, **changes})

    def back(self, **changes: Any) -> Returned:
        """One chair."""
        told: dict[str, Any] = {
            "line": "7",
            "product": Ref("variant", str(self.chair)),
            "quantity": D(1),
            "net": D("3.33"),
            "taxes": (TaxAmount(rate=D(15), amount=D("0.50")),),
        }
        return Returned(**{**told, **changes})

    def sale(self, one: str) -> dict[str, Any]:
        """The sale order as it is now."""
        names = ("name", "state", "amount_total", "amount_tax", "invoice_ids", "picking_ids")
        [row] = self.odoo.read("sale.order", [int(one)], *names, "order_line", "origin")
        return row

    def moves(self, one: str, kind: str = "out_invoice") -> list[dict[str, Any]]:
        """The invoices or the credit notes of the order."""
        name = self.sale(one)["name"]
        ids = [
            row["id"] for row in self.odoo.rows("account.move") if row.get("invoice_origin") == name
        ]
        names = ("move_type", "state", "payment_state", "amount_total", "amount_tax", "ref")
        rows = self.odoo.read("account.move", ids, *names)
        return [row for row in rows if row["move_type"] == kind]

    def payments(self) -> list[dict[str, Any]]:
        """All payments there are."""
        return list(self.odoo.rows("account.payment"))

    def pickings(self, one: str) -> list[dict[str, Any]]:
        """The transfers of the order."""
        ids = self.sale(one)["picking_ids"]
        return self.odoo.read("stock.picking", ids, "name", "state", "origin", "picking_type_code")

    def lines(self, one: str) -> list[dict[str, Any]]:
        """The lines of the sale order."""
        names = ("name", "product_uom_qty", "qty_delivered", "price_unit", "display_type")
        return self.odoo.read("sale.order.line", self.sale(one)["order_line"], *names)

    def deliver(self, one: str, quantity: float | None = None) -> None:
        """All of the order, or so much of each line, leaves."""
        for picking in self.pickings(one):
            for move in self.odoo.rows("stock.move"):
                if move["picking_id"] == picking["id"]:
                    self._pick(move, quantity)
            self.odoo.call("stock.picking", "button_validate", [picking["id"]], **WHOLE)

    def _pick(self, move: dict[str, Any], quantity: float | None) -> None:
        done = move["product_uom_qty"] if quantity is None else quantity
        values = {"quantity": done, "picked": True}
        if self.odoo.version < 17:
            values = {"quantity_done": done}
        self.odoo.write("stock.move", move["id"], values)

    def _product(self, name: str, code: str, kind: dict[str, Any]) -> int:
        values = {"name": name, "default_code": code, "invoice_policy": "order", **kind}
        return self.odoo.create("product.product", values)


WHOLE = {"skip_sms": True, "skip_backorder": True, "skip_immediate": True}
