"""Copies of the journal: one to rehearse on, and whole ones from any database to any other."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    Connection,
    DateTime,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    event,
    insert,
    select,
)

from qantara.storage import schema
from qantara.storage.columns import UtcTime
from qantara.storage.store import Store

NEEDED: tuple[Table, ...] = (
    schema.bindings,
    schema.shadows,
    schema.cursors,
    schema.dead_letters,
    schema.runs,
    schema.effects,
    schema.conflicts,
    schema.work,
    schema.questions,
    schema.askers,
)
"""What a run reads, parents first."""

ENDED = {"runs": {"state": "stopped"}}
"""An unfinished run is not taken up in the copy: the ledger it counts by is not there."""

PORTION = 1000
HEAVY_PORTION = 20
"""Rows in memory at once; the bodies of webhooks may have megabytes each."""

VERSION = "alembic_version"
"""The table in which Alembic keeps which schema this is."""


@contextmanager
def copied(store: Store) -> Iterator[Store]:
    """A store of its own, in a temporary SQLite file, that knows what `store` knows now."""
    with (
        tempfile.TemporaryDirectory(prefix="qantara-rehearsal-") as folder,
        Store.open(f"sqlite:///{Path(folder) / 'copy.sqlite3'}") as copy,
    ):
        store.run_here(_copy, copy)
        yield copy


def single_file(path: Path) -> Engine:
    """A SQLite database that is one file while nobody has it open; not proof against a crash."""
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
    return engine


def tables(conn: Connection) -> list[Table]:
    """The tables of the journal in this SQLite database, whatever its version, parents first."""
    found = MetaData()
    event.listen(found, "column_reflect", _keep_times)
    found.reflect(conn)
    return [table for table in found.sorted_tables if table.name != VERSION]


def pour(source: Connection, target: Connection, table: Table) -> int:
    """Copy all rows of a table that both databases have; says how many. Memory stays flat."""
    heavy = any(isinstance(column.type, LargeBinary) for column in table.columns)
    portion = HEAVY_PORTION if heavy else PORTION
    streamed = select(table).execution_options(yield_per=portion)
    count = 0
    for rows in source.execute(streamed).mappings().partitions():
        target.execute(insert(table), [_storable(dict(row)) for row in rows])
        count += len(rows)
    return count


def _keep_times(_: object, __: object, column: dict[str, object]) -> None:
    if isinstance(column["type"], DateTime):
        column["type"] = UtcTime()


def _storable(row: dict[str, object]) -> dict[str, object]:
    """PostgreSQL's text takes no NUL, SQLite's does."""
    odd = {name: value for name, value in row.items() if isinstance(value, str) and "\0" in value}
    return row | {name: value.replace("\0", "\ufffd") for name, value in odd.items()}


def _copy(source: Connection, copy: Store) -> None:
    for table in NEEDED:
        changed = ENDED.get(table.name, {})
        streamed = select(table).execution_options(yield_per=PORTION)
        for rows in source.execute(streamed).mappings().partitions():
            copy.run_here(_insert, table, [{**row, **changed} for row in rows])


def _insert(target: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    target.execute(insert(table), rows)
