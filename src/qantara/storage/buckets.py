"""Buckets: ranges of ids on each side of a link, and what each amounted to when it last agreed."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, select

from qantara.storage.schema import bindings, dead_letters, ledger, proofs, runs, shadows, work
from qantara.storage.schema import buckets as table
from qantara.storage.statements import chunks, now, upsert

Side = Literal["source", "target"]
Bound = tuple[str, str]
"""From this id on, up to but not with that; "" is open."""

WHOLE: Bound = ("", "")
DOUBTED = "!"
"""The digest of a bucket in which something was found: nothing ever amounts to that."""

_DIGITS = re.compile(r"([0-9]+)")
_BETWEEN = "\t"
_PLACE = "@"
_SUSPECT = "?"
"""What the other rows of the table begin with: a bucket has a tab in its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """`digest` is "" while it is not known to agree, `at` when that was last said."""

    bound: Bound
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A record that the link has carried over, by its ids on both sides."""

    source_id: str
    target_id: str


def natural(identifier: str) -> tuple[str | int, ...]:
    """The order of ids: numbers in them count as numbers, "9@2" before "10@1"."""
    parts: list[str | int] = [*_DIGITS.split(identifier)]
    parts[1::2] = [int(part) for part in parts[1::2]]
    return tuple(parts)


def of(conn: Connection, link: str, side: Side) -> dict[Bound, Bucket]:
    """All buckets of a side in the order of their ids; the whole is among them once it agreed."""
    rows = conn.execute(
        select(table.c.bucket, table.c.digest, table.c.at).where(
            *_of(link, side), table.c.bucket.contains(_BETWEEN, autoescape=True)
        )
    )
    found = [Bucket(bound=_bound(row.bucket), digest=row.digest, at=row.at) for row in rows]
    found.sort(key=lambda bucket: (natural(bucket.bound[0]), bucket.bound != WHOLE))
    return {bucket.bound: bucket for bucket in found}


def cut(conn: Connection, link: str, side: Side, bounds: Collection[Bound]) -> None:
    """These are the buckets from now on; what those among them amounted to is kept."""
    known = of(conn, link, side)
    gone = [_name(bound) for bound in known if bound not in set(bounds)]
    for some in chunks(gone):
        conn.execute(delete(table).where(*_of(link, side), table.c.bucket.in_(some)))
    agreed(conn, link, side, dict.fromkeys((b for b in bounds if b not in known), ""))


def agreed(conn: Connection, link: str, side: Side, digests: Mapping[Bound, str]) -> None:
    """What these buckets amount to, now that they agree; "" when that is in doubt."""
    moment = now()
    rows = [
        {"link": link, "side": side, "bucket": _name(bound), "digest": digest, "at": moment}
        for bound, digest in digests.items()
    ]
    upsert(conn, table, rows, on=("link", "side", "bucket"))


def place(conn: Connection, link: str) -> str:
    """Where the rolling comparison of contents goes on: from this id of the source."""
    named = (*_of(link, "source"), table.c.bucket == _PLACE)
    return conn.scalar(select(table.c.digest).where(*named)) or ""


def move(conn: Connection, link: str, to: str) -> None:
    """Go on from this id of the source, "" for the beginning."""
    row = {"link": link, "side": "source", "bucket": _PLACE, "digest": to, "at": now()}
    upsert(conn, table, [row], on=("link", "side", "bucket"))


def suspects(conn: Connection, link: str) -> dict[str, datetime]:
    """Records of the source that seemed not to be captured, and since when."""
    begins = table.c.bucket.startswith(_SUSPECT, autoescape=True)
    rows = conn.execute(select(table.c.bucket, table.c.at).where(*_of(link, "source"), begins))
    return {row.bucket.removeprefix(_SUSPECT): row.at for row in rows}


def suspect(conn: Connection, link: str, ids: Iterable[str]) -> None:
    """Look at these again later; safe to repeat once they are no suspects any more."""
    row = {"link": link, "side": "source", "digest": "", "at": now()}
    rows = [{**row, "bucket": f"{_SUSPECT}{one}"} for one in ids]
    upsert(conn, table, rows, on=("link", "side", "bucket"))


def clear(conn: Connection, link: str, ids: Collection[str]) -> None:
    """These are no suspects. Safe to repeat."""
    for some in chunks([f"{_SUSPECT}{one}" for one in ids]):
        conn.execute(delete(table).where(*_of(link, "source"), table.c.bucket.in_(some)))


def forget(conn: Connection, link: str) -> int:
    """Forget all that is known of a link: everything is looked at anew."""
    return conn.execute(delete(table).where(table.c.link == link)).rowcount


def carried(
    conn: Connection, link: str, here: tuple[str, str], there: tuple[str, str]
) -> list[Pair]:
    """All that the link has carried between two places (connection, entity)."""
    source, target = bindings.alias(), bindings.alias()
    same = (source.c.record == shadows.c.record, target.c.record == shadows.c.record)
    rows = conn.execute(
        select(source.c.external_id, target.c.external_id).where(
            shadows.c.link == link,
            *same,
            *(source.c.connection == here[0], source.c.entity == here[1]),
            *(target.c.connection == there[0], target.c.entity == there[1]),
        )
    )
    return [Pair(source_id=row[0], target_id=row[1]) for row in rows]


def sorted_in(bounds: Sequence[Bound], ids: Iterable[str]) -> dict[Bound, list[str]]:
    """The ids in each of the bounds, which follow one another without overlap."""
    starts = [natural(start) for start, _ in bounds]
    ends = [natural(end) if end else None for _, end in bounds]
    found: dict[Bound, list[str]] = {bound: [] for bound in bounds}
    for one in ids:
        key = natural(one)
        index = bisect_right(starts, key) - 1
        if index >= 0:
            end = ends[index]
            if end is None or key < end:
                found[bounds[index]].append(one)
    return found


def parked(conn: Connection, link: str, ids: Collection[str]) -> set[str]:
    """Those of these records of the source that wait for a person."""
    column = dead_letters.c.external_id
    where = (dead_letters.c.link == link, dead_letters.c.state == "open")
    return _among(conn, column, where, ids)


def waiting(conn: Connection, link: str, ids: Collection[str]) -> set[str]:
    """Those of these records of the source that the link has to look at anyway."""
    return _among(conn, work.c.external_id, (work.c.link == link,), ids)


def ever_complete(conn: Connection, link: str) -> bool:
    """Whether a run of the link has been complete at any time."""
    known = (
        select(of.c.link).where(of.c.link == link, of.c.state == "complete").limit(1)
        for of in (runs, proofs)
    )
    return any(conn.scalar(one) is not None for one in known)


def told_of(conn: Connection, link: str, ids: Collection[str]) -> set[str]:
    """Those of these records of the source of which the ledger, as far as it is kept, has a line."""
    return _among(conn, ledger.c.external_id, (ledger.c.link == link,), ids)


def _among(
    conn: Connection,
    column: ColumnElement[str],
    where: Sequence[ColumnElement[bool]],
    ids: Collection[str],
) -> set[str]:
    return {
        one
        for some in chunks(ids)
        for one in conn.scalars(select(column).where(*where, column.in_(some)))
    }


def _of(link: str, side: Side) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (table.c.link == link, table.c.side == side)


def _name(bound: Bound) -> str:
    return _BETWEEN.join(bound)


def _bound(name: str) -> Bound:
    start, _, end = name.partition(_BETWEEN)
    return start, end
