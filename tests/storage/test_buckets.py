"""Ranges of ids, what they amounted to, and which records are known to be on their way."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from qantara.storage import bindings, buckets, dead_letters, shadows, work
from qantara.storage.bindings import Binding
from qantara.storage.buckets import WHOLE, natural
from qantara.storage.dead_letters import Letter
from qantara.storage.shadows import Shadow
from qantara.storage.store import Store
from qantara.storage.work import Task

LINK = "catalogue"


async def bounds(store: Store) -> list[tuple[str, str]]:
    return list(await store.run(buckets.of, LINK, "source"))


def test_numbers_in_ids_count_as_numbers():
    ids = ["10", "9", "9@2", "9@10", "gid://x/3", "", "9@location:2"]

    ordered = sorted(ids, key=natural)

    assert ordered == ["", "9", "9@2", "9@10", "9@location:2", "10", "gid://x/3"]


@given(st.lists(st.integers(0, 10**18)))
def test_numeric_ids_are_in_the_order_of_their_numbers(numbers):
    assert sorted(map(str, numbers), key=natural) == list(map(str, sorted(numbers)))


@given(st.lists(st.integers(1, 300), unique=True), st.lists(st.integers(1, 300), unique=True))
def test_each_id_is_in_the_one_range_that_holds_it(ids, edges):
    starts = ["", *map(str, sorted(edges))]
    ranges = list(zip(starts, [*starts[1:], ""], strict=True))

    found = buckets.sorted_in(ranges, map(str, ids))

    assert sorted(one for held in found.values() for one in held) == sorted(map(str, ids))
    for (start, end), held in found.items():
        assert all(int(start or 0) <= int(one) for one in held)
        assert all(int(one) < int(end) for one in held if end)


def test_ids_between_the_ranges_are_in_none():
    found = buckets.sorted_in([("3", "5"), ("8", "")], ["1", "3", "4", "5", "7", "9"])

    assert found == {("3", "5"): ["3", "4"], ("8", ""): ["9"]}


async def test_what_is_cut_anew_forgets_what_is_no_more(store: Store):
    await store.run(buckets.cut, LINK, "source", [("", "5"), ("5", "")])
    await store.run(buckets.agreed, LINK, "source", {("", "5"): "a", ("5", ""): "b", WHOLE: "w"})

    await store.run(buckets.cut, LINK, "source", [("", "5"), ("5", "9"), ("9", "")])

    found = await store.run(buckets.of, LINK, "source")
    told = {bound: one.digest for bound, one in found.items()}
    assert told == {("", "5"): "a", ("5", "9"): "", ("9", ""): ""}


async def test_sides_and_links_are_apart(store: Store):
    await store.run(buckets.cut, LINK, "source", [("", "")])
    await store.run(buckets.cut, LINK, "target", [("", "7"), ("7", "")])
    await store.run(buckets.move, "other", "12")

    assert await bounds(store) == [("", "")]
    assert await store.run(buckets.place, LINK) == ""
    assert await store.run(buckets.place, "other") == "12"
    assert await store.run(buckets.forget, LINK) == 3
    assert await store.run(buckets.place, "other") == "12"


async def test_a_suspect_is_remembered_with_its_time(store: Store):
    await store.run(buckets.suspect, LINK, ["7", "%_"])

    found = await store.run(buckets.suspects, LINK)

    assert set(found) == {"7", "%_"}
    assert (datetime.now(UTC) - found["7"]).total_seconds() < 60
    await store.run(buckets.clear, LINK, ["7"])
    assert set(await store.run(buckets.suspects, LINK)) == {"%_"}
    assert await bounds(store) == []


async def test_what_was_carried_are_the_pairs_with_a_shadow(store: Store):
    def prepare(conn):
        for record, here, there in (("r1", "1", "11"), ("r2", "2", "22"), ("r3", "3", "")):
            places = [("erp", here), *([("shop", there)] if there else [])]
            bindings.bind(
                conn,
                [
                    Binding(record=record, connection=place, entity="product", external_id=one)
                    for place, one in places
                ],
            )
        ours = [Shadow(record=one, source={}, target={}) for one in ("r1", "r3")]
        shadows.keep(conn, LINK, ours)
        shadows.keep(conn, "other", [Shadow(record="r2", source={}, target={})])

    await store.run(prepare)
    here, there = ("erp", "product"), ("shop", "product")

    (pair,) = await store.run(buckets.carried, LINK, here, there)

    assert (pair.source_id, pair.target_id) == ("1", "11")


async def test_letters_and_tasks_are_known_by_the_ids_of_the_source(store: Store):
    def prepare(conn):
        letter = Letter(
            link=LINK, connection="erp", entity="product", external_id="1", version="", reason="No."
        )
        dead_letters.park(conn, [letter])
        task = Task(link=LINK, connection="erp", entity="product", external_id="2")
        work.ask(conn, [task])

    await store.run(prepare)

    assert await store.run(buckets.parked, LINK, ["1", "2", "3"]) == {"1"}
    assert await store.run(buckets.waiting, LINK, ["1", "2", "3"]) == {"2"}
