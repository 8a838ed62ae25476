"""Questions: doubts that a person settles once; the answer is remembered for ever.

A question belongs to a place: the link whose record it is about, or the connection whose unit or
tax. At most one exists for each matter and subject of a place. Its askers are the records that
wait for the answer.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from qantara.model.doubts import Candidate, Doubt, Matter
from qantara.storage.columns import storable
from qantara.storage.errors import StorageError
from qantara.storage.schema import askers, questions
from qantara.storage.statements import chunks, insert, now
from qantara.storage.work import Task

State = Literal["open", "answered"]

NEW = "new"
"""The answer that it is none of these: it is to be made."""

SKIP = "skip"
"""The answer that it is to be left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A doubt as kept. `answer` is a candidate's id, "new" or "skip"; "" while it is open.

    `actor` is who answered it, or took the answer back: then only a person may say what it is.
    """

    id: int
    place: str
    kind: Matter
    subject: str
    title: str
    candidates: tuple[Candidate, ...]
    state: State
    answer: str
    actor: str
    asked_at: datetime
    answered_at: datetime | None

    @property
    def choices(self) -> tuple[str, ...]:
        """What may be answered."""
        ids = tuple(one.id for one in self.candidates)
        return (*ids, NEW, SKIP) if self.kind == "match" else (*ids, SKIP)


def ask(conn: Connection, place: str, doubt: Doubt, asker: Task) -> int:
    """Ask, for this record of its link; gives the question's number. Safe to repeat.

    A question that is open keeps its number and learns what may be answered now. One that was
    answered is open again: whoever asks knows that the answer does not hold any more.
    """
    told = {
        "place": place,
        "kind": doubt.matter,
        "subject": storable(doubt.subject),
        "title": doubt.title,
        "candidates": [asdict(one) for one in doubt.candidates],
        "state": "open",
        "answer": "",
        "actor": "",
        "asked_at": now(),
    }
    statement = insert(conn, questions)
    renewed: dict[str, Any] = {name: statement.excluded[name] for name in _RENEWED}
    renewed["actor"] = case((questions.c.state == "open", questions.c.actor), else_="")
    renewed["answered_at"] = None
    asked = statement.values(told).on_conflict_do_update(
        index_elements=["place", "kind", "subject"], set_=renewed
    )
    number: int = conn.execute(asked.returning(questions.c.id)).scalar_one()
    who = {name: getattr(asker, name) for name in ("link", "external_id", "connection", "entity")}
    waiting = insert(conn, askers).values(question=number, **who)
    conn.execute(waiting.on_conflict_do_nothing())
    return number


def withdraw(conn: Connection, link: str, external_ids: Collection[str]) -> None:
    """These records ask nothing any more; an open question that nobody asks is gone.

    Safe to repeat.
    """
    for some in chunks(external_ids):
        mine = (askers.c.link == link, askers.c.external_id.in_(some))
        asked = list(conn.scalars(select(askers.c.question).where(*mine)))
        if asked:
            conn.execute(delete(askers).where(*mine))
            _forget_unasked(conn, asked)


def stop_asking(conn: Connection, link: str, external_id: str, *, but: int) -> None:
    """The record asks this question alone."""
    mine = (
        askers.c.link == link,
        askers.c.external_id == external_id,
        askers.c.question != but,
    )
    asked = list(conn.scalars(select(askers.c.question).where(*mine)))
    if asked:
        conn.execute(delete(askers).where(*mine))
        _forget_unasked(conn, asked)


def decided(
    conn: Connection, place: str, kind: Matter, subjects: Collection[str]
) -> dict[str, Question]:
    """The questions about these subjects that were answered, or answered and taken back."""
    said = or_(questions.c.state == "answered", questions.c.actor != "")
    here = (questions.c.place == place, questions.c.kind == kind, said)
    wanted = {storable(one): one for one in subjects}
    return {
        wanted[row["subject"]]: _question(row)
        for some in chunks(wanted)
        for row in conn.execute(
            select(questions).where(*here, questions.c.subject.in_(some))
        ).mappings()
    }


def table(conn: Connection, place: str) -> dict[tuple[str, str], str]:
    """All that was answered for a place, by kind and subject: a connection has a handful."""
    here = (questions.c.place == place, questions.c.state == "answered")
    rows = conn.execute(
        select(questions.c.kind, questions.c.subject, questions.c.answer).where(*here)
    )
    return {(kind, subject): answer for kind, subject, answer in rows}


def answer(conn: Connection, number: int, said: str, actor: str) -> Question:
    """Keep what a person said. Raises StorageError when the question has no such answer."""
    question = get(conn, number)
    if said not in question.choices:
        raise StorageError(
            f"{said!r} is no answer to question {number}.",
            remedy=f"Answer one of: {', '.join(question.choices)}.",
        )
    moment = now()
    told: dict[str, Any] = {"state": "answered", "answer": said, "actor": actor}
    mine = questions.c.id == number
    conn.execute(update(questions).where(mine).values(**told, answered_at=moment))
    return replace(question, state="answered", answer=said, actor=actor, answered_at=moment)


def reopen(conn: Connection, number: int, actor: str) -> Question:
    """Forget the answer; the question is open again. Gives it as it was. Safe to repeat."""
    question = get(conn, number)
    told: dict[str, Any] = {"state": "open", "answer": "", "actor": actor, "answered_at": None}
    conn.execute(update(questions).where(questions.c.id == number).values(**told))
    return question


def waiting(conn: Connection, number: int) -> list[Task]:
    """The records that wait for the answer, or were the last to."""
    rows = conn.execute(
        select(askers).where(askers.c.question == number).order_by(askers.c.external_id)
    ).mappings()
    return [Task(**{name: row[name] for name in row if name != "question"}) for row in rows]


def get(conn: Connection, number: int) -> Question:
    """The question of this number."""
    mine = select(questions).where(questions.c.id == number)
    found = conn.execute(mine).mappings().one_or_none()
    if found is None:
        raise StorageError(
            f"There is no question {number}.", remedy="List the questions to find its number."
        )
    return _question(found)


def listing(
    conn: Connection, *, answered: bool = False, limit: int = 100, after: int = 0
) -> list[Question]:
    """Questions in the order in which they were first asked, those with a number above `after`."""
    statement = select(questions).where(questions.c.id > after).order_by(questions.c.id)
    if not answered:
        statement = statement.where(questions.c.state == "open")
    return [_question(row) for row in conn.execute(statement.limit(limit)).mappings()]


def open_counts(conn: Connection) -> dict[str, int]:
    """How many wait for a person, by place."""
    counted = select(questions.c.place, func.count()).where(questions.c.state == "open")
    return {row[0]: row[1] for row in conn.execute(counted.group_by(questions.c.place))}


def _forget_unasked(conn: Connection, numbers: Sequence[int]) -> None:
    unasked: ColumnElement[bool] = ~exists().where(askers.c.question == questions.c.id)
    for some in chunks(numbers):
        mine = (questions.c.id.in_(some), questions.c.state == "open")
        conn.execute(delete(questions).where(*mine, unasked))


def _question(row: RowMapping) -> Question:
    told: Mapping[str, Any] = dict(row)
    return Question(**{**told, "candidates": tuple(_candidate(one) for one in row["candidates"])})


def _candidate(told: Mapping[str, Any]) -> Candidate:
    facts = {name: tuple(told[name]) for name in ("agrees", "contradicts")}
    return Candidate(**{**told, **facts})


_RENEWED = ("title", "candidates", "state", "answer")
"""What is told anew each time the same is asked."""
