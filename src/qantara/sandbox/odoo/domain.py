"""Domains: from Odoo's prefix lists to a test of one row, plus the hints that save a full scan."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.errors import NotImitated, PythonError, not_a_number, value_error
from qantara.sandbox.odoo.spec import Field
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import datetime_key

if TYPE_CHECKING:
    from qantara.sandbox.odoo.reading import Reading

Test = Callable[[Row], bool]
_ANY = re.compile(r"\\?.", re.DOTALL)
"""A character of a pattern; one behind a backslash means itself."""

OTHERS = ("any", "not any", "parent_of", "not =like", "not =ilike")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition."""

    path: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Node:
    """`&`, `|` or `!` over others."""

    operator: str
    children: tuple["Node | Leaf", ...]


def parse(domain: Sequence[Any], version: int = 18) -> Node:
    """The tree of a domain; the top is always an `&`."""
    if not isinstance(domain, list | tuple):
        raise value_error(f"Domain() invalid item in domain: {domain!r}")
    stack: list[Node | Leaf] = []
    for item in reversed(domain):
        if item in ("&", "|", "!"):
            number = 1 if item == "!" else 2
            if len(stack) < number:
                raise _malformed(list(domain), version)
            stack.append(_node(item, [stack.pop() for _ in range(number)]))
        else:
            stack.append(_leaf(item, version))
    return Node("&", tuple(reversed(stack)))


def _node(operator: str, parts: Sequence[Node | Leaf]) -> Node:
    """However long a chain of `|` is, it is no deeper than its longest part."""
    children: list[Node | Leaf] = []
    for part in parts:
        if isinstance(part, Node) and part.operator == operator != "!":
            children.extend(part.children)
        else:
            children.append(part)
    return Node(operator, tuple(children))


def names(tree: Node | Leaf) -> set[str]:
    """The first parts of all paths: what `active_test` looks at."""
    if isinstance(tree, Leaf):
        return {tree.path}
    return set().union(*(names(child) for child in tree.children)) if tree.children else set()


def compiled(model: "Reading", tree: Node | Leaf) -> Test:
    """A function that says of a row whether it is in the domain."""
    if isinstance(tree, Leaf):
        return _compiled_leaf(model, tree)
    tests = [compiled(model, child) for child in tree.children]
    if tree.operator == "!":
        return lambda row: not tests[0](row)
    if len(tests) == 1:
        return tests[0]
    if tree.operator == "|":
        return lambda row: any(test(row) for test in tests)
    return lambda row: all(test(row) for test in tests)


def candidates(model: "Reading", tree: Node) -> list[int] | None:
    """Ids that an index says are enough to look at; None where no index helps."""
    best: list[int] | None = None
    for child in tree.children:
        found = _from_index(model, child)
        if found is not None and (best is None or len(found) < len(best)):
            best = found
    return best


def lower_bound(tree: Node | Leaf) -> str | None:
    """The earliest write_date that the domain can accept."""
    return _bound(tree, (">", ">=", "="), {"&": max, "|": min})


def upper_bound(tree: Node | Leaf) -> str | None:
    """The latest one."""
    return _bound(tree, ("<", "<=", "="), {"&": min, "|": max})


def _bound(
    tree: Node | Leaf, operators: Sequence[str], which: Mapping[str, Callable[[list[str]], str]]
) -> str | None:
    if isinstance(tree, Leaf):
        if tree.path != "write_date" or tree.operator not in operators or not tree.value:
            return None
        day_s_end = " 23:59:59" if tree.operator == "<=" and len(str(tree.value)) == 10 else ""
        return datetime_key(f"{tree.value}{day_s_end}")
    bounds = [_bound(child, operators, which) for child in tree.children]
    known = [bound for bound in bounds if bound is not None]
    if not known or tree.operator == "!" or (tree.operator == "|" and len(known) < len(bounds)):
        return None
    return which[tree.operator](known)


def _malformed(domain: list[Any], version: int) -> PythonError:
    if version < 18:
        text = f"This domain is syntactically not correct: {domain!r}"
        return PythonError("AssertionError", text)
    if version >= 19:
        return value_error(f"Domain() malformed domain {domain!r}")
    return value_error(f"Domain {domain!r} is syntactically not correct.")


