"""`qantara scheduler`: ask for what is due, so that workers do it. Several may run, one leads."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import typer
from sqlalchemy import make_url

from qantara.cli.desk import AsJson, Desk
from qantara.cli.selection import selected
from qantara.cli.sync import stopping
from qantara.cli.web import telling
from qantara.runtime.agenda import Lane
from qantara.runtime.embedded import Wake
from qantara.runtime.home import HomeError
from qantara.runtime.hub import Hub
from qantara.runtime.listening import listen
from qantara.runtime.upkeep import letting_go

if TYPE_CHECKING:
    from qantara.runtime.scheduler import Plan


JSON = {"one line when it starts, and one when it stops": "`state`: `started` or `stopped`."}


def scheduler(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Ask for what is due until Ctrl-C; one of several leads, the others stand by."""
    desk = Desk.of(ctx, as_json=as_json)
    desk.work(_scheduler(desk))


async def _scheduler(desk: Desk) -> None:
    async with desk.hub() as hub:
        url = shared_journal(hub)
        from qantara.runtime.scheduler import schedule  # noqa: PLC0415 - procrastinate is an extra

        with stopping(desk) as stop, telling(desk):
            bell = Wake()
            wanted = await plan(hub, await lanes_of(hub), bell)
            _say(desk, "started")
            desk.tell("Scheduling, or standing by while another one does. Ctrl-C stops.")
            await schedule(url, hub.store, wanted, stop)
    _say(desk, "stopped")
    desk.tell("Stopped.")


def _say(desk: Desk, state: str) -> None:
    if desk.as_json:
        desk.line({"state": state})


def shared_journal(hub: Hub) -> str:
    """The address of the journal; raises HomeError where several machines cannot work on it."""
    url = hub.home.database_url(hub.configuration.hub.database)
    if make_url(url).get_backend_name() != "postgresql":
        raise HomeError(
            "The journal is kept in SQLite, on which one process works.",
            remedy="Use `qantara sync` here, or move the journal to PostgreSQL: its address goes "
            "into QANTARA_DATABASE_URL.",
        )
    return url


async def lanes_of(hub: Hub) -> list[Lane]:
    """All links that are on, and when they run."""
    return hub.lanes(await selected(hub, None, None))


async def plan(hub: Hub, lanes: Sequence[Lane], bell: Wake) -> "Plan":
    """What the leader does: the lanes, listening to their systems, and letting go of what is old."""
    from qantara.runtime.scheduler import Plan  # noqa: PLC0415 - procrastinate is an extra

    links = [lane.link for lane in lanes]
    every = await hub.listeners(links, bell.ring)
    daily = letting_go(hub.store, hub.configuration.hub)
    return Plan(lanes=lanes, bell=bell, duties=(partial(listen, every),), upkeep=(daily,))
