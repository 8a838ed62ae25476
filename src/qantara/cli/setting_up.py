"""What commands share that change a system itself: who does it, and whether it shall be done."""

import os
import sys
from collections.abc import Iterable
from dataclasses import replace

import typer

from qantara.cli.desk import Desk
from qantara.cli.words import ATTENTION
from qantara.connectors.base import Connection
from qantara.runtime.hub import Unconfigured

PASSWORD = "QANTARA_SETUP_PASSWORD"  # noqa: S105 - the name of a variable


def somebody(desk: Desk, connection: Connection, login: str) -> Connection:
    """The connection by another user; his password is asked for or in the environment, not kept."""
    own = f"{PASSWORD}_{_upper(connection.name)}"
    password = os.environ.get(own, "") or os.environ.get(PASSWORD, "")
    if not password and sys.stdin.isatty():
        asked = f"Password or API key of {login} at {connection.name}"
        password = str(typer.prompt(asked, hide_input=True, err=True))
    if not password:
        raise Unconfigured(
            f"The password of {login} at {connection.name} is missing.",
            remedy=f"Set {PASSWORD}, or {own} for this connection alone.",
        )
    desk.hide([password])
    settings = {**connection.settings, "login": login}
    return replace(connection, settings=settings, secrets={"password": password})


def agree(desk: Desk, lines: Iterable[str], question: str) -> None:
    """Show what will be done, and ask. Ends the command where the answer is no."""
    for line in lines:
        desk.tell(line)
    if not sys.stdin.isatty():
        raise Unconfigured("Nobody can be asked here.", remedy="Say --yes.")
    if not typer.confirm(question, err=True):
        raise typer.Exit(ATTENTION)


def _upper(name: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in name).upper()
