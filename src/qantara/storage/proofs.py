"""The proof ledger: one sealed row for each run that saw something, kept for ever.

A row says how many changes the run saw and how they ended, and holds a digest of its ledger lines;
its seal covers the row and all rows before it. Lines may be let go later, the proof stays.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Connection, Text, select, type_coerce
from sqlalchemy import insert as insert_into

from qantara.storage import chain
from qantara.storage.errors import ProofBroken
from qantara.storage.ledger import RESULTS, Chosen
from qantara.storage.schema import audit, ledger
from qantara.storage.schema import proofs as table

PRUNED = "prune"
"""The deed of the audit trail that says until when lines were let go."""

UNCHANGED, TOLD = "unchanged", "told"
"""Two kinds of lines: the first are let go sooner than all the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run that is over; `seen` is the sum of its results when `state` is "complete"."""

    run: str
    link: str
    state: str
    started_at: datetime
    ended_at: datetime
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof(Ended):
    """`id` counts from 1 without a gap.

    `lines` holds two digests: of the lines that say "unchanged", and of all others.
    """

    id: int
    results: Mapping[str, int]
    lines: str
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What the ledger says of a run: how many lines of each result, and their two digests."""

    results: Mapping[str, int]
    digests: Mapping[str, str]

    @property
    def count(self) -> int:
        """How many lines there are."""
        return sum(self.results.values())

    def of(self, kind: str) -> int:
        """How many lines of this kind there are."""
        return _counted(self.results, kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What the runs that ended on a day (UTC) did on one link."""

    day: date
    link: str
    runs: int
    failed: int
    seen: int
    results: Mapping[str, int]

    @property
    def balanced(self) -> bool:
        """Whether every change that was seen has its outcome."""
        return self.seen == sum(self.results.values())


@dataclass(slots=True, kw_only=True)
class Checked:
    """How far the chain was walked: `last` and `seal` are the newest proof that holds.

    `recomputed` counts proofs whose lines are all kept and agree, `partly` those of which some
    lines, and `bare` those of which all lines were let go.
    """

    last: int = 0
    seal: str = ""
    recomputed: int = 0
    partly: int = 0
    bare: int = 0
    over: bool = False
    until: dict[str, datetime] = field(default_factory=dict)


def read(conn: Connection, run: str) -> Lines:
    """Count the lines of a run and digest them in their order; memory stays flat."""
    digests = {kind: sha256() for kind in (TOLD, UNCHANGED)}
    results: dict[str, int] = dict.fromkeys(RESULTS, 0)
    content = select(*_CONTENT).where(ledger.c.run == run).order_by(ledger.c.id)
    for row in conn.execute(content.execution_options(yield_per=1000)):
        results[row.result] += 1
        kind = UNCHANGED if row.result == UNCHANGED else TOLD
        digests[kind].update(_ENCODER.encode(tuple(row)))
    return Lines(
        results=results, digests={kind: digest.hexdigest() for kind, digest in digests.items()}
    )


def add(conn: Connection, run: Ended, lines: Lines) -> None:
    """Seal the end of a run, in the transaction that ends it."""
    number, before = chain.end(conn, table)
    row = {
        "id": number + 1,
        **asdict(run),
        "results": dict(lines.results),
        "lines": f"{lines.digests[UNCHANGED]} {lines.digests[TOLD]}",
    }
    conn.execute(insert_into(table), [{**row, "seal": chain.sealed(before, row)}])


def walk(conn: Connection, so_far: Checked, *, limit: int = 200) -> Checked:
    """Check the next proofs of the chain; `over` when that was the last of them.

    Raises ProofBroken at the first that does not hold. Proofs cut off at the end leave no trace
    inside the table: keep the last seal elsewhere to notice that.
    """
    so_far.until = so_far.until or let_go(conn)
    statement = select(table).where(table.c.id > so_far.last).order_by(table.c.id).limit(limit)
    found = [Proof(**row) for row in conn.execute(statement).mappings()]
    for proof in found:
        _hold(proof, so_far)
        _recompute(conn, proof, so_far)
        so_far.last, so_far.seal = proof.id, proof.seal
    so_far.over = len(found) < limit
    return so_far


def check(conn: Connection) -> Checked:
    """Walk the whole chain and recompute the digests of all lines still kept, see `walk`."""
    checked = Checked()
    while not checked.over:
        checked = walk(conn, checked)
    return checked


def portion(
    conn: Connection, chosen: Chosen | None = None, *, after: int = 0, limit: int = 500
) -> list[Proof]:
    """The next proofs with an id above `after`, in their order."""
    where = (chosen or Chosen()).where(table, table.c.ended_at)
    statement = select(table).where(table.c.id > after, *where).order_by(table.c.id).limit(limit)
    return [Proof(**row) for row in conn.execute(statement).mappings()]


def days(
    conn: Connection, *, day: date | None = None, link: str | None = None, last: int = 30
) -> list[Day]:
    """The sums of each day and link, newest day first: of one day, or of the `last` so many."""
    newest = conn.scalar(select(table.c.ended_at).order_by(table.c.ended_at.desc()).limit(1))
    if newest is None:
        return []
    first = day or newest.date() - timedelta(days=last - 1)
    end = midnight(first) + timedelta(days=1) if day else None
    sums: dict[tuple[date, str], dict[str, Any]] = {}
    columns = (table.c.ended_at, table.c.link, table.c.state, table.c.seen, table.c.results)
    where = Chosen(since=midnight(first), until=end, link=link).where(table, table.c.ended_at)
    found = select(*columns).where(*where)
    for row in conn.execute(found.execution_options(yield_per=1000)):
        _add(sums.setdefault((row.ended_at.date(), row.link), _empty()), row)
    ordered = sorted(sums.items(), key=lambda one: (-one[0][0].toordinal(), one[0][1]))
    return [Day(day=on, link=name, **summed) for (on, name), summed in ordered]


def midnight(day: date) -> datetime:
    """The moment at which a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)


