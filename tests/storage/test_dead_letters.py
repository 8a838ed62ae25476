"""Dead letters: one open letter for each record of a link, until it goes through."""

import pytest

from qantara.storage import dead_letters
from qantara.storage.dead_letters import Letter
from qantara.storage.errors import StorageError
from qantara.storage.store import Store


def letter(
    external_id: str, reason: str = "No SKU.", link: str = "products", code: str = "Rejected"
):
    return Letter(
        link=link,
        connection="erp",
        entity="product",
        external_id=external_id,
        version="1",
        reason=reason,
        remedy="Give it one.",
        code=code,
        wire=b'{"id": 1}\xff',
    )


async def test_a_letter_says_all_that_is_known(store: Store):
    await store.run(dead_letters.park, [letter("1", "Odd \x00 answer.")])

    (kept,) = await store.run(dead_letters.listing)

    assert (kept.reason, kept.remedy, kept.code) == (
        "Odd \ufffd answer.",
        "Give it one.",
        "Rejected",
    )
    assert (kept.wire, kept.count, kept.state) == (b'{"id": 1}\xff', 1, "open")
    assert kept.first_at == kept.last_at
    assert await store.run(dead_letters.get, kept.id) == kept


async def test_failing_again_adds_to_the_open_letter(store: Store):
    await store.run(dead_letters.park, [letter("1", "No SKU.")])
    await store.run(dead_letters.park, [letter("1", "No unit.", code="Unsupported"), letter("2")])

    first, second = await store.run(dead_letters.listing)

    assert (first.count, first.reason, first.code) == (2, "No unit.", "Unsupported")
    assert first.first_at < first.last_at
    assert second.count == 1


async def test_twice_in_one_page_is_one_failure(store: Store):
    await store.run(dead_letters.park, [letter("1", "a"), letter("1", "b")])

    assert [(kept.count, kept.reason) for kept in await store.run(dead_letters.listing)] == [
        (1, "b")
    ]


async def test_a_success_resolves_the_letter(store: Store):
    await store.run(dead_letters.park, [letter("1"), letter("2")])

    assert await store.run(dead_letters.resolve, "products", ["1", "7"], "It went through.") == 1
    assert await store.run(dead_letters.resolve, "products", ["1", "7"], "Again.") == 0

    (closed,) = await store.run(dead_letters.listing, state="resolved")
    assert (closed.external_id, closed.resolution) == ("1", "It went through.")
    assert closed.resolved_at is not None
    assert await store.run(dead_letters.open_counts) == {"products": 1}


async def test_a_record_that_fails_after_a_success_gets_a_new_letter(store: Store):
    await store.run(dead_letters.park, [letter("1")])
    await store.run(dead_letters.resolve, "products", ["1"], "It went through.")
    await store.run(dead_letters.park, [letter("1", "Broken again.")])

    told = await store.run(dead_letters.of_record, "1", entity="product")

    assert [(kept.state, kept.count) for kept in told] == [("resolved", 1), ("open", 1)]


async def test_letters_are_listed_page_by_page(store: Store):
    await store.run(dead_letters.park, [letter(f"{number:02}") for number in range(25)])
    await store.run(dead_letters.park, [letter("99", link="prices")])

    first = await store.run(dead_letters.listing, "products", limit=20)
    rest = await store.run(dead_letters.listing, "products", limit=20, after=first[-1].id)

    assert [kept.external_id for kept in first + rest] == [f"{number:02}" for number in range(25)]


async def test_a_retry_is_asked_for_until_it_was_done(store: Store):
    await store.run(dead_letters.park, [letter("1"), letter("2"), letter("3")])
    one, two, _ = await store.run(dead_letters.listing)

    assert await store.run(dead_letters.request_retry, [two.id, one.id, 999]) == 2
    assert await store.run(dead_letters.take_retries, "products") == ["1", "2"]
    assert await store.run(dead_letters.take_retries, "products") == ["1", "2"]

    await store.run(dead_letters.park, [letter("1")])
    await store.run(dead_letters.resolve, "products", ["2"], "It went through.")

    assert await store.run(dead_letters.take_retries, "products") == []


async def test_reasons_that_may_vanish_are_due_without_asking(store: Store):
    waiting = letter("2", code="MissingReference")
    await store.run(dead_letters.park, [letter("1"), waiting, letter("3")])
    last = (await store.run(dead_letters.listing))[-1]
    await store.run(dead_letters.request_retry, [last.id])

    assert await store.run(dead_letters.due, "products", ["MissingReference"]) == ["2", "3"]
    assert await store.run(dead_letters.due, "prices", ["MissingReference"]) == []


async def test_a_letter_that_never_was_is_told(store: Store):
    with pytest.raises(StorageError, match="no dead letter 7"):
        await store.run(dead_letters.get, 7)


async def test_parking_nothing_is_harmless(store: Store):
    await store.run(dead_letters.park, [])

    assert await store.run(dead_letters.listing, state=None) == []
