"""`qantara init`: make an installation."""

import os
from pathlib import Path
from typing import Annotated

import typer

from qantara.cli.desk import AsJson, Desk, actor
from qantara.runtime.home import Home
from qantara.storage import audit, vault_key
from qantara.storage.store import Store
from qantara.storage.vault import Vault

JSON = {
    "home": "The folder.",
    "configuration": "The file to edit.",
    "database": "Where the journal is kept; null when the environment says it.",
    "vault_key": "The file with the key of the vault; null when the environment holds the key.",
}


def init(
    ctx: typer.Context,
    *,
    path: Annotated[
        Path | None, typer.Argument(help="The folder; the present one when it is not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an installation: a folder with qantara.toml, the journal and the key of the vault."""
    desk = Desk.of(ctx, as_json=as_json)
    home = make((path or desk.given_home or Path.cwd()).expanduser())
    key_in_file = not os.environ.get(vault_key.VARIABLE)
    told = {
        "home": str(home.path.resolve()),
        "configuration": str(home.configuration.resolve()),
        "database": home.database_file,
        "vault_key": str(home.vault_key.resolve()) if key_in_file else None,
    }
    desk.answer(told, lambda: _show(desk, home, key_in_file=key_in_file))


def make(path: Path) -> Home:
    """Folder, configuration, key and journal."""
    home = Home.create(path)
    if not os.environ.get(vault_key.VARIABLE) and not home.vault_key.exists():
        Vault.create(home.path)
    with Store.open(home.database_url()) as store:
        store.run_here(audit.note, actor(), "init", {"home": str(home.path.resolve())})
    return home


def _show(desk: Desk, home: Home, *, key_in_file: bool) -> None:
    desk.say(f"Made {home.configuration}: it says what is to be kept in agreement.")
    if key_in_file:
        desk.say(f"Made {home.vault_key}: keep a copy of it somewhere else.")
        desk.say("Stored secrets cannot be read without it.")
    where = "" if home.path.resolve() == Path.cwd().resolve() else f"--home {home.path} "
    desk.say(f"Next: qantara {where}connect NAME, once for each system.")
