"""What a recipe is: options a person may set, and the links it makes of two connections."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from qantara.connectors.base import Connector
from qantara.engine.link import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`roles` says in words which connection plays which part; options name it by that role.

    `links` are made by (options, connectors by connection name, name of the flow), in the order
    in which they must run. `entities` says what each role must be able to read and write.
    """

    name: str
    title: str
    roles: Mapping[str, str]
    Options: type[BaseModel]
    links: Callable[[Any, Mapping[str, Connector], str], Awaitable[Sequence[Link]]]
    reads: Mapping[str, frozenset[str]]
    writes: Mapping[str, frozenset[str]]
