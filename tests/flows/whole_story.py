"""The whole bridge, as the people of two companies live it; alike on stand-ins and real servers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.flows import approving, packing, story, warehouse
from tests.flows.boards import Board
from tests.flows.bridge import Bridge
from tests.flows.goods import lay_in, storable
from tests.flows.packing import ORDERED, Shipment
from tests.flows.talk import Talk, talk_about
from tests.flows.witness import Row, Witness

PARTS = ["board", "packing", "chatter", "approvals", "terms"]
OFFERED = 500
FREE = 25
REQUESTED = {"P04": 5.0, "P05": 6.0, "P06": 7.0}
CONTAINERS = ("MSKU-1234565", "MSKU-7654321")
DRAWING = bytes(range(256)) * 40

FIRST = {"BOX-1": [("P01", "A1", 6), ("P02", "B1", 3), ("P03", "S1", 1)], "": [("P06", "", 6)]}
LEFT = "P12"
"""What is not sent at all: it remains on a back order."""

Press = Callable[[Witness, str, str, list[int]], Any]
"""Somebody presses the button of this name of ours on records of a model."""


@dataclass(slots=True)
class Whole:
    """The bridge, who works at it, and what came of it so far."""

    bridge: Bridge
    press: Press
    board: Board = field(init=False)
    order: Shipment = field(init=False)
    talk: Talk = field(init=False)

    def __post_init__(self) -> None:
        self.board = Board(self.bridge)
        self.order = Shipment(self.bridge)

    @property
    def factory(self) -> Witness:
        return self.bridge.at_factory

    @property
    def buyer(self) -> Witness:
        return self.bridge.at_buyer


async def tell(whole: Whole) -> None:
    """All of it, in the order of a working day."""
    await five_hundred_products_are_published(whole)
    await three_are_requested(whole)
    await an_order_is_confirmed_from_the_chatter(whole)
    await the_buyer_amends_it(whole)
    await it_is_talked_about(whole)
    await two_containers_arrive_and_a_rest_is_left(whole)
    await a_second_order_is_rejected_and_a_third_cancelled(whole)
    await everything_agrees(whole)


async def five_hundred_products_are_published(whole: Whole) -> None:
    """The buyer's team sees of each what the factory has free."""
    mark = whole.bridge.mark
    for code in ORDERED:
        whole.order.templates[code] = packing.product(whole.factory, whole.order, code)
    names = [f"{mark} N{number:03}" for number in range(OFFERED - len(ORDERED))]
    kind = storable(whole.factory)
    rows = [{"name": name, "default_code": name.replace(" ", "-"), **kind} for name in names]
    made = whole.factory.call("product.product", "create", rows)
    lay_in(whole.factory, made[0], FREE)
    await whole.bridge.run()
    assert on_board(whole) == free_at_factory(whole)
    assert len(on_board(whole)) == OFFERED


async def three_are_requested(whole: Whole) -> None:
    """Ticked, typed and asked for: a draft at the factory, its number and state on each line."""
    lines = {code: whole.board.line(code) for code in REQUESTED}
    for code, quantity in REQUESTED.items():
        whole.buyer.write("x_qantara_offer", lines[code]["id"], {"x_quantity": quantity})
    ids = [row["id"] for row in lines.values()]
    whole.press(whole.buyer, "action_request", "x_qantara_offer", ids)
    number = whole.board.line("P04")["x_request"]
    await whole.bridge.run()
    await whole.bridge.run("request_answer")

    [draft] = whole.factory.rows("stock.picking", [("origin", "=", number)], ["name", "state"])
    moves = whole.factory.rows(
        "stock.move", [("picking_id", "=", draft["id"])], ["product_id", "product_uom_qty"]
    )
    asked = {
        warehouse.sku_of(whole.factory, row["product_id"][0]): row["product_uom_qty"]
        for row in moves
    }
    assert asked == {whole.order.sku(code): quantity for code, quantity in REQUESTED.items()}
    assert draft["state"] == "draft"
    for code in REQUESTED:
        line = whole.board.line(code)
        assert (line["x_answer"], line["x_state"], line["x_quantity"]) == (
            draft["name"],
            "draft",
            0,
        )


