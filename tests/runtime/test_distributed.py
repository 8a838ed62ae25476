"""The distributed runtime's parts: jobs, leadership, daily work, and its two commands."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection as Database
from sqlalchemy import make_url, text

from qantara.engine.link import Link
from qantara.model import Partner
from qantara.runtime import jobs, scheduler, upkeep
from qantara.runtime.agenda import Lane
from qantara.runtime.distributed import work
from qantara.runtime.embedded import Wake
from qantara.runtime.jobs import STALLED, Jobs, lead
from qantara.runtime.schedule import Schedule
from qantara.runtime.scheduler import Plan, ringing, schedule
from qantara.runtime.turn import Worker
from qantara.storage import lanes as lanes_table
from qantara.storage.errors import StorageUnavailable
from qantara.storage.schema import metadata
from qantara.storage.statements import now
from qantara.storage.store import Store
from tests.cli.conftest import caller, connect, stand_in, write_flow
from tests.conftest import Databases
from tests.engine.memory import Memory
from tests.engine.test_pipeline import Silent, partners
from tests.runtime.cluster import Cluster, until
from tests.runtime.shelf import Shelf

NEVER = Schedule()


@pytest.fixture
def url(postgresql_databases: Databases) -> str:
    return postgresql_databases.migrated()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as opened:
        opened.run_here(jobs.prepare)
        yield opened


@pytest.fixture
def link() -> Link:
    return partners(Memory("here"), Memory("there!"))


def test_its_tables_are_made_once_and_are_none_of_the_journals(store: Store) -> None:
    store.run_here(jobs.prepare)
    compared = store.run_here(
        lambda conn: compare_metadata(MigrationContext.configure(conn), metadata)
    )

    assert compared == []


async def test_tables_of_another_version_are_made_anew(store: Store, url: str, link: Link) -> None:
    async with Jobs.open(url) as opened:
        await opened.ask(link, 1)
    store.run_here(_execute, f"COMMENT ON SCHEMA {jobs.SCHEMA} IS 'older'")

    store.run_here(jobs.prepare)

    async with Jobs.open(url) as opened:
        assert await opened.waiting() == []
        assert await opened.ask(link, 1)


async def test_a_turn_is_asked_for_once_and_done_by_one_at_a_time(
    store: Store, url: str, link: Link
) -> None:
    async with Jobs.open(url) as opened:
        one, other = await opened.enlist(), await opened.enlist()
        assert [await opened.ask(link, 1), await opened.ask(link, 1)] == [True, False]
        turn = await opened.take(one)
        assert turn
        assert await opened.ask(link, 1)
        assert await opened.take(other) is None
        await opened.done(turn)
        assert await opened.take(other)


async def test_what_a_dead_worker_had_begun_is_free_and_what_a_living_one_has_is_not(
    store: Store, url: str
) -> None:
    links = [_named(name) for name in ("a", "b")]
    async with Jobs.open(url) as opened:
        dead, living = await opened.enlist(), await opened.enlist()
        for link in links:
            await opened.ask(link, 1)
        assert await opened.take(dead)
        assert await opened.take(living)
        assert await opened.free_stalled() == []
        store.run_here(
            _execute,
            f"UPDATE {jobs.SCHEMA}.procrastinate_workers SET last_heartbeat ="  # noqa: S608
            f" now() - interval '{STALLED + 1} seconds' WHERE id = {dead}",
        )

        assert await opened.free_stalled() == ["a"]
        assert await opened.under_way() == {"b"}
        assert await opened.ask(links[0], 1)
        assert await opened.take(living)


async def test_what_has_waited_goes_first_once_it_weighs_more(store: Store, url: str) -> None:
    async with Jobs.open(url) as opened:
        me = await opened.enlist()
        await opened.ask(_named("low"), 1)
        await opened.ask(_named("high"), 5)
        await opened.weigh({"low": 9})
        turn = await opened.take(me)

    assert turn
    assert turn.link == "low"


async def test_one_leads_and_when_its_connection_ends_another_may(store: Store, url: str) -> None:
    async with lead(url, 7) as first:
        async with lead(url, 7) as second:
            assert second is None
        assert first is not None
    async with lead(url, 7) as third:
        assert third is not None


async def test_a_ring_reaches_the_leader(store: Store, url: str) -> None:
    bell, stop = Wake(), asyncio.Event()
    async with lead(url, 8) as leading:
        assert leading
        passing_on = asyncio.create_task(ringing(url, bell, stop))
        bell.ring("factory")
        async with asyncio.timeout(20):
            await leading.heard(20.0)
    stop.set()
    await passing_on


async def test_a_journal_that_is_away_is_told_in_words(url: str) -> None:
    elsewhere = make_url(url).set(database="nowhere").render_as_string(hide_password=False)

    with pytest.raises(StorageUnavailable, match="cannot be used now"):
        async with lead(elsewhere, 1):
            pass


async def test_daily_work_is_done_once_a_day_whoever_leads(store: Store, url: str) -> None:
    done: list[str] = []

    async def hook() -> None:
        done.append("done")

    for _ in range(2):
        stop, plan = asyncio.Event(), Plan(lanes=[], upkeep=(hook,))
        scheduling = asyncio.create_task(schedule(url, store, plan, stop))
        await _until(lambda: bool(done))
        await asyncio.sleep(0.3)
        stop.set()
        await scheduling
    assert done == ["done"]

    await store.run(_yesterday)
    stop = asyncio.Event()
    scheduling = asyncio.create_task(schedule(url, store, plan, stop))
    await _until(lambda: len(done) == 2)
    stop.set()
    await scheduling


async def test_a_duty_that_fails_does_not_stop_the_scheduling(
    store: Store, url: str, link: Link, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[str] = []

    async def duty(over: asyncio.Event) -> None:
        tried.append("tried")
        raise ValueError("Broken.")

    assert isinstance(link.source, Memory)
    assert isinstance(link.target, Memory)
    link.source.put("partner", Partner(name="Samir"))
    stop, lane = asyncio.Event(), Lane(link=link, schedule=NEVER)
    worker = Worker(store=store, watch=Silent(), stop=stop, holder="a:1")
    plan = Plan(lanes=[lane], duties=(duty,))
    both = asyncio.gather(schedule(url, store, plan, stop), work(url, [lane], worker))
    await _until(lambda: bool(link.target.records and len(tried) > 1))
    stop.set()
    await both

    assert "A duty of the scheduler failed." in caplog.text


async def test_a_link_that_a_machine_does_not_know_is_told(
    store: Store, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    stop = asyncio.Event()
    worker = Worker(store=store, watch=Silent(), stop=stop, holder="a:1")
    working = asyncio.create_task(work(url, [], worker))
    async with Jobs.open(url) as opened:
        await opened.ask(_named("unheard"), 1)
        await _until(lambda: "named unheard" in caplog.text)
        stop.set()
        await working
        assert await opened.waiting() == []


def test_when_the_leader_is_killed_another_leads(url: str) -> None:
    with Shelf().serving() as shelf:
        cluster = Cluster(url=url, shelf=shelf, roles=("scheduler",), size=2)
        try:
            cluster.start(("a", 40, "off"))
            cluster.add("worker")
            until(lambda: _leader(url) and shelf.asked("changes", "a"))

            cluster.kill(_leader(url))
            cluster.tell("a", shelf.put("a", "one"))

            until(lambda: shelf.arrived("a") == ["one"], 15)
        finally:
            cluster.end()


def test_embedded_and_distributed_on_one_journal_do_no_harm(url: str) -> None:
    names = [f"N{number}" for number in range(60)]
    with Shelf(slow=0.02).serving() as shelf:
        cluster = Cluster(url=url, shelf=shelf, roles=("embedded",), size=2)
        shelf.put("a", *names)
        try:
            cluster.start(("a", 40, "1s"))
            cluster.add("worker", "scheduler")
            until(lambda: len(shelf.arrived("a")) == 60)
            cluster.tell("a", shelf.put("a", "last"))
            until(lambda: "last" in shelf.arrived("a"))
        finally:
            cluster.end()

    assert shelf.arrived("a") == sorted([*names, "last"])
    assert shelf.overlaps == []


def test_two_machines_with_one_command_each_and_a_run_beside(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QANTARA_DATABASE_URL", url)
    home = tmp_path / "home"
    call = caller(home)
    command = [sys.executable, "-m", "qantara.cli", "--home", str(home), "worker", "--schedule"]
    with ExitStack() as stack:
        for stand in (
            stand_in("factory", 16, products=4, partners=2),
            stand_in("buyer", 18, products=2, partners=0),
        ):
            stack.enter_context(stand)
            call("init")
            connect(call, stand)
        write_flow(home, 'every = "2s"\n')
        machines = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        try:
            until(lambda: _all_complete(call))
            beside = call("run")
            for machine in machines:
                machine.terminate()
            told = [machine.communicate(timeout=60)[1] for machine in machines]
        finally:
            for machine in machines:
                machine.kill()
        verified = call("verify")

    assert [machine.returncode for machine in machines] == [0, 0], told
    assert all("All that was begun is finished." in each for each in told)
    assert "Traceback" not in "".join(told)
    assert beside.code == 0, beside.err
    assert verified.code == 0


def test_the_entrance_starts_and_stops_on_a_shared_journal(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QANTARA_DATABASE_URL", url)
    home = tmp_path / "home"
    caller(home)("init")
    words = ["--home", str(home), "web", "--port", "0", "--json"]
    command = [sys.executable, "-m", "qantara.cli", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as web:
        assert web.stdout
        address = json.loads(web.stdout.readline())["address"]
        with urlopen(f"{address}/healthz", timeout=20) as answer:  # noqa: S310 - its own address
            assert answer.status == 200
        web.terminate()
        _, told = web.communicate(timeout=30)

    assert web.returncode == 0
    assert "Stopped." in told
    assert "cannot be used" not in told


def test_a_scheduler_starts_and_stops_in_order(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QANTARA_DATABASE_URL", url)
    home = tmp_path / "home"
    call = caller(home)
    with ExitStack() as stack:
        call("init")
        for name, version in (("factory", 16), ("buyer", 18)):
            stand = stack.enter_context(stand_in(name, version, products=1, partners=0))
            connect(call, stand)
        write_flow(home)
        command = [sys.executable, "-m", "qantara.cli", "--home", str(home), "scheduler", "--json"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            assert json.loads(process.stdout.readline()) == {"state": "started"}
            until(lambda: _leader(url) == process.pid)
            process.terminate()
            out, told = process.communicate(timeout=30)

    assert process.returncode == 0, told
    assert json.loads(out) == {"state": "stopped"}


@pytest.mark.parametrize("command", ["worker", "scheduler"])
def test_on_sqlite_one_is_told_what_to_do(tmp_path: Path, command: str) -> None:
    call = caller(tmp_path / "home")
    call("init")

    told = call(command)

    assert told.code == 2
    assert "SQLite" in told.err
    assert "qantara sync" in told.err


def _all_complete(call) -> bool:
    links = call("status", "--json").told["links"]
    return {one["state"] for one in links} == {"complete"}


def _leader(url: str) -> int:
    """The process that leads; 0 while none does."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as asking:
        row = asking.execute(
            "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND application_name LIKE 'qantara %%'"
            " AND ((classid::bigint << 32) | objid::bigint) = %s",
            [scheduler.LEADERSHIP],
        ).fetchone()
    return int(str(row[0]).rpartition(":")[2]) if row else 0


def _named(name: str) -> Link:
    link = partners(Memory("here"), Memory("there!"))
    return Link(
        name=name,
        entity=link.entity,
        source=link.source,
        target=link.target,
        record_type=link.record_type,
        fields=link.fields,
    )


def _execute(database: Database, statement: str) -> None:
    database.execute(text(statement))


def _yesterday(database: Database) -> None:
    lanes_table.note(database, upkeep.UPKEEP, poll_at=now() - timedelta(minutes=1))


async def _until(true) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
