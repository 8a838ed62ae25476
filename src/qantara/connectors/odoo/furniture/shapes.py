"""What a piece of furniture is: a model, a field, or a record of Odoo's own technical models."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Say = Callable[[str], str]
"""English words to the words of a language."""

Number = Callable[[str], int]
"""The key of a piece to its id in this Odoo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field; `label` is in English. `options` are value and English label of a selection."""

    name: str
    kind: str
    label: str
    relation: str = ""
    inverse: str = ""
    options: tuple[tuple[str, str], ...] = ()
    on_delete: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A model of our own. `order` as Odoo writes it; a thread has a chatter."""

    key: str
    model: str
    label: str
    columns: tuple[Column, ...]
    order: str = "id"
    thread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A field of our own on a model of Odoo's."""

    key: str
    model: str
    column: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """The id of a piece of ours; with `kind` as Odoo's reference "kind,id"."""

    key: str
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """The id behind an external id of Odoo's modules."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOf:
    """The id in ir.model of this model."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """All of these in a many2many; others that are there stay when `more` is true."""

    each: tuple[Ours | Theirs | int, ...]
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Arch:
    """The text of a view, in each language, with the ids of what its buttons start."""

    build: Callable[[Say, Number], str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A record of `model`. `words` are texts in English, translated where the language is active.

    `values` are kept as they are here: what somebody alters is mended. `known_by` names the values
    by which a record is recognised that has lost its external id.
    """

    key: str
    model: str
    what: str
    values: Mapping[str, Any]
    words: Mapping[str, str] = field(default_factory=dict)
    known_by: tuple[str, ...] = ("name",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that one Odoo needs, in the order in which it is made."""

    tables: tuple[Table, ...] = ()
    additions: tuple[Addition, ...] = ()
    pieces: tuple[Piece, ...] = ()
