"""The comparison after the fact, the repair, the rehearsal and the sweep."""

from dataclasses import replace

from qantara.engine.audit import Finding, compare, forget
from qantara.engine.link import Link
from qantara.engine.pipeline import run, sync_ids
from qantara.engine.rehearse import Planned, rehearse
from qantara.engine.sweep import sweep
from qantara.model import Partner, Product, Text
from qantara.storage import cursors, dead_letters
from qantara.storage.store import Store
from tests.engine.memory import Memory
from tests.engine.test_pipeline import Silent, partners, product, products


async def found(link: Link, store: Store) -> tuple[int, list[Finding]]:
    chunks = [chunk async for chunk in compare(link, store)]
    return sum(chunk.records for chunk in chunks), [
        finding for chunk in chunks for finding in chunk.findings
    ]


async def test_two_equal_sides_have_no_differences(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")
    for number in range(3):
        here.put("product", product(f"A-{number}"))
    link = products(here, there)
    await run(link, store, Silent())

    assert await found(link, store) == (3, [])


async def test_drift_is_found_named_and_repaired(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")
    for number in range(4):
        here.put("product", product(f"A-{number}"), str(number))
    link = products(here, there)
    await run(link, store, Silent())
    changed, deleted, *_ = there.records["product"]
    row = there.records["product"][changed]
    assert isinstance(row, Product)
    there.records["product"][changed] = replace(row, name=Text("Ours"))
    del there.records["product"][deleted]
    here.records["product"]["9"] = product("A-9")
    here.versions["product", "9"] = 0

    compared, findings = await found(link, store)

    assert compared == 5
    assert [
        (finding.source_id, [(one.field, one.there) for one in finding.fields])
        for finding in findings
        if finding.fields
    ] == [("0", [("name", {"value": "Ours", "translations": {}})])]
    assert sorted(finding.problem for finding in findings if finding.problem) == [
        "It is not at there!.",
        "It was deleted at there!.",
    ]

    await sync_ids(link, store, await forget(link, store, findings), Silent())

    assert (await found(link, store))[1] == []
    assert len(there.records["product"]) == 5


async def test_a_rehearsal_says_what_would_change_and_changes_nothing(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")
    old = here.put("partner", Partner(name="Samir"))
    link = partners(here, there)
    await run(link, store, Silent())
    here.put("partner", Partner(name="Samir & Co"), old)
    here.put("partner", Partner(name="Leila"))
    before = dict(there.records["partner"])
    there.written.clear()
    position = await store.run(cursors.position, link.name)

    planned = [one async for one in rehearse([link], store)]

    assert [(one.operation, one.title) for one in planned] == [
        ("update", "Samir & Co"),
        ("create", "Leila"),
    ]
    assert planned[0].changes == {"name": ("Samir", "Samir & Co")}
    assert there.records["partner"] == before
    assert there.written == []
    assert await store.run(cursors.position, link.name) == position


async def test_a_rehearsal_sees_what_an_earlier_link_would_create(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")
    parent = here.put("partner", Partner(name="Company"))
    child = Partner(name="Person", parent=None)
    here.put("partner", child)

    planned: list[Planned] = [one async for one in rehearse([partners(here, there)], store)]

    assert [one.operation for one in planned] == ["create", "create"]
    assert parent


async def test_a_deletion_at_the_source_asks_a_person(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")
    gone = here.put("product", product("A-1"))
    here.put("product", product("A-2"))
    link = products(here, there)
    await run(link, store, Silent())
    del here.records["product"][gone]

    assert await sweep(link, store) == 1

    (letter,) = await store.run(dead_letters.listing)
    assert (letter.external_id, letter.code) == (gone, "Deleted")
    await store.run(dead_letters.request_retry, [letter.id])
    await run(link, store, Silent())
    assert await store.run(dead_letters.listing) == []
    assert await sweep(link, store) == 0


async def test_a_deletion_may_archive_the_counterpart(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")
    gone = here.put("product", product("A-1"))
    link = products(here, there, on_delete="archive")
    await run(link, store, Silent())
    del here.records["product"][gone]

    assert await sweep(link, store) == 1

    (row,) = there.records["product"].values()
    assert isinstance(row, Product)
    assert row.active is False
    assert await sweep(link, store) == 0
