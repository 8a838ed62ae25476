"""Killed at any moment, the journal holds whole transactions only; two processes take turns."""

import asyncio
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text

from qantara.storage import bindings, cursors, effects, ledger, runs, shadows
from qantara.storage.store import Store
from tests.conftest import Databases

PAGE = 20

PAGES = """
    import sys, time
    from qantara.storage import bindings, cursors, effects, ledger, runs, shadows
    from qantara.storage.store import Store

    def page(conn, run, number):
        ids = [f"{number}-{n}" for n in range(20)]
        bound = [
            bindings.Binding(record=f"r{i}", connection="erp", entity="product", external_id=i)
            for i in ids
        ]
        bindings.bind(conn, bound)
        intents = [effects.Intent(record=b.record, operation="create") for b in bound]
        effects.intend(conn, run.id, "products", intents)
        print(number, flush=True)
        time.sleep(0.01)
        kept = [shadows.Shadow(record=b.record, source={}, target={}) for b in bound]
        shadows.keep(conn, "products", kept)
        outcomes = [
            ledger.Outcome(connection="erp", entity="product", external_id=i, version="1",
                           result="written")
            for i in ids
        ]
        again = ledger.account(conn, run.id, "products", outcomes)
        runs.progress(conn, run.id, seen=len(ids) - again)
        cursors.advance(conn, "products", str(number + 1))

    store = Store.open(sys.argv[1])
    run = store.run_here(runs.start, "products")
    for number in range(10_000):
        store.run_here(page, run, number)
"""
"""Page after page; says the number of each page in the middle of its transaction."""

COUNTS = """
    import sys
    from qantara.storage import bindings, runs
    from qantara.storage.store import Store

    def count(conn, run):
        new = bindings.new_record()
        bound = bindings.Binding(record=new, connection="erp", entity="product", external_id=new)
        bindings.bind(conn, [bound])
        runs.progress(conn, run.id, seen=1)

    with Store.open(sys.argv[1]) as store:
        run = store.run_here(runs.start, "products")
        print("open", flush=True)
        for _ in range(100):
            store.run_here(count, run)
"""
"""Reads before it writes: in SQLite such a transaction cannot wait unless it said so beforehand."""

HOLDS = """
    import sys
    from qantara.storage import cursors
    from qantara.storage.store import Store

    def hold(conn):
        cursors.advance(conn, "products", "of the first")
        print("holding", flush=True)
        sys.stdin.readline()

    with Store.open(sys.argv[1]) as store:
        store.run_here(hold)
"""


OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize("pages", [1, 7])
def test_killed_in_the_middle_of_a_page_nothing_of_it_is_there(store_url: str, pages: int):
    with _program(PAGES, store_url) as process:
        for _ in range(pages):
            _line(process)
        process.kill()

    with Store.open(store_url) as store:
        _wait_until_alone(store)
        done = int(store.run_here(cursors.position, "products") or 0)
        found = store.run_here(_found)

    assert done >= pages - 1
    assert found == {
        "bindings": done * PAGE,
        "shadows": done * PAGE,
        "effects": done * PAGE,
        "seen": done * PAGE,
        "lines": done * PAGE,
    }


def test_after_the_kill_the_run_goes_on_and_comes_to_its_end(store_url: str):
    with _program(PAGES, store_url) as process:
        _line(process)
        _line(process)
        process.kill()

    with Store.open(store_url) as store:
        _wait_until_alone(store)
        run = store.run_here(runs.start, "products")
        store.run_here(runs.finish, run.id, "complete")
        left = store.run_here(effects.unsettled, "products")

    assert run.resumed == 1
    assert len(left) == run.seen


def test_two_processes_at_once_lose_nothing(store_url: str):
    with _program(COUNTS, store_url) as one, _program(COUNTS, store_url) as two:
        assert (one.wait(60), two.wait(60)) == (0, 0)

    with Store.open(store_url) as store:
        run = store.run_here(runs.start, "products")

    assert (run.seen, run.resumed) == (200, 2)


def test_two_processes_may_open_a_new_database_at_once(databases: Databases):
    url = databases.empty()

    with _program(COUNTS, url) as one, _program(COUNTS, url) as two:
        assert (one.wait(60), two.wait(60)) == (0, 0)


async def test_a_second_process_waits_for_the_first(store: Store, store_url: str):
    with _program(HOLDS, store_url) as process:
        _line(process)
        second = asyncio.create_task(store.run(cursors.advance, "products", "of the second"))
        done, _ = await asyncio.wait([second], timeout=0.3)
        process.communicate("go on\n")
        await second

    assert not done
    assert await store.run(cursors.position, "products") == "of the second"


@contextmanager
def _program(source: str, url: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", textwrap.dedent(source), url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def _found(conn: Connection) -> dict[str, int]:
    run = runs.latest(conn)["products"]
    ids = bindings.bound_ids(conn, "erp", "product")
    records = list(bindings.records_of(conn, "erp", "product", ids).values())
    return {
        "bindings": len(ids),
        "shadows": len(shadows.of(conn, "products", records)),
        "effects": len(effects.unsettled(conn, "products")),
        "seen": run.seen,
        "lines": sum(ledger.totals(conn, run.id).values()),
    }


def _wait_until_alone(store: Store) -> None:
    """PostgreSQL notices a client's death when it next speaks to it."""
    until = time.monotonic() + 20
    while store.run_here(_others) and time.monotonic() < until:
        time.sleep(0.02)


def _others(conn: Connection) -> int:
    if conn.dialect.name == "sqlite":
        return 0
    return conn.scalar(OTHERS) or 0
