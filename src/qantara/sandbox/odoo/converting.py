"""Strings of `load()` to values, with the server's words for what does not fit."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import NotImitated
from qantara.sandbox.odoo.spec import Field

if TYPE_CHECKING:
    from qantara.sandbox.odoo.model import Model

TRUE = frozenset({"1", "true", "yes"})
FALSE = frozenset({"", "0", "false", "no"})
REFERENCES = frozenset({"many2one", "many2many", "one2many"})


class Problem(Exception):
    """A cell that cannot be read; `message` has a place for the field's label."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self._found: list[dict[str, Any]] = [{"field": field, "message": message}]

    @classmethod
    def several(cls, found: list[dict[str, Any]]) -> "Problem":
        """All bad cells of one record."""
        problem = cls("", "")
        problem._found = found
        return problem

    def facts(self, model: "Model") -> list[dict[str, Any]]:
        """Field, its label, message."""
        return [self._named(model, each) for each in self._found]

    def _named(self, model: "Model", found: dict[str, Any]) -> dict[str, Any]:
        field = model.fields.get(found["field"])
        label = field.string if field else found["field"]
        message = found["message"].replace("%(field)s", label)
        return {"field": found["field"], "message": message, "field_name": label, **_extra(found)}


def _extra(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key not in ("field", "message")}


class Converter:
    """For the fields of one model."""

    def __init__(self, env: Env, model: "Model") -> None:
        self.env = env
        self.model = model

    def convert(self, path: tuple[str, ...], text: str) -> Any:
        """An empty string empties the field."""
        field = self.model.fields[path[0]]
        if not text:
            return False
        if field.type in REFERENCES:
            return self._references(field, path[1] if len(path) > 1 else "", text)
        if field.type not in SIMPLE:
            raise NotImitated(f"loading the {field.type} field {self.model.name}.{field.name}")
        return SIMPLE[field.type](self, field, text)

    def _references(self, field: Field, by: str, text: str) -> Any:
        if field.type == "many2one":
            return self._reference(field, by, text)
        if field.type == "one2many":
            raise NotImitated(f"loading {self.model.name}.{field.name} without its lines' fields")
        return [(6, 0, [self._reference(field, by, each.strip()) for each in text.split(",")])]

    def _reference(self, field: Field, by: str, text: str) -> int:
        find = {"": self._by_name, "id": self._by_xml_id, ".id": self._by_number}[by]
        found = find(field, text)
        if found is None:
            kind = {"": "name", "id": "external id", ".id": "database id"}[by]
            message = f"No matching record found for {kind} '{text}' in field '%(field)s'"
            raise Problem(field.name, message)
        return found

    def _by_name(self, field: Field, text: str) -> int | None:
        other = self.env.model(str(field.relation))
        found = other.name_search(text, operator="=", limit=2)
        return found[0][0] if found else None

    def _by_xml_id(self, field: Field, text: str) -> int | None:
        full = text if "." in text else f"__import__.{text}"
        data = self.env.model("ir.model.data")
        other = self.env.model(str(field.relation))
        for each in data.table.with_value("complete_name", full):
            row = data.row(each)
            if row["model"] == field.relation and row["res_id"] in other.table.rows:
                return int(row["res_id"])
        return None

    def _by_number(self, field: Field, text: str) -> int | None:
        if not text.isdigit():
            raise Problem(field.name, f"Invalid database id '{text}' for the field '%(field)s'")
        rows = self.env.model(str(field.relation)).table.rows
        return int(text) if int(text) in rows else None

    def _boolean(self, field: Field, text: str) -> bool:
        lower = text.lower()
        if lower not in TRUE | FALSE:
            message = f"Unknown value '{text}' for boolean field '%(field)s'"
            raise Problem(field.name, message)
        return lower in TRUE

    def _integer(self, field: Field, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            message = f"'{text}' does not seem to be an integer for field '%(field)s'"
            raise Problem(field.name, message) from None

    def _float(self, field: Field, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            message = f"'{text}' does not seem to be a number for field '%(field)s'"
            raise Problem(field.name, message) from None

    def _date(self, field: Field, text: str) -> str:
        self._parse(field, text, "%Y-%m-%d")
        return text

    def _datetime(self, field: Field, text: str) -> str:
        self._parse(field, text, "%Y-%m-%d %H:%M:%S")
        zone = self.env.context.get("tz")
        if zone and zone != "UTC":
            raise NotImitated("loading dates and times in a time zone other than UTC")
        return text

    def _parse(self, field: Field, text: str, form: str) -> None:
        try:
            datetime.strptime(text, form)  # noqa: DTZ007 - UTC by definition
        except ValueError:
            kind = "datetime" if "%H" in form else "date"
            message = f"'{text}' does not seem to be a valid {kind} for field '%(field)s'"
            raise Problem(field.name, message) from None

    def _selection(self, field: Field, text: str) -> str:
        for key, label in self.model._choices(field):  # noqa: SLF001 - its own model
            if text in (key, label):
                return key
        message = f"Value '{text}' not found in selection field '%(field)s'"
        raise Problem(field.name, message)

    def _text(self, field: Field, text: str) -> str:
        del field
        return text


SIMPLE: dict[str, Callable[[Converter, Field, str], Any]] = {
    "boolean": Converter._boolean,  # noqa: SLF001 - a table of its own methods
    "integer": Converter._integer,  # noqa: SLF001
    "many2one_reference": Converter._integer,  # noqa: SLF001
    "float": Converter._float,  # noqa: SLF001
    "monetary": Converter._float,  # noqa: SLF001
    "date": Converter._date,  # noqa: SLF001
    "datetime": Converter._datetime,  # noqa: SLF001
    "selection": Converter._selection,  # noqa: SLF001
    "char": Converter._text,  # noqa: SLF001
    "text": Converter._text,  # noqa: SLF001
    "html": Converter._text,  # noqa: SLF001
    "binary": Converter._text,  # noqa: SLF001
}
