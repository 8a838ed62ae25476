"""The commands of x2many fields: (0,0,vals) (1,id,vals) (2,id) (3,id) (4,id) (5,) (6,0,ids)."""

from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo import integrity
from qantara.sandbox.odoo.errors import value_error
from qantara.sandbox.odoo.spec import Field

if TYPE_CHECKING:
    from qantara.sandbox.odoo.model import Model

CREATE, UPDATE, DELETE, UNLINK, LINK, CLEAR, SET = range(7)


def apply(model: "Model", record_id: int, field: Field, value: Any) -> None:
    """Carry out the commands; a bare list of ids means SET, as on the real server."""
    listed = _normal(field, value)
    if field.type == "many2many":
        _apply_many2many(model, record_id, field, listed)
    else:
        _apply_one2many(model, record_id, field, listed)


def _normal(field: Field, value: Any) -> list[Any]:
    if value is None or value is False:
        return [(CLEAR,)]
    if not isinstance(value, list | tuple):
        raise value_error(f"Wrong value for {field.name}: {value!r}")
    if value and not isinstance(value[0], list | tuple):
        return [(SET, 0, list(value))]
    for command in value:
        if not command or command[0] not in range(7):
            raise value_error(f"Wrong value for {field.name}: {value!r}")
    return list(value)


def _apply_many2many(model: "Model", record_id: int, field: Field, listed: list[Any]) -> None:
    held = dict.fromkeys(model.row(record_id).get(field.name) or ())
    other = model.env.model(str(field.relation))
    for command in listed:
        held = _changed(other, held, command)
    for each in held:
        integrity.check_reference(model, field, each)
    model.put(record_id, **{field.name: tuple(held)})


def _changed(other: "Model", held: dict[int, None], command: Any) -> dict[int, None]:
    match command[0]:
        case 0:
            return {**held, other.make(command[2]): None}
        case 1:
            other.write(command[1], command[2])
            return held
        case 2:
            other.unlink(command[1])
            return {each: None for each in held if each != command[1]}
        case 3:
            return {each: None for each in held if each != command[1]}
        case 4:
            return {**held, command[1]: None}
        case 5:
            return {}
        case _:
            return dict.fromkeys(command[2])


def _apply_one2many(model: "Model", record_id: int, field: Field, listed: list[Any]) -> None:
    other = model.env.model(str(field.relation))
    inverse = str(field.relation_field)
    for command in listed:
        match command[0]:
            case 0:
                other.make({**command[2], inverse: record_id})
            case 1:
                other.write(command[1], command[2])
            case 2:
                other.unlink(command[1])
            case 3:
                _release(other, inverse, [command[1]])
            case 4:
                other.write(command[1], {inverse: record_id})
            case 5:
                _release(other, inverse, other.table.with_value(inverse, record_id))
            case _:
                gone = set(other.table.with_value(inverse, record_id)) - set(command[2])
                _release(other, inverse, sorted(gone))
                other.write(list(command[2]), {inverse: record_id})


def _release(other: "Model", inverse: str, ids: list[int]) -> None:
    """Lines that belong to their parent are deleted, others are set free."""
    field = other.fields[inverse]
    if integrity.cascades(other.name, inverse) or field.cascade or field.required:
        other.unlink(ids)
    else:
        other.write(ids, {inverse: False})
