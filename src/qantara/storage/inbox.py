"""The inbox: what webhooks said, kept before it is acknowledged, each event once."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from qantara.storage import lanes, work
from qantara.storage.schema import inbox as table
from qantara.storage.statements import chunks, insert, now
from qantara.storage.work import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One event as it came; `entity` and `external_id` are "" when it does not tell.

    `event_key` is the vendor's event id where it can be trusted, else a hash of topic, object id,
    version and body. Without one, and without `external_id`, the notice is a bell: it says only
    that there is something to ask for. It is kept once and rings again each time it is rung.
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
    """The ids of the notices that were new, and how many were repeats of known ones.

    `by_connection` counts the new ones of each connection.
    """

    accepted: tuple[int, ...]
    repeats: int
    by_connection: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """The links that now have something to do, and whether there may be more to route."""

    links: frozenset[str]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """The links of a connection by entity: `told` look at the record, `rung` ask the source."""

    told: Mapping[str, Collection[str]]
    rung: Mapping[str, Collection[str]]

    def asked(self, entity: str, external_id: str) -> set[str]:
        """Whose source is to be asked: of every link's, when the notice does not say whereof."""
        kinds = (self.rung,) if external_id else (self.rung, self.told)
        if entity:
            return {link for kind in kinds for link in kind.get(entity, ())}
        return {link for kind in kinds for links in kind.values() for link in links}


PORTION = 2000
"""Notices that are routed in one transaction."""


_TURN = 0x71616E74_696E626F
"""Receivers go one after another: two that bring the same events in other orders would deadlock."""


def receive(conn: Connection, notices: Iterable[Notice]) -> Received:
    """Keep what is new; a known (connection, topic, event key) is counted and otherwise ignored.

    Acknowledge to the sender only after the commit. Safe to repeat.
    """
    every = list(notices)
    if len(every) > 1 and conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(_TURN)))
    bells = {bell: None for bell in every if not (bell.event_key or bell.external_id)}
    kept = _keep(conn, [notice for notice in every if notice not in bells])
    new = [*kept, *_ring(conn, list(bells))]
    return Received(
        accepted=tuple(sorted(row.id for row in new)),
        repeats=len(every) - len(new),
        by_connection=Counter(row.connection for row in new),
    )


def _keep(conn: Connection, notices: Sequence[Notice]) -> Sequence[Row[Any]]:
    if not notices:
        return []
    statement = insert(conn, table).on_conflict_do_nothing()
    rows = conn.execute(statement.returning(table.c.id, table.c.connection), _rows(notices))
    return list(rows)


def _ring(conn: Connection, bells: Sequence[Notice]) -> Sequence[Row[Any]]:
    """Those that do not ring already; a bell's key is what it rings for."""
    if not bells:
        return []
    rung = {"received_at": now(), "routed_at": None, "done_at": None}
    statement = insert(conn, table).on_conflict_do_update(
        index_elements=("connection", "topic", "event_key"),
        set_=rung,
        where=table.c.routed_at.is_not(None),
    )
    rows = [{**row, "event_key": row["entity"]} for row in _rows(bells)]
    return list(conn.execute(statement.returning(table.c.id, table.c.connection), rows))


def _rows(notices: Iterable[Notice]) -> list[dict[str, Any]]:
    moment = now()
    return [{"received_at": moment, **asdict(notice)} for notice in notices]


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


def route(conn: Connection, connection: str, routes: Routes) -> Routed:
    """Hand what has arrived to the links that want its entity; what nobody wants is done.

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
        for link in routes.told.get(row.entity, ())
    ]
    rung = {link for row in taken for link in routes.asked(row.entity, row.external_id)}
    work.ask(conn, tasks)
    lanes.ring(conn, rung)
    wanted = {task.event for task in tasks}
    _stamp(conn, [row.id for row in taken if row.id in wanted], routed_at=now())
    over = [row.id for row in taken if row.id not in wanted]
    _stamp(conn, over, routed_at=now(), done_at=now())
    links = frozenset(rung | {task.link for task in tasks})
    return Routed(links=links, more=len(taken) == PORTION)


def _stamp(conn: Connection, ids: Collection[int], **columns: datetime) -> None:
    for some in chunks(ids):
        conn.execute(update(table).where(table.c.id.in_(some)).values(columns))


def prune(conn: Connection, before: datetime) -> int:
    """Let go of notices done before that moment; their repeats would be accepted again."""
    return conn.execute(delete(table).where(table.c.done_at < before)).rowcount
