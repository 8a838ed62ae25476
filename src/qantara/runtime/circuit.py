"""One breaker per connection: a system that fails is left alone, then tried by one lane.

Around a lane's work: `allows` before it; then `succeeded` for each connection that was asked and
answered, `failed` for the one that did not, `untried` for one that was not asked after all.
"""

from collections.abc import Mapping
from functools import partial

from qantara.runtime import backoff
from qantara.storage import circuits
from qantara.storage.circuits import Failure
from qantara.storage.store import Store
from qantara.transport import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
)

FIRST: Mapping[type[ConnectorError], float] = {
    RetryLater: 5.0,
    OutcomeUnknown: 5.0,
    AuthFailed: 300.0,
}
"""The errors that concern a connection as a whole, and for how many seconds it is first left alone."""

FINAL = (AuthFailed,)
"""Errors of which one is enough: asking again with the same credentials may lock the account."""

ANSWERS = (Rejected, NotFound)
"""Errors that show that the system answers."""

CAP = 900.0


async def allows(store: Store, connection: str) -> float:
    """Seconds to wait before a lane asks the connection; 0 when it may, perhaps as its trial."""
    return await store.run(circuits.allows, connection)


async def succeeded(store: Store, connection: str) -> None:
    """The connection was asked and answered. Safe to repeat."""
    await store.run(circuits.succeeded, connection)


async def failed(store: Store, connection: str, error: ConnectorError) -> None:
    """The lane failed with this error while it asked the connection."""
    if isinstance(error, ANSWERS):
        return await succeeded(store, connection)
    first = next((first for kind, first in FIRST.items() if isinstance(error, kind)), None)
    if first is None:
        return await untried(store, connection)
    failure = Failure(
        code=type(error).__name__,
        reason=error.reason,
        remedy=error.remedy,
        final=isinstance(error, FINAL),
    )
    asked = getattr(error, "after", 0.0)
    pause = partial(backoff.wait, asked=asked, first=first, cap=CAP)
    await store.run(circuits.failed, connection, failure, pause)
    return None


async def untried(store: Store, connection: str) -> None:
    """The connection was not asked after all: if this was its trial, another lane may try."""
    await store.run(circuits.untried, connection)
