"""A hub that is killed again and again while it works: `python -m tests.campaign.storm_hub JSON`.

Its processes are forked from one that has everything loaded, so that a new one works at once.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from qantara.cli.selftest.processes import Child, fork
from qantara.cli.selftest.roles import Silent
from qantara.engine.link import Kind, Link
from qantara.model import Partner
from qantara.runtime import distributed, listening
from qantara.runtime.agenda import Lane
from qantara.runtime.embedded import Wake, serve
from qantara.runtime.listening import listen, listeners
from qantara.runtime.schedule import Schedule
from qantara.runtime.scheduler import Plan, schedule
from qantara.runtime.turn import Worker
from qantara.storage.store import Store
from qantara.storage.vault import WebhookSecret
from qantara.web import server
from qantara.web.app import Parts, build
from qantara.web.sources import Known, source
from tests.campaign.shop import BOOKS, ENTITY, SHOP, ShopConnector
from tests.project.tree import ROOT

TOKEN = "a-token-of-the-storm"
FIELDS = frozenset({"name", "email"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """`every` is when the shop is asked, `watched` the seconds between looks at a subscription.

    One of the processes is killed `kills` times, each time after `least` to `most` seconds.
    """

    store: str
    shop: str
    port: int
    roles: Sequence[str]
    every: str = "off"
    watched: float = 60.0
    kills: int = 0
    least: float = 0.05
    most: float = 0.6
    seed: int = 1
    log: str = "/dev/null"

    @property
    def address(self) -> str:
        """Where the shop rings."""
        return f"http://127.0.0.1:{self.port}/hooks/{SHOP}/{TOKEN}"


@contextmanager
def storming(setting: Setting) -> Iterator["Storm"]:
    """The hub and who kills it; at the end all of it is gone."""
    command = [sys.executable, "-m", "tests.campaign.storm_hub", json.dumps(asdict(setting))]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Storm(process)
    finally:
        process.communicate()


@dataclass(frozen=True, slots=True)
class Storm:
    """Who kills."""

    process: subprocess.Popen[str]

    def is_over(self) -> int:
        """Wait until the last one was killed; how many that were."""
        assert self.process.stdout
        return int(self.process.stdout.readline())


def _main(setting: Setting) -> None:
    chance = random.Random(setting.seed)  # noqa: S311 - no secret
    hubs = {role: _fork(setting, role) for role in setting.roles}
    for _ in range(setting.kills):
        time.sleep(chance.uniform(setting.least, setting.most))
        role = chance.choice(setting.roles)
        hubs[role].kill()
        if hubs[role].code != -9:
            raise SystemExit(f"The {role} had ended by itself: {hubs[role].code}.")
        hubs[role] = _fork(setting, role)
    sys.stdout.write(f"{setting.kills}\n")
    sys.stdout.flush()
    sys.stdin.read()
    for hub in hubs.values():
        hub.kill()


def _fork(setting: Setting, role: str) -> Child:
    def work(_: Connection) -> None:
        listening.WATCH_SECONDS = setting.watched
        asyncio.run(_serve(setting, role))

    return fork(work, Path(setting.log))


async def _serve(setting: Setting, role: str) -> None:
    async with AsyncExitStack() as stack:
        store = stack.enter_context(Store.open(setting.store))
        shop, books = (ShopConnector(side, setting.shop) for side in (SHOP, BOOKS))
        for side in (shop, books):
            await stack.enter_async_context(side)
        link = Link(
            name="storm.customer",
            entity=ENTITY,
            source=shop,
            target=books,
            record_type=Partner,
            fields=FIELDS,
            kind=Kind.DOCUMENT,
        )
        lane = Lane(link=link, schedule=Schedule.parse(setting.every))
        await _ROLES[role](setting, store, lane)


async def _hub(setting: Setting, store: Store, lane: Lane) -> None:
    wake, stop = Wake(), asyncio.Event()
    every = listeners([lane.link], store, wake.ring, {SHOP: setting.address})
    async with asyncio.TaskGroup() as group:
        group.create_task(listen(every, stop))
        group.create_task(_entrance(setting, store, wake))
        await serve([lane], Worker(store=store, watch=Silent(), stop=stop), wake)


async def _scheduler(setting: Setting, store: Store, lane: Lane) -> None:
    wake, stop = Wake(), asyncio.Event()
    every = listeners([lane.link], store, wake.ring, {SHOP: setting.address})
    plan = Plan(lanes=[lane], bell=wake, duties=(partial(listen, every),))
    async with asyncio.TaskGroup() as group:
        group.create_task(_entrance(setting, store, wake))
        group.create_task(schedule(setting.store, store, plan, stop))


async def _worker(setting: Setting, store: Store, lane: Lane) -> None:
    worker = Worker(store=store, watch=Silent(), stop=asyncio.Event())
    await distributed.work(setting.store, [lane], worker)


async def _entrance(setting: Setting, store: Store, wake: Wake) -> None:
    secret = WebhookSecret(secret=TOKEN, since=datetime.now(UTC), expires_at=None)
    known = Known(by_name={SHOP: source(SHOP, ShopConnector, [secret])})
    app = build(Parts(store=store, sources=known, wake=wake.ring))
    await server.serve(app, "127.0.0.1", setting.port, asyncio.Event())


_ROLES: dict[str, Any] = {"hub": _hub, "scheduler": _scheduler, "worker": _worker}


if __name__ == "__main__":
    _main(Setting(**json.loads(sys.argv[1])))
