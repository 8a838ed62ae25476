"""The search language of `query:` arguments: terms, AND, OR, NOT, brackets, comparisons.

A field that the API does not know is passed over with a warning, and then finds everything, as on
the real one. A field that it knows and the stand-in does not imitate is refused.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from qantara.sandbox.shopify.errors import NotImitated
from qantara.sandbox.shopify.search_fields import DEFAULTS, FIELDS, KNOWN
from qantara.sandbox.shopify.state import Row, Store, bare

TOKEN = re.compile(
    r"""\s*(?:(?P<bracket>[()])
      |(?P<term>-?(?:[\w.]+:(?:<=|>=|<|>)?\s*)?(?:"[^"]*"|'[^']*'|[^\s()"']+)))""",
    re.VERBOSE,
)
TERM = re.compile(r"(?s)(-?)(?:(\w+):)?(<=|>=|<|>)?\s*(.*)")
Test = Callable[[Row], bool]


@dataclass(slots=True, kw_only=True)
class Search:
    """One search over rows of one type; `warnings` are filled while it is read."""

    store: Store
    typename: str
    zone: str = "UTC"
    warnings: list[Row] = field(default_factory=list)

    def find(self, rows: list[Row], query: str | None) -> list[Row]:
        """Those that the query wants; all for an empty one."""
        if not query or not query.strip():
            return rows
        tokens = _tokens(query)
        test = self._either(tokens)
        return [row for row in rows if test(row)]

    def _either(self, tokens: list[str]) -> Test:
        tests = [self._all(tokens)]
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            tests.append(self._all(tokens))
        return lambda row: any(test(row) for test in tests)

    def _all(self, tokens: list[str]) -> Test:
        tests: list[Test] = []
        while tokens and tokens[0] not in ("OR", ")"):
            if tokens[0] == "AND":
                tokens.pop(0)
                continue
            tests.append(self._one(tokens))
        return lambda row: all(test(row) for test in tests)

    def _one(self, tokens: list[str]) -> Test:
        word = tokens.pop(0)
        if word == "NOT":
            denied = self._one(tokens)
            return lambda row: not denied(row)
        if word == "(":
            inner = self._either(tokens)
            if tokens:
                tokens.pop(0)
            return inner
        return self._term(word)

    def _term(self, token: str) -> Test:
        match = TERM.fullmatch(token)
        minus, name, comparison, value = match.groups() if match else ("", None, None, token)
        value = value.strip().strip("\"'")
        test = self._field(name, comparison or "=", value) if name else self._text(value)
        return (lambda row: not test(row)) if minus else test

    def _text(self, value: str) -> Test:
        values = [FIELDS[self.typename][name] for name in DEFAULTS.get(self.typename, ())]
        wanted = value.lower().rstrip("*")
        return lambda row: any(
            wanted in str(found).lower() for get in values for found in get(self.store, row)
        )

    def _field(self, name: str, comparison: str, value: str) -> Test:
        get = FIELDS[self.typename].get(name)
        if get is None and name in KNOWN.get(self.typename, ()):
            raise NotImitated(f"searching {self.typename} by {name}")
        if get is None:
            self._warn(name)
            return lambda _row: True
        return lambda row: any(
            self._fits(found, comparison, value) for found in get(self.store, row)
        )

    def _warn(self, name: str) -> None:
        message = "Invalid search field for this query."
        self.warnings.append({"field": name, "message": message, "code": "invalid_field"})

    def _fits(self, found: Any, comparison: str, value: str) -> bool:
        if found is None:
            return False
        if isinstance(found, datetime):
            return _compare(found, comparison, self._moment(value))
        if isinstance(found, Decimal | int) and not isinstance(found, bool):
            return _number(Decimal(found), comparison, value)
        text, wanted = str(found).lower(), value.lower()
        if wanted == "*":
            return bool(text)
        return text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted

    def _moment(self, value: str) -> datetime:
        if value == "now":
            return self.store.clock.now()
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise NotImitated(f"searching by the time {value!r}") from None
        zoned = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(self.zone))
        return zoned.astimezone(UTC)


def _tokens(query: str) -> list[str]:
    found = []
    place = 0
    while place < len(query.rstrip()):
        match = TOKEN.match(query, place)
        if match is None:
            raise NotImitated(f"the search {query!r}")
        found.append(match["bracket"] or match["term"])
        place = match.end()
    return found


def _number(found: Decimal, comparison: str, value: str) -> bool:
    try:
        return _compare(found, comparison, Decimal(bare(value)))
    except InvalidOperation:
        return False


def _compare(found: Any, comparison: str, wanted: Any) -> bool:
    return bool(
        {
            "=": found == wanted,
            "<": found < wanted,
            ">": found > wanted,
            "<=": found <= wanted,
            ">=": found >= wanted,
        }[comparison]
    )
