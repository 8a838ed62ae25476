"""The outcome ledger: every change a run saw ends in exactly one line."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Table, and_, false, func, or_, select, true

from qantara.storage.schema import bindings
from qantara.storage.schema import ledger as table
from qantara.storage.statements import chunks, now, upsert

Result = Literal["written", "unchanged", "merged", "skipped", "parked"]

RESULTS: tuple[Result, ...] = ("written", "unchanged", "merged", "skipped", "parked")


SHADOW = "Shadow mode:"
"""How the reason of a change begins that a link in shadow mode did not write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one change of `connection`, the link's source.

    `record` and `target_id` are "" when it did not come so far; `reason` is a sentence where the
    result needs one; `fields` are those that were written.
    """

    connection: str
    entity: str
    external_id: str
    version: str
    result: Result
    record: str = ""
    target_id: str = ""
    reason: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Outcome):
    """An outcome as it stands in the ledger."""

    id: int
    run: str
    link: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which lines or proofs are meant: from `since` up to `until`, of one link, of one run."""

    since: datetime | None = None
    until: datetime | None = None
    link: str | None = None
    run: str | None = None

    def where(self, of: Table, moment: ColumnElement[datetime]) -> list[ColumnElement[bool]]:
        """As conditions of a query; `moment` is the column that `since` and `until` speak of."""
        found: list[ColumnElement[bool]] = []
        if self.since is not None:
            found.append(moment >= self.since)
        if self.until is not None:
            found.append(moment < self.until)
        if self.link is not None:
            found.append(of.c.link == self.link)
        if self.run is not None:
            found.append(of.c.run == self.run)
        return found


def account(conn: Connection, run: str, link: str, outcomes: Sequence[Outcome]) -> int:
    """Write a line for each; a line of the same run, external id and version is replaced.

    Safe to repeat. Returns how many of `outcomes` were repeats, of an earlier line or of one
    another: take them off what the page adds to the run's `seen`.
    """
    known = _accounted(conn, run, [outcome.external_id for outcome in outcomes])
    fresh = {(o.external_id, o.version) for o in outcomes} - known
    moment = now()
    rows = [{"run": run, "link": link, "at": moment, **asdict(o)} for o in outcomes]
    upsert(conn, table, rows, on=("run", "external_id", "version"))
    return len(outcomes) - len(fresh)


def totals(conn: Connection, run: str) -> dict[str, int]:
    """How many changes of the run ended in each result; every result is there, 0 included."""
    counted = select(table.c.result, func.count()).where(table.c.run == run)
    found = {row[0]: row[1] for row in conn.execute(counted.group_by(table.c.result))}
    return {result: found.get(result, 0) for result in RESULTS}


def journey(
    conn: Connection,
    *,
    record: str = "",
    connection: str = "",
    entity: str = "",
    external_id: str = "",
) -> list[Line]:
    """All that happened to one record, oldest first: by the hub's id, or by its id in a connection.

    Lines of the other direction and from before it was bound are included. `connection` and
    `entity` may stay empty where the external id alone tells enough.
    """
    there = {"connection": connection, "entity": entity, "external_id": external_id}
    given = {name: value for name, value in there.items() if value} if external_id else {}
    which = [*_of_records(conn, record, given)]
    if given:
        which.append(_equal(table, given))
    rows = conn.execute(select(table).where(or_(false(), *which)).order_by(table.c.id))
    return [Line(**row) for row in rows.mappings()]


def known(conn: Connection, link: str, entity: str, ids: Collection[str]) -> frozenset[str]:
    """Those of these records of the link's source about which it has had its say."""
    about = (table.c.link == link, table.c.entity == entity)
    found: set[str] = set()
    for some in chunks(ids):
        query = select(table.c.external_id).where(*about, table.c.external_id.in_(some)).distinct()
        found |= set(conn.scalars(query))
    return frozenset(found)


def lines(conn: Connection, run: str, *results: Result) -> list[Line]:
    """The lines of a run with these results (all when none is named), oldest first."""
    statement = select(table).where(table.c.run == run).order_by(table.c.id)
    if results:
        statement = statement.where(table.c.result.in_(results))
    return [Line(**row) for row in conn.execute(statement).mappings()]


def portion(
    conn: Connection, chosen: Chosen | None = None, *, after: int = 0, limit: int = 1000
) -> list[Line]:
    """The next lines with an id above `after`, in their order: for reading a great many of them."""
    where = (chosen or Chosen()).where(table, table.c.at)
    statement = select(table).where(table.c.id > after, *where).order_by(table.c.id).limit(limit)
    return [Line(**row) for row in conn.execute(statement).mappings()]


def withheld(conn: Connection, links: Collection[str]) -> dict[str, int]:
    """How many records each link has held back, by their last lines; absent where none."""
    newest = select(func.max(table.c.id)).where(table.c.link.in_(links))
    last = newest.group_by(table.c.link, table.c.external_id)
    counted = select(table.c.link, func.count()).where(
        table.c.id.in_(last), table.c.result == "skipped", table.c.reason.startswith(SHADOW)
    )
    return {row[0]: row[1] for row in conn.execute(counted.group_by(table.c.link))}


def _accounted(conn: Connection, run: str, ids: Sequence[str]) -> set[tuple[str, str]]:
    columns = select(table.c.external_id, table.c.version).where(table.c.run == run)
    return {
        (external_id, version)
        for some in chunks(ids)
        for external_id, version in conn.execute(columns.where(table.c.external_id.in_(some)))
    }


def _of_records(
    conn: Connection, record: str, given: Mapping[str, str]
) -> Iterator[ColumnElement[bool]]:
    """What names the same record: its id in the hub, and its ids in all connections."""
    if not record and not given:
        return
    bound = select(bindings.c.record).where(_equal(bindings, given))
    records = {record} if record else set(conn.scalars(bound))
    yield table.c.record.in_(records)
    names = ("connection", "entity", "external_id")
    columns = [bindings.c[name] for name in names]
    for place in conn.execute(select(*columns).where(bindings.c.record.in_(records))):
        yield _equal(table, dict(zip(names, place, strict=True)))


def _equal(columns: Table, values: Mapping[str, str]) -> ColumnElement[bool]:
    return and_(true(), *(columns.c[name] == value for name, value in values.items()))
