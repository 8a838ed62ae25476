"""Cells of `load()` to values, with the server's words for what does not fit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import NotImitated, PythonError
from qantara.sandbox.odoo.spec import Field

if TYPE_CHECKING:
    from qantara.sandbox.odoo.load import Record
    from qantara.sandbox.odoo.model import Model

TRUE = frozenset({"1", "true", "yes"})
FALSE = frozenset({"", "0", "false", "no"})
RELATIONS = frozenset({"many2one", "many2many", "one2many"})
BY = {"": "name", "id": "external id", ".id": "database id"}


@dataclass(frozen=True, slots=True)
class Finding(Exception):
    """What is said of one cell. `%(field)s` in the message stands for the field's label."""

    field: str
    message: str
    moreinfo: Any = None
    label: str | None = None
    kind: str = "error"

    def told(self) -> dict[str, Any]:
        """A message of `load`, its place aside."""
        facts = {"type": self.kind, "field": self.field, "message": self.message}
        if self.moreinfo is not None:
            facts["moreinfo"] = self.moreinfo
        if self.label is not None and self.kind == "error":
            facts["field_name"] = self.label
        return facts

    def within(self, field: str, path: str, label: str) -> "Finding":
        """The same, with the label filled in, or told of the one2many that holds the line."""
        message = self.message.replace("%(field)s", path)
        return Finding(field, message, self.moreinfo, label, self.kind)


