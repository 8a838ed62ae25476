"""The inbox: what webhooks said, kept before it is acknowledged, each event once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from qantara.storage import lanes, work
from qantara.storage.schema import inbox as table
from qantara.storage.statements import chunks, insert, now
from qantara.storage.work import Task


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """The links that now have something to do, and whether there may be more to route."""

    links: frozenset[str]
    more: bool


PORTION = 2000
"""Notices that are routed in one transaction."""


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
    """The oldest notices of a connection that have no outcome yet, in the order of arrival."""
    columns = [table.c[name] for name in Waiting.__dataclass_fields__]
    rows = conn.execute(
        select(*columns)
        .where(table.c.connection == connection, table.c.done_at.is_(None))
        .order_by(table.c.id)
        .limit(limit)
    )
    return [Waiting(**row) for row in rows.mappings()]


def route(conn: Connection, connection: str, routes: Mapping[str, Collection[str]]) -> Routed:
    """Hand what has arrived to the links that want its entity: `routes` names them by entity.

    A notice that names no record asks that its links' source be asked; what nobody wants is done.
    Two workers that do this at once share the notices between them. Safe to repeat.
    """
    taken = conn.execute(
        select(table.c.id, table.c.entity, table.c.external_id)
        .where(table.c.connection == connection, table.c.routed_at.is_(None))
        .order_by(table.c.id)
        .limit(PORTION)
        .with_for_update(skip_locked=True)
    ).all()
    tasks = [
        Task(
            link=link,
            connection=connection,
            entity=row.entity,
            external_id=row.external_id,
            event=row.id,
        )
        for row in taken
        if row.external_id
        for link in routes.get(row.entity, ())
    ]
    rung = {link for row in taken if not row.external_id for link in _wanting(routes, row.entity)}
    work.ask(conn, tasks)
    lanes.ring(conn, rung)
    wanted = {task.event for task in tasks}
    _stamp(conn, [row.id for row in taken if row.id in wanted], routed_at=now())
    over = [row.id for row in taken if row.id not in wanted]
    _stamp(conn, over, routed_at=now(), done_at=now())
    links = frozenset(rung | {task.link for task in tasks})
    return Routed(links=links, more=len(taken) == PORTION)


def _wanting(routes: Mapping[str, Collection[str]], entity: str) -> set[str]:
    """The links of an entity; of all when the notice does not even say that."""
    named = [routes.get(entity, ())] if entity else routes.values()
    return {link for links in named for link in links}


def _stamp(conn: Connection, ids: Collection[int], **columns: datetime) -> None:
    for some in chunks(ids):
        conn.execute(update(table).where(table.c.id.in_(some)).values(columns))


def prune(conn: Connection, before: datetime) -> int:
    """Let go of notices done before that moment; their repeats would be accepted again."""
    return conn.execute(delete(table).where(table.c.done_at < before)).rowcount
