"""A link: one entity kept in agreement from a source to a target, or in both directions."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import Enum, IntEnum
from typing import Any, Optional

from sqlalchemy import Connection as Database

from qantara.connectors.base import Change, Connector
from qantara.engine.item import Item
from qantara.engine.merge import Rule
from qantara.model import Record
from qantara.model.keys import natural_keys
from qantara.rules.mapping import FieldMapping, Unmappable
from qantara.storage import bindings, questions
from qantara.storage.store import Store
from qantara.transport import ConnectorError, Rejected


class Kind(Enum):
    """How an entity is treated; see the four strategies in the documentation."""

    RECORD = "record"
    DOCUMENT = "document"
    LEVEL = "level"
    THREAD = "thread"


class Priority(IntEnum):
    """Who goes first where several links want the same system; none waits for ever."""

    STOCK_DOWN = 90
    ORDERS = 80
    PAYMENTS = 70
    SHIPMENTS = 60
    PRICES = 50
    STOCK = 45
    CATALOGUE = 40
    IMAGES = 30
    BACKGROUND = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """What a transform answers for a record that, by its rule, is not to be carried over."""

    reason: str


Transform = Callable[[Any], Record | Skipped]
Preparation = Callable[["Link", Store], Awaitable["Link"]]
CatchUp = Callable[["Link", Store], Awaitable[None]]
Examination = Callable[["Link", Sequence[Item]], Awaitable[None]]
Step = Callable[["Link", Store, Sequence[Item]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How the source hears that its record cannot be made at the target.

    `words` says, of the source's record (None where it could not be understood) and of the reason,
    what is written at the source, and that in the named `fields`.
    """

    words: Callable[[Any, ConnectorError], Record]
    fields: frozenset[str]


def unchanged(record: Any) -> Any:
    """The record as it is: the transform of a link whose two sides mean the same."""
    return record


BACK = "_back"
"""What the name of a link's other direction ends in."""

