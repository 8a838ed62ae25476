"""The program `qantara`: its commands and what they have in common."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

import qantara
from qantara.cli import (
    approvers,
    backup,
    bridge,
    check,
    conflicts,
    connect,
    dead_letters,
    demo,
    drift,
    init,
    ledger,
    link,
    mapping,
    outbox,
    plan,
    questions,
    restore,
    run,
    scheduler,
    selftest,
    status,
    sync,
    trace,
    verify,
    web,
    webhooks,
    worker,
)
from qantara.cli.desk import Desk
from qantara.cli.failures import Commands

COMMANDS: Mapping[str, Callable[..., Any]] = {
    "init": init.init,
    "connect": connect.connect,
    "check": check.check,
    "plan": plan.plan,
    "run": run.run,
    "sync": sync.sync,
    "verify": verify.verify,
    "drift": drift.drift,
    "trace": trace.trace,
    "status": status.status,
    "backup": backup.backup,
    "restore": restore.restore,
    "demo": demo.demo,
    "selftest": selftest.selftest,
    "web": web.web,
    "worker": worker.worker,
    "scheduler": scheduler.scheduler,
}

app = typer.Typer(
    cls=Commands,
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


for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
app.add_typer(approvers.app, name="approvers")
app.add_typer(conflicts.app, name="conflicts")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(questions.app, name="questions")
app.add_typer(outbox.app, name="outbox")
app.add_typer(bridge.app, name="bridge")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(ledger.app, name="ledger")
app.add_typer(link.app, name="link")
app.add_typer(mapping.app, name="mapping")
