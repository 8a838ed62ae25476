"""Makes views, windows, menus, rights and buttons, and keeps them as they are described."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from qantara.connectors.base import Finding
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.furniture.naming import ENGLISH, Names
from qantara.connectors.odoo.furniture.shapes import (
    Among,
    Arch,
    ModelOf,
    Ours,
    Piece,
    Plan,
    Say,
    Theirs,
)
from qantara.connectors.odoo.furniture.words import english, speaker

Row = Mapping[str, Any]
ARCH = "arch_db"


class Records:
    """The pieces of a plan in one Odoo."""

    def __init__(self, client: Client, names: Names, plan: Plan) -> None:
        self._client = client
        self._names = names
        self._plan = plan

    async def plan(self, languages: Sequence[str]) -> list[Finding]:
        """How they stand."""
        rows = await self._rows()
        spoken = {code: await self._rows(code) for code in languages}
        found = []
        for piece in self._plan.pieces:
            row = rows.get(piece.key)
            if row is None:
                found.append(Finding(level="missing", what=f"{piece.what}: to be made."))
                continue
            wrong = bool(await self._differing(piece, row))
            wrong = wrong or any(
                self._misspoken(piece, spoken[code][piece.key], code) for code in languages
            )
            word = "was altered, to be mended." if wrong else "there."
            found.append(Finding(level="warning" if wrong else "ok", what=f"{piece.what}: {word}"))
        return found

    async def apply(self, languages: Sequence[str]) -> None:
        """Make what is missing, mend what was altered. Safe to repeat."""
        rows = await self._rows()
        for piece in self._plan.pieces:
            row = rows.get(piece.key) or await self._adopted(piece)
            if row is None:
                await self._make(piece)
            elif changed := await self._differing(piece, row):
                number = [row["id"]]
                await self._client.write(piece.model, number, changed, context=ENGLISH)
        await self._translate(languages)

    async def _rows(self, code: str = "en_US") -> dict[str, Row]:
        """Key -> what is there, in this language; one call for each model."""
        by_model: dict[str, dict[int, Piece]] = {}
        for piece in self._plan.pieces:
            if (number := self._names.number(piece.key)) is not None:
                by_model.setdefault(piece.model, {})[number] = piece
        found: dict[str, Row] = {}
        for model, pieces in by_model.items():
            fields = sorted({name for one in pieces.values() for name in (*one.values, *one.words)})
            context = {**ENGLISH, "lang": code}
            for row in await self._client.read(model, list(pieces), fields, context=context):
                found[pieces[row["id"]].key] = row
        return found

    async def _make(self, piece: Piece) -> None:
        values = {name: await self._value(told) for name, told in piece.values.items()}
        (number,) = await self._client.create(
            piece.model, [{**values, **piece.words}], context=ENGLISH
        )
        await self._names.give(piece.key, piece.model, number)

    async def _adopted(self, piece: Piece) -> Row | None:
        """One of ours that has lost its name: an attempt was cut off, or somebody removed it."""
        match = []
        for name in piece.known_by:
            told = piece.words.get(name) or await self._value(piece.values[name])
            match.append((name, "=", told))
        found = await self._client.search(piece.model, match, limit=1, context=ENGLISH)
        if not found:
            return None
        await self._names.give(piece.key, piece.model, found[0])
        fields = sorted({*piece.values, *piece.words})
        (row,) = await self._client.read(piece.model, found, fields, context=ENGLISH)
        return row

    async def _differing(self, piece: Piece, row: Row) -> dict[str, Any]:
        """What has to be written, in English."""
        changed: dict[str, Any] = {
            name: text for name, text in piece.words.items() if row[name] != text
        }
        for name, told in piece.values.items():
            value = await self._value(told)
            if isinstance(told, Among):
                if not _holds(told, row[name], value):
                    changed[name] = value
            elif _plain(name, row[name]) != _plain(name, value):
                changed[name] = value
        return changed

    async def _value(self, told: Any, say: Say = english) -> Any:
        """What is written for this part of a description; False for what is not there."""
        match told:
            case Arch():
                return told.build(say, self._number)
            case Ours(kind=""):
                return self._names.number(told.key) or False
            case Ours():
                return f"{told.kind},{self._names.number(told.key) or 0}"
            case Theirs():
                return await self._names.theirs(told.name) or False
            case ModelOf():
                return await self._names.model(told.name) or False
            case Among():
                found = [await self._value(each) for each in told.each]
                ids = sorted({one for one in found if one})
                return [(4, one) for one in ids] if told.more else [(6, 0, ids)]
        return told

    def _number(self, key: str) -> int:
        return self._names.number(key) or 0

    def _misspoken(self, piece: Piece, row: Row, code: str) -> bool:
        say = speaker(code)
        if any(row[name] != say(text) for name, text in piece.words.items()):
            return True
        arch = piece.values.get(ARCH)
        if not isinstance(arch, Arch):
            return False
        return bool(_plain(ARCH, row[ARCH]) != _plain(ARCH, arch.build(say, self._number)))

    async def _translate(self, languages: Sequence[str]) -> None:
        """One call for each text, all languages in it."""
        rows = {code: await self._rows(code) for code in languages}
        for piece in self._plan.pieces:
            wrong = [
                code for code in languages if self._misspoken(piece, rows[code][piece.key], code)
            ]
            if not wrong:
                continue
            for name, text in piece.words.items():
                told: Mapping[str, Any] = {code: speaker(code)(text) for code in wrong}
                await self._say(piece, name, told)
            if isinstance(arch := piece.values.get(ARCH), Arch):
                terms = _terms(arch, self._number)
                told = {code: {term: speaker(code)(term) for term in terms} for code in wrong}
                if terms:
                    await self._say(piece, ARCH, told)

    async def _say(self, piece: Piece, field: str, told: Mapping[str, Any]) -> None:
        await self._client.call(
            piece.model,
            "update_field_translations",
            [self._number(piece.key)],
            field_name=field,
            translations=told,
        )


def _terms(arch: Arch, number: Callable[[str], int]) -> list[str]:
    """The English words of a view that are translated."""
    said: dict[str, None] = {}

    def say(text: str) -> str:
        said[text] = None
        return text

    arch.build(say, number)
    return list(said)


def _holds(told: Among, there: Sequence[int], value: Sequence[Any]) -> bool:
    if told.more:
        return {command[1] for command in value} <= set(there)
    return bool(sorted(value[0][2]) == sorted(there))


def _plain(name: str, value: Any) -> Any:
    """A value as it is compared: an id of a pair, a view by its elements, a code by its lines."""
    if name == ARCH:
        return _canonical(value)
    if isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[1], str):
        return value[0]
    return value.strip() if isinstance(value, str) else value or False


def _canonical(arch: Any) -> str:
    try:
        return ET.canonicalize(str(arch), strip_text=True)
    except ET.ParseError:
        return str(arch)
