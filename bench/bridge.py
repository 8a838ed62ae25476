"""The bridge as its users feel it: messages and orders in real time, and what a quiet hour costs.

Both Odoos are prepared by `qantara bridge apply`; the hub is one process of its own on SQLite.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

from bench import servers
from bench.catalogue import seed
from bench.drift import Silent
from bench.installation import Installation, install
from bench.recorder import recording
from bench.servers import Pair
from qantara.connectors.base import load
from qantara.connectors.odoo.client import Client
from qantara.engine.pipeline import run
from qantara.flows import load as load_recipe
from qantara.storage.store import Store

FLOW = """
[[flows]]
recipe = "supply"
factory = "factory"
buyer = "buyer"
parts = ["chatter"]
partners = false

[flows.links.product]
every = "off"
"""

MESSAGES, ORDERS = 40, 20
PATIENCE = 60.0
PASSES = 12
"""Times an hour that the board is brought up to date."""


async def measure(pair: Pair, logins: Sequence[str], *, products: int) -> None:
    """All figures; `logins` are the options of `qantara bridge` that name the set-up users."""
    print(f"\nThe bridge, {pair.title}")
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        installation = install(there / "home", pair, f"sqlite:///{there / 'bridge.sqlite3'}", FLOW)
        await installation.once("bridge", "apply", "--yes", *logins)
        try:
            await _in_real_time(pair, installation)
        finally:
            await installation.once("bridge", "remove", "--yes", *logins)
    if products:
        await board(products)


async def board(count: int) -> None:
    """What it costs to keep so many offers up to date, on stand-ins.

    The first pass lists once more what the load has just written; five minutes later it is past.
    """
    async with _published(count) as (pair, again):
        factory = Client(pair.factory)
        for _ in range(2):
            await asyncio.sleep(float(servers.OVERLAP) + 1)
            with recording() as quiet:
                await again()
        _cost(f"{count} offers, none changed", quiet.calls, quiet.size)
        prices = await factory.search("product.product", [("default_code", "=like", "B-%")])
        await _count(factory, prices[: count // 100])
        with recording() as busy:
            await again()
        _cost("1 % changed", busy.calls, busy.size)
        print(f"  {'an hour of such passes':30}{PASSES * busy.size / 1e6:.1f} MB")
        await factory.close()


async def _in_real_time(pair: Pair, installation: Installation) -> None:
    factory, buyer = Client(pair.factory), Client(pair.buyer)
    await _sell_in(factory, (await _company(buyer))["currency_id"][1])
    await installation.once("run")
    vendor = await _partner(buyer, (await _company(factory))["name"])
    async with installation.going([["sync"]]):
        first = await _order(buyer, vendor)
        sold = await _arrives(factory, "sale.order", [("client_order_ref", "=", first[1])])
        await asyncio.sleep(5)
        to_factory = [
            await _said(buyer, "purchase.order", first[0], factory) for _ in range(MESSAGES)
        ]
        to_buyer = [await _said(factory, "sale.order", sold, buyer) for _ in range(MESSAGES)]
        orders = [await _ordered(buyer, vendor, factory) for _ in range(ORDERS)]
    _told("message, buyer to factory", to_factory)
    _told("message, factory to buyer", to_buyer)
    _told("purchase order to sale order", orders)
    await factory.close()
    await buyer.close()


async def _said(here: Client, model: str, one: int, there: Client) -> float:
    mark = f"message {token_hex(6)}"
    await here.call(
        model,
        "message_post",
        [one],
        body=mark,
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    began = time.perf_counter()
    await _arrives(there, "mail.message", [("body", "ilike", mark)])
    return time.perf_counter() - began


async def _ordered(buyer: Client, vendor: int, factory: Client) -> float:
    _, name = await _order(buyer, vendor)
    began = time.perf_counter()
    await _arrives(factory, "sale.order", [("client_order_ref", "=", name)])
    return time.perf_counter() - began


async def _order(buyer: Client, vendor: int) -> tuple[int, str]:
    """A confirmed purchase order: its id and number."""
    line = {"display_type": "line_note", "name": "As discussed", "product_qty": 0}
    values = {"partner_id": vendor, "order_line": [(0, 0, line)]}
    made = await buyer.call("purchase.order", "create", [values])
    one: int = made[0] if isinstance(made, list) else made
    await buyer.call("purchase.order", "button_confirm", [one])
    [row] = await buyer.read("purchase.order", [one], ["name"])
    return one, str(row["name"])


async def _arrives(there: Client, model: str, domain: Sequence[Any]) -> int:
    """The record, once it is there."""
    until = time.perf_counter() + PATIENCE
    while time.perf_counter() < until:
        if found := await there.search(model, domain):
            return found[-1]
        await asyncio.sleep(0.02)
    raise RuntimeError(f"Nothing like {domain} arrived within {PATIENCE:.0f} seconds.")


async def _company(client: Client) -> dict[str, Any]:
    fields = ["name", "currency_id"]
    [row] = await client.search_read("res.company", [], fields, order="id", limit=1)
    return row


async def _sell_in(factory: Client, currency: str) -> None:
    """Odoo sells in a currency when it has a price list in it."""
    if not await factory.search("product.pricelist", [("currency_id.name", "=", currency)]):
        named = [("name", "=", currency), ("active", "in", [True, False])]
        [money] = await factory.search_read("res.currency", named, ["active"])
        if not money["active"]:
            await factory.write("res.currency", [money["id"]], {"active": True})
        values = {"name": currency, "currency_id": money["id"]}
        await factory.call("product.pricelist", "create", [values])


async def _partner(client: Client, name: str) -> int:
    return (await client.search("res.partner", [("name", "=", name)]))[0]


@asynccontextmanager
async def _published(count: int) -> AsyncIterator[tuple[Pair, Callable[[], Awaitable[Any]]]]:
    """So many offers on a board; what brings it up to date again."""
    async with AsyncExitStack() as stack:
        pair = await stack.enter_async_context(servers.stand_ins(pace="none"))
        there = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        flow = FLOW.replace("chatter", "board")
        installation = install(there / "home", pair, f"sqlite:///{there / 'home.sqlite3'}", flow)
        await installation.once("bridge", "apply", "--yes")
        store = stack.enter_context(Store.open(f"sqlite:///{there / 'board.sqlite3'}"))
        odoo = load("odoo")
        connectors = {
            one.name: await stack.enter_async_context(odoo(one))
            for one in (pair.factory, pair.buyer)
        }
        recipe = load_recipe("supply")
        options = recipe.Options(factory="factory", buyer="buyer", parts=frozenset({"board"}))
        links = {link.name: link for link in await recipe.links(options, connectors, "supply")}
        client = Client(pair.factory)
        await seed(client, "B", count)
        await client.close()
        for name in ("supplier", "customer", "category", "product", "offer"):
            await run(links[f"supply.{name}"], store, Silent())
        yield pair, lambda: run(links["supply.offer"], store, Silent())


async def _count(factory: Client, variants: Sequence[int]) -> None:
    """Somebody counts ten of each."""
    [home] = await factory.search_read("stock.warehouse", [], ["lot_stock_id"], order="id", limit=1)
    rows = [
        {"product_id": one, "location_id": home["lot_stock_id"][0], "inventory_quantity": 10}
        for one in variants
    ]
    quants = await factory.call("stock.quant", "create", rows, context={"inventory_mode": True})
    await factory.call("stock.quant", "action_apply_inventory", quants)


def _cost(what: str, calls: dict[str, int], size: int) -> None:
    print(f"  {what:30}{sum(calls.values())} calls, {size / 1000:.0f} kB")


def _told(what: str, seconds: Sequence[float]) -> None:
    ordered = sorted(seconds)
    at = {share: ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.95)}
    print(f"  {what:30}p50 {at[0.5]:.0f} ms, p95 {at[0.95]:.0f} ms, {len(ordered)} of them")
