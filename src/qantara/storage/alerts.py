"""Alerts: what a person should know now; at most one is open about each thing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select, text, update

from qantara.storage.schema import alerts as table
from qantara.storage.statements import insert, now

_OPEN = text("state = 'open'")
"""Literal: PostgreSQL must recognise its partial index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """`kind` says what happened in one word, `subject` to which connection or link."""

    id: int
    kind: str
    subject: str
    reason: str
    remedy: str
    state: Literal["open", "closed"]
    count: int
    first_at: datetime
    last_at: datetime
    closed_at: datetime | None


def open_(conn: Connection, kind: str, subject: str, reason: str, *, remedy: str = "") -> None:
    """Raise the alert, or count one more occasion of the open one."""
    moment = now()
    told = {"reason": reason, "remedy": remedy, "last_at": moment}
    row = {"kind": kind, "subject": subject, "state": "open", "count": 1, "first_at": moment}
    statement = insert(conn, table).on_conflict_do_update(
        index_elements=["kind", "subject"],
        index_where=_OPEN,
        set_=told | {"count": table.c.count + 1},
    )
    conn.execute(statement, row | told)


def is_open(conn: Connection, kind: str, subject: str) -> bool:
    """Whether a person was told of it, and it is not over."""
    about = (table.c.kind == kind, table.c.subject == subject, table.c.state == "open")
    return conn.scalar(select(table.c.id).where(*about)) is not None


def close(conn: Connection, kind: str, subjects: Collection[str]) -> int:
    """What it was about is over; says how many were open. Safe to repeat."""
    about = (table.c.kind == kind, table.c.subject.in_(sorted(subjects)), table.c.state == "open")
    return conn.execute(
        update(table).where(*about).values(state="closed", closed_at=now())
    ).rowcount


def listing(
    conn: Connection, *, state: Literal["open", "closed"] | None = "open", limit: int = 100
) -> list[Alert]:
    """The newest alerts first."""
    statement = select(table).order_by(table.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(table.c.state == state)
    return [Alert(**row) for row in conn.execute(statement).mappings()]
