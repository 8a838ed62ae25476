"""The audit trail: who did what, each line sealed over the one before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy import insert as insert_into

from qantara.storage import chain
from qantara.storage.columns import storable
from qantara.storage.errors import AuditBroken
from qantara.storage.schema import audit as table
from qantara.storage.statements import now


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One line: `id` counts from 1 without a gap, `seal` covers the line and all before it."""

    id: int
    at: datetime
    actor: str
    action: str
    detail: Mapping[str, str]
    seal: str


def note(conn: Connection, actor: str, action: str, detail: Mapping[str, str]) -> None:
    """Record a deed, in the transaction that does it. `detail` must hold no secret."""
    number, seal = chain.end(conn, table)
    line = {
        "id": number + 1,
        "at": now(),
        "actor": storable(actor),
        "action": storable(action),
        "detail": dict(detail),
    }
    conn.execute(insert_into(table), [{**line, "seal": chain.sealed(seal, line)}])


def listing(conn: Connection, *, limit: int = 100, before: int | None = None) -> list[Deed]:
    """The newest deeds first, those with an id below `before`."""
    statement = select(table).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(table.c.id < before)
    return [Deed(**row) for row in conn.execute(statement).mappings()]


def check(conn: Connection) -> tuple[int, str]:
    """How many deeds there are, and the seal of the last, after checking every line.

    Raises AuditBroken at the first line that was altered, inserted or removed. Lines cut off at the
    end leave no trace inside the table: keep the answer elsewhere to notice that.
    """
    seal, count = "", 0
    for row in conn.execute(select(table).order_by(table.c.id)).mappings():
        line = {name: row[name] for name in ("id", "at", "actor", "action", "detail")}
        if row["id"] != count + 1 or row["seal"] != chain.sealed(seal, line):
            raise AuditBroken(
                f"The audit trail does not hold at line {count + 1}.",
                remedy="Compare it with a backup: a line was altered, inserted or removed.",
            )
        seal, count = row["seal"], count + 1
    return count, seal
