"""Dead letters: changes that need a person. At most one is open for each record of a link."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, text, update

from qantara.storage.errors import StorageError
from qantara.storage.schema import dead_letters as table
from qantara.storage.statements import chunks, insert, now

State = Literal["open", "resolved"]

RESTS = ((5, 0), (50, 60), (10**9, 600))
"""Seconds between automatic retries of a letter that failed at most so often."""

_OPEN = text("state = 'open'")
"""Literal: PostgreSQL must recognise its partial index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A change that could not be carried over: why (`reason`) and what a person can do (`remedy`).

    `connection` is the link's source, `code` the name of the error's class, `wire` the record as it
    was sent, where it helps.
    """

    link: str
    connection: str
    entity: str
    external_id: str
    version: str
    reason: str
    remedy: str = ""
    code: str = ""
    record: str = ""
    target_id: str = ""
    wire: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter(Letter):
    """A letter as kept: `count` failures from `first_at` to `last_at`; how it ended in `resolution`.

    `patch` is a person's correction, field to value, until the record has gone through.
    """

    id: int
    state: State
    count: int
    first_at: datetime
    last_at: datetime
    retry_asked_at: datetime | None
    resolved_at: datetime | None
    resolution: str
    patch: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which letters are meant: None and "" where it does not matter.

    `link` is the link's name, with or without that of its flow; `older_than` counts from the first
    failure.
    """

    link: str | None = None
    code: str = ""
    state: State | None = "open"
    older_than: timedelta | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """As conditions of a query."""
        found: list[ColumnElement[bool]] = []
        if self.link is not None:
            short = table.c.link.endswith(f".{self.link}", autoescape=True)
            found.append(or_(table.c.link == self.link, short))
        if self.code:
            found.append(table.c.code == self.code)
        if self.state is not None:
            found.append(table.c.state == self.state)
        if self.older_than is not None:
            found.append(table.c.first_at <= now() - self.older_than)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Letters of one link with the same kind of error: how many, since when, and one reason."""

    link: str
    code: str
    count: int
    first_at: datetime
    last_at: datetime
    reason: str


OPEN = Sought()


def park(conn: Connection, letters: Iterable[Letter]) -> None:
    """Open a letter for each, or add one failure to the one that is open, with the latest reason.

    A retry that was asked for has thereby been done.
    """
    newest = {(letter.link, letter.external_id): letter for letter in letters}
    if not newest:
        return
    moment = now()
    fixed = {"state": "open", "count": 1, "first_at": moment, "last_at": moment, "resolution": ""}
    statement = insert(conn, table)
    again: dict[str, Any] = {name: statement.excluded[name] for name in _RENEWED}
    again |= {"count": table.c.count + 1, "retry_asked_at": None}
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["link", "external_id"], index_where=_OPEN, set_=again
        ),
        [fixed | asdict(newest[key]) for key in sorted(newest)],
    )


def listing(
    conn: Connection,
    link: str | None = None,
    *,
    state: State | None = "open",
    limit: int = 100,
    after: int = 0,
) -> list[DeadLetter]:
    """Letters in the order they were opened, those with an id above `after`; None = of any."""
    statement = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if link is not None:
        statement = statement.where(table.c.link == link)
    if state is not None:
        statement = statement.where(table.c.state == state)
    return [DeadLetter(**row) for row in conn.execute(statement).mappings()]


def page(
    conn: Connection, sought: Sought = OPEN, *, after: int = 0, limit: int = 500
) -> list[DeadLetter]:
    """The next of the letters that are meant, in the order they were opened."""
    statement = select(table).where(table.c.id > after, *sought.where())
    rows = conn.execute(statement.order_by(table.c.id).limit(limit)).mappings()
    return [DeadLetter(**row) for row in rows]


def ids(conn: Connection, sought: Sought = OPEN) -> list[int]:
    """The numbers of the letters that are meant."""
    return list(conn.scalars(select(table.c.id).where(*sought.where()).order_by(table.c.id)))


def groups(conn: Connection, sought: Sought = OPEN) -> list[Group]:
    """What is meant, put together by link and code, the most frequent first."""
    same = (table.c.link, table.c.code)
    counted = (
        select(
            *same,
            func.count().label("count"),
            func.min(table.c.first_at).label("first_at"),
            func.max(table.c.last_at).label("last_at"),
            func.min(table.c.id).label("first"),
        )
        .where(*sought.where())
        .group_by(*same)
        .subquery()
    )
    columns = [column for column in counted.c if column.name != "first"]
    found = (
        select(*columns, table.c.reason)
        .join(table, table.c.id == counted.c.first)
        .order_by(counted.c.count.desc(), counted.c.first)
    )
    return [Group(**row) for row in conn.execute(found).mappings()]


def open_counts(conn: Connection) -> dict[str, int]:
    """How many letters are open, by link."""
    counted = select(table.c.link, func.count()).where(table.c.state == "open")
    return {row[0]: row[1] for row in conn.execute(counted.group_by(table.c.link))}


def get(conn: Connection, letter: int) -> DeadLetter:
    """The letter of this id."""
    found = conn.execute(select(table).where(table.c.id == letter)).mappings().one_or_none()
    if found is None:
        raise StorageError(
            f"There is no dead letter {letter}.", remedy="List the dead letters to find its id."
        )
    return DeadLetter(**found)


def some(conn: Connection, letters: Collection[int]) -> list[DeadLetter]:
    """The letters of these ids, in their order; raises StorageError when one was never written."""
    found = {
        row["id"]: DeadLetter(**row)
        for part in chunks(letters)
        for row in conn.execute(select(table).where(table.c.id.in_(part))).mappings()
    }
    return [found[one] if one in found else get(conn, one) for one in letters]


def of_record(conn: Connection, external_id: str, *, entity: str = "") -> list[DeadLetter]:
    """All letters there were about one record of the source, oldest first."""
    statement = select(table).where(table.c.external_id == external_id).order_by(table.c.id)
    if entity:
        statement = statement.where(table.c.entity == entity)
    return [DeadLetter(**row) for row in conn.execute(statement).mappings()]


def correct(conn: Connection, letter: int, patch: Mapping[str, Any]) -> None:
    """Keep this correction, in place of an earlier one, until the record has gone through.

    An empty one takes it back. Raises StorageError when the letter is resolved already.
    """
    open_one = (table.c.id == letter, table.c.state == "open")
    kept = dict(patch) or None
    if not conn.execute(update(table).where(*open_one).values(patch=kept)).rowcount:
        get(conn, letter)
        raise StorageError(
            f"The dead letter {letter} is resolved: there is nothing left to correct.",
            remedy="Correct the record at one of the two systems.",
        )


def patches(
    conn: Connection, link: str, external_ids: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """The corrections that wait for these records of the link's source, by external id."""
    waiting = (table.c.link == link, _OPEN, table.c.patch.is_not(None))
    chosen = select(table.c.external_id, table.c.patch).where(*waiting)
    return {
        row.external_id: row.patch
        for some in chunks(external_ids)
        for row in conn.execute(chosen.where(table.c.external_id.in_(some)))
        if row.patch
    }


