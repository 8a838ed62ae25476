"""`load()`: rows of strings to records, all or nothing, with a message per bad row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.converting import Converter, Problem
from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import (
    NotNullError,
    OdooError,
    PythonError,
    SerializationFailure,
    value_error,
)

if TYPE_CHECKING:
    from qantara.sandbox.odoo.model import Model

MANY_ERRORS = (
    "Found more than 10 errors and more than one error per 10 records,"
    " interrupted to avoid showing too many errors."
)
Path = tuple[str, ...]


@dataclass(slots=True)
class Record:
    """One record of the rows: cells by path, records of one2many fields, and where it stands."""

    cells: dict[Path, str]
    lines: dict[str, list["Record"]] = field(default_factory=dict)
    first: int = 0
    last: int = 0


def load(env: Env, model_name: str, fields: Sequence[str], data: Sequence[Sequence[str]]) -> Any:
    """{'ids': [...] or False, 'messages': [...], 'nextrow': 0}. The caller undoes a failure."""
    model = env.model(model_name)
    paths = [_path(name) for name in fields]
    for path in paths:
        _check_path(model, path)
    _check_strings(data)
    records = list(_records(model, paths, data))
    messages: list[dict[str, Any]] = []
    ids: list[int] = []
    for number, record in enumerate(records):
        place = {"rows": {"from": record.first, "to": record.last}, "record": number}
        try:
            ids.append(_load_one(env, model, record))
        except Problem as problem:
            messages.extend({**place, "type": "error", **facts} for facts in problem.facts(model))
        except OdooError as error:
            messages.append({"type": "error", "message": _told(model, error), **place})
        if len(messages) >= 10 and len(messages) >= (number + 1) / 10:
            messages.append({"type": "warning", "message": MANY_ERRORS})
            break
    return {"ids": False if messages else ids, "messages": messages, "nextrow": 0}


def _load_one(
    env: Env, model: "Model", record: Record, parent: dict[str, int] | None = None
) -> int:
    """Write or create the record, then its lines. A line without own id is always a new one."""
    vals = {**_values(env, model, record), **(parent or {})}
    own = _own_id(env, model, record)
    if own is None:
        own = model.make(vals)
        xml_id = record.cells.get(("id",))
        if xml_id:
            _bind(env, model, xml_id, own)
    else:
        _check_race(model, own)
        model.write(own, vals)
    for name, lines in record.lines.items():
        other = env.model(str(model.fields[name].relation))
        inverse = str(model.fields[name].relation_field)
        for line in lines:
            _load_one(env, other, line, {inverse: own})
    return own


def _values(env: Env, model: "Model", record: Record) -> dict[str, Any]:
    converter = Converter(env, model)
    vals: dict[str, Any] = {}
    problems: list[dict[str, Any]] = []
    for path, text in record.cells.items():
        if path[0] in ("id", ".id"):
            continue
        try:
            vals[path[0]] = converter.convert(path, text)
        except Problem as problem:
            problems.extend(problem.facts(model))
    if problems:
        raise Problem.several(problems)
    return vals


def _own_id(env: Env, model: "Model", record: Record) -> int | None:
    number = record.cells.get((".id",))
    if number:
        return _database_id(model, number)
    xml_id = record.cells.get(("id",))
    if not xml_id:
        return None
    data = env.model("ir.model.data")
    for found in data.table.with_value("complete_name", _full(xml_id)):
        row = data.row(found)
        if row["model"] != model.name:
            text = f"Record {_full(xml_id)} belongs to model {row['model']}, not {model.name}"
            raise value_error(text)
        if _is_newer(env, row["create_date"]):
            raise SerializationFailure
        if row["res_id"] in model.table.rows:
            return int(row["res_id"])
        data.table.delete(found)
    return None


def _database_id(model: "Model", text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if number not in model.table.rows:
        raise Problem(".id", f"Unknown database identifier '{text}'")
    return number


def _bind(env: Env, model: "Model", xml_id: str, record_id: int) -> None:
    module, _, name = _full(xml_id).partition(".")
    facts = {"module": module, "name": name, "model": model.name, "res_id": record_id}
    env.model("ir.model.data").make(facts)


def _full(xml_id: str) -> str:
    return xml_id if "." in xml_id else f"__import__.{xml_id}"


def _check_race(model: "Model", record_id: int) -> None:
    """Somebody changed the record after this call had arrived: the database refuses."""
    if _is_newer(model.env, model.row(record_id).get("write_date") or ""):
        raise SerializationFailure


def _is_newer(env: Env, stamp: str) -> bool:
    return bool(env.arrived) and stamp != env.stamp and stamp > env.arrived


def _told(model: "Model", error: OdooError) -> str:
    if isinstance(error, NotNullError) and error.field:
        label = model.fields[error.field].string if error.field in model.fields else error.field
        return f"Missing required value for the field '{label}' ({error.field})"
    if isinstance(error, SerializationFailure):
        return SerializationFailure.TEXT
    if isinstance(error, PythonError):
        kind = error.name.rpartition(".")[2]
        return f"Unknown error during import: <class '{kind}'>: {error.message}"
    return error.message


def _path(name: str) -> Path:
    """`order_line/product_id/.id` and the older `order_line/product_id:id`."""
    return tuple(name.replace(".id", "/.id").replace("//", "/").lstrip("/").split("/"))


def _check_path(model: "Model", path: Path) -> None:
    """Deeper than a line's reference is not imitated; what does not exist is refused."""
    if path[0] in ("id", ".id"):
        return
    found = model.field(path[0])
    if len(path) > 1 and path[1] not in ("id", ".id"):
        if found.type != "one2many":
            raise value_error(f"Invalid field {'/'.join(path)!r} on model {model.name!r}")
        _check_path(model.env.model(str(found.relation)), path[1:])


def _check_strings(data: Sequence[Sequence[Any]]) -> None:
    for row in data:
        for cell in row:
            if not isinstance(cell, str):
                text = f"{type(cell).__name__!r} object has no attribute 'strip'"
                raise PythonError("AttributeError", text)


def _records(
    model: "Model", paths: list[Path], data: Sequence[Sequence[str]], start: int = 0
) -> Iterator[Record]:
    """A row whose own cells are all empty continues the record above it."""
    many = {i for i, path in enumerate(paths) if _is_line(model, path)}
    rows = [list(row) for row in data]
    index = 0
    while index < len(rows):
        end = index + 1
        while end < len(rows) and many and _continues(rows[end], many):
            end += 1
        yield _record(model, paths, rows[index:end], start + index)
        index = end


def _record(model: "Model", paths: list[Path], rows: list[list[str]], start: int) -> Record:
    cells = {path: rows[0][i] for i, path in enumerate(paths) if not _is_line(model, path)}
    record = Record(cells, first=start, last=start + len(rows) - 1)
    for name in dict.fromkeys(path[0] for path in paths if _is_line(model, path)):
        columns = [i for i, path in enumerate(paths) if path[0] == name and len(path) > 1]
        below = [[row[i] for i in columns] for row in rows if any(row[i] for i in columns)]
        other = model.env.model(str(model.fields[name].relation))
        inner = [paths[i][1:] for i in columns]
        record.lines[name] = list(_records(other, inner, below, start))
    return record


def _is_line(model: "Model", path: Path) -> bool:
    if path[0] in ("id", ".id") or len(path) < 2:
        return False
    return model.fields[path[0]].type == "one2many"


def _continues(row: list[str], many: set[int]) -> bool:
    own = any(cell for i, cell in enumerate(row) if i not in many)
    return not own and any(row[i] for i in many)