def let_go(conn: Connection) -> dict[str, datetime]:
    """Until when lines were let go, by kind, as the audit trail has it."""
    newest: dict[str, datetime] = {}
    for detail in conn.scalars(select(audit.c.detail).where(audit.c.action == PRUNED)):
        for kind in (TOLD, UNCHANGED):
            moment = datetime.fromisoformat(detail[kind])
            newest[kind] = max(moment, newest.get(kind, moment))
    return newest


_CONTENT = (
    ledger.c.connection,
    ledger.c.entity,
    ledger.c.external_id,
    ledger.c.version,
    ledger.c.result,
    ledger.c.record,
    ledger.c.target_id,
    ledger.c.reason,
    type_coerce(ledger.c.fields, Text),
    ledger.c.at,
)
"""What a line's digest covers."""

_ENCODER = msgspec.json.Encoder(order="sorted")


def _counted(results: Mapping[str, int], kind: str) -> int:
    unchanged = results.get(UNCHANGED, 0)
    return unchanged if kind == UNCHANGED else sum(results.values()) - unchanged


def _hold(proof: Proof, so_far: Checked) -> None:
    row = {name: getattr(proof, name) for name in _SEALED}
    if proof.id != so_far.last + 1:
        raise _broken(so_far.last + 1, "it is missing")
    if proof.seal != chain.sealed(so_far.seal, row):
        raise _broken(proof.id, "it or one before it was altered")
    if proof.state == "complete" and proof.seen != sum(proof.results.values()):
        raise _broken(proof.id, "what was seen is not what was accounted for")


_SEALED = tuple(name for name in Proof.__dataclass_fields__ if name != "seal")


def _recompute(conn: Connection, proof: Proof, so_far: Checked) -> None:
    """Compare the lines with their digest; only lines that the audit trail let go may be missing."""
    lines = read(conn, proof.run)
    expected = dict(zip((UNCHANGED, TOLD), proof.lines.split(), strict=True))
    whole = 0
    for kind, digest in expected.items():
        if lines.digests[kind] == digest:
            whole += 1
            continue
        may_be_gone = kind in so_far.until and proof.started_at < so_far.until[kind]
        if not may_be_gone or lines.of(kind) >= _counted(proof.results, kind):
            raise _broken(
                proof.id, f"the lines of run {proof.run} ({proof.link}) were altered or removed"
            )
    names = ("bare", "partly", "recomputed")
    name = names[whole] if lines.count or whole == len(expected) else "bare"
    setattr(so_far, name, getattr(so_far, name) + 1)


def _broken(number: int, why: str) -> ProofBroken:
    return ProofBroken(
        f"The proof ledger does not hold at proof {number}: {why}.",
        remedy="Compare it with a backup: the journal was changed by something else than Qantara.",
    )


def _empty() -> dict[str, Any]:
    return {"runs": 0, "failed": 0, "seen": 0, "results": dict.fromkeys(RESULTS, 0)}


def _add(summed: dict[str, Any], row: Any) -> None:
    summed["runs"] += 1
    summed["failed"] += row.state == "failed"
    summed["seen"] += row.seen
    for result, count in row.results.items():
        summed["results"][result] += count