def resolve(conn: Connection, link: str, external_ids: Collection[str], how: str) -> int:
    """Close the open letters of these records: call it with all that went well. Safe to repeat.

    `how` is a sentence for the person who asks later. A correction has served its turn and is
    dropped. Returns how many were open.
    """
    ended = {
        "state": "resolved",
        "resolved_at": now(),
        "resolution": how,
        "retry_asked_at": None,
        "patch": None,
    }
    return sum(
        conn.execute(
            update(table)
            .where(table.c.link == link, table.c.external_id.in_(some), table.c.state == "open")
            .values(ended)
        ).rowcount
        for some in chunks(sorted(external_ids))
    )


def request_retry(conn: Connection, ids: Collection[int]) -> int:
    """Ask that these open letters be tried again; says how many were open. Safe to repeat."""
    return sum(
        conn.execute(
            update(table)
            .where(table.c.id.in_(some), table.c.state == "open")
            .values(retry_asked_at=now())
        ).rowcount
        for some in chunks(sorted(ids))
    )


def take_retries(conn: Connection, link: str) -> list[str]:
    """The external ids of the link to be tried again, in the order in which this was asked.

    The wish stands until the record is parked again or its letter resolved, so that a crash in
    between does not lose it. Safe to repeat.
    """
    asked = table.c.retry_asked_at
    return list(
        conn.scalars(
            select(table.c.external_id)
            .where(table.c.link == link, table.c.state == "open", asked.is_not(None))
            .order_by(asked, table.c.id)
        )
    )


def due(conn: Connection, link: str, codes: Collection[str]) -> list[str]:
    """What is to be tried again now: asked for by a person, or parked for one of these reasons.

    The latter ever more seldom the more often it failed.
    """
    moment = now()
    rested = or_(
        *(
            and_(table.c.count <= most, table.c.last_at <= moment - timedelta(seconds=rest))
            for most, rest in RESTS
        )
    )
    wanted = or_(table.c.retry_asked_at.is_not(None), and_(table.c.code.in_(codes), rested))
    return list(
        conn.scalars(
            select(table.c.external_id)
            .where(table.c.link == link, table.c.state == "open", wanted)
            .order_by(table.c.id)
        )
    )


_RENEWED = (
    "version",
    "reason",
    "remedy",
    "code",
    "record",
    "target_id",
    "wire",
    "last_at",
)
"""What a repeated failure overwrites."""
