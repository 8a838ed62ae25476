"""What a flow may do within a page: see to what comes first, decide anew, put off."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from qantara.connectors.base import Outcome, Write
from qantara.engine.ending import PUT_OFF, run_out
from qantara.engine.item import Item
from qantara.engine.link import Kind, Link
from qantara.engine.pipeline import run, sync_ids
from qantara.engine.sweep import sweep
from qantara.model import Partner
from qantara.storage import dead_letters, ledger, shadows, work
from qantara.storage.store import Store
from qantara.transport import RetryLater
from tests.engine.memory import Memory
from tests.engine.test_pipeline import Silent

SKY = Partner(name="Sky", phone="1")


def people(here: Memory, there: Memory, **more: object) -> Link:
    return Link(
        name="flow.people",
        entity="partner",
        source=here,
        target=there,
        record_type=Partner,
        fields=frozenset({"name", "phone"}),
        **more,  # type: ignore[arg-type]
    )


async def test_a_page_is_led_before_anything_is_asked_about_it(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")
    seen: list[tuple[str, int]] = []

    async def lead(link: Link, store: Store, items: Sequence[Item]) -> None:
        seen.extend((item.record.name, len(there.written)) for item in items)

    here.put("partner", SKY)
    await run(people(here, there, lead=lead), store, Silent())

    assert seen == [("Sky", 0)]
    assert len(there.written) == 1


async def test_what_is_about_to_be_written_may_be_decided_anew(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")

    async def adjust(link: Link, store: Store, items: Sequence[Item]) -> None:
        for item in items:
            item.outgoing = replace(item.outgoing, phone="2")

    here.put("partner", SKY)
    await run(people(here, there, adjust=adjust, loose=frozenset({"phone"})), store, Silent())

    [kept] = there.records["partner"].values()
    assert kept == replace(SKY, phone="2")


async def test_what_is_put_off_comes_again_by_itself_until_it_is_done(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")
    looks = 0

    async def adjust(link: Link, store: Store, items: Sequence[Item]) -> None:
        nonlocal looks
        looks += 1
        if looks < 3:
            for item in items:
                item.put_off("Not now.", 0.0)

    here.put("partner", SKY)
    summary = await run_out(people(here, there, adjust=adjust), store, Silent())

    assert looks == 3
    assert summary.results["written"] == 1
    assert len(there.records["partner"]) == 1
    assert await store.run(work.backlogs) == {}


async def test_a_run_that_is_to_end_leaves_what_waits_for_somebody_else(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")

    async def adjust(link: Link, store: Store, items: Sequence[Item]) -> None:
        for item in items:
            item.put_off("Another store has it.", 0.3)

    here.put("partner", SKY)
    async with asyncio.timeout(20):
        summary = await run_out(people(here, there, adjust=adjust), store, Silent())

    assert summary.results == {"skipped": 1 + PUT_OFF}
    assert list(await store.run(work.backlogs)) == ["flow.people"]


async def test_a_record_put_off_is_not_held_to_be_agreed_on(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")
    id_ = here.put("partner", SKY)
    await run(people(here, there), store, Silent())
    here.put("partner", replace(SKY, phone="7"), id_)

    async def adjust(link: Link, store: Store, items: Sequence[Item]) -> None:
        for item in items:
            item.put_off("Not now.", 3600.0)

    await run(people(here, there, adjust=adjust), store, Silent())
    await sync_ids(people(here, there), store, [id_], Silent())

    assert [one.phone for one in there.records["partner"].values()] == ["7"]  # type: ignore[union-attr]


class Shy(Memory):
    """Sends the first write of each record away, to come again."""

    def _write(self, entity: str, write: Write) -> Outcome:
        if not any(known.key == write.key for known in self.written):
            self.written.append(write)
            return RetryLater("It was changed meanwhile.", after=0.0)
        return super()._write(entity, write)


async def test_a_record_that_the_target_sends_away_comes_again_alone(store: Store) -> None:
    here, there = Memory("here"), Shy("there!")
    for number in range(3):
        here.put("partner", Partner(name=f"P{number}"))

    summary = await run_out(people(here, there), store, Silent())

    assert summary.results == {"skipped": 3, "written": 3}
    assert len(there.records["partner"]) == 3
    assert await store.run(dead_letters.listing) == []


async def test_of_a_document_deleted_at_the_source_a_person_reads_once(store: Store) -> None:
    here, there = Memory("here"), Memory("there!")
    link = people(here, there, kind=Kind.DOCUMENT, on_delete="tell")
    id_ = here.put("partner", SKY)
    await run(link, store, Silent())
    del here.records["partner"][id_]

    assert await sweep(link, store) == 0
    await sync_ids(link, store, [id_], Silent())

    [letter] = await store.run(dead_letters.listing)
    assert "was deleted at here" in letter.reason
    assert letter.remedy.startswith("Cancel it at there!")
    assert len(there.records["partner"]) == 1

    await store.run(dead_letters.request_retry, [letter.id])
    await run(link, store, Silent())

    assert await store.run(dead_letters.listing) == []
    [line, *_] = (await store.run(ledger.journey, external_id=id_))[::-1]
    assert await store.run(shadows.of, link.name, [line.record]) == {}
