"""The drift check among many products: nothing changed, one changed, everything read.

On stand-ins, whose answers take no time by themselves.
Real Odoo 16 and 18 sum up 100,000 products in 0.1 s as a whole and in 2 s range by range.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import servers
from bench.catalogue import seed
from bench.recorder import recording
from qantara.connectors.base import load
from qantara.connectors.odoo.client import Client
from qantara.engine import drift
from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary, run
from qantara.flows import load as load_recipe
from qantara.storage.store import Store

PREFIX = "D"
FIRST = ("supplier", "customer", "category", "product")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one check cost: calls to the source and the target, seconds, and what it found."""

    what: str
    source: int
    target: int
    seconds: float
    records: int
    found: int

    def __str__(self) -> str:
        calls = f"{self.source} + {self.target} calls"
        told = f"{self.what:32}{calls:>18}, {self.seconds:7.2f} s"
        return f"{told}, {self.records} records compared, {self.found} drifted"


async def on_stand_ins(count: int) -> None:
    """All figures on stand-ins without a pace, on SQLite."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        store = stack.enter_context(Store.open(f"sqlite:///{Path(folder) / 'bench.sqlite3'}"))
        pair = await stack.enter_async_context(servers.stand_ins(pace="none"))
        print(f"\nDrift among {count} products, {pair.title}")
        for figure in await measure(pair, store, count):
            print(f"  {figure}")


async def measure(pair: servers.Pair, store: Store, count: int) -> list[Figure]:
    """All figures, on a pair of empty servers and an empty journal."""
    async with _loaded(pair, store, count) as (link, client):
        await asyncio.sleep(3)  # what was written within the last seconds is never trusted
        figures = [await _figure("first check, nothing remembered", link, store, pair)]
        figures.append(await _figure("nothing changed", link, store, pair))
        await _rename(client, count)
        figures.append(await _figure("one changed at the target", link, store, pair))
        figures.append(await _figure("everything read", link, store, pair, deep=True))
        return figures


class Silent:
    """Looks on and says nothing."""

    def begin(self, link: Link, expected: int) -> None:
        """Nothing."""

    def advance(self, link: Link, items: Sequence[Item]) -> None:
        """Nothing."""

    def end(self, link: Link, summary: Summary) -> None:
        """Nothing."""


@asynccontextmanager
async def _loaded(
    pair: servers.Pair, store: Store, count: int
) -> AsyncIterator[tuple[Link, Client]]:
    """The link of products after its first load, and who may speak to its target."""
    async with AsyncExitStack() as stack:
        odoo = load("odoo")
        factory = await stack.enter_async_context(odoo(pair.factory))
        buyer: Any = await stack.enter_async_context(odoo(pair.buyer))
        recipe = load_recipe("supply")
        options = recipe.Options(factory="factory", buyer="buyer")
        links = await recipe.links(options, {"factory": factory, "buyer": buyer}, "supply")
        by_name = {link.name.partition(".")[2]: link for link in links}
        client = Client(pair.factory)
        await seed(client, PREFIX, count)
        await client.close()
        began = time.perf_counter()
        for name in FIRST:
            await run(by_name[name], store, Silent())
        print(f"  first load in {time.perf_counter() - began:.0f} s")
        yield by_name["product"], buyer.client


async def _rename(client: Client, count: int) -> None:
    mine = [("default_code", "=", f"{PREFIX}-{count // 2:06}")]
    found = await client.search("product.template", mine)
    await client.write("product.template", found, {"name": "Somebody else's chair"})


async def _figure(
    what: str, link: Link, store: Store, pair: servers.Pair, *, deep: bool = False
) -> Figure:
    began = time.perf_counter()
    with recording() as recorder:
        report = await drift.check(link, store, deep=deep)
    return _told(what, recorder.calls, pair, (time.perf_counter() - began, report))


def _told(
    what: str, calls: dict[str, int], pair: servers.Pair, result: tuple[float, drift.Report]
) -> Figure:
    seconds, report = result
    return Figure(
        what=what,
        source=calls.get(pair.factory.url, 0),
        target=calls.get(pair.buyer.url, 0),
        seconds=seconds,
        records=report.records,
        found=len(report.findings),
    )