async def an_order_is_confirmed_from_the_chatter(whole: Whole) -> None:
    """Twelve lines in the buyer's own currency; a press of the button makes the sale."""
    whole.order.bought = place(whole, own_currency(whole.buyer), ORDERED)
    await whole.bridge.run()
    whole.order.sold = sold(whole, whole.order.bought)["id"]
    assert state_of(whole.factory, "sale.order", whole.order.sold) == "draft"

    await approving.press(whole.bridge, whole.order.sold, "confirm")
    await whole.bridge.run()

    assert state_of(whole.factory, "sale.order", whole.order.sold) == "sale"
    assert "Confirmed by" in said(whole.factory, "sale.order", whole.order.sold)
    assert "Confirmed by" in said(whole.buyer, "purchase.order", whole.order.bought)
    same_terms(whole, whole.order.sold, whole.order.bought)


async def the_buyer_amends_it(whole: Whole) -> None:
    """Another quantity and another price, after the confirmation."""
    for code, change in (("P04", {"product_qty": 6.0}), ("P05", {"price_unit": 3.25})):
        line = line_of(
            whole.buyer, "purchase.order.line", whole.order.bought, whole.order.sku(code)
        )
        whole.buyer.write("purchase.order.line", line, change)
    await whole.bridge.run()

    same_terms(whole, whole.order.sold, whole.order.bought)


async def it_is_talked_about(whole: Whole) -> None:
    """A message with a drawing one way, an answer the other way."""
    talk = whole.talk = talk_about(whole.bridge, whole.order.bought)
    drawing = talk.at_buyer.attach("drawing.pdf", DRAWING)
    talk.at_buyer.say("<p>Please see the drawing. شكرا</p>", attachment_ids=[drawing])
    await whole.bridge.run()
    talk.at_factory.say("<p>We have seen it.</p>")
    await whole.bridge.run()

    assert any("Please see the drawing. شكرا" in text for text in talk.at_factory.heard())
    assert ("drawing.pdf", DRAWING) in talk.at_factory.files()
    assert any("We have seen it." in text for text in talk.at_buyer.heard())


async def two_containers_arrive_and_a_rest_is_left(whole: Whole) -> None:
    """Packed in lots and boxes, sent in two containers, received; the rest is on a back order."""
    for place_, container in enumerate(CONTAINERS):
        sent = packing.deliveries(whole.order)[place_]["id"]
        whole.factory.call("stock.picking", "action_assign", [sent])
        content = FIRST if place_ == 0 else nearly_all(whole, sent)
        whole.factory.write("stock.picking", sent, {"x_qantara_container": container})
        warehouse.pack(whole.factory, sent, content)
        warehouse.send(whole.factory, sent)
        await whole.bridge.run()
        came = packing.receipts(whole.order)[place_]["id"]
        assert warehouse.content(whole.buyer, came) == packing.packed(whole.order, content)
        told = whole.buyer.row("stock.picking", [("id", "=", came)], ["x_qantara_container"])
        assert told["x_qantara_container"] == container
        warehouse.send(whole.buyer, came)
        await whole.bridge.run()

    for rest in (packing.deliveries(whole.order)[2], packing.receipts(whole.order)[2]):
        assert rest["state"] not in ("done", "cancel")


def nearly_all(whole: Whole, picking: int) -> dict[str, list[Any]]:
    """What is reserved, in one box, but for what is left."""
    [(box, things)] = warehouse.the_rest(whole.factory, picking).items()
    return {box: [thing for thing in things if thing[0] != LEFT]}


async def a_second_order_is_rejected_and_a_third_cancelled(whole: Whole) -> None:
    """In the other currency: the factory says no to one, the buyer takes back the other."""
    second, third = (place(whole, "SAR", {"P04": 2, "P05": 1}) for _ in range(2))
    await whole.bridge.run()
    rejected, cancelled = sold(whole, second)["id"], sold(whole, third)["id"]
    same_terms(whole, rejected, second)

    await approving.press(whole.bridge, rejected, "reject")
    whole.buyer.call("purchase.order", "button_cancel", [third])
    await whole.bridge.run()
    await whole.bridge.run()

    for order in (rejected, cancelled):
        assert state_of(whole.factory, "sale.order", order) == "cancel"
    for order in (second, third):
        assert state_of(whole.buyer, "purchase.order", order) == "cancel"
    assert "Rejected by" in said(whole.buyer, "purchase.order", second)


async def everything_agrees(whole: Whole) -> None:
    """As an accountant checks it; and a second run of everything writes nothing."""
    await whole.bridge.run()
    assert on_board(whole) == free_at_factory(whole)
    same_terms(whole, whole.order.sold, whole.order.bought)
    packing.everything_agrees(whole.order)
    assert [letter.reason for letter in await whole.bridge.letters()] == []
    assert await written(whole.bridge) == {}


