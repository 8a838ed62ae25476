"""What both runtimes promise: crash, order, fairness, schedule, poison, restart, a journal away.

Each test runs on the embedded runtime with both databases, and on two worker processes with
PostgreSQL. Nobody mends anything by hand.
"""

import random
import signal
import time
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.conftest import Databases
from tests.runtime.cluster import TAKEN_OVER, Cluster, until
from tests.runtime.shelf import Shelf

EMBEDDED, DISTRIBUTED = ("embedded",), ("worker", "scheduler")

RUNTIMES = {
    "embedded-sqlite": ("sqlite_databases", EMBEDDED, 1),
    "embedded-postgresql": ("postgresql_databases", EMBEDDED, 1),
    "distributed-postgresql": ("postgresql_databases", DISTRIBUTED, 2),
}

SAMPLE = [
    "embedded-sqlite",
    pytest.param("embedded-postgresql", marks=pytest.mark.campaign),
    "distributed-postgresql",
]

on_postgresql = pytest.mark.parametrize("cluster", SAMPLE[1:], indirect=True)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Shelf().serving() as shelf:
        yield shelf


@pytest.fixture(params=SAMPLE)
def cluster(request: pytest.FixtureRequest, shelf: Shelf) -> Iterator[Cluster]:
    kind, roles, size = RUNTIMES[request.param]
    databases: Databases = request.getfixturevalue(kind)
    made = Cluster(url=databases.migrated(), shelf=shelf, roles=roles, size=size)
    yield made
    made.end()


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(False, id="before the system had it", marks=pytest.mark.campaign),
        pytest.param(True, id="after it"),
    ],
)
def test_the_lanes_of_a_killed_process_go_on_by_themselves(
    cluster: Cluster, shelf: Shelf, *, late: bool
) -> None:
    lanes = [(f"e{n}", 40, "off") for n in range(3)]
    for entity, *_ in lanes:
        shelf.put(entity, *names(30))
    shelf.hold(late=late)
    cluster.start(*lanes)
    until(lambda: sum(shelf.held().values()) >= 3)

    victim = max(shelf.held(), key=lambda who: shelf.held()[who])
    cluster.kill(victim)
    shelf.release()

    until(lambda: all(len(shelf.arrived(lane[0])) == 30 for lane in lanes), TAKEN_OVER)
    assert all(shelf.arrived(lane[0]) == sorted(names(30)) for lane in lanes)
    until(lambda: cluster.state()["holders"] == [])
    assert cluster.state()["letters"] == []


def test_the_newest_state_wins_and_a_lane_has_one_worker_at_a_time(
    cluster: Cluster, shelf: Shelf
) -> None:
    ids = shelf.put("a", *names(5))
    shelf.slow = 0.01
    cluster.start(("a", 40, "off"), ("b", 40, "off"))
    until(lambda: len(shelf.arrived("a")) == 5)

    for turn in range(15):
        for number, id_ in enumerate(ids):
            shelf.put("a", f"N{number} {turn}", id_=id_)
        cluster.tell("a", ids)

    last = sorted(f"N{number} 14" for number in range(5))
    until(lambda: shelf.arrived("a") == last)
    assert shelf.overlaps == []
    until(lambda: cluster.state()["work"] == {} and cluster.state()["inbox"] == [])


def test_a_flood_on_one_lane_starves_no_other(cluster: Cluster, shelf: Shelf) -> None:
    shelf.slow = 0.2
    cluster.start(("flood", 40, "off"), ("calm", 40, "off"), turns=1, slice_=0.5)
    until(lambda: shelf.asked("changes", "flood") and shelf.asked("changes", "calm"))
    shelf.hold()
    cluster.tell("flood", shelf.put("flood", *names(3000)))
    until(lambda: shelf.asked("write", "flood", "there!"))

    cluster.tell("calm", shelf.put("calm", "one"))
    shelf.release()

    until(lambda: len(shelf.arrived("flood")) == 3000)
    [calm], flood = (shelf.asked("write", lane, "there!") for lane in ("calm", "flood"))
    assert calm.at < flood[-1].at


def test_of_those_that_wait_the_more_urgent_goes_first(cluster: Cluster, shelf: Shelf) -> None:
    waiting = [("low", 30, "off"), ("middle", 50, "off"), ("high", 90, "off")]
    blocking = [(f"block{n}", 10, "off") for n in range(cluster.size)]
    cluster.start(*waiting, *blocking, turns=1)
    until(lambda: all(shelf.asked("changes", lane[0]) for lane in (*waiting, *blocking)))
    until(lambda: cluster.state()["holders"] == [])
    shelf.hold()
    for entity, *_ in blocking:
        cluster.tell(entity, shelf.put(entity, "one"))
    until(lambda: sum(shelf.held().values()) == cluster.size)

    for entity, *_ in waiting:
        cluster.tell(entity, shelf.put(entity, "one"))
    if cluster.is_distributed:
        until(lambda: _jobs_waiting(cluster) == len(waiting))
    shelf.slow = 0.3
    shelf.release()
    shelf.hold()  # again, for those who come next
    until(lambda: all(shelf.arrived(lane[0]) for lane in blocking))
    until(lambda: sum(shelf.held().values()) == cluster.size)
    shelf.release()

    until(lambda: all(shelf.arrived(lane[0]) for lane in waiting))
    order = sorted(waiting, key=lambda lane: shelf.asked("write", lane[0], "there!")[0].at)
    assert order[-1][0] == "low"
    assert cluster.is_distributed or order[0][0] == "high"  # two at once come in any order


