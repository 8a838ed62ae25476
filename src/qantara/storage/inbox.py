"""The inbox: what webhooks said, kept before it is acknowledged, each event once."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from qantara.storage.schema import inbox as table
from qantara.storage.statements import chunks, insert, now


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One event as it came; `entity` and `external_id` are "" when it does not tell.

    `event_key` is the vendor's event id where it can be trusted, else a hash of topic, object id,
    version and body.
    """

    connection: str
    topic: str
    event_key: str
    body: bytes
    entity: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Notice):
    """A notice that nobody has dealt with yet."""

    id: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The ids of the notices that were new, and how many were repeats of known ones."""

    accepted: tuple[int, ...]
    repeats: int


def receive(conn: Connection, notices: Iterable[Notice]) -> Received:
    """Keep what is new; a known (connection, topic, event key) is counted and otherwise ignored.

    Acknowledge to the sender only after the commit. Safe to repeat.
    """
    moment = now()
    rows = [{"received_at": moment, **asdict(notice)} for notice in notices]
    if not rows:
        return Received(accepted=(), repeats=0)
    statement = insert(conn, table).on_conflict_do_nothing().returning(table.c.id)
    accepted = tuple(sorted(conn.scalars(statement, rows)))
    return Received(accepted=accepted, repeats=len(rows) - len(accepted))


def waiting(conn: Connection, connection: str, limit: int = 500) -> list[Waiting]:
    """The oldest notices of a connection that are not done, in the order of arrival."""
    columns = [column for column in table.c if column.name != "done_at"]
    rows = conn.execute(
        select(*columns)
        .where(table.c.connection == connection, table.c.done_at.is_(None))
        .order_by(table.c.id)
        .limit(limit)
    )
    return [Waiting(**row) for row in rows.mappings()]


def done(conn: Connection, ids: Collection[int]) -> int:
    """Mark notices as dealt with; they stay, to recognise repeats. Safe to repeat."""
    return sum(
        conn.execute(
            update(table)
            .where(table.c.id.in_(some), table.c.done_at.is_(None))
            .values(done_at=now())
        ).rowcount
        for some in chunks(sorted(ids))
    )


def prune(conn: Connection, before: datetime) -> int:
    """Let go of notices done before that moment; their repeats would be accepted again."""
    return conn.execute(delete(table).where(table.c.done_at < before)).rowcount
