"""What this installation is: a secret of its own, made once, that goes with its journal."""

import secrets

from sqlalchemy import Connection, delete, select

from qantara.storage.schema import installation as table
from qantara.storage.statements import insert

_KEY = "key"


def key(conn: Connection) -> str:
    """32 hex digits by which the hub's names for records differ from those of any other hub."""
    mine = select(table.c.value).where(table.c.name == _KEY)
    found = conn.scalar(mine)
    if found is None:
        row = {"name": _KEY, "value": secrets.token_hex(16)}
        conn.execute(insert(conn, table).on_conflict_do_nothing(), row)
        found = conn.scalar(mine)
    return str(found)


def renew(conn: Connection) -> None:
    """Name new records otherwise from now on: a connection's ids may mean other records now."""
    conn.execute(delete(table).where(table.c.name == _KEY))
