"""On which line of a TOML text each key stands, for messages that send a person there.

It expects a text that `tomllib` has accepted, so it need not recognise mistakes.
"""

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys and list positions from the root: `("flows", 0, "links", "stock_level", "every")`."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*""")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\n]*")


def lines(text: str) -> Mapping[Path, int]:
    """The line (from 1) of every table, key and list item; a table has that of its first header."""
    return _Reader(text).read()


def nearest(known: Mapping[Path, int], path: Path) -> int:
    """The line of the path, else of the closest thing around it, else 1."""
    return next((known[path[:n]] for n in range(len(path), 0, -1) if path[:n] in known), 1)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.found: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def read(self) -> dict[Path, int]:
        table: Path = ()
        self._skip_blank()
        while self.place < len(self.text):
            if self.text[self.place] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip_blank()
        return self.found

    def _header(self) -> Path:
        many = self.text.startswith("[[", self.place)
        at = self.place
        self.place += 2 if many else 1
        *outer, last = self._key()
        self.place += 2 if many else 1
        path = (*self._inside(self._under((), outer, at)), last)
        self.found.setdefault(path, self._line(at))
        if many:
            self.counts[path] = self.counts.get(path, 0) + 1
            self.found[self._inside(path)] = self._line(at)
        return self._inside(path)

    def _under(self, base: Path, keys: list[str], at: int) -> Path:
        """`base` and these keys, each inside the newest item of a list of tables."""
        for key in keys:
            base = (*self._inside(base), key)
            self.found.setdefault(base, self._line(at))
        return base

    def _inside(self, path: Path) -> Path:
        return (*path, self.counts[path] - 1) if path in self.counts else path

    def _pair(self, table: Path) -> None:
        at = self.place
        path = self._under(table, self._key(), at)
        self.place += 1  # the equals sign
        self._value(path)

    def _key(self) -> list[str]:
        keys = []
        while match := _KEY.match(self.text, self.place):
            keys.append(_unquoted(match[1]))
            self.place = match.end()
            if not self.text.startswith(".", self.place):
                break
            self.place += 1
        return keys

    def _value(self, path: Path) -> None:
        self._skip_blank()
        opening = self.text[self.place]
        if opening == "[":
            self._items(path)
        elif opening == "{":
            self._inline(path)
        else:
            kind = _STRING if opening in "\"'" else _PLAIN
            match = kind.match(self.text, self.place)
            self.place = match.end() if match else len(self.text)

    def _items(self, path: Path) -> None:
        self.place += 1
        self._skip_blank()
        position = 0
        while self.text[self.place] != "]":
            self.found[(*path, position)] = self._line(self.place)
            self._value((*path, position))
            position += 1
            self._skip_comma()
        self.place += 1

    def _inline(self, path: Path) -> None:
        self.place += 1
        self._skip_blank()
        while self.text[self.place] != "}":
            self._pair(path)
            self._skip_comma()
        self.place += 1

    def _skip_comma(self) -> None:
        self._skip_blank()
        if self.text[self.place] == ",":
            self.place += 1
            self._skip_blank()

    def _skip_blank(self) -> None:
        match = _BLANK.match(self.text, self.place)
        self.place = match.end() if match else self.place

    def _line(self, place: int) -> int:
        return self.text.count("\n", 0, place) + 1


def _unquoted(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    return str(next(iter(tomllib.loads(f"{key} = 0")))) if key[0] == '"' else key
