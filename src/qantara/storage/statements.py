"""The SQL that the two databases spell or limit differently: upserts and long lists of values."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]
T = TypeVar("T")

CHUNK = 500
"""Values in one IN list: SQLite builds before 3.32 take 999 variables in all."""


def insert(conn: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """The dialect's own INSERT, which knows ON CONFLICT."""
    if conn.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def upsert(conn: Connection, table: Table, rows: Sequence[Row], *, on: Sequence[str]) -> None:
    """Insert; where a row with the same `on` columns exists, overwrite its other columns.

    A row given twice counts once, the last wins (PostgreSQL refuses to touch a row twice); rows
    go in the order of their keys, so that two workers never wait for each other in a circle.
    """
    if not rows:
        return
    newest = {tuple(row[name] for name in on): row for row in rows}
    ordered = [newest[key] for key in sorted(newest)]
    statement = insert(conn, table)
    others = {name: statement.excluded[name] for name in ordered[0] if name not in on}
    conn.execute(statement.on_conflict_do_update(index_elements=on, set_=others), ordered)


def chunks(values: Collection[T]) -> Iterator[list[T]]:
    """The distinct values in lists short enough for an IN."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), CHUNK):
        yield distinct[start : start + CHUNK]


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)
