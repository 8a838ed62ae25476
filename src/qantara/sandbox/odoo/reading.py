"""The read side of a model: getters, search, read, names, fields_get."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from qantara.sandbox.odoo import domain as domains
from qantara.sandbox.odoo import grouping, ordering
from qantara.sandbox.odoo.env import BASE_LANGUAGE, Env
from qantara.sandbox.odoo.errors import MissingError, NotImitated, not_a_number, value_error
from qantara.sandbox.odoo.spec import Field, ModelSchema
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import to_wire

Getter = Callable[[Row], Any]
Reader = Callable[[Row], Any]


class Reading:
    """Subclasses say what is computed and how a record is called."""

    COMPUTES: ClassVar[Mapping[str, str]] = {}  # field -> method(row) giving a raw value
    RELATED: ClassVar[Mapping[str, str]] = {}  # field -> "link.field"
    ORDER: ClassVar[str] = "id"
    REC_NAME: ClassVar[str] = "name"
    PARENT: ClassVar[str | None] = None
    LOOKUPS: ClassVar[Mapping[str, tuple[str, str, str]]] = {}  # field -> (model, field, link)
    NAME_SEARCH: ClassVar[tuple[str, ...]] = ()  # fields besides the display name
    HIDDEN: ClassVar[tuple[tuple[str, ...], list[Any]] | None] = None  # (fields, domain)

    def __init__(self, env: Env, schema: ModelSchema) -> None:
        self.env = env
        self.schema = schema
        self.name = schema.name
        self.label = schema.label
        self.fields = schema.fields
        self.table = env.store.table(schema.name)
        self._getters: dict[str, Getter] = {}
        self._names: dict[int, str] = {}

    def search(
        self,
        domain: Sequence[Any],
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
    ) -> list[int]:
        return [row["id"] for row in self.find(domain, offset, limit, order)]

    def search_count(self, domain: Sequence[Any], limit: int | None = None) -> int:
        return len(self.find(domain, 0, limit, "id"))

    def search_read(
        self,
        domain: Sequence[Any] | None = None,
        fields: Sequence[str] | None = None,
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
        **read_kwargs: str | None,
    ) -> list[Row]:
        """Both in one call; `load` is what the rest may be."""
        rows = self.find(domain or [], offset, limit, order)
        if read_kwargs.keys() - {"load"}:
            raise NotImitated(f"search_read with {', '.join(sorted(read_kwargs))}")
        return self._shown(rows, fields, read_kwargs.get("load", "_classic_read"))

    def read(
        self,
        ids: int | Sequence[int],
        fields: Sequence[str] | None = None,
        load: str | None = "_classic_read",
    ) -> list[Row]:
        """Records that do not exist are left out without a word."""
        listed = [ids] if isinstance(ids, int) else ids
        strange = [each for each in listed if not isinstance(each, int)]
        if strange:
            raise not_a_number(strange[0])
        rows = [self.table.rows[each] for each in listed if each in self.table.rows]
        return self._shown(rows, fields, load)

    def read_group(
        self,
        domain: Sequence[Any],
        fields: Sequence[str],
        groupby: str | Sequence[str],
        lazy: object = None,
    ) -> list[Row]:
        """Totals over all that match; grouping is not imitated."""
        del lazy
        by = [groupby] if isinstance(groupby, str) else groupby
        return grouping.totals(self, domain, fields, by)

    def name_search(
        self,
        name: str = "",
        args: Sequence[Any] | None = None,
        operator: str = "ilike",
        limit: int | None = 100,
    ) -> list[tuple[int, str]]:
        """Pairs of id and display name."""
        parts: list[Any] = [(each, operator, name) for each in (*self.NAME_SEARCH, "display_name")]
        either = ["|"] * (len(parts) - 1) + parts if name or operator != "ilike" else []
        rows = self.find([*(args or []), *either], 0, limit, None)
        return [(row["id"], self.display_name(row)) for row in rows]

    def get_view(
        self, view_id: int | None = None, view_type: str = "form", **options: Any
    ) -> dict[str, Any]:
        """The view with all that is added to it; `options` are the client's own."""
        del options
        return dict(self.env.business("ir.ui.view").shown(self, view_id, view_type))

    def get_views(
        self, views: Sequence[Sequence[Any]], options: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Several at once, with the fields of the model."""
        del options
        shown = {kind: self.get_view(number or None, kind) for number, kind in views}
        fields = {"fields": self.fields_get()} if self.env.version >= 17 else self.fields_get()
        return {"views": shown, "models": {self.name: fields}}

    def find(
        self,
        domain: Sequence[Any],
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
    ) -> list[Row]:
        """The rows of a search."""
        tree = domains.parse(domain, self.env.version)
        keys = ordering.parse(self, order or self.ORDER)
        named = domains.names(tree)
        if self.HIDDEN and not named.intersection(self.HIDDEN[0]):
            tree = domains.parse([*self.HIDDEN[1], *domain])
        test = domains.compiled(self, tree)
        if "active" in self.fields and self.env.active_test and "active" not in named:
            test = self._active_only(test)
        end = (offset or 0) + limit if limit else None  # 0 and False mean no limit
        if keys == ordering.RECENT and domains.candidates(self, tree) is None:
            stream = self.table.since(domains.lower_bound(tree) or "")
            return ordering.taken(stream, test, end)[offset or 0 :]
        found = [row for row in self._pool(tree) if test(row)]
        return ordering.ordered(self, found, keys)[offset or 0 : end]

    def getter(self, name: str) -> Getter:
        """A function from a row to the raw value of a field, computed ones included."""
        if name not in self._getters:
            self._getters[name] = self._make_getter(self.field(name))
        return self._getters[name]

    def field(self, name: str) -> Field:
        if name not in self.fields:
            where = "on" if self.env.version >= 19 else "on model"
            raise value_error(f"Invalid field {name!r} {where} {self.name!r}")
        return self.fields[name]

    def is_column(self, name: str) -> bool:
        """Is the value kept in the row itself?"""
        return name not in self.COMPUTES and name not in self.RELATED

    def display_name(self, row: Row) -> str:
        """As many2one values and `display_name` show it."""
        if row["id"] not in self._names:
            self._names[row["id"]] = self._display_name(row)
        return self._names[row["id"]]

    def descendants(self, roots: Iterable[int]) -> set[int]:
        """The roots and all below them."""
        if self.PARENT is None:
            raise NotImitated(f"child_of on {self.name}")
        found = set(roots)
        fresh = list(found)
        while fresh:
            below = self.table.with_value(self.PARENT, fresh.pop())
            fresh.extend(each for each in below if each not in found)
            found.update(below)
        return found

    def fields_get(
        self, allfields: Sequence[str] | None = None, attributes: Sequence[str] | None = None
    ) -> dict[str, Row]:
        """The description of the fields that are imitated; the real server has more."""
        wanted = allfields or list(self.fields)
        described = {
            name: self._described(self.fields[name]) for name in wanted if name in self.fields
        }
        if not attributes:
            return described
        return {
            name: {key: value for key, value in facts.items() if key in attributes}
            for name, facts in described.items()
        }

    def choices(self, field: Field) -> Iterable[tuple[str, str]]:
        """Key and label of what a selection may be."""
        if field.name == "lang":
            rows = self.env.store.table("res.lang").rows.values()
            return sorted(
                ((row["code"], row["name"]) for row in rows if row.get("active")),
                key=lambda pair: pair[1],
            )
        return field.selection

    def get_field_translations(
        self, ids: Sequence[int], field_name: str, langs: Sequence[str] | None = None
    ) -> list[Any]:
        """A list of {lang, source, value} and what kind of field it is."""
        (record_id,) = ids
        if record_id not in self.table.rows:
            raise MissingError("Record does not exist or has been deleted.")
        row = self.table.rows[record_id]
        get = self.env.using(lang=BASE_LANGUAGE).model(self.name).getter(field_name)
        listed = [
            {
                "lang": lang,
                "source": get(row) or False,
                "value": self.env.using(lang=lang).model(self.name).getter(field_name)(row)
                or False,
            }
            for lang in sorted(
                langs or self.env.languages(), key=lambda code: code != BASE_LANGUAGE
            )
        ]
        kind = "text" if self.field(field_name).type in ("text", "html") else "char"
        return [listed, {"translation_type": kind, "translation_show_source": False}]

    def _display_name(self, row: Row) -> str:
        return str(self.getter(self.REC_NAME)(row) or f"{self.name},{row['id']}")

    def _active_only(self, test: domains.Test) -> domains.Test:
        active = self.getter("active")
        return lambda row: bool(active(row)) and test(row)

    def _pool(self, tree: domains.Node) -> Iterable[Row]:
        ids = domains.candidates(self, tree)
        if ids is None and (start := domains.lower_bound(tree)):
            rows = self.table.since(start, domains.upper_bound(tree))
            return sorted(rows, key=lambda row: int(row["id"]))
        if ids is None:
            return self.table.rows.values()
        return (self.table.rows[each] for each in ids)

    def _make_getter(self, field: Field) -> Getter:
        name = field.name
        if name == "display_name":
            return self.display_name
        if name == "__last_update":
            return lambda row: row.get("write_date")
        if name in self.COMPUTES:
            compute: Getter = getattr(self, self.COMPUTES[name])
            return compute
        if name in self.RELATED:
            return self._related_getter(*self.RELATED[name].split(".", 1))
        if field.type == "one2many":
            return self._inverse_getter(field)
        if field.type == "many2many":
            return lambda row: list(row.get(name) or ())
        if field.translate:
            return self._translated_getter(name)
        return lambda row: row.get(name)

    def _related_getter(self, link: str, name: str) -> Getter:
        other = self.env.model(str(self.field(link).relation))
        get_link, get = self.getter(link), other.getter(name)
        rows = other.table.rows

        def related(row: Row) -> Any:
            target = get_link(row)
            return None if target is None else get(rows[target])

        return related

    def _inverse_getter(self, field: Field) -> Getter:
        other = self.env.model(str(field.relation))
        index = other.table.indexes[str(field.relation_field)]
        keys = ordering.parse(other, other.ORDER)
        rows = other.table.rows

        def lines(row: Row) -> list[int]:
            ids = index.get(row["id"])
            if not ids:
                return []
            if len(ids) == 1:
                return list(ids)
            found = ordering.ordered(other, [rows[each] for each in ids], keys)
            return [each["id"] for each in found]

        return lines

    def _translated_getter(self, name: str) -> Getter:
        lang = self.env.lang

        def translated(row: Row) -> Any:
            held = row.get(name)
            if isinstance(held, dict):
                return held.get(lang) or held.get(BASE_LANGUAGE)
            return held

        return translated

    def _shown(self, rows: list[Row], fields: Sequence[str] | None, load: str | None) -> list[Row]:
        if load not in ("_classic_read", "_classic_write", None, False, ""):
            raise NotImitated(f"read(load={load!r})")
        wanted = list(dict.fromkeys(["id", *(fields or self.fields)]))
        readers = [
            (name, self._reader(self.field(name), classic=load == "_classic_read"))
            for name in wanted
        ]
        return [{name: read(row) for name, read in readers} for row in rows]

    def _reader(self, field: Field, *, classic: bool) -> Reader:
        get = self.getter(field.name)
        if field.type == "many2one":
            return self._many2one_reader(field, get) if classic else lambda row: get(row) or False
        if field.plural:
            return self._plural_reader(field, get)
        if field.type == "binary":
            return self._binary_reader(field, get)
        return lambda row: to_wire(field, get(row))

    def _many2one_reader(self, field: Field, get: Getter) -> Reader:
        other = self.env.model(str(field.relation))
        rows = other.table.rows

        def read(row: Row) -> Any:
            target = get(row)
            return False if target is None else [target, other.display_name(rows[target])]

        return read

    def _plural_reader(self, field: Field, get: Getter) -> Reader:
        if not self.env.active_test or not self.env.has(str(field.relation)):
            return lambda row: get(row) or []
        other = self.env.model(str(field.relation))
        if "active" not in other.fields:
            return lambda row: get(row) or []
        active = other.getter("active")
        rows = other.table.rows
        return lambda row: [each for each in get(row) or () if active(rows[each])]

    def _binary_reader(self, field: Field, get: Getter) -> Reader:
        if self.env.context.get("bin_size") or self.env.context.get(f"bin_size_{field.name}"):
            return lambda row: _human_size(get(row))
        return lambda row: get(row) or False

    def _described(self, field: Field) -> Row:
        facts: Row = {
            "name": field.name,
            "type": field.type,
            "string": self._label(field),
            "required": field.required,
            "readonly": field.readonly,
            "store": field.store,
            "searchable": field.searchable,
            "company_dependent": False,
            "manual": field.manual,
        }
        if field.type in ("char", "text", "html"):
            facts["translate"] = field.translate
        if field.relation:
            facts |= {"relation": field.relation, "domain": [], "context": {}}
        if field.relation_field:
            facts["relation_field"] = field.relation_field
        if field.type == "selection":
            facts["selection"] = [list(pair) for pair in self.choices(field)]
        if field.digits is not None:
            facts["digits"] = [16, field.digits]
        return facts

    def _label(self, field: Field) -> str:
        """Of a manual field in the caller's language; the others are in English here."""
        if not field.manual:
            return field.string
        about = self.env.model("ir.model.fields")
        [row] = about.find([("model", "=", self.name), ("name", "=", field.name)])
        return str(about.getter("field_description")(row))


def _human_size(content: str | None) -> Any:
    if not content:
        return False
    size = len(content) * 3 / 4
    for unit in ("bytes", "Kb", "Mb", "Gb"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} Tb"
