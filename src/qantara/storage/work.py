"""Work: the records that a link has still to look at, each once however often it was told of.

An event only says that something happened: what is carried over is the record as it is when its
turn comes. A record that failed waits, then comes in ever smaller company, at last alone: what
stops a batch is found, and does not stop the others.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
    update,
)

from qantara.storage.schema import inbox
from qantara.storage.schema import work as table
from qantara.storage.statements import chunks, insert, now

COMPANY: Sequence[int] = (500, 60, 8, 1)
"""Records in one batch, by how often they have failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A record of the link's source to be looked at: `event` is the last notice that told of it."""

    link: str
    connection: str
    entity: str
    external_id: str
    event: int = 0
    attempts: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much a link has still to do, since when, and when the first of it is due."""

    count: int
    since: datetime
    due_at: datetime


def ask(conn: Connection, tasks: Iterable[Task], *, after: float = 0.0) -> None:
    """Look at these records, in `after` seconds; one that waits already keeps its place.

    Safe to repeat.
    """
    newest = {(task.link, task.external_id): task for task in tasks}
    if not newest:
        return
    moment = now()
    statement = insert(conn, table)
    renewed = {"event": _larger(table.c.event, statement.excluded.event)}
    fixed = {"since": moment, "due_at": moment + timedelta(seconds=after)}
    conn.execute(
        statement.on_conflict_do_update(index_elements=["link", "external_id"], set_=renewed),
        [asdict(newest[key]) | fixed for key in sorted(newest)],
    )


def due(conn: Connection, link: str) -> list[Task]:
    """The next batch: those that never failed first, then those that failed most seldom."""
    waiting = (table.c.link == link, table.c.due_at <= now())
    fewest = conn.scalar(select(func.min(table.c.attempts)).where(*waiting))
    if fewest is None:
        return []
    company = COMPANY[min(fewest, len(COMPANY) - 1)]
    columns = [table.c[name] for name in Task.__dataclass_fields__]
    rows = conn.execute(
        select(*columns)
        .where(*waiting, table.c.attempts == fewest)
        .order_by(table.c.since, table.c.external_id)
        .limit(company)
    )
    return [Task(**row) for row in rows.mappings()]


def waits(conn: Connection, link: str) -> bool:
    """Whether there is a batch to be had now."""
    return bool(conn.scalar(select(exists().where(table.c.link == link, table.c.due_at <= now()))))


def finish(conn: Connection, tasks: Sequence[Task]) -> None:
    """These have had their outcome, unless something happened to them since. Safe to repeat.

    Their notices are done once no other link has them to look at.
    """
    if not tasks:
        return
    mine = (table.c.link == bindparam("l"), table.c.external_id == bindparam("x"))
    conn.execute(
        delete(table).where(*mine, table.c.event <= bindparam("e")),
        [{"l": task.link, "x": task.external_id, "e": task.event} for task in tasks],
    )
    by_place: dict[tuple[str, str], dict[str, int]] = {}
    for task in tasks:
        if task.event:
            by_place.setdefault((task.connection, task.entity), {})[task.external_id] = task.event
    for (connection, entity), events in by_place.items():
        _close(conn, connection, entity, events)


def fail(conn: Connection, tasks: Sequence[Task], reason: str, *, after: float) -> None:
    """These, all of one link, failed once more and come again in so many seconds."""
    for some in chunks([task.external_id for task in tasks]):
        conn.execute(
            update(table)
            .where(table.c.link == tasks[0].link, table.c.external_id.in_(some))
            .values(
                attempts=table.c.attempts + 1,
                due_at=now() + timedelta(seconds=after),
                reason=reason,
            )
        )


def backlogs(conn: Connection, links: Collection[str] | None = None) -> dict[str, Backlog]:
    """What each link has to do; one that has nothing to do is absent."""
    counted = select(
        table.c.link, func.count(), func.min(table.c.since), func.min(table.c.due_at)
    ).group_by(table.c.link)
    if links is not None:
        counted = counted.where(table.c.link.in_(sorted(links)))
    return {
        row[0]: Backlog(count=row[1], since=row[2], due_at=row[3]) for row in conn.execute(counted)
    }


def _close(conn: Connection, connection: str, entity: str, events: Mapping[str, int]) -> None:
    still = exists().where(
        and_(
            table.c.connection == inbox.c.connection,
            table.c.entity == inbox.c.entity,
            table.c.external_id == inbox.c.external_id,
        )
    )
    for some in chunks(events):
        newest = max(events[one] for one in some)
        conn.execute(
            update(inbox)
            .where(
                inbox.c.connection == connection,
                inbox.c.entity == entity,
                inbox.c.external_id.in_(some),
                inbox.c.done_at.is_(None),
                inbox.c.routed_at.is_not(None),
                inbox.c.id <= newest,
                ~still,
            )
            .values(done_at=now())
        )


def _larger(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one > other, one), else_=other)
