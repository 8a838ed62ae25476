"""Turns as jobs in PostgreSQL, by procrastinate: who is to do what next, and who is still alive.

Jobs are wake-ups and no more. They lie in a PostgreSQL schema of their own, which may be dropped at
any moment: the journal says what is due, and the scheduler asks for it again. Whatever is tried
again is tried again by the journal, never by a job.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Self

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ProcrastinateException
from procrastinate.jobs import Job, Status
from procrastinate.schema import SchemaManager
from psycopg.rows import TupleRow
from sqlalchemy import Connection as Database
from sqlalchemy import make_url, text

from qantara.engine.link import Link
from qantara.runtime.holding import myself
from qantara.storage.errors import StorageUnavailable

SCHEMA = "qantara_jobs"
QUEUE = "qantara"
TURN = "turn"

BEAT = 3.0
"""Seconds between two signs of life of a process that does jobs."""

STALLED = 15.0
"""Seconds without one after which its jobs are free."""

CONNECTIONS = 4
"""To the database, of each process; the one that listens comes on top."""

CHANNEL = "qantara_bell"
"""Where the scheduler hears that there may be something to do."""

Rung = Callable[[], None]

_LOCK = 0x71616E74_6A6F6273

_ALIVE = (
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"
)
"""The server notices within seconds that a machine is gone, not after hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A job that was taken: a turn of the lane."""

    id: int
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A turn that nobody does yet."""

    link: str
    priority: int


def is_possible(url: str) -> bool:
    """Whether the journal lies where several machines can work on it."""
    return make_url(url).get_backend_name() == "postgresql"


def prepare(database: Database) -> None:
    """Make the tables of the jobs as this version's procrastinate wants them. Safe to repeat.

    Those of another version are dropped with all jobs: the scheduler asks for them again.
    """
    database.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    wanted = SchemaManager.get_schema()
    mark = hashlib.sha256(wanted.encode()).hexdigest()[:16]
    found = text("SELECT obj_description(to_regnamespace(:schema), 'pg_namespace')")
    if database.scalar(found, {"schema": SCHEMA}) == mark:
        return
    database.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    database.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    before = database.scalar(text("SHOW search_path"))
    plain = database.execution_options(no_parameters=True)
    plain.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
    plain.exec_driver_sql(wanted)
    plain.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{mark}'")
    plain.exec_driver_sql(f"SET LOCAL search_path TO {before}")


