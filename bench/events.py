"""Events: how fast they are acknowledged, how soon they are at the target, how a backlog drains.

The same hub as users have, as processes of its own: `qantara sync --listen` on SQLite and
PostgreSQL, and `web`, `scheduler` and one to three `worker`s on PostgreSQL. The factory's partners
are changed first; then each webhook tells of one of them.
"""

import asyncio
import contextlib
import socket
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from sqlalchemy import Connection, select

from bench import servers
from bench.installation import Installation, install
from qantara.connectors.odoo.client import Client
from qantara.runtime.upkeep import UPKEEP
from qantara.storage import inbox, lanes
from qantara.storage.inbox import Notice
from qantara.storage.schema import inbox as table
from qantara.storage.store import Store
from tests import postgresql

RATES = (20, 100, 200)
"""Webhooks a second."""

SECONDS = 15

SAFE = {"listen_addresses": "", "shared_buffers": "64MB"}
"""PostgreSQL as users have it: what is committed survives a power cut."""

BACKLOG = 10_000

PATIENCE = 300.0
"""Seconds within which all must have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """A way to run the hub: what its commands are, and on which kind of database."""

    title: str
    postgresql: bool
    workers: int = 0

    def commands(self, port: int) -> Sequence[Sequence[str]]:
        """What is started."""
        if not self.workers:
            return [("sync", "--listen", f"127.0.0.1:{port}")]
        web = ("web", "--host", "127.0.0.1", "--port", str(port))
        return [web, ("scheduler",), *[("worker",)] * self.workers]


SETS = (
    Set(title="one process, SQLite", postgresql=False),
    Set(title="one process, PostgreSQL", postgresql=True),
    Set(title="web, scheduler, 1 worker, PostgreSQL", postgresql=True, workers=1),
    Set(title="web, scheduler, 2 workers, PostgreSQL", postgresql=True, workers=2),
    Set(title="web, scheduler, 3 workers, PostgreSQL", postgresql=True, workers=3),
)


async def measure(*, backlog: int = BACKLOG) -> None:
    """Every set, one after the other."""
    with contextlib.ExitStack() as stack:
        programs = postgresql.programs()
        host = stack.enter_context(postgresql.running(programs, SAFE)) if programs else ""
        for number, each in enumerate(SETS):
            if each.postgresql and not host:
                print(f"\n{each.title}: {postgresql.ABSENT}")
                continue
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = f"sqlite:///{folder / 'bench.sqlite3'}"
            if each.postgresql:
                with postgresql.connect(host) as admin:
                    admin.execute(f"CREATE DATABASE bench{number}")
                url = f"postgresql+psycopg://postgres@/bench{number}?host={host}"
            async with servers.stand_ins(pace="none") as pair:
                await _measure(each, pair, install(folder / "home", pair, url), backlog)


async def _measure(each: Set, pair: servers.Pair, installation: Installation, backlog: int) -> None:
    print(f"\n{each.title}")
    client = Client(pair.factory)
    ids = await _partners(client, max(backlog, RATES[-1] * SECONDS))
    await installation.once("run")
    port = _free_port()
    with installation.open() as store:
        async with installation.going(each.commands(port)), aiohttp.ClientSession() as session:
            await _awake(session, port)
            await _quiet(store)
            for rate in RATES:
                await _alter(client, ids[: rate * SECONDS], f"Street {rate}")
                url = f"http://127.0.0.1:{port}/hooks/factory/{installation.token}"
                acknowledged = await _send(session, url, ids[: rate * SECONDS], rate)
                through = await _through(store)
                _told(f"{rate}/s acknowledged", acknowledged)
                _told(f"{rate}/s webhook to target", through)
            await _alter(client, ids[:backlog], "Street of the backlog")
            began = time.perf_counter()
            await store.run(_fill, ids[:backlog])
            await _through(store)
            wall = time.perf_counter() - began
            print(f"  {f'backlog of {backlog}':30}{backlog / wall:.0f} records/s, {wall:.1f} s")
    await client.close()


async def _partners(client: Client, count: int) -> list[int]:
    await client.enter()
    ids: list[int] = []
    for start in range(0, count, 500):
        rows = [[f"Partner {number}"] for number in range(start, min(start + 500, count))]
        made = await client.load("res.partner", ["name"], rows)
        ids += made.ids or []
    return ids


async def _alter(client: Client, ids: Sequence[int], street: str) -> None:
    for start in range(0, len(ids), 2000):
        await client.write("res.partner", ids[start : start + 2000], {"street": street})


async def _send(
    session: aiohttp.ClientSession, url: str, ids: Sequence[int], rate: int
) -> list[float]:
    """Post one webhook for each at a steady rate, whatever the answers; seconds to each answer."""
    began = time.perf_counter()
    seconds: list[float] = []

    async def post(one: int) -> None:
        sent = time.perf_counter()
        body = {"_model": "res.partner", "_id": one, "at": began}
        async with session.post(url, json=body) as answer:
            if answer.status != 200:
                raise RuntimeError(f"The entrance answered {answer.status}.")
        seconds.append(time.perf_counter() - sent)

    async with asyncio.TaskGroup() as group:
        for number, one in enumerate(ids):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            group.create_task(post(one))
    return seconds


async def _through(store: Store) -> list[float]:
    """Wait until every event has its outcome; seconds from each arrival to it."""
    until = time.perf_counter() + PATIENCE
    while await store.run(inbox.waiting, "factory", 1):
        if time.perf_counter() > until:
            raise RuntimeError("Some events have no outcome yet.")
        await asyncio.sleep(0.2)
    return await store.run(_durations)


def _durations(conn: Connection) -> list[float]:
    """Of all that is in the inbox, which is emptied."""
    rows = conn.execute(select(table.c.received_at, table.c.done_at)).all()
    conn.execute(table.delete())
    return [(done - received).total_seconds() for received, done in rows]


def _fill(conn: Connection, ids: Sequence[int]) -> None:
    inbox.receive(
        conn,
        [
            Notice(
                connection="factory",
                topic="backlog",
                event_key=str(one),
                body=b"",
                entity="partner",
                external_id=str(one),
            )
            for one in ids
        ],
    )


async def _awake(session: aiohttp.ClientSession, port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.1)
    raise RuntimeError("The entrance did not open.")


async def _quiet(store: Store) -> None:
    """The first turn of every lane is over."""
    for _ in range(600):
        known = await store.run(lanes.states)
        states = [one for name, one in known.items() if name != UPKEEP]
        if states and all(one.pause and not one.holder for one in states):
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("The lanes did not come to rest.")


def _told(what: str, seconds: Sequence[float]) -> None:
    ordered = sorted(seconds)
    at = {share: ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.99)}
    print(f"  {what:30}p50 {at[0.5]:.0f} ms, p99 {at[0.99]:.0f} ms, {len(ordered)} events")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
