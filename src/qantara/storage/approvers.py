"""Approvers: who may decide at a connection, and how they show that they are who they say.

A code is kept as a scrypt hash. Five wrong ones lock the person out for a quarter of an hour; an
attempt counts before it is looked at, so that many at once are no more than five.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select, update

from qantara.storage import audit
from qantara.storage.columns import storable
from qantara.storage.errors import StorageError
from qantara.storage.schema import approvers as table
from qantara.storage.statements import now, upsert

ATTEMPTS = 5
LOCKED = timedelta(minutes=15)
SHORTEST = 8
"""Characters of a code."""

COST, BLOCK, PARALLEL = 2**14, 8, 1
"""scrypt's: 16 MB and some 50 ms for each guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """A person who may decide at a connection. `changed_at` is when the code was set."""

    connection: str
    email: str
    name: str
    changed_at: datetime
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a code is to be compared with; `approver` is None when nobody can be meant."""

    approver: Approver | None
    hash: str


DECOY = "scrypt$" + "$".join(base64.b64encode(bytes(n)).decode() for n in (16, 32))
"""What is compared where there is nobody, so that it takes as long."""


def save(conn: Connection, approver: Approver, code: str) -> None:
    """Let the person decide, with this code; in place of an earlier one. Safe to repeat."""
    row = {
        "connection": approver.connection,
        "email": plain(approver.email),
        "name": approver.name,
        "code": hashed(code),
        "failures": 0,
        "locked_until": None,
        "changed_at": now(),
    }
    upsert(conn, table, [row], on=("connection", "email"))


def listing(conn: Connection, connection: str | None = None) -> list[Approver]:
    """All, or those of one connection."""
    statement = select(*_COLUMNS).order_by(table.c.connection, table.c.email)
    if connection is not None:
        statement = statement.where(table.c.connection == connection)
    return [Approver(**row) for row in conn.execute(statement).mappings()]


def remove(conn: Connection, connection: str, email: str) -> None:
    """The person may decide no more. Raises StorageError when there is none."""
    if not conn.execute(delete(table).where(*_whose(connection, email))).rowcount:
        raise StorageError(
            f"{email} is no approver of {connection}.",
            remedy="See who is: qantara approvers list",
        )


def find(conn: Connection, connection: str, email: str) -> Approver | None:
    """The person, if he may decide."""
    found = conn.execute(select(*_COLUMNS).where(*_whose(connection, email))).mappings().first()
    return Approver(**found) if found else None


def attempt(conn: Connection, connection: str, email: str) -> Attempt:
    """Count an attempt; what the code must be. A decoy for who is unknown or locked out."""
    mine = _whose(connection, email)
    row = conn.execute(select(table).where(*mine).with_for_update()).mappings().first()
    locked = row and row["locked_until"] and row["locked_until"] > now()
    if row is None or locked:
        return Attempt(approver=None, hash=DECOY)
    before = 0 if row["locked_until"] else row["failures"]
    last = before + 1 >= ATTEMPTS
    values = {"failures": before + 1, "locked_until": now() + LOCKED if last else None}
    conn.execute(update(table).where(*mine).values(values))
    known = {column.name: row[column.name] for column in _COLUMNS}
    return Attempt(approver=Approver(**known), hash=row["code"])


def succeeded(conn: Connection, approver: Approver) -> None:
    """The code was right: earlier attempts are forgotten."""
    mine = _whose(approver.connection, approver.email)
    conn.execute(update(table).where(*mine).values(failures=0, locked_until=None))


def failed(conn: Connection, approver: Approver) -> None:
    """The code was wrong; a line in the audit trail when that locked the person out."""
    mine = _whose(approver.connection, approver.email)
    row = conn.execute(select(table.c.failures).where(*mine)).first()
    if row and row.failures >= ATTEMPTS:
        detail = {"connection": approver.connection, "email": approver.email}
        audit.note(conn, "the decision page", "lock approver", detail)


def hashed(code: str) -> str:
    """The code as it is kept."""
    salt = secrets.token_bytes(16)
    parts = (salt, _scrypt(code, salt))
    return "scrypt$" + "$".join(base64.b64encode(part).decode() for part in parts)


def matches(code: str, kept: str) -> bool:
    """Whether the code is the one that was kept; takes as long either way."""
    salt, wanted = (base64.b64decode(part) for part in kept.split("$")[1:])
    return hmac.compare_digest(_scrypt(code, salt), wanted)


def plain(email: str) -> str:
    """An e-mail address as it is compared."""
    return storable(email.strip().casefold())


def _scrypt(code: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        storable(code).encode(), salt=salt, n=COST, r=BLOCK, p=PARALLEL, maxmem=2**26, dklen=32
    )


def _whose(connection: str, email: str) -> tuple[ColumnElement[bool], ...]:
    return (table.c.connection == storable(connection), table.c.email == plain(email))


_COLUMNS = (
    table.c.connection,
    table.c.email,
    table.c.name,
    table.c.changed_at,
    table.c.locked_until,
)
