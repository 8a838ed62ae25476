"""Shadow mode: everything is decided and told, and nothing is written; leaving it loses nothing."""

from dataclasses import replace

import pytest

from qantara.connectors.base import Write
from qantara.engine.link import Link
from qantara.engine.merge import Rule
from qantara.engine.pipeline import run, task_of
from qantara.engine.shadowing import guarded
from qantara.model import Category, Partner, Product, Ref, Text, Variant
from qantara.storage import bindings, dead_letters, effects, ledger, questions, work
from qantara.storage.store import Store
from qantara.transport import Rejected, Unsupported
from tests.engine import two_way
from tests.engine.memory import Memory, every_field
from tests.engine.test_pipeline import Silent, here, product, products, there

__all__ = ["here", "there"]


def categories(here: Memory, there: Memory) -> Link:
    return Link(
        name="categories",
        entity="category",
        source=here,
        target=there,
        record_type=Category,
        fields=every_field(Category),
    )


async def reasons(store: Store, run_id: str) -> list[str]:
    return [line.reason for line in await store.run(ledger.lines, run_id)]


async def test_a_link_in_shadow_mode_says_what_it_would_write_and_writes_nothing(
    store: Store, here: Memory, there: Memory
) -> None:
    known, same = here.put("product", product("A")), here.put("product", product("S"))
    link = products(here, there)
    await run(link, store, Silent())
    there.put("product", product("J", name="Stool"))
    there.written.clear()
    bound = await store.run(bindings.bound_ids, "here", "product")
    here.put("product", product("A", name="Armchair"), known)
    here.put("product", product("S"), same)
    category = here.put("category", Category(name=Text("Seats"), path="Seats"))
    here.put("product", product("N", category=Ref("category", category)))
    here.put("product", product("J", name="Stool"))

    shadow = guarded(link)
    summary = await run(shadow, store, Silent())

    assert summary.results == {"unchanged": 1, "skipped": 3}
    told = await reasons(store, summary.run)
    (joined,) = (id_ for id_, one in there.records["product"].items() if _name(one) == "Stool")
    assert set(told) == {
        "",
        f"Shadow mode: it would be changed: name of {_id(there, 'Chair', 'A')}.",
        f"Shadow mode: it would be created, after category {category}.",
        f"Shadow mode: it would be joined with {joined}.",
    }
    assert (there.written, there.deleted) == ([], [])
    assert await store.run(bindings.bound_ids, "here", "product") == bound
    assert await store.run(effects.unsettled, link.name) == []
    assert await store.run(ledger.withheld, [link.name]) == {link.name: 3}
    assert (await run(shadow, store, Silent())).seen == 0


async def test_what_was_held_back_is_written_when_the_link_leaves_the_shadow(
    store: Store, here: Memory, there: Memory
) -> None:
    link = products(here, there)
    known = here.put("product", product("A"))
    await run(link, store, Silent())
    await run(guarded(link), store, Silent())
    here.put("product", product("A", name="Armchair"), known)
    here.put("product", product("N"))
    await run(guarded(link), store, Silent())
    there.written.clear()

    summary = await run(link, store, Silent())

    assert summary.results == {"written": 2}
    assert [sorted(write.fields)[:1] for write in there.written if write.external_id] == [["name"]]
    assert await store.run(ledger.withheld, [link.name]) == {}


async def test_what_a_link_was_told_of_in_the_shadow_is_looked_at_again_when_it_leaves(
    store: Store, here: Memory, there: Memory
) -> None:
    link = products(here, there)
    id_ = here.put("product", product("A"))
    await run(link, store, Silent())
    here.records["product"][id_] = product("A", name="Armchair")  # no poll will tell of it
    gone = here.put("product", product("G"))
    await run(link, store, Silent())
    del here.records["product"][gone]
    await store.run(work.ask, [task_of(link, id_), task_of(link, gone)])

    await run(guarded(link), store, Silent())
    assert _names(there) == {"Chair"}
    assert await store.run(work.backlogs, [link.name]) == {}
    await run(replace(link, on_delete="propagate"), store, Silent())

    assert _names(there) == {"Armchair"}
    assert len(there.deleted) == 1


async def test_what_would_be_put_aside_is_told_and_what_is_doubtful_is_asked(
    store: Store, here: Memory, there: Memory
) -> None:
    def transform(record: Product) -> Product:
        if record.name.value == "Bad":
            raise Rejected("It has no price.", remedy="Give it one.")
        return record

    here.put("product", product("B", name="Bad"))
    here.put("product", product("T"))
    for name in ("one", "two"):
        there.put("product", product("T", name=name))

    link = products(here, there, transform=transform)
    summary = await run(guarded(link), store, Silent())

    assert "Shadow mode: it would be put aside. It has no price. Give it one." in await reasons(
        store, summary.run
    )
    (question,) = await store.run(questions.listing)
    assert question.place == link.name
    assert [one.code for one in await store.run(dead_letters.listing)] == ["AmbiguousMatch"]
    assert there.written == []


async def test_both_systems_of_a_two_way_link_are_left_alone(
    store: Store, here: Memory, there: Memory
) -> None:
    link = two_way.partners(here, there, Rule.NEWEST)
    one, other = await two_way.paired(link, store, here, there)
    two_way.edit(here, one, email="new@example.com")
    two_way.edit(there, other, phone="2")
    here.put("partner", Partner(name="Here"))
    there.put("partner", Partner(name="There"))

    await two_way.turn(guarded(link), store)

    assert (here.written, there.written) == ([], [])
    await two_way.turn(link, store)
    assert two_way.one(here, one) == two_way.one(there, other)
    assert {len(system.records["partner"]) for system in (here, there)} == {3}


async def test_no_write_passes_the_guard(here: Memory, there: Memory) -> None:
    link = guarded(products(here, there))
    write = Write(key="k", record=product("A"), fields=frozenset({"name"}))

    for system in (link.source, link.target):
        with pytest.raises(Unsupported, match="shadow mode"):
            await system.write("product", [write])
        with pytest.raises(Unsupported, match="shadow mode"):
            await system.delete("product", ["1"])


def _name(record: object) -> str:
    assert isinstance(record, Product)
    return record.name.value


def _names(system: Memory) -> set[str]:
    return {_name(one) for one in system.records["product"].values()}


def _id(system: Memory, name: str, sku: str) -> str:
    wanted = (name, (Variant(sku=sku),))
    rows = system.records["product"].items()
    return next(i for i, one in rows if (_name(one), getattr(one, "variants", ())) == wanted)
