"""The store: opens the database, brings its schema up to date, runs work in transactions.

Only `Store.run` opens transactions; everything else in this package is a plain function of one.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from qantara.storage import databases
from qantara.storage.migrations import upgrade
from qantara.storage.steps import name_of, reached
from qantara.storage.threads import Threads

Guard = Callable[[Connection], None]

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """The journal, open. Close it, or use it as a context manager.

    SQLite: one writer thread, WAL, `synchronous=FULL`. NORMAL is faster but may lose the last
    commits in a power cut, and three promises hang on a commit: an acknowledged webhook is kept, a
    write told as an effect is known after a crash (its key would be minted anew and the record
    doubled), a cursor never stands before its outcomes. Work is batched, so a page costs two syncs.

    PostgreSQL: a small pool, each transaction READ COMMITTED, the server's own durability.
    """

    def __init__(self, engine: Engine, threads: int) -> None:
        self._engine = engine
        self._threads = Threads(threads, "qantara-store")
        self._executor = self._threads.executor(urgent=False)
        self.guard: Guard | None = None

    @classmethod
    def open(cls, url: str) -> Self:
        """Open `sqlite:///path` or `postgresql+psycopg://...` and migrate it. Safe to repeat.

        Two processes may open the same database at once: one migrates, the other waits. Raises
        SchemaTooNew when a newer Qantara was here, StorageUnavailable when it cannot be reached.
        """
        engine, threads = databases.connect(url)
        try:
            with _transaction(engine) as conn:
                upgrade(conn)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    async def run(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do `work(conn, *args, **kwargs)` in one transaction, off the event loop.

        It is committed when this returns and rolled back when it raises. Cancelling the caller
        does not undo it: once begun, the transaction ends by itself.
        """
        transaction = partial(self.run_here, work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._executor, transaction)

    def run_here(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same as `run` where there is no event loop: a short command, a thread of one's own."""
        name = name_of(work)
        with _transaction(self._engine) as conn:
            if self.guard:
                self.guard(conn)
            result = work(conn, *args, **kwargs)
            reached(f"{name}: before its commit")
        reached(f"{name}: after its commit")
        return result

    def guarded(self, guard: Guard) -> Self:
        """The same journal, where each transaction begins with `guard`, which may raise."""
        other = copy(self)
        other.guard = guard
        return other

    def urgent(self) -> Self:
        """The same journal for somebody who cannot wait: his transactions go before the others."""
        other = copy(self)
        other._executor = self._threads.executor(urgent=True)  # noqa: SLF001 - its own class
        return other

    def close(self) -> None:
        """Wait for the work that has begun and let go of the database. Safe to repeat."""
        self._threads.shutdown()
        self._engine.dispose()


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as conn:
            yield conn
    except DatabaseError as error:
        if databases.is_unavailable(error):
            raise databases.unavailable(error) from error
        raise
