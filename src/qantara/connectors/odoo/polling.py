"""What changed in Odoo since a cursor: walks `write_date` without losing and without repeating.

Three facts shape it. A write_date is the start of its transaction, so a record may appear behind
the cursor: the last `overlap` seconds are listed again each time, until no transaction of theirs
can be open any more (by the time that has passed here; the clocks need not agree). A prepared Odoo
tells since when its oldest transaction is open: then the cursor waits for that one, and no longer.
Odoo tells seconds only, so a record may change again within the second in which it was read: such
records are read once more and compared by a hash. And one second may hold more records than a page:
they go by id.
"""

import hashlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from qantara.connectors.base import Change
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.mapping.values import identity, text

SETTLED = 2.0
"""Seconds after which a second is over, by any clock."""

REMEMBERED = 2000
"""How many records or runs of ids a cursor may name; what it forgets is only read again."""

MARGIN = 10.0
"""Seconds before the oldest open transaction that are listed again: a replica may lag."""

LONGEST = 3600.0
"""Seconds that a cursor waits for an open transaction, which may be a report that never writes."""

_TIME = "%Y-%m-%d %H:%M:%S"
_DATED = ("write_date", "!=", False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stream:
    """Records whose change is a change of the record in their field `owner`.

    The stream of the owners themselves has "id" there; only it is read from the very start.
    """

    model: str
    owner: str = "id"
    domain: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of a stream and when it was written."""

    model: str
    id: int
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What was read of one owner: its changes, and the rows of the streams that are in them."""

    owner: int
    changes: Sequence[Change]
    rows: Sequence[Row] = ()


@dataclass(slots=True, kw_only=True)
class _Place:
    """How far a stream was read: all before the second `at`, and in it the ids up to `id`."""

    at: str = ""
    id: int = 0
    seen: dict[str, set[int]] = field(default_factory=dict)


async def unknown() -> str:
    """An Odoo that does not tell since when its oldest transaction is open."""
    return ""


class Poll:
    """One walk over the streams of an entity, from a stored cursor to the present.

    `oldest` asks since when the oldest open transaction runs; "" where that is not known.
    """

    def __init__(
        self,
        client: Client,
        streams: Sequence[Stream],
        cursor: str,
        overlap: float,
        oldest: Callable[[], Awaitable[str]] = unknown,
    ) -> None:
        stored = json.loads(cursor) if cursor else {}
        self._client = client
        self._streams = streams
        self._overlap = overlap
        self._oldest = oldest
        self._first = not stored
        self._places = {name: _place(told) for name, told in stored.get("streams", {}).items()}
        self._fresh: dict[str, str] = stored.get("fresh", {})
        self._since: float = stored.get("since", 0)
        self._newest: str = stored.get("newest", "")
        self._closed: str = stored.get("closed", "")
        self._safe: str = stored.get("safe", "")
        self._quiet = time.time() - self._since
        self._listed: list[Row] = []
        self._written: dict[int, str] = {}

    @property
    def cursor(self) -> str:
        """Where the next poll goes on, once all that was captured so far is accounted for."""
        stored = {
            "streams": {name: _told(one, self._floor(one)) for name, one in self._places.items()},
            "fresh": self._fresh,
            "newest": self._newest,
            "closed": self._closed,
            "safe": self._safe,
            "since": int(self._since),
        }
        return json.dumps(stored, separators=(",", ":"))

    async def present(self, context: Mapping[str, Any] | None = None) -> str:
        """A cursor from which a first poll brings what is written from now on."""
        for stream in self._streams:
            self._places[stream.model] = await self._newest_of(stream, context or {})
        return self.cursor

    async def steps(self, size: int, context: Mapping[str, Any]) -> AsyncIterator[Sequence[int]]:
        """Owners to be read, at most about `size` at a time and oldest first; maybe none."""
        newest = self._newest
        safe = await self._settled()  # before anything is listed
        places = await self._start(context)
        while places:
            owners: dict[int, None] = {}
            for stream in list(places):
                rows, more = await self._list(stream, places[stream], size, context)
                owners |= dict.fromkeys(self._unseen(stream, rows))
                if not more:
                    del places[stream]
            yield list(owners)
        self._safe = safe
        if self._quiet >= self._overlap:
            self._closed = newest

    def account(self, captured: Iterable[Captured]) -> list[Change]:
        """The changes not brought before, oldest first; all that was listed counts as seen."""
        everything = list(captured)
        rows = [*self._listed, *(row for one in everything for row in one.rows)]
        self._raise(rows)
        for row in rows:
            if place := self._places.get(row.model):
                place.seen.setdefault(row.written, set()).add(row.id)
        new = [change for one in everything if self._is_new(one) for change in one.changes]
        self._listed, self._written = [], {}
        return sorted(new, key=lambda change: change.version)

    def skip(self) -> None:
        """What was listed counts as seen although it was not read, but for the newest seconds."""
        self._raise(self._listed)
        edge = _shifted(self._newest, -1)
        self._listed = [row for row in self._listed if row.written < edge]
        self.account(())

    def _raise(self, rows: Iterable[Row]) -> None:
        newest = max([self._newest, *(row.written for row in rows)])
        if newest != self._newest:
            self._newest, self._since = newest, time.time()

    def _is_new(self, one: Captured) -> bool:
        owner, digest = str(one.owner), _digest(one.changes)
        if self._fresh.get(owner) == digest:
            if self._quiet >= SETTLED:
                del self._fresh[owner]
            return False
        self._fresh.pop(owner, None)
        written = [self._written.get(one.owner, ""), *(row.written for row in one.rows)]
        if max(written) >= _shifted(self._newest, -1):
            self._fresh[owner] = digest
            self._since = time.time()
        return True

    async def _start(self, context: Mapping[str, Any]) -> dict[Stream, _Place]:
        """Where each stream is listed from in this poll: `overlap` before its cursor."""
        starts: dict[Stream, _Place] = {}
        for stream in self._streams:
            if stream.model not in self._places:
                self._places[stream.model] = await self._entered(stream, context)
            place = self._places[stream.model]
            starts[stream] = _Place(at=self._floor(place))
        return starts

    async def _settled(self) -> str:
        """A moment before which nothing can appear any more; one after all that is known lasts."""
        if not self._newest or self._safe > self._newest:
            return self._safe
        return _shifted(await self._oldest(), -MARGIN)

    def _floor(self, place: _Place) -> str:
        """From where the place is listed again, and what it must remember."""
        if self._safe:
            return max(min(place.at, self._safe), _shifted(place.at, -LONGEST))
        return max(_shifted(place.at, -self._overlap), self._closed)

    async def _entered(self, stream: Stream, context: Mapping[str, Any]) -> _Place:
        if stream.owner == "id" and self._first:
            return _Place()
        return await self._newest_of(stream, context)

    async def _newest_of(self, stream: Stream, context: Mapping[str, Any]) -> _Place:
        newest = await self._client.search_read(
            stream.model,
            [*stream.domain, _DATED],
            ["write_date"],
            order="write_date desc, id desc",
            limit=1,
            context=context,
        )
        return _Place(at=text(newest[0]["write_date"])[:19]) if newest else _Place()

    async def _list(
        self, stream: Stream, place: _Place, size: int, context: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], bool]:
        """The next rows of the stream in the order (second, id), and whether there are more."""
        fields = list(dict.fromkeys(["write_date", stream.owner]))
        options: dict[str, Any] = {"limit": size, "context": context}
        domain = [*stream.domain, _DATED, *_after(place)]
        rows = await self._client.search_read(
            stream.model, domain, fields, order="write_date, id", **options
        )
        more = len(rows) == size
        if more:
            last = _second(rows[-1])
            whole = [row for row in rows if _second(row) < last]
            if not whole:
                within = [*stream.domain, *_within(last, place)]
                whole = await self._client.search_read(
                    stream.model, within, fields, order="id", **options
                )
            rows = whole
        rows.sort(key=lambda row: (_second(row), row["id"]))
        self._advance(stream, place, rows)
        return rows, more

    def _advance(self, stream: Stream, place: _Place, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        place.at, place.id = _second(rows[-1]), rows[-1]["id"]
        stored = self._places[stream.model]
        stored.at = max(stored.at, place.at)

    def _unseen(self, stream: Stream, rows: Iterable[Mapping[str, Any]]) -> list[int]:
        """Owners of rows that are new, or that might have changed again in their second."""
        seen = self._places[stream.model].seen
        owners = []
        for row in rows:
            owner = identity(row[stream.owner])
            new = row["id"] not in seen.get(_second(row), ())
            if owner and (new or str(owner) in self._fresh):
                owners.append(owner)
                self._written[owner] = max(self._written.get(owner, ""), _second(row))
            if new:
                self._listed.append(Row(model=stream.model, id=row["id"], written=_second(row)))
        return owners


def _after(place: _Place) -> list[Any]:
    if not place.at:
        return []
    if not place.id:
        return [("write_date", ">=", place.at)]
    later = ("write_date", ">=", _shifted(place.at, 1))
    return ["|", later, "&", ("write_date", ">=", place.at), ("id", ">", place.id)]


def _within(second: str, place: _Place) -> list[Any]:
    start = place.id if place.at == second else 0
    bounds = (("write_date", ">=", second), ("write_date", "<", _shifted(second, 1)))
    return [*bounds, ("id", ">", start)]


def _second(row: Mapping[str, Any]) -> str:
    return text(row["write_date"])[:19]


def _shifted(moment: str, seconds: float) -> str:
    if not moment:
        return ""
    return (datetime.strptime(moment, _TIME) + timedelta(seconds=seconds)).strftime(_TIME)  # noqa: DTZ007 - all are Odoo's UTC


def _digest(changes: Iterable[Change]) -> str:
    wires = [change.wire for change in changes]
    content = json.dumps(wires, sort_keys=True, default=str).encode()
    return hashlib.sha256(content).hexdigest()[:12]


def _place(told: Mapping[str, Any]) -> _Place:
    seen = {second: _ids(runs) for second, runs in told["seen"].items()}
    return _Place(at=told["at"], id=told["id"], seen=seen)


def _told(place: _Place, start: str) -> dict[str, Any]:
    """The place as data, without what lies before `start` or beyond what may be remembered."""
    left = REMEMBERED
    kept: dict[str, str] = {}
    for second in sorted(place.seen, reverse=True):
        runs = _runs(place.seen[second])
        left -= runs.count(",") + 1
        if second < start or left < 0:
            break
        kept[second] = runs
    place.seen = {second: place.seen[second] for second in kept}
    return {"at": place.at, "id": place.id, "seen": kept}


def _runs(ids: Iterable[int]) -> str:
    """1, 2, 3, 7 as "1-3,7"."""
    runs: list[list[int]] = []
    for one in sorted(ids):
        if runs and one == runs[-1][1] + 1:
            runs[-1][1] = one
        else:
            runs.append([one, one])
    return ",".join(f"{a}-{b}" if b > a else str(a) for a, b in runs)


def _ids(runs: str) -> set[int]:
    bounds = [run.partition("-") for run in runs.split(",")]
    return {one for a, _, b in bounds for one in range(int(a), int(b or a) + 1)}
