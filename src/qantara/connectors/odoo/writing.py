"""How a kind of record is written: mapped to cells, sent in batches, then its translations."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.odoo.finding import by_name
from qantara.connectors.odoo.loading import Line, Result, external_id, external_name, load, update
from qantara.connectors.odoo.mapping import category, partner
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import Cell
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.model import Category, Partner, Text
from qantara.transport import ConnectorError, NotFound, Rejected

Cells = dict[str, Cell]
Mapped = Cells | ConnectorError
R = TypeVar("R")


PARENT = "parent_id/.id"
READING_PARENTS = 18
"""From this version on an import with a parent reads the parent's credit limit as the user, who
may not see it without accounting rights; a later write does not (Odoo 18 and 19, November 2026)."""


class Writer(ABC):
    """Writes one entity; one instance lives as long as its connection."""

    entity: ClassVar[str]
    model: ClassVar[str]

    def __init__(self, site: Site) -> None:
        self.site = site

    @abstractmethod
    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """What `Connector.write` promises, for this entity."""

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Ids by the key of an earlier write: the external ids in Odoo."""
        names = {external_name(self.entity, key): key for key in keys}
        found = await by_name(self.site, self.model, list(names))
        return {names[name]: str(one) for name, one in found.items()}


class Categories(Writer):
    """product.category."""

    entity, model = "category", "product.category"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """Names and parents by import, then the names in further languages."""
        tables = await self.site.tables.get()
        cells: list[Mapped] = [
            category.to_cells(its(Category, one), one.fields, tables) for one in writes
        ]
        results = await save(self, writes, cells)
        texts = [category.texts(its(Category, one), one.fields) for one in writes]
        return outcomes(await translate(self.site, self.model, writes, results, texts))


class Partners(Writer):
    """res.partner."""

    entity, model = "partner", "res.partner"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """All fields by import, those that this Odoo has."""
        there = await self.site.client.fields(self.model)
        kinds = there["type"].selection

        def cells(one: Write, tables: Tables) -> Cells:
            found = partner.to_cells(its(Partner, one), one.fields, tables, kinds)
            return {name: cell for name, cell in found.items() if name.partition("/")[0] in there}

        mapped = await map_all(self.site, writes, cells, "countries")
        server = await self.site.client.enter()
        later = _parents(writes, mapped) if server.major >= READING_PARENTS else {}
        results = await save(self, writes, mapped)
        return outcomes(await self._set_parents(results, later))

    async def _set_parents(self, results: list[Result], later: Mapping[int, Cell]) -> list[Result]:
        wanted: dict[int, dict[str, Cell]] = {
            one: {PARENT: later[index]}
            for index, one in enumerate(results)
            if isinstance(one, int) and index in later
        }
        context = await self.site.tables.context(**EVERYTHING)
        updated = await update(self.site.client, self.model, wanted, context)
        return [updated.get(one, one) if isinstance(one, int) else one for one in results]


def _parents(writes: Sequence[Write], mapped: Sequence[Mapped]) -> dict[int, Cell]:
    """Take the parents out of the cells of new partners; by their place."""
    return {
        index: cells.pop(PARENT)
        for index, (write, cells) in enumerate(zip(writes, mapped, strict=True))
        if write.external_id is None and not isinstance(cells, ConnectorError) and cells.get(PARENT)
    }


async def map_all(
    site: Site, writes: Sequence[Write], to_cells: Callable[[Write, Tables], Cells], *parts: str
) -> list[Mapped]:
    """The cells of each write or why there are none; a refusal is checked against fresh tables."""
    tables = await site.tables.get(*parts)
    mapped = [_map(one, to_cells, tables) for one in writes]
    if not parts or not any(isinstance(one, ConnectorError) for one in mapped):
        return mapped
    tables = await site.tables.renew(*parts)
    return [
        _map(write, to_cells, tables) if isinstance(one, ConnectorError) else one
        for write, one in zip(writes, mapped, strict=True)
    ]


