"""`load()`: rows of strings to records, all or nothing, with a message per bad row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.converting import Converter
from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import (
    OdooError,
    PythonError,
    SerializationFailure,
    UserError,
    value_error,
)

if TYPE_CHECKING:
    from qantara.sandbox.odoo.model import Model

MANY_ERRORS = (
    "Found more than 10 errors and more than one error per 10 records,"
    " interrupted to avoid showing too many errors."
)
Path = tuple[str, ...]
Told = dict[str, Any]


@dataclass(slots=True)
class Record:
    """One record of the rows: cells by path, records of one2many fields, and where it stands."""

    cells: dict[Path, Any]
    lines: dict[str, list["Record"]] = field(default_factory=dict)
    first: int = 0
    last: int = 0
    vals: dict[str, Any] = field(default_factory=dict)
    own: int | None = None


def load(env: Env, model_name: str, fields: Sequence[str], data: Sequence[Sequence[Any]]) -> Any:
    """{'ids': [...] or False, 'messages': [...], 'nextrow': 0}. The caller undoes a failure."""
    model = env.model(model_name)
    paths = [_path(name) for name in fields]
    for path in paths:
        _check_path(model, path)
    records = list(_records(model, paths, data))
    messages: list[Told] = []
    for number, record in enumerate(records):
        place = _place(number, record)
        found = Converter(env, model).fill(record)
        messages.extend({**place, **finding.told()} for finding in found)
    ids = _save_all(env, model, records, messages)
    failed = any(each["type"] == "error" for each in messages)
    return {"ids": False if failed else ids, "messages": messages, "nextrow": 0}


def _save_all(env: Env, model: "Model", records: list[Record], messages: list[Told]) -> list[int]:
    """Records with bad cells are tried too, without those cells: they may show more errors."""
    ids: list[int] = []
    errors = 0
    for number, record in enumerate(records):
        try:
            ids.append(_save(env, model, record))
        except OdooError as error:
            errors += 1
            messages.append({**_place(number, record), "type": "error", **_told(model, error)})
        if errors >= 10 and errors >= (number + 1) / 10:
            messages.append({"type": "warning", "message": MANY_ERRORS})
            break
    return ids


def _save(env: Env, model: "Model", record: Record, parent: dict[str, int] | None = None) -> int:
    """Write or create the record, then its lines. A line without own id is always a new one."""
    vals = {**record.vals, **(parent or {})}
    xml_id = record.cells.get(("id",))
    own = record.own or (_known(env, model, xml_id) if xml_id else None)
    if own is None:
        own = model.make(vals)
        if xml_id:
            _bind(env, model, xml_id, own)
    else:
        _check_race(model, own)
        model.write(own, vals)
    for name, lines in record.lines.items():
        other = env.model(str(model.fields[name].relation))
        inverse = str(model.fields[name].relation_field)
        for line in lines:
            _save(env, other, line, {inverse: own})
    return own


def _known(env: Env, model: "Model", xml_id: str) -> int | None:
    data = env.model("ir.model.data")
    for found in data.table.with_value("complete_name", _full(xml_id)):
        row = data.row(found)
        if row["model"] != model.name:
            raise UserError(
                f"For external id {xml_id} when trying to create/update a record of model"
                f" {model.name} found record of different model {row['model']} ({found})"
            )
        if _is_newer(env, row["create_date"]):
            raise SerializationFailure
        if row["res_id"] in model.table.rows:
            return int(row["res_id"])
        data.table.delete(found)
    return None


def _bind(env: Env, model: "Model", xml_id: str, record_id: int) -> None:
    module, _, name = _full(xml_id).partition(".")
    facts = {"module": module, "name": name, "model": model.name, "res_id": record_id}
    env.model("ir.model.data").make(facts)


def _full(xml_id: str) -> str:
    if not isinstance(xml_id, str):
        kind = type(xml_id).__name__
        raise PythonError("TypeError", f"argument of type '{kind}' is not iterable")
    return xml_id if "." in xml_id else f"__import__.{xml_id}"


def _check_race(model: "Model", record_id: int) -> None:
    """Somebody changed the record after this call had arrived: the database refuses."""
    if _is_newer(model.env, model.row(record_id).get("write_date") or ""):
        raise SerializationFailure


def _is_newer(env: Env, stamp: str) -> bool:
    return bool(env.arrived) and stamp != env.stamp and stamp > env.arrived


def _place(number: int, record: Record) -> Told:
    return {"rows": {"from": record.first, "to": record.last}, "record": number}


def _told(model: "Model", error: OdooError) -> Told:
    """The database's refusals in the words of the import; other Python errors break it off."""
    if isinstance(error, SerializationFailure):
        return {"message": SerializationFailure.TEXT}
    if isinstance(error, PythonError) and not error.name.startswith("psycopg2"):
        if error.name != "builtins.ValueError":
            raise error
        message = f"Unknown error during import: <class 'ValueError'>: {error.message}"
        return {"message": message}
    return error.in_import(model.name, model.env.version)


def _path(name: str) -> Path:
    """`order_line/product_id/.id`, and `order_line/product_id.id` for the same."""
    return tuple(name.replace(".id", "/.id").replace("//", "/").lstrip("/").split("/"))


def _check_path(model: "Model", path: Path) -> None:
    if path[0] in ("id", ".id"):
        return
    if path[0] not in model.fields:
        if model.env.version < 18:
            raise PythonError("KeyError", path[0])
        raise value_error(f"Invalid field name '{path[0]}'")
    found = model.fields[path[0]]
    if len(path) > 1 and path[1] not in ("id", ".id"):
        if found.type != "one2many":
            raise value_error(f"Invalid field name '{'/'.join(path)}'")
        _check_path(model.env.model(str(found.relation)), path[1:])


def _records(
    model: "Model", paths: list[Path], data: Sequence[Sequence[Any]], start: int = 0
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


def _record(model: "Model", paths: list[Path], rows: list[list[Any]], start: int) -> Record:
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


def _continues(row: list[Any], many: set[int]) -> bool:
    own = any(cell for i, cell in enumerate(row) if i not in many)
    return not own and any(row[i] for i in many)
