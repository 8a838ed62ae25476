"""Models about models, external ids, modules, attachments, messages."""

from dataclasses import replace
from typing import ClassVar

from qantara.sandbox.odoo.errors import (
    NotImitated,
    ValidationError,
)
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row


class ModelData(Model):
    """External ids. Unique per (module, name)."""

    ORDER = "module, model, name"
    DEFAULTS: ClassVar = {"module": "", "noupdate": False}
    COMPUTES: ClassVar = {"reference": "_reference"}
    IGNORED = frozenset({"complete_name"})

    def _reference(self, row: Row) -> str:
        return f"{row['model']},{row.get('res_id')}"

    def _on_creating(self, vals: Values) -> Values:
        vals["complete_name"] = ".".join(x for x in (vals.get("module"), vals.get("name")) if x)
        if self.table.with_value("complete_name", vals["complete_name"]):
            key = f"{vals.get('module')}, {vals.get('name')}"
            raise ValidationError(
                "The operation cannot be completed: duplicate key value violates unique"
                ' constraint "ir_model_data_module_name_uniq_index"\n'
                f"DETAIL:  Key (module, name)=({key}) already exists.\n"
            )
        return vals

    def _on_written(self, ids: list[int], vals: Values) -> None:
        if vals.keys() & {"module", "name"}:
            for record_id in ids:
                row = self.row(record_id)
                self.put(record_id, complete_name=f"{row['module']}.{row['name']}")


class Module(Model):
    """Which modules are installed."""

    ORDER = "name"
    KNOWN = frozenset({"button_immediate_install", "button_immediate_upgrade"})


PRICE = "Product Price"
PRICES = frozenset(
    {
        *("price_unit", "list_price", "lst_price", "standard_price", "price_extra"),
        *("fixed_price", "price"),
    }
)


class Precision(Model):
    """Digits of prices and quantities. Those of prices may be changed, as an administrator does.

    From then on prices are rounded anew as they are written; what is kept stays as it is.
    """

    def _on_writing(self, record_id: int, vals: Values) -> None:
        name = self.row(record_id)["name"]
        if name != PRICE or vals.keys() != {"digits"} or self.env.version >= 19:
            raise NotImitated(f"changing {', '.join(vals)} of the precision {name}")
        for schema in list(self.env.database.schema.values()):
            for field in [each for each in schema.fields.values() if each.name in PRICES]:
                if field.digits is not None:
                    digits = replace(field, digits=int(vals["digits"]))
                    self.env.database.put_field(schema.name, digits)
