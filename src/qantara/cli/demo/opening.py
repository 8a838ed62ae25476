"""The stores open: the buyer says what is on sale, goods arrive, and both stores are filled."""

import asyncio
from typing import Any

from qantara.cli.demo.keyboard import Keyboard
from qantara.cli.demo.shops import Shop
from qantara.cli.demo.stage import Stage
from qantara.cli.run import Onlooker, Ran, as_told, once, show
from qantara.cli.watching import watching
from qantara.cli.words import counted

SHELF, COLLECTIONS = 36, 4
"""So many plain products and so many with sizes and colours are put on sale."""

UNITS = 600
"""How many of each arrive: enough for hours of an order a second."""

SERVICES = {"SHIPPING": "Shipping", "ROUNDING": "Rounding"}
"""What stands in Odoo for what a store sells besides goods."""

CATALOGUE = ("category", "product")


async def open_stores(stage: Stage) -> list[dict[str, Any]]:
    """Play it; returns what `run` tells of each link."""
    shelf = await _put_on_sale(stage.buyer)
    names = " and ".join(shop.server.name for shop in stage.shops)
    stage.chapter(f"The buyer puts {counted(shelf, 'product')} on sale in {names}")
    with watching(stage.desk) as watch:
        onlooker = Onlooker(desk=stage.desk, watch=watch)
        both = await asyncio.gather(*(_fill(stage, onlooker, shop) for shop in stage.shops))
    ran = [one for some in both for one in some]
    stage.expect_all_carried(ran)
    if not stage.desk.as_json:
        show(stage.desk, ran)
    return [as_told(stage.desk, one) for one in ran]


async def _fill(stage: Stage, onlooker: Onlooker, shop: Shop) -> list[Ran]:
    """Categories and products; everything else is for when the stores have opened."""
    name = shop.server.name
    links = [one for one in stage.links_of(name) if one.name.rpartition(".")[2] in CATALOGUE]
    return await once(onlooker, links, stage.hub.store)


async def _put_on_sale(buyer: Keyboard) -> int:
    """How many products there are on the shelf; all others can be bought, not sold."""
    plain = [["default_code", "=like", "NF-%"], ["uom_id.name", "=", "Units"]]
    varied = [["attribute_line_ids", "!=", False]]
    shelf = await buyer.find("product.template", plain, ["id"], limit=SHELF)
    shelf += await buyer.find("product.template", varied, ["id"], limit=COLLECTIONS)
    chosen = [each["id"] for each in shelf]
    rest = await buyer.call("product.template", "search", [["id", "not in", chosen]])
    await buyer.call("product.template", "write", rest, {"sale_ok": False})
    for place, template in enumerate(chosen):
        price = {"list_price": round(4.99 + place * 37 % 60, 2)}
        await buyer.call("product.template", "write", [template], price)
    await _receive(buyer, chosen)
    await _stand_for_services(buyer)
    return len(chosen)


async def _receive(buyer: Keyboard, templates: list[int]) -> None:
    """Goods arrive in the buyer's warehouse."""
    warehouse = await buyer.one("stock.warehouse", [["code", "=", "WH"]], ["lot_stock_id"])
    goods = await buyer.find("product.product", [["product_tmpl_id", "in", templates]], ["id"])
    counted_ = [
        {
            "product_id": each["id"],
            "location_id": warehouse["lot_stock_id"][0],
            "inventory_quantity": UNITS,
        }
        for each in goods
    ]
    quants = await buyer.call("stock.quant", "create", counted_, context={"inventory_mode": True})
    await buyer.call("stock.quant", "action_apply_inventory", quants)


async def _stand_for_services(buyer: Keyboard) -> None:
    services = [
        {"name": name, "default_code": code, "type": "service", "sale_ok": False}
        for code, name in SERVICES.items()
    ]
    await buyer.call("product.product", "create", services)
