"""A full compare for what tells no change by time: all records are listed, and hashes tell which differ.

The hashes travel in the cursor. A scan costs a call for each hundred records, so it is done every
`compare_minutes`; what a webhook tells of meanwhile is read by its id.
"""

import hashlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from qantara.connectors.base import Change, Page
from qantara.connectors.woocommerce.client import PAGE

Everything = Callable[[], Awaitable[Sequence[Change]]]


def now() -> str:
    """This moment as the version of what was compared just now."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


async def scan(everything: Everything, cursor: str, every: float) -> AsyncIterator[Page]:
    """Pages of what differs from the cursor; nothing before `every` seconds are over."""
    stored = json.loads(cursor) if cursor else {}
    known: dict[str, str] = stored.get("known", {})
    if stored.get("whole") and time.time() - stored.get("at", 0.0) < every:
        return
    found = await everything()
    there = {change.external_id for change in found}
    known = {one: told for one, told in known.items() if one in there}
    new = [change for change in found if known.get(change.external_id) != digest(change)]
    last = cursor
    for start in range(0, len(new), PAGE):
        part = new[start : start + PAGE]
        known |= {change.external_id: digest(change) for change in part}
        last = _told(known, whole=start + PAGE >= len(new))
        yield Page(changes=part, cursor=last)
    if last == cursor and (every or not stored):
        yield Page(changes=(), cursor=_told(known, whole=True))


def digest(change: Change) -> str:
    """A hash of what was read."""
    content = json.dumps(change.wire, sort_keys=True, default=str).encode()
    return hashlib.sha256(content).hexdigest()[:12]


def _told(known: Mapping[str, str], *, whole: bool) -> str:
    return json.dumps(
        {"at": int(time.time()), "whole": whole, "known": known}, separators=(",", ":")
    )
