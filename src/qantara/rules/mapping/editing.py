"""A mapping's file edited: one rule set or removed, and all other lines left as they are.

Comments stay, but for those inside the rule that is changed. A file that holds its rules in braces is
written anew as a whole, and loses them.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import yaml

from qantara.rules.mapping.reading import ROOT, Document, Entry, read
from qantara.rules.mapping.values import plain_number

HEAD = f"{ROOT}:\n"


def with_rule(text: str, file: str, field: str, said: Mapping[str, Any]) -> str:
    """The file with this rule, in the place of the one that the field had; raises FlawedMapping."""
    document = read(text, file)
    block = _block(field, said)
    if not document.block:
        return _anew(document, field, said)
    lines = _lines(text)
    if not any(line.startswith(ROOT) for line in lines):
        lines += [HEAD]
    old = _entry(document, field)
    if old is None:
        at = max((one.last for one in document.entries), default=_root(lines))
        return "".join([*lines[:at], block, *lines[at:]])
    return "".join([*lines[: old.line - 1], block, *lines[old.last :]])


def without_rule(text: str, file: str, field: str) -> str | None:
    """The file without the field's rule; None where it has none. Raises FlawedMapping."""
    document = read(text, file)
    old = _entry(document, field)
    if old is None:
        return None
    if not document.block:
        return _anew(document, field, None)
    lines = _lines(text)
    return "".join([*lines[: old.line - 1], *lines[old.last :]])


def _anew(document: Document, field: str, said: Mapping[str, Any] | None) -> str:
    rules = {one.field: one.said for one in document.entries if one.field != field}
    if said is not None:
        rules[field] = said
    return HEAD + "".join(_block(name, one) for name, one in rules.items())


def _block(field: str, said: Mapping[str, Any]) -> str:
    written = yaml.dump(
        {field: _writable(said)}, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100
    )
    return "".join(f"  {line}" for line in written.splitlines(keepends=True))


def _writable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _writable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(one) for one in value]
    return value


class _Dumper(yaml.SafeDumper):
    """Writes decimal numbers as they are."""


def _number(dumper: _Dumper, value: Decimal) -> yaml.ScalarNode:
    written = plain_number(value)
    kind = "float" if "." in written else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", written)


_Dumper.add_representer(Decimal, _number)


def _lines(text: str) -> list[str]:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines


def _root(lines: list[str]) -> int:
    """The line below which the rules begin."""
    return 1 + next(n for n, line in enumerate(lines) if line.startswith(ROOT))


def _entry(document: Document, field: str) -> Entry | None:
    return next((one for one in document.entries if one.field == field), None)
