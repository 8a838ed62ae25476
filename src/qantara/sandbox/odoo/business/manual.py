"""Models and fields that people add: manual models, and manual fields on models of any kind."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from qantara.sandbox.odoo import integrity
from qantara.sandbox.odoo.errors import NotImitated, UserError, ValidationError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.spec import Field, ModelSchema
from qantara.sandbox.odoo.store import Row

PLAIN = frozenset(
    {"char", "integer", "text", "boolean", "float", "datetime", "date", "html", "selection"}
)
KINDS = PLAIN | {"many2one", "one2many", "many2many"}
NAMED = "x_name"
MAGIC = ("id", "display_name", "create_date", "create_uid", "write_date", "write_uid")
RENAMED = frozenset({"field_description", "name"})


class Manual(Model):
    """A manual model; its name is its `x_name` where it has one."""

    REC_NAME = "id"

    def _display_name(self, row: Row) -> str:
        told = row.get(NAMED) if NAMED in self.fields else row["id"]
        return str(told or f"{self.name},{row['id']}")


class Thread(Manual):
    """One with a chatter."""

    METHODS = frozenset({"message_post"})


class IrModel(Model):
    """Models of this version; manual ones may be added and deleted again."""

    DEFAULTS: ClassVar = {"state": "manual", "transient": False, "order": "id"}

    def _on_creating(self, vals: Values) -> Values:
        if not str(vals.get("model", "")).startswith("x_"):
            raise UserError("The model name must start with 'x_'.")
        if vals.get("state", "manual") != "manual":
            raise NotImitated("models that are not manual")
        if self.table.with_value("model", vals["model"]):
            raise UserError("Each model must have a unique name.")
        lines = vals.pop("field_id", None) or ()
        self.env.scratch["fields", vals["model"]] = [_created(each) for each in lines]
        return vals

    def _on_created(self, record_id: int, vals: Values) -> None:
        """The fields that each model has come first; those that were given follow all models."""
        magic = self.env.model("ir.model.access").fields
        own = {name: magic[name] for name in MAGIC}
        schema = ModelSchema(vals["model"], vals["name"], own)
        kind = Thread if vals.get("is_mail_thread") else Manual
        ordered = {"ORDER": str(vals.get("order") or "id")}
        self.env.database.add_model(schema, type(vals["model"], (kind,), ordered))
        table = self.env.store.table("ir.model.fields")
        stamp = {"create_date": self.env.stamp, "write_date": self.env.stamp}
        if kind is Thread and self.env.version >= 19:
            self._name_inheritance(record_id, schema.name)
        for each in own.values():
            told = {"name": each.name, "model": schema.name, "model_id": record_id}
            told |= {"field_description": each.string, "ttype": each.type}
            table.insert({**told, **stamp, "state": "base", "store": each.store})

    def _name_inheritance(self, record_id: int, model: str) -> None:
        """19 keeps this name when the model goes."""
        told: Values = {"module": "portal", "name": f"model_inherit__{model}__mail_thread"}
        told |= {"model": "ir.model.inherit", "res_id": record_id}
        self.env.model("ir.model.data").make(told)

    def _on_batch_created(self, ids: list[int]) -> None:
        given: list[Values] = []
        for one in ids:
            lines = self.env.scratch.pop(("fields", self.row(one)["model"]), ())
            given += [{**line, "model_id": one} for line in lines]
        if given:
            self.env.model("ir.model.fields").create(given)

    def _on_writing(self, record_id: int, vals: Values) -> None:
        if vals.keys() - RENAMED:
            raise NotImitated(f"writing {', '.join(sorted(vals))} of {self.name}")

    def _on_unlinking(self, ids: list[int]) -> None:
        for one in ids:
            if self.row(one)["state"] != "manual":
                raise UserError(
                    f"Model \u201c{self.row(one)['name']}\u201d contains module data"
                    " and cannot be removed."
                )

    def unlink(self, ids: Any) -> bool:
        """The table goes with the model, and so do the fields that point to it."""
        names = [self.row(one)["model"] for one in self.existing(ids)]
        fields = self.env.business("ir.model.fields")
        fields.release([row["id"] for row in fields.table.rows.values() if row["model"] in names])
        pointing = [
            row["id"]
            for row in fields.table.rows.values()
            if row.get("relation") in names and row["model"] not in names
        ]
        fields.unlink(pointing)
        fields.forget(names)
        super().unlink(ids)
        for name in names:
            self.env.database.drop_model(name)
        return True


class IrModelFields(Model):
    """Fields of this version; manual ones may be added to any model, renamed and deleted."""

    DEFAULTS: ClassVar = {"state": "manual", "store": True}

    def create(self, vals_list: Any) -> Any:
        """All fields of a call are there before the first of them is looked at."""
        made = super().create(vals_list)
        for one in [made] if isinstance(made, int) else made:
            self._check_target(self.row(one))
        return made

    def _on_creating(self, vals: Values) -> Values:
        if not str(vals.get("name", "")).startswith("x_"):
            raise ValidationError("Custom fields must have a name that starts with 'x_'!")
        if vals.get("ttype") not in KINDS or vals.get("state", "manual") != "manual":
            raise NotImitated(f"a manual field like {vals!r}")
        model = self.env.model("ir.model").row(vals["model_id"])["model"]
        if vals["name"] in self.env.database.schema[model].fields:
            raise ValidationError("Field names must be unique per model.")
        chosen = [_created(each) for each in vals.pop("selection_ids", None) or ()]
        self.env.scratch["selection", model, vals["name"]] = chosen
        return {**vals, "model": model}

    def _on_created(self, record_id: int, vals: Values) -> None:
        where = ("selection", vals["model"], vals["name"])
        options = self.env.scratch.pop(where, ())
        for position, each in enumerate(options):
            told = {"sequence": position, **each, "field_id": record_id}
            self.env.model("ir.model.fields.selection").make(told)
        self.renew(record_id)

    def renew(self, record_id: int) -> None:
        """The field as its row and its selection say."""
        row = self.row(record_id)
        if row["state"] == "manual":
            chosen = self.env.business("ir.model.fields.selection").of(record_id)
            self.env.database.put_field(row["model"], _field(row, chosen))

    def _check_target(self, row: Row) -> None:
        relation = row.get("relation")
        if row["ttype"] in ("many2one", "one2many", "many2many") and not self.env.has(
            str(relation)
        ):
            raise UserError(f"Model {relation} does not exist!")
        if row["ttype"] != "one2many":
            return
        inverse = self.env.database.schema[str(relation)].fields.get(str(row["relation_field"]))
        if inverse is None or inverse.type != "many2one":
            raise UserError(f"Many2one {row['relation_field']} on model {relation} does not exist!")

    def _on_writing(self, record_id: int, vals: Values) -> None:
        row = self.row(record_id)
        if vals.keys() - {"field_description", "selection_ids", "on_delete"}:
            raise NotImitated(f"writing {', '.join(sorted(vals))} of {self.name}")
        if row["state"] != "manual":
            raise UserError("Properties of base fields cannot be altered in this manner!")

    def _on_written(self, ids: list[int], vals: Values) -> None:
        for one in ids:
            self.renew(one)

    def unlink(self, ids: Any) -> bool:
        """With what is in them; not while a view shows them or another field depends on them."""
        known = self.existing(ids)
        for one in known:
            if self.row(one)["state"] != "manual":
                raise UserError("This column contains module data and cannot be removed!")
        self.release(known)
        rows = [dict(self.row(one)) for one in known]
        super().unlink(known)
        for row in rows:
            self.env.database.drop_field(row["model"], row["name"])
        return True

    def forget(self, models: list[str]) -> None:
        """All fields of models that go."""
        for row in [row for row in self.table.rows.values() if row["model"] in models]:
            integrity.release(self, row["id"])
            self.table.delete(row["id"])

    def release(self, ids: Iterable[int]) -> None:
        """Refuses while a view shows one of them or a one2many is its inverse, going or not."""
        gone = {(self.row(one)["model"], self.row(one)["name"]) for one in ids}
        for model, name in sorted(gone):
            if not name.startswith("x_"):
                continue
            self.env.business("ir.ui.view").release(model, name)
            for row in self.table.rows.values():
                if (row.get("relation"), row.get("relation_field")) == (model, name):
                    raise UserError(
                        f"The field '{model}.{name}' cannot be removed because the field"
                        f" '{row['model']}.{row['name']}' depends on it."
                    )


class Selection(Model):
    """ir.model.fields.selection: what a manual selection may be."""

    ORDER = "sequence, id"
    DEFAULTS: ClassVar = {"sequence": 1000}

    def of(self, field: int) -> list[tuple[str, str]]:
        """Value and label, in order."""
        found = self.search([("field_id", "=", field)])
        return [(self.row(one)["value"], self.value(one, "name")) for one in found]

    def _on_batch_created(self, ids: list[int]) -> None:
        self._renew(ids)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        self._renew(ids)

    def _renew(self, ids: list[int]) -> None:
        for field in {self.row(one)["field_id"] for one in ids}:
            self.env.business("ir.model.fields").renew(field)


def _created(command: Any) -> dict[str, Any]:
    if command[0] != 0:
        raise NotImitated(f"a manual model or field with the command {command!r}")
    return dict(command[2])


def _field(row: Mapping[str, Any], chosen: list[tuple[str, str]]) -> Field:
    label = row["field_description"]
    flags = "R" if row.get("required") else ""
    flags += "r" if row.get("readonly") else ""
    flags += "T" if row.get("translate") else ""
    flags += "c" if row.get("on_delete") == "cascade" else ""
    flags += "m"
    if row["ttype"] == "selection" and not chosen:
        raise NotImitated("a manual selection with nothing to choose")
    return Field(
        name=row["name"],
        type=row["ttype"],
        string=label["en_US"] if isinstance(label, dict) else label,
        relation=row.get("relation") or None,
        relation_field=row.get("relation_field") or None,
        flags=frozenset(flags),
        selection=tuple(chosen),
    )
