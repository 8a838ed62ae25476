"""`qantara backup`: the whole installation in one file, while it works."""

import base64
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from qantara.cli.desk import AsJson, Desk, actor
from qantara.cli.words import clock, counted, number
from qantara.runtime import configuration
from qantara.runtime.home import Home
from qantara.storage import backup as storage
from qantara.storage import vault_key
from qantara.storage.archive import CONFIGURATION, KEYS, Manifest

JSON = {
    "file": "The backup.",
    "moment": "When the journal was as it is in the backup.",
    "schema": "The schema of the journal.",
    "rows": "How many rows each table has.",
    "with_key": "Whether the key of the vault is in it.",
    "bytes": "The size of the file.",
}

MEGABYTE = 1_000_000


def backup(
    ctx: typer.Context,
    *,
    file: Annotated[
        Path, typer.Argument(help="The file to write, or a folder for a file named by the time.")
    ],
    with_key: Annotated[
        bool,
        typer.Option(
            "--with-key",
            help="Put the key of the vault in, too: whoever has the file then has every secret.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the journal and qantara.toml, as they are at one moment, into one file."""
    desk = Desk.of(ctx, as_json=as_json)
    home = desk.home
    settings = configuration.read(home.configuration)
    order = storage.Order(
        url=home.database_url(settings.hub.database),
        files=_files(home, with_key=with_key),
        actor=actor(),
    )
    path = _named(file)
    manifest = storage.take(order, path)
    told = as_told(manifest) | {"file": str(path), "bytes": path.stat().st_size}
    desk.answer(told, lambda: _show(desk, home, path, manifest))


def as_told(manifest: Manifest) -> dict[str, Any]:
    """What is in a backup, with its stable keys."""
    return {
        "moment": manifest.moment,
        "schema": manifest.schema,
        "rows": dict(manifest.rows),
        "with_key": manifest.with_key,
    }


def contents(manifest: Manifest) -> str:
    """What is in a backup, in a few words."""
    rows = sum(manifest.rows.values())
    return f"the journal of {clock(manifest.moment)}, {counted(rows, 'row')}, and {CONFIGURATION}"


def _named(file: Path) -> Path:
    if file.is_dir():
        return file / f"qantara-{datetime.now():%Y%m%d-%H%M%S}.zip"  # noqa: DTZ005 - the user's clock
    return file


def _files(home: Home, *, with_key: bool) -> dict[str, bytes]:
    files = {CONFIGURATION: home.configuration.read_bytes()}
    if with_key:
        keys = reversed(
            vault_key.read(home.path)
        )  # while it is rotated there are two, the new first
        files |= {
            name: base64.b64encode(key) + b"\n" for name, key in zip(KEYS, keys, strict=False)
        }
    return files


def _show(desk: Desk, home: Home, path: Path, manifest: Manifest) -> None:
    size = number(-(-path.stat().st_size // MEGABYTE))
    desk.say(f"Wrote {path} ({size} MB): {contents(manifest)}.")
    if manifest.with_key:
        desk.say(
            "IT HOLDS THE KEY OF THE VAULT: whoever has this file has every password and API key."
            " Keep it where nobody else can read it.",
            "bold red",
        )
        return
    where = home.vault_key if home.vault_key.exists() else f"the variable {vault_key.VARIABLE}"
    desk.say(f"The key of the vault is not in it. Keep a copy of it elsewhere; it is in {where}.")
