"""Questions: asked once, answered once, remembered; gone when nobody asks any more."""

import pytest
from sqlalchemy import Connection

from qantara.model.doubts import Candidate, Doubt
from qantara.storage import questions
from qantara.storage.errors import StorageError
from qantara.storage.store import Store
from qantara.storage.work import Task

SHIRT = Candidate(
    id="7",
    label="Shirt \x00 قميص",
    confidence=0.85,
    agrees=("the same SKU",),
    contradicts=("size",),
)


def doubt(subject: str = "4", *candidates: Candidate) -> Doubt:
    return Doubt(
        matter="match", subject=subject, title="Which is it?", candidates=candidates or (SHIRT,)
    )


def asker(external_id: str = "4", link: str = "flow.product") -> Task:
    return Task(link=link, connection="here", entity="product", external_id=external_id)


def ask(conn: Connection, external_id: str = "4") -> int:
    return questions.ask(conn, "flow.product", doubt(external_id), asker(external_id))


async def test_a_question_tells_its_candidates_as_they_were_given(store: Store):
    number = await store.run(ask)

    (kept,) = await store.run(questions.listing)

    assert (kept.id, kept.place, kept.kind, kept.subject) == (number, "flow.product", "match", "4")
    assert kept.candidates[0] == SHIRT
    assert kept.choices == ("7", "new", "skip")
    assert await store.run(questions.open_counts) == {"flow.product": 1}


async def test_the_same_doubt_is_one_question(store: Store):
    numbers = {await store.run(ask) for _ in range(3)}

    assert len(numbers) == 1
    assert len(await store.run(questions.listing)) == 1
    assert len(await store.run(questions.waiting, numbers.pop())) == 1


async def test_an_answer_is_remembered_and_found_by_its_subject(store: Store):
    number = await store.run(ask)

    await store.run(questions.answer, number, "7", "mona")

    told = await store.run(questions.decided, "flow.product", "match", ["4", "5"])
    assert {one: (kept.answer, kept.actor) for one, kept in told.items()} == {"4": ("7", "mona")}
    assert await store.run(questions.table, "flow.product") == {("match", "4"): "7"}
    assert await store.run(questions.listing) == []
    (kept,) = await store.run(lambda conn: questions.listing(conn, answered=True))
    assert kept.answered_at is not None


async def test_what_is_no_answer_is_refused_with_those_there_are(store: Store):
    number = await store.run(ask)

    with pytest.raises(StorageError) as refused:
        await store.run(questions.answer, number, "8", "mona")

    assert "7, new, skip" in refused.value.remedy


async def test_a_unit_cannot_be_new(store: Store):
    box = Doubt(matter="unit", subject="Box|Unit|12", title="Which?", candidates=(SHIRT,))
    number = await store.run(questions.ask, "shop", box, asker())

    assert (await store.run(questions.get, number)).choices == ("7", "skip")


async def test_a_question_that_nobody_asks_any_more_is_gone(store: Store):
    number = await store.run(ask)
    other = await store.run(ask, "5")

    await store.run(questions.withdraw, "flow.product", ["4"])

    assert [one.id for one in await store.run(questions.listing)] == [other]
    with pytest.raises(StorageError):
        await store.run(questions.get, number)


async def test_an_answer_outlives_those_who_asked(store: Store):
    number = await store.run(ask)
    await store.run(questions.answer, number, "new", "mona")

    await store.run(questions.withdraw, "flow.product", ["4"])

    assert (await store.run(questions.get, number)).answer == "new"


async def test_one_that_others_still_ask_stays(store: Store):
    box = Doubt(matter="unit", subject="Box|Unit|12", title="Which?", candidates=(SHIRT,))
    for external_id in ("1", "2"):
        number = await store.run(questions.ask, "shop", box, asker(external_id))

    await store.run(questions.withdraw, "flow.product", ["1"])

    assert [one.external_id for one in await store.run(questions.waiting, number)] == ["2"]


async def test_a_record_asks_one_thing_at_a_time(store: Store):
    first = await store.run(ask)
    box = Doubt(matter="unit", subject="Box|Unit|12", title="Which?", candidates=(SHIRT,))
    second = await store.run(questions.ask, "shop", box, asker())

    await store.run(lambda conn: questions.stop_asking(conn, "flow.product", "4", but=second))

    assert [one.id for one in await store.run(questions.listing)] == [second]
    assert first != second


async def test_an_answer_can_be_taken_back(store: Store):
    number = await store.run(ask)
    await store.run(questions.answer, number, "7", "mona")

    before = await store.run(questions.reopen, number, "omar")

    assert before.answer == "7"
    await store.run(ask)
    kept = await store.run(questions.decided, "flow.product", "match", ["4"])
    assert (kept["4"].state, kept["4"].answer, kept["4"].actor) == ("open", "", "omar")


async def test_who_asks_again_says_that_the_answer_does_not_hold(store: Store):
    number = await store.run(ask)
    await store.run(questions.answer, number, "7", "mona")

    again = await store.run(ask)

    kept = await store.run(questions.get, number)
    assert (again, kept.state, kept.answer, kept.answered_at) == (number, "open", "", None)