class Converter:
    """For the fields of one model. Empty cells empty the field; numbers need not be strings."""

    def __init__(self, env: Env, model: "Model") -> None:
        self.env = env
        self.model = model
        self._warnings: list[Finding] = []

    def fill(self, record: "Record") -> list[Finding]:
        """Sets the record's values and those of its lines; returns what does not fit."""
        found = list(self._found(record))
        return [
            each
            if each.label is not None or each.field == ".id"
            else each.within(each.field, self._label(each.field), self._label(each.field))
            for each in found
        ]

    def _found(self, record: "Record") -> Iterator[Finding]:
        number = record.cells.get((".id",))
        if number:
            record.own = int(number) if str(number).isdigit() else 0
            if record.own not in self.model.table.rows:
                record.own = None
                yield Finding(".id", f"Unknown database identifier '{number}'")
        for path, cell in sorted(record.cells.items(), key=self._relations_last):
            if path[0] in ("id", ".id"):
                continue
            try:
                record.vals[path[0]] = self._converted(path, cell)
            except Finding as finding:
                yield finding
            yield from self._warnings
            self._warnings = []
        for name, lines in record.lines.items():
            yield from self._found_in_lines(name, lines)

    def _found_in_lines(self, name: str, lines: list["Record"]) -> Iterator[Finding]:
        """Told of the field that holds the lines, the path of labels in the message."""
        inner = Converter(self.env, self.env.model(str(self.model.fields[name].relation)))
        for line in lines:
            for each in inner._found(line):
                path = f"{self._label(name)}/{inner._label(each.field)}"
                yield each.within(name, path, self._label(name))

    def _relations_last(self, item: tuple[tuple[str, ...], Any]) -> bool:
        field = self.model.fields.get(item[0][0])
        return field is not None and field.type in RELATIONS

    def _label(self, name: str) -> str:
        return self.model.fields[name].string if name in self.model.fields else name

    def _converted(self, path: tuple[str, ...], cell: Any) -> Any:
        field = self.model.fields[path[0]]
        if not cell:
            return False
        if field.type in RELATIONS:
            return self._related(field, path[1] if len(path) > 1 else "", cell)
        if field.type not in SIMPLE:
            raise NotImitated(f"loading the {field.type} field {self.model.name}.{field.name}")
        return SIMPLE[field.type](self, field, cell)

    def _related(self, field: Field, by: str, cell: Any) -> Any:
        if field.type == "many2one":
            return self._reference(field, by, cell)
        each = _text(cell, "split").split(",")
        return [(6, 0, [self._reference(field, by, part.strip()) for part in each])]

    def _reference(self, field: Field, by: str, cell: Any) -> int:
        find = {"": self._by_name, "id": self._by_xml_id, ".id": self._by_number}[by]
        found = find(field, cell)
        if found is None:
            message = f"No matching record found for {BY[by]} '{cell}' in field '%(field)s'"
            raise Finding(field.name, message, self._where_to_look(field, by))
        return found

    def _by_name(self, field: Field, cell: Any) -> int | None:
        other = self.env.model(str(field.relation))
        found = other.name_search(str(cell), operator="=")
        if len(found) > 1:
            quote = "'" if self.env.version == 16 else '"'
            message = (
                f"Found multiple matches for value {quote}{cell}{quote}"
                f" in field {quote}%(field)s{quote} ({len(found)} matches)"
            )
            self._warnings.append(Finding(field.name, message, kind="warning"))
        return found[0][0] if found else None

    def _by_xml_id(self, field: Field, cell: Any) -> int | None:
        text = _text(cell, "lower")
        full = text if "." in text else f"__import__.{text}"
        data = self.env.model("ir.model.data")
        other = self.env.model(str(field.relation))
        for each in data.table.with_value("complete_name", full):
            row = data.row(each)
            if row["model"] == field.relation and row["res_id"] in other.table.rows:
                return int(row["res_id"])
        return None

    def _by_number(self, field: Field, cell: Any) -> int | None:
        if not str(cell).isdigit():
            message = f"Invalid database id '{cell}' for the field '%(field)s'"
            raise Finding(field.name, message, self._where_to_look(field, ".id"))
        rows = self.env.model(str(field.relation)).table.rows
        return int(cell) if int(cell) in rows else None

    def _where_to_look(self, field: Field, by: str) -> dict[str, Any]:
        """The window in which a person would find the possible values."""
        action: dict[str, Any] = {
            "name": "Possible Values",
            "type": "ir.actions.act_window",
            "target": "new",
            "view_mode": "list,form" if self.env.version >= 18 else "tree,form",
            "views": [[False, "list"], [False, "form"]],
            "context": {"create": False},
            "res_model": "ir.model.data" if by else field.relation,
        }
        if by:
            action["domain"] = [["model", "=", field.relation]]
        return action

    def _boolean(self, field: Field, cell: Any) -> bool:
        lower = _text(cell, "lower").lower()
        if lower not in TRUE | FALSE:
            message = f"Unknown value '{cell}' for boolean field '%(field)s'"
            raise Finding(field.name, message, "Use '1' for yes and '0' for no")
        return lower in TRUE

    def _integer(self, field: Field, cell: Any) -> int:
        try:
            return int(cell)
        except ValueError:
            message = f"'{cell}' does not seem to be an integer for field '%(field)s'"
            raise Finding(field.name, message) from None

    def _float(self, field: Field, cell: Any) -> float:
        try:
            return float(cell)
        except ValueError:
            message = f"'{cell}' does not seem to be a number for field '%(field)s'"
            raise Finding(field.name, message) from None

    def _date(self, field: Field, cell: Any) -> str:
        self._parse(field, str(cell), "%Y-%m-%d")
        return str(cell)

    def _datetime(self, field: Field, cell: Any) -> str:
        self._parse(field, str(cell), "%Y-%m-%d %H:%M:%S")
        zone = self.env.context.get("tz")
        if zone and zone != "UTC":
            raise NotImitated("loading dates and times in a time zone other than UTC")
        return str(cell)

    def _parse(self, field: Field, text: str, form: str) -> None:
        try:
            datetime.strptime(text, form)  # noqa: DTZ007 - UTC by definition
        except ValueError:
            kind, sample = ("datetime", "2012-12-31 23:59:59") if "%H" in form else ("date", "")
            message = f"'{text}' does not seem to be a valid {kind} for field '%(field)s'"
            hint = f"Use the format '{sample or '2012-12-31'}'"
            raise Finding(field.name, message, hint) from None

    def _selection(self, field: Field, cell: Any) -> str:
        text = _text(cell, "lower")
        choices = list(self.model.choices(field))
        for key, label in choices:
            if text in (key, label):
                return key
        message = f"Value '{text}' not found in selection field '%(field)s'"
        raise Finding(field.name, message, [label for _, label in choices])

    def _plain(self, field: Field, cell: Any) -> Any:
        del field
        return cell


def _text(cell: Any, method: str) -> str:
    """A cell that the server treats as a string breaks the whole call when it is none."""
    if not isinstance(cell, str):
        kind = type(cell).__name__
        raise PythonError("AttributeError", f"'{kind}' object has no attribute '{method}'")
    return cell


SIMPLE: dict[str, Callable[[Converter, Field, Any], Any]] = {
    "boolean": Converter._boolean,  # noqa: SLF001 - a table of its own methods
    "integer": Converter._integer,  # noqa: SLF001
    "many2one_reference": Converter._integer,  # noqa: SLF001
    "float": Converter._float,  # noqa: SLF001
    "monetary": Converter._float,  # noqa: SLF001
    "date": Converter._date,  # noqa: SLF001
    "datetime": Converter._datetime,  # noqa: SLF001
    "selection": Converter._selection,  # noqa: SLF001
    "char": Converter._plain,  # noqa: SLF001
    "text": Converter._plain,  # noqa: SLF001
    "html": Converter._plain,  # noqa: SLF001
    "binary": Converter._plain,  # noqa: SLF001
}
