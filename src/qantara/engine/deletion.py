"""Deletion: what becomes of the counterpart of a record that is gone, and how that is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection as Database

from qantara.connectors.base import Change, Outcome, Write, Written
from qantara.engine.fingerprint import fingerprints, plain
from qantara.engine.item import PARKED, SKIPPED, WRITTEN
from qantara.engine.link import Link
from qantara.storage import (
    bindings,
    conflicts,
    dead_letters,
    effects,
    ledger,
    questions,
    runs,
    shadows,
    work,
)
from qantara.storage.conflicts import WHOLE, Clash, Conflict
from qantara.storage.ledger import Result
from qantara.storage.shadows import Shadow
from qantara.storage.steps import reached
from qantara.storage.store import Store
from qantara.storage.work import Task
from qantara.transport import AuthFailed, ConnectorError, OutcomeUnknown, Rejected, Unsupported

VERSION = "deleted"
"""The version under which the ledger tells of a deletion."""

Operation = Literal["delete", "archive"]


@dataclass(slots=True, kw_only=True)
class Lost:
    """A record that is gone at the source, its counterpart, and what is decided about the two.

    `shadow` is as the link sees it, `asked` the question about the record as a whole. `parted`:
    the two are no longer held to be the same; `forgotten`: neither is known any more.
    """

    source_id: str
    record: str
    target_id: str
    shadow: Shadow | None = None
    asked: Conflict | None = None
    retried: bool = False
    result: Result = SKIPPED
    reason: str = ""
    parted: bool = False
    forgotten: bool = False
    letter: bool = False
    refusal: ConnectorError | None = None
    clash: Clash | None = None
    again: Sequence[Task] = field(default=())

    def end(
        self,
        result: Result,
        reason: str,
        *,
        parted: bool = False,
        forgotten: bool = False,
        letter: bool = False,
    ) -> None:
        """What became of it."""
        self.result, self.reason = result, reason
        self.parted, self.forgotten, self.letter = parted, forgotten, letter


def never_carried(link: Link, ids: Sequence[str]) -> list[ledger.Outcome]:
    """What the ledger says of records that were gone before the link carried them over."""
    reason = f"It is gone at {link.here_name}, and the link had not carried it over."
    return [
        ledger.Outcome(
            connection=link.here_name,
            entity=link.entity,
            external_id=id_,
            version=VERSION,
            result=SKIPPED,
            reason=reason,
        )
        for id_ in ids
    ]


def ask_again(link: Link, ids: Sequence[str]) -> list[Task]:
    """That the link shall look at these records of its source in its next turn."""
    return [
        Task(link=link.name, connection=link.here_name, entity=link.entity, external_id=id_)
        for id_ in ids
    ]


def edited(link: Link, lost: Lost, change: Change) -> bool:
    """True when the counterpart was changed since both sides agreed."""
    agreed = lost.shadow.target if lost.shadow else {}
    hashes = _hashes(link, change)
    return any(agreed.get(name) != value for name, value in hashes.items())


def decided(link: Link, lost: Lost, change: Change) -> str:
    """Whose word a person took, as the link sees it: "source", "target", or "" for nobody's."""
    asked = lost.asked
    if asked is None or {asked.source_hash, asked.target_hash} != {"", _whole(link, change)}:
        return ""
    return _OTHER[asked.choice] if link.origin else asked.choice


def ask_whole(link: Link, lost: Lost, change: Change) -> None:
    """A person decides whether the deletion or the changed record holds."""
    sides: list[tuple[str, Any, str]] = [
        (lost.source_id, None, ""),
        (lost.target_id, plain(link.present(change)), _whole(link, change)),
    ]
    (source_id, source_value, source_hash), (target_id, target_value, target_hash) = (
        sides[::-1] if link.origin else sides
    )
    lost.clash = Clash(
        record=lost.record,
        field=WHOLE,
        source_id=source_id,
        target_id=target_id,
        source_value=source_value,
        target_value=target_value,
        source_hash=source_hash,
        target_hash=target_hash,
        rule=link.on_delete,
    )
    lost.end(PARKED, f"It was deleted at {link.here_name} and is still at {link.there_name}.")


async def remove(
    link: Link, store: Store, run_id: str, doomed: Sequence[tuple[Lost, Change]]
) -> None:
    """Delete or archive the counterparts; what may not be deleted is archived, if that is possible."""
    archivable = "active" in link.fields
    first: Operation = "archive" if link.on_delete == "archive" and archivable else "delete"
    refused = await _send(link, store, (run_id, first), doomed)
    if first == "delete" and archivable:
        await _send(link, store, (run_id, "archive"), refused)


async def _send(
    link: Link, store: Store, what: tuple[str, Operation], doomed: Sequence[tuple[Lost, Change]]
) -> list[tuple[Lost, Change]]:
    """Do it to all of them; those that the target refuses come back, and say why."""
    if not doomed:
        return []
    run_id, operation = what
    records = [lost.record for lost, _ in doomed]
    await store.run(
        effects.intend, run_id, link.name, [_intent(lost, operation) for lost, _ in doomed]
    )
    reached(f"{operation}: about to be sent")
    try:
        outcomes = await _SEND[operation](link, doomed)
    except OutcomeUnknown as error:
        unknown: dict[str, effects.State] = dict.fromkeys(records, "unknown")
        await store.run(effects.settle, link.name, unknown, dict.fromkeys(records, error.reason))
        raise
    except (AuthFailed, Rejected, Unsupported) as error:
        outcomes = [error] * len(doomed)
    reached(f"{operation}: answered")
    states: dict[str, effects.State] = {}
    for (lost, _), outcome in zip(doomed, outcomes, strict=True):
        states[lost.record] = "done" if isinstance(outcome, Written) else "failed"
        _note(link, lost, operation, outcome)
    await store.run(effects.settle, link.name, states)
    return [pair for pair in doomed if pair[0].letter]


