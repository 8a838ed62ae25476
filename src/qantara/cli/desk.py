"""Where a command works: which home, which hub, and how it tells its result."""

import asyncio
import getpass
import json
import os
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from qantara.cli.words import STYLES
from qantara.runtime.home import Home, find
from qantara.runtime.hub import Hub

T = TypeVar("T")

WIDTH = 160
"""Columns of a table that no terminal shows."""

AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON; messages go to standard error.")
]


class Desk:
    """One call of the program. Results go to standard output, everything else to standard error."""

    def __init__(self, home: Path | None = None) -> None:
        self.given_home = home
        self.as_json = False
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)
        self._hidden: list[Collection[str]] = []

    @classmethod
    def of(cls, ctx: typer.Context, *, as_json: bool) -> "Desk":
        """The desk of this call, told how its result is wanted."""
        desk: Desk = ctx.find_root().obj
        desk.as_json = as_json
        return desk

    @property
    def home(self) -> Home:
        """The home this call is about."""
        return find(self.given_home)

    @property
    def hidden(self) -> set[str]:
        """What must never be shown."""
        return {secret for some in self._hidden for secret in some if secret}

    def hide(self, secrets: Collection[str]) -> None:
        """Never show these, nor what is added to them later."""
        self._hidden.append(secrets)

    @asynccontextmanager
    async def hub(self, *, writing: bool = False) -> AsyncIterator[Hub]:
        """The hub of the home; with `writing` this call is the only one in it."""
        async with Hub.open(self.home, writing=writing) as hub:
            self.hide(hub.hidden)
            yield hub

    def work(self, task: Coroutine[Any, Any, T]) -> T:
        """Do it, and wait."""
        return asyncio.run(task)

    def answer(self, data: object, show: Callable[[], None]) -> None:
        """The result of the command: as JSON, or as `show` prints it."""
        if self.as_json:
            typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=_as_text))
        else:
            show()

    def line(self, data: Mapping[str, object]) -> None:
        """One event of a long command, as a line of JSON."""
        typer.echo(json.dumps(data, ensure_ascii=False, default=_as_text))

    def say(self, sentence: str, style: str = "") -> None:
        """A part of the result, for people."""
        self.out.print(Text(sentence, style=style), soft_wrap=True)

    def tell(self, sentence: str, style: str = "") -> None:
        """Something beside the result: what goes on, a hint, an error."""
        self.err.print(Text(sentence, style=style), soft_wrap=True)

    def table(self, *columns: str, title: str = "") -> Table:
        """A plain table; a column whose name ends in "#" holds numbers."""
        table = Table(box=None, pad_edge=False, header_style="bold", title=title or None)
        table.title_justify = "left"
        for column in columns:
            right = column.endswith("#")
            table.add_column(column.rstrip("#"), justify="right" if right else "left")
        return table

    def rows(self, table: Table, rows: Collection[Collection[object]]) -> None:
        """Print the table with these rows; words that have a colour are shown in it."""
        for row in rows:
            table.add_row(*(Text(str(cell), style=STYLES.get(str(cell), "")) for cell in row))
        self.out.print(table)


def actor() -> str:
    """Who gives the commands, for the audit trail."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDTH
    return console


def _as_text(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return list(value) if isinstance(value, frozenset | set) else str(value)
