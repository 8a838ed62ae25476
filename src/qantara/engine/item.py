"""A change on its way through the pipeline, and what is known of it so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Optional

from qantara.connectors.base import Change
from qantara.model import Ref
from qantara.storage.conflicts import Clash, Conflict
from qantara.storage.ledger import Result
from qantara.storage.shadows import Shadow
from qantara.storage.work import Task
from qantara.transport import ConnectorError, Undecided

WRITTEN: Result = "written"
UNCHANGED: Result = "unchanged"
MERGED: Result = "merged"
SKIPPED: Result = "skipped"
PARKED: Result = "parked"

AUTOMATIC = frozenset({"MissingReference", "DuplicateKey", "AmbiguousMatch", "Undecided", "NotYet"})
"""Reasons that may vanish by themselves: such dead letters are tried again in every run."""


class MissingReference(ConnectorError):
    """The record refers to another one, `reference`, that the target does not have yet."""

    reference: Ref | None = None


class DuplicateKey(ConnectorError):
    """Two records claim the same unique natural key."""


class AmbiguousMatch(Undecided):
    """The target holds several records that this one could be, or one that it should not touch."""


class NotKept(ConnectorError):
    """The target accepted the write and keeps something else."""


@dataclass(slots=True, kw_only=True)
class Item:
    """`record` speaks in the source's ids, `outgoing` in the target's; `result` ends the journey.

    `matches` are ids of the target by the record's natural keys, None while nobody has asked;
    `found` is the one that it turned out to be, `answered` the one that a person said it is;
    `contested` when he has taken that back.

    `missing` is a record that it refers to and that the target does not know (yet).
    `corrected` are the fields that a person has corrected, which are written in any case.
    `adopted`: the target held it already, under its natural key. `uncertain`: it is known there,
    and nothing was agreed on yet.

    In a two-way link `shadow` is what was agreed on and `asked` what a person was asked; `counter`
    is the write of the `backward` fields, which goes the other way, `agreed` are the fields in which
    both sides are one now, about the `clashes` a person is asked, and what is to be looked at `again`
    was gone when it was read back.

    After `later` seconds it is looked at again, None for never. `withheld`: the link is in shadow
    mode, and would have written it. `short` is what the target could not take of it, in its words.
    """

    change: Change
    record: Any = None
    outgoing: Any = None
    hashes: Mapping[str, str] = field(default_factory=dict)
    hub: str = ""
    target_id: str | None = None
    matches: Mapping[str, Sequence[str]] | None = None
    found: Change | None = None
    answered: str = ""
    contested: bool = False
    adopted: bool = False
    uncertain: bool = False
    fields: frozenset[str] = frozenset()
    missing: Ref | None = None
    corrected: frozenset[str] = frozenset()
    content: bytes | None = None
    kept: Mapping[str, str] = field(default_factory=dict)
    children: Mapping[str, str] = field(default_factory=dict)
    shadow: Shadow | None = None
    asked: Mapping[str, Conflict] = field(default_factory=dict)
    backward: frozenset[str] = frozenset()
    counter: Optional["Item"] = None
    agreed: frozenset[str] = frozenset()
    clashes: Sequence[Clash] = ()
    again: Sequence[Task] = ()
    later: float | None = None
    withheld: bool = False
    short: ConnectorError | None = None
    result: Result | Literal[""] = ""
    error: ConnectorError | None = None
    reason: str = ""

    @property
    def open(self) -> bool:
        """True while the item still has steps to go."""
        return not self.result

    @property
    def ending(self) -> Result:
        """How the journey ended."""
        if not self.result:
            raise RuntimeError(f"Change {self.change.external_id} has no outcome.")
        return self.result

    def end(self, result: Result, reason: str = "") -> None:
        """The journey ends here."""
        self.result, self.reason = result, reason

    def rest(self) -> None:
        """The journey ends without a write: both sides agree, or a person is asked."""
        if self.clashes:
            self.end(PARKED, self.question)
        else:
            self.end(MERGED if self.adopted else UNCHANGED)

    def put_off(self, reason: str, seconds: float) -> None:
        """The journey ends for now; nothing was agreed on, and it begins anew in so many seconds."""
        self.hashes, self.kept, self.later = {}, {}, seconds
        self.end(SKIPPED, reason)

    @property
    def question(self) -> str:
        """What a person is asked, in a sentence."""
        fields = ", ".join(sorted(clash.field for clash in self.clashes))
        return f"Both sides have their own {fields}: a person decides (qantara conflicts list)."

    def park(self, error: ConnectorError) -> None:
        """The journey ends with a person: `error` says why and what to do."""
        self.result, self.error, self.reason = PARKED, error, error.reason
