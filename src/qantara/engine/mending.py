"""What is wrong with records that do not agree, who moved, and handing them back to their link."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection as Database

from qantara.engine import audit
from qantara.engine.audit import Finding
from qantara.engine.fingerprint import fingerprints
from qantara.engine.link import Kind, Link
from qantara.storage import alerts, bindings, buckets, conflicts, effects, shadows, work
from qantara.storage.shadows import Shadow
from qantara.storage.store import Store
from qantara.storage.work import Task

Cause = Literal["source", "target", "missing", "gone", "new"]

WORDS: Mapping[Cause, str] = {
    "source": "was changed at {here}, and that was not carried over",
    "target": "was changed at {there}",
    "missing": "was deleted at {there}",
    "gone": "was deleted at {here}, and {there} still has it",
    "new": "never came to {there}",
}

LATE: frozenset[Cause] = frozenset({"source", "gone", "new"})
"""What may be on its way still: the link has only not looked yet."""

ALERT = "drift"

_NAMED = 5
"""Records that an alert names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One record that no longer agrees: `fields` are those that differ, for people to read."""

    cause: Cause
    reason: str
    finding: Finding

    @property
    def source_id(self) -> str:
        """Its id at the source."""
        return self.finding.source_id

    @property
    def target_id(self) -> str:
        """Its id at the target, "" when it is not there."""
        return self.finding.target_id

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that differ."""
        return tuple(one.field for one in self.finding.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What drifted, and the ids of the source of which nobody can tell while they are on their way."""

    drifts: Sequence[Drift] = ()
    underway: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the journal has to say of records that do not agree; `deleted` were bound once."""

    shadows: Mapping[str, Shadow]
    excused: Collection[str]
    underway: Collection[str]
    deleted: Mapping[str, tuple[str, str]]


async def judge(link: Link, store: Store, ids: Sequence[str]) -> Judged:
    """Read these records of the source and their counterparts, and say what is wrong with whom.

    What waits for a person, as a dead letter or a question, is known and no drift.
    """
    compared = await audit.compare_ids(link, store, ids)
    absent = sorted(set(ids) - set(compared.read))
    if not (absent or compared.findings):
        return Judged()
    known = await store.run(_known, link, compared.findings, absent)
    lost = [
        Finding(link=link.name, source_id=one, target_id=target, record=record)
        for one, (record, target) in known.deleted.items()
    ]
    wrong = [*((_cause(link, known, one), one) for one in compared.findings)]
    wrong += [("gone", one) for one in lost]
    open_ = [(cause, one) for cause, one in wrong if one.source_id not in known.excused]
    drifts = [
        Drift(cause=cause, reason=_reason(link, cause, one), finding=one)
        for cause, one in open_
        if one.source_id not in known.underway
    ]
    return Judged(drifts=drifts, underway=frozenset(known.underway))


def mend(database: Database, link: Link, drifts: Sequence[Drift]) -> None:
    """Hand the records to the link as work; what the target changed is forgotten, to be written.

    In a two-way link the other direction is told of what the target changed, and the rules decide.
    """
    theirs = [one for one in drifts if one.cause in ("target", "missing")]
    if link.two_way:
        back = link.mirrored
        tasks = [_task(back, one.target_id) for one in theirs]
    else:
        audit.forget_here(database, link, [one.finding for one in theirs])
        tasks = [_task(link, one.source_id) for one in theirs]
    tasks += [_task(link, one.source_id) for one in drifts if one.cause in LATE]
    work.ask(database, tasks)


def mendable(link: Link, drifts: Sequence[Drift]) -> list[Drift]:
    """What the hub may mend by itself; a document that moved on at the target is a person's."""
    return [one for one in drifts if one.cause in LATE or link.kind is not Kind.DOCUMENT]


def tell(database: Database, link: Link, drifts: Sequence[Drift]) -> None:
    """Raise the alert, or say once more what it is about."""
    named = "; ".join(f"{_which(one)} {one.reason}" for one in drifts[:_NAMED])
    more = f"; and {len(drifts) - _NAMED} more" if len(drifts) > _NAMED else ""
    alerts.open_(
        database,
        ALERT,
        link.name,
        f"Records of {link.name} no longer agree: {named}{more}.",
        remedy="Find out who changes them; `qantara drift --repair` carries them over again.",
    )


def _cause(link: Link, known: _Known, finding: Finding) -> Cause:
    if not finding.target_id:
        return "new"
    if not finding.fields:
        deleted = finding.problem == audit.deleted_there(link)
        return "missing" if deleted else "source"
    shadow = known.shadows.get(finding.record)
    names = [one.field for one in finding.fields if one.field in link.fields]
    agreed = shadow.source if shadow else {}
    now = fingerprints(finding.here, names)
    return "source" if any(agreed.get(name) != now[name] for name in names) else "target"


def _known(
    database: Database, link: Link, findings: Sequence[Finding], absent: Sequence[str]
) -> _Known:
    deleted = _deleted(database, link, absent)
    ids = [*(one.source_id for one in findings), *deleted]
    by_record = {one.record: one.source_id for one in findings if one.record}
    by_record |= {record: one for one, (record, _) in deleted.items()}
    excused = buckets.parked(database, link.name, ids)
    underway = buckets.waiting(database, link.name, ids)
    for direction in link.directions:
        unsettled = {one.record for one in effects.unsettled(database, direction.name)}
        underway |= {by_record[one] for one in unsettled & by_record.keys()}
    if link.two_way:
        asked = conflicts.unsettled(database, link.pair, list(by_record))
        excused |= {by_record[record] for record in asked}
        excused |= _waiting_back(database, link, findings)
    return _Known(
        shadows=shadows.of(database, link.pair, list(by_record)),
        excused=excused,
        underway=underway,
        deleted=deleted,
    )


def _waiting_back(database: Database, link: Link, findings: Sequence[Finding]) -> set[str]:
    """What the other direction has put aside, by the ids of this one's source."""
    back = {one.target_id: one.source_id for one in findings if one.target_id}
    there = buckets.parked(database, link.mirrored.name, list(back))
    return {back[one] for one in there}


def _deleted(database: Database, link: Link, absent: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Of what the source no longer has, that which the link has carried over."""
    records = bindings.records_of(database, link.here_name, link.entity, absent)
    ours = shadows.of(database, link.pair, list(records.values()))
    targets = bindings.external_ids(database, link.there_name, link.there, list(ours))
    return {one: (record, targets[record]) for one, record in records.items() if record in targets}


def _reason(link: Link, cause: Cause, finding: Finding) -> str:
    words = WORDS[cause].format(here=link.here_name, there=link.there_name)
    fields = ", ".join(one.field for one in finding.fields)
    if fields:
        return f"{words} ({fields})"
    told = finding.problem.rstrip(".") if cause == "source" else ""
    return f"{words}: {told}" if told else words


def _which(drift: Drift) -> str:
    return drift.source_id + (f" = {drift.target_id}" if drift.target_id else "")


def _task(link: Link, external_id: str) -> Task:
    return Task(
        link=link.name, connection=link.here_name, entity=link.entity, external_id=external_id
    )
