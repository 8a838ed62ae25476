"""Questions: what is doubtful is asked once, and the answer sends the records to work again.

A doubt comes with an error (`Undecided`): the engine's own about a match, a connector's about an
entry of a small table (a unit, a tax). It is kept when the page is closed. Answers about matches
are heeded by `match`; those about tables are handed to the connector when a link is prepared.
"""

from collections.abc import Sequence

from sqlalchemy import Connection as Database

from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.storage import audit, bindings, questions, shadows, work
from qantara.storage.questions import Question
from qantara.storage.work import Task
from qantara.transport import ConnectorError, Undecided


def keep(database: Database, link: Link, items: Sequence[Item]) -> None:
    """Ask what is doubtful about these records of the link's source, and nothing else about them.

    The error of each learns the command with which it is answered.
    """
    doubtful = [item for item in items if isinstance(item.error, Undecided)]
    for item in doubtful:
        assert isinstance(item.error, Undecided)  # noqa: S101 - for the type checker
        number = ask(database, link, item.change.external_id, item.error)
        item.park(_with_command(item.error, number))
    asking = {item.change.external_id for item in doubtful}
    over = [one.change.external_id for one in items if one.change.external_id not in asking]
    questions.withdraw(database, link.name, over)


def answer(database: Database, number: int, said: str, actor: str) -> tuple[Question, int]:
    """Keep the answer; says how many records are looked at again at once.

    The same answer again is harmless; another one must be preceded by `take_back`.
    """
    question = questions.answer(database, number, said, actor)
    tasks = questions.waiting(database, number)
    work.ask(database, tasks)
    _note(database, question, "answer", actor)
    return question, len(tasks)


def take_back(database: Database, number: int, links: Sequence[Link], actor: str) -> Question:
    """Forget the answer and ask again.

    A match that it made is forgotten on both sides; what was written stays, for a person to mend.
    """
    question = questions.reopen(database, number, actor)
    tasks = questions.waiting(database, number)
    link = next((one for one in links if one.name == question.place), None)
    if link and question.kind == "match" and question.state == "answered":
        tasks = [_part(database, link, question)]
    work.ask(database, tasks)
    _note(database, question, "take back", actor)
    return question


def ask(database: Database, link: Link, external_id: str, error: Undecided) -> int:
    """Ask what is doubtful about one record; gives the question's number. Safe to repeat."""
    place = link.name if error.doubt.matter == "match" else link.there_name
    number = questions.ask(database, place, error.doubt, _task(link, external_id))
    questions.stop_asking(database, link.name, external_id, but=number)
    return number


def _with_command(error: Undecided, number: int) -> ConnectorError:
    """The same error, whose remedy ends in the command."""
    command = f"qantara questions show {number}"
    if command not in error.remedy:
        error.remedy = f"{error.remedy} {command}".strip()
    return error


def _part(database: Database, link: Link, question: Question) -> Task:
    """The two records are strangers again."""
    known = bindings.records_of(database, link.here_name, link.entity, [question.subject])
    records = list(known.values())
    there = bindings.external_ids(database, link.there_name, link.there, records)
    bindings.unbind(database, link.there_name, link.there, list(there.values()))
    shadows.drop(database, link.pair, records)
    return _task(link, question.subject)


def _task(link: Link, external_id: str) -> Task:
    return Task(
        link=link.name, connection=link.here_name, entity=link.entity, external_id=external_id
    )


def _note(database: Database, question: Question, deed: str, actor: str) -> None:
    detail = {
        "question": str(question.id),
        "place": question.place,
        "kind": question.kind,
        "subject": question.subject,
        "answer": question.answer,
    }
    audit.note(database, actor, deed, detail)
