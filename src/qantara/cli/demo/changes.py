"""Life at the factory: every few seconds somebody changes something, and it is timed."""

import asyncio
import itertools

from qantara.cli.demo.keyboard import Keyboard
from qantara.cli.demo.stage import Stage
from qantara.runtime.waiting import happens
from qantara.transport import Rejected

MANY, STRIDE = 50, 37
"""How many products are changed, and in steps of how many."""

PAUSE = 6.0
PATIENCE = 60.0
GLANCE = 0.5
"""Seconds: between two changes, until one must have arrived, between two looks at the buyer."""


async def keep_changing(stage: Stage, stop: asyncio.Event) -> None:
    """One change after the other until `stop`; tells when each has arrived."""
    named = [["default_code", "=like", "NF-%"]]
    products = await stage.factory.find("product.product", named, ["default_code"], limit=MANY)
    for turn in itertools.count(1):
        if await happens(stop, PAUSE):
            return
        sku = products[turn * STRIDE % len(products)]["default_code"]
        weight = round(1 + turn % 40 / 10, 1)
        try:
            await _weigh(stage.factory, sku, weight)
            await _follow(stage, stop, sku, weight)
        except Rejected as error:
            stage.expect(None, error.reason)


async def _follow(stage: Stage, stop: asyncio.Event, sku: str, weight: float) -> None:
    """Until the buyer has it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while await _weight(stage.buyer, sku) != weight:
        if await happens(stop, GLANCE):
            return
        if loop.time() - began > PATIENCE:
            stage.expect(None, f"{sku}: the new weight did not arrive.")
            return
    took = loop.time() - began
    stage.desk.tell(f"factory: {sku} weighs {weight} kg; at the buyer after {took:.1f} s")


async def _weigh(keyboard: Keyboard, sku: str, weight: float) -> None:
    product = await keyboard.one("product.product", [["default_code", "=", sku]], ["id"])
    await keyboard.call("product.product", "write", [product["id"]], {"weight": weight})


async def _weight(keyboard: Keyboard, sku: str) -> float:
    found = await keyboard.one("product.product", [["default_code", "=", sku]], ["weight"])
    return float(found["weight"])