CHILD_ENTITY: Mapping[str, str] = {"product": "variant"}
"""Records inside records: bound together with the one that holds them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where `entity` of `source` goes at `target`, and by which rules.

    `fields` are kept in agreement; `loose` ones among them are written but belong to the target
    afterwards; `checks` are compared after a write and never written. `transform` turns the
    source's record into the target's, `view` hides of the target's record what is its own affair.
    `aliases` name the entity that a reference has at the target where it differs. `bound_only`
    carries nothing over that is not known at the target already, `excluded` are ids of the source
    that are left alone. `on_delete` says what a deletion at the source means: propagate, archive,
    ignore, ask, or tell: a person reads of it, once, and nothing is done. `prepare` completes the link when its run begins. With `hints_only` an event says no more
    than that the source is worth asking: only the source knows which records concern the link.
    Of a thread `edits` are the fields that are written again when they change; one with a `catch_up`
    remembers what its messages are on until the target knows it (see `threads`), and each run
    begins with that.
    `examine` looks at new records before they are made at the target and may park some. Where there
    is a `refusal` the source is told of what could not be made, and no letter is kept of it. `every`
    is how often the source is asked where nobody has said otherwise.

    `lead` is called with each page before anything is asked about it, and may see to what its
    records refer to. `adjust` is called with what is about to be written, and may decide it anew by
    what both systems say at that moment, or end it; what it leaves alone is written as it is. Both
    may put an item off (`Item.later`).

    `mapping` is what the user changed: it follows the flow's `transform`. In `shadow` mode the link
    does everything but write (see `shadowing`).

    `keys` are by what a record is looked for at the target, in the words of `model.keys`; with
    `alike` a person is asked about what no key recognises and what looks like one that is there.
    `chosen` are answers about small tables that the configuration gives (see `engine.questions`).

    A `two_way` link also brings home what changed at the target, by the rule of each field. All
    comparison is in the target's words: `transform` leads there, `inverse` back; without it the
    transform must change nothing. `homeward` names the fields that it takes to write some of the
    target's at the source, and `returning` stands in the place of `view` for what is on its way
    there, where not all that can be looked at can be carried. `wording` and `naming` are the same
    for the way to the target, where that is the one that speaks otherwise. `one_way` is the sentence why it cannot be turned round. The
    other direction is `mirrored`, a link of its own; both belong to one `pair`, and nobody may
    work on both at once.
    """

    name: str
    entity: str
    source: Connector
    target: Connector
    record_type: type
    fields: frozenset[str]
    kind: Kind = Kind.RECORD
    target_entity: str = ""
    transform: Transform = unchanged
    view: Transform = unchanged
    scope: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    loose: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()
    bound_only: bool = False
    keys: Callable[[Any], Sequence[str]] = natural_keys
    alike: bool = False
    chosen: Mapping[str, str] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    on_delete: str = "ask"
    prepare: Preparation | None = None
    priority: Priority = Priority.CATALOGUE
    hints_only: bool = False
    edits: frozenset[str] = frozenset()
    catch_up: CatchUp | None = None
    examine: Examination | None = None
    refusal: Refusal | None = None
    lead: Step | None = None
    adjust: Step | None = None
    every: timedelta | None = None
    two_way: bool = False
    one_way: str = ""
    rules: Mapping[str, Rule] = field(default_factory=dict)
    default_rule: Rule = Rule.ASK
    inverse: Callable[[Any], Record] | None = None
    homeward: Callable[[frozenset[str]], frozenset[str]] = unchanged
    returning: Transform | None = None
    wording: Callable[[Any], Record] = unchanged
    naming: Callable[[frozenset[str]], frozenset[str]] = unchanged
    mapping: FieldMapping | None = None
    shadow: bool = False
    origin: Optional["Link"] = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse fields that the record does not have, and to turn round what has no way back."""
        known = {known.name for known in fields(self.record_type)}
        if unknown := (self.fields | self.checks | set(self.rules)) - known:
            raise ValueError(f"{self.name}: no field {', '.join(sorted(unknown))}")
        if self.two_way and self.origin is None and (reason := self.no_way_back):
            raise ValueError(f"{self.name} cannot be two-way: {reason}")

    @property
    def no_way_back(self) -> str:
        """The sentence why the link cannot be two-way; "" when it can."""
        plain = self.transform is unchanged and self.view is unchanged
        reasons = (
            (self.one_way, bool(self.one_way)),
            (f"A {self.kind.value} has one direction.", self.kind is not Kind.RECORD),
            ("It carries only a part of the entity.", bool(self.scope)),
            ("It writes fields that belong to the target.", bool(self.loose | self.checks)),
            ("What it changes on the way has no way back.", not (plain or self.inverse)),
        )
        mapped = self.mapping.no_way_back(self.fields) if self.mapping else ""
        return next((reason for reason, holds in reasons if holds), mapped)

    @property
    def pair(self) -> str:
        """The name under which shadows and conflicts of both directions are kept."""
        return self.origin.name if self.origin else self.name

    @property
    def directions(self) -> "Sequence[Link]":
        """The link, and its other direction where it has one; in this order they must run."""
        return (self, self.mirrored) if self.two_way and self.origin is None else (self,)

    @property
    def mirrored(self) -> "Link":
        """The other direction of a two-way link, with an own name, cursor, effects and ledger."""
        if self.origin:
            return self.origin
        return replace(
            self,
            name=f"{self.name}{BACK}",
            entity=self.there,
            source=self.target,
            target=self.source,
            target_entity=self.entity,
            transform=self.returning or self.view,
            view=self.carried,
            wording=self.home,
            naming=self.named_home,
            mapping=None,
            returning=None,
            homeward=unchanged,
            aliases={there: here for here, there in self.aliases.items()},
            excluded=frozenset(),
            keys=natural_keys,
            chosen={},
            prepare=_turned,
            rules={name: rule.reversed for name, rule in self.rules.items()},
            default_rule=self.default_rule.reversed,
            origin=self,
        )

    def rule(self, name: str) -> Rule:
        """What decides when both sides changed this field; also who owns it."""
        return self.rules.get(name, self.default_rule)

    @property
    def there(self) -> str:
        """The entity's name at the target."""
        return self.target_entity or self.entity

    @property
    def positions(self) -> Sequence[str]:
        """Under which names the cursor is kept: where it writes, and in shadow mode."""
        return (self.name, f"{self.name}:shadow")

    @property
    def position(self) -> str:
        """Under which name the cursor is kept now."""
        return self.positions[self.shadow]

    @property
    def here_name(self) -> str:
        """The name of the source connection."""
        return self.source.connection.name

    @property
    def there_name(self) -> str:
        """The name of the target connection."""
        return self.target.connection.name

    def outgoing(self, change: Change) -> Record | Skipped:
        """The source's record in canonical words, as the flow wants it at the target."""
        if change.external_id in self.excluded:
            return Skipped(reason="Another link of the flow keeps it.")
        told: Record | Skipped = self.carried(self.source.to_canonical(change))
        return told

    def carried(self, record: Any) -> Any:
        """The source's record as it goes to the target: by the flow's rule, then by the user's."""
        told: Any = self.transform(record)
        if self.mapping is None or isinstance(told, Skipped):
            return told
        try:
            return self.mapping.there(told)
        except Unmappable as error:
            raise Rejected(error.reason, remedy=error.remedy) from error

    def home(self, record: Any) -> Any:
        """A record in the target's words as the source would tell it."""
        if self.mapping is not None:
            try:
                record = self.mapping.back(record)
            except Unmappable as error:
                raise Rejected(error.reason, remedy=error.remedy) from error
        return self.inverse(record) if self.inverse else record

    def named_home(self, names: frozenset[str]) -> frozenset[str]:
        """The source's fields that these of the target are kept in."""
        return self.homeward(self.mapping.returned(names) if self.mapping else names)

    def present(self, change: Change) -> Any:
        """The target's record as the link looks at it."""
        return self.view(self.target.to_canonical(change))

    async def prepared(self, store: Store) -> "Link":
        """The link as its run needs it; its target knows what persons decided about its tables."""
        ready = await self.prepare(self, store) if self.prepare else self
        given = {("tax", subject): choice for subject, choice in ready.chosen.items()}
        ready.target.heed(await store.run(questions.table, ready.there_name), given)
        return ready


async def _turned(link: Link, store: Store) -> Link:
    """The other direction of the link as it is when prepared; what it leaves alone, too."""
    assert link.origin is not None  # noqa: S101 - only `mirrored` sets this preparation
    ready = await link.origin.prepared(store)
    excluded = await store.run(_counterparts, ready, ready.excluded)
    return replace(ready.mirrored, excluded=excluded)


def _counterparts(database: Database, link: Link, ids: frozenset[str]) -> frozenset[str]:
    known = bindings.records_of(database, link.here_name, link.entity, ids)
    there = bindings.external_ids(database, link.there_name, link.there, list(known.values()))
    return frozenset(there.values())
