"""What a field and a model are, and which of them a version has."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

VERSIONS = (16, 17, 18, 19)
MAGIC = ("id", "display_name", "create_date", "create_uid", "write_date", "write_uid")


@dataclass(frozen=True, slots=True)
class Field:
    """One column or computed value, as `fields_get` describes it."""

    name: str
    type: str
    string: str
    relation: str | None = None
    relation_field: str | None = None
    flags: frozenset[str] = frozenset()
    digits: int | None = None
    selection: tuple[tuple[str, str], ...] = ()
    versions: range = range(16, 20)

    @property
    def required(self) -> bool:
        return "R" in self.flags

    @property
    def readonly(self) -> bool:
        return "r" in self.flags

    @property
    def store(self) -> bool:
        return "n" not in self.flags

    @property
    def translate(self) -> bool:
        return "T" in self.flags

    @property
    def searchable(self) -> bool:
        return "u" not in self.flags

    @property
    def cascade(self) -> bool:
        """Of a manual many2one: the row goes with the record it points to."""
        return "c" in self.flags

    @property
    def manual(self) -> bool:
        return "m" in self.flags

    @property
    def plural(self) -> bool:
        return self.type in ("one2many", "many2many")


def F(name: str, kind: str, string: str, *marks: str) -> Field:  # noqa: N802 - a table's row
    """One row of a schema table; the marks are flags, versions and selection.

    kind: `many2one res.partner`, `one2many model inverse_field`, `float`.
    flags: R required, r readonly, n not stored, T translated, u not searchable,
    a digit is the number of decimals. versions: `16-18`. selection: `key:Label|key:Label`.
    """
    flags, versions, selection = (*marks, "", "", "")[:3]
    parts = [*kind.split(), "", ""]
    first, last = versions.split("-") if versions else (VERSIONS[0], VERSIONS[-1])
    digits = [int(flag) for flag in flags if flag.isdigit()]
    return Field(
        name=name,
        type=parts[0],
        string=string,
        relation=parts[1] or None,
        relation_field=parts[2] or None,
        flags=frozenset(flags),
        digits=digits[0] if digits else None,
        selection=tuple(_choice(pair) for pair in selection.split("|") if pair),
        versions=range(int(first), int(last) + 1),
    )


class ModelSpec:
    """A model's name, label and the fields of all versions."""

    def __init__(self, name: str, label: str, *fields: Field) -> None:
        self.name = name
        self.label = label
        self.fields = fields

    def at(self, version: int) -> "ModelSchema | None":
        """The model as this version has it; None where it has no such model."""
        own = [each for each in self.fields if version in each.versions]
        if not own:
            return None
        every = [*_magic(version), *own]
        return ModelSchema(self.name, self.label, {each.name: each for each in every})


@dataclass(frozen=True)
class ModelSchema:
    """One model of one version."""

    name: str
    label: str
    fields: dict[str, Field] = field(repr=False)

    @cached_property
    def stored_required(self) -> tuple[Field, ...]:
        return tuple(
            each
            for each in self.fields.values()
            if each.required and each.store and not each.plural
        )

    def renew(self) -> None:
        """Its fields have changed."""
        self.__dict__.pop("stored_required", None)


def schema(specs: Iterable[ModelSpec], version: int) -> dict[str, ModelSchema]:
    """All models of a version by name."""
    found = (spec.at(version) for spec in specs)
    return {each.name: each for each in found if each}


def _choice(pair: str) -> tuple[str, str]:
    key, _, label = pair.partition(":")
    return key, label


def _magic(version: int) -> list[Field]:
    fields = [
        F("id", "integer", "ID", "r"),
        F("display_name", "char", "Display Name", "rnu"),
        F("create_date", "datetime", "Created on", "r"),
        F("create_uid", "many2one res.users", "Created by", "r"),
        F("write_date", "datetime", "Last Updated on", "r"),
        F("write_uid", "many2one res.users", "Last Updated by", "r"),
    ]
    if version == 16:
        fields.append(F("__last_update", "datetime", "Last Modified on", "rnu"))
    return fields
