"""What people see: views with what others add to them, windows, menus; and what is refused."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

from qantara.sandbox.odoo.env import BASE_LANGUAGE
from qantara.sandbox.odoo.errors import (
    NotImitated,
    PythonError,
    UserError,
    ValidationError,
    value_error,
)
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row

SPOKEN = ("string", "placeholder", "help", "confirm", "sum")
"""Attributes whose text is translated."""

THREAD = ("message_", "activity_")
"""Fields of a chatter, which are not imitated but may stand in a view."""

NEAR = "Error while validating view near:"
POSITIONS = ("inside", "after", "before")
PLAIN = ("0", "1", "True", "False", "true", "false")
ACTIONS = ("ir.actions.server", "ir.actions.act_window")


class View(Model):
    """ir.ui.view: its text is kept in English, with translations of its words."""

    ORDER = "priority, name, id"
    DEFAULTS: ClassVar = {"priority": 16, "active": True}
    COMPUTES: ClassVar = {"arch_db": "_arch", "arch": "_arch"}
    INVERSES: ClassVar = {"arch_db": "_keep", "arch": "_keep"}

    def combined(self, record_id: int) -> ET.Element:
        """The view with all active additions to it, in the caller's language."""
        tree = _parsed(self._arch(self.row(record_id)))
        for one in self.search([("inherit_id", "=", record_id), ("mode", "=", "extension")]):
            for spec in _specs(_parsed(self._arch(self.row(one)))):
                _added(tree, spec, self.row(one)["name"])
        return tree

    def shown(self, model: Model, view_id: Any, kind: str) -> dict[str, Any]:
        """What `get_view` answers, as far as a client needs it."""
        wanted = [("model", "=", model.name), ("type", "=", kind), ("mode", "=", "primary")]
        found = [int(view_id)] if view_id else self.search(wanted, limit=1)
        if not found:
            raise NotImitated(f"the {kind} that Odoo makes up for {model.name}")
        tree = self.combined(found[0])
        names = sorted({str(one.get("name")) for one in tree.iter("field")})
        arch = ET.tostring(tree, encoding="unicode")
        return {"id": found[0], "arch": arch, "model": model.name, "models": {model.name: names}}

    def release(self, model: str, field: str) -> None:
        """Refuses to let a field go that somebody can see."""
        for row in self.table.rows.values():
            if row.get("model") != model or not row.get("active"):
                continue
            named = {name for name, _ in _fields(self, model, _parsed(row["source"]))}
            if field in named:
                raise UserError(
                    "Cannot rename/delete fields that are still present in views:\n"
                    f"Fields: {model}.{field}\nView: {row['name']}"
                )

    def get_field_translations(
        self, ids: Sequence[int], field_name: str, langs: Sequence[str] | None = None
    ) -> list[Any]:
        """Word by word."""
        if field_name not in self.COMPUTES:
            return super().get_field_translations(ids, field_name, langs)
        row = self.row(self.existing(ids)[0])
        told = [
            {"lang": lang, "source": word, "value": _said(row, lang).get(word, word)}
            for lang in sorted(langs or self.env.languages())
            for word in dict.fromkeys(_words(_parsed(row["source"])))
        ]
        return [told, {"translation_type": "text", "translation_show_source": True}]

    def update_field_translations(
        self, ids: Sequence[int], field_name: str, translations: Mapping[str, Any]
    ) -> bool:
        """English word to translated word, for each language."""
        if field_name not in self.COMPUTES:
            return super().update_field_translations(ids, field_name, translations)
        (record_id,) = self.existing(ids)
        if missing := set(translations) - self.env.languages():
            names = ", ".join(sorted(missing))
            raise UserError(f"The following languages are not activated: {names}")
        held = self.row(record_id).get("said") or {}
        told = {lang: {**held.get(lang, {}), **words} for lang, words in translations.items()}
        self.put(record_id, said={**held, **told})
        return True

    def _arch(self, row: Row) -> str:
        said = _said(row, self.env.lang)
        if not said:
            return str(row.get("source") or "")
        tree = _parsed(row["source"])
        for one in tree.iter():
            for name in SPOKEN:
                if one.get(name) in said:
                    one.set(name, said[str(one.get(name))])
        return ET.tostring(tree, encoding="unicode")

    def _keep(self, record_id: int, value: Any) -> None:
        if self.env.lang != BASE_LANGUAGE:
            raise NotImitated("writing a view in another language than English")
        self.put(record_id, source=str(value or ""))

    def _on_creating(self, vals: Values) -> Values:
        if not vals.get("inherit_id"):
            self._name_type(vals)
        else:
            above = self.row(vals["inherit_id"])
            vals.setdefault("type", above["type"])
            vals.setdefault("model", above["model"])
        vals.setdefault("mode", "extension" if vals.get("inherit_id") else "primary")
        return vals

    def _name_type(self, vals: Values) -> None:
        """Only `arch` is looked at for it, never `arch_db` (16 to 18)."""
        if vals.get("type"):
            return
        if not vals.get("arch"):
            raise ValidationError("Missing view architecture.")
        vals["type"] = _parsed(vals["arch"]).tag

    def _on_created(self, record_id: int, vals: Values) -> None:
        self._check(record_id)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        for one in ids:
            self._check(one)

    def _check(self, record_id: int) -> None:
        row = self.row(record_id)
        if not row.get("active"):
            return
        above = row.get("inherit_id")
        tree = self.combined(above or record_id)
        kind = self.row(above)["type"] if above else row["type"]
        if tree.tag != kind:
            raise ValidationError(f"The root node of a {kind} view should be a <{kind}>")
        self._check_version(tree, row["name"])
        for name, model in _fields(self, row["model"], tree):
            if name not in self.env.database.schema[model].fields and not name.startswith(THREAD):
                text = f'Field "{name}" does not exist in model "{model}"'
                raise ValidationError(f"{NEAR}\n\n{text}\n\nView name: {row['name']}")
        for button in tree.iter("button"):
            if button.get("type") == "action":
                self._check_action(str(button.get("name")), row["name"])

    def _check_version(self, tree: ET.Element, name: str) -> None:
        version = self.env.version
        for one in tree.iter():
            if version >= 17 and (one.get("attrs") or one.get("states")):
                raise ValidationError(
                    'Since 17.0, the "attrs" and "states" attributes are no longer used.\n'
                    f"View: {name} in False"
                )
            if version == 16 and one.get("invisible", "0") not in PLAIN:
                raise PythonError(
                    "AttributeError", "'ValueError' object has no attribute 'context'"
                )
            if (version >= 18) != (one.tag != "tree") and one.tag in ("tree", "list"):
                raise value_error(f"Wrong value for ir.ui.view.type: {one.tag!r}")
            chatter = one.tag == "chatter" or one.get("class") == "oe_chatter"
            if chatter and (version >= 18) != (one.tag == "chatter"):
                raise NotImitated(f"the chatter of another version in {name}")

    def _check_action(self, number: str, name: str) -> None:
        if number.isdigit():
            if any(int(number) in self.env.model(one).table.rows for one in ACTIONS):
                return
            text = f"Action {number} (id: {number}) does not exist for button of type action."
            raise ValidationError(f"{NEAR}\n\n{text}")
        raise NotImitated(f"a button of {name} with an action named {number}")


