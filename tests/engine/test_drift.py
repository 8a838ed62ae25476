"""What drifts is found with few reads, named, and mended by the link's own rules."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qantara.engine import buckets
from qantara.engine.drift import check
from qantara.engine.mending import ALERT
from qantara.engine.pipeline import run
from qantara.model import Text
from qantara.storage import alerts, dead_letters, shadows, work
from qantara.storage import buckets as kept
from qantara.storage.store import Store
from qantara.transport import Rejected
from tests.engine.drifting import carried, counterpart, mend, named, of, told
from tests.engine.test_pipeline import Silent, product


@pytest.fixture(autouse=True)
def short_leaves(monkeypatch):
    monkeypatch.setattr(buckets, "LEAF", 4)


async def test_where_nothing_changed_nothing_is_read(store: Store):
    link, here, there = await carried(store)

    report = await check(link, store)

    assert (report.findings, report.records, report.complete) == ([], 0, True)
    assert (here.asked, there.asked) == ([1], [1])
    assert here.reads == there.reads == []


async def test_after_a_while_the_ranges_are_asked_even_so(store: Store, monkeypatch):
    link, here, _ = await carried(store)
    monkeypatch.setattr(buckets, "TRUSTED", timedelta(0))

    await check(link, store)

    assert here.asked == [1, 6]
    assert here.reads == []


async def test_one_changed_record_at_the_target_is_found_among_its_range_only(store: Store):
    link, here, there = await carried(store)
    there.rename(await counterpart(link, store, "7"), "Ours")

    report = await check(link, store)

    assert told(report) == [("7", "target", ("name",))]
    assert report.findings[0].reason == "was changed at there! (name)"
    assert there.asked == [1, 6]
    assert here.asked == [1]
    assert len(there.reads) == len(here.reads) == 4


async def test_the_repair_writes_it_again(store: Store):
    link, _, there = await carried(store)
    one = await counterpart(link, store, "7")
    there.rename(one, "Ours")

    await check(link, store, repair=True)
    await mend(link, store)

    assert named(there, one) == Text("Chair")
    assert (await check(link, store)).findings == []


async def test_without_repair_it_is_found_again(store: Store):
    link, _, there = await carried(store)
    there.rename(await counterpart(link, store, "7"), "Ours")

    first, second = await check(link, store), await check(link, store)

    assert told(first) == told(second) != []
    assert await store.run(work.backlogs) == {}


async def test_a_drift_that_a_later_write_hid_in_the_shadow_is_found(store: Store):
    link, here, there = await carried(store)
    there.rename(await counterpart(link, store, "7"), "Ours")
    here.put("product", replace(of(here, "7"), sold=False), "7")
    await run(link, store, Silent())

    report = await check(link, store)

    assert told(report) == [("7", "target", ("name",))]


async def test_what_was_deleted_at_the_target_is_made_anew(store: Store):
    link, _, there = await carried(store)
    del there.records["product"][await counterpart(link, store, "7")]

    report = await check(link, store, repair=True)
    await mend(link, store)

    assert told(report) == [("7", "missing", ())]
    assert len(there.records["product"]) == 20
    assert (await check(link, store)).findings == []


async def test_a_change_of_the_source_that_no_poll_brought_is_carried_over(store: Store):
    link, here, there = await carried(store)
    here.rename("3", "Missed")

    report = await check(link, store, repair=True)
    await mend(link, store)

    one = await counterpart(link, store, "3")
    assert told(report) == [("3", "source", ("name",))]
    assert named(there, one) == Text("Missed")


async def test_a_new_record_that_no_poll_brought_is_carried_over(store: Store):
    link, here, there = await carried(store)
    here.put("product", product("B-1"), "99")

    report = await check(link, store, repair=True)
    await mend(link, store)

    assert told(report) == [("99", "new", ())]
    assert len(there.records["product"]) == 21


async def test_what_was_deleted_at_the_source_goes_by_the_rule(store: Store):
    link, here, _ = await carried(store)
    del here.records["product"]["5"]

    report = await check(link, store, repair=True)
    await mend(link, store)

    assert told(report) == [("5", "gone", ())]
    (letter,) = await store.run(dead_letters.listing)
    assert (letter.external_id, letter.code) == ("5", "Deleted")
    assert (await check(link, store)).findings == []


async def test_what_waits_for_a_person_is_no_drift(store: Store):
    link, here, there = await carried(store)
    there.refuse["Bad"] = Rejected("No.")
    here.rename("3", "Bad")
    await run(link, store, Silent())

    report = await check(link, store)

    assert report.findings == []
    assert report.complete


async def test_what_waits_for_its_turn_is_no_drift_but_is_looked_at_again(store: Store):
    link, here, _ = await carried(store)
    here.rename("3", "Soon")
    task = work.Task(link=link.name, connection="here", entity="product", external_id="3")
    await store.run(work.ask, [task])

    first = await check(link, store)
    await mend(link, store)
    second = await check(link, store)

    assert (first.findings, first.complete) == ([], False)
    assert (second.findings, second.complete) == ([], True)


async def test_what_was_only_on_its_way_is_no_finding_at_the_second_look(store: Store, monkeypatch):
    link, here, there = await carried(store)
    there.rename(await counterpart(link, store, "7"), "Ours")
    here.rename("3", "On its way")

    async def meanwhile(seconds: float) -> None:
        await run(link, store, Silent())

    monkeypatch.setattr("qantara.engine.drift.asyncio.sleep", meanwhile)

    report = await check(link, store, patience=5)

    assert told(report) == [("7", "target", ("name",))]


async def test_a_drift_raises_an_alert_that_ends_when_all_agree_again(store: Store):
    link, _, there = await carried(store)
    there.rename(await counterpart(link, store, "7"), "Ours")

    await check(link, store, repair=True)
    (alert,) = await store.run(alerts.listing)
    await mend(link, store)
    await check(link, store)

    assert (alert.kind, alert.subject) == (ALERT, link.name)
    assert "7 = " in alert.reason
    assert "was changed at there! (name)" in alert.reason
    assert await store.run(alerts.listing) == []


async def test_what_sql_changed_is_found_by_reading_everything(store: Store):
    link, _, there = await carried(store)
    there.rename(await counterpart(link, store, "7"), "By SQL", behind=True)

    quick, deep = await check(link, store), await check(link, store, deep=True)

    assert quick.findings == []
    assert told(deep) == [("7", "target", ("name",))]
    assert deep.records == 20


async def test_a_deep_check_reads_each_pair_once(store: Store):
    link, here, there = await carried(store)

    await check(link, store, deep=True)

    assert len(here.reads) == len(there.reads) == 20


async def test_a_range_that_grew_is_cut(store: Store):
    link, here, _ = await carried(store)
    for number in range(100, 130):
        here.put("product", product(f"B-{number}"), str(number))
    await run(link, store, Silent())

    report = await check(link, store)

    assert (report.findings, report.complete) == ([], True)
    ranges = await store.run(kept.of, link.name, "source")
    held = kept.sorted_in([one for one in ranges if one != kept.WHOLE], here.records["product"])
    assert max(map(len, held.values())) <= 8
    here.quiet()
    assert (await check(link, store)).complete
    assert here.reads == []


async def test_a_two_way_link_brings_home_what_the_target_changed(store: Store):
    link, here, there = await carried(store, two_way=True)
    one = await counterpart(link, store, "7")
    there.rename(one, "Ours")

    report = await check(link, store, repair=True)
    await mend(link.mirrored, store)

    assert told(report) == [("7", "target", ("name",))]
    assert named(here, "7") == Text("Ours")
    assert (await check(link, store)).findings == []


async def test_the_way_back_of_a_two_way_link_is_searched_with_its_way_there(store: Store):
    link, here, _ = await carried(store, two_way=True)

    report = await check(link.mirrored, store)

    assert (report.records, here.asked) == (0, [])


async def test_a_link_that_never_agreed_on_a_shadow_compares_all_the_same(store: Store):
    link, _, _ = await carried(store)
    await store.run(shadows.forget, link.name)

    report = await check(link, store)

    assert report.complete
    assert report.findings == []
