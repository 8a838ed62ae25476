"""`qantara restore`: an installation from a backup, in this home and in the database it says."""

import os
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from qantara.cli.backup import as_told, contents
from qantara.cli.desk import AsJson, Desk, actor
from qantara.runtime.home import HOME_VARIABLE, Home, HomeBusy, HomeError, find
from qantara.storage import archive, vault_key
from qantara.storage import restore as storage
from qantara.storage.archive import CONFIGURATION, JOURNAL, KEYS, Archive
from qantara.storage.errors import VaultError
from qantara.storage.store import Store

JSON = {
    "home": "The folder that was restored into; null with --check.",
    "database": "The database that was restored into, without its password; null with --check.",
    "moment": "When the journal was as it is in the backup.",
    "schema": "The schema of the journal in the backup.",
    "rows": "How many rows each table has in the backup.",
    "with_key": "Whether the key of the vault is in the backup.",
    "kept": "Where what was there before is kept.",
    "keys_missing": "The names of vault keys that stored secrets need and that are not here.",
}


@dataclass(slots=True, kw_only=True)
class Done:
    """What a restore did."""

    home: Home
    url: str
    expected: bool
    kept: Sequence[str]
    missing: Sequence[str]


def restore(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(help="The file that `qantara backup` wrote.")],
    home: Annotated[
        Path | None,
        typer.Option(help="The folder to restore into; else that of the program's own --home."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The database to restore into, SQLite or PostgreSQL; else the environment's, "
            "else the one that the restored qantara.toml names.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="What is there already is kept aside, not refused.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only look whether the backup is whole and readable.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring back what a backup holds; nothing that is there is lost."""
    desk = Desk.of(ctx, as_json=as_json)
    with archive.opened(file) as opened:
        storage.check(opened)
        told = as_told(opened.manifest)
        if check:
            told |= {"home": None, "database": None, "kept": [], "keys_missing": []}
            desk.answer(told, lambda: desk.say(f"{file} is whole: {contents(opened.manifest)}."))
            return
        done = _restore(opened, _home(home or desk.given_home), database, yes=yes)
    told |= {"home": str(done.home.path.resolve()), "database": _without_password(done.url)}
    told |= {"kept": done.kept, "keys_missing": done.missing}
    desk.answer(told, lambda: _show(desk, opened, done))


def _home(given: Path | None) -> Home:
    """The home that is there, else the one that is to be made."""
    try:
        return find(given)
    except HomeError:
        named = given or Path(os.environ.get(HOME_VARIABLE) or Path.cwd())
        return Home(named.expanduser())


def _restore(opened: Archive, home: Home, database: str | None, *, yes: bool) -> Done:
    files = {name: opened.read(name) for name in (CONFIGURATION, *KEYS)}
    files = {name: content for name, content in files.items() if content}
    aside = f"before-{datetime.now():%Y%m%d-%H%M%S}"  # noqa: DTZ005 - the user's clock
    expected = home.database_url(_configured(files[CONFIGURATION]))
    url = home.database_url(database, {}) if database else expected
    _make(home)
    with home.lock():
        in_the_way = [name for name, content in files.items() if _differs(home, name, content)]
        if in_the_way and not yes:
            raise HomeError(
                f"There is an installation in {home.path} already ({', '.join(in_the_way)}).",
                remedy="Say --yes to have it kept aside, or name another folder with --home.",
            )
        order = storage.Order(url=url, actor=actor(), aside=aside if yes else "")
        kept = _fill(opened, order, home)
        for name, content in files.items():
            kept += _place(home.path / name, content, aside)
        missing = _missing_keys(home, url)
    return Done(home=home, url=url, expected=url == expected, kept=kept, missing=missing)


def _make(home: Home) -> None:
    try:
        home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HomeError(
            f"The folder {home.path} cannot be made: {error.strerror}.",
            remedy="Choose a folder in which you may write.",
        ) from error


def _configured(text: bytes) -> str | None:
    """The database that the restored configuration names, whatever else is wrong in it."""
    try:
        named = tomllib.loads(text.decode()).get("hub", {}).get("database")
    except (ValueError, AttributeError):
        return None
    return named if isinstance(named, str) else None


def _differs(home: Home, name: str, content: bytes) -> bool:
    path = home.path / name
    return path.exists() and path.read_bytes() != content


def _fill(opened: Archive, order: storage.Order, home: Home) -> list[str]:
    with tempfile.TemporaryDirectory(dir=home.path, prefix=".restoring-") as folder:
        journal = Path(folder) / JOURNAL
        opened.extract(JOURNAL, journal)
        try:
            kept = storage.into(order, opened, journal)
        except storage.InUse as error:
            raise HomeBusy(error.reason, remedy=error.remedy) from error
    return [kept] if kept else []


def _place(path: Path, content: bytes, aside: str) -> list[str]:
    """Put the file there; says where the one before it is kept."""
    if path.exists() and path.read_bytes() == content:
        return []
    new = path.with_name(f"{path.name}.restoring")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    kept = []
    if path.exists():
        kept = [str(path.rename(path.with_name(f"{path.name}.{aside}")))]
    new.replace(path)
    archive.sync_folder(path.parent)
    return kept


def _missing_keys(home: Home, url: str) -> list[str]:
    with Store.open(url) as store:
        needed = store.run_here(storage.sealed_with)
    try:
        here = {vault_key.identify(key) for key in vault_key.read(home.path)} if needed else set()
    except VaultError:
        here = set()
    return sorted(needed - here)


def _without_password(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def _show(desk: Desk, opened: Archive, done: Done) -> None:
    desk.say(f"Restored into {done.home.path}: {contents(opened.manifest)}.")
    desk.say(f"The journal is in {_without_password(done.url)}.")
    for each in done.kept:
        desk.say(f"What was there before is kept: {each}")
    if not done.expected:
        desk.say(
            "qantara.toml, or the environment, names another database: set [hub] database or"
            " QANTARA_DATABASE_URL to this one before you start Qantara.",
            "bold red",
        )
    if done.missing:
        desk.say(
            f"The key of the vault ({', '.join(done.missing)}) is not here, and the stored secrets"
            f" need it. Put it back as {done.home.vault_key}, or enter the secrets again with"
            " `qantara connect`.",
            "bold red",
        )
    desk.say("Next: qantara run, then qantara verify, to see what happened since the backup.")
