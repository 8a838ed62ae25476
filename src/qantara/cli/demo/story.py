"""The story: a catalogue travels, an order becomes another, stores sell, and all sides agree."""

from typing import Any

from qantara.cli.demo import order
from qantara.cli.demo.keyboard import Keyboard
from qantara.cli.demo.market import Market
from qantara.cli.demo.opening import open_stores
from qantara.cli.demo.stage import Stage
from qantara.cli.demo.trading import trade
from qantara.cli.run import as_told, show
from qantara.cli.verify import as_told as verdicts_as_told
from qantara.cli.verify import compared
from qantara.cli.verify import show as show_verdicts
from qantara.cli.words import counted, number

COUNTED = (
    ("products, by SKU", "product.product", "default_code"),
    ("partners, by reference", "res.partner", "ref"),
)
"""What the factory has and the buyer then has too, and by what it is known."""

PLACES = {"factory": "internal", "buyer": "transit"}
"""Where the factory's stock lies, and where the buyer sees it."""


async def tell(stage: Stage, market: Market, orders: int) -> dict[str, Any]:
    """Play it; returns the figures, all of them read from both sides."""
    loaded = await _load(stage)
    counts = await _count(stage)
    ordered = await order.play(stage)
    verdict = await _verify(stage)
    opened = await open_stores(stage)
    stores = await trade(stage, market, orders)
    return {
        "loaded": loaded,
        "counts": counts,
        "order": ordered,
        "verify": verdict,
        "opened": opened,
        "stores": stores,
        "disagreements": stage.disagreements,
    }


async def _load(stage: Stage) -> list[dict[str, Any]]:
    stage.chapter("The factory's catalogue, partners and stock travel to the buyer")
    ran = await stage.carry()
    if not stage.desk.as_json:
        show(stage.desk, ran)
    return [as_told(stage.desk, one) for one in ran]


async def _count(stage: Stage) -> list[dict[str, Any]]:
    counts: list[dict[str, Any]] = []
    for what, model, key in COUNTED:
        known = await stage.factory.find(model, [[key, "!=", False]], [key])
        keys = sorted({each[key] for each in known})
        there = await stage.buyer.find(model, [[key, "in", keys]], [key])
        counts.append({"what": what, "factory": len(keys), "buyer": len(there)})
    here, there = await _free(stage.factory), await _free(stage.buyer)
    counts.append({"what": "free units in stock", "factory": here, "buyer": there})
    stage.chapter("Counted on both sides")
    rows = [(one["what"], number(one["factory"]), number(one["buyer"])) for one in counts]
    stage.rows(("", "factory#", "buyer#"), rows)
    for one in counts:
        agree = one["factory"] == one["buyer"]
        stage.expect(agree, f"The number of {one['what']} is not the same on both sides.")
    return counts


async def _free(keyboard: Keyboard) -> int:
    """Units on hand less those reserved, in the places that matter there."""
    domain = [["location_id.usage", "=", PLACES[keyboard.server.name]]]
    quants = await keyboard.find("stock.quant", domain, ["quantity", "reserved_quantity"])
    units: float = sum(each["quantity"] - each["reserved_quantity"] for each in quants)
    return round(units)


async def _verify(stage: Stage) -> dict[str, Any]:
    stage.chapter("Every field is compared on both sides")
    verdicts = await compared(stage.desk, stage.hub, stage.links_of("supply"))
    if not stage.desk.as_json:
        show_verdicts(stage.desk, verdicts)
    for one in verdicts:
        differing = counted(len(one.findings), "difference")
        stage.expect(not one.findings, f"{one.link}: {differing}.")
    return verdicts_as_told(verdicts)
