"""What a buyer and a factory do to an order by hand, and how either side shows it."""

from dataclasses import dataclass
from typing import Any

from qantara.engine.pipeline import Summary, sync_ids
from tests.flows import story
from tests.flows.bridge import Bridge, Silent
from tests.flows.goods import storable
from tests.flows.witness import Row, Witness

DUE = "2027-04-01 08:00:00"
LATER = "2027-05-01 08:00:00"


@dataclass(slots=True)
class Trade:
    """One purchase order and the sale order that it became; `skus` are its products in order."""

    bridge: Bridge
    skus: list[str]
    bought: int = 0
    sold: int = 0

    @property
    def number(self) -> str:
        """The buyer's number."""
        return str(self.purchase()["name"])

    def purchase(self) -> Row:
        names = ["name", "state", "amount_total", "currency_id", "date_planned"]
        return self.bridge.at_buyer.row("purchase.order", [("id", "=", self.bought)], names)

    def sale(self) -> Row:
        names = ["name", "state", "amount_total", "currency_id", "commitment_date"]
        return self.bridge.at_factory.row("sale.order", [("id", "=", self.sold)], names)

    def at_buyer(self) -> list[tuple[str, float, float]]:
        """SKU, quantity, price of the items that are more than nothing."""
        return _items(self.bridge.at_buyer, "purchase.order.line", "product_qty", self.bought)

    def at_factory(self) -> list[tuple[str, float, float]]:
        return _items(self.bridge.at_factory, "sale.order.line", "product_uom_qty", self.sold)

    def agree(self) -> bool:
        """Every number is the same on both sides."""
        one, other = self.purchase(), self.sale()
        same = [
            self.at_buyer() == self.at_factory(),
            round(one["amount_total"], 2) == round(other["amount_total"], 2),
            one["currency_id"][1] == other["currency_id"][1],
        ]
        return all(same)

    def amend(self, *commands: Any, **head: Any) -> None:
        """The buyer changes his purchase order."""
        changes = {**head, **({"order_line": list(commands)} if commands else {})}
        self.bridge.at_buyer.write("purchase.order", self.bought, changes)

    def alter(self, *commands: Any, **head: Any) -> None:
        """Somebody at the factory changes the sale order."""
        changes = {**head, **({"order_line": list(commands)} if commands else {})}
        self.bridge.at_factory.write("sale.order", self.sold, changes)

    def bought_line(self, place: int) -> int:
        return _line(self.bridge.at_buyer, "purchase.order.line", self.bought, place)

    def sold_line(self, place: int) -> int:
        return _line(self.bridge.at_factory, "sale.order.line", self.sold, place)

    def confirm(self) -> None:
        """The factory confirms."""
        self.bridge.at_factory.call("sale.order", "action_confirm", [self.sold])

    def deliver(self, place: int, quantity: float) -> None:
        """So much of one line leaves the factory; the rest of it waits."""
        factory, line = self.bridge.at_factory, self.sold_line(place)
        domain = [("sale_line_id", "=", line), ("state", "not in", ["done", "cancel"])]
        move = factory.rows("stock.move", domain, ["picking_id"])[0]
        if "quantity_done" in factory.fields("stock.move"):
            factory.write("stock.move", move["id"], {"quantity_done": quantity})
        else:
            factory.call("stock.picking", "action_assign", [move["picking_id"][0]])
            factory.write("stock.move", move["id"], {"quantity": quantity, "picked": True})
        silent = {"skip_sms": True, "skip_backorder": True, "skip_immediate": True}
        factory.call("stock.picking", "button_validate", [move["picking_id"][0]], **silent)

    def new_bought(self, sku: str, quantity: float, price: float) -> Any:
        """The command that adds a line to the purchase order."""
        product = story._by_code(self.bridge.at_buyer, sku)
        facts = {"product_qty": quantity, "price_unit": price, "date_planned": DUE}
        return (0, 0, {"product_id": product, "name": sku, **facts, **_untaxed(self, "purchase")})

    def new_sold(self, sku: str, quantity: float, price: float) -> Any:
        """The command that adds a line to the sale order."""
        product = story._by_code(self.bridge.at_factory, sku)
        facts = {"product_uom_qty": quantity, "price_unit": price}
        return (0, 0, {"product_id": product, "name": sku, **facts, **_untaxed(self, "sale")})

    def buyer_reads(self) -> list[str]:
        """The hub's notes below the purchase order, oldest first."""
        return _notes(self.bridge.at_buyer, "purchase.order", self.bought)

    def factory_reads(self) -> list[str]:
        return _notes(self.bridge.at_factory, "sale.order", self.sold)


