"""`qantara questions`: what a record, a unit or a tax is, where nothing says so surely."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from sqlalchemy import Connection as Database

from qantara.cli.desk import AsJson, Desk, actor
from qantara.cli.words import ago, clock, counted
from qantara.engine import questions as engine
from qantara.engine.link import Link
from qantara.model.doubts import Candidate
from qantara.runtime.hub import Hub
from qantara.storage import questions
from qantara.storage.questions import NEW, SKIP, Question

QUESTION = (
    "`id`, `place` (the link of the record, or the connection of the unit or tax), `kind` (`match`, "
    "`unit`, `tax`, `currency`), `subject`, `title`, `candidates` (each `id`, `label`, `confidence` "
    "from 0 to 1, `agrees`, `contradicts`), `state` (`open`, `answered`), `answer` (a candidate's id, "
    "`new` or `skip`), `actor`, `asked_at`, `answered_at`"
)
JSON_OF_LIST = {"questions": f"Each with {QUESTION}."}
JSON_OF_SHOW = {"question": f"{QUESTION}, and `choices`: what may be answered."}
JSON_OF_ANSWER = {
    "question": f"{QUESTION}.",
    "again": "How many records are looked at again at once.",
}
JSON_OF_REOPEN = {"question": f"As it was before: {QUESTION}."}

PORTION = 500

app = typer.Typer(
    help="What may be several things: list, show, answer, reopen.", no_args_is_help=True
)
Number = Annotated[int, typer.Argument(metavar="ID", help="The number of the question.")]


@app.command("list")
def listing(
    ctx: typer.Context,
    *,
    link: Annotated[
        str | None, typer.Option("--link", help="Only those of this link or connection.")
    ] = None,
    answered: Annotated[
        bool, typer.Option("--answered", help="Those that were answered, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what waits for an answer, with what it may be."""
    desk = Desk.of(ctx, as_json=as_json)
    found = [one for one in desk.work(_list(desk, answered=answered)) if _is_of(link, one)]
    desk.answer({"questions": [asdict(one) for one in found]}, lambda: _show_list(desk, found))


@app.command()
def show(ctx: typer.Context, *, number: Number, as_json: AsJson = False) -> None:
    """Show one question: each candidate with what speaks for and against it."""
    desk = Desk.of(ctx, as_json=as_json)
    one = desk.work(_one(desk, number))
    told: Mapping[str, Any] = {"question": asdict(one) | {"choices": one.choices}}
    desk.answer(told, lambda: _show_one(desk, one))


@app.command()
def answer(
    ctx: typer.Context,
    *,
    number: Number,
    said: Annotated[
        str,
        typer.Argument(
            metavar="ANSWER",
            help="The id of a candidate; `new`: none of them, make one; `skip`: leave it alone.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Answer a question, once and for all. The link's next turn carries it out."""
    desk = Desk.of(ctx, as_json=as_json)
    one, again = desk.work(_answer(desk, number, said))
    told: Mapping[str, Any] = {"question": asdict(one), "again": again}
    desk.answer(told, lambda: _show_answered(desk, one, again))


@app.command()
def reopen(ctx: typer.Context, *, number: Number, as_json: AsJson = False) -> None:
    """Take an answer back: the match that it made is forgotten, and it is asked again."""
    desk = Desk.of(ctx, as_json=as_json)
    before = desk.work(_reopen(desk, number))
    desk.answer({"question": asdict(before)}, lambda: _show_reopened(desk, before))


async def _list(desk: Desk, *, answered: bool) -> list[Question]:
    async with desk.hub() as hub:
        return await hub.store.run(_every, answered=answered)


def _every(database: Database, *, answered: bool) -> list[Question]:
    found: list[Question] = []
    while some := questions.listing(
        database, answered=answered, limit=PORTION, after=found[-1].id if found else 0
    ):
        found += some
    return found


def _is_of(link: str | None, question: Question) -> bool:
    return link in (None, question.place, question.place.rpartition(".")[2])


async def _one(desk: Desk, number: int) -> Question:
    async with desk.hub() as hub:
        return await hub.store.run(questions.get, number)


async def _answer(desk: Desk, number: int, said: str) -> tuple[Question, int]:
    """Another answer than before takes the first one back."""
    async with desk.hub() as hub:
        before = await hub.store.run(questions.get, number)
        links = await _links(hub, before) if before.answer not in ("", said) else None

        def write(database: Database) -> tuple[Question, int]:
            if links is not None:
                engine.take_back(database, number, links, actor())
            return engine.answer(database, number, said, actor())

        return await hub.store.run(write)


async def _reopen(desk: Desk, number: int) -> Question:
    async with desk.hub() as hub:
        links = await _links(hub, await hub.store.run(questions.get, number))
        return await hub.store.run(engine.take_back, number, links, actor())


async def _links(hub: Hub, question: Question) -> Sequence[Link]:
    """The links, where one of them is concerned."""
    return await hub.links() if question.kind == "match" else ()


def _show_list(desk: Desk, found: Sequence[Question]) -> None:
    if not found:
        desk.say("Nothing waits for an answer.")
        return
    for one in found:
        state = "" if one.state == "open" else f" (answered: {one.answer})"
        desk.say(f"{one.id}  {one.title} {one.place}, {ago(one.asked_at)}{state}", "bold")
        for each in one.candidates:
            desk.say(f"   {_told(each)}")
    desk.say("Look closer with: qantara questions show ID")


def _show_one(desk: Desk, one: Question) -> None:
    desk.say(f"Question {one.id}: {one.title}", "bold")
    desk.say(f"Asked by {one.place} {clock(one.asked_at)}.")
    for each in one.candidates:
        desk.say(_told(each), "bold")
        for word, facts in (("For it", each.agrees), ("Against it", each.contradicts)):
            if facts:
                desk.say(f"   {word}: {'; '.join(facts)}.")
    if one.answered_at:
        desk.say(f"{one.actor} answered {one.answer} {clock(one.answered_at)}.")
        desk.say(f"Take it back with: qantara questions reopen {one.id}")
    else:
        desk.say(f"Answer with: qantara questions answer {one.id} {_choices(one)}")


def _choices(one: Question) -> str:
    words = {NEW: "new (none of them: make one)", SKIP: "skip (leave it alone)"}
    return ", or ".join(words.get(choice, choice) for choice in one.choices)


def _told(each: Candidate) -> str:
    sure = f", {each.confidence:.0%} sure" if each.confidence else ""
    return f"{each.id}: {each.label}{sure}"


def _show_answered(desk: Desk, one: Question, again: int) -> None:
    desk.say(f"Question {one.id} is answered: {one.answer}. It will not be asked again.")
    if again:
        desk.say(f"{counted(again, 'record')} waited; the link's next turn carries it out.")
    desk.say(f"Take it back with: qantara questions reopen {one.id}")


def _show_reopened(desk: Desk, before: Question) -> None:
    if before.state == "open":
        desk.say(f"Question {before.id} was open already.")
        return
    desk.say(f"The answer {before.answer} to question {before.id} is taken back.")
    if before.kind == "match":
        desk.say("What was written stays as it is: correct it by hand where it was wrong.")
