"""Effects: each write is told before it goes out, and settled when its outcome is known."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, select, update
from sqlalchemy import insert as insert_into
from sqlalchemy.exc import IntegrityError

from qantara.storage.errors import EffectOpen
from qantara.storage.schema import effects as table
from qantara.storage.statements import chunks, now

State = Literal["intended", "done", "failed", "unknown"]

OPEN: tuple[State, ...] = ("intended", "unknown")

_REMEDY = "Ask the target for the record by its key and settle the earlier write first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One write about to go out. `record` is the external key the target can be asked for.

    `operation` is "create", "update" or what else the target does; `fields` are those it sends;
    `target_id` is known except when creating.
    """

    record: str
    operation: str
    fields: tuple[str, ...] = ()
    target_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect(Intent):
    """An intent as stored. "intended" and "unknown" are open; `detail` says why it failed."""

    id: int
    run: str
    link: str
    state: State
    detail: str
    intended_at: datetime
    settled_at: datetime | None


def intend(conn: Connection, run: str, link: str, intents: Sequence[Intent]) -> None:
    """Store the intents; commit before the first of them is sent.

    Raises EffectOpen with the records of which an earlier effect on this link is open still.
    """
    if not intents:
        return
    blocked = sorted(_open(conn, link, [intent.record for intent in intents]))
    if blocked:
        raise _still_open(link, blocked)
    fixed = {"run": run, "link": link, "state": "intended", "detail": "", "intended_at": now()}
    ordered = sorted(intents, key=lambda intent: intent.record)
    try:
        conn.execute(insert_into(table), [fixed | asdict(intent) for intent in ordered])
    except IntegrityError as error:
        raise _still_open(link, [intent.record for intent in intents]) from error


def settle(
    conn: Connection,
    link: str,
    states: Mapping[str, State],
    details: Mapping[str, str] | None = None,
) -> int:
    """Say, by record, what became of the open effects of the link; `details` are sentences.

    "unknown" stays open. What is settled stays settled: safe to repeat. Returns how many were open.
    """
    alike: dict[tuple[State, str], list[str]] = {}
    for record, state in states.items():
        alike.setdefault((state, (details or {}).get(record, "")), []).append(record)
    return sum(_settle(conn, link, ending, records) for ending, records in alike.items())


def unsettled(conn: Connection, link: str) -> list[Effect]:
    """The open effects of a link, oldest first: after a crash, ask the target about each of them."""
    return _effects(conn, table.c.link == link, table.c.state.in_(OPEN))


def history(conn: Connection, records: Collection[str]) -> list[Effect]:
    """Every effect on these records, on all links, oldest first."""
    found = [e for some in chunks(records) for e in _effects(conn, table.c.record.in_(some))]
    return sorted(found, key=lambda effect: effect.id)


def _effects(conn: Connection, *where: ColumnElement[bool]) -> list[Effect]:
    rows = conn.execute(select(table).where(*where).order_by(table.c.id))
    return [Effect(**row) for row in rows.mappings()]


def _open(conn: Connection, link: str, records: Collection[str]) -> set[str]:
    found = select(table.c.record).where(table.c.link == link, table.c.state.in_(OPEN))
    return {
        record
        for some in chunks(records)
        for record in conn.scalars(found.where(table.c.record.in_(some)))
    }


def _settle(conn: Connection, link: str, ending: tuple[State, str], records: list[str]) -> int:
    state, detail = ending
    at = None if state in OPEN else now()
    return sum(
        conn.execute(
            update(table)
            .where(table.c.link == link, table.c.state.in_(OPEN), table.c.record.in_(some))
            .values(state=state, detail=detail, settled_at=at)
        ).rowcount
        for some in chunks(sorted(records))
    )


def _still_open(link: str, records: Iterable[str]) -> EffectOpen:
    blocked = tuple(records)
    return EffectOpen(
        f"{len(blocked)} records of {link} have an earlier write with no known outcome,"
        f" the first is {blocked[0]}.",
        remedy=_REMEDY,
        records=blocked,
    )
