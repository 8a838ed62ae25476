"""Circuits: whether a connection's system is worth asking now, known to all workers.

closed: ask. open: it failed too often in a row, leave it alone until a moment. trial: that moment
has come and one lane tries; the others wait for what becomes of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, select, update

from qantara.storage import alerts
from qantara.storage.schema import circuits as table
from qantara.storage.statements import insert, now

ALERT = "connection"
"""The kind of alert that is open while a circuit is."""

ENOUGH = 5
"""Failures in a row that open a circuit."""

TRIAL = 120.0
"""Seconds after which a trial that nobody reported on is given to another lane."""

LOOK = 2.0
"""Seconds until those who wait for a trial look again."""

Pause = Callable[[int], float]
"""The seconds to stay open when it opens for the n-th time in a row, from 1 on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """`failures` in a row, of which the last is told by `code`, `reason` and `remedy`.

    `until` is when an open one is tried, or when a trial is given up for lost.
    """

    connection: str
    state: Literal["closed", "open", "trial"]
    failures: int
    until: datetime | None
    code: str
    reason: str
    remedy: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failure of the connection as a whole; `final` when more of the same would tell nothing."""

    code: str
    reason: str
    remedy: str = ""
    final: bool = False


def allows(conn: Connection, connection: str, moment: datetime | None = None) -> float:
    """Seconds to wait before asking again, 0 when it may be asked now.

    Of those who ask when a trial is due, one gets 0: it must tell what became of it.
    """
    at = moment or now()
    found = _read(conn, connection)
    if found is None or found.state == "closed" or found.until is None:
        return 0.0
    ahead = (found.until - at).total_seconds()
    if ahead > 0:
        return min(ahead, LOOK) if found.state == "trial" else ahead
    mine = (table.c.connection == connection, table.c.state != "closed", table.c.until <= at)
    tried = {"state": "trial", "until": at + timedelta(seconds=TRIAL), "changed_at": at}
    return 0.0 if conn.execute(update(table).where(*mine).values(tried)).rowcount else LOOK


def succeeded(conn: Connection, connection: str) -> bool:
    """The system answered: ask it as much as before. Says whether that is news. Safe to repeat."""
    troubled = (table.c.state != "closed") | (table.c.failures > 0)
    fine = {"state": "closed", "failures": 0, "until": None, "code": "", "reason": "", "remedy": ""}
    mine = (table.c.connection == connection, troubled)
    if not conn.execute(update(table).where(*mine).values(fine | {"changed_at": now()})).rowcount:
        return False
    alerts.close(conn, ALERT, [connection])
    return True


def failed(
    conn: Connection,
    connection: str,
    failure: Failure,
    pause: Pause,
    moment: datetime | None = None,
) -> Circuit:
    """Count it; what is enough opens the circuit, for longer each time, and a person is told.

    What was under way when it opened changes nothing more.
    """
    at = moment or now()
    before = _locked(conn, connection, at)
    if before.state == "open" and before.until and before.until > at:
        return before
    failures = max(before.failures + 1, ENOUGH if failure.final else 0)
    told = {"code": failure.code, "reason": failure.reason, "remedy": failure.remedy}
    row = {**told, "failures": failures, "state": "closed", "until": None, "changed_at": at}
    if failures >= ENOUGH:
        until = at + timedelta(seconds=pause(failures - ENOUGH + 1))
        row |= {"state": "open", "until": until}
        reason = f"The connection {connection} is left alone for a while. {failure.reason}"
        alerts.open_(conn, ALERT, connection, reason, remedy=failure.remedy)
    mine = table.c.connection == connection
    changed = conn.execute(update(table).where(mine).values(row).returning(table))
    return Circuit(**changed.mappings().one())


def untried(conn: Connection, connection: str) -> None:
    """The trial ended without asking the system: the next may try at once. Safe to repeat."""
    _due(conn, connection, "trial")


def retry(conn: Connection, connection: str) -> None:
    """A person has mended it: it is tried at once. Safe to repeat."""
    _due(conn, connection, "open")


def states(conn: Connection) -> dict[str, Circuit]:
    """How every connection stands that ever failed."""
    rows = conn.execute(select(table)).mappings()
    return {row["connection"]: Circuit(**row) for row in rows}


def _due(conn: Connection, connection: str, state: str) -> None:
    mine = (table.c.connection == connection, table.c.state == state)
    conn.execute(update(table).where(*mine).values(state="open", until=now()))


def _locked(conn: Connection, connection: str, at: datetime) -> Circuit:
    """The circuit, which nobody else changes before the commit; closed when it is new."""
    found = _read(conn, connection, lock="row")
    if found is None:
        words = {"code": "", "reason": "", "remedy": ""}
        new = {"connection": connection, "state": "closed", "failures": 0, "changed_at": at}
        conn.execute(insert(conn, table).on_conflict_do_nothing(), {**new, **words})
        found = _read(conn, connection, lock="row")
    if found is None:
        raise LookupError(connection)
    return found


def _read(conn: Connection, connection: str, *, lock: Literal["", "row"] = "") -> Circuit | None:
    statement = select(table).where(table.c.connection == connection)
    row = conn.execute(statement.with_for_update() if lock else statement).mappings().one_or_none()
    return None if row is None else Circuit(**row)
