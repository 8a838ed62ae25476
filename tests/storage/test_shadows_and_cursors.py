"""What both sides last agreed on, and how far the source was read."""

from qantara.storage import cursors, shadows
from qantara.storage.shadows import Shadow
from qantara.storage.store import Store


def agreed(record: str, name: str) -> Shadow:
    return Shadow(record=record, source={"name": name}, target={"اسم": name}, version="7")


async def test_a_shadow_comes_back_as_it_was_kept(store: Store):
    await store.run(shadows.keep, "products", [agreed("r1", "a"), agreed("r2", "b")])

    found = await store.run(shadows.of, "products", ["r1", "r3"])

    assert found == {"r1": agreed("r1", "a")}


async def test_keeping_again_replaces(store: Store):
    await store.run(shadows.keep, "products", [agreed("r1", "a")])
    await store.run(shadows.keep, "products", [agreed("r1", "b"), agreed("r1", "c")])

    assert await store.run(shadows.of, "products", ["r1"]) == {"r1": agreed("r1", "c")}


async def test_each_link_has_its_own_shadows(store: Store):
    await store.run(shadows.keep, "products", [agreed("r1", "a")])
    await store.run(shadows.keep, "prices", [agreed("r1", "b")])

    assert await store.run(shadows.forget, "products") == 1
    assert await store.run(shadows.of, "prices", ["r1"]) == {"r1": agreed("r1", "b")}


async def test_dropping_says_how_many_there_were(store: Store):
    many = [agreed(f"r{number}", "a") for number in range(1100)]
    await store.run(shadows.keep, "products", many)

    assert await store.run(shadows.drop, "products", [f"r{n}" for n in range(1, 1200)]) == 1099
    assert set(await store.run(shadows.of, "products", [s.record for s in many])) == {"r0"}


async def test_keeping_nothing_is_harmless(store: Store):
    await store.run(shadows.keep, "products", [])

    assert await store.run(shadows.of, "products", []) == {}


async def test_a_link_that_never_ran_reads_from_the_start(store: Store):
    assert await store.run(cursors.position, "products") == ""


async def test_a_cursor_moves_and_is_forgotten(store: Store):
    await store.run(cursors.advance, "products", "2026-01-01 10:00:00|7")
    await store.run(cursors.advance, "products", "2026-01-01 10:00:01|9")
    await store.run(cursors.advance, "prices", "3")

    assert await store.run(cursors.position, "products") == "2026-01-01 10:00:01|9"

    await store.run(cursors.forget, "products")

    assert await store.run(cursors.position, "products") == ""
    assert await store.run(cursors.position, "prices") == "3"
