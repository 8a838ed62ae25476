"""Editing a file of rules: the one rule changes, and every other line stays as it was."""

from decimal import Decimal

import pytest

from qantara.rules.mapping import FlawedMapping
from qantara.rules.mapping.editing import with_rule, without_rule
from qantara.rules.mapping.reading import read

FILE = """\
# what the shop calls things
fields:
  # the name first
  name:
    from: name  # as it is
    transform: [trim]

  price: {from: price}   # net
# the end
"""


def test_a_rule_takes_the_place_of_the_one_before() -> None:
    new = with_rule(FILE, "m", "name", {"constant": "Sky"})

    assert new == FILE.replace(
        "    from: name  # as it is\n    transform: [trim]\n", "    constant: Sky\n"
    )


def test_a_new_rule_comes_after_the_others() -> None:
    said = {"from": "html", "transform": ["trim", {"truncate": Decimal(60)}]}

    new = with_rule(FILE, "m", "name.ar", said)

    assert new.startswith(FILE.removesuffix("# the end\n"))
    assert new.endswith("# the end\n")
    assert read(new, "m").entries[-1].said == {
        "from": "html",
        "transform": ["trim", {"truncate": Decimal(60)}],
    }


def test_a_removed_rule_takes_only_its_own_lines() -> None:
    assert without_rule(FILE, "m", "price") == FILE.replace("  price: {from: price}   # net\n", "")
    assert without_rule(FILE, "m", "phone") is None


@pytest.mark.parametrize("empty", ["", "# nothing yet", "fields:\n", "fields: {}\n"])
def test_a_file_begins_with_its_first_rule(empty: str) -> None:
    new = with_rule(empty, "m", "name", {"expression": "upper('ab: c')"})

    (entry,) = read(new, "m").entries
    assert entry.said == {"expression": "upper('ab: c')"}
    assert new.startswith(empty.removesuffix("fields: {}\n").rstrip())


def test_text_that_looks_like_something_else_stays_text() -> None:
    new = with_rule("", "m", "country", {"constant": "NO", "default": "007"})

    assert read(new, "m").entries[0].said == {"constant": "NO", "default": "007"}


def test_rules_in_braces_are_written_line_below_line() -> None:
    new = with_rule("fields: {a: {from: b}, c: {from: d}}", "m", "c", {"from": "e"})

    assert new == "fields:\n  a:\n    from: b\n  c:\n    from: e\n"


def test_a_file_that_is_wrong_is_not_edited() -> None:
    with pytest.raises(FlawedMapping):
        with_rule("feelds:\n  a: b\n", "m", "name", {"from": "name"})
