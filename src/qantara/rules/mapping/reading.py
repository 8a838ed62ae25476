"""A mapping's file read: YAML to plain values, each rule with its line. Nothing is run or built.

Numbers are decimal as they are written; only `true` and `false` are those (a country NO is text).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from qantara.rules.mapping.faults import Flaw, FlawedMapping

MOST_LETTERS = 200_000
"""Of a file."""

ROOT = "fields"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a file says of a field: `said` by key. Lines count from 1; `last` is its last one."""

    field: str
    line: int
    last: int
    said: Mapping[str, Any]
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's rules in their order. `block`: they stand line below line, not in braces."""

    entries: tuple[Entry, ...]
    block: bool = True


def read(text: str, file: str) -> Document:
    """The rules of the text; raises FlawedMapping with all that is wrong about its form."""
    reader = _Reader(file)
    root = reader.root(text)
    entries = tuple(reader.entries(root)) if root else ()
    if reader.flaws:
        raise FlawedMapping(reader.flaws)
    return Document(entries=entries, block=_in_block(root))


def read_value(text: str) -> Any:
    """One value as a file would have it, such as `12.50`, `red`, `case: upper`; raises YAMLError."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return None if node is None else _Reader("").plain(node, "")


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.flaws: list[Flaw] = []

    def root(self, text: str) -> yaml.MappingNode | None:
        """The mapping of all rules; None where there is none."""
        if len(text) > MOST_LETTERS:
            self.tell(1, "", "The file is too long.", "A mapping has a few rules.")
            return None
        try:
            self._refuse_aliases(text)
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            said = getattr(error, "problem", None) or "it has no form"
            remedy = "Indent with blanks, two for each level; quote text with a colon."
            self.tell(mark.line + 1 if mark else 1, "", f"This is not YAML: {said}.", remedy)
            return None
        except (RecursionError, ValueError):
            self.tell(1, "", "This is not YAML that can be read.", "Write it less deep.")
            return None
        return self._fields(node) if node is not None else None

    def entries(self, root: yaml.MappingNode) -> Iterator[Entry]:
        """Each rule."""
        seen: set[str] = set()
        for key, value in root.value:
            line, field = key.start_mark.line + 1, str(key.value)
            if field in seen:
                self.tell(line, field, "The field is set twice.", "Remove one of the two.")
            seen.add(field)
            if not isinstance(value, yaml.MappingNode):
                remedy = "Write `from:`, `constant:` or `expression:` below it."
                self.tell(line, field, "This is no rule.", remedy)
                continue
            lines = {str(name.value): name.start_mark.line + 1 for name, _ in value.value}
            said = self.plain(value, field)
            yield Entry(field=field, line=line, last=_last(value), said=said, lines=lines)

    def plain(self, node: yaml.Node, field: str) -> Any:
        """The node as plain values."""
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode) or key.value in found:
                    what = f"The key {key.value!r} stands twice, or is none."
                    self.tell(key.start_mark.line + 1, field, what, "Correct it.")
                    continue
                found[key.value] = self.plain(value, field)
            return found
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(one, field) for one in node.value]
        return _scalar(node)

    def tell(self, line: int, field: str, what: str, remedy: str) -> None:
        """One flaw more."""
        self.flaws.append(Flaw(file=self.file, line=line, field=field, what=what, remedy=remedy))

    def _refuse_aliases(self, text: str) -> None:
        """A file of ten lines may stand for millions by them."""
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                raise yaml.MarkedYAMLError(
                    problem="& and * stand for other parts here", problem_mark=token.start_mark
                )

    def _fields(self, node: yaml.Node) -> yaml.MappingNode | None:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = [value for key, value in pairs if key.value == ROOT]
        others = [key for key, _ in pairs if key.value != ROOT]
        if len(found) == 1 and not others:
            (root,) = found
            if isinstance(root, yaml.MappingNode):
                return root
            if root.value == "":
                return None
        line = others[0].start_mark.line + 1 if others else node.start_mark.line + 1
        self.tell(line, "", f"The file has no single `{ROOT}:` with rules.", f"Begin with {ROOT}:.")
        return None


def _scalar(node: yaml.Node) -> Any:
    written, kind = node.value, node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool" and written.lower() in ("true", "false"):
        return written.lower() == "true"
    if kind in ("int", "float"):
        try:
            found = Decimal(written)
        except InvalidOperation:
            return written
        return found if found.is_finite() and abs(found.adjusted()) < MOST_DIGITS else written
    return written


MOST_DIGITS = 28


def _last(node: yaml.Node) -> int:
    """The line on which the last value of it ends: a block's own end is after blanks and comments."""
    block = isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value
    if not block:
        return node.end_mark.line + (1 if node.end_mark.column else 0)
    last = node.value[-1]
    return _last(last[1] if isinstance(last, tuple) else last)


def _in_block(root: yaml.MappingNode | None) -> bool:
    return root is None or not root.flow_style
