"""Who may decide: codes are kept as hashes, and guesses are counted before they are compared."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from qantara.storage import approvers, audit
from qantara.storage.approvers import Approver
from qantara.storage.errors import StorageError
from qantara.storage.schema import approvers as table
from qantara.storage.statements import now
from qantara.storage.store import Store

CODE = "correct horse"


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(approvers, "COST", 2)


def layla(connection: str = "factory") -> Approver:
    return Approver(
        connection=connection, email="Layla@Example.com", name="Layla", changed_at=now()
    )


async def guess(store: Store, code: str, email: str = "layla@example.com") -> Approver | None:
    tried = await store.run(approvers.attempt, "factory", email)
    if approvers.matches(code, tried.hash) and tried.approver:
        await store.run(approvers.succeeded, tried.approver)
        return tried.approver
    if tried.approver:
        await store.run(approvers.failed, tried.approver)
    return None


async def test_a_person_is_recognised_by_the_code_and_it_is_not_kept(store: Store):
    await store.run(approvers.save, layla(), CODE)

    found = await guess(store, CODE, " LAYLA@example.com ")

    assert found is not None
    assert (found.name, found.email) == ("Layla", "layla@example.com")
    kept = await store.run(lambda conn: conn.scalar(select(table.c.code)))
    assert kept is not None
    assert CODE not in kept
    assert kept.startswith("scrypt$")


async def test_wrong_codes_and_strangers_are_nobody(store: Store):
    await store.run(approvers.save, layla("buyer"), CODE)

    assert await guess(store, CODE) is None
    assert await guess(store, CODE, "nobody@example.com") is None


async def test_five_wrong_codes_lock_and_the_right_one_does_not_open(store: Store):
    await store.run(approvers.save, layla(), CODE)
    for _ in range(5):
        assert await guess(store, "wrong") is None

    assert await guess(store, CODE) is None
    deeds = await store.run(audit.listing)
    assert [deed.action for deed in deeds] == ["lock approver"]


async def test_the_right_code_in_time_forgets_the_wrong_ones(store: Store):
    await store.run(approvers.save, layla(), CODE)
    for _ in range(2):
        for _ in range(4):
            assert await guess(store, "wrong") is None
        assert await guess(store, CODE) is not None


async def test_a_lock_ends_by_itself(store: Store):
    await store.run(approvers.save, layla(), CODE)
    for _ in range(5):
        await guess(store, "wrong")
    past = {"locked_until": now() - timedelta(seconds=1)}
    await store.run(lambda conn: conn.execute(update(table).values(past)))

    assert await guess(store, "wrong") is None
    assert await guess(store, CODE) is not None


async def test_attempts_that_come_at_once_count_all(store: Store):
    await store.run(approvers.save, layla(), CODE)

    tried = [await store.run(approvers.attempt, "factory", "layla@example.com") for _ in range(9)]

    assert [one.approver is not None for one in tried] == [True] * 5 + [False] * 4


async def test_a_new_code_takes_the_place_of_the_old_one(store: Store):
    await store.run(approvers.save, layla(), CODE)
    await store.run(approvers.save, layla(), "another code")

    assert await guess(store, CODE) is None
    assert await guess(store, "another code") is not None


async def test_who_is_removed_may_decide_no_more(store: Store):
    await store.run(approvers.save, layla(), CODE)
    await store.run(approvers.remove, "factory", "LAYLA@example.com")

    assert await guess(store, CODE) is None
    assert await store.run(approvers.listing) == []
    with pytest.raises(StorageError, match="no approver"):
        await store.run(approvers.remove, "factory", "layla@example.com")
