"""Runs: one pass of a link over its changes, resumable, complete only when all are accounted for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, select, text, update

from qantara.storage import proofs
from qantara.storage.bindings import new_record
from qantara.storage.errors import StorageError, Unaccounted
from qantara.storage.schema import runs as table
from qantara.storage.statements import insert, now

Ending = Literal["complete", "failed", "stopped"]

_OPEN = text("state = 'running'")
"""Literal: PostgreSQL must recognise its partial index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`state` is "running" or how it ended; `resumed` counts how often it was taken up again.

    `seen` counts the changes captured, `calls` the requests sent to both systems. Ids sort by time.
    """

    id: str
    link: str
    state: str
    started_at: datetime
    progress_at: datetime
    ended_at: datetime | None = None
    resumed: int = 0
    seen: int = 0
    calls: int = 0
    error: str = ""


def start(conn: Connection, link: str) -> Run:
    """A new run of the link, or its unfinished one, left by a crash, with `resumed` one higher."""
    moment = now()
    row = {
        "id": new_record(),
        "link": link,
        "state": "running",
        "started_at": moment,
        "progress_at": moment,
        "resumed": 0,
        "seen": 0,
        "calls": 0,
        "error": "",
    }
    statement = insert(conn, table).on_conflict_do_update(
        index_elements=["link"],
        index_where=_OPEN,
        set_={"resumed": table.c.resumed + 1, "progress_at": moment},
    )
    return Run(**conn.execute(statement.returning(table), row).mappings().one())


def progress(conn: Connection, run: str, *, seen: int = 0, calls: int = 0) -> None:
    """Add to the counts, in the transaction that accounts for the page.

    Count each change once: `seen=len(page.changes) - ledger.account(...)`, since `account` says
    how many the run had accounted for already (a page read again after a crash, an overlap).
    """
    conn.execute(
        update(table)
        .where(table.c.id == run)
        .values(seen=table.c.seen + seen, calls=table.c.calls + calls, progress_at=now())
    )


def finish(conn: Connection, run: str, state: Ending, error: str = "") -> None:
    """End the run and seal its proof. Safe to repeat; a run that saw nothing leaves no proof.

    Raises Unaccounted when it is said to be complete and the ledger has not exactly one line for
    each change seen; the run stays open then, to be resumed or finished as failed.
    """
    found = get(conn, run)
    if found.state != "running":
        return
    lines = proofs.read(conn, run)
    if state == "complete" and found.seen != lines.count:
        raise _unaccounted(found, lines.count)
    ended_at = now()
    still_open = (table.c.id == run, table.c.state == "running")
    ended = update(table).where(*still_open).values(state=state, error=error, ended_at=ended_at)
    if conn.execute(ended).rowcount and (found.seen or lines.count):
        proofs.add(conn, _ended(found, state, ended_at), lines)


def get(conn: Connection, run: str) -> Run:
    """The run of this id."""
    found = conn.execute(select(table).where(table.c.id == run)).mappings().one_or_none()
    if found is None:
        raise StorageError(f"There is no run {run}.", remedy="List the runs to find its id.")
    return Run(**found)


def latest(conn: Connection) -> dict[str, Run]:
    """The newest run of each link that ever ran."""
    newest = select(func.max(table.c.id)).group_by(table.c.link)
    rows = conn.execute(select(table).where(table.c.id.in_(newest)).order_by(table.c.link))
    return {row["link"]: Run(**row) for row in rows.mappings()}


def history(conn: Connection, link: str | None = None, *, limit: int = 50) -> list[Run]:
    """The last runs of one link, or of all, newest first."""
    statement = select(table).order_by(table.c.id.desc()).limit(limit)
    if link is not None:
        statement = statement.where(table.c.link == link)
    return [Run(**row) for row in conn.execute(statement).mappings()]


def _ended(run: Run, state: Ending, at: datetime) -> proofs.Ended:
    return proofs.Ended(
        run=run.id,
        link=run.link,
        state=state,
        started_at=run.started_at,
        ended_at=at,
        seen=run.seen,
    )


def _unaccounted(run: Run, accounted: int) -> Unaccounted:
    return Unaccounted(
        f"Run {run.id} saw {run.seen} changes and accounted for {accounted}: it is not complete.",
        remedy="Run the link again: it goes on from its cursor. If this comes back, report it"
        " with the output of `qantara trace` for a record that is missing.",
    )
