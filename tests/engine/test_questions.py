"""From a doubt to an answer: asked once, remembered, heeded before the target is asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qantara.engine import questions as engine
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary, run
from qantara.engine.rehearse import rehearse
from qantara.model import Address, Partner, Product, Variant
from qantara.model.keys import normal_name
from qantara.storage import audit, bindings, dead_letters, questions, work
from qantara.storage.pruning import Keep, prune
from qantara.storage.questions import Question
from qantara.storage.store import Store
from tests.engine.memory import Memory
from tests.engine.test_pipeline import Silent, partners, product, products

NOOR = Partner(name="Noor Trading Co.", address=Address(city="Riyadh", country="SA"))


@pytest.fixture
def here() -> Memory:
    return Memory("here")


@pytest.fixture
def there() -> Memory:
    return Memory("there!")


def coded(sku: str, barcode: str, name: str = "Chair") -> Product:
    return replace(product(sku, name), variants=(Variant(sku=sku, barcode=barcode),))


def twins(here: Memory, there: Memory, *ids: str) -> str:
    """One product here, and as many there under its SKU; the id here."""
    for id_ in ids or ("7", "8"):
        there.put("product", product("A-1"), id_)
    return here.put("product", product("A-1"))


async def go(link: Link, store: Store) -> Summary:
    return await run(link, store, Silent())


async def asked(store: Store) -> list[Question]:
    return await store.run(questions.listing)


async def say(store: Store, number: int, said: str) -> int:
    _, count = await store.run(engine.answer, number, said, "mona")
    return count


async def test_keys_that_contradict_each_other_are_a_question(store, here, there):
    here.put("product", coded("S-1", "111"))
    there.put("product", coded("S-1", "999", "Stool"), "7")
    there.put("product", coded("X-9", "111", "Chair there"), "8")

    summary = await go(products(here, there), store)

    (question,) = await asked(store)
    (letter,) = await store.run(dead_letters.listing)
    first, second = question.candidates
    assert summary.results == {"parked": 1}
    assert letter.code == "AmbiguousMatch"
    assert f"qantara questions show {question.id}" in letter.remedy
    assert (first.id, first.label, first.agrees) == (
        "8",
        "Chair there, X-9, 111",
        ("the same barcode 111",),
    )
    assert (second.id, second.contradicts) == ("7", ("barcode 999 there, 111 here",))
    assert 1 > first.confidence > second.confidence > 0


async def test_the_answer_binds_exactly_that_record(store, here, there):
    source = here.put("product", coded("S-1", "111"))
    there.put("product", coded("S-1", "999"), "7")
    there.put("product", coded("X-9", "111"), "8")
    link = products(here, there)
    await go(link, store)
    (question,) = await asked(store)

    count = await say(store, question.id, "7")
    await go(link, store)

    record = (await store.run(bindings.records_of, "here", "product", [source]))[source]
    bound = await store.run(bindings.external_ids, "there!", "product", [record])
    assert count == 1
    assert bound == {record: "7"}
    assert there.records["product"]["7"] == here.records["product"][source]
    assert await store.run(dead_letters.listing) == []
    assert await asked(store) == []


@pytest.mark.parametrize(("said", "made"), [("new", 3), ("skip", 2)])
async def test_none_of_them_is_made_anew_or_left_alone(store, here, there, said, made):
    source = twins(here, there)
    link = products(here, there)
    await go(link, store)
    (question,) = await asked(store)

    await say(store, question.id, said)
    await go(link, store)
    here.put("product", product("A-1", "Armchair"), source)
    await go(link, store)

    assert len(there.records["product"]) == made
    assert await asked(store) == []
    assert await store.run(dead_letters.listing) == []


async def test_the_same_doubt_is_asked_once_however_often_the_record_comes(store, here, there):
    source = twins(here, there)
    link = products(here, there)
    for name in ("Chair", "Armchair", "Stool"):
        here.put("product", product("A-1", name), source)
        await go(link, store)

    (question,) = await asked(store)
    assert "Stool" in question.title


async def test_a_question_vanishes_with_its_doubt(store, here, there):
    twins(here, there)
    link = products(here, there)
    await go(link, store)
    assert len(await asked(store)) == 1
    del there.records["product"]["8"]

    await go(link, store)

    assert await asked(store) == []
    assert await store.run(dead_letters.listing) == []
    assert list(there.records["product"]) == ["7"]


async def test_an_answer_is_remembered_after_the_journal_was_pruned(store, here, there):
    source = twins(here, there)
    link = products(here, there)
    await go(link, store)
    (question,) = await asked(store)
    await say(store, question.id, "skip")
    await go(link, store)

    await prune(store, Keep(everything=timedelta(0), unchanged=timedelta(0)))
    here.put("product", product("A-1", "Armchair"), source)
    summary = await go(link, store)

    assert summary.results == {"skipped": 1}


async def test_an_answer_is_taken_back_with_what_it_bound(store, here, there):
    source = twins(here, there)
    link = products(here, there)
    await go(link, store)
    (question,) = await asked(store)
    await say(store, question.id, "7")
    await go(link, store)

    await store.run(engine.take_back, question.id, [link], "mona")
    assert await store.run(work.waits, link.name)
    await go(link, store)

    (again,) = await asked(store)
    assert again.id == question.id
    await say(store, again.id, "8")
    await go(link, store)
    record = (await store.run(bindings.records_of, "here", "product", [source]))[source]
    assert await store.run(bindings.external_ids, "there!", "product", [record]) == {record: "8"}
    deeds = [deed.action for deed in await store.run(audit.listing)]
    assert deeds == ["answer", "take back", "answer"]


async def test_a_chosen_record_that_is_gone_is_asked_about_again(store, here, there):
    twins(here, there, "7", "8", "9")
    link = products(here, there)
    await go(link, store)
    (question,) = await asked(store)
    await say(store, question.id, "7")
    del there.records["product"]["7"]

    await go(link, store)

    (again,) = await asked(store)
    assert [one.id for one in again.candidates] == ["8", "9"]


async def test_an_archived_match_is_taken_when_a_person_says_so(store, here, there):
    source = here.put("product", product("A-1"))
    there.put("product", product("A-1", active=False), "7")
    link = products(here, there)
    await go(link, store)
    (question,) = await asked(store)
    assert question.candidates[0].label.endswith("archived")

    await say(store, question.id, "7")
    await go(link, store)

    assert there.records["product"] == {"7": here.records["product"][source]}


async def test_two_partners_with_one_vat_number_are_a_question(store, here, there):
    here.put("partner", Partner(name="Noor", vat="SA 310"))
    there.put("partner", Partner(name="Noor", vat="SA310"), "7")
    there.put("partner", Partner(name="Noor West", vat="SA310"), "8")

    await go(partners(here, there), store)

    (question,) = await asked(store)
    assert [one.id for one in question.candidates] == ["7", "8"]
    assert question.title.startswith("Which partner of there! is Noor")


async def test_who_has_all_that_another_has_and_a_telling_key_besides_is_taken(store, here, there):
    here.put("partner", Partner(name="Noor", vat="SA310", email="a@noor.example"))
    there.put("partner", Partner(name="Noor", email="a@noor.example"), "7")
    there.put("partner", Partner(name="Noor", email="a@noor.example", vat="SA310"), "8")

    summary = await go(partners(here, there), store)

    assert summary.results == {"merged": 1}
    assert await asked(store) == []


@pytest.mark.parametrize(
    "written", ["+966 11 400 0000", "00966-114000000", "011 4000000", "٠١١٤٠٠٠٠٠٠"]
)
async def test_a_telephone_number_matches_however_it_is_written(store, here, there, written):
    country = Address(country="SA")
    here.put("partner", Partner(name="Noor", phone="+966 (0)11 400-0000", address=country))
    there.put("partner", Partner(name="noor", mobile=written, address=country), "7")

    summary = await go(partners(here, there), store)

    assert summary.results == {"merged": 1}


async def test_one_name_and_address_with_two_vat_numbers_are_a_question(store, here, there):
    here.put("partner", Partner(name="Noor", vat="SA1", email="a@noor.example"))
    there.put("partner", Partner(name="Noor", vat="SA2", email="a@noor.example"), "7")

    await go(partners(here, there), store)

    (question,) = await asked(store)
    assert question.candidates[0].contradicts == ("VAT number SA2 there, SA1 here",)


ALIKE: dict[str, tuple[Partner, int]] = {
    "the same name and city": (replace(NOOR, name="NOOR TRADING, LLC"), 1),
    "the same name elsewhere": (replace(NOOR, address=Address(city="Paris", country="FR")), 0),
    "another name": (replace(NOOR, name="Noor Travel"), 0),
    "another VAT number": (replace(NOOR, vat="SA2"), 0),
}


@pytest.mark.parametrize("case", ALIKE)
async def test_only_real_likenesses_are_asked_about(store, here, there, case):
    present, count = ALIKE[case]
    here.put("partner", replace(NOOR, vat="SA1"))
    there.put("partner", present, "7")

    await go(replace(partners(here, there), alike=True), store)

    found = await asked(store)
    assert len(found) == count
    assert all(0 < one.candidates[0].confidence < 0.9 for one in found)


async def test_without_the_wish_what_looks_alike_is_made_anew(store, here, there):
    here.put("partner", NOOR)
    there.put("partner", NOOR, "7")

    summary = await go(partners(here, there), store)

    assert summary.results == {"written": 1}


async def test_products_without_codes_are_asked_about_by_their_name(store, here, there):
    here.put("product", product("", "Oak chair"))
    here.put("product", product("A-1", "Desk"))
    there.put("product", product("", "OAK  Chair"), "7")
    there.put("product", product("", "Desk"), "8")

    summary = await go(replace(products(here, there), alike=True), store)

    (question,) = await asked(store)
    assert summary.results == {"parked": 1, "written": 1}
    assert question.candidates[0].id == "7"


async def test_a_first_load_asks_nothing_where_nothing_is_alike(store, here, there):
    calls: list[Any] = []
    find: Callable[..., Any] = there.find

    async def counted(entity, keys):
        calls.append(keys)
        return await find(entity, keys)

    there.find = counted
    for number in range(40):
        here.put("partner", Partner(name=f"Customer {number}", address=NOOR.address))

    summary = await go(replace(partners(here, there), alike=True), store)

    assert summary.results == {"written": 40}
    assert await asked(store) == []
    assert len(calls) == 4  # one for each page, for none has a key


async def test_a_record_that_is_gone_asks_nothing_more(store, here, there):
    source = twins(here, there)
    link = products(here, there)
    await go(link, store)
    assert len(await asked(store)) == 1

    del here.records["product"][source]
    (letter,) = await store.run(dead_letters.listing)
    await store.run(dead_letters.request_retry, [letter.id])
    await go(link, store)

    assert await asked(store) == []


async def test_a_rehearsal_asks_nothing_and_says_that_a_run_would(store, here, there):
    twins(here, there)

    [planned] = [one async for one in rehearse([products(here, there)], store)]

    assert (planned.operation, planned.remedy) == (
        "parked",
        "A run asks it: qantara questions list.",
    )
    assert await asked(store) == []


def test_names_are_compared_without_case_marks_and_legal_form():
    assert normal_name("NOOR Trading, L.L.C.") == normal_name("noor trading co") == "noor trading"
    assert normal_name("Co") == "co"
