"""Progress of long work: bars on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from qantara.cli.desk import Desk
from qantara.cli.words import counted, number
from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary, Watch

SILENCE = 5.0
"""Seconds between two lines about the same link."""


@contextmanager
def watching(desk: Desk) -> Iterator[Watch]:
    """Somebody who looks on in the way that suits where standard error goes."""
    if not desk.err.is_terminal:
        yield Lines(desk)
        return
    with bars(desk) as progress:
        yield Bars(progress)


def bars(desk: Desk) -> Progress:
    """Bars with count, rate and remaining time."""
    return Progress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=desk.err,
    )


class Bars:
    """One bar for each link."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def begin(self, link: Link, expected: int) -> None:
        """A new bar, or the old one from its start."""
        if link.name in self._tasks:
            self._progress.reset(self._tasks[link.name], total=expected)
        else:
            self._tasks[link.name] = self._progress.add_task(link.name, total=expected)

    def advance(self, link: Link, items: Sequence[Item]) -> None:
        """Further; an expectation that was too low grows. What waited comes before the beginning."""
        if link.name not in self._tasks:
            self.begin(link, len(items))
        task = self._tasks[link.name]
        self._progress.advance(task, len(items))
        known = self._progress.tasks[self._progress.task_ids.index(task)]
        if known.total is not None and known.completed > known.total:
            self._progress.update(task, total=known.completed)

    def end(self, link: Link, summary: Summary) -> None:
        """A full bar for what went well; a failed one stays where it was."""
        task = self._tasks.get(link.name)
        if task is not None and not summary.error:
            self._progress.update(task, total=summary.seen, completed=summary.seen)


class Lines:
    """A line when a link ends, and in between no more often than every few seconds."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._expected: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._told: dict[str, float] = {}

    def begin(self, link: Link, expected: int) -> None:
        """Nothing is told before something happens."""
        self._expected[link.name], self._seen[link.name] = expected, 0
        self._told[link.name] = time.monotonic()

    def advance(self, link: Link, items: Sequence[Item]) -> None:
        """How far it is, when the last line is old enough. What waited comes before the beginning."""
        name = link.name
        if name not in self._seen:
            self.begin(link, 0)
        self._seen[name] += len(items)
        if time.monotonic() - self._told[name] >= SILENCE:
            self._told[name] = time.monotonic()
            of = f" of about {number(self._expected[name])}" if self._expected[name] else ""
            self._desk.tell(f"{name}: {number(self._seen[name])}{of}")

    def end(self, link: Link, summary: Summary) -> None:
        """What became of it."""
        self._desk.tell(told(link.name, summary))


def told(name: str, summary: Summary) -> str:
    """A run in one line: "supply.product: 2,000 changes: 1,998 written, 2 parked"."""
    if summary.error:
        return f"{name}: {summary.error}"
    results = ", ".join(f"{number(count)} {result}" for result, count in summary.results.items())
    seen = counted(summary.seen, "change")
    return f"{name}: {seen}: {results}" if results else f"{name}: {seen}"


class Rate(ProgressColumn):
    """Records a second, over the last half minute."""

    def render(self, task: Task) -> Text:
        """Empty until there is something to tell."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")
