"""Cursors: how far each link has read its source."""

from sqlalchemy import Connection, delete, select

from qantara.storage.schema import cursors as table
from qantara.storage.statements import now, upsert


def position(conn: Connection, link: str) -> str:
    """Where to read on; "" when the link has never finished a page."""
    return conn.scalar(select(table.c.position).where(table.c.link == link)) or ""


def advance(conn: Connection, link: str, position: str) -> None:
    """Read on from here next time: in the transaction that accounts for the page. Safe to repeat."""
    upsert(conn, table, [{"link": link, "position": position, "at": now()}], on=("link",))


def forget(conn: Connection, link: str) -> None:
    """Read from the start again; what has not changed is not written again. Safe to repeat."""
    conn.execute(delete(table).where(table.c.link == link))
