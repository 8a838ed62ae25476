"""Deletions: propagated, archived, left alone or asked about, in both directions."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest

from qantara.connectors.base import Outcome, Write
from qantara.engine.link import Link
from qantara.engine.merge import Rule
from qantara.engine.pipeline import run
from qantara.engine.sweep import sweep
from qantara.model import Category, Text
from qantara.storage import bindings, dead_letters, ledger, shadows
from qantara.storage.conflicts import WHOLE, Choice
from qantara.storage.steps import observed
from qantara.storage.store import Store
from qantara.transport import Rejected, RetryLater
from tests.engine.memory import Memory, every_field
from tests.engine.shaky import Crash
from tests.engine.test_pipeline import Silent
from tests.engine.two_way import SKY, asked, decide, edit, paired, partners, quiet, turn


@pytest.fixture
def here() -> Memory:
    return Memory("here")


@pytest.fixture
def there() -> Memory:
    return Memory("there!")


async def swept(link: Link, store: Store) -> None:
    for direction in link.directions:
        await sweep(direction, store)
    await turn(link, store)


@pytest.mark.parametrize("side", [0, 1])
async def test_a_deletion_is_propagated(
    store: Store, here: Memory, there: Memory, side: int
) -> None:
    link = partners(here, there, on_delete="propagate")
    ids = await paired(link, store, here, there)
    systems = (here, there)
    del systems[side].records["partner"][ids[side]]

    await swept(link, store)

    assert here.records["partner"] == there.records["partner"] == {}
    assert systems[1 - side].deleted == [ids[1 - side]]
    assert await store.run(shadows.of, link.name, await known(store)) == {}
    await quiet(link, store, here, there)


async def test_a_sweep_that_was_put_off_goes_on_with_the_next(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there, on_delete="propagate")
    ids = await paired(link, store, here, there)
    del here.records["partner"][ids[0]]
    there.fail = [RetryLater("Come back later.")]

    with pytest.raises(RetryLater):
        await sweep(link, store)
    await sweep(link, store)

    assert there.records["partner"] == {}


async def known(store: Store) -> list[str]:
    return [line.record for line in await store.run(ledger.journey, external_id="401")]


@pytest.mark.parametrize("side", [0, 1])
async def test_a_deletion_may_archive(store: Store, here: Memory, there: Memory, side: int) -> None:
    link = partners(here, there, on_delete="archive")
    ids = await paired(link, store, here, there)
    systems = (here, there)
    del systems[side].records["partner"][ids[side]]

    await swept(link, store)

    assert systems[side].records["partner"] == {}
    assert systems[1 - side].records["partner"][ids[1 - side]] == replace(SKY, active=False)
    await quiet(link, store, here, there)


async def test_what_was_archived_with_its_counterpart_is_not_made_anew(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there, on_delete="archive")
    one, other = await paired(link, store, here, there)
    edit(here, one, phone="2")
    del there.records["partner"][other]
    await turn(link, store)
    await decide(link, store, "target")
    there.written.clear()

    await run(link, store, Silent())

    assert here.records["partner"][one] == replace(SKY, phone="2", active=False)
    assert there.written == []
    await quiet(link, store, here, there)


async def test_a_pair_of_which_a_crash_left_one_half_is_asked_about_as_well(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there, Rule.TARGET, on_delete="ask")
    here.put("partner", SKY)
    other = there.put("partner", replace(SKY, phone="2"))

    def dies(step: str) -> None:
        if step == "write: about to be sent":
            raise Crash

    with pytest.raises(Crash), observed(dies):
        await run(link, store, Silent())
    assert await store.run(bindings.bound_ids, "here", "partner") == set()
    assert await store.run(bindings.bound_ids, "there!", "partner") == {other}
    del there.records["partner"][other]

    await swept(link, store)

    (conflict,) = await asked(store)
    assert (conflict.field, conflict.target_value) == (WHOLE, None)


async def test_the_letter_of_a_counterpart_that_went_is_closed_with_it(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there, on_delete="archive")
    one, other = await paired(link, store, here, there)
    write = there.write

    async def too_late(entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        there.records["partner"].pop(other, None)
        return await write(entity, writes)

    there.write = too_late  # type: ignore[method-assign]
    edit(here, one, phone="2")
    await turn(link, store)
    assert [letter.code for letter in await store.run(dead_letters.listing)] == ["NotFound"]

    edit(here, one, phone="1")
    await sweep(link.mirrored, store)

    assert here.records["partner"][one] == replace(SKY, active=False)
    assert await store.run(dead_letters.listing) == []


async def test_what_may_not_be_deleted_is_archived(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there, on_delete="propagate")
    one, other = await paired(link, store, here, there)

    async def refuse(entity: str, ids: Sequence[str]) -> list[Rejected]:
        return [Rejected("It has orders.") for _ in ids]

    there.delete = refuse  # type: ignore[method-assign]
    del here.records["partner"][one]

    await swept(link, store)

    assert there.records["partner"][other] == replace(SKY, active=False)
    assert [one.reason for one in await store.run(dead_letters.listing)] == []


async def test_a_refusal_is_told_in_its_own_words(
    store: Store, here: Memory, there: Memory
) -> None:
    fields = every_field(Category) - {"active"}
    link = Link(
        name="flow.categories",
        entity="category",
        source=here,
        target=there,
        record_type=Category,
        fields=fields,
        two_way=True,
        on_delete="propagate",
    )
    one = here.put("category", Category(name=Text("Chairs"), path="Chairs"))
    await turn(link, store)
    there.refuse["Chairs"] = Rejected("It has products.")
    del here.records["category"][one]

    await swept(link, store)

    (letter,) = await store.run(dead_letters.listing)
    assert "It has products." in letter.reason
    there.refuse.clear()
    await store.run(dead_letters.request_retry, [letter.id])
    await turn(link, store)
    assert there.records["category"] == {}
    assert await store.run(dead_letters.listing) == []


CASES = list(product(["propagate", "archive", "ask"], [0, 1], ["source", "target"]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
async def test_a_deletion_against_an_edit_asks(
    store: Store, here: Memory, there: Memory, case: tuple[str, int, Choice]
) -> None:
    rule, side, choice = case
    link = partners(here, there, on_delete=rule)
    ids = await paired(link, store, here, there)
    systems = (here, there)
    del systems[side].records["partner"][ids[side]]
    edit(systems[1 - side], ids[1 - side], phone="2")

    await turn(link, store)
    await swept(link, store)

    (conflict,) = await asked(store)
    assert conflict.field == WHOLE
    values = [conflict.source_value, conflict.target_value]
    assert values[side] is None
    assert values[1 - side]["phone"] == "2"
    assert len(systems[1 - side].records["partner"]) == 1
    await quiet(link, store, here, there)

    await decide(link, store, choice)
    await turn(link, store)
    await turn(link, store)

    assert await asked(store) == []
    kept = ["source", "target"].index(choice) != side
    everything = [list(system.records["partner"].values()) for system in systems]
    if kept:
        assert everything == [[replace(SKY, phone="2")]] * 2
    elif rule == "archive":
        assert everything[1 - side] == [replace(SKY, phone="2", active=False)]
    else:
        assert everything == [[], []]
    await quiet(link, store, here, there)


async def test_an_ignored_deletion_leaves_the_other_side_alone(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there, on_delete="ignore")
    one, other = await paired(link, store, here, there)
    del here.records["partner"][one]

    await swept(link, store)
    edit(there, other, phone="2")
    await swept(link, store)

    assert here.records["partner"] == {}
    assert there.records["partner"][other] == replace(SKY, phone="2")
    assert await asked(store) == []