async def save(
    writer: Writer,
    writes: Sequence[Write],
    mapped: Sequence[Mapped],
    more: Mapping[int, Sequence[Cells]] = {},
) -> list[Result]:
    """Create by external id or update by database id; ids and refusals in the order of `writes`.

    `more` holds, by the index of a new record, the further rows that its lines need.
    """
    results: dict[int, Result] = {}
    new: list[int] = []
    changed: dict[int, int] = {}
    for index, (write, cells) in enumerate(zip(writes, mapped, strict=True)):
        if isinstance(cells, ConnectorError):
            results[index] = cells
        elif write.external_id is None:
            new.append(index)
        else:
            changed[index] = int(write.external_id)
    context = await writer.site.tables.context(**EVERYTHING)
    lines = [
        Line(
            cells={"id": external_id(writer.entity, writes[index].key), **_cells(mapped[index])},
            more=more.get(index, ()),
        )
        for index in new
    ]
    loaded = await load(writer.site.client, writer.model, lines, context)
    results |= zip(new, loaded, strict=True)
    by_id = {one: _cells(mapped[index]) for index, one in changed.items()}
    updated = await update(writer.site.client, writer.model, by_id, context)
    results |= {index: updated[one] for index, one in changed.items()}
    return [results[index] for index in range(len(writes))]


async def translate(
    site: Site,
    model: str,
    writes: Sequence[Write],
    results: Sequence[Result],
    texts: Sequence[Mapping[str, Text]],
) -> list[Result]:
    """Write the texts of the records that went through in the further languages.

    Of a record that is partial other translations stay as they are.
    """
    wanted = {
        one: text for one, text in zip(results, texts, strict=True) if isinstance(one, int) and text
    }
    new = {
        one
        for one, write in zip(results, writes, strict=True)
        if isinstance(one, int) and (write.external_id is None or is_partial(write))
    }
    refused = await set_texts(site, model, wanted, new)
    return [refused.get(one, one) if isinstance(one, int) else one for one in results]


async def set_texts(
    site: Site, model: str, texts: Mapping[int, Mapping[str, Text]], new: Collection[int]
) -> dict[int, ConnectorError]:
    """Write translations where they differ; what was refused by record.

    A `new` record shows its default in every language by itself, so that it needs only its own.
    """
    there = await site.client.fields(model)
    tables = await site.tables.get()
    refused: dict[int, ConnectorError] = {}
    for ours, theirs in tables.further.items():
        wanted: dict[int, dict[str, str]] = {}
        for one, told in texts.items():
            own = {name: text for name, text in told.items() if there[name].translate}
            if one in new:
                own = {name: text for name, text in own.items() if ours in text.translations}
            if own:
                wanted[one] = {name: tables.in_language(text, ours) for name, text in own.items()}
        context = {**await site.tables.context(**EVERYTHING), "lang": theirs}
        updated = await _update_texts(site, model, wanted, context)
        refused |= {
            one: error for one, error in updated.items() if isinstance(error, ConnectorError)
        }
    return refused


def is_partial(write: Write) -> bool:
    """Whether who tells the record knows only a part of it, as a store with one language does.

    It is in the record's `extra["odoo"]["partial"]`.
    """
    told = getattr(write.record, "extra", {}).get("odoo")
    return isinstance(told, Mapping) and bool(told.get("partial"))


def its(kind: type[R], write: Write) -> R:
    """The record of the write, which is of this kind."""
    if not isinstance(write.record, kind):
        raise Rejected(f"A {type(write.record).__name__} was sent as a {kind.__name__}.")
    return write.record


def outcomes(results: Sequence[Result]) -> list[Outcome]:
    """Results as the engine wants them."""
    return [Written(external_id=str(one)) if isinstance(one, int) else one for one in results]


async def _update_texts(
    site: Site, model: str, wanted: Mapping[int, Mapping[str, str]], context: Mapping[str, Any]
) -> dict[int, Result]:
    wanted = {one: texts for one, texts in wanted.items() if texts}
    if not wanted:
        return {}
    names = sorted({name for texts in wanted.values() for name in texts})
    rows = await site.client.read(model, list(wanted), names, context=context)
    changes: dict[int, dict[str, Cell]] = {}
    for row in rows:
        texts = wanted[row["id"]]
        changes[row["id"]] = {
            name: text for name, text in texts.items() if (row[name] or "") != text
        }
    return await update(site.client, model, changes, context)


def _map(write: Write, to_cells: Callable[[Write, Tables], Cells], tables: Tables) -> Mapped:
    try:
        return to_cells(write, tables)
    except (Rejected, NotFound) as error:
        return error


def _cells(mapped: Mapped) -> Cells:
    return {} if isinstance(mapped, ConnectorError) else mapped
