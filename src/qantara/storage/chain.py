"""A chain: a table whose lines are counted without a gap, each sealed over the one before."""

from collections.abc import Mapping
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, Table, select, text


def end(conn: Connection, table: Table) -> tuple[int, str]:
    """The number and the seal of the last line; nobody else adds one before the commit."""
    if conn.dialect.name == "postgresql":  # SQLite has one writer at a time by itself
        conn.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
    last = select(table.c.id, table.c.seal).order_by(table.c.id.desc()).limit(1)
    number, seal = conn.execute(last).one_or_none() or (0, "")
    return number, seal


def sealed(before: str, line: Mapping[str, object]) -> str:
    """The seal of a line: it covers the line, and by the seal before it all before it."""
    return sha256(msgspec.json.encode([before, line], order="sorted")).hexdigest()
