"""What a recipe is: options a person may set, and the links it makes of two connections."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import BaseModel

from qantara.connectors.base import Connector
from qantara.engine.link import Link

Entities = Mapping[str, frozenset[str]]
"""By role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Which entities each role must be able to read and to write."""

    reads: Entities = field(default_factory=dict)
    writes: Entities = field(default_factory=dict)

    def __add__(self, other: Self) -> "Needs":
        return Needs(
            reads=_joined(self.reads, other.reads), writes=_joined(self.writes, other.writes)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`roles` says in words which connection plays which part; options name it by that role.

    `links` are made by (options, connectors by connection name, name of the flow), in the order
    in which they must run. `needs` says of the options what they need of each role.
    """

    name: str
    title: str
    roles: Mapping[str, str]
    Options: type[BaseModel]
    links: Callable[[Any, Mapping[str, Connector], str], Awaitable[Sequence[Link]]]
    needs: Callable[[Any], Needs]


def _joined(one: Entities, other: Entities) -> Entities:
    none: frozenset[str] = frozenset()
    return {role: one.get(role, none) | other.get(role, none) for role in {*one, *other}}
