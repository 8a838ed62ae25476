"""First load of a catalogue into a WooCommerce, against the same batches sent bare.

On stand-ins at the pace measured on a real store, or into the real one that the environment names.
"""

import os
import secrets
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import msgspec

from bench import servers
from bench.catalogue import seed
from bench.drift import Silent
from bench.recorder import recording
from qantara.connectors.base import Connection, load
from qantara.connectors.odoo.client import Client
from qantara.connectors.woocommerce.client import API, Batch
from qantara.connectors.woocommerce.client import Client as Shop
from qantara.connectors.woocommerce.oauth import signed
from qantara.engine.link import Link
from qantara.engine.pipeline import run
from qantara.flows import load as load_recipe
from qantara.storage import dead_letters
from qantara.storage.store import Store
from qantara.transport.http import Request

PRODUCTS = "/products"
BATCH = f"{API}{PRODUCTS}/batch"


async def measure(count: int, *, live: bool) -> None:
    """The load; the same once more, with nothing changed; and the same batches bare."""
    async with AsyncExitStack() as stack:
        odoo = await stack.enter_async_context(servers.stand_in(18, "erp", "none"))
        store = _live() if live else await stack.enter_async_context(servers.store("measured"))
        prefix = f"B{secrets.token_hex(3).upper()}"
        kind = "a real WooCommerce" if live else "a WooCommerce stand-in at the measured pace"
        print(f"\nFirst load of {count} products into {kind}, prefix {prefix}")
        client = Client(odoo)
        await seed(client, prefix, count, barcodes=False)
        await client.close()
        try:
            sent = await _hub(stack, odoo, store)
            bare, made = await _bare(store, sent, (prefix, f"C{prefix[1:]}"))
            print(f"  {'bare':24}{bare:.1f} s, {made / bare:.1f} a second, {len(sent)} batches")
        finally:
            await _tidy(store, prefix[1:])


async def _hub(stack: AsyncExitStack, odoo: Connection, store: Connection) -> list[Request]:
    """Both runs of the hub; the batches that made products."""
    link, journal = await _link(stack, odoo, store)
    for what in ("first load", "nothing changed"):
        with recording() as sent:
            began = time.perf_counter()
            summary = await run(link, journal, Silent())
            wall = time.perf_counter() - began
        calls = sum(sent.calls.values())
        pace = (
            f"{wall:.1f} s, {summary.seen / wall:.1f} a second" if summary.seen else f"{wall:.1f} s"
        )
        print(f"  {what:24}{pace}, {calls} calls, {summary.results}")
        if what == "first load":
            written = sent.written.get(store.url, [])
            batches = [one for one, _ in written if one.path.startswith(BATCH)]
    for letter in (await journal.run(dead_letters.listing))[:3]:
        print(f"  put aside: {letter.reason} {letter.remedy}")
    return batches


async def _link(stack: AsyncExitStack, odoo: Connection, store: Connection) -> tuple[Link, Store]:
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    journal = stack.enter_context(Store.open(f"sqlite:///{Path(folder) / 'bench.sqlite3'}"))
    sides = {
        one.name: await stack.enter_async_context(load(one.connector)(one)) for one in (odoo, store)
    }
    recipe = load_recipe("commerce")
    options = recipe.Options(odoo="erp", store="store", parts=["category", "product"])
    category, product = await recipe.links(options, sides, "shop")
    await run(category, journal, Silent())
    return product, journal


async def _bare(
    store: Connection, sent: Sequence[Request], named: tuple[str, str]
) -> tuple[float, int]:
    """The same one after the other for products of other names; seconds, and how many were made.

    Only the waiting for answers counts: a loop that had everything prepared.
    """
    seconds, made = 0.0, 0
    key, secret = store.settings["login"], store.secrets["key"]
    old, new = (each.encode() for each in named)
    async with aiohttp.ClientSession() as session:
        for request in sent:
            body = (request.body or b"").replace(old, new)
            query = signed("POST", store.url + BATCH, {}, key, secret)
            began = time.perf_counter()
            async with session.post(
                f"{store.url}{BATCH}?{query}",
                data=body,
                headers={"Content-Type": "application/json"},
            ) as answer:
                text = await answer.read()
            seconds += time.perf_counter() - began
            rows = msgspec.json.decode(text)["create"]
            if refused := [row["error"] for row in rows if "error" in row]:
                raise RuntimeError(f"The bare loop was refused: {refused[0]}")
            made += len(rows)
    return seconds, made


async def _tidy(store: Connection, mark: str) -> None:
    """Nothing of this stays in the store."""
    shop = Shop(store)
    asked = {"search_sku": mark, "_fields": "id,sku", "status": "any"}
    rows = await shop.every(PRODUCTS, asked)
    await shop.batch(PRODUCTS, Batch(delete=[row["id"] for row in rows]), safe=True)
    await shop.close()


def _live() -> Connection:
    """The real store that QANTARA_LIVE_WOO_URL, _KEY and _SECRET name."""
    told = {part: os.environ[f"QANTARA_LIVE_WOO_{part}"] for part in ("URL", "KEY", "SECRET")}
    return servers.woocommerce(told["URL"], told["KEY"], told["SECRET"])