def _leaf(item: Any, version: int) -> Leaf:
    if not isinstance(item, list | tuple) or len(item) != 3:
        raise value_error(f"Invalid leaf {item}")
    path, operator, value = item
    if path in (0, 1) and operator == "=":  # TRUE_LEAF and FALSE_LEAF
        return Leaf("", "true" if path == value else "false", None)
    if not isinstance(path, str) or not isinstance(operator, str):
        raise value_error(f"Invalid leaf {tuple(item)!r}")
    operator = {"<>": "!=", "==": "="}.get(operator, operator.lower())
    if operator == "=?":
        return Leaf(path, "=", value) if value else Leaf("", "true", None)
    if isinstance(value, list | tuple):
        operator = {"=": "in", "!=": "not in"}.get(operator, operator)
    _check_operator(operator, tuple(item), version)
    return Leaf(path, operator, value)


def _check_operator(operator: str, item: tuple[Any, ...], version: int) -> None:
    if operator in OTHERS:
        raise NotImitated(f"the domain operator {operator!r}")
    if operator not in TESTS and operator != "child_of":
        what = "operator in condition" if version >= 19 else "leaf"
        raise value_error(f"Invalid {what} {item!r}")
    if operator in ("in", "not in") and isinstance(item[2], str):
        raise value_error(f"Invalid domain term {item!r}")


def _compiled_leaf(model: "Reading", leaf: Leaf) -> Test:
    if not leaf.path:
        return lambda _: leaf.operator == "true"
    name, _, rest = leaf.path.partition(".")
    field = model.fields.get(name)
    if field is None:
        shown = (leaf.path, leaf.operator, leaf.value)
        where = "condition" if model.env.version >= 19 else "leaf"
        raise value_error(f"Invalid field {model.name}.{name} in {where} {shown!r}")
    if not field.searchable and name != "display_name":
        raise NotImitated(f"searching by {model.name}.{name}, which is not searchable")
    if rest:
        return _through(model, field, Leaf(rest, leaf.operator, leaf.value))
    if leaf.operator == "child_of":
        return _child_of(model, field, leaf.value)
    if field.relation and _is_text(leaf.value):
        return _through(model, field, Leaf("display_name", leaf.operator, leaf.value))
    return _scalar(model, field, leaf)


def _scalar(model: "Reading", field: Field, leaf: Leaf) -> Test:
    get = model.getter(field.name)
    operand = _operand(field, leaf)
    if field.plural:
        test = _of_many(leaf, operand)
        return lambda row: test(get(row))
    check = TESTS[leaf.operator](operand)
    if field.type == "boolean":
        return lambda row: check(bool(get(row)))
    return lambda row: check(get(row))


def _of_many(leaf: Leaf, operand: Any) -> Callable[[Any], bool]:
    if leaf.operator not in ("=", "!=", "in", "not in"):
        raise NotImitated(f"the operator {leaf.operator!r} with ids of many records")
    values = operand if isinstance(operand, list) else [operand]
    wanted = {value for value in values if value is not None}
    empty = None in values

    def held(ids: Any) -> bool:
        return bool(wanted.intersection(ids)) or (empty and not ids)

    if leaf.operator in ("=", "in"):
        return held
    return lambda ids: not held(ids)


def _through(model: "Reading", field: Field, leaf: Leaf) -> Test:
    if not field.relation:
        raise value_error(f"Invalid field {model.name}.{field.name} in leaf")
    other = model.env.model(field.relation)
    get = model.getter(field.name)
    test = compiled(other, leaf)
    known: dict[int, bool] = {}
    hide = field.plural and model.env.active_test and "active" in other.fields

    def passes(record_id: int) -> bool:
        if record_id not in known:
            row = other.table.rows[record_id]
            known[record_id] = test(row) and not (hide and row.get("active") is False)
        return known[record_id]

    if field.plural:
        return lambda row: any(passes(each) for each in get(row) or ())
    return lambda row: (found := get(row)) is not None and passes(found)


def _child_of(model: "Reading", field: Field, value: Any) -> Test:
    other = model if field.name == "id" else model.env.model(field.relation or model.name)
    if isinstance(value, str):
        value = [found for found, _ in other.name_search(value, limit=None)]
    roots = [value] if isinstance(value, int) else list(value)
    wanted = other.descendants(roots)
    get = model.getter(field.name)
    if field.plural:
        return lambda row: bool(wanted.intersection(get(row) or ()))
    return lambda row: get(row) in wanted