def test_a_lane_runs_once_in_its_period_however_many_look_at_the_clock(
    cluster: Cluster, shelf: Shelf
) -> None:
    period, never = 2.0, ("never", 40, "off")
    cluster.start(("often", 40, "2s"), never)
    if cluster.is_distributed:
        cluster.add("scheduler")
    until(lambda: len(shelf.asked("changes", "often")) >= 4)

    polls = [call.at for call in shelf.asked("changes", "often")]
    assert polls[3] - polls[0] > 2 * period
    assert len(shelf.asked("changes", "never")) == 1

    cluster.tell("never", shelf.put("never", "Rung"))
    until(lambda: shelf.arrived("never") == ["Rung"])
    assert len(shelf.asked("changes", "never")) == 1


@pytest.mark.campaign
def test_a_poison_record_is_put_aside_and_holds_up_no_other(cluster: Cluster, shelf: Shelf) -> None:
    shelf.poison = ["N13"]
    shelf.put("a", *names(30))
    cluster.start(("a", 40, "off"))

    until(lambda: len(shelf.arrived("a")) == 29)
    until(lambda: [one.reason for one in cluster.state()["letters"]])
    assert shelf.arrived("a") == sorted(set(names(30)) - {"N13"})


def test_processes_are_replaced_one_by_one_under_load(cluster: Cluster, shelf: Shelf) -> None:
    lanes = [(f"e{n}", 40, "off") for n in range(3)]
    shelf.slow = 0.05
    cluster.start(*lanes)
    numbers = count()

    for old in list(cluster.processes):
        _load(cluster, shelf, lanes, numbers)
        if cluster.is_distributed:
            cluster.add()
        old.send_signal(signal.SIGTERM)
        _load(cluster, shelf, lanes, numbers)
        assert old.wait(30) == 0
        cluster.processes.remove(old)
        if not cluster.is_distributed:
            cluster.add()

    _load(cluster, shelf, lanes, numbers)
    expected = sorted(f"N{number}" for number in range(next(numbers)))
    until(lambda: sorted(_everything(shelf, lanes)) == expected)
    assert shelf.overlaps == []
    assert cluster.state()["letters"] == []


@on_postgresql
def test_a_journal_that_is_away_for_a_while_is_waited_for(cluster: Cluster, shelf: Shelf) -> None:
    lanes = [(f"e{n}", 40, "off") for n in range(2)]
    shelf.slow = 0.02
    numbers = count()
    cluster.start(*lanes)
    _load(cluster, shelf, lanes, numbers)
    until(lambda: _everything(shelf, lanes))

    with _away(cluster):
        time.sleep(2.0)
    _load(cluster, shelf, lanes, numbers)

    expected = sorted(f"N{number}" for number in range(next(numbers)))
    until(lambda: sorted(_everything(shelf, lanes)) == expected)
    assert [process.poll() for process in cluster.processes] == [None] * cluster.size


@pytest.mark.campaign
@pytest.mark.timeout(600)
def test_storm_of_kills(cluster: Cluster, shelf: Shelf) -> None:
    lanes = [(f"e{n}", 40, "off") for n in range(6)]
    shelf.slow = 0.02
    cluster.start(*lanes, turns=3)
    numbers, chance = count(), random.Random(20)  # noqa: S311 - repeatable

    for _ in range(25):
        _load(cluster, shelf, lanes, numbers)
        time.sleep(chance.uniform(0.1, 1.5))
        if cluster.is_distributed:
            cluster.add()
        cluster.kill(chance.choice(cluster.processes).pid)

    expected = sorted(f"N{number}" for number in range(next(numbers)))
    until(lambda: sorted(_everything(shelf, lanes)) == expected, 2 * TAKEN_OVER)
    assert shelf.overlaps == []
    until(lambda: cluster.state()["work"] == {} and cluster.state()["inbox"] == [])


def names(number: int) -> list[str]:
    return [f"N{one}" for one in range(number)]


def _load(cluster: Cluster, shelf: Shelf, lanes, numbers: Iterator[int]) -> None:
    for entity, *_ in lanes:
        ids = shelf.put(entity, *(f"N{next(numbers)}" for _ in range(20)))
        cluster.tell(entity, ids)


def _everything(shelf: Shelf, lanes) -> list[str]:
    return [name for lane in lanes for name in shelf.arrived(lane[0])]


def _jobs_waiting(cluster: Cluster) -> int:
    with _admin(cluster.url) as admin:
        query = "SELECT count(*) FROM qantara_jobs.procrastinate_jobs WHERE status = 'todo'"
        row = admin.execute(query).fetchone()
    return int(row[0]) if row else 0


class _away:  # noqa: N801 - reads as a verb
    """The journal's database accepts nobody, and those that were connected are thrown out."""

    def __init__(self, cluster: Cluster) -> None:
        self.url = cluster.url
        self.name = str(make_url(cluster.url).database)

    def __enter__(self) -> None:
        self._allow("false")
        with _admin(self.url, "postgres") as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [self.name],
            )

    def __exit__(self, *exc: object) -> None:
        self._allow("true")

    def _allow(self, word: str) -> None:
        statement = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
        with _admin(self.url, "postgres") as admin:
            admin.execute(statement.format(sql.Identifier(self.name), sql.SQL(word)))


def _admin(url: str, database: str = "") -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql")
    if database:
        plain = plain.set(database=database)
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)
