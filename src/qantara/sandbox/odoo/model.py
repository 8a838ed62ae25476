"""What every model can do: create, write, delete; one subclass per model adds its business."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from qantara.sandbox.odoo import commands, integrity
from qantara.sandbox.odoo.env import BASE_LANGUAGE
from qantara.sandbox.odoo.errors import (
    MissingError,
    NotImitated,
    OdooError,
    UserError,
    ValidationError,
    value_error,
)
from qantara.sandbox.odoo.reading import Reading
from qantara.sandbox.odoo.spec import Field
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import to_stored

LOG_FIELDS = frozenset(
    {"id", "create_date", "create_uid", "write_date", "write_uid", "parent_path"}
)
PICTURES = frozenset({"image_1920", "image_variant_1920"})
Values = dict[str, Any]


class Model(Reading):
    """The write side. Subclasses fill the tables below and override the `_on_...` hooks."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = {}
    INVERSES: ClassVar[Mapping[str, str]] = {}  # field -> method(record id, value)
    IGNORED: ClassVar[frozenset[str]] = frozenset()  # computed fields that may be written in vain
    UNIQUE: ClassVar[Mapping[tuple[str, ...], str]] = {}  # fields -> message
    RECURSION: ClassVar[str] = "Recursion Detected."
    RECURSION_ERROR: ClassVar[type[OdooError]] = ValidationError
    OWNER: ClassVar[str | None] = None  # the many2one whose record holds RELATED fields
    METHODS: ClassVar[frozenset[str]] = frozenset()  # business methods callable on records
    MODEL_METHODS: ClassVar[frozenset[str]] = frozenset()  # business methods without records
    KNOWN: ClassVar[frozenset[str]] = frozenset()  # real methods that are not imitated

    def create(self, vals_list: Values | list[Values]) -> int | list[int]:
        """One record for a dict, many for a list: all or none."""
        if isinstance(vals_list, Mapping):
            return self.make(vals_list)
        if not isinstance(vals_list, list) or not all(isinstance(v, Mapping) for v in vals_list):
            raise NotImitated(f"create() of {self.name} with {type(vals_list).__name__}")
        ids = [self._insert(self._with_defaults(vals)) for vals in vals_list]
        self._on_batch_created(ids)
        return ids

    def make(self, vals: Mapping[str, Any]) -> int:
        """One new record."""
        record_id = self._insert(self._with_defaults(vals))
        self._on_batch_created([record_id])
        return record_id

    def write(self, ids: int | Sequence[int], vals: Values) -> bool:
        """The identical value written again still moves write_date."""
        self._check_names(vals)
        known = self.existing(ids)
        for record_id in known:
            self._on_writing(record_id, vals)
        vals = {name: value for name, value in vals.items() if name not in LOG_FIELDS}
        for record_id in known:
            self._apply(record_id, vals)
        integrity.check(self, known, vals)
        self._on_written(known, vals)
        return True

    def unlink(self, ids: int | Sequence[int]) -> bool:
        """Refused where a required reference points here, cascading where Odoo cascades."""
        known = self.existing(ids)
        self._on_unlinking(known)
        for record_id in known:
            self.env.fire(self, "on_unlink", record_id)
        for record_id in known:
            if record_id in self.table.rows:
                integrity.release(self, record_id)
                self.table.delete(record_id)
        self._on_unlinked(known)
        return True

    def existing(self, ids: int | Sequence[int]) -> list[int]:
        """The ids themselves; raises for the first that does not exist."""
        listed = [ids] if isinstance(ids, int) else list(ids)
        for record_id in listed:
            if record_id not in self.table.rows:
                who = f"(Record: {self.name}({record_id},), User: {self.env.uid})"
                raise MissingError(f"Record does not exist or has been deleted.\n{who}")
        return listed

    def row(self, record_id: int) -> Row:
        return self.table.rows[record_id]

    def value(self, record_id: int, name: str) -> Any:
        """A raw value: None for NULL, ids for relations."""
        return self.getter(name)(self.table.rows[record_id])

    def put(self, record_id: int, **changes: Any) -> None:
        """Store raw values and stamp the row, without hooks or checks."""
        stamp = {"write_date": self.env.stamp, "write_uid": self.env.uid}
        self.table.update(record_id, {**changes, **stamp})
        self.env.fire(self, "on_create_or_write", record_id)

    def put_quietly(self, record_id: int, **changes: Any) -> None:
        """Store raw values without moving write_date."""
        self.table.update(record_id, changes)

    def default_get(self, fields_list: list[str]) -> Values:
        """Only constant and company defaults."""
        found = self._with_defaults({})
        return {name: found[name] for name in fields_list if name in found}

    def update_field_translations(
        self, ids: Sequence[int], field_name: str, translations: Mapping[str, Any]
    ) -> bool:
        """Values per language; False forgets the language."""
        (record_id,) = self.existing(ids)
        field = self.field(field_name)
        missing = set(translations) - self.env.languages() - {BASE_LANGUAGE}
        if missing:
            names = ", ".join(sorted(missing))
            raise UserError(f"The following languages are not activated: {names}")
        if not field.translate:
            return False
        owner = self.RELATED.get(field_name)
        if owner:
            link, name = owner.split(".")
            other = self.env.model(str(self.field(link).relation))
            return other.update_field_translations(
                [self.value(record_id, link)], name, translations
            )
        held = self._languages_of(self.row(record_id).get(field_name))
        for lang, value in translations.items():
            held[lang] = to_stored(field, value, self.name) if value else None
        kept = {lang: value for lang, value in held.items() if value is not None}
        self.put(record_id, **{field_name: kept or None})
        self._on_translated(record_id)
        return True

    def action_archive(self, ids: Sequence[int]) -> None:
        self.write(ids, {"active": False})

    def action_unarchive(self, ids: Sequence[int]) -> None:
        self.write(ids, {"active": True})

    def toggle_active(self, ids: Sequence[int]) -> None:
        for record_id in self.existing(ids):
            self.write(record_id, {"active": not self.row(record_id).get("active")})

    def message_post(self, ids: Sequence[int], **kwargs: Any) -> int | list[int]:
        """One message on one record; its id, which 19 puts into a list."""
        known = self.existing(ids)
        if len(known) != 1:
            raise value_error(f"Expected singleton: {self.name}{tuple(known)!r}")
        message: Any = self.env.model("mail.message")
        posted: int = message.post(self, known[0], kwargs)
        return [posted] if self.env.version >= 19 else posted

    def message_unsubscribe(self, ids: Sequence[int], partner_ids: Sequence[int]) -> None:
        """Followers are not kept: only the existence of the records is checked."""
        del partner_ids
        self.existing(ids)

    def _with_defaults(self, vals: Mapping[str, Any]) -> Values:
        """Caller's values over `default_...` of the context over the model's own."""
        self._check_names(vals)
        filled: Values = {}
        for name, default in self.DEFAULTS.items():
            if name in self.fields and name not in vals:
                filled[name] = default(self) if callable(default) else default
        if filled.get("company_id"):
            filled["company_id"] = self.env.company_id
        for key, value in self.env.context.items():
            name = key.removeprefix("default_")
            if key.startswith("default_") and name in self.fields and name not in vals:
                filled[name] = value
        filled.update((k, v) for k, v in vals.items() if k not in LOG_FIELDS)
        return self._on_creating(filled)

    def _insert(self, vals: Values) -> int:
        stamp, uid = self.env.stamp, self.env.uid
        row: Row = {"create_date": stamp, "create_uid": uid, "write_date": stamp, "write_uid": uid}
        later: Values = {}
        for name, value in vals.items():
            if self._is_plain(name):
                row[name] = self._stored(self.fields[name], value, None)
            else:
                later[name] = value
        record_id = self.table.insert(row)
        self._keep_pictures(record_id, vals)
        self._apply_special(record_id, later)
        self._on_created(record_id, vals)
        integrity.check(self, [record_id], None)
        self.env.fire(self, "on_create_or_write", record_id)
        return record_id

    def _apply(self, record_id: int, vals: Values) -> None:
        changes: Row = {}
        later: Values = {}
        row = self.row(record_id)
        for name, value in vals.items():
            if self._is_plain(name):
                changes[name] = self._stored(self.fields[name], value, row.get(name))
            else:
                later[name] = value
        self.put(record_id, **changes)
        self._keep_pictures(record_id, vals)
        self._apply_special(record_id, later)

    def _apply_special(self, record_id: int, vals: Values) -> None:
        """Commands of x2many fields, inverses of computed ones, fields kept by the owner."""
        owned: Values = {}
        for name, value in vals.items():
            if name in self.INVERSES:
                getattr(self, self.INVERSES[name])(record_id, value)
            elif name in self.RELATED and self.RELATED[name].startswith(f"{self.OWNER}."):
                owned[self.RELATED[name].partition(".")[2]] = value
            elif self.fields[name].plural and name not in self.COMPUTES:
                commands.apply(self, record_id, self.fields[name], value)
            elif name not in self.IGNORED:
                raise NotImitated(f"writing the computed field {self.name}.{name}")
        if owned:
            link = str(self.OWNER)
            owner = self.env.model(str(self.field(link).relation))
            owner.write(self.row(record_id)[link], owned)

    def _keep_pictures(self, record_id: int, vals: Values) -> None:
        for name in vals:
            if name in PICTURES and self._is_plain(name):
                attachments: Any = self.env.model("ir.attachment")
                attachments.keep_picture(self, record_id, name)

    def _is_plain(self, name: str) -> bool:
        special = name in self.COMPUTES or name in self.RELATED or name in self.INVERSES
        return not special and not self.fields[name].plural

    def _stored(self, field: Field, value: Any, held: Any) -> Any:
        plain = to_stored(field, value, self.name)
        if field.type == "many2one" and plain is not None:
            integrity.check_reference(self, field, plain)
        if not field.translate:
            return plain
        if plain is None:
            return None
        known = self._languages_of(held)
        lang = self.env.lang if self.env.lang in self.env.languages() else BASE_LANGUAGE
        if not known or (lang == BASE_LANGUAGE and set(known) <= {BASE_LANGUAGE}):
            return plain if lang == BASE_LANGUAGE else {BASE_LANGUAGE: plain, lang: plain}
        return {**known, lang: plain}

    def _languages_of(self, held: Any) -> dict[str, Any]:
        if held is None:
            return {}
        return dict(held) if isinstance(held, dict) else {BASE_LANGUAGE: held}

    def _check_names(self, vals: Mapping[str, Any]) -> None:
        for name in vals:
            if name not in self.fields:
                where = "in" if self.env.version >= 19 else "on model"
                raise value_error(f"Invalid field {name!r} {where} {self.name!r}")

    def _on_creating(self, vals: Values) -> Values:
        """Complete the values before the row exists."""
        return vals

    def _on_created(self, record_id: int, vals: Values) -> None:
        """React to one new row."""

    def _on_batch_created(self, ids: list[int]) -> None:
        """React once to all new rows of a call."""

    def _on_writing(self, record_id: int, vals: Values) -> None:
        """Refuse a change before it is made."""

    def _on_written(self, ids: list[int], vals: Values) -> None:
        """React to changed rows."""

    def _on_translated(self, record_id: int) -> None:
        """React to translations written by themselves."""

    def _on_unlinking(self, ids: list[int]) -> None:
        """Refuse or prepare a deletion."""

    def _on_unlinked(self, ids: list[int]) -> None:
        """React to a deletion."""


def chosen(rows: Iterable[Row], test: Callable[[Row], bool]) -> Row | None:
    """The first row that passes."""
    return next((row for row in rows if test(row)), None)
