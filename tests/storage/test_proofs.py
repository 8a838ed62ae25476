"""Each run that saw something leaves a proof; the chain of proofs cannot be altered unnoticed."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update

from qantara.storage import ledger, proofs, pruning, runs
from qantara.storage.errors import ProofBroken
from qantara.storage.ledger import Outcome, Result
from qantara.storage.pruning import Keep
from qantara.storage.schema import audit, effects, inbox
from qantara.storage.schema import ledger as lines
from qantara.storage.schema import proofs as table
from qantara.storage.schema import runs as run_table
from qantara.storage.statements import now
from qantara.storage.store import Store


def outcome(external_id: str, result: Result = "written") -> Outcome:
    return Outcome(
        connection="erp",
        entity="product",
        external_id=external_id,
        version="1",
        result=result,
        reason="كرسي, \x00",
        fields=("name",),
    )


async def ran(store: Store, *results: Result, link: str = "products", state="complete") -> str:
    run = await store.run(runs.start, link)

    def close(conn):
        outcomes = [outcome(str(number), result) for number, result in enumerate(results)]
        ledger.account(conn, run.id, link, outcomes)
        runs.progress(conn, run.id, seen=len(results))

    await store.run(close)
    await store.run(runs.finish, run.id, state)
    return run.id


async def told(store: Store):
    return await store.run(proofs.portion)


async def change(store: Store, statement) -> None:
    await store.run(lambda conn: conn.execute(statement))


async def age(store: Store, run: str, days: int) -> None:
    """As if the run had been so many days ago; its proof is sealed anew, as it would have been."""
    back = timedelta(days=days)

    def older(conn):
        started = now() - back
        whole = conn.execute(select(run_table).where(run_table.c.id == run)).mappings().one()
        conn.execute(update(lines).where(lines.c.run == run).values(at=started))
        conn.execute(
            update(run_table)
            .where(run_table.c.id == run)
            .values(started_at=started, ended_at=started)
        )
        ended = {name: whole[name] for name in ("link", "state", "seen")}
        conn.execute(delete(table).where(table.c.run == run))
        proofs.add(
            conn,
            proofs.Ended(run=run, started_at=started, ended_at=started, **ended),
            proofs.read(conn, run),
        )

    await store.run(older)


async def test_a_run_leaves_its_sums(store: Store):
    run = await ran(store, "written", "unchanged", "unchanged", "parked")

    (proof,) = await told(store)

    assert (proof.id, proof.run, proof.link, proof.seen) == (1, run, "products", 4)
    assert proof.results == {
        "written": 1,
        "unchanged": 2,
        "merged": 0,
        "skipped": 0,
        "parked": 1,
    }


async def test_proofs_count_without_a_gap_and_each_seals_those_before(store: Store):
    await ran(store, "written")
    await ran(store, "merged", link="prices")
    await ran(store, "skipped", state="failed")

    found = await told(store)
    checked = await store.run(proofs.check)

    assert [proof.id for proof in found] == [1, 2, 3]
    assert len({proof.seal for proof in found}) == 3
    assert (checked.last, checked.seal, checked.recomputed) == (3, found[-1].seal, 3)


async def test_a_run_that_saw_nothing_proves_nothing(store: Store):
    await ran(store)

    assert await told(store) == []
    assert (await store.run(proofs.check)).last == 0


async def test_finishing_twice_leaves_one_proof(store: Store):
    run = await ran(store, "written")

    await store.run(runs.finish, run, "complete")

    assert len(await told(store)) == 1


async def test_the_proof_is_there_if_and_only_if_the_run_has_ended(store: Store):
    run = await store.run(runs.start, "products")
    await store.run(ledger.account, run.id, "products", [outcome("1")])

    def torn(conn):
        runs.finish(conn, run.id, "stopped")
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        await store.run(torn)

    assert (await store.run(runs.get, run.id)).state == "running"
    assert await told(store) == []


@pytest.mark.parametrize(
    "tampered",
    [
        update(table).where(table.c.id == 2).values(seen=7),
        update(table).where(table.c.id == 2).values(link="prices"),
        update(table).where(table.c.id == 2).values(results={"written": 3}),
        delete(table).where(table.c.id == 2),
        update(lines).where(lines.c.external_id == "1").values(result="unchanged"),
        update(lines).where(lines.c.external_id == "1").values(reason="another"),
        delete(lines).where(lines.c.external_id == "1"),
    ],
    ids=["seen", "link", "results", "removed", "a result", "a reason", "a line removed"],
)
async def test_whoever_alters_the_books_is_found_at_the_place(store: Store, tampered):
    await ran(store, "written")
    await ran(store, "written", "parked")
    await ran(store, "written")

    await change(store, tampered)

    with pytest.raises(ProofBroken, match="does not hold at proof 2"):
        await store.run(proofs.check)


async def test_a_line_put_in_later_is_found(store: Store):
    run = await ran(store, "written")

    await store.run(ledger.account, run, "products", [outcome("99")])

    with pytest.raises(ProofBroken, match="were altered or removed"):
        await store.run(proofs.check)


async def test_a_complete_run_that_does_not_add_up_is_no_proof(store: Store):
    run = await ran(store, "written")
    await change(store, delete(table))
    ended = proofs.Ended(
        run=run, link="products", state="complete", started_at=now(), ended_at=now(), seen=2
    )
    await store.run(lambda conn: proofs.add(conn, ended, proofs.read(conn, run)))

    with pytest.raises(ProofBroken, match="not what was accounted for"):
        await store.run(proofs.check)


async def test_the_chain_can_be_walked_in_portions(store: Store):
    for _ in range(5):
        await ran(store, "written")
    checked, steps = proofs.Checked(), 0

    while not checked.over:
        checked, steps = await store.run(proofs.walk, checked, limit=2), steps + 1

    assert (checked.last, steps) == (5, 3)


async def test_the_days_are_summed_by_link(store: Store):
    await ran(store, "written", "unchanged")
    await ran(store, "written", "parked", state="failed")
    await ran(store, "merged", link="prices")

    prices, products = await store.run(proofs.days)

    assert (products.link, products.runs, products.failed, products.seen) == ("products", 2, 1, 4)
    assert products.results["written"] == 2
    assert products.balanced
    assert (prices.link, prices.results["merged"]) == ("prices", 1)
    assert await store.run(proofs.days, link="prices") == [prices]
    yesterday = products.day - timedelta(days=1)
    assert await store.run(proofs.days, day=yesterday) == []


async def test_old_lines_go_and_the_proof_stays(store: Store):
    run = await ran(store, "written", "unchanged")
    await age(store, run, days=100)
    await ran(store, "written")

    pruned = await pruning.prune(store)

    assert (pruned.lines, pruned.runs) == (2, 1)
    checked = await store.run(proofs.check)
    assert (checked.last, checked.bare, checked.recomputed) == (2, 1, 1)


async def test_what_was_unchanged_goes_sooner_and_the_rest_is_still_proved(store: Store):
    run = await ran(store, "written", "unchanged")
    await age(store, run, days=10)
    await ran(store, "written")

    pruned = await pruning.prune(store)

    assert (pruned.lines, pruned.runs) == (1, 0)
    assert (await store.run(proofs.check)).partly == 1
    await change(store, update(lines).where(lines.c.run == run).values(reason="another"))
    with pytest.raises(ProofBroken):
        await store.run(proofs.check)


async def test_only_what_was_let_go_may_be_missing(store: Store):
    await ran(store, "unchanged", "written")
    await pruning.prune(store)

    await change(store, delete(lines).where(lines.c.result == "unchanged"))

    with pytest.raises(ProofBroken, match="altered or removed"):
        await store.run(proofs.check)


async def test_lines_of_an_open_run_stay_until_it_ends(store: Store):
    run = await store.run(runs.start, "products")
    await store.run(ledger.account, run.id, "products", [outcome("1", "unchanged")])
    await store.run(runs.progress, run.id, seen=1)
    await change(store, update(lines).values(at=now() - timedelta(days=300)))

    assert (await pruning.prune(store)).lines == 0

    await store.run(runs.finish, run.id, "complete")


async def test_the_newest_run_of_a_link_and_open_effects_stay(store: Store):
    run = await ran(store, "written")
    old = {"link": "products", "record": "r", "operation": "update", "fields": (), "detail": ""}
    moment = now() - timedelta(days=200)
    of_run = {**old, "run": run, "target_id": "", "intended_at": moment}
    await change(store, insert(effects).values(**of_run, state="unknown", settled_at=None))
    await change(store, insert(effects).values(**of_run, state="done", settled_at=moment))
    await age(store, run, days=200)

    pruned = await pruning.prune(store)

    assert (pruned.effects, pruned.runs) == (1, 0)
    left = await store.run(lambda conn: conn.scalars(select(effects.c.state)).all())
    assert left == ["unknown"]
    assert (await store.run(runs.latest))["products"].id == run


async def test_notices_that_are_done_go_and_those_that_wait_stay(store: Store):
    moment = now() - timedelta(days=200)
    row = {"connection": "erp", "topic": "t", "entity": "", "external_id": "", "body": b""}
    for key, done in (("a", moment), ("b", None), ("c", now())):
        values = {**row, "event_key": key, "received_at": moment, "done_at": done}
        await change(store, insert(inbox).values(values))

    assert (await pruning.prune(store, Keep(everything=timedelta(days=30)))).notices == 1

    left = await store.run(lambda conn: conn.scalars(select(inbox.c.event_key)).all())
    assert sorted(left) == ["b", "c"]


async def test_letting_go_takes_many_small_transactions(store: Store, monkeypatch):
    monkeypatch.setattr(pruning, "PORTION", 3)
    unchanged: Result = "unchanged"
    run = await ran(store, *[unchanged] * 10)
    await age(store, run, days=100)
    await ran(store, "written")

    pruned = await pruning.prune(store)

    assert (pruned.lines, pruned.runs) == (10, 1)
    deeds = select(func.count()).select_from(audit).where(audit.c.action == proofs.PRUNED)
    assert await store.run(lambda conn: conn.scalar(deeds)) == 1
