"""Restore: the journal of a backup into SQLite or PostgreSQL, wherever the backup came from.

Nothing is overwritten: what was in the database is kept aside. The journal is there as a whole or
not at all.
"""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, inspect, make_url, select, text, update
from sqlalchemy.exc import DatabaseError, ProgrammingError

from qantara.storage import audit, databases, migrations
from qantara.storage.archive import Archive, sync_folder
from qantara.storage.copying import VERSION, pour, single_file, tables
from qantara.storage.errors import StorageError
from qantara.storage.schema import lanes, metadata, secrets
from qantara.storage.statements import now

OTHERS_SECONDS = 2
"""How long somebody else may keep a SQLite database before it counts as in use."""

OVERTAKEN = 1 << 32
"""So much the tokens of all lanes grow: whoever worked before the restore holds none of them."""


class InUse(StorageError):
    """Somebody works on the database now."""


class NotEmpty(StorageError):
    """The database holds a journal that nobody said may be put aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Where to restore to, and who does it.

    `aside` is the name under which what is there is kept, "" where it must be empty.
    """

    url: str
    actor: str
    aside: str = ""


def check(archive: Archive) -> None:
    """Raise NoBackup where it is damaged, SchemaTooNew where this version cannot read it."""
    migrations.refuse_unknown(archive.manifest.schema)
    archive.check()


def sealed_with(conn: Connection) -> set[str]:
    """The names of the keys that the stored secrets need (see `vault_key.identify`)."""
    return set(conn.scalars(select(secrets.c.key_id).distinct()))


def into(order: Order, archive: Archive, journal: Path) -> str:
    """Fill the database with the journal, extracted before; says where what was there is kept.

    Call `check` first. Raises InUse or NotEmpty, and then nothing was done.
    """
    fill = _postgresql if make_url(order.url).get_backend_name() == "postgresql" else _sqlite
    try:
        return fill(order, archive, journal)
    except DatabaseError as error:
        if databases.is_unavailable(error):
            raise databases.unavailable(error) from error
        if isinstance(error, ProgrammingError):
            raise StorageError(
                f"The database refused to be filled: {str(error.orig).strip().splitlines()[0]}.",
                remedy="Give its user the right to create tables and schemas, or name an empty"
                " database that it owns.",
            ) from error
        raise


def _sqlite(order: Order, archive: Archive, journal: Path) -> str:
    engine, _ = databases.connect(order.url)  # makes the file, for its owner only
    engine.dispose()
    path = Path(str(make_url(order.url).database))
    occupied = _occupied_file(path)
    if occupied and not order.aside:
        raise _not_empty(str(path))
    new = path.with_name(f"{path.name}.restoring")
    try:
        _make(order, archive, journal, new)
    except BaseException:
        new.unlink()
        raise
    kept = path.with_name(f"{path.name}.{order.aside}") if occupied else None
    if kept:
        path.rename(kept)
    new.replace(path)
    sync_folder(path.parent)
    return str(kept or "")


def _occupied_file(path: Path) -> bool:
    """Whether there is anything in it; afterwards it is one file, which nobody has open."""
    try:
        with closing(sqlite3.connect(path, timeout=OTHERS_SECONDS, isolation_level=None)) as raw:
            # Leaving WAL needs the database alone, and takes its log into it.
            raw.execute("PRAGMA journal_mode = DELETE")
            names = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return any(
                raw.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # noqa: S608 - its own names
                for (name,) in names
                if name != VERSION
            )
    except sqlite3.OperationalError as error:
        raise InUse(
            f"Another process has the database {path} open.",
            remedy="Stop every Qantara that works with it, then restore.",
        ) from error
    except sqlite3.DatabaseError:
        return True  # damaged, or something else: it is kept aside as it is


def _make(order: Order, archive: Archive, journal: Path, new: Path) -> None:
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    filling = single_file(new)
    try:
        with filling.begin() as target:
            _fill(order, archive, journal, target)
    finally:
        filling.dispose()
    with new.open("rb") as file:
        os.fsync(file.fileno())


def _postgresql(order: Order, archive: Archive, journal: Path) -> str:
    engine, _ = databases.connect(order.url)
    try:
        with engine.begin() as conn:
            _refuse_company(conn)
            kept = _clear(conn, order)
            _fill(order, archive, journal, conn)
    finally:
        engine.dispose()
    return kept


def _refuse_company(conn: Connection) -> None:
    others = conn.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    )
    if others:
        raise InUse(
            f"The database is in use: {others} other connections to it are open.",
            remedy="Stop every Qantara that works with it, on all machines, then restore.",
        )


def _clear(conn: Connection, order: Order) -> str:
    """Make room; says in which schema of PostgreSQL the tables are that were there."""
    ours = sorted({*metadata.tables, VERSION} & {*inspect(conn).get_table_names()})
    occupied = any(
        conn.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first()  # noqa: S608 - our own names
        for name in ours
        if name != VERSION
    )
    if occupied and not order.aside:
        raise _not_empty(str(conn.engine.url.database))
    migrations.refuse_unknown(migrations.revision(conn))
    if not occupied:
        for name in ours:
            conn.execute(text(f"DROP TABLE {name} CASCADE"))
        return ""
    aside = f"qantara_{order.aside}".replace("-", "_")
    conn.execute(text(f"CREATE SCHEMA {aside}"))
    for name in ours:
        conn.execute(text(f"ALTER TABLE {name} SET SCHEMA {aside}"))
    return f"schema {aside}"


def _not_empty(where: str) -> NotEmpty:
    return NotEmpty(
        f"The database {where} holds a journal already.",
        remedy="Name another with --database, or say --yes to have it kept aside.",
    )


def _fill(order: Order, archive: Archive, journal: Path, target: Connection) -> None:
    manifest = archive.manifest
    copy = single_file(journal)
    try:
        with copy.connect() as source:
            migrations.upgrade(target, manifest.schema)
            every = tables(source)
            poured = {table.name: pour(source, target, table) for table in every}
    finally:
        copy.dispose()
    _refuse_difference(manifest.rows, poured)
    migrations.upgrade(target)
    if target.dialect.name == "postgresql":
        _count_on(target)
    _begin_anew(target)
    told = {"file": str(archive.path), "moment": manifest.moment.isoformat()}
    audit.note(target, order.actor, "restore", told)


def _refuse_difference(told: Mapping[str, int], poured: Mapping[str, int]) -> None:
    if told != poured:
        raise StorageError(
            "The journal in the backup does not hold the rows that its manifest tells of.",
            remedy="Take another copy of the backup, or an older one.",
        )


def _count_on(conn: Connection) -> None:
    """Rows that come next get numbers after those that were restored."""
    for table in metadata.sorted_tables:
        for column in table.primary_key:
            sequence = conn.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
            if sequence:
                last = conn.scalar(select(func.max(column)))
                conn.execute(select(func.setval(sequence, last or 1, last is not None)))


def _begin_anew(conn: Connection) -> None:
    """Nobody works on a link now, and every source is asked, and compared, without delay."""
    moment = now()
    fresh = {"holder": "", "poll_at": moment, "sweep_at": moment, "wait_until": None}
    fresh |= {"token": lanes.c.token + OVERTAKEN, "failures": 0, "error": ""}
    conn.execute(update(lanes).values(fresh))