def _operand(field: Field, leaf: Leaf) -> Any:
    value = leaf.value
    if leaf.operator in ("in", "not in"):
        if not isinstance(value, list | tuple):
            value = [value] if value else []
        return [_plain(field, each, leaf.operator) for each in value]
    return _plain(field, value, leaf.operator)


def _plain(field: Field, value: Any, operator: str) -> Any:
    if field.type == "boolean":
        return bool(value)
    if value is None or value is False:
        return None
    if field.type == "many2one" and value == 0 and operator not in ("in", "not in"):
        return None  # 0 is taken for "not set": no record is above it
    if field.type == "datetime":
        text = str(value)
        if not text[:4].isdigit():
            error = f'invalid input syntax for type timestamp: "{text}"\n'
            raise PythonError("psycopg2.errors.InvalidDatetimeFormat", error)
        late = len(text) == 10 and operator in (">", "<=")
        return datetime_key(f"{text} 23:59:59" if late else text)
    if field.type in ("integer", "float", "monetary") and isinstance(value, str):
        raise not_a_number(value)
    return value


def _is_text(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(isinstance(each, str) for each in value)
    return isinstance(value, str)


def _from_index(model: "Reading", child: Node | Leaf) -> list[int] | None:
    if not isinstance(child, Leaf) or child.operator not in ("=", "in"):
        return None
    values = child.value if child.operator == "in" else [child.value]
    if not isinstance(values, list | tuple) or not values:
        return None
    rows = model.table.rows
    if child.path == "id":
        return [each for each in dict.fromkeys(values) if each in rows]
    if child.path in model.LOOKUPS:
        return _from_lookup(model, child.path, values)
    field = model.fields.get(child.path)
    if field is None or child.path not in model.table.indexes:
        return None
    if field.type == "many2one" and _is_text(values):
        return None
    plain = (None if each is False else each for each in values)
    return list(
        dict.fromkeys(i for each in plain for i in model.table.with_value(child.path, each))
    )


def _from_lookup(model: "Reading", path: str, values: Sequence[Any]) -> list[int] | None:
    """Ids over another model's index; useless for `is not set`."""
    if False in values or None in values:
        return None
    other, name, link = model.LOOKUPS[path]
    table = model.env.store.table(other)
    ids = (each for value in values for each in table.with_value(name, value))
    return list(dict.fromkeys(table.rows[each][link] for each in ids))


def _equal(value: Any) -> Callable[[Any], bool]:
    return lambda held: bool(held == value)


def _in(values: Any) -> Callable[[Any], bool]:
    wanted = set(values)
    return lambda held: held in wanted


def _like(*, fold: bool, exact: bool) -> Callable[[Any], Callable[[Any], bool]]:
    def build(value: Any) -> Callable[[Any], bool]:
        if value is None:
            return lambda _: False
        pattern = _ANY.sub(_of_pattern, str(value))
        flags = re.DOTALL | (re.IGNORECASE if fold else 0)
        expression = re.compile(pattern if exact else f".*{pattern}.*", flags)
        return lambda held: held is not None and expression.fullmatch(str(held)) is not None

    return build


def _of_pattern(found: re.Match[str]) -> str:
    wild = {"%": ".*", "_": "."}.get(found[0])
    return wild or re.escape(found[0].removeprefix("\\") or found[0])


def _not(build: Callable[[Any], Callable[[Any], bool]]) -> Callable[[Any], Callable[[Any], bool]]:
    def negated(value: Any) -> Callable[[Any], bool]:
        test = build(value)
        return lambda held: not test(held)

    return negated


TESTS: dict[str, Callable[[Any], Callable[[Any], bool]]] = {
    "=": _equal,
    "!=": _not(_equal),
    "in": _in,
    "not in": _not(_in),
    "<": lambda value: lambda held: held is not None and value is not None and held < value,
    "<=": lambda value: lambda held: held is not None and value is not None and held <= value,
    ">": lambda value: lambda held: held is not None and value is not None and held > value,
    ">=": lambda value: lambda held: held is not None and value is not None and held >= value,
    "like": _like(fold=False, exact=False),
    "ilike": _like(fold=True, exact=False),
    "not like": _not(_like(fold=False, exact=False)),
    "not ilike": _not(_like(fold=True, exact=False)),
    "=like": _like(fold=False, exact=True),
    "=ilike": _like(fold=True, exact=True),
}
