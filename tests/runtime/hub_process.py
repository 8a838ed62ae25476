"""A hub of its own process between the sides of a shelf: `python -m tests.runtime.hub_process JSON`."""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

from qantara.engine.link import Link, Priority
from qantara.model import Partner
from qantara.runtime import distributed, embedded, slices
from qantara.runtime.agenda import Lane
from qantara.runtime.holding import myself
from qantara.runtime.schedule import Schedule
from qantara.runtime.scheduler import Plan, schedule
from qantara.runtime.turn import Worker
from qantara.storage.store import Store
from tests.engine.memory import every_field
from tests.engine.test_pipeline import Silent
from tests.runtime.shelf import HERE, THERE, ShelfConnector


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """`lanes` are entity, priority, and schedule; `roles` any of embedded, worker, scheduler."""

    store: str
    shelf: str
    lanes: Sequence[tuple[str, int, str]]
    roles: Sequence[str]
    turns: int = 8
    slice: float = slices.SLICE
    more: dict[str, Any] = field(default_factory=dict)

    def as_text(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))


def link(entity: str, priority: int, here: ShelfConnector, there: ShelfConnector) -> Link:
    return Link(
        name=f"{entity}.people",
        entity=entity,
        source=here,
        target=there,
        record_type=Partner,
        fields=every_field(Partner),
        priority=Priority(priority),
    )


async def main(setting: Setting) -> None:
    stop = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stop.set)
    slices.SLICE, embedded.TURNS = setting.slice, setting.turns
    async with AsyncExitStack() as stack:
        store = stack.enter_context(Store.open(setting.store))
        here, there = (ShelfConnector(side, setting.shelf) for side in (HERE, THERE))
        for side in (here, there):
            await stack.enter_async_context(side)
        lanes = [
            Lane(link=link(entity, priority, here, there), schedule=Schedule.parse(every))
            for entity, priority, every in setting.lanes
        ]
        worker = Worker(store=store, watch=Silent(), stop=stop, holder=myself())
        roles = {
            "embedded": lambda: embedded.serve(
                lanes, Worker(store=store, watch=Silent(), stop=stop)
            ),
            "worker": lambda: distributed.work(setting.store, lanes, worker, setting.turns),
            "scheduler": lambda: schedule(setting.store, store, Plan(lanes=lanes), stop),
        }
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.gather(*(roles[role]() for role in setting.roles))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(Setting(**json.loads(sys.argv[1]))))
