"""Who calls, in which transaction and with which context; the way from one model to another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.errors import UserError
from qantara.sandbox.odoo.outside import Outside
from qantara.sandbox.odoo.spec import Field, ModelSchema
from qantara.sandbox.odoo.store import Store

if TYPE_CHECKING:
    from qantara.sandbox.odoo.model import Model

BASE_LANGUAGE = "en_US"


@dataclass(frozen=True)
class Database:
    """One Odoo database: its version, models, rows and behaviours."""

    version: int
    store: Store
    schema: dict[str, ModelSchema]
    behaviours: dict[str, "type[Model]"]
    modules: frozenset[str]
    outside: Outside = field(default_factory=Outside)

    def add_model(self, schema: ModelSchema, behaviour: "type[Model]") -> None:
        """A manual model, gone again when its transaction is rolled back."""
        self.schema[schema.name], self.behaviours[schema.name] = schema, behaviour
        self.store.add(schema.name, ())
        self.store.after_rollback.append(lambda: self._forget(schema.name))

    def drop_model(self, name: str) -> None:
        """It goes with the commit; nothing else happens in its transaction."""
        self.store.after_commit.append(lambda: self._forget(name))

    def put_field(self, model: str, field: Field) -> None:
        """A manual field, new or altered; as before when its transaction is rolled back."""
        fields, before = self.schema[model].fields, self.schema[model].fields.get(field.name)
        fields[field.name] = field
        self.schema[model].renew()
        if field.type == "many2one":
            self.store.table(model).index(field.name)
        self.store.after_rollback.insert(0, lambda: self._restore(model, field.name, before))

    def drop_field(self, model: str, name: str) -> None:
        """It goes with the commit, and its values with it."""
        self.store.after_commit.append(lambda: self._restore(model, name, None))

    def _restore(self, model: str, name: str, before: Field | None) -> None:
        if model not in self.schema:
            return
        if before is not None:
            self.schema[model].fields[name] = before
        elif self.schema[model].fields.pop(name, None):
            for row in self.store.table(model).rows.values():
                row.pop(name, None)
        self.schema[model].renew()

    def _forget(self, name: str) -> None:
        for known in (self.schema, self.behaviours, self.store.tables):
            known.pop(name, None)


@dataclass(frozen=True)
class Env:
    """Like Odoo's own: immutable; `using` gives another one in the same transaction."""

    database: Database
    uid: int
    stamp: str
    context: Mapping[str, Any] = field(default_factory=dict)
    arrived: str = ""
    scratch: dict[Any, Any] = field(default_factory=dict, repr=False)  # lives as long as the Env
    _models: dict[str, "Model"] = field(default_factory=dict, repr=False)

    @property
    def version(self) -> int:
        return self.database.version

    @property
    def store(self) -> Store:
        return self.database.store

    @property
    def active_test(self) -> bool:
        return bool(self.context.get("active_test", True))

    @property
    def lang(self) -> str:
        return str(self.context.get("lang") or BASE_LANGUAGE)

    @property
    def company_id(self) -> int:
        """The company that new records belong to."""
        allowed = self.context.get("allowed_company_ids")
        return int(allowed[0]) if allowed else 1

    def model(self, name: str) -> "Model":
        """The model in this environment; the name must be of this version."""
        if name not in self._models:
            behaviour = self.database.behaviours[name]
            self._models[name] = behaviour(self, self.database.schema[name])
        return self._models[name]

    def business(self, name: str) -> Any:
        """The same, for calling methods that only this model has."""
        return self.model(name)

    def has(self, name: str) -> bool:
        return name in self.database.schema

    def using(self, **context: Any) -> "Env":
        """The same caller and transaction with these context keys added."""
        merged = {**self.context, **context}
        return Env(self.database, self.uid, self.stamp, merged, self.arrived)

    def fire(self, model: "Model", trigger: str, record_id: int) -> None:
        """Run the rules that somebody made for this; most databases have none."""
        rules = self.store.tables.get("base.automation")
        if rules is not None and rules.rows and model.name != "base.automation":
            self.business("base.automation").fire(model, trigger, record_id)

    def check_language(self) -> None:
        """16 and 17 fall back to English without a word; 18 and later refuse."""
        lang = self.context.get("lang")
        if self.version < 18 or not lang or lang == BASE_LANGUAGE:
            return
        if lang not in self.languages():
            raise UserError(f"Invalid language code: {lang}")

    def languages(self) -> set[str]:
        """The codes of the active languages."""
        rows = self.store.table("res.lang").rows.values()
        return {row["code"] for row in rows if row.get("active")}

    def reference(self, xml_id: str) -> int:
        """The record behind an external id that the server itself brought."""
        found = self.store.table("ir.model.data").with_value("complete_name", xml_id)
        return int(self.store.table("ir.model.data").rows[found[0]]["res_id"])
