"""What changed in a shop since a cursor: walks `updatedAt` without losing and without repeating.

Shopify tells whole seconds, so a record may change again within the second in which it was read:
those of the newest second are read once more and compared by a hash. A search lags a little behind
what was written: the last `overlap` seconds are listed again each time. And a listing ends at
25,000 records: before that it begins anew at the second that it has come to.
"""

import hashlib
import json
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from qantara.connectors.base import Change
from qantara.connectors.shopify.client import PAGE, Client

OVERLAP = 120.0
"""Seconds before the cursor that are listed again, unless the connection says otherwise."""

SETTLED = 3.0
"""Seconds after which a second is over, by any clock."""

REMEMBERED = 2000
"""How many records a cursor may name; what it forgets is only read again."""

UNTOUCHED = "NO_RETURN"
"""The return status of an order of which nothing comes back."""

WINDOW = 24_000
"""Records after which a listing begins anew."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(slots=True)
class Seen:
    """What a record was when it was read: `digest` is "" once its second is over."""

    version: str
    digest: str = ""
    read: float = 0.0


@dataclass(slots=True, kw_only=True)
class Row:
    """One record of a listing; of an order, that it has a customer and a return."""

    id: str
    version: str
    owned: bool = False
    returned: bool = False


@dataclass(slots=True, kw_only=True)
class Cursor:
    """How far a walk has come, and what of its last moments was brought already."""

    at: str = ""
    seen: dict[str, Seen] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: str) -> "Cursor":
        """From what was stored; "" is the start."""
        told = json.loads(stored) if stored else {}
        seen = {one: Seen(*row) for one, row in told.get("seen", {}).items()}
        return cls(at=told.get("at", ""), seen=seen, extra=told.get("extra", {}))

    def text(self, overlap: float) -> str:
        """As it is stored: without what lies before the overlap, or is too much to remember."""
        start = shifted(self.at, -overlap)
        kept = sorted(
            (item for item in self.seen.items() if item[1].version >= start),
            key=lambda item: item[1].version,
        )[-REMEMBERED:]
        self.seen = dict(kept)
        seen = {one: [was.version, was.digest, was.read] for one, was in kept}
        told = {"at": self.at, "seen": seen, **({"extra": self.extra} if self.extra else {})}
        return json.dumps(told, separators=(",", ":"))

    def asks_for(self, row: Row) -> bool:
        """Whether the record must be read: it is new, or its second was not over."""
        was = self.seen.get(row.id)
        return was is None or was.version != row.version or bool(was.digest)

    def account(self, row: Row, changes: Sequence[Change]) -> Sequence[Change]:
        """Those changes if they are news; the record counts as seen."""
        digest, now = _digest(changes), time.time()
        was = self.seen.get(row.id)
        self.at = max(self.at, row.version)
        if was and was.version == row.version and was.digest == digest:
            if now - was.read >= SETTLED:
                was.digest = ""
            return ()
        # A second within which a record was read may go on; one long gone cannot.
        fresh = row.version >= shifted(self.at, -SETTLED) and self._recent(row)
        self.seen[row.id] = Seen(row.version, digest if fresh else "", round(now, 1))
        return changes

    def _recent(self, row: Row) -> bool:
        """Clocks of two machines are compared with a day's tolerance."""
        return datetime.strptime(row.version, _TIME).replace(tzinfo=UTC) > datetime.now(
            UTC
        ) - timedelta(days=1)


async def listed(client: Client, operation: str, since: str) -> AsyncIterator[list[Row]]:
    """Records changed since that second, oldest first, in pages; "" is all of them."""
    edge: set[str] = set()
    while True:
        after, number, last = None, 0, since
        newest: set[str] = set()
        while number < WINDOW or last == since:
            found = await client.ask(
                operation, first=PAGE, after=after, query=_since(since) or None
            )
            listing = found["listing"]
            rows = [_row(node) for node in listing["nodes"]]
            number += len(rows)
            for row in rows:
                newest = {row.id} if row.version > last else newest | {row.id}
                last = max(last, row.version)
            yield [row for row in rows if row.id not in edge or row.version != since]
            if not listing["pageInfo"]["hasNextPage"]:
                return
            after = listing["pageInfo"]["endCursor"]
        edge, since = newest, last


def shifted(moment: str, seconds: float) -> str:
    """That moment so many seconds later; "" stays."""
    if not moment:
        return ""
    return (_moment(moment) + timedelta(seconds=seconds)).strftime(_TIME)


def stamp(value: Any) -> str:
    """A time of the vendor's in the one form that is compared: UTC in whole seconds."""
    return _moment(str(value)).strftime(_TIME) if value else ""


def query_since(moment: str) -> str:
    """A search for what was updated at or after the moment."""
    return _since(moment)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _since(moment: str) -> str:
    return f"updated_at:>='{moment}'" if moment else ""


def _row(node: Mapping[str, Any]) -> Row:
    return Row(
        id=node["id"].rpartition("/")[2],
        version=stamp(node["updatedAt"]),
        owned=bool(node.get("customer")),
        returned=node.get("returnStatus", UNTOUCHED) != UNTOUCHED,
    )


def _digest(changes: Iterable[Change]) -> str:
    wires = [change.wire for change in changes]
    content = json.dumps(wires, sort_keys=True, default=str).encode()
    return hashlib.sha256(content).hexdigest()[:12]
