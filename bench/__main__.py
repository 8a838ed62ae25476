"""`make bench`: first load against a bare loop, events, backlogs, drift check, bridge, web stores.

`python -m bench load`, `events`, `drift`, `bridge` or `stores` measures one of them. `load --live`, `bridge
--live` and `stores --live` measure on the real servers that the environment names; the set-up users
of the bridge are its `--login CONNECTION=LOGIN`. `load --products 20000` shows that memory stays flat.
"""

import argparse
import asyncio
import resource
import secrets
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import bridge, drift, events, servers, store_load, stores
from bench.catalogue import seed
from bench.recorder import Recorder, bare_loop, recording
from qantara.connectors.base import load
from qantara.connectors.odoo.client import Client
from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary, run
from qantara.flows import load as load_recipe
from qantara.storage import dead_letters
from qantara.storage.store import Store

PARTS = ("load", "events", "drift", "bridge", "stores")

FIRST = ("supplier", "customer", "category", "product")


@dataclass(slots=True)
class Onlooker:
    """Notes the memory after each page."""

    pages: list[float] = field(default_factory=list)

    def begin(self, link: Link, expected: int) -> None:
        """Nothing to prepare."""

    def advance(self, link: Link, items: Sequence[Item]) -> None:  # noqa: ARG002
        """Resident memory now, in MB."""
        self.pages.append(_resident())

    def end(self, link: Link, summary: Summary) -> None:
        """Nothing to tidy."""


async def measure(pair: servers.Pair, count: int) -> None:
    """All figures on one pair of servers."""
    prefix = f"B{secrets.token_hex(3).upper()}"
    client = Client(pair.factory)
    print(f"\n{pair.title}: {count} products, prefix {prefix}")
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        store = stack.enter_context(Store.open(f"sqlite:///{Path(folder) / 'bench.sqlite3'}"))
        odoo = load("odoo")
        factory = await stack.enter_async_context(odoo(pair.factory))
        buyer = await stack.enter_async_context(odoo(pair.buyer))
        recipe = load_recipe("supply")
        options = recipe.Options(factory="factory", buyer="buyer")
        links = await recipe.links(options, {"factory": factory, "buyer": buyer}, "supply")
        by_name = {link.name.partition(".")[2]: link for link in links}
        for name in FIRST:
            await run(by_name[name], store, Onlooker())
        await seed(client, prefix, count)
        await _figures(pair, client, (by_name["product"], store), prefix)
    await client.close()


async def _figures(
    pair: servers.Pair, client: Client, what: tuple[Link, Store], prefix: str
) -> None:
    link, store = what
    onlooker = Onlooker()
    with recording() as first:
        wall, cpu, summary = await _timed(link, store, onlooker)
    _print("first load", f"{wall:.2f} s, {summary.seen / wall:.0f} records/s, {summary.results}")
    written = first.written.get(pair.buyer.url, [])
    other = prefix[:-1] + ("0" if prefix[-1] != "0" else "1")
    renamed = {prefix.encode(): other.encode(), b'"qantara.': b'"bare.'}
    bare = await bare_loop(pair.buyer, written, renamed)
    _print("bare loop", f"{bare:.2f} s for the same {len(written)} writing calls")
    _print("hub / bare loop", f"{wall / bare:.3f} (budget 1.10)")
    _print("hub's CPU per record", f"{1000 * cpu / max(1, summary.seen):.2f} ms (budget 1)")
    _print(
        "memory",
        f"{onlooker.pages[0]:.0f} MB after the first page, "
        f"{onlooker.pages[-1]:.0f} at the end, {_peak():.0f} at peak (budget 150)",
    )
    with recording() as second:
        wall, _, summary = await _timed(link, store, Onlooker())
    _told("second run", second, wall, summary)
    found = await client.search("product.template", [("default_code", "=", f"{prefix}-000001")])
    await client.write("product.template", found, {"list_price": 77.5})
    with recording() as third:
        wall, _, summary = await _timed(link, store, Onlooker())
    _told("one product changed", third, wall, summary)
    for letter in (await store.run(dead_letters.listing))[:3]:
        print(f"  put aside: {letter.reason} {letter.remedy}")


async def _timed(link: Link, store: Store, onlooker: Onlooker) -> tuple[float, float, Summary]:
    wall, cpu = time.perf_counter(), time.process_time()
    summary = await run(link, store, onlooker)
    return time.perf_counter() - wall, time.process_time() - cpu, summary


def _told(what: str, recorder: Recorder, wall: float, summary: Summary) -> None:
    calls = sum(recorder.calls.values())
    writes = sum(map(len, recorder.written.values()))
    _print(what, f"{writes} writing calls, {calls} calls in all, {wall:.2f} s, {summary.results}")


def _print(what: str, figure: str) -> None:
    print(f"  {what:24}{figure}")


def _resident() -> float:
    with Path("/proc/self/statm").open() as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1e6


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="|".join(PARTS))
    parser.add_argument(
        "--products",
        type=int,
        help="2,000 for the load, 100,000 for the drift, 10,000 for the bridge, "
        "5,000 and 2,000 for the stores",
    )
    parser.add_argument("--live", action="store_true", help="measure on real servers")
    parser.add_argument("--pace", choices=("measured", "none"), default="measured")
    parser.add_argument("--login", action="append", default=[], metavar="CONNECTION=LOGIN")
    given = parser.parse_args()
    wanted = given.what or (PARTS[:1] if given.live else PARTS)
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"There is no {', '.join(unknown)} to measure.")
    if "load" in wanted:
        await _load(given)
    if "events" in wanted:
        await events.measure()
    if "drift" in wanted:
        await drift.on_stand_ins(given.products or 100_000)
    if "bridge" in wanted:
        await _bridge(given)
    if "stores" in wanted:
        await store_load.measure(given.products or 5000, live=given.live)
        if not given.live:
            await stores.measure(given.products or 2000)


async def _bridge(given: argparse.Namespace) -> None:
    logins = [word for login in given.login for word in ("--login", login)]
    if given.live:
        await bridge.measure(servers.live(), logins, products=0)
        return
    async with servers.stand_ins(pace="none") as pair:
        await bridge.measure(pair, logins, products=given.products or 10_000)


async def _load(given: argparse.Namespace) -> None:
    count = given.products or 2000
    if given.live:
        await measure(servers.live(), count)
        return
    async with servers.stand_ins(pace=given.pace) as pair:
        await measure(pair, count)


if __name__ == "__main__":
    asyncio.run(_main())
