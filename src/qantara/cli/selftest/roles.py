"""The processes that a hub is made of, by runtime, and what each of them does."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.cli.scheduler import plan
from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary
from qantara.runtime.agenda import Lane
from qantara.runtime.embedded import Wake, serve
from qantara.runtime.hub import Hub
from qantara.runtime.listening import listen, listeners
from qantara.runtime.turn import Worker
from qantara.web import server
from qantara.web.app import Parts, build
from qantara.web.sources import Stored

RUNTIMES: Mapping[str, Sequence[str]] = {
    "embedded": ("hub",),
    "distributed": ("scheduler", "worker"),
}
"""The roles of the processes of each runtime; the first has the entrance."""


class Silent:
    """Looks on and says nothing."""

    def begin(self, link: Link, expected: int) -> None:
        """A run begins."""

    def advance(self, link: Link, items: Sequence[Item]) -> None:
        """Some changes further."""

    def end(self, link: Link, summary: Summary) -> None:
        """A run is over."""


@dataclass(slots=True, kw_only=True)
class Part:
    """A process of the hub at work; `port` is where its entrance listens."""

    hub: Hub
    lanes: Sequence[Lane]
    port: int
    wake: Wake = field(default_factory=Wake)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def play(self, role: str) -> None:
        """Do what the role asks for until `stop` is set."""
        await _ROLES[role](self)

    @property
    def hands(self) -> Worker:
        """Who takes turns here."""
        return Worker(
            store=self.hub.store,
            watch=Silent(),
            stop=self.stop,
            closed_until=self.hub.closed_until,
        )

    @property
    def journal(self) -> str:
        """Its address."""
        return self.hub.home.database_url(self.hub.configuration.hub.database)


async def _hub(part: Part) -> None:
    """Everything in one process, as `qantara sync --listen` does."""
    hub, links = part.hub, [lane.link for lane in part.lanes]
    addresses = {link.here_name: await hub.entrance(link.here_name) for link in links}
    every = listeners(links, hub.store, part.wake.ring, addresses)
    async with asyncio.TaskGroup() as group:
        group.create_task(listen(every, part.stop))
        group.create_task(_entrance(part))
        await serve(part.lanes, part.hands, part.wake)


async def _scheduler(part: Part) -> None:
    """`qantara scheduler`, and `qantara web` in the same process."""
    from qantara.runtime.scheduler import schedule  # noqa: PLC0415 - procrastinate is an extra

    wanted = await plan(part.hub, part.lanes, part.wake)
    async with asyncio.TaskGroup() as group:
        group.create_task(_entrance(part))
        group.create_task(schedule(part.journal, part.hub.store, wanted, part.stop))


async def _worker(part: Part) -> None:
    """`qantara worker`."""
    from qantara.runtime.distributed import work  # noqa: PLC0415 - procrastinate is an extra

    await work(part.journal, part.lanes, part.hands)


async def _entrance(part: Part) -> None:
    sources = Stored(part.hub.store, part.hub.vault)
    app = build(Parts(store=part.hub.store, sources=sources, wake=part.wake.ring))
    await server.serve(app, "127.0.0.1", part.port, part.stop)


_ROLES: Mapping[str, Callable[[Part], Coroutine[Any, Any, None]]] = {
    "hub": _hub,
    "scheduler": _scheduler,
    "worker": _worker,
}
