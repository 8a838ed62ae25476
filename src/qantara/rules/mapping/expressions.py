"""Expressions: a small subset of Python's, checked when it is read and compiled to closures.

Numbers are decimal. There are no loops, no attributes and no calls but those of `functions`: what
looks like an attribute is a path into the record. A tree of at most so many nodes takes at most so
many steps; every text on the way has a largest length.
"""

import ast
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from decimal import Context, Decimal, DecimalException, DivisionByZero, localcontext
from typing import Any

from qantara.model import Money, Ref, Text
from qantara.rules.mapping.faults import Flawed, Unmappable, shown
from qantara.rules.mapping.functions import FUNCTIONS, LARGEST
from qantara.rules.mapping.values import number

LONGEST = 1_000
"""Letters of an expression."""

MOST_NODES = 300
"""Parts of an expression, each of which is one step of its work."""

CONTEXT = Context(prec=28)
_NUMBER = re.compile(r"\d+(\.\d+)?")

Scope = Any
"""What paths are read in: whatever `resolve` of `compiled` expects."""

Evaluation = Callable[[Scope], Any]
Resolve = Callable[[str], Evaluation]
"""From a path to what reads it; raises Flawed where the record has no such place."""


def compiled(source: str, resolve: Resolve) -> Evaluation:
    """The expression as a function of the scope, which raises Unmappable; raises Flawed at once."""
    tree = _parsed(source)
    evaluate = _Reader(source, resolve).node(tree)

    def run(scope: Scope) -> Any:
        try:
            with localcontext(CONTEXT):
                return evaluate(scope)
        except DivisionByZero:
            raise Unmappable("It divides by zero.", "Ask first: x / y if y != 0 else 0") from None
        except DecimalException:
            raise Unmappable("A number becomes too large, or is none.") from None

    return run


