"""The order: the buyer orders, the factory has a sale order, confirms it, and the buyer hears of it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from qantara.cli.demo.keyboard import Keyboard
from qantara.cli.demo.stage import Stage
from qantara.cli.words import shown

WANTED = (("NF-00011", 12, 18.5), ("NF-00024", 3, 240.25))
"""SKU, quantity and agreed price of each line."""

NOTE = "Please deliver before noon. يرجى التسليم قبل الظهر"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """How an order reads at one side."""

    lines: list[tuple[str, float, float]]
    total: float
    currency: str


async def play(stage: Stage) -> dict[str, Any]:
    """The three acts of an order; what was read on both sides is returned."""
    stage.chapter("The buyer orders two products and confirms")
    purchase = await _order(stage.buyer, await _company(stage.factory))
    stage.say(f"buyer: purchase order {purchase['name']}, note: {shown(NOTE)}")
    await stage.carry()
    sale = await _sale_order(stage, purchase["name"])
    if sale is None:
        return {"number": purchase["name"], "sale_order": None}
    here = await _side(stage.buyer, "purchase.order", purchase["id"])
    there = await _side(stage.factory, "sale.order", sale["id"])
    _compare(stage, purchase["name"], sale["name"], (here, there))
    news = await _confirm(stage, purchase, sale)
    return {
        "number": purchase["name"],
        "sale_order": sale["name"],
        "lines": {"buyer": here.lines, "factory": there.lines},
        "total": {"buyer": here.total, "factory": there.total, "currency": there.currency},
        "news": news,
    }


async def _company(keyboard: Keyboard) -> dict[str, Any]:
    found: dict[str, Any] = await keyboard.one("res.company", [], ["name", "currency_id"])
    return found


async def _order(buyer: Keyboard, factory: dict[str, Any]) -> dict[str, Any]:
    """A confirmed purchase order in the factory's currency."""
    vendor = await buyer.one("res.partner", [["name", "=", factory["name"]]], ["id"])
    currency = await buyer.one("res.currency", [["name", "=", factory["currency_id"][1]]], ["id"])
    due = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d %H:%M:%S}"
    lines = []
    for sku, quantity, price in WANTED:
        product = await buyer.one("product.product", [["default_code", "=", sku]], ["name"])
        line = {"product_id": product["id"], "name": product["name"], "product_qty": quantity}
        lines.append((0, 0, line | {"price_unit": price, "date_planned": due}))
    vals = {"partner_id": vendor["id"], "currency_id": currency["id"], "order_line": lines}
    order = await buyer.call("purchase.order", "create", vals | {"notes": NOTE})
    await buyer.call("purchase.order", "button_confirm", [order])
    made: dict[str, Any] = await buyer.one("purchase.order", [["id", "=", order]], ["name"])
    return made


async def _sale_order(stage: Stage, number: str) -> dict[str, Any] | None:
    domain = [["client_order_ref", "=", number]]
    found = await stage.factory.find("sale.order", domain, ["name", "state", "note"])
    stage.expect(len(found) == 1, f"The factory has {len(found)} sale orders for {number}.")
    if not found:
        return None
    stage.expect(NOTE in _text(found[0]["note"]), f"The note of {number} did not arrive.")
    sale: dict[str, Any] = found[0]
    return sale


async def _side(keyboard: Keyboard, model: str, order: int) -> Side:
    quantity = "product_qty" if model == "purchase.order" else "product_uom_qty"
    names = ["product_id", quantity, "price_unit"]
    lines = await keyboard.find(f"{model}.line", [["order_id", "=", order]], names)
    ids = [line["product_id"][0] for line in lines]
    products = await keyboard.find("product.product", [["id", "in", ids]], ["default_code"])
    skus = {each["id"]: each["default_code"] for each in products}
    head = await keyboard.one(model, [["id", "=", order]], ["amount_total", "currency_id"])
    return Side(
        lines=[(skus[x["product_id"][0]], x[quantity], x["price_unit"]) for x in lines],
        total=head["amount_total"],
        currency=head["currency_id"][1],
    )


def _compare(stage: Stage, purchase: str, sale: str, sides: tuple[Side, Side]) -> None:
    here, there = sides
    rows = [
        (sku, f"{quantity:g} × {price:,.2f}", f"{other[1]:g} × {other[2]:,.2f}")
        for (sku, quantity, price), other in zip(here.lines, there.lines, strict=False)
    ]
    totals = [f"{side.total:,.2f} {side.currency}" for side in sides]
    stage.rows(("", f"buyer: {purchase}", f"factory: {sale}"), [*rows, ("total", *totals)])
    stage.expect(here == there, f"{purchase} and {sale} do not agree.")


async def _confirm(stage: Stage, purchase: dict[str, Any], sale: dict[str, Any]) -> list[str]:
    """The factory confirms; what the buyer then reads on his order."""
    stage.chapter(f"The factory confirms {sale['name']}, and the buyer hears of it")
    await stage.factory.call("sale.order", "action_confirm", [sale["id"]])
    await stage.carry()
    order = await stage.buyer.one(
        "purchase.order", [["id", "=", purchase["id"]]], ["name", "partner_ref"]
    )
    about = [["model", "=", "purchase.order"], ["res_id", "=", purchase["id"]]]
    messages = await stage.buyer.find("mail.message", about, ["body"])
    news = [text for each in messages if sale["name"] in (text := _text(each["body"]))]
    stage.say(f"buyer: {order['name']} has the vendor's reference {order['partner_ref']}")
    for text in news:
        stage.say(f"buyer: {order['name']}: {text}")
    same = order["partner_ref"] == sale["name"]
    stage.expect(same, f"{order['name']} does not have the reference {sale['name']}.")
    stage.expect(any("confirmed" in text for text in news), f"{order['name']} was not told of it.")
    return news


def _text(html: object) -> str:
    """Without its tags; Odoo says false where there is none."""
    return re.sub(r"<[^>]+>", "", str(html or "")).strip()
