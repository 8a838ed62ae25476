"""`read_group` without grouping: one row of totals over all records of a domain."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.errors import NotImitated, OdooError, UserError, value_error
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import to_wire

if TYPE_CHECKING:
    from qantara.sandbox.odoo.reading import Reading

# As `field`, as `field` and a function, or as a name of its own with the function of a field.
_ASKED = re.compile(r"(?P<name>\w+)(?::(?P<function>\w+)(?:\((?P<field>\w+)\))?)?")
_NUMBERS = frozenset({"integer", "float", "monetary", "many2one"})

AGGREGATES: Mapping[str, Callable[[list[Any]], Any]] = {
    "array_agg": list,
    "count": len,
    "max": max,
    "min": min,
    "sum": sum,
}
OTHERS = frozenset(
    {"array_agg_distinct", "avg", "bool_and", "bool_or", "count_distinct", "recordset"}
)


def totals(
    model: "Reading", domain: Sequence[Any], fields: Sequence[str], groupby: Sequence[str]
) -> list[Row]:
    """The one row; a list follows the table's physical order, in which what was written is last."""
    if groupby:
        raise NotImitated(f"read_group by {', '.join(groupby)}")
    asked = [_asked(model, each) for each in fields if each != "__count"]
    rows = sorted(model.find(domain, order="id"), key=lambda row: row.get("write_date") or "")
    ids = [row["id"] for row in rows]
    found: Row = {"__count": len(rows)}
    if model.env.version == 16:  # 16 says the smallest id unless asked for another of it
        found["id"] = min(ids, default=None)
    for name, function, field in asked:
        if function:
            found[name] = _total(model, function, field, rows)
    if model.env.version > 16:
        found["__domain"] = list(domain)
    return [found]


def _asked(model: "Reading", text: str) -> tuple[str, str, str]:
    """Name of the result, function ("" for none) and field."""
    match = _ASKED.fullmatch(text)
    if match is None:
        raise UserError(f"Invalid field specification {text!r}.")
    name, function = match["name"], match["function"] or ""
    field = match["field"] or name
    if field not in model.fields:
        of = f" for '{field}:{function}'." if model.env.version > 16 and match["field"] else ""
        raise value_error(f"Invalid field {field!r} on model {model.name!r}{of}")
    if function in OTHERS:
        raise NotImitated(f"the aggregate {function}")
    if function and function not in AGGREGATES:
        raise _no_function(model, function, field)
    if function == "sum" and field != "id" and model.fields[field].type not in _NUMBERS:
        raise NotImitated(f"the sum of {model.name}.{field}")
    return name, function, field


def _no_function(model: "Reading", function: str, field: str) -> OdooError:
    if model.env.version == 16:
        return UserError(f"Invalid aggregation function {function!r}.")
    return value_error(f"Invalid aggregate method {function!r} for '{field}:{function}'.")


def _total(model: "Reading", function: str, name: str, rows: list[Row]) -> Any:
    """16 says null where there is nothing, later versions an empty list or False."""
    get, field = model.getter(name), model.fields[name]
    values = [get(row) for row in rows]
    if function == "array_agg":
        listed = [None if value is None else to_wire(field, value) for value in values]
        return listed or (None if model.env.version == 16 else [])
    known = [value for value in values if value is not None]
    if not known and function != "count":
        return None if model.env.version == 16 else False
    return to_wire(field, AGGREGATES[function](known))