async def written(bridge: Bridge) -> dict[str, dict[str, int]]:
    """What one more run of everything says that it wrote, by link."""
    found = {}
    for name, summary in (await bridge.run()).items():
        if done := {one: summary.results.get(one, 0) for one in ("written", "merged", "parked")}:
            found[name] = {result: count for result, count in done.items() if count}
    return {name: done for name, done in found.items() if done}


def on_board(whole: Whole) -> dict[str, float]:
    """SKU -> what is free, as the buyer's team reads it."""
    mine = [("x_sku", "=like", f"{whole.bridge.mark}-%")]
    rows = whole.buyer.rows("x_qantara_offer", mine, ["x_sku", "x_free"])
    return {row["x_sku"]: row["x_free"] for row in rows}


def free_at_factory(whole: Whole) -> dict[str, float]:
    """SKU -> what Odoo itself says is free."""
    mine = [("default_code", "=like", f"{whole.bridge.mark}-%")]
    rows = whole.factory.rows("product.product", mine, ["default_code", "free_qty"])
    return {row["default_code"]: row["free_qty"] for row in rows}


def place(whole: Whole, currency: str, wanted: dict[str, Any]) -> int:
    """A person at the buyer orders this, without taxes, and confirms."""
    buyer = whole.buyer
    story.sell_in(whole.factory, currency)
    [vendor, *_] = buyer.rows(
        "res.partner", [("name", "=", story.supplier(whole.bridge))], ["name"]
    )
    [money] = buyer.rows("res.currency", [("name", "=", currency)], ["name"])
    lines = [
        {
            "product_id": warehouse.variant(buyer, whole.order.sku(code)),
            "name": code,
            "product_qty": quantity,
            "price_unit": 2.5,
        }
        for code, quantity in wanted.items()
    ]
    order = {
        "partner_id": vendor["id"],
        "currency_id": money["id"],
        "order_line": [(0, 0, line) for line in lines],
    }
    one = buyer.create("purchase.order", order)
    warehouse.without_taxes(buyer, one)
    buyer.call("purchase.order", "button_confirm", [one])
    return one


def sold(whole: Whole, bought: int) -> Row:
    """The sale order that the purchase order became."""
    name = whole.buyer.row("purchase.order", [("id", "=", bought)], ["name"])["name"]
    mine = [("client_order_ref", "=", name), ("partner_id", "=", story.customer(whole.bridge))]
    return whole.factory.rows("sale.order", mine, ["name"])[-1]


def same_terms(whole: Whole, sold_: int, bought: int) -> None:
    """Both sides would write the same invoice."""
    assert terms(whole.factory, sold_, "sale") == terms(whole.buyer, bought, "purchase")


def terms(side: Witness, order: int, kind: str) -> Any:
    """Currency, total, and of each line SKU, quantity, price and what it comes to."""
    quantity = {"sale": "product_uom_qty", "purchase": "product_qty"}[kind]
    names = ["product_id", quantity, "price_unit", "price_subtotal"]
    rows = side.rows(f"{kind}.order.line", [("order_id", "=", order)], names)
    head = side.row(f"{kind}.order", [("id", "=", order)], ["currency_id", "amount_total"])
    lines = [
        (
            warehouse.sku_of(side, row["product_id"][0]),
            row[quantity],
            row["price_unit"],
            row["price_subtotal"],
        )
        for row in rows
        if row["product_id"]
    ]
    return head["currency_id"][1], head["amount_total"], sorted(lines)


def said(side: Witness, model: str, order: int) -> str:
    """All that stands in the chatter of a document."""
    return "\n".join(approving.said(side, model, order))


def state_of(side: Witness, model: str, one: int) -> str:
    return str(side.row(model, [("id", "=", one)], ["state"])["state"])


def line_of(side: Witness, model: str, order: int, sku: str) -> int:
    """The line of a product in an order."""
    rows = side.rows(model, [("order_id", "=", order)], ["product_id"])
    [one] = [row["id"] for row in rows if warehouse.sku_of(side, row["product_id"][0]) == sku]
    return int(one)


def own_currency(side: Witness) -> str:
    return str(side.rows("res.company", [], ["currency_id"])[0]["currency_id"][1])
