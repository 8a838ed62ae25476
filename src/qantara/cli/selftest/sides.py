"""Somebody at the keyboard of a stand-in, who shares no code with the hub's connector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.sandbox.odoo import OdooStandIn

Row = dict[str, Any]


@dataclass(slots=True)
class Side:
    """Looks and types at one of the two systems."""

    stand: OdooStandIn
    _fields: dict[str, frozenset[str]] = field(default_factory=dict, init=False)

    def rows(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], **context: Any
    ) -> list[Row]:
        """Archived ones too, by id; fields that this version lacks are absent."""
        have = [name for name in fields if name in self.fields(model)]
        ids = self.call(model, "search", list(domain), active_test=False)
        return self.stand.read(model, sorted(ids), *have, **context) if ids else []

    def row(self, model: str, domain: Sequence[Any], fields: Sequence[str], **context: Any) -> Row:
        """The only one."""
        [row] = self.rows(model, domain, fields, **context)
        return row

    def id_of(self, model: str, *domain: Any) -> int:
        """Of the only record that fits."""
        return int(self.row(model, domain, ["id"])["id"])

    def create(self, model: str, values: Mapping[str, Any], **context: Any) -> int:
        """Fields that this version lacks are left out."""
        known = {name: value for name, value in values.items() if name in self.fields(model)}
        return self.stand.create(model, known, **context)

    def write(self, model: str, one: int, values: Mapping[str, Any], **context: Any) -> None:
        """Change a record."""
        self.stand.write(model, one, values, **context)

    def call(self, model: str, method: str, *args: Any, **context: Any) -> Any:
        """Any method; keywords are the context."""
        return self.stand.call(model, method, *args, **context)

    def fields(self, model: str) -> frozenset[str]:
        """The names of what a record of the model has in this version."""
        if model not in self._fields:
            self._fields[model] = frozenset(self.call(model, "fields_get", [], ["type"]))
        return self._fields[model]
