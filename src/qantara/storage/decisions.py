"""Decisions: what people decided by a signed link, each question once, and what became of it.

A decision is settled when it was carried out, or when it turned out that it cannot be. Both are
told in the order in which they became known: `settled` counts up, as `number` does for decisions.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from qantara.storage import audit, bindings, inbox, lanes, shadows, work
from qantara.storage.bindings import Binding
from qantara.storage.columns import storable
from qantara.storage.inbox import Notice
from qantara.storage.schema import decisions as table
from qantara.storage.statements import chunks, insert, now
from qantara.storage.work import Task

OWN = "hub"
"""The name of the hub's own connection, which no other may have."""

DECISION, VERDICT, ORDER = "decision", "verdict", "order"
"""Entities of the hub's own: what was decided, what became of it, and what it was about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a person has decided: `question` by its id, asked by `link` of `connection`'s people.

    `total` is what the document came to when it was asked, such as "5400.00 SAR".
    """

    question: str
    link: str
    connection: str
    entity: str
    external_id: str
    verb: str
    email: str
    name: str
    reason: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Made):
    """A decision as kept. `record` is the document, `refused` why it cannot be carried out.

    `settled` is None while it is not known what becomes of it.
    """

    number: int
    record: str
    at: datetime
    refused: str
    settled: int | None


class Unknown(LookupError):
    """The document that the question is about is not known here any more."""


def decide(conn: Connection, made: Made) -> tuple[Decided, bool]:
    """Keep the decision, with the work that carries it out and its line in the audit trail.

    Returns the decision that counts, and whether it is this one: the first decides. Raises Unknown.
    """
    lanes.one_after_another(conn, "decisions")  # numbers must appear in their order
    record = _document(conn, made)
    row: dict[str, Any] = {
        name: storable(getattr(made, name)) for name in Made.__dataclass_fields__
    }
    flow = made.link.partition(".")[0]
    row |= {"flow": flow, "record": record, "at": now(), "refused": "", "settled": None}
    kept = insert(conn, table).on_conflict_do_nothing().returning(table.c.number)
    number = conn.execute(kept, row).scalar()
    if number is not None:
        _bind(conn, record)
        _ring(conn, number)
        audit.note(conn, made.email, f"decide: {made.verb}", _detail(made))
    found = of_question(conn, made.question)
    assert found is not None  # noqa: S101 - it was kept now or before
    return found, number is not None


def of_question(conn: Connection, question: str) -> Decided | None:
    """What was decided; None while nobody has."""
    found = conn.execute(_columns().where(table.c.question == question)).one_or_none()
    return _decided(found) if found else None


def count(conn: Connection, link: str, external_id: str) -> int:
    """How often a question of the link about this document was decided and that settled."""
    mine = (table.c.link == link, table.c.external_id == external_id, table.c.settled.is_not(None))
    return conn.scalar(select(func.count()).select_from(table).where(*mine)) or 0


def after(conn: Connection, flow: str, number: int, limit: int) -> list[Decided]:
    """The decisions of the flow above that number, in their order."""
    asked = _columns().where(table.c.flow == flow, table.c.number > number)
    return [_decided(row) for row in conn.execute(asked.order_by(table.c.number).limit(limit))]


def settled_after(conn: Connection, flow: str, settled: int, limit: int) -> list[Decided]:
    """Those of the flow of which it became known after `settled` what became of them."""
    asked = _columns().where(table.c.flow == flow, table.c.settled > settled)
    return [_decided(row) for row in conn.execute(asked.order_by(table.c.settled).limit(limit))]


def by_number(conn: Connection, numbers: Collection[int]) -> list[Decided]:
    """These decisions, in their order; those that there are not are absent."""
    return [
        _decided(row)
        for some in chunks(sorted(numbers))
        for row in conn.execute(_columns().where(table.c.number.in_(some)).order_by(table.c.number))
    ]


def newest(conn: Connection) -> tuple[int, int]:
    """The number of the last decision, and of the last that was settled; 0 for none."""
    found = conn.execute(select(func.max(table.c.number), func.max(table.c.settled))).one()
    return found[0] or 0, found[1] or 0


def settle(conn: Connection) -> list[int]:
    """Note which decisions have been carried out meanwhile; their numbers. Safe to repeat."""
    waiting = _columns().where(table.c.settled.is_(None))
    found = {str(one.number): one.number for one in map(_decided, conn.execute(waiting))}
    records = bindings.records_of(conn, OWN, DECISION, list(found))
    acted = {
        place.record
        for place in bindings.places(conn, list(records.values()))
        if place.connection != OWN
    }
    done = sorted(found[one] for one, record in records.items() if record in acted)
    if done:
        lanes.one_after_another(conn, "decisions settled")
    for number in done:
        _settle(conn, number, "")
    return done


def refuse(conn: Connection, number: int, why: str) -> None:
    """It cannot be carried out, because of `why`; the document is asked about anew. Safe to repeat."""
    found = by_number(conn, [number])
    if not found or found[0].refused == storable(why):
        return
    lanes.one_after_another(conn, "decisions settled")
    _settle(conn, number, storable(why))
    work.ask(conn, [asking(found[0])])
    lanes.ring(conn, [found[0].link])


def ask_again(conn: Connection, task: Task, target: tuple[str, str]) -> int:
    """Let the link of `task` ask anew about every document, at `target` (connection, entity).

    Those that wait for no decision are left as they are. Returns how many it looks at.
    """
    ids = bindings.bound_ids(conn, task.connection, task.entity)
    known = bindings.records_of(conn, task.connection, task.entity, ids)
    asked = bindings.external_ids(conn, *target, list(known.values()))
    bindings.unbind(conn, *target, list(asked.values()))
    shadows.drop(conn, task.link, list(asked))
    again = [replace(task, external_id=one) for one, record in known.items() if record in asked]
    work.ask(conn, again)
    lanes.ring(conn, [task.link] if again else [])
    return len(again)


def asking(decided: Decided) -> Task:
    """That the link which asked shall look at the document again."""
    return Task(
        link=decided.link,
        connection=decided.connection,
        entity=decided.entity,
        external_id=decided.external_id,
    )


def _settle(conn: Connection, number: int, refused: str) -> None:
    last = conn.scalar(select(func.max(table.c.settled))) or 0
    values = {"refused": refused, "settled": last + 1}
    conn.execute(update(table).where(table.c.number == number).values(values))


def _document(conn: Connection, made: Made) -> str:
    known = bindings.records_of(conn, made.connection, made.entity, [made.external_id])
    if made.external_id not in known:
        raise Unknown(made.external_id)
    return known[made.external_id]


def _bind(conn: Connection, record: str) -> None:
    """The hub's own name of the document, so that decisions can refer to it."""
    bindings.bind(
        conn, [Binding(record=record, connection=OWN, entity=ORDER, external_id=record, key="")]
    )


def _ring(conn: Connection, number: int) -> None:
    notice = Notice(
        connection=OWN,
        topic=DECISION,
        event_key=str(number),
        body=b"",
        entity=DECISION,
        external_id=str(number),
    )
    inbox.receive(conn, [notice])


def _detail(made: Made) -> dict[str, str]:
    names = ("link", "connection", "entity", "external_id", "question", "name")
    return {name: getattr(made, name) for name in names}


def _columns() -> Select[Any]:
    return select(*(table.c[name] for name in Decided.__dataclass_fields__))


def _decided(row: Row[Any]) -> Decided:
    return Decided(**row._mapping)  # noqa: SLF001 - SQLAlchemy's own name
