"""A run ends as complete only when every change it saw has exactly one line in the ledger."""

import pytest

from qantara.storage import bindings, ledger, runs
from qantara.storage.errors import StorageError, Unaccounted
from qantara.storage.ledger import Outcome, Result
from qantara.storage.store import Store


def outcome(external_id: str, result: Result = "written", version: str = "1", record: str = ""):
    return Outcome(
        connection="erp",
        entity="product",
        external_id=external_id,
        version=version,
        result=result,
        record=record,
        fields=("name", "price"),
    )


async def page(store: Store, run: str, outcomes: list[Outcome], seen: int | None = None):
    def close(conn):
        again = ledger.account(conn, run, "products", outcomes)
        runs.progress(conn, run, seen=(len(outcomes) if seen is None else seen) - again, calls=2)

    await store.run(close)


async def test_a_run_begins_with_nothing_seen(store: Store):
    run = await store.run(runs.start, "products")

    assert (run.link, run.state, run.seen, run.resumed) == ("products", "running", 0, 0)
    assert await store.run(runs.get, run.id) == run


async def test_an_unfinished_run_is_taken_up_again(store: Store):
    first = await store.run(runs.start, "products")
    await page(store, first.id, [outcome("1")])

    second = await store.run(runs.start, "products")

    assert (second.id, second.seen, second.resumed) == (first.id, 1, 1)


async def test_a_finished_run_is_followed_by_a_new_one(store: Store):
    first = await store.run(runs.start, "products")
    await store.run(runs.finish, first.id, "complete")

    second = await store.run(runs.start, "products")

    assert second.id > first.id


async def test_links_run_side_by_side(store: Store):
    ids = {(await store.run(runs.start, link)).id for link in ("products", "prices", "stock")}

    assert len(ids) == 3


async def test_all_accounted_for_is_complete(store: Store):
    run = await store.run(runs.start, "products")
    await page(store, run.id, [outcome("1"), outcome("2", "unchanged")])
    await page(store, run.id, [outcome("3", "parked")])

    await store.run(runs.finish, run.id, "complete")

    ended = await store.run(runs.get, run.id)
    assert (ended.state, ended.seen, ended.calls) == ("complete", 3, 4)
    assert ended.ended_at is not None
    assert ended.ended_at >= ended.started_at


async def test_a_change_without_an_outcome_is_not_complete(store: Store):
    run = await store.run(runs.start, "products")
    await page(store, run.id, [outcome("1")], seen=2)

    with pytest.raises(Unaccounted, match="saw 2 changes and accounted for 1"):
        await store.run(runs.finish, run.id, "complete")

    assert (await store.run(runs.get, run.id)).state == "running"


async def test_a_run_that_failed_says_why_and_may_be_incomplete(store: Store):
    run = await store.run(runs.start, "products")
    await page(store, run.id, [outcome("1")], seen=2)

    await store.run(runs.finish, run.id, "failed", "The odd answer was \x00.")

    ended = await store.run(runs.get, run.id)
    assert (ended.state, ended.error) == ("failed", "The odd answer was \ufffd.")


async def test_an_end_is_final(store: Store):
    run = await store.run(runs.start, "products")
    await store.run(runs.finish, run.id, "stopped")

    await store.run(runs.finish, run.id, "failed", "too late")

    assert (await store.run(runs.get, run.id)).state == "stopped"


async def test_a_page_done_again_counts_once(store: Store):
    run = await store.run(runs.start, "products")
    await page(store, run.id, [outcome("1", "parked"), outcome("2")])
    await page(store, run.id, [outcome("1", "written"), outcome("2"), outcome("2", version="2")])

    await store.run(runs.finish, run.id, "complete")

    assert (await store.run(runs.get, run.id)).seen == 3
    assert await store.run(ledger.totals, run.id) == {
        "written": 3,
        "unchanged": 0,
        "merged": 0,
        "skipped": 0,
        "parked": 0,
    }


async def test_a_change_twice_in_one_page_counts_once(store: Store):
    run = await store.run(runs.start, "products")

    repeated = await store.run(
        ledger.account, run.id, "products", [outcome("1", "skipped"), outcome("1", "written")]
    )

    assert repeated == 1
    assert [line.result for line in await store.run(ledger.lines, run.id)] == ["written"]


async def test_a_line_of_another_run_stays(store: Store):
    first = await store.run(runs.start, "products")
    await page(store, first.id, [outcome("1", "parked")])
    await store.run(runs.finish, first.id, "complete")
    second = await store.run(runs.start, "products")
    await page(store, second.id, [outcome("1", "written")])

    journey = await store.run(ledger.journey, connection="erp", entity="product", external_id="1")

    assert [(line.run, line.result) for line in journey] == [
        (first.id, "parked"),
        (second.id, "written"),
    ]
    assert journey[0].fields == ("name", "price")
    assert journey[0].at <= journey[1].at


async def test_a_journey_shows_both_directions_and_the_time_before_the_binding(store: Store):
    run = await store.run(runs.start, "products")
    back = Outcome(
        connection="shop",
        entity="product",
        external_id="77",
        version="1",
        result="unchanged",
        record="r1",
    )
    await page(store, run.id, [outcome("1", "parked")])
    await page(store, run.id, [outcome("1", "written", "2", "r1"), back, outcome("2")])
    here = bindings.Binding(record="r1", connection="erp", entity="product", external_id="1")
    await store.run(bindings.bind, [here])

    by_record = await store.run(ledger.journey, record="r1")
    by_id = await store.run(ledger.journey, external_id="1")

    assert [line.result for line in by_record] == ["parked", "written", "unchanged"]
    assert by_id == by_record
    assert await store.run(ledger.journey) == []


async def test_lines_are_asked_for_by_result(store: Store):
    run = await store.run(runs.start, "products")
    await page(store, run.id, [outcome("1"), outcome("2", "parked"), outcome("3", "skipped")])

    found = await store.run(ledger.lines, run.id, "parked", "skipped")

    assert [line.external_id for line in found] == ["2", "3"]


async def test_a_link_is_known_to_have_had_its_say_whatever_it_was(store: Store):
    run = await store.run(runs.start, "products")
    await page(store, run.id, [outcome("1"), outcome("2", "parked"), outcome("2", "skipped", "2")])

    asked = ["1", "2", "3"]
    assert await store.run(ledger.known, "products", "product", asked) == {"1", "2"}
    assert await store.run(ledger.known, "prices", "product", asked) == frozenset()
    assert await store.run(ledger.known, "products", "partner", asked) == frozenset()


async def test_an_outcome_of_no_run_is_refused(store: Store):
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await store.run(ledger.account, "no run", "products", [outcome("1")])


async def test_the_newest_run_of_each_link_and_their_history(store: Store):
    ids = []
    for link in ("products", "prices", "products"):
        run = await store.run(runs.start, link)
        await store.run(runs.finish, run.id, "complete")
        ids.append(run.id)

    latest = await store.run(runs.latest)
    history = await store.run(runs.history, "products")
    newest = await store.run(runs.history, limit=2)

    assert {link: run.id for link, run in latest.items()} == {"products": ids[2], "prices": ids[1]}
    assert [run.id for run in history] == [ids[2], ids[0]]
    assert [run.id for run in newest] == [ids[2], ids[1]]


async def test_a_run_that_never_was_is_told(store: Store):
    with pytest.raises(StorageError, match="no run x"):
        await store.run(runs.get, "x")
