"""Empties the outbox: rows that Odoo's own rules wrote in the transaction of each change.

What is in it was committed; what was rolled back is not. So neither clocks nor the order of commits
matter here: a row that appears late has a lower number and is taken all the same.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.base import Connection
from qantara.connectors.odoo.actions import OUTBOX, SETUP
from qantara.connectors.odoo.client import Client
from qantara.transport import AuthFailed, NotFound, Rejected, Unsupported

FIELDS = ("x_model", "x_field", "x_owner", "x_operation", "x_note", "create_date")
BATCH = 1000
"""Rows that are deleted in one call."""

RENEWED = 600.0
"""Seconds after which an outbox that was not there is looked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the outbox says of itself. `guard` is the id of a server action, `models` are watched."""

    connection: str
    channel: str = field(repr=False)
    guard: int
    models: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the guard answers: the rules that are not as they should be, and the safe moment.

    All that Odoo stamped before `since` (its UTC) is committed or was rolled back.
    """

    found: Mapping[str, str]
    since: str


class Outbox:
    """The outbox of one Odoo, as the user of the connection sees it."""

    def __init__(self, connection: Connection, client: Client) -> None:
        self._connection = connection
        self._client = client
        self._setup: Setup | None = None
        self._absent_until = 0.0

    @property
    def name(self) -> str:
        """The connection's name."""
        return self._connection.name

    @property
    def known(self) -> bool:
        """True once it was found to be there."""
        return self._setup is not None

    async def setup(self) -> Setup | None:
        """What was set up for this connection, or None; from memory once it was asked."""
        if self._setup is None and time.monotonic() >= self._absent_until:
            try:
                self._setup = self._read_setup(
                    await self._rows(("x_operation", "=", SETUP), limit=1)
                )
            except (Unsupported, AuthFailed):
                self._setup = None
            if self._setup is None:
                self._absent_until = time.monotonic() + RENEWED
        return self._setup

    async def waiting(self) -> int:
        """How many rows wait to be taken."""
        return await self._client.count(OUTBOX, [("x_operation", "!=", SETUP)])

    async def take(self, limit: int) -> list[dict[str, Any]]:
        """The oldest rows, at most `limit`. Raises Unsupported where there is no outbox of ours."""
        try:
            rows = await self._rows(limit=limit + 1)
        except Unsupported as error:
            self._setup = None
            raise absent(self._connection.name) from error
        described = [row for row in rows if row["x_operation"] == SETUP]
        if described:
            self._setup = self._read_setup(described)
        if await self.setup() is None:
            raise absent(self._connection.name)
        return [row for row in rows if row["x_operation"] != SETUP][:limit]

    async def forget(self, ids: Sequence[int]) -> None:
        """Delete these rows; those that are gone already are no matter."""
        for start in range(0, len(ids), BATCH):
            chunk = list(ids[start : start + BATCH])
            try:
                await self._client.call(OUTBOX, "unlink", chunk)
            except NotFound:
                left = await self._client.search(OUTBOX, [("id", "in", chunk)])
                if left:
                    await self._client.call(OUTBOX, "unlink", left)

    async def ask_guard(self, **context: Any) -> Told | None:
        """What the guard says, or None when there is none; `context` is what it is to do."""
        setup = await self.setup()
        if setup is None:
            return None
        told = await self._client.call(
            "ir.actions.server", "run", [setup.guard], context=context, slow=True
        )
        return Told(found=told["qantara"]["found"], since=told["qantara"]["since"])

    async def oldest(self) -> str:
        """Since when the oldest open transaction runs (Odoo's UTC); "" when nobody can say.

        Costs a call only where the outbox is known already, from emptying it or watching over it.
        """
        if self._setup is None:
            return ""
        try:
            told = await self.ask_guard(qantara_look=True)
        except (AuthFailed, NotFound, Rejected, Unsupported):
            return ""
        return told.since if told else ""

    def forget_setup(self) -> None:
        """Ask anew at the next need."""
        self._setup, self._absent_until = None, 0.0

    async def _rows(self, *domain: Any, limit: int) -> list[dict[str, Any]]:
        return await self._client.search_read(OUTBOX, list(domain), FIELDS, limit=limit)

    def _read_setup(self, rows: Sequence[Mapping[str, Any]]) -> Setup | None:
        if not rows:
            return None
        told = json.loads(rows[0]["x_note"])
        if told["connection"] != self._connection.name:
            raise Unsupported(
                f"The outbox of this Odoo is emptied for the connection {told['connection']}.",
                remedy="Use one connection for one database; others are polled.",
            )
        return Setup(
            connection=told["connection"],
            channel=told["channel"],
            guard=int(told["guard"]),
            models=frozenset(told["models"]),
        )


def absent(name: str) -> Unsupported:
    """What is said of an Odoo that nobody has prepared."""
    return Unsupported(
        f"The Odoo of {name} has no outbox: its changes are found by asking.",
        remedy=f"To hear of them at once, prepare it: qantara outbox install {name}",
    )