class Window(Model):
    """ir.actions.act_window."""

    DEFAULTS: ClassVar = {
        "view_mode": lambda model: "list,form" if model.env.version >= 18 else "tree,form",
        "context": "{}",
        "target": "current",
    }

    def _on_created(self, record_id: int, vals: Values) -> None:
        self._on_written([record_id], vals)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        for one in ids:
            model = self.row(one)["res_model"]
            if not self.env.has(model):
                text = f"Invalid model name “{model}” in action definition."
                raise ValidationError(text)


class Menu(Model):
    """ir.ui.menu: who is not in its groups does not see it; that is not imitated."""

    ORDER = "sequence, id"
    PARENT = "parent_id"
    DEFAULTS: ClassVar = {"sequence": 10, "active": True}
    RECURSION = "Error! You cannot create recursive menus."


def _parsed(arch: Any) -> ET.Element:
    try:
        return ET.fromstring(str(arch or ""))  # noqa: S314 - written by the test that reads it
    except ET.ParseError as error:
        raise ValidationError(f"Invalid view definition: {error}") from None


def _said(row: Row, lang: str) -> Mapping[str, str]:
    found: Mapping[str, str] = (row.get("said") or {}).get(lang, {})
    return found


def _words(tree: ET.Element) -> Iterator[str]:
    for one in tree.iter():
        yield from (str(one.get(name)) for name in SPOKEN if one.get(name))


def _specs(tree: ET.Element) -> list[ET.Element]:
    return list(tree) if tree.tag == "data" else [tree]


def _added(tree: ET.Element, spec: ET.Element, name: str) -> None:
    """Put the children of one `<xpath>` where it says."""
    position = spec.get("position", "inside")
    expression = str(spec.get("expr", ""))
    if spec.tag != "xpath" or position not in POSITIONS or not expression.startswith("//"):
        raise NotImitated(f"the view {name} with <{spec.tag} position={position!r}>")
    target = tree.find(f".{expression}")
    if target is None:
        raise ValidationError(
            f"Error while parsing or validating view:\n\nElement '<xpath expr=\"{expression}\">'"
            f" cannot be located in parent view\n\nView name: {name}"
        )
    fresh = [copy.deepcopy(one) for one in spec]
    if position == "inside":
        target.extend(fresh)
        return
    [parent] = [one for one in tree.iter() if target in list(one)]
    place = list(parent).index(target) + (position == "after")
    for offset, one in enumerate(fresh):
        parent.insert(place + offset, one)


def _fields(view: View, model: str, tree: ET.Element) -> Iterator[tuple[str, str]]:
    """Every field with its model, those of lines under a one2many included."""
    for one in tree:
        if one.tag != "field":
            yield from _fields(view, model, one)
            continue
        name = str(one.get("name"))
        yield name, model
        field = view.env.database.schema[model].fields.get(name)
        if field is not None and field.relation and len(one):
            yield from _fields(view, field.relation, one)
