"""Group commit: what arrives together is kept in one transaction, and answered after its commit.

Nobody waits for company: the first one begins a transaction at once, and all that arrive while it
is being committed share the next one.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qantara.storage import inbox
from qantara.storage.errors import StorageUnavailable
from qantara.storage.inbox import Notice, Received
from qantara.storage.store import Store
from qantara.web.counters import ACCEPTED, REPEAT, Counters

Wake = Callable[[str], None]
"""Told the name of a connection that has news. Must not wait; may be lost or doubled."""

MOST_WAITING = 10_000
"""Deliveries that wait for their commit; more are sent away until it gets better."""

PATIENCE = 10.0
"""Seconds that a delivery waits for its commit; most senders give up not much later."""

log = logging.getLogger(__name__)


class NotKept(Exception):
    """The delivery may not be in the journal: the sender must bring it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    notices: Sequence[Notice]
    kept: asyncio.Future[None]


def nobody(connection: str) -> None:
    """There is nobody to wake: the lanes find the news when they next look."""


class GroupCommit:
    """The one way into the inbox from outside."""

    def __init__(self, store: Store, counters: Counters, wake: Wake = nobody) -> None:
        self._store = store.urgent()
        self._counters = counters
        self._wake = wake
        self._waiting: list[_Delivery] = []
        self._committer: asyncio.Task[None] | None = None

    async def keep(self, notices: Sequence[Notice]) -> None:
        """Returns once the notices are committed (or were before); raises NotKept. Safe to repeat."""
        if len(self._waiting) >= MOST_WAITING:
            raise NotKept("Too many deliveries wait for their commit.")
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append(_Delivery(notices=notices, kept=kept))
        if self._committer is None or self._committer.done():
            self._committer = asyncio.create_task(self._commit_all())
        try:
            async with asyncio.timeout(PATIENCE):
                await kept
        except TimeoutError as error:
            raise NotKept("The journal takes too long to commit.") from error

    async def _commit_all(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            try:
                await self._commit(together)
            finally:
                _answer(together, NotKept("The hub is being stopped."))

    async def _commit(self, together: Sequence[_Delivery]) -> None:
        """In one transaction; what one of them does wrong must not keep the others out."""
        notices = [notice for each in together for notice in each.notices]
        try:
            received = await self._store.run(inbox.receive, notices)
        except StorageUnavailable as error:
            log.warning("Webhooks cannot be kept now. %s %s", error.reason, error.remedy)
            _answer(together, NotKept(error.reason))
        except Exception as error:
            if len(together) > 1:
                for each in together:
                    await self._commit([each])
                return
            log.exception("A webhook for %s cannot be kept.", notices[0].connection)
            _answer(together, NotKept(type(error).__name__))
        else:
            self._count(notices, received)
            _answer(together, None)

    def _count(self, notices: Sequence[Notice], received: Received) -> None:
        self._counters.transactions += 1
        for connection in {notice.connection for notice in notices}:
            brought = sum(notice.connection == connection for notice in notices)
            new = received.by_connection.get(connection, 0)
            self._counters.add(connection, ACCEPTED, new)
            self._counters.add(connection, REPEAT, brought - new)
            if new:
                self._rouse(connection)

    def _rouse(self, connection: str) -> None:
        try:
            self._wake(connection)
        except Exception:
            log.exception("Nobody was woken for %s: it is looked for later.", connection)


def _answer(together: Sequence[_Delivery], error: NotKept | None) -> None:
    """Let those go on who still wait."""
    for each in together:
        if each.kept.done():
            continue
        if error:
            each.kept.set_exception(error)
        else:
            each.kept.set_result(None)
