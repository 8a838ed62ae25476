"""Proposals before go-live: what a run would recognise, stored without a write, or asked, or refused."""

import pytest

from qantara.engine import proposing
from qantara.engine.link import Link
from qantara.engine.pipeline import run
from qantara.engine.proposing import Proposal
from qantara.model import Product, Text, Variant
from qantara.storage import bindings, questions
from qantara.storage.errors import AlreadyBound
from qantara.storage.store import Store
from tests.engine.memory import Memory
from tests.engine.test_pipeline import PIECE, Silent, here, product, products, there

__all__ = ["here", "there"]


async def proposed(link: Link, store: Store) -> dict[str, Proposal]:
    pages = [page async for page in proposing.propose(link, store)]
    return {one.source_id: one for page in pages for one in page}


async def accepted(link: Link, store: Store, above: float = 0.8) -> int:
    sure = proposing.confident(list((await proposed(link, store)).values()), above)
    return await store.run(proposing.accept, link, sure, "ann")


async def test_each_record_is_told_what_it_is(store: Store, here: Memory, there: Memory) -> None:
    link = products(here, there)
    bound = here.put("product", product("B"))
    await run(link, store, Silent())
    same, twin, new, again = (here.put("product", product(sku)) for sku in ("S", "T", "N", "S"))
    match = there.put("product", product("S"))
    twins = [there.put("product", product("T", name=name)) for name in ("Chair", "Stool")]
    there.written.clear()

    found = await proposed(link, store)

    assert {id_: one.state for id_, one in found.items()} == {
        bound: "bound",
        same: "sure",
        twin: "doubt",
        new: "new",
        again: "trouble",
    }
    (candidate,) = found[same].candidates
    assert (candidate.id, candidate.agrees) == (match, ("the same name chair", "the same internal reference S"))  # fmt: skip
    assert found[same].confidence == 0.91
    assert {one.id for one in found[twin].candidates} == set(twins)
    assert "two records with the sku 'S'" in found[again].reason
    assert there.written == here.written == []


async def test_what_is_accepted_is_bound_and_the_next_run_makes_no_new_record(
    store: Store, here: Memory, there: Memory
) -> None:
    for number in range(25):  # more than one page
        here.put("product", product(f"A-{number}"))
        there.put("product", product(f"A-{number}", name="Other" if number % 5 else "Chair"))
    link = products(here, there)

    assert await accepted(link, store) == 25
    assert there.written == here.written == []
    assert {one.state for one in (await proposed(link, store)).values()} == {"bound"}
    summary = await run(link, store, Silent())

    assert len(there.records["product"]) == 25
    assert summary.results == {"written": 20, "unchanged": 5}
    assert {write.fields for write in there.written} == {frozenset({"name"})}


async def test_variants_are_bound_with_their_products(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("product", product("A"))
    there.put("product", product("A"))

    await accepted(products(here, there), store)

    assert len(await store.run(bindings.bound_ids, "here", "variant")) == 1
    assert len(await store.run(bindings.bound_ids, "there!", "variant")) == 1


async def test_only_what_is_sure_enough_is_accepted(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("product", product("A"))
    there.put("product", product("A", name="Stool"))

    assert await accepted(products(here, there), store, above=0.9) == 0
    assert await accepted(products(here, there), store, above=0.85) == 1


async def test_what_is_doubtful_becomes_a_question_whose_answer_the_run_heeds(
    store: Store, here: Memory, there: Memory
) -> None:
    id_ = here.put("product", product("T"))
    first, second = (there.put("product", product("T", name=one)) for one in ("Chair", "Stool"))
    link = products(here, there)
    for _ in range(2):
        await store.run(proposing.ask, link, (await proposed(link, store)).values())
    (question,) = await store.run(questions.listing)
    assert (question.place, question.subject, question.kind) == (link.name, id_, "match")
    await store.run(questions.answer, question.id, second, "ann")

    assert (await proposed(link, store))[id_].candidates[0].id == second
    await run(link, store, Silent())

    assert [write.external_id for write in there.written] == [second]
    assert first in there.records["product"]


async def test_what_is_rejected_is_made_anew(store: Store, here: Memory, there: Memory) -> None:
    id_ = here.put("product", product("A"))
    there.put("product", product("A", name="Stool"))
    link = products(here, there)

    assert (
        await store.run(proposing.reject, link, (await proposed(link, store)).values(), "ann") == 1
    )

    assert (await proposed(link, store))[id_].state == "new"
    await run(link, store, Silent())
    assert len(there.records["product"]) == 2


async def test_two_records_on_different_pages_cannot_be_the_same_one(
    store: Store, here: Memory, there: Memory
) -> None:
    def box(sku: str, barcode: str) -> Product:
        return Product(
            name=Text("Box"),
            kind="goods",
            unit=PIECE,
            variants=(Variant(sku=sku, barcode=barcode),),
        )

    first = here.put("product", box("S", ""))
    for number in range(12):
        here.put("product", product(f"A-{number}"))
    last = here.put("product", box("", "628"))
    target = there.put("product", box("S", "628"))

    found = await proposed(products(here, there), store)

    assert found[first].state == "sure"
    assert (found[last].state, found[last].candidates[0].id) == ("doubt", target)
    assert f"Record {first} seems to be the same one." in found[last].reason


async def test_a_person_pairs_two_records_that_no_key_recognises(
    store: Store, here: Memory, there: Memory
) -> None:
    one, other = here.put("product", product("A")), there.put("product", product("Z"))
    link = products(here, there)

    assert await proposing.pair(link, store, one, "nobody", "ann") is None
    assert await proposing.pair(link, store, one, other, "ann")
    second = here.put("product", product("B"))
    with pytest.raises(AlreadyBound):
        await proposing.pair(link, store, second, other, "ann")
    await run(link, store, Silent())

    assert [write.external_id for write in there.written] == [other, None]
