"""`qantara worker`: do what is due, one of any number of processes on any machines."""

import asyncio
from typing import Annotated

import typer

from qantara.cli.desk import AsJson, Desk
from qantara.cli.scheduler import lanes_of, plan, shared_journal
from qantara.cli.sync import JSON, Log, stopping
from qantara.cli.web import telling
from qantara.runtime.embedded import Wake

__all__ = ["JSON", "worker"]

TURNS = 8


def worker(
    ctx: typer.Context,
    *,
    concurrency: Annotated[
        int, typer.Option(min=1, max=100, help="How many links it works on at once.")
    ] = TURNS,
    schedule: Annotated[
        bool, typer.Option("--schedule", help="Be a scheduler, too: then no other one is needed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Do what is due until Ctrl-C; what is under way is finished first."""
    desk = Desk.of(ctx, as_json=as_json)
    desk.work(_worker(desk, concurrency, scheduling=schedule))


async def _worker(desk: Desk, concurrency: int, *, scheduling: bool) -> None:
    async with desk.hub() as hub:
        url = shared_journal(hub)
        from qantara.runtime.distributed import work  # noqa: PLC0415 - procrastinate is an extra
        from qantara.runtime.scheduler import schedule  # noqa: PLC0415

        lanes = await lanes_of(hub)
        with stopping(desk) as stop, telling(desk):
            hands = hub.worker(Log(desk), stop)
            desk.tell(f"Working on up to {concurrency} links at once. Ctrl-C stops.")
            async with asyncio.TaskGroup() as group:
                group.create_task(work(url, lanes, hands, concurrency))
                if scheduling:
                    head = await plan(hub, lanes, Wake())
                    group.create_task(schedule(url, hub.store, head, stop))
    desk.tell("Stopped. All that was begun is finished.")
