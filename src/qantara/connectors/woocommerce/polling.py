"""What changed in a store since a cursor: walks `modified_after` without losing and without repeating.

The bound is exclusive and tells whole seconds, and pages by number shift while records change. So
each call begins after the last second that was read whole; a second with more records than a page
is read by ids. The last seconds are listed again until they are over, and compared by a hash.
"""

import hashlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qantara.connectors.base import Change
from qantara.connectors.woocommerce.client import PAGE, WALKS, Listing, Row
from qantara.connectors.woocommerce.mapping.values import stamp

SETTLED = 3.0
"""Seconds after which a second is over, by any clock."""

REMEMBERED = 5000
"""Records of the last seconds that a cursor names; what it forgets is only read again."""

Fetch = Callable[[Mapping[str, str]], Awaitable[Listing]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What was read of one listed record: when it was last changed, and the changes it means."""

    owner: str
    at: str
    changes: Sequence[Change]


class Poll:
    """One walk from a stored cursor to the present. `overlap` in seconds."""

    def __init__(self, fetch: Fetch, cursor: str, overlap: float) -> None:
        stored = json.loads(cursor) if cursor else {}
        self._fetch = fetch
        self._overlap = overlap
        self._at: str = stored.get("at", "")
        self._since: float = stored.get("since", 0.0)
        self._seen: dict[str, list[str]] = stored.get("seen", {})
        self._ended: bool = stored.get("ended", False)
        quiet = time.time() - self._since
        self._over = self._ended and bool(self._at) and quiet > overlap + SETTLED

    @property
    def cursor(self) -> str:
        """Where the next poll goes on, once all that was captured so far is accounted for."""
        told = {
            "at": self._at,
            "since": int(self._since),
            "ended": self._ended,
            "seen": self._recent(),
        }
        return json.dumps(told, separators=(",", ":"))

    async def steps(self) -> AsyncIterator[list[Row]]:
        """The records that may have changed, oldest first; some may come twice."""
        after = self._at if self._over else shifted(self._at, -self._overlap)
        self._ended = False
        while True:
            rows = (await self._list(after, by="modified")).rows
            if len(rows) < PAGE:
                self._ended = True
                yield rows
                return
            last = stamp(rows[-1])
            whole = [row for row in rows if stamp(row) < last]
            if whole:
                yield whole
                after = shifted(last, -1)
            else:
                async for part in self._second(last):
                    yield part
                after = last

    def account(self, captured: Iterable[Captured]) -> list[Change]:
        """The changes that were not brought before, oldest first."""
        found: list[Change] = []
        for one in captured:
            told = _digest(one.changes)
            if self._seen.get(one.owner, ["", ""])[1] != told:
                found += one.changes
            self._seen[one.owner] = [one.at, told]
            if one.at > self._at:
                self._at, self._since = one.at, time.time()
        self._seen = self._recent()
        return sorted(found, key=lambda change: change.version)

    async def _second(self, at: str) -> AsyncIterator[list[Row]]:
        """All records of one second: by id, and again when some have left it meanwhile."""
        for _ in range(WALKS):
            totals, number = set(), 1
            while True:
                bounds = {"modified_before": shifted(at, 1), "page": str(number)}
                page = await self._list(shifted(at, -1), by="id", more=bounds)
                yield page.rows
                totals.add(page.total)
                if number * PAGE >= page.total:
                    break
                number += 1
            if len(totals) == 1:
                return

    async def _list(self, after: str, *, by: str, more: Mapping[str, str] = {}) -> Listing:
        since = {"modified_after": after, "dates_are_gmt": "true"} if after else {}
        return await self._fetch({"orderby": by, "order": "asc", **since, **more})

    def _recent(self) -> dict[str, list[str]]:
        """Those of the seconds that are listed again."""
        edge = shifted(self._at, -self._overlap)
        kept = {owner: told for owner, told in self._seen.items() if told[0] > edge}
        return dict(list(kept.items())[-REMEMBERED:])


def shifted(at: str, seconds: float) -> str:
    """So many seconds later; "" stays so."""
    if not at:
        return ""
    moved = datetime.fromisoformat(at) + timedelta(seconds=seconds)
    return moved.isoformat(timespec="seconds")


def _digest(changes: Iterable[Change]) -> str:
    wires = [[change.external_id, change.wire] for change in changes]
    content = json.dumps(wires, sort_keys=True, default=str).encode()
    return hashlib.sha256(content).hexdigest()[:12]
