"""Letting go of what is old: lines, settled effects, notices that are done, runs. Proofs stay."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, or_, select

from qantara.storage import audit, proofs
from qantara.storage.schema import effects, inbox, ledger, runs
from qantara.storage.statements import chunks, now
from qantara.storage.store import Store

PORTION = 2000
"""Rows looked at in one transaction: nobody waits for longer than some milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """For how long the journal remembers; lines that say "unchanged" are the most, and told least."""

    everything: timedelta = timedelta(days=90)
    unchanged: timedelta = timedelta(days=7)


@dataclass(slots=True, kw_only=True)
class Pruned:
    """How many rows were let go of each table."""

    lines: int = 0
    effects: int = 0
    notices: int = 0
    runs: int = 0


async def prune(store: Store, keep: Keep | None = None) -> Pruned:
    """Let go of what is older than `keep` says, in small transactions. Safe to repeat or to break off.

    What is let go is first said in the audit trail: `proofs.check` allows exactly that to be
    missing. Call it once a day.
    """
    keep = keep or Keep()
    told, unchanged = now() - keep.everything, now() - min(keep.everything, keep.unchanged)
    await store.run(_announce, told, unchanged)
    same = ledger.c.result == proofs.UNCHANGED
    old = or_(ledger.c.at < told, and_(same, ledger.c.at < unchanged))
    return Pruned(
        lines=await _away(store, ledger, and_(old, _of_ended_runs())),
        effects=await _away(store, effects, effects.c.settled_at < told),
        notices=await _away(store, inbox, inbox.c.done_at < told),
        runs=await _runs(store, told, unchanged),
    )


def _of_ended_runs() -> ColumnElement[bool]:
    """Lines of a run that is still open are counted when it ends: they stay until then."""
    return exists().where(and_(runs.c.id == ledger.c.run, runs.c.state != "running"))


def _announce(conn: Connection, told: datetime, unchanged: datetime) -> None:
    detail = {proofs.TOLD: told.isoformat(), proofs.UNCHANGED: unchanged.isoformat()}
    audit.note(conn, "Qantara", proofs.PRUNED, detail)


async def _away(store: Store, table: Table, old: ColumnElement[bool]) -> int:
    """Walk the table by its growing id."""
    last, gone = 0, 0
    while True:
        reached, deleted = await store.run(_portion, table, old, last)
        gone += deleted
        if reached == last:
            return gone
        last = reached


def _portion(
    conn: Connection, table: Table, old: ColumnElement[bool], last: int
) -> tuple[int, int]:
    """How far this portion goes, and how many of its rows were old."""
    some = select(table.c.id).where(table.c.id > last).order_by(table.c.id).limit(PORTION)
    reached = conn.scalar(select(func.max(some.subquery().c.id)))
    if reached is None:
        return last, 0
    within = (table.c.id > last, table.c.id <= reached)
    return reached, conn.execute(delete(table).where(*within, old)).rowcount


async def _runs(store: Store, told: datetime, unchanged: datetime) -> int:
    """Runs of which nothing is left but their proof; those that saw nothing go sooner."""
    gone = 0
    while deleted := await store.run(_some_runs, told, unchanged):
        gone += deleted
    return gone


def _some_runs(conn: Connection, told: datetime, unchanged: datetime) -> int:
    empty = and_(runs.c.seen == 0, runs.c.state == "complete", runs.c.ended_at < unchanged)
    left = [exists().where(table.c.run == runs.c.id) for table in (ledger, effects)]
    newest = select(func.max(runs.c.id)).group_by(runs.c.link)
    old = (or_(runs.c.ended_at < told, empty), runs.c.id.not_in(newest))
    some = select(runs.c.id).where(*old, *(~one for one in left)).limit(PORTION)
    ids = list(conn.scalars(some))
    return sum(conn.execute(delete(runs).where(runs.c.id.in_(one))).rowcount for one in chunks(ids))
