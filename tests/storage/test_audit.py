"""The audit trail notices every change to what it says was done."""

import asyncio

import pytest
from sqlalchemy import Connection, delete, update

from qantara.storage import audit
from qantara.storage.errors import AuditBroken
from qantara.storage.schema import audit as table
from qantara.storage.store import Store


async def three(store: Store) -> None:
    for action in ("connect", "run", "retry"):
        await store.run(audit.note, "مريم\x00", action, {"name": "factory"})


async def test_a_whole_trail_holds(store: Store):
    assert await store.run(audit.check) == (0, "")

    await three(store)

    count, seal = await store.run(audit.check)
    newest = (await store.run(audit.listing, limit=1))[0]
    assert (count, seal) == (3, newest.seal)
    assert (newest.actor, newest.action, newest.detail) == (
        "مريم\ufffd",
        "retry",
        {"name": "factory"},
    )


async def test_deeds_are_listed_newest_first_page_by_page(store: Store):
    await three(store)

    assert [deed.id for deed in await store.run(audit.listing, limit=2)] == [3, 2]
    assert [deed.id for deed in await store.run(audit.listing, before=2)] == [1]


@pytest.mark.parametrize("change", ["alter", "remove"])
async def test_a_trail_that_was_touched_does_not_hold(store: Store, change: str):
    def touch(conn: Connection) -> None:
        altered = update(table).where(table.c.id == 2).values(actor="somebody else")
        conn.execute(altered if change == "alter" else delete(table).where(table.c.id == 2))

    await three(store)
    await store.run(touch)

    with pytest.raises(AuditBroken, match="line 2"):
        await store.run(audit.check)


async def test_deeds_at_the_same_moment_form_one_trail(store: Store):
    notes = (store.run(audit.note, f"user {number}", "run", {}) for number in range(12))
    await asyncio.gather(*notes)

    assert (await store.run(audit.check))[0] == 12
