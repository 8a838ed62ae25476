"""The hub at work, live: every link by its schedule, webhooks heard, a screen to look at."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Group
from rich.live import Live
from rich.text import Text

from qantara.cli.demo.stage import Stage
from qantara.cli.sync import Board, attend, stopping
from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary, Watch
from qantara.runtime.agenda import Lane

Act = Callable[[asyncio.Event], Awaitable[None]]
"""What people do meanwhile, until it is over or the event is set."""


async def live(stage: Stage, act: Act, ticker: Callable[[], str]) -> bool:
    """Serve all links while the act is played; False when somebody pressed Ctrl-C before its end.

    `ticker` is the line above the links' lines on a terminal.
    """
    lanes = stage.hub.lanes(stage.links)
    with stopping(stage.desk) as stop, _screen(stage, lanes, ticker) as watch:
        worker = stage.hub.worker(watch, stop)
        serving = asyncio.create_task(attend(stage.hub, lanes, worker, stage.place))
        playing = asyncio.ensure_future(act(stop))
        try:
            await asyncio.wait({serving, playing}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            serving.cancel()
            playing.cancel()
            raise
        played = not stop.is_set()
        stop.set()
        await asyncio.wait({serving, playing})
        for one in (playing, serving):
            one.result()
    return played


@contextmanager
def _screen(stage: Stage, lanes: Sequence[Lane], ticker: Callable[[], str]) -> Iterator[Watch]:
    """A line for each link where there is a terminal; elsewhere the orders' own lines suffice."""
    if stage.desk.as_json or not stage.desk.err.is_terminal:
        yield Silent()
        return
    board = Board(lanes)
    with Live(_Screen(board, ticker), console=stage.desk.err, refresh_per_second=2):
        yield board


class _Screen:
    """The ticker, then the links."""

    def __init__(self, board: Board, ticker: Callable[[], str]) -> None:
        self._board = board
        self._ticker = ticker

    def __rich__(self) -> Group:
        return Group(Text(self._ticker(), style="bold"), self._board)


class Silent:
    """Looks on and says nothing."""

    def begin(self, link: Link, expected: int) -> None:
        """Nothing."""

    def advance(self, link: Link, items: Sequence[Item]) -> None:
        """Nothing."""

    def end(self, link: Link, summary: Summary) -> None:
        """Nothing."""
