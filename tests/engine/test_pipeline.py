"""The record's journey: what is written, what is not, and what asks a person."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from qantara.connectors.base import Outcome, Write
from qantara.engine.item import Item
from qantara.engine.link import Kind, Link, Skipped
from qantara.engine.pipeline import Summary, run
from qantara.model import Category, Note, Partner, Product, Ref, Text, Unit, Variant
from qantara.storage import bindings, dead_letters, ledger, runs
from qantara.storage.store import Store
from qantara.transport import OutcomeUnknown, Rejected, RetryLater
from tests.engine.memory import Memory, every_field

PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))


class Silent:
    """Looks on and says nothing."""

    def begin(self, link: Link, expected: int) -> None: ...
    def advance(self, link: Link, items: Sequence[Item]) -> None: ...
    def end(self, link: Link, summary: Summary) -> None: ...


def product(sku: str, name: str = "Chair", **more: object) -> Product:
    variants = (Variant(sku=sku),)
    return Product(name=Text(name), kind="goods", unit=PIECE, variants=variants, **more)  # type: ignore[arg-type]


def products(here: Memory, there: Memory, **more: object) -> Link:
    return Link(
        name="catalogue",
        entity="product",
        source=here,
        target=there,
        record_type=Product,
        fields=every_field(Product),
        **more,  # type: ignore[arg-type]
    )


def partners(here: Memory, there: Memory) -> Link:
    fields = every_field(Partner)
    return Link(
        name="people",
        entity="partner",
        source=here,
        target=there,
        record_type=Partner,
        fields=fields,
    )


@pytest.fixture
def here() -> Memory:
    return Memory("here")


@pytest.fixture
def there() -> Memory:
    return Memory("there!")


async def letters(store: Store) -> list[dead_letters.DeadLetter]:
    return await store.run(dead_letters.listing)


async def test_new_records_are_created_and_everything_is_accounted_for(
    store: Store, here: Memory, there: Memory
) -> None:
    for number in range(25):
        here.put("product", product(f"A-{number}"))

    summary = await run(products(here, there), store, Silent())

    assert list(there.records["product"].values()) == list(here.records["product"].values())
    assert summary.results == {"written": 25}
    assert (await store.run(ledger.totals, summary.run))["written"] == 25
    assert (await store.run(runs.get, summary.run)).state == "complete"


async def test_unchanged_records_cause_no_write(store: Store, here: Memory, there: Memory) -> None:
    id_ = here.put("product", product("A-1"))
    link = products(here, there)
    await run(link, store, Silent())
    there.written.clear()
    here.put("product", here.records["product"][id_], id_)

    summary = await run(link, store, Silent())

    assert summary.results == {"unchanged": 1}
    assert there.written == []


async def test_only_the_fields_that_changed_are_written(
    store: Store, here: Memory, there: Memory
) -> None:
    id_ = here.put("product", product("A-1"))
    link = products(here, there)
    await run(link, store, Silent())
    (target_id,) = there.records["product"]
    there.put("product", product("A-1", description=Text("Ours")), target_id)
    here.put("product", product("A-1", name="Stool"), id_)

    await run(link, store, Silent())

    assert there.written[-1].fields == {"name"}
    assert there.records["product"][target_id] == product(
        "A-1", name="Stool", description=Text("Ours")
    )


async def test_a_record_with_the_same_key_is_recognised_and_only_its_differences_written(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("product", product("A-1", name="Chair"))
    there.put("product", product("A-1", name="Old chair"), "7")

    summary = await run(products(here, there), store, Silent())

    assert summary.results == {"merged": 1}
    assert list(there.records["product"]) == ["7"]
    assert there.written[-1].fields == {"name"}


async def test_a_recognised_record_that_is_equal_is_bound_without_a_write(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("product", product("A-1"), "1")
    there.put("product", product("A-1"), "7")

    await run(products(here, there), store, Silent())

    known = await store.run(bindings.records_of, "here", "product", ["1"])
    assert await store.run(bindings.external_ids, "there!", "product", list(known.values())) == {
        known["1"]: "7"
    }
    assert there.written == []


async def test_two_products_with_one_sku_at_the_source_ask_a_person_once(
    store: Store, here: Memory, there: Memory
) -> None:
    first, second = here.put("product", product("A-1")), here.put("product", product("A-1"))
    link = products(here, there)

    summary = await run(link, store, Silent())

    (letter,) = await letters(store)
    assert summary.results["written"] == 1
    assert letter.external_id == second
    assert first in letter.reason
    assert second in letter.reason
    assert len(there.records["product"]) == 1

    here.put("product", product("A-2"), second)
    await run(link, store, Silent())

    assert await letters(store) == []
    assert len(there.records["product"]) == 2


async def test_two_products_with_one_sku_at_the_target_ask_a_person(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("product", product("A-1"))
    there.put("product", product("A-1"), "7")
    there.put("product", product("A-1"), "8")

    await run(products(here, there), store, Silent())

    (letter,) = await letters(store)
    assert "7, 8" in letter.reason
    assert there.written == []


async def test_a_match_that_is_archived_at_the_target_asks_a_person(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("partner", Partner(name="Samir", vat="SA1"))
    there.put("partner", Partner(name="Samir", vat="SA1", active=False), "7")

    await run(partners(here, there), store, Silent())

    (letter,) = await letters(store)
    assert "archived" in letter.reason
    assert there.written == []


async def test_a_record_archived_before_it_was_carried_over_is_skipped(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("partner", Partner(name="Samir", active=False))

    summary = await run(partners(here, there), store, Silent())

    assert summary.results == {"skipped": 1}


async def test_one_bad_record_is_put_aside_and_the_others_go_through(
    store: Store, here: Memory, there: Memory
) -> None:
    for number in range(30):
        here.put("product", product(f"A-{number}", name=f"Chair {number}"))
    there.refuse["Chair 13"] = Rejected("The barcode is taken.", remedy="Give it another.")
    link = products(here, there)

    summary = await run(link, store, Silent())

    (letter,) = await letters(store)
    assert summary.results == {"written": 29, "parked": 1}
    assert (letter.reason, letter.remedy) == ("The barcode is taken.", "Give it another.")

    there.refuse.clear()
    await store.run(dead_letters.request_retry, [letter.id])
    await run(link, store, Silent())

    assert await letters(store) == []
    assert len(there.records["product"]) == 30


async def test_records_that_refer_to_each_other_arrive_in_the_right_order(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("partner", Partner(name="Person", parent=Ref("partner", "2")), "1")
    here.put("partner", Partner(name="Company", parent=Ref("partner", "3")), "2")
    here.put("partner", Partner(name="Holding"), "3")

    await run(partners(here, there), store, Silent())

    names = {row.name: id_ for id_, row in there.records["partner"].items()}  # type: ignore[union-attr]
    rows = there.records["partner"]
    assert rows[names["Person"]].parent == Ref("partner", names["Company"])  # type: ignore[union-attr]
    assert rows[names["Company"]].parent == Ref("partner", names["Holding"])  # type: ignore[union-attr]
    assert await letters(store) == []


async def test_a_record_whose_reference_comes_pages_later_follows_by_itself(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("partner", Partner(name="Person", parent=Ref("partner", "99")), "1")
    for number in range(2, 30):
        here.put("partner", Partner(name=f"Other {number}"), str(number))
    here.put("partner", Partner(name="Company"), "99")

    await run(partners(here, there), store, Silent())

    assert len(there.records["partner"]) == 30
    assert await letters(store) == []


async def test_a_reference_that_never_arrives_asks_a_person(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("partner", Partner(name="Person", parent=Ref("partner", "99")))

    await run(partners(here, there), store, Silent())

    (letter,) = await letters(store)
    assert "partner 99" in letter.reason
    assert letter.code == "MissingReference"


async def test_a_lost_answer_makes_no_double(store: Store, here: Memory, there: Memory) -> None:
    here.put("partner", Partner(name="Samir"))
    link = partners(here, there)
    there.fail_after = [OutcomeUnknown("The connection was cut.")]

    summary = await run(link, store, Silent())

    assert len(there.records["partner"]) == 1
    assert summary.results == {"written": 1}


async def test_a_write_that_never_arrived_is_done_again(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("partner", Partner(name="Samir"))
    link = partners(here, there)
    there.fail = [OutcomeUnknown("The connection was cut."), RetryLater("Busy.")]
    with pytest.raises(RetryLater):
        await run(link, store, Silent())

    await run(link, store, Silent())

    assert [row.name for row in there.records["partner"].values()] == ["Samir"]  # type: ignore[union-attr]


class Shouting(Memory):
    """A system that keeps names in capitals."""

    def _write(self, entity: str, write: Write) -> Outcome:
        assert isinstance(write.record, Product)
        loud = replace(write.record, name=Text(write.record.name.value.upper()))
        return super()._write(entity, replace(write, record=loud))


async def test_what_the_target_keeps_otherwise_is_told_and_retried_as_a_write(
    store: Store, here: Memory
) -> None:
    loud = Shouting("there!")
    here.put("product", product("A-1"))
    link = products(here, loud)

    summary = await run(link, store, Silent())

    (letter,) = await letters(store)
    assert summary.results == {"parked": 1}
    assert "CHAIR" in letter.reason
    await store.run(dead_letters.request_retry, [letter.id])
    loud.written.clear()
    await run(link, store, Silent())
    assert [write.fields for write in loud.written] == [frozenset({"name"})]


async def test_a_transform_may_leave_records_out(store: Store, here: Memory, there: Memory) -> None:
    here.put("product", product("A-1"))

    summary = await run(
        products(here, there, transform=lambda _: Skipped(reason="Not for sale.")), store, Silent()
    )

    assert summary.results == {"skipped": 1}
    (line,) = await store.run(ledger.lines, summary.run)
    assert line.reason == "Not for sale."


async def test_a_message_is_posted_once(store: Store, here: Memory, there: Memory) -> None:
    here.put("category", Category(name=Text("All"), path="All"), "5")
    categories = Link(
        name="categories",
        entity="category",
        source=here,
        target=there,
        record_type=Category,
        fields=frozenset({"name", "path"}),
    )
    await run(categories, store, Silent())
    here.put("note", Note(on=Ref("category", "5"), body="Hello"), "n")
    notes = Link(
        name="notes",
        entity="note",
        source=here,
        target=there,
        record_type=Note,
        fields=frozenset({"body"}),
        kind=Kind.THREAD,
    )
    await run(notes, store, Silent())
    here.put("note", Note(on=Ref("category", "5"), body="Hello, edited"), "n")

    summary = await run(notes, store, Silent())

    (note,) = there.records["note"].values()
    assert summary.results == {"unchanged": 1}
    assert note.body == "Hello"  # type: ignore[union-attr]


async def test_variants_are_bound_with_their_product(
    store: Store, here: Memory, there: Memory
) -> None:
    red = Variant(sku="A-R", options=(("Colour", "Red"),))
    blue = Variant(sku="A-B", options=(("Colour", "Blue"),))
    chair = replace(product("x"), variants=(red, blue))
    here.put("product", chair, "1")

    await run(products(here, there), store, Silent())

    known = await store.run(bindings.records_of, "here", "variant", ["1v0", "1v1"])
    bound = await store.run(bindings.external_ids, "there!", "variant", list(known.values()))
    (target_id,) = there.records["product"]
    assert {bound[known["1v0"]], bound[known["1v1"]]} == {f"{target_id}v0", f"{target_id}v1"}