class Jobs:
    """The jobs of one journal, open. Every method raises StorageUnavailable when it is away."""

    def __init__(self, url: str, app: App) -> None:
        self._url = url
        self._app = app

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Self]:
        """Connect; `prepare` was called before."""
        app = App(
            connector=PsycopgConnector(
                conninfo=_conninfo(url),
                configure=_configure,
                min_size=1,
                max_size=CONNECTIONS,
                timeout=5.0,
            )
        )
        try:
            with _told():
                await app.open_async()
            yield cls(url, app)
        finally:
            await app.close_async()

    async def ask(self, link: Link, priority: int) -> bool:
        """Somebody shall do a turn of this lane; False when that is asked already. Safe to repeat.

        Turns of one lane, and of its mirror, are done one after another.
        """
        job = self._app.configure_task(
            TURN, queue=QUEUE, lock=link.pair, queueing_lock=link.name, priority=priority
        )
        with _told():
            try:
                await job.defer_async(link=link.name)
            except AlreadyEnqueued:
                return False
        return True

    async def waiting(self) -> list[Waiting]:
        """The turns that nobody does yet."""
        found = await self._listing(Status("todo"))
        return [Waiting(link=_link(job), priority=job.priority) for job in found]

    async def under_way(self) -> frozenset[str]:
        """The links of which somebody does a turn."""
        return frozenset(_link(job) for job in await self._listing(Status.DOING))

    async def weigh(self, priorities: Mapping[str, int]) -> None:
        """Give waiting turns these priorities, by link."""
        statement = (
            "UPDATE procrastinate_jobs SET priority = %(priority)s"
            " WHERE queueing_lock = %(link)s AND status = 'todo' AND queue_name = %(queue)s"
        )
        with _told():
            for link, priority in sorted(priorities.items()):
                await self._app.connector.execute_query_async(
                    statement, priority=priority, link=link, queue=QUEUE
                )

    async def enlist(self) -> int:
        """The number of one more process that does jobs."""
        with _told():
            return await self._app.job_manager.register_worker()

    async def leave(self, worker: int) -> None:
        """This process does none any more. Safe to repeat."""
        with _told():
            await self._app.job_manager.unregister_worker(worker)

    async def beat(self, worker: int) -> None:
        """The process is alive."""
        with _told():
            await self._app.job_manager.update_heartbeat(worker)

    async def take(self, worker: int) -> Turn | None:
        """The most urgent turn whose lane is free."""
        with _told():
            job = await self._app.job_manager.fetch_job(queues=[QUEUE], worker_id=worker)
        return Turn(id=_id(job), link=_link(job)) if job else None

    async def done(self, turn: Turn) -> None:
        """The turn is over, well or not; it is forgotten."""
        with _told():
            await self._app.job_manager.finish_job_by_id_async(
                turn.id, status=Status.SUCCEEDED, delete_job=True
            )

    async def free_stalled(self) -> list[str]:
        """Forget the turns of processes that are dead; says of which links they were."""
        manager = self._app.job_manager
        with _told():
            stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED))
            for job in stalled:
                await manager.finish_job_by_id_async(
                    _id(job), status=Status.FAILED, delete_job=True
                )
            await manager.prune_stalled_workers(10 * STALLED)
        return [_link(job) for job in stalled]

    async def clear(self, hours: int = 24) -> None:
        """Forget jobs that ended so long ago. Those of ours are forgotten when they end."""
        with _told():
            await self._app.job_manager.delete_old_jobs(
                nb_hours=hours, include_failed=True, include_cancelled=True, include_aborted=True
            )

    async def hear(self, rung: Rung) -> None:
        """Call `rung` at each new job, until it is cancelled."""

        async def heard(**_: object) -> None:
            rung()

        with _told():
            await self._app.job_manager.listen_for_jobs(on_notification=heard, queues=[QUEUE])

    async def ring(self) -> None:
        """Tell the scheduler that there may be something to do."""
        with _told():
            await self._app.connector.execute_query_async(f"SELECT pg_notify('{CHANNEL}', '')")

    async def _listing(self, status: Status) -> list[Job]:
        with _told():
            found = await self._app.job_manager.list_jobs_async(queue=QUEUE, status=status.value)
        return list(found)


@asynccontextmanager
async def lead(url: str, lock: int) -> AsyncIterator["Leading | None"]:
    """Be the only one who holds the lock, while the connection lasts; None when another is."""
    with _told():
        connection = await psycopg.AsyncConnection.connect(_conninfo(url), autocommit=True)
    async with connection:
        with _told():
            await connection.execute(_ALIVE)
            asked = await connection.execute("SELECT pg_try_advisory_lock(%s)", [lock])
            row = await asked.fetchone()
            if row and row[0]:
                await connection.execute(f"LISTEN {CHANNEL}")
        yield Leading(connection) if row and row[0] else None


class Leading:
    """The leadership, and the bell that goes with it."""

    def __init__(self, connection: psycopg.AsyncConnection[TupleRow]) -> None:
        self._connection = connection

    async def heard(self, seconds: float) -> None:
        """Wait until somebody rings, no longer than this. Raises StorageUnavailable when it is lost."""
        with _told():
            async for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                pass
            await self._connection.execute("SELECT 1")


def _conninfo(url: str) -> str:
    plain = make_url(url).set(drivername="postgresql")
    return psycopg.conninfo.make_conninfo(
        plain.render_as_string(hide_password=False),
        connect_timeout=10,
        fallback_application_name=f"qantara {myself()}",
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
    )


async def _configure(connection: psycopg.AsyncConnection[TupleRow]) -> None:
    await connection.set_autocommit(True)
    await connection.execute(f"SET search_path TO {SCHEMA}")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (ProcrastinateException, psycopg.Error) as error:
        cause = error.__cause__ or error
        said = str(cause).strip().partition("\n")[0].rstrip(".") or type(cause).__name__
        raise StorageUnavailable(
            f"The jobs in the journal's database cannot be used now: {said}.",
            remedy="Check that PostgreSQL is running and can be reached.",
        ) from error


def _link(job: Job) -> str:
    return str(job.task_kwargs.get("link", ""))


def _id(job: Job) -> int:
    assert job.id is not None  # noqa: S101 - it comes from the table
    return job.id
