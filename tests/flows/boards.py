"""A board between two Odoos, and what people on both sides do with it; for stand-ins and real servers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.connectors.odoo.furnished import furnish
from tests.flows.bridge import Bridge
from tests.flows.goods import lay_in, storable
from tests.flows.witness import Row, Witness

OFFER, REQUEST, LINE = "x_qantara_offer", "x_qantara_request", "x_qantara_request_line"
SHOWN = ["x_name", "x_sku", "x_unit", "x_free", "x_incoming", "x_lead_days", "x_updated_at"]
ANSWERED = ["x_answer", "x_state", "x_remark"]


@dataclass(slots=True)
class Board:
    """The bridge with its board; `goods` are variants of the factory by name."""

    bridge: Bridge
    goods: dict[str, int] = field(default_factory=dict)

    @property
    def factory(self) -> Witness:
        return self.bridge.at_factory

    @property
    def buyer(self) -> Witness:
        return self.bridge.at_buyer

    def make(self, name: str, free: float = 0, **more: Any) -> int:
        """A product that the factory sells, with so much of it."""
        named = f"{self.bridge.mark} {name}"
        told = {"name": named, "default_code": f"{self.bridge.mark}-{name}", "sale_ok": True}
        one = self.factory.create("product.product", {**told, **storable(self.factory), **more})
        if free:
            lay_in(self.factory, one, free)
        self.goods[name] = one
        return one

    def line(self, name: str) -> Row:
        """What the buyer's team reads of the product."""
        domain = [("x_name", "=", f"{self.bridge.mark} {name}")]
        names = [*SHOWN, "x_quantity", "x_request", *ANSWERED, "x_product_id"]
        return self.buyer.row(OFFER, domain, names)

    def ask(self, number: str, wanted: Mapping[str, float], **more: Any) -> int:
        """The team types quantities and asks for them: what the button makes."""
        numbered = f"{self.bridge.mark}/{number}"
        lines = []
        for name, quantity in wanted.items():
            offer = self.line(name)
            self.buyer.write(OFFER, offer["id"], {"x_request": numbered, "x_state": "sent"})
            told = {"x_offer_id": offer["id"], "x_product_id": offer["x_product_id"][0]}
            lines.append((0, 0, {**told, "x_quantity": quantity}))
        head = {"x_name": numbered, "x_state": "sent", "x_line_ids": lines}
        return self.buyer.create(REQUEST, {**head, **more})

    def request(self, one: int) -> Row:
        """The request as the team reads it."""
        return self.buyer.row(REQUEST, [("id", "=", one)], ["x_name", *ANSWERED])

    def drafts(self, number: str) -> list[Row]:
        """What the factory has of the request."""
        names = ["name", "state", "origin", "note", "partner_id", "picking_type_code"]
        domain = [("origin", "=", f"{self.bridge.mark}/{number}")]
        return self.factory.rows("stock.picking", domain, names)

    def moves(self, picking: int) -> list[tuple[int, float, str]]:
        """Product, quantity and state of each line, in order."""
        names = ["product_id", "product_uom_qty", "state", "sequence"]
        rows = self.factory.rows("stock.move", [("picking_id", "=", picking)], names)
        rows.sort(key=lambda row: (row["sequence"], row["id"]))
        return [(row["product_id"][0], row["product_uom_qty"], row["state"]) for row in rows]

    def answer(self, one: int) -> tuple[str, str]:
        """Number and state on the request."""
        row = self.request(one)
        return row["x_answer"] or "", row["x_state"]

    def reserve(self, name: str, quantity: float) -> None:
        """Somebody else is promised so much of it."""
        line = {"product_id": self.goods[name], "product_uom_qty": quantity, "price_unit": 1.0}
        partner = {"name": f"{self.bridge.mark} Somebody"}
        someone = self.factory.create("res.partner", partner)
        order = {"partner_id": someone, "order_line": [(0, 0, line)]}
        one = self.factory.create("sale.order", order)
        self.factory.call("sale.order", "action_confirm", [one])
        found = self.factory.row("sale.order", [("id", "=", one)], ["picking_ids"])
        self.factory.call("stock.picking", "action_assign", found["picking_ids"])

    def ship(self, picking: int) -> None:
        """All that was asked for leaves the factory."""
        moves = self.factory.rows("stock.move", [("picking_id", "=", picking)], ["product_uom_qty"])
        modern = "picked" in self.factory.fields("stock.move")
        for move in moves:
            quantity = move["product_uom_qty"]
            done = {"quantity": quantity, "picked": True} if modern else {"quantity_done": quantity}
            self.factory.write("stock.move", move["id"], done)
        quiet = {"skip_sms": True, "skip_backorder": True}
        self.factory.call("stock.picking", "button_validate", [picking], **quiet)

    async def publish(self) -> None:
        """Everything, as the hub does it."""
        await self.bridge.run()


async def furnished(open_bridge, pair=(16, 18), **options):
    bridge, factory, buyer = open_bridge(*pair)
    bridge.options = {"parts": ["board"], **options}
    await furnish(buyer)
    return Board(bridge), factory, buyer


async def stocked(scene):
    """Three products on the board."""
    board, factory, buyer = scene
    for name, free in (("Chair", 10), ("Table", 4), ("Lamp", 0)):
        board.make(name, free)
    await board.publish()
    return board, factory, buyer
