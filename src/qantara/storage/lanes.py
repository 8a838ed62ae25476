"""Lanes: who works on a link now, when it is due again, and how its last attempts went.

A lane is taken with a token that grows. Whoever holds an older one can no longer write to the
journal: a worker that was thought dead and wakes up again does no harm.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from qantara.storage.errors import Overtaken
from qantara.storage.schema import lanes as table
from qantara.storage.statements import chunks, insert, now

_TAKING = 0x71616E74_6C616E65
"""Takers of a lane and of its mirror go one after another."""

_NEW: Mapping[str, Any] = {"token": 0, "holder": "", "pause": 0.0, "failures": 0, "error": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """`holder` is empty while nobody works on it; at `taken_at` it was last known to do so.

    `pause` is the seconds between its last polls. `poll_at` says when the source is asked again,
    `sweep_at` for deletions, `drift_at` when both sides are compared; None when that was never
    decided. Until `wait_until` nothing is tried after `failures` in a row, of which `error` is the last.
    """

    link: str
    token: int
    holder: str
    taken_at: datetime | None
    poll_at: datetime | None
    pause: float
    sweep_at: datetime | None
    drift_at: datetime | None
    wait_until: datetime | None
    failures: int
    error: str


def take(conn: Connection, link: str, holder: str) -> Lane:
    """Work on the link from now on, in place of whoever did."""
    taken = {"holder": holder, "taken_at": now()}
    statement = insert(conn, table).on_conflict_do_update(
        index_elements=["link"], set_=taken | {"token": table.c.token + 1}
    )
    row = {**_NEW, "link": link, **taken, "token": 1}
    return Lane(**conn.execute(statement.returning(table), row).mappings().one())


def guard(conn: Connection, link: str, token: int) -> None:
    """Raise Overtaken when somebody else took the lane; else nobody can before the commit."""
    mine = select(table.c.token).where(table.c.link == link)
    held = conn.scalar(mine.with_for_update(read=True))
    if held != token:
        raise Overtaken(
            f"Another worker has taken over the link {link}.",
            remedy="Nothing is to be done: it goes on from what is in the journal.",
        )


def one_after_another(conn: Connection, link: str) -> None:
    """Until the commit nobody else passes this point with the same name."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(link, _TAKING))))


def renew(conn: Connection, link: str, token: int) -> None:
    """The holder is still at work. Safe to repeat."""
    mine = (table.c.link == link, table.c.token == token)
    conn.execute(update(table).where(*mine).values(taken_at=now()))


def oust(conn: Connection, links: Collection[str]) -> None:
    """Whoever holds these lanes holds them no more."""
    gone = {"token": table.c.token + 1, "holder": ""}
    held = (table.c.link.in_(sorted(links)), table.c.holder != "")
    conn.execute(update(table).where(*held).values(gone))


def release(conn: Connection, link: str, token: int) -> None:
    """Work on it no more. Safe to repeat."""
    mine = (table.c.link == link, table.c.token == token)
    conn.execute(update(table).where(*mine).values(holder="", taken_at=now()))


def let_go(conn: Connection, holder: str, keep: Collection[str]) -> None:
    """This holder works on no lane but these. Safe to repeat."""
    left = (table.c.holder == holder, table.c.link.not_in(sorted(keep)))
    conn.execute(update(table).where(*left).values(holder="", taken_at=now()))


def polled(conn: Connection, before: Lane, poll_at: datetime | None, pause: float) -> None:
    """The source was asked: again at `poll_at`, unless somebody rang since `before` was taken."""
    mine = (table.c.link == before.link, table.c.token == before.token)
    same = table.c.poll_at.is_not_distinct_from(before.poll_at)
    conn.execute(update(table).where(*mine).values(pause=pause))
    conn.execute(update(table).where(*mine, same).values(poll_at=poll_at))


def note(conn: Connection, link: str, **columns: Any) -> None:
    """Keep these columns of the lane, which was taken before."""
    conn.execute(update(table).where(table.c.link == link).values(columns))


def ring(conn: Connection, links: Collection[str]) -> None:
    """Ask these links' sources at once. Safe to repeat."""
    rung = {"poll_at": now()}
    statement = insert(conn, table).on_conflict_do_update(index_elements=["link"], set_=rung)
    if links:
        conn.execute(statement, [{**_NEW, "link": link, **rung} for link in sorted(set(links))])


def states(conn: Connection, links: Collection[str] | None = None) -> dict[str, Lane]:
    """These lanes, or all that ever were taken or rung."""
    if links is None:
        return {row["link"]: Lane(**row) for row in conn.execute(select(table)).mappings()}
    return {
        row["link"]: Lane(**row)
        for some in chunks(links)
        for row in conn.execute(select(table).where(table.c.link.in_(some))).mappings()
    }
