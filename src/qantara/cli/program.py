"""The program `qantara`: its commands and what they have in common."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Annotated, Any, cast

import typer

import qantara
from qantara.cli.desk import Desk
from qantara.cli.failures import Guarded
from qantara.cli.loading import Commands

COMMANDS = (
    *("init", "connect", "check", "plan", "run", "sync", "verify", "drift", "trace", "status"),
    *("backup", "restore", "demo", "selftest", "web", "worker", "scheduler"),
    *("approvers", "conflicts", "dead-letters", "questions", "outbox", "bridge", "webhooks"),
    *("ledger", "link", "mapping"),
)
"""In the order of the help."""


class _Program(Guarded):
    def __init__(self, **told: Any) -> None:
        super().__init__(**told)
        self.commands = cast("MutableMapping[str, Any]", Commands(*COMMANDS))


app = typer.Typer(
    cls=_Program,
    help="Qantara keeps an Odoo and the systems around it in agreement.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """The entry point."""
    app(prog_name="qantara")


def _version(wanted: bool) -> None:  # noqa: FBT001 - the parser calls it
    if wanted:
        typer.echo(f"qantara {qantara.__version__}")
        raise typer.Exit


@app.callback()
def _program(
    ctx: typer.Context,
    *,
    home: Annotated[
        Path | None,
        typer.Option(
            help="The folder of the installation; else QANTARA_HOME's, else the nearest folder "
            "upwards with a qantara.toml.",
            show_default=False,
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001 - its callback does it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    ctx.obj = Desk(home)
