"""`qantara sync`: keep everything up to date until it is stopped."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table

from qantara.cli.desk import AsJson, Desk
from qantara.cli.selection import FlowName, LinkNames, selected
from qantara.cli.watching import told
from qantara.cli.web import TrustProxy, telling
from qantara.cli.words import ago, clock, number
from qantara.engine.item import PARKED, WRITTEN, Item
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary, Watch
from qantara.runtime.agenda import Lane
from qantara.runtime.embedded import Wake, serve
from qantara.runtime.hub import Hub, asking
from qantara.runtime.listening import listen as listening
from qantara.runtime.turn import Worker
from qantara.runtime.upkeep import keep_up, letting_go
from qantara.web import server as web
from qantara.web.app import Parts, build
from qantara.web.sources import Stored

JSON = {
    "one line for each run": "`at`, `link`, `run`, `seen`, `results` (by result), `error` (a "
    "sentence, or empty).",
}


def _is_place(told: str) -> str:
    host, port = _place(told) if told else ("-", 0)
    if not host or not 0 <= port < 65536:
        raise typer.BadParameter("Write it like 127.0.0.1:8930.")
    return told


def _place(told: str) -> tuple[str, int]:
    host, _, port = told.rpartition(":")
    return host.strip("[]"), int(port) if port.isdecimal() else -1


def sync(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    flow: FlowName = None,
    link: LinkNames = None,
    listen: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Receive webhooks here, too.",
            callback=_is_place,
            show_default=False,
        ),
    ] = "",
    trust_proxy: TrustProxy = False,
    as_json: AsJson = False,
) -> None:
    """Keep going by the schedule until Ctrl-C; what is under way is finished first."""
    desk = Desk.of(ctx, as_json=as_json)
    place = Place(*_place(listen), trust_proxy=trust_proxy) if listen else None
    desk.work(_sync(desk, flow, link or [], place))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the entrance is to be."""

    host: str
    port: int
    trust_proxy: bool


async def _sync(desk: Desk, flow: str | None, only: list[str], place: Place | None) -> None:
    async with desk.hub(writing=True) as hub:
        links = await selected(hub, flow, only)
        lanes = hub.lanes(links)
        with stopping(desk) as stop, looking_on(desk, lanes) as watch, telling(desk):
            worker = hub.worker(watch, stop)
            await attend(hub, lanes, worker, place)
    desk.tell("Stopped. All that was begun is finished.")


async def attend(hub: Hub, lanes: Sequence[Lane], worker: Worker, place: Place | None) -> None:
    """The lanes, the systems' doorbells, and the entrance where one is wanted."""
    wake = Wake()
    links = [lane.link for lane in lanes]
    every = await hub.listeners(links, wake.ring)
    async with asyncio.TaskGroup() as group:
        group.create_task(listening(every, worker.stop))
        if place:
            parts = Parts(
                store=hub.store,
                sources=Stored(hub.store, hub.vault),
                wake=wake.ring,
                trust_proxy=place.trust_proxy,
                asking=asking(hub),
            )
            group.create_task(web.serve(build(parts), place.host, place.port, worker.stop))
        daily = group.create_task(
            keep_up(hub.store, [letting_go(hub.store, hub.configuration.hub)])
        )
        try:
            await serve(lanes, worker, wake)
        finally:
            worker.stop.set()
            daily.cancel()


@contextmanager
def stopping(desk: Desk) -> Iterator[asyncio.Event]:
    """An event that the first Ctrl-C (or SIGTERM) sets; the second one ends at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    task = asyncio.current_task()

    def ask() -> None:
        if stop.is_set() and task:
            task.cancel()
            return
        stop.set()
        desk.tell("Stopping: the page under way is finished first. Ctrl-C again stops at once.")

    signals = (signal.SIGINT, signal.SIGTERM)
    for one in signals:
        loop.add_signal_handler(one, ask)
    try:
        yield stop
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error
    finally:
        for one in signals:
            loop.remove_signal_handler(one)


@contextmanager
def looking_on(desk: Desk, lanes: Sequence[Lane]) -> Iterator[Watch]:
    """Lines of JSON, a live table on a terminal, or a line for each run that moved something."""
    if desk.as_json or not desk.err.is_terminal:
        yield Log(desk)
        return
    board = Board(lanes)
    with Live(board, console=desk.err, refresh_per_second=2):
        yield board


class Log:
    """Tells of a run when it ends."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def begin(self, link: Link, expected: int) -> None:
        """A run is told when it ends."""

    def advance(self, link: Link, items: Sequence[Item]) -> None:
        """A run is told when it ends."""

    def end(self, link: Link, summary: Summary) -> None:
        """All runs as JSON; in words only those that saw something."""
        now = datetime.now(UTC)
        if self._desk.as_json:
            line = {"at": now, "link": link.name, "run": summary.run, "seen": summary.seen}
            self._desk.line(line | {"results": summary.results, "error": summary.error})
        elif summary.seen or summary.error:
            self._desk.tell(f"{clock(now)}  {told(link.name, summary)}")


@dataclass(slots=True, kw_only=True)
class Row:
    """How a link stands; the counts are since the command began."""

    every: str
    state: str = "waiting"
    runs: int = 0
    seen: int = 0
    written: int = 0
    parked: int = 0
    error: str = ""
    ended: datetime | None = None
    progress: list[int] = field(default_factory=lambda: [0, 0])


class Board:
    """A table of all links that renews itself."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._rows = {lane.link.name: Row(every=str(lane.schedule)) for lane in lanes}

    def begin(self, link: Link, expected: int) -> None:
        """The link is under way."""
        row = self._rows[link.name]
        row.state, row.progress = "running", [0, expected]

    def advance(self, link: Link, items: Sequence[Item]) -> None:
        """Some changes further."""
        row = self._rows[link.name]
        row.progress[0] += len(items)
        row.seen += len(items)
        row.written += sum(item.result == WRITTEN for item in items)
        row.parked += sum(item.result == PARKED for item in items)

    def end(self, link: Link, summary: Summary) -> None:
        """The link waits again."""
        row = self._rows[link.name]
        row.state = "failed" if summary.error else "waiting"
        row.runs, row.ended, row.error = row.runs + 1, datetime.now(UTC), summary.error

    def __rich__(self) -> Table:
        """The table as it is at this moment."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("link", "every", "now", "last run"):
            table.add_column(column)
        for column in ("runs", "seen", "written", "put aside"):
            table.add_column(column, justify="right")
        table.add_column("", overflow="fold")
        for name, row in self._rows.items():
            counts = map(number, (row.runs, row.seen, row.written, row.parked))
            table.add_row(name, row.every, _now(row), ago(row.ended), *counts, row.error)
        return table


def _now(row: Row) -> str:
    if row.state != "running":
        return row.state
    done, expected = row.progress
    return f"{number(done)} of {number(expected)}" if expected else number(done)
