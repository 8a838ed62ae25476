"""Writes rows into one Odoo model in few calls and tells for each row what became of it.

`load` (Odoo's import) takes differing values and external ids; `write` takes equal values. Both
are all or nothing: refused rows are left out and the others sent again; a batch that fails
without naming a row is halved until the bad row stands alone.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.mapping.values import Cell, settable, spelled
from qantara.transport import ConnectorError, NotFound, Rejected

MODULE = "qantara"
"""The module part of the external ids that we give."""

ROWS = 500
BYTES = 16_000_000
"""Limits of one call: Odoo takes bodies up to 128 MiB, but holds them in memory several times."""

ALIKE = 20
"""So many rows with equal values are worth a `write` of their own."""

OWN = ".id"
_ODD = re.compile(r"[^A-Za-z0-9_-]")

Result = int | ConnectorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record to be written: its cells, and further rows that hold only cells of its lines."""

    cells: Mapping[str, Cell]
    more: Sequence[Mapping[str, Cell]] = field(default=())

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns used, those of the record first."""
        names = dict.fromkeys(self.cells)
        for row in self.more:
            names |= dict.fromkeys(row)
        return tuple(names)

    @property
    def height(self) -> int:
        """How many rows it takes."""
        return 1 + len(self.more)

    def rows(self, columns: Sequence[str]) -> list[list[str]]:
        """As Odoo's import reads it."""
        return [[spelled(row.get(name)) for name in columns] for row in (self.cells, *self.more)]


def external_id(entity: str, key: str) -> str:
    """The external id under which a record with this key is kept: `qantara.<entity>_<key>`."""
    return f"{MODULE}.{external_name(entity, key)}"


def external_name(entity: str, key: str) -> str:
    """The same without the module. A key that Odoo could not take is marked by its hash."""
    plain = _ODD.sub("_", key)
    mark = "" if plain == key else "-" + hashlib.sha256(key.encode()).hexdigest()[:8]
    return f"{entity}_{plain}{mark}"


async def load(
    client: Client, model: str, lines: Sequence[Line], context: Mapping[str, Any]
) -> list[Result]:
    """The id or the refusal of each line, in their order. Safe to repeat by external id."""
    results: dict[int, Result] = {}
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, line in enumerate(lines):
        groups.setdefault(tuple(sorted(line.columns)), []).append(index)
    for members in groups.values():
        for chunk in _chunks(members, lambda index: _size(lines[index])):
            sent = [lines[index] for index in chunk]
            results |= zip(chunk, await _load(client, model, sent, context), strict=True)
    return [results[index] for index in range(len(lines))]


async def update(
    client: Client,
    model: str,
    changes: Mapping[int, Mapping[str, Cell]],
    context: Mapping[str, Any],
) -> dict[int, Result]:
    """Set cells of records that exist; records with many twins by `write`, the others by `load`."""
    results: dict[int, Result] = {}
    alike: dict[str, list[int]] = {}
    for one, cells in changes.items():
        if cells:
            alike.setdefault(repr(sorted(cells.items())), []).append(one)
        else:
            results[one] = one
    single: list[int] = []
    for ids in alike.values():
        if len(ids) >= ALIKE:
            results |= await _write(client, model, ids, settable(changes[ids[0]]), context)
        else:
            single += ids
    lines = [Line(cells={OWN: one, **changes[one]}) for one in single]
    results |= zip(single, await load(client, model, lines, context), strict=True)
    return results


async def _load(
    client: Client, model: str, lines: list[Line], context: Mapping[str, Any]
) -> list[Result]:
    columns = tuple(dict.fromkeys(name for line in lines for name in line.columns))
    rows = [row for line in lines for row in line.rows(columns)]
    try:
        loaded = await client.load(model, columns, rows, context=context)
    except (Rejected, NotFound) as error:
        return await _halved(lines, error, lambda half: _load(client, model, half, context))
    if loaded.ids is not None:
        return list(loaded.ids)
    owners = [index for index, line in enumerate(lines) for _ in range(line.height)]
    refused = {owners[row]: error for row, error in loaded.refused.items() if row < len(owners)}
    if not refused:
        silent = Rejected(f"Odoo imported nothing into {model} and named no row.")
        return await _halved(lines, silent, lambda half: _load(client, model, half, context))
    rest = [line for index, line in enumerate(lines) if index not in refused]
    again = iter(await _load(client, model, rest, context) if rest else ())
    return [refused[i] if i in refused else next(again) for i in range(len(lines))]


async def _write(
    client: Client,
    model: str,
    ids: list[int],
    values: Mapping[str, Any],
    context: Mapping[str, Any],
) -> dict[int, Result]:
    async def attempt(part: list[int]) -> list[Result]:
        try:
            await client.write(model, part, values, context=context)
        except (Rejected, NotFound) as error:
            return await _halved(part, error, attempt)
        return list(part)

    return dict(zip(ids, await attempt(ids), strict=True))


async def _halved(
    items: list[Any], error: ConnectorError, attempt: Callable[..., Any]
) -> list[Result]:
    """The results of both halves, each attempted alone; one item alone has the error."""
    if len(items) == 1:
        return [error]
    middle = len(items) // 2
    first: list[Result] = await attempt(items[:middle])
    second: list[Result] = await attempt(items[middle:])
    return first + second


def _size(line: Line) -> int:
    cells = [cell for row in (line.cells, *line.more) for cell in row.values()]
    return sum(len(cell) for cell in cells if isinstance(cell, str)) + 20 * len(cells)


def _chunks(members: Sequence[int], size: Callable[[int], int]) -> list[list[int]]:
    chunks: list[list[int]] = []
    room = 0
    for member in members:
        need = size(member)
        if not chunks or len(chunks[-1]) == ROWS or need > room:
            chunks.append([])
            room = BYTES
        chunks[-1].append(member)
        room -= need
    return chunks
