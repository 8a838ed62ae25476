"""Conflicts: fields that both sides changed differently, until a person has decided.

At most one is unsettled for each field of a record. A decision holds for the values it was made
for: when a side has changed again, it is asked anew.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, and_, bindparam, case, func, select, text, update

from qantara.storage.errors import StorageError
from qantara.storage.schema import conflicts as table
from qantara.storage.statements import chunks, insert, now

State = Literal["open", "decided", "settled"]
Choice = Literal["", "source", "target"]

WHOLE = "*"
"""The field of a conflict about the record itself: deleted on one side, changed on the other."""

_UNSETTLED = text("state <> 'settled'")
"""Literal: PostgreSQL must recognise its partial index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """What to ask: both values as people may read them, and the hashes by which they are known."""

    record: str
    field: str
    source_id: str
    target_id: str
    source_value: Any
    target_value: Any
    source_hash: str
    target_hash: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict(Clash):
    """A clash as kept: "open" until it is decided, "decided" until that is done."""

    id: int
    link: str
    state: State
    choice: Choice
    actor: str
    first_at: datetime
    last_at: datetime
    settled_at: datetime | None


def ask(conn: Connection, link: str, clashes: Iterable[Clash]) -> None:
    """Ask a person about these. What is asked already stays, with its answer, while the values do.

    Safe to repeat.
    """
    newest = {(clash.record, clash.field): clash for clash in clashes}
    if not newest:
        return
    moment = now()
    fixed: dict[str, Any] = {"link": link, "state": "open", "choice": "", "actor": ""}
    fixed |= {"first_at": moment, "last_at": moment}
    statement = insert(conn, table)
    told = statement.excluded
    same = and_(table.c.source_hash == told.source_hash, table.c.target_hash == told.target_hash)
    renewed: dict[str, Any] = {name: told[name] for name in _RENEWED}
    renewed |= {
        name: case((same, table.c[name]), else_=told[name])
        for name in ("state", "choice", "actor", "last_at")
    }
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["link", "record", "field"], index_where=_UNSETTLED, set_=renewed
        ),
        [fixed | _row(newest[key]) for key in sorted(newest)],
    )


def unsettled(
    conn: Connection, link: str, records: Collection[str]
) -> dict[str, dict[str, Conflict]]:
    """What is asked, and not done yet, of these records: by record and field."""
    found: dict[str, dict[str, Conflict]] = {}
    for some in chunks(records):
        where = (table.c.link == link, table.c.record.in_(some), _UNSETTLED)
        for row in conn.execute(select(table).where(*where)).mappings():
            found.setdefault(row["record"], {})[row["field"]] = _conflict(row)
    return found


def settle(conn: Connection, link: str, fields: Mapping[str, Collection[str]]) -> int:
    """These fields, by record, agree again or no longer matter; says how many were asked."""
    pairs = [{"r": record, "f": name} for record, names in fields.items() for name in names]
    mine = (table.c.link == link, table.c.record == bindparam("r"), table.c.field == bindparam("f"))
    ended = update(table).where(*mine, _UNSETTLED).values(state="settled", settled_at=now())
    return sum(conn.execute(ended, pair).rowcount for pair in pairs)


def settle_all(conn: Connection, link: str, records: Collection[str], *, but: str = "") -> int:
    """Nothing is asked about these records any more, `but` this field; says how much was."""
    return sum(
        conn.execute(
            update(table)
            .where(table.c.link == link, table.c.record.in_(some), table.c.field != but, _UNSETTLED)
            .values(state="settled", settled_at=now())
        ).rowcount
        for some in chunks(records)
    )


def decide(conn: Connection, ids: Collection[int], choice: Choice, actor: str) -> list[Conflict]:
    """The value of which side is to be kept; gives those that wait for this now.

    A decision that was not carried out yet may be changed. Safe to repeat.
    """
    for some in chunks(sorted(ids)):
        conn.execute(
            update(table)
            .where(table.c.id.in_(some), _UNSETTLED)
            .values(state="decided", choice=choice, actor=actor, last_at=now())
        )
    return [one for one in (get(conn, id_) for id_ in sorted(ids)) if one.state == "decided"]


def get(conn: Connection, conflict: int) -> Conflict:
    """The conflict of this id."""
    found = conn.execute(select(table).where(table.c.id == conflict)).mappings().one_or_none()
    if found is None:
        raise StorageError(
            f"There is no conflict {conflict}.", remedy="List the conflicts to find its id."
        )
    return _conflict(found)


def listing(
    conn: Connection,
    link: str | None = None,
    *,
    settled: bool = False,
    limit: int = 100,
    after: int = 0,
) -> list[Conflict]:
    """Conflicts in the order in which they were asked, those with an id above `after`."""
    statement = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if link is not None:
        statement = statement.where(table.c.link == link)
    if not settled:
        statement = statement.where(_UNSETTLED)
    return [_conflict(row) for row in conn.execute(statement).mappings()]


def open_counts(conn: Connection) -> dict[str, int]:
    """How many wait for a person, by link."""
    counted = select(table.c.link, func.count()).where(table.c.state == "open")
    return {row[0]: row[1] for row in conn.execute(counted.group_by(table.c.link))}


_VALUES = ("source_value", "target_value")


def _row(clash: Clash) -> dict[str, Any]:
    """Each value in a list: nothing is a value, too, and the columns hold one."""
    row = asdict(clash)
    return row | {name: [row[name]] for name in _VALUES}


def _conflict(row: RowMapping) -> Conflict:
    return Conflict(**{**row, **{name: row[name][0] for name in _VALUES}})


_RENEWED = (
    "source_id",
    "target_id",
    "source_value",
    "target_value",
    "source_hash",
    "target_hash",
    "rule",
)
"""What is told anew each time the two sides are compared."""
