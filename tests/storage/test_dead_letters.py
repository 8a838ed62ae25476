"""Dead letters: one open letter for each record of a link, until it goes through."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from qantara.storage import dead_letters
from qantara.storage.dead_letters import Letter, Sought
from qantara.storage.errors import StorageError
from qantara.storage.schema import dead_letters as table
from qantara.storage.statements import now
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


async def test_letters_are_sought_by_link_code_state_and_age(store: Store):
    waiting = letter("2", link="supply.product", code="MissingReference")
    await store.run(dead_letters.park, [letter("1", link="supply.product"), waiting])
    await store.run(dead_letters.park, [letter("3")])
    await store.run(dead_letters.park, [letter("4", link="my_product")])
    await store.run(dead_letters.resolve, "products", ["3"], "It went through.")
    first, *_ = await store.run(dead_letters.listing)
    await store.run(_age, first.id, timedelta(hours=2))

    async def found(**wanted) -> list[str]:
        page = await store.run(dead_letters.page, Sought(**wanted))
        assert [one.id for one in page] == await store.run(dead_letters.ids, Sought(**wanted))
        return [one.external_id for one in page]

    assert await found() == ["1", "2", "4"]
    assert await found(link="product") == ["1", "2"]
    assert await found(link="supply.product", code="Rejected") == ["1"]
    assert await found(older_than=timedelta(hours=1)) == ["1"]
    assert await found(state="resolved") == ["3"]
    assert await found(state=None) == ["1", "2", "3", "4"]
    assert await found(link="_product") == []
    assert await found(link="%") == []


async def test_what_is_sought_comes_page_by_page(store: Store):
    await store.run(dead_letters.park, [letter(f"{number:02}") for number in range(25)])

    first = await store.run(dead_letters.page, limit=20)
    rest = await store.run(dead_letters.page, limit=20, after=first[-1].id)

    assert [one.external_id for one in first + rest] == [f"{number:02}" for number in range(25)]


async def test_the_same_error_many_times_is_one_group(store: Store):
    waiting = [
        letter(str(number), f"No {number}.", code="MissingReference") for number in range(37)
    ]
    await store.run(dead_letters.park, [letter("x"), *waiting, letter("y", link="prices")])

    many, one, other = await store.run(dead_letters.groups)

    assert (many.count, many.code, many.link) == (37, "MissingReference", "products")
    assert many.reason == "No 0."
    assert many.first_at <= many.last_at
    assert sorted((each.link, each.count) for each in (one, other)) == [
        ("prices", 1),
        ("products", 1),
    ]
    assert await store.run(dead_letters.groups, Sought(code="Nothing")) == []


async def test_a_correction_waits_until_the_record_has_gone_through(store: Store):
    await store.run(dead_letters.park, [letter("1"), letter("2"), letter("3", link="prices")])
    one, two = await store.run(dead_letters.listing, "products")
    patch = {"name": "Стілець", "price": {"amount": "3.500", "currency": "KWD"}, "image": None}
    await store.run(dead_letters.correct, one.id, patch)
    await store.run(dead_letters.park, [letter("1", "Broken again.")])

    async def waiting(link: str = "products"):
        return await store.run(dead_letters.patches, link, ["1", "2", "3"])

    assert await waiting() == {"1": patch}
    assert await waiting("prices") == {}

    await store.run(dead_letters.correct, two.id, {"name": "x"})
    await store.run(dead_letters.correct, two.id, {})
    assert await waiting() == {"1": patch}

    await store.run(dead_letters.resolve, "products", ["1"], "It went through.")
    assert await waiting() == {}
    assert (await store.run(dead_letters.get, one.id)).patch is None
    with pytest.raises(StorageError, match="is resolved"):
        await store.run(dead_letters.correct, one.id, patch)
    with pytest.raises(StorageError, match="no dead letter 99"):
        await store.run(dead_letters.correct, 99, patch)


def _age(conn: Connection, number: int, by: timedelta) -> None:
    conn.execute(update(table).where(table.c.id == number).values(first_at=now() - by))


async def test_what_failed_often_is_tried_again_more_seldom(store: Store):
    for _ in range(5):
        await store.run(dead_letters.park, [letter("1", code="MissingReference")])
        assert await store.run(dead_letters.due, "products", {"MissingReference"}) == ["1"]

    await store.run(dead_letters.park, [letter("1", code="MissingReference")])

    assert await store.run(dead_letters.due, "products", {"MissingReference"}) == []
    [open_] = await store.run(dead_letters.listing)
    await store.run(dead_letters.request_retry, [open_.id])
    assert await store.run(dead_letters.due, "products", {"MissingReference"}) == ["1"]
