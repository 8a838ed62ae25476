"""What the contract must be told of a connector's stand-in: how to enter, to seed, to change."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.base import Connection
from qantara.model import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A record as the hub would send it, its references being ids of the stand-in.

    Fill every field that the connector writes. The contract sends it a second time with every
    field altered; `changes` holds the altered value where the contract could not guess one (a
    reference, a country, another unit). `unwritten` names the fields that the system derives or
    cannot keep, each with the reason. `together` are fields that only make sense in one write.

    `refused` is a record that the system says no to. `existing` is the id of the record to be
    updated where the connector creates none. `contents` are the bytes of images by their SHA-1.
    """

    record: Record
    changes: Mapping[str, Any] = field(default_factory=dict)
    unwritten: Mapping[str, str] = field(default_factory=dict)
    together: Collection[frozenset[str]] = ()
    refused: Record | None = None
    existing: str | None = None
    contents: Mapping[str, bytes] = field(default_factory=dict)


class System(ABC):
    """A running stand-in, fresh for each test."""

    absent: str = "987654321"
    """An id in the system's shape that no record has."""

    unread: Collection[str] = frozenset({"note"})
    """Entities that the connector writes once and never reads."""

    repeatable: Collection[str] = frozenset({"stock_level"})
    """Entities that may be written again without harm, since nothing is created."""

    @abstractmethod
    def connection(self) -> Connection:
        """How to enter, with secrets that are right."""

    @abstractmethod
    def seed(self, entity: str, number: int) -> Collection[str]:
        """Make so many records in the system itself, not through the connector; their ids."""

    def several(self, entity: str) -> int:
        """How many records surely do not fit one page of the connector."""
        return 0 if entity in self.unread else 250

    @abstractmethod
    def touch(self, entity: str, external_id: str) -> str:
        """Change something that the connector reads, as a person there would.

        Answers the id under which the change comes: another one only where a change is an event.
        """

    @abstractmethod
    def sample(self, entity: str, number: int = 0) -> Sample:
        """A record for the connector to write; another one for each number."""

    def kept(self, entity: str) -> Mapping[str, Record]:
        """What the system holds, by id: needed for entities that are written and never read."""
        raise NotImplementedError(f"Say in System.kept which {entity} records there are.")
