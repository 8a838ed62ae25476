"""Constraints of the database itself: required columns, references, uniqueness, hierarchies."""

from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.errors import MissingError, NotNullError, UniqueError, ValidationError
from qantara.sandbox.odoo.spec import Field

if TYPE_CHECKING:
    from qantara.sandbox.odoo.model import Model

IN_USE = "another model requires the record being deleted. If possible, archive it instead."
CASCADES = frozenset(
    {
        ("product.product", "product_tmpl_id"),
        ("product.supplierinfo", "product_tmpl_id"),
        ("product.supplierinfo", "partner_id"),
        ("product.template.attribute.line", "product_tmpl_id"),
        ("product.template.attribute.value", "attribute_line_id"),
        ("product.attribute.value", "attribute_id"),
        ("product.category", "parent_id"),
        ("sale.order.line", "order_id"),
        ("account.move.line", "move_id"),
        ("account.partial.reconcile", "debit_move_id"),
        ("account.partial.reconcile", "credit_move_id"),
        ("product.pricelist.item", "pricelist_id"),
        ("product.pricelist.item", "product_tmpl_id"),
        ("product.pricelist.item", "product_id"),
        ("stock.return.picking.line", "wizard_id"),
        ("purchase.order.line", "order_id"),
        ("stock.move.line", "picking_id"),
        ("stock.location", "location_id"),
        ("ir.model.fields", "model_id"),
        ("ir.model.fields.selection", "field_id"),
        ("ir.model.access", "model_id"),
        ("ir.model.access", "group_id"),
        ("ir.actions.server", "model_id"),
        ("ir.actions.server", "base_automation_id"),
        ("base.automation", "model_id"),
    }
)


# 17 and later read the record before the database could refuse it
READ_AT_ONCE = frozenset({("product.template", "categ_id")})


def cascades(model: str, field: str) -> bool:
    """Does deleting the record this field points to delete the row too?"""
    return (model, field) in CASCADES


def check(model: "Model", ids: list[int], vals: dict[str, Any] | None) -> None:
    """After a create (vals is None) or a write: nothing required is empty, nothing doubled."""
    for record_id in ids:
        _check_required(model, record_id)
        _check_unique(model, record_id)
    parent = model.PARENT
    if parent and (vals is None or parent in vals):
        for record_id in ids:
            _check_recursion(model, record_id, parent)


def check_reference(model: "Model", field: Field, record_id: int) -> None:
    """The misleading text is the real server's own."""
    if record_id not in model.env.model(str(field.relation)).table.rows:
        if model.env.version >= 17 and (model.name, field.name) in READ_AT_ONCE:
            who = f"(Record: {field.relation}({record_id},), User: {model.env.uid})"
            raise MissingError(f"Record does not exist or has been deleted.\n{who}")
        if field.type == "many2many":
            raise _foreign_key(model, field, known=False)
        raise _foreign_key(model, field)


def release(model: "Model", record_id: int) -> None:
    """Before a deletion: cascade, refuse, or empty what points to the record."""
    for name, schema in sorted(model.env.database.schema.items()):
        for field in schema.fields.values():
            if field.type == "many2one" and field.relation == model.name:
                _release_field(model, record_id, name, field)
    data = model.env.model("ir.model.data")
    for found in data.table.with_value("res_id", record_id):
        if data.row(found)["model"] == model.name:
            data.table.delete(found)


def _release_field(model: "Model", record_id: int, name: str, field: Field) -> None:
    other = model.env.model(name)
    if not other.is_column(field.name):
        return
    if field.name in other.table.indexes:
        pointing = other.table.with_value(field.name, record_id)
    else:
        rows = other.table.rows.values()
        pointing = [row["id"] for row in rows if row.get(field.name) == record_id]
    if not pointing:
        return
    if cascades(name, field.name) or field.cascade:
        other.unlink(sorted(pointing))
    elif field.required:
        raise _foreign_key(other, field)
    else:
        for each in pointing:
            other.put_quietly(each, **{field.name: None})


def _foreign_key(model: "Model", field: Field, *, known: bool = True) -> ValidationError:
    """Of the table behind a many2many the server knows no model."""
    constraint = f"{model.name.replace('.', '_')}_{field.name}_fkey" if known else field.name
    if model.env.version >= 19:
        who = f"'{model.label}' ({model.name})" if known else "Unknown"
        what = f"'{field.string}' ({field.name})" if known else constraint
        return ValidationError(
            "The operation cannot be completed: Another model is using the record you are trying"
            f" to delete.\n\nThe troublemaker is: {who}\nThanks to the following constraint:"
            f" {what}\nHow about archiving the record instead?"
        )
    who = f"{model.label} ({model.name})" if known else "Unknown (unknown)"
    return ValidationError(
        f"The operation cannot be completed: {IN_USE}\n\nModel: {who}\nConstraint: {constraint}\n"
    )


def _check_required(model: "Model", record_id: int) -> None:
    row = model.row(record_id)
    for field in model.schema.stored_required:
        if row.get(field.name) is None and model.is_column(field.name):
            text = _mandatory(model, field)
            raise NotNullError(text, model=model.name, field=field.name, label=field.string)


def _mandatory(model: "Model", field: Field) -> str:
    if model.env.version >= 19:
        return (
            "The operation cannot be completed: Missing required value for the field"
            f" '{field.string}' ({field.name}).\nModel: '{model.label}' ({model.name})\n"
            "- create/update: a mandatory field is not set\n"
            "- delete: another model requires the record being deleted,"
            " you can archive it instead\n"
        )
    return (
        "The operation cannot be completed:\n"
        "- Create/update: a mandatory field is not set.\n"
        f"- Delete: {IN_USE}\n\n"
        f"Model: {model.label} ({model.name})\nField: {field.string} ({field.name})\n"
    )


def _check_unique(model: "Model", record_id: int) -> None:
    row = model.row(record_id)
    for names, message in model.UNIQUE.items():
        key = tuple(row.get(name) for name in names)
        if None in key:
            continue
        for other in model.table.with_value(names[0], key[0]):
            same = tuple(model.row(other).get(name) for name in names) == key
            if other != record_id and same:
                raise UniqueError(message, field=names[0], label=model.fields[names[0]].string)


def _check_recursion(model: "Model", record_id: int, parent: str) -> None:
    seen = {record_id}
    current = model.row(record_id).get(parent)
    while current is not None:
        if current in seen:
            raise model.RECURSION_ERROR(model.RECURSION)
        seen.add(current)
        current = model.row(current).get(parent)