def _intent(lost: Lost, operation: Operation) -> effects.Intent:
    return effects.Intent(record=lost.record, operation=operation, target_id=lost.target_id)


async def _delete(link: Link, doomed: Sequence[tuple[Lost, Change]]) -> Sequence[Outcome]:
    return await link.target.delete(link.there, [lost.target_id for lost, _ in doomed])


async def _archive(link: Link, doomed: Sequence[tuple[Lost, Change]]) -> Sequence[Outcome]:
    writes = [
        Write(
            key=lost.record,
            record=replace(link.target.to_canonical(change), active=False),  # type: ignore[arg-type]
            fields=frozenset({"active"}),
            external_id=lost.target_id,
        )
        for lost, change in doomed
    ]
    return await link.target.write(link.there, writes)


_SEND = {"delete": _delete, "archive": _archive}

_TELL = {"delete": "It was deleted at {}, too.", "archive": "It was archived at {}."}

_DO = {False: "Archive", True: "Cancel"}

_OTHER = {"source": "target", "target": "source", "": ""}


def _note(link: Link, lost: Lost, operation: Operation, outcome: Outcome) -> None:
    if isinstance(outcome, Written):
        deleted = operation == "delete"
        reason = _TELL[operation].format(link.there_name)
        lost.end(WRITTEN, reason, forgotten=deleted, parted=not deleted)
    else:
        lost.refusal = outcome
        lost.end(PARKED, f"{link.there_name} keeps it: {outcome.reason}", letter=True)


def _hashes(link: Link, change: Change) -> Mapping[str, str]:
    return fingerprints(link.present(change), link.fields)


def _whole(link: Link, change: Change) -> str:
    told = repr(sorted(_hashes(link, change).items()))
    return sha256(told.encode()).hexdigest()[:16]


def close(
    database: Database,
    link: Link,
    run_id: str,
    records: Sequence[Lost],
    rest: tuple[Sequence[ledger.Outcome], Sequence[Task]],
) -> None:
    """What became of them becomes durable, with the other outcomes and tasks that are over."""
    others, tasks = rest
    ended = [lost for lost in records if lost.forgotten or lost.parted]
    shadows.drop(database, link.pair, [lost.record for lost in ended])
    forgotten = [lost.target_id for lost in ended if lost.forgotten]
    bindings.unbind(database, link.there_name, link.there, forgotten)
    left = [lost.source_id for lost in ended] + [one.external_id for one in others]
    _let_go(database, link, left)
    _tell(database, link, records)
    fine = [lost.source_id for lost in records if not lost.letter]
    fine += [one.external_id for one in others]
    dead_letters.resolve(database, link.name, fine, "It is gone at the source.")
    if link.two_way:
        over = [lost.target_id for lost in ended]
        dead_letters.resolve(database, link.mirrored.name, over, "Its counterpart is gone.")
    questions.withdraw(database, link.name, fine)
    outcomes = [*others, *(_outcome(link, lost) for lost in records)]
    repeated = ledger.account(database, run_id, link.name, outcomes)
    runs.progress(database, run_id, seen=len(outcomes) - repeated)
    work.finish(database, tasks)


def _let_go(database: Database, link: Link, ids: Sequence[str]) -> None:
    """Unbind what no other link has still to deal with."""
    records = bindings.records_of(database, link.here_name, link.entity, ids)
    kept = shadows.remembered(database, list(records.values()))
    free = [id_ for id_, record in records.items() if record not in kept]
    bindings.unbind(database, link.here_name, link.entity, free)


def _tell(database: Database, link: Link, records: Sequence[Lost]) -> None:
    dead_letters.park(database, [_letter(link, lost) for lost in records if lost.letter])
    clashes = [lost.clash for lost in records if lost.clash]
    conflicts.ask(database, link.pair, clashes)
    conflicts.settle_all(database, link.pair, [one.record for one in clashes], but=WHOLE)
    asked = {lost.record: [WHOLE] for lost in records if lost.asked and not lost.clash}
    conflicts.settle(database, link.pair, asked)
    over = [lost.record for lost in records if lost.forgotten or lost.parted]
    conflicts.settle_all(database, link.pair, over)
    work.ask(database, [task for lost in records for task in lost.again])


def _outcome(link: Link, lost: Lost) -> ledger.Outcome:
    return ledger.Outcome(
        connection=link.here_name,
        entity=link.entity,
        external_id=lost.source_id,
        version=VERSION,
        result=lost.result,
        record=lost.record,
        target_id=lost.target_id,
        reason=lost.reason,
    )


def _letter(link: Link, lost: Lost) -> dead_letters.Letter:
    why = f" {lost.refusal.reason}" if lost.refusal else ""
    what = link.entity.replace("_", " ").capitalize()
    remedy = (
        f"{_DO[link.on_delete == 'tell']} it at {link.there_name} if it is not needed, then retry "
        "this letter: the two are no longer held to be the same."
    )
    if lost.refusal:
        remedy = lost.refusal.remedy or f"Delete or archive it at {link.there_name}; then retry."
    return dead_letters.Letter(
        link=link.name,
        connection=link.here_name,
        entity=link.entity,
        external_id=lost.source_id,
        version=VERSION,
        record=lost.record,
        target_id=lost.target_id,
        code="Deleted",
        reason=f"{what} {lost.source_id} was deleted at {link.here_name}; "
        f"its counterpart, {what.lower()} {lost.target_id}, is still at {link.there_name}.{why}",
        remedy=remedy,
    )