ORDERS = ("order", "order_reference", "order_state", "order_refusal")
ANSWERS = ("terms_decision", "terms_accept", "terms_refused", "terms_refuse", "terms")


async def carry(bridge: Bridge) -> dict[str, Summary]:
    """One pass over what concerns orders; the catalogue stays as it is."""
    return await bridge.run(*ORDERS, *ANSWERS)


async def goods_for(bridge: Bridge, count: int) -> list[str]:
    """So many more products of the factory, known at the buyer; their SKUs."""
    skus = [f"{bridge.mark}-P{number:02}" for number in range(count)]
    factory, made = bridge.at_factory, []
    for sku in skus:
        facts = {"name": f"{bridge.mark} part {sku[-2:]}", "default_code": sku, "list_price": 5.0}
        made.append(str(factory.create("product.template", facts | storable(factory))))
    await bridge.run("supplier", "customer", "category")
    async with bridge.links("product") as [link]:
        await sync_ids(link, bridge.store, made, Silent())
    return skus


async def place(bridge: Bridge, skus: list[str], currency: str = "SAR", **head: Any) -> Trade:
    """A purchase order of these, one piece more of each next; confirmed and carried over."""
    trade = Trade(bridge, skus)
    story.sell_in(bridge.at_factory, currency)
    buyer = bridge.at_buyer
    [money] = buyer.rows("res.currency", [("name", "=", currency)], ["name"])
    wanted = [
        trade.new_bought(sku, 2.0 + number, 10.25 + number) for number, sku in enumerate(skus)
    ]
    order = {
        "partner_id": story._factory_at(buyer, bridge),
        "currency_id": money["id"],
        "order_line": wanted,
        **head,
    }
    trade.bought = buyer.create("purchase.order", order)
    buyer.call("purchase.order", "button_confirm", [trade.bought])
    await carry(bridge)
    trade.sold = story.order_named(bridge.at_factory, trade.number)["id"]
    return trade


def _untaxed(trade: Trade, use: str) -> dict[str, Any]:
    side = trade.bridge.at_buyer if use == "purchase" else trade.bridge.at_factory
    have = side.fields(f"{use}.order.line")
    name = next(one for one in ("taxes_id", "tax_ids", "tax_id") if one in have)
    return {name: [(6, 0, [])]}


def _items(side: Witness, model: str, quantity: str, order: int) -> list[tuple[str, float, float]]:
    fields = ["sequence", "display_type", "product_id", "price_unit", quantity]
    rows = side.rows(model, [("order_id", "=", order)], fields)
    kept = [row for row in rows if not row["display_type"] and row[quantity]]
    codes = {
        row["id"]: row["default_code"]
        for row in side.rows(
            "product.product",
            [("id", "in", [row["product_id"][0] for row in kept])],
            ["default_code"],
        )
    }
    kept.sort(key=lambda row: (row["sequence"], row["id"]))
    return [(codes[row["product_id"][0]], row[quantity], row["price_unit"]) for row in kept]


def _line(side: Witness, model: str, order: int, place_: int) -> int:
    rows = side.rows(model, [("order_id", "=", order)], ["sequence"])
    rows.sort(key=lambda row: (row["sequence"], row["id"]))
    one: int = rows[place_]["id"]
    return one


def _notes(side: Witness, model: str, one: int) -> list[str]:
    domain = [("model", "=", model), ("res_id", "=", one), ("message_id", "=like", "%@qantara>")]
    return [story.words(row["body"]) for row in side.rows("mail.message", domain, ["body"])]
