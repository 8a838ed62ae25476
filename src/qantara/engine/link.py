"""A link: one entity kept in agreement from a source to a target."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum, IntEnum
from typing import Any

from qantara.connectors.base import Change, Connector
from qantara.model import Record
from qantara.storage.store import Store


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
    that are left alone. `on_delete` says what a deletion at the source means: ask, archive or
    ignore. `prepare` completes the link when its run begins.
    """

    name: str
    entity: str
    source: Connector
    target: Connector
    record_type: type
    fields: frozenset[str]
    kind: Kind = Kind.RECORD
    target_entity: str = ""
    transform: Transform = lambda record: record
    view: Callable[[Any], Record] = lambda record: record
    scope: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    loose: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()
    bound_only: bool = False
    excluded: frozenset[str] = frozenset()
    on_delete: str = "ask"
    prepare: Preparation | None = None
    priority: Priority = Priority.CATALOGUE

    def __post_init__(self) -> None:
        """Refuse fields that the record does not have."""
        known = {known.name for known in fields(self.record_type)}
        if unknown := (self.fields | self.checks) - known:
            raise ValueError(f"{self.name}: no field {', '.join(sorted(unknown))}")

    @property
    def there(self) -> str:
        """The entity's name at the target."""
        return self.target_entity or self.entity

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
        return self.transform(self.source.to_canonical(change))

    def present(self, change: Change) -> Record:
        """The target's record as the link looks at it."""
        return self.view(self.target.to_canonical(change))

    async def prepared(self, store: Store) -> "Link":
        """The link as its run needs it."""
        return await self.prepare(self, store) if self.prepare else self
