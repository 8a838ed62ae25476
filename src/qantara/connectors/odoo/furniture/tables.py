"""Makes models and fields, in as few calls as can be: each of them makes Odoo read itself anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.base import Finding
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.furniture.naming import ENGLISH, Names
from qantara.connectors.odoo.furniture.shapes import Addition, Column, Plan, Table
from qantara.connectors.odoo.furniture.words import speaker
from qantara.transport import Unsupported

MODELS, FIELDS, OPTIONS = "ir.model", "ir.model.fields", "ir.model.fields.selection"

_DESCRIBED = ("name", "model", "ttype", "relation", "field_description")

Row = Mapping[str, Any]
Place = tuple[str, str]
"""Model and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """What of our models and fields is in Odoo, in English."""

    models: Mapping[str, Row]
    fields: Mapping[Place, Row]
    options: Mapping[int, Sequence[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A translated text: where it stands, and the English of it."""

    model: str
    number: int
    field: str
    text: str


class Tables:
    """Models of our own and our fields on Odoo's models."""

    def __init__(self, client: Client, names: Names, plan: Plan) -> None:
        self._client = client
        self._names = names
        self._plan = plan

    async def plan(self, languages: Sequence[str]) -> list[Finding]:
        """How they stand. Raises Unsupported where a field of that name has another type."""
        there = await self._there()
        _check_types(self._plan, there)
        wrong = {(label.model, label.number) for label in _wrong(_labels(self._plan, there), there)}
        for code in languages:
            found = await self._untranslated(there, code)
            wrong |= {(label.model, label.number) for label in found}
        told = [self._table_finding(table, there, wrong) for table in self._plan.tables]
        return told + [self._addition_finding(one, there, wrong) for one in self._plan.additions]

    async def apply(self, languages: Sequence[str]) -> None:
        """Make what is missing, mend names and choices. Safe to repeat."""
        there = await self._there()
        _check_types(self._plan, there)
        if await self._make(there):
            self._client.forget_fields()
            there = await self._there()
        await self._name(there)
        for label in _wrong(_labels(self._plan, there), there):
            await self._client.write(
                label.model, [label.number], {label.field: label.text}, context=ENGLISH
            )
        await self._translate(there, languages)

    async def _there(self) -> There:
        models = sorted({table.model for table in self._plan.tables})
        every = sorted({*models, *(one.model for one in self._plan.additions)})
        ours = [("model", "in", every), ("state", "=", "manual")]
        fields = await self._client.search_read(FIELDS, ours, _DESCRIBED, context=ENGLISH)
        found = await self._client.search_read(
            MODELS, [("model", "in", models)], ["model", "name"], context=ENGLISH
        )
        chosen = [row["id"] for row in fields if row["ttype"] == "selection"]
        options: dict[int, list[Row]] = {}
        for row in await self._client.search_read(
            OPTIONS, [("field_id", "in", chosen)], ["field_id", "value", "name"], context=ENGLISH
        ):
            options.setdefault(row["field_id"][0], []).append(row)
        return There(
            models={row["model"]: row for row in found},
            fields={(row["model"], row["name"]): row for row in fields},
            options=options,
        )

    async def _make(self, there: There) -> bool:
        """All models in one call, then all fields that are missing in another."""
        absent = [table for table in self._plan.tables if table.model not in there.models]
        if absent:
            await self._client.create(MODELS, [_model(table) for table in absent], context=ENGLISH)
        fields = []
        for model, column in _columns(self._plan, there):
            number = await self._names.model(model)
            fields.append({**_column(column), "model_id": number})
        if fields:
            await self._client.create(FIELDS, fields, context=ENGLISH)
        options = _missing_options(self._plan, there)
        if options:
            await self._client.create(OPTIONS, options, context=ENGLISH)
        return bool(absent or fields or options)

    async def _name(self, there: There) -> None:
        """Also those that an interrupted attempt left without a name."""
        for table in self._plan.tables:
            if self._names.number(table.key) is None:
                await self._names.give(table.key, MODELS, there.models[table.model]["id"])
        for one in self._plan.additions:
            if self._names.number(one.key) is None:
                row = there.fields[one.model, one.column.name]
                await self._names.give(one.key, FIELDS, row["id"])

    async def _untranslated(self, there: There, code: str) -> list[Label]:
        """Labels that do not say in this language what they should."""
        say = speaker(code)
        by_model: dict[tuple[str, str], list[Label]] = {}
        for label in _labels(self._plan, there):
            by_model.setdefault((label.model, label.field), []).append(label)
        wrong: list[Label] = []
        for (model, field), labels in by_model.items():
            numbers = [one.number for one in labels]
            context = {**ENGLISH, "lang": code}
            rows = await self._client.read(model, numbers, [field], context=context)
            said = {row["id"]: row[field] for row in rows}
            wrong += [one for one in labels if said.get(one.number) != say(one.text)]
        return wrong

    async def _translate(self, there: There, languages: Sequence[str]) -> None:
        wanted: dict[Label, dict[str, str]] = {}
        for code in languages:
            for label in await self._untranslated(there, code):
                wanted.setdefault(label, {})[code] = speaker(code)(label.text)
        for label, texts in wanted.items():
            await self._client.call(
                label.model,
                "update_field_translations",
                [label.number],
                field_name=label.field,
                translations=texts,
            )

    def _table_finding(self, table: Table, there: There, wrong: set[tuple[str, int]]) -> Finding:
        what = f"The model {table.model} ({table.label})"
        if table.model not in there.models:
            return Finding(level="missing", what=f"{what}: to be made.")
        lacking = [
            each.name for each in table.columns if (table.model, each.name) not in there.fields
        ]
        if lacking:
            return Finding(level="warning", what=f"{what}: lacks {', '.join(lacking)}.")
        about = _numbers(table, there)
        short = any(_short(table.model, each, there) for each in table.columns)
        if short or about & wrong or self._names.number(table.key) is None:
            return Finding(level="warning", what=f"{what}: was altered, to be mended.")
        return Finding(level="ok", what=f"{what}: there.")

    def _addition_finding(
        self, one: Addition, there: There, wrong: set[tuple[str, int]]
    ) -> Finding:
        what = f"The field {one.column.name} of {one.model}"
        row = there.fields.get((one.model, one.column.name))
        if row is None:
            return Finding(level="missing", what=f"{what}: to be made.")
        if (FIELDS, row["id"]) in wrong or self._names.number(one.key) is None:
            return Finding(level="warning", what=f"{what}: was altered, to be mended.")
        return Finding(level="ok", what=f"{what}: there.")


def _check_types(plan: Plan, there: There) -> None:
    for model, column in _every(plan):
        row = there.fields.get((model, column.name))
        if row is None:
            continue
        if (row["ttype"], row["relation"] or "") != (column.kind, column.relation):
            raise Unsupported(
                f"The field {column.name} of {model} is there already, but as {row['ttype']}"
                f" {row['relation'] or ''}: it should be {column.kind} {column.relation}.",
                remedy="Delete it in Odoo (Settings, Technical, Fields) or rename it, then repeat.",
            )


def _every(plan: Plan) -> Iterable[tuple[str, Column]]:
    for table in plan.tables:
        yield from ((table.model, column) for column in table.columns)
    yield from ((one.model, one.column) for one in plan.additions)


def _columns(plan: Plan, there: There) -> list[tuple[str, Column]]:
    """Fields that are missing in models that were there before."""
    ours = {table.model for table in plan.tables}
    return [
        (model, column)
        for model, column in _every(plan)
        if (model, column.name) not in there.fields and (model not in ours or model in there.models)
    ]


def _missing_options(plan: Plan, there: There) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for model, column in _every(plan):
        for place, (value, label) in _short(model, column, there):
            number = there.fields[model, column.name]["id"]
            told = {"field_id": number, "value": value, "name": label, "sequence": place}
            made.append(told)
    return made


def _short(model: str, column: Column, there: There) -> list[tuple[int, tuple[str, str]]]:
    """The choices that a selection lacks, with their places."""
    row = there.fields.get((model, column.name))
    if row is None:
        return []
    have = {option["value"] for option in there.options.get(row["id"], ())}
    return [(at, pair) for at, pair in enumerate(column.options) if pair[0] not in have]


def _labels(plan: Plan, there: There) -> list[Label]:
    """Every text of models, fields and choices that are there."""
    found = [
        Label(model=MODELS, number=there.models[one.model]["id"], field="name", text=one.label)
        for one in plan.tables
        if one.model in there.models
    ]
    for model, column in _every(plan):
        if (row := there.fields.get((model, column.name))) is None:
            continue
        told = Label(model=FIELDS, number=row["id"], field="field_description", text=column.label)
        found.append(told)
        words = dict(column.options)
        for option in there.options.get(row["id"], ()):
            if option["value"] in words:
                text = words[option["value"]]
                found.append(Label(model=OPTIONS, number=option["id"], field="name", text=text))
    return found


def _wrong(labels: Iterable[Label], there: There) -> list[Label]:
    """Those that do not say in English what they should."""
    said = {(MODELS, row["id"]): row["name"] for row in there.models.values()}
    said |= {(FIELDS, row["id"]): row["field_description"] for row in there.fields.values()}
    for rows in there.options.values():
        said |= {(OPTIONS, row["id"]): row["name"] for row in rows}
    return [one for one in labels if said[one.model, one.number] != one.text]


def _numbers(table: Table, there: There) -> set[tuple[str, int]]:
    """The model, its fields and their choices."""
    fields = {there.fields[table.model, each.name]["id"] for each in table.columns}
    options = {(OPTIONS, row["id"]) for one in fields for row in there.options.get(one, ())}
    return {(MODELS, there.models[table.model]["id"]), *((FIELDS, one) for one in fields)} | options


def _model(table: Table) -> dict[str, Any]:
    told: dict[str, Any] = {"name": table.label, "model": table.model, "state": "manual"}
    told["order"] = table.order
    if table.thread:
        told["is_mail_thread"] = True
    return {**told, "field_id": [(0, 0, _column(each)) for each in table.columns]}


def _column(column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": column.name,
        "ttype": column.kind,
        "field_description": column.label,
        "state": "manual",
    }
    told |= {"relation": column.relation} if column.relation else {}
    told |= {"relation_field": column.inverse} if column.inverse else {}
    told |= {"on_delete": column.on_delete} if column.on_delete else {}
    if column.options:
        told["selection_ids"] = [
            (0, 0, {"value": value, "name": label, "sequence": place})
            for place, (value, label) in enumerate(column.options)
        ]
    return told
