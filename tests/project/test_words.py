"""The tree speaks of the project alone, and promises nothing for later."""

import re
from pathlib import Path

import pytest

from tests.project.tree import name, texts

UNWANTED = {
    "a folder of one machine": re.compile(r"(?<![\w.~}-])/(?:work|root|home)/[\w.]"),
    "where one machine gets its packages": re.compile(
        r"(?:extra-)?index-url|find-links|pypi\.org|pythonhosted|registry\.npmjs"
    ),
    "a note to oneself": re.compile(r"\b(?:TODO|FIXME)\b|# ?XXX\b|\bXXX:"),
}

WRITTEN = [path for path in texts() if path.name not in {"LICENSE", Path(__file__).name}]


@pytest.mark.parametrize("what", UNWANTED)
def test_no_file_holds(what: str):
    found = [
        f"{name(path)}:{number}: {line.strip()}"
        for path in WRITTEN
        for number, line in enumerate(_lines(path), start=1)
        if UNWANTED[what].search(line)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a folder of one machine", "see /home/maria/orders.csv"),
        ("where one machine gets its packages", "pip install --index-url https://packages.test"),
        ("a note to oneself", "# TODO: later"),
        ("a note to oneself", "# XXX this is wrong"),
    ],
)
def test_the_gate_sees(what: str, line: str):
    assert UNWANTED[what].search(line)


@pytest.mark.parametrize("line", ['currency="XXX"', "https://shop.test/home/1", "docs/home/a"])
def test_the_gate_lets_pass(line: str):
    assert not any(pattern.search(line) for pattern in UNWANTED.values())


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        return []  # a picture or an archive
