"""Backup: the journal as it was at one moment, in one file, taken while the hub works.

The database is not brought up to date first: the backup before an upgrade may be made by the new
program.
"""

import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, inspect, make_url, select, text
from sqlalchemy.exc import DatabaseError

import qantara
from qantara.storage import archive, audit, databases, migrations
from qantara.storage.archive import JOURNAL, KEYS, Manifest
from qantara.storage.copying import VERSION, pour, single_file, tables
from qantara.storage.errors import StorageError, StorageUnavailable
from qantara.storage.schema import metadata
from qantara.storage.statements import now


class Refused(StorageError):
    """A backup that cannot be taken as it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to back up: the journal at `url` and these small `files` by their names in the archive.

    `actor` is noted in the audit trail.
    """

    url: str
    files: Mapping[str, bytes]
    actor: str


def take(order: Order, file: Path) -> Manifest:
    """Write the backup; it is there as a whole or not at all. An existing file is not replaced."""
    if file.exists():
        raise Refused(
            f"There is a file {file} already.", remedy="Choose another name, or remove it first."
        )
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}-") as folder:
            return _take(order, file, Path(folder))
    except OSError as error:
        raise StorageUnavailable(
            f"The backup cannot be written to {file}: {error.strerror or error}.",
            remedy="Choose a folder in which you may write and which has room for twice the journal.",
        ) from error


def _take(order: Order, file: Path, folder: Path) -> Manifest:
    journal, whole = folder / JOURNAL, folder / "whole"
    engine, _ = databases.connect(_existing(order.url))
    try:
        _note(engine, order, file)
        moment = _snapshot(engine, journal)
    except DatabaseError as error:
        raise databases.unavailable(error) from error
    finally:
        engine.dispose()
    schema, rows = described(journal)
    manifest = Manifest(
        qantara=qantara.__version__,
        schema=schema,
        moment=moment,
        database=engine.dialect.name,
        rows=rows,
    )
    manifest = archive.write(whole, manifest, {JOURNAL: journal, **order.files})
    whole.replace(file)
    archive.sync_folder(file.parent)
    return manifest


def described(journal: Path) -> tuple[str, dict[str, int]]:
    """The schema of a journal in a single file, and how many rows each table has."""
    engine = single_file(journal)
    try:
        with engine.connect() as conn:
            counts = {
                table.name: conn.scalar(select(func.count()).select_from(table)) or 0
                for table in tables(conn)
            }
            return migrations.revision(conn), counts
    finally:
        engine.dispose()


def _existing(url: str) -> str:
    """Connecting to a SQLite file that is not there would make it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        raise Refused(
            f"There is no journal {parsed.database}.",
            remedy="Name the right home with --home; a new one needs no backup.",
        )
    return url


def _note(engine: Engine, order: Order, file: Path) -> None:
    """Who takes a copy is known even if he then takes it away."""
    with engine.begin() as conn:
        schema = migrations.revision(conn)
        if not schema:
            raise Refused(
                "The database holds no journal.",
                remedy="Name the right home with --home; a new one needs no backup.",
            )
        migrations.refuse_unknown(schema)
        key = "included" if KEYS[0] in order.files else "left out"
        audit.note(conn, order.actor, "backup", {"file": str(file), "vault key": key})


def _snapshot(engine: Engine, journal: Path) -> datetime:
    """The moment that the copy shows."""
    if engine.dialect.name == "sqlite":
        return _of_sqlite(engine, journal)
    return _of_postgresql(engine, journal)


def _of_sqlite(engine: Engine, journal: Path) -> datetime:
    # Read in one transaction, beside which others go on writing (WAL). Pages that were freed, and
    # may hold what was deleted, are left out.
    raw = engine.raw_connection()
    try:
        moment = now()
        raw.cursor().execute("VACUUM INTO ?", (str(journal),))
    except sqlite3.Error as error:
        raise DatabaseError("VACUUM INTO", (), error) from error
    finally:
        raw.close()
    return moment


def _of_postgresql(engine: Engine, journal: Path) -> datetime:
    copy = single_file(journal)
    reading = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect() as conn:
        names = sorted({*metadata.tables, VERSION} & {*inspect(conn).get_table_names()})
    try:
        with engine.connect().execution_options(**reading) as conn, copy.begin() as target:
            # No migration may alter the tables while they are read; everything else goes on.
            conn.execute(text(f"LOCK TABLE {', '.join(names)} IN ACCESS SHARE MODE"))
            moment = conn.scalar(select(func.clock_timestamp()))
            migrations.upgrade(target, migrations.revision(conn))
            for table in tables(target):
                pour(conn, target, table)
    finally:
        copy.dispose()
    assert isinstance(moment, datetime)  # noqa: S101 - what a clock tells
    return moment.astimezone(UTC)
