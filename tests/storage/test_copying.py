"""A rehearsal works on a copy and leaves the journal as it was."""

from qantara.storage import bindings, cursors, effects, runs
from qantara.storage.copying import copied
from qantara.storage.store import Store


async def test_the_copy_knows_what_a_run_reads_and_the_journal_stays(store: Store):
    bound = bindings.Binding(record="r1", connection="erp", entity="product", external_id="1")
    intent = effects.Intent(record="r1", operation="create")
    run = await store.run(runs.start, "products")
    await store.run(runs.progress, run.id, seen=5)
    await store.run(bindings.bind, [bound])
    await store.run(effects.intend, run.id, "products", [intent])

    with copied(store) as copy:
        known = await copy.run(bindings.records_of, "erp", "product", ["1"])
        left = await copy.run(effects.unsettled, "products")
        rehearsed = await copy.run(runs.start, "products")
        await copy.run(runs.finish, rehearsed.id, "complete")
        await copy.run(cursors.advance, "products", "9")

    assert (known, [effect.record for effect in left]) == ({"1": "r1"}, ["r1"])
    assert await store.run(cursors.position, "products") == ""
    assert (await store.run(runs.get, run.id)).state == "running"
