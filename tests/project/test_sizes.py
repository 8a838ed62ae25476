"""Everything stays small enough to be read in one sitting."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.project.tree import CODE, ROOT, code, name

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 40
ARGUMENTS = 5

MORE_ARGUMENTS: dict[str, str] = {
    "src/qantara/cli/connect.py:connect": "a command's options are its arguments",
    "src/qantara/cli/drift.py:drift": "a command's options are its arguments",
    "src/qantara/cli/demo/command.py:demo": "a command's options are its arguments",
    "src/qantara/cli/dead_letters.py:export": "a command's options are its arguments",
    "src/qantara/cli/dead_letters.py:listing": "a command's options are its arguments",
    "src/qantara/cli/ledger.py:export": "a command's options are its arguments",
    "src/qantara/cli/link.py:propose": "a command's options are its arguments",
    "src/qantara/cli/mapping.py:set_rule": "a command's options are its arguments",
    "src/qantara/cli/replaying.py:retry": "a command's options are its arguments",
    "src/qantara/cli/restore.py:restore": "a command's options are its arguments",
    "src/qantara/cli/sync.py:sync": "a command's options are its arguments",
    "src/qantara/cli/selftest/command.py:selftest": "a command's options are its arguments",
}
"""`path:function` with the reason why it takes more than five."""

VAGUE = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the function at this place is."""

    place: str
    lines: int
    arguments: int


def test_a_file_is_read_in_one_sitting():
    lines = {name(path): len(path.read_text("utf-8").splitlines()) for path in code()}

    assert _over(LINES_OF_A_FILE, lines) == {}


def test_a_function_fits_on_a_screen():
    lines = {one.place: one.lines for one in _functions()}

    assert _over(LINES_OF_A_FUNCTION, lines) == {}


def test_a_function_takes_few_arguments():
    many = _over(ARGUMENTS, {one.place: one.arguments for one in _functions()})

    assert many.keys() == MORE_ARGUMENTS.keys()


def test_a_module_opens_with_a_sentence_that_says_what_it_is_for():
    mute = [name(path) for path in code() if not _opens_with_a_sentence(path)]

    assert mute == []


def test_a_module_is_named_for_what_it_holds():
    vague = [name(p) for p in code() if VAGUE & set(p.relative_to(ROOT).with_suffix("").parts)]

    assert vague == []


def test_the_gates_see_the_code():
    seen = {name(path).split("/")[0] for path in code()}

    assert {"src", "tests"} <= seen <= set(CODE)


@cache
def _functions() -> Sequence[Size]:
    return [
        Size(place=f"{name(path)}:{node.name}", lines=_length(node), arguments=_arguments(node))
        for path in code()
        for node in ast.walk(_tree(path))
        if isinstance(node, Function)
    ]


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=name(path))


def _over(limit: int, figures: dict[str, int]) -> dict[str, int]:
    return {place: figure for place, figure in figures.items() if figure > limit}


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _arguments(function: Function) -> int:
    takes = function.args
    every = (*takes.posonlyargs, *takes.args, *takes.kwonlyargs)
    return sum(each.arg not in {"self", "cls"} for each in every)


def _opens_with_a_sentence(path: Path) -> bool:
    opening = (ast.get_docstring(_tree(path)) or "").split("\n")[0]
    return opening.endswith((".", "!", "?")) or not path.read_text("utf-8").strip()