def _parsed(source: str) -> ast.expr:
    if len(source) > LONGEST:
        raise Flawed(f"The expression has more than {LONGEST} letters.", "Use several rules.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = f" near letter {error.offset}" if isinstance(error, SyntaxError) else ""
        remedy = "Text stands in quotation marks; see docs/reference/mapping.md."
        raise Flawed(f"The expression cannot be read{place}.", remedy) from None
    if sum(1 for _ in ast.walk(tree)) > MOST_NODES:
        raise Flawed(f"The expression has more than {MOST_NODES} parts.", "Use several rules.")
    return tree


class _Reader:
    """Turns a tree into closures, node by node; whatever is not named here is refused."""

    def __init__(self, source: str, resolve: Resolve) -> None:
        self._source = source.strip()
        self._resolve = resolve

    def node(self, node: ast.expr) -> Evaluation:
        """The closure of this part."""
        read = _NODES.get(type(node))
        if read is None:
            remedy = (
                "It may hold fields, text, numbers, + - * / // %, comparisons, and, or, not, in, "
            )
            remedy += "x if y else z, and calls of the functions in docs/reference/mapping.md."
            raise Flawed(f"{self.told(node)} is not part of the language.", remedy)
        found: Evaluation = read(self, node)
        return found

    def told(self, node: ast.AST) -> str:
        """The part as it was written."""
        segment = ast.get_source_segment(self._source, node) if isinstance(node, ast.expr) else ""
        return shown(segment or type(node).__name__)

    def constant(self, node: ast.Constant) -> Evaluation:
        value: Any = node.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            written = ast.get_source_segment(self._source, node) or ""
            if not _NUMBER.fullmatch(written):
                raise Flawed(f"{self.told(node)} is no plain number.", "Write it like 12.50.")
            value = Decimal(written)
        elif not isinstance(value, str | bool | None):
            raise Flawed(f"{self.told(node)} is not part of the language.")
        return lambda _: value

    def path(self, node: ast.expr) -> Evaluation:
        names, inner = [], node
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            raise Flawed(f"{self.told(node)} is no field.", "Write a path such as address.city.")
        return self.field(".".join([inner.id, *reversed(names)]))

    def field(self, text: str) -> Evaluation:
        get = self._resolve(text)

        def read(scope: Scope) -> Any:
            return _simple(get(scope), text)

        return read

    def call(self, node: ast.Call) -> Evaluation:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            raise Flawed(f"{self.told(node)} gives its values by name.", "Give them in order.")
        if name == "field":
            return self._named_field(node)
        function = FUNCTIONS.get(name)
        if function is None:
            known = ", ".join(("field", *FUNCTIONS))
            raise Flawed(f"There is no function {self.told(node.func)}.", f"There are {known}.")
        given, most = len(node.args), function.most
        if given < function.least or (most is not None and given > most):
            needed = function.least if most == function.least else f"{function.least} or more"
            raise Flawed(f"{name} takes {needed} values, not {given}.")
        args = [self.node(one) for one in node.args]
        return lambda scope: _sized(function.call(*(one(scope) for one in args)))

    def _named_field(self, node: ast.Call) -> Evaluation:
        args = [one.value for one in node.args if isinstance(one, ast.Constant)]
        if len(node.args) != 1 or len(args) != 1 or not isinstance(args[0], str):
            raise Flawed("field takes one path in quotation marks.", 'Write field("extra.my key").')
        return self.field(args[0])

    def binary(self, node: ast.BinOp) -> Evaluation:
        operate = _OPERATORS.get(type(node.op))
        if operate is None:
            raise Flawed(f"{self.told(node)} is not part of the language.", "Use + - * / // %.")
        left, right = self.node(node.left), self.node(node.right)
        return lambda scope: _sized(operate(left(scope), right(scope)))

    def unary(self, node: ast.UnaryOp) -> Evaluation:
        operate = _UNARY.get(type(node.op))
        if operate is None:
            raise Flawed(f"{self.told(node)} is not part of the language.")
        inner = self.node(node.operand)
        return lambda scope: operate(inner(scope))

    def boolean(self, node: ast.BoolOp) -> Evaluation:
        values = [self.node(one) for one in node.values]
        wanted = isinstance(node.op, ast.Or)

        def run(scope: Scope) -> Any:
            result: Any = None
            for one in values:
                result = one(scope)
                if bool(result) is wanted:
                    break
            return result

        return run

    def comparison(self, node: ast.Compare) -> Evaluation:
        compare = [_COMPARISONS.get(type(one)) for one in node.ops]
        if None in compare:
            raise Flawed(f"{self.told(node)} is not part of the language.", "Use == or !=.")
        parts = [self.node(one) for one in (node.left, *node.comparators)]

        def run(scope: Scope) -> bool:
            left = parts[0](scope)
            for holds, part in zip(compare, parts[1:], strict=True):
                right = part(scope)
                if holds is not None and not holds(left, right):
                    return False
                left = right
            return True

        return run

    def conditional(self, node: ast.IfExp) -> Evaluation:
        test, yes, no = (self.node(one) for one in (node.test, node.body, node.orelse))
        return lambda scope: yes(scope) if test(scope) else no(scope)

    def listing(self, node: ast.Tuple | ast.List) -> Evaluation:
        parts = [self.node(one) for one in node.elts]
        return lambda scope: tuple(one(scope) for one in parts)


def _simple(value: Any, path: str) -> Any:
    """What an expression works with: text, numbers, true and false, times, lists, nothing."""
    if isinstance(value, Text):
        return value.value
    if isinstance(value, Money):
        return value.amount
    if isinstance(value, Ref):
        return value.id
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    if isinstance(value, list | tuple):
        return tuple(one if _has_parts(one) else _simple(one, path) for one in value)
    if _has_parts(value):
        raise Unmappable(f"{path} has parts.", f'Name one of them, such as field("{path}.0").')
    return value


def _has_parts(value: Any) -> bool:
    whole = is_dataclass(value) and not isinstance(value, Text | Money | Ref)
    return whole or isinstance(value, Mapping)


def _sized(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LARGEST:
        raise Unmappable(f"A text becomes longer than {LARGEST} letters.")
    return value


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, str) or isinstance(right, str):
        raise Unmappable(
            f"{shown(left)} and {shown(right)} cannot be added.",
            "Make both text, with text(…), or both numbers, with number(…).",
        )
    return number(left) + number(right)


def _less(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    if isinstance(left, str) or isinstance(right, str) or None in (left, right):
        raise Unmappable(f"{shown(left)} and {shown(right)} have no order.", "Use default(…, 0).")
    try:
        return bool(left < right)
    except TypeError:
        raise Unmappable(f"{shown(left)} and {shown(right)} have no order.") from None


def _within(left: Any, right: Any) -> bool:
    if isinstance(right, str):
        return isinstance(left, str) and left in right
    if isinstance(right, tuple):
        return left in right
    raise Unmappable(f"{shown(right)} holds nothing.", "Ask `in` of a list or a text.")


_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: _add,
    ast.Sub: lambda left, right: number(left) - number(right),
    ast.Mult: lambda left, right: number(left) * number(right),
    ast.Div: lambda left, right: number(left) / number(right),
    ast.FloorDiv: lambda left, right: number(left) // number(right),
    ast.Mod: lambda left, right: number(left) % number(right),
}

_UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Not: lambda value: not value,
    ast.USub: lambda value: -number(value),
    ast.UAdd: number,
}

_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda left, right: bool(left == right),
    ast.NotEq: lambda left, right: bool(left != right),
    ast.Lt: _less,
    ast.Gt: lambda left, right: _less(right, left),
    ast.LtE: lambda left, right: not _less(right, left),
    ast.GtE: lambda left, right: not _less(left, right),
    ast.In: _within,
    ast.NotIn: lambda left, right: not _within(left, right),
}

_NODES: Mapping[type[ast.expr], Callable[[_Reader, Any], Evaluation]] = {
    ast.Constant: _Reader.constant,
    ast.Name: _Reader.path,
    ast.Attribute: _Reader.path,
    ast.Call: _Reader.call,
    ast.BinOp: _Reader.binary,
    ast.UnaryOp: _Reader.unary,
    ast.BoolOp: _Reader.boolean,
    ast.Compare: _Reader.comparison,
    ast.IfExp: _Reader.conditional,
    ast.Tuple: _Reader.listing,
    ast.List: _Reader.listing,
}


def fields_of(source: str) -> Sequence[str]:
    """The paths that an expression reads; raises Flawed."""
    seen: list[str] = []

    def note(text: str) -> Evaluation:
        seen.append(text)
        return lambda _: None

    compiled(source, note)
    return list(dict.fromkeys(seen))
