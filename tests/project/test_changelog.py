"""Each change is told to users in one sentence."""

import re
from pathlib import Path

import pytest

from tests.project.tree import ROOT

FRAGMENT = re.compile(r"[a-z0-9-]+\.(added|changed|fixed|removed)\.md")
FRAGMENTS = [path for path in sorted((ROOT / "changelog.d").iterdir()) if path.name != "README.md"]

fragments = pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)


@fragments
def test_a_fragment_is_named_by_what_and_kind(path: Path):
    assert FRAGMENT.fullmatch(path.name)


@fragments
def test_a_fragment_is_one_sentence(path: Path):
    text = " ".join(path.read_text("utf-8").split())

    assert text.endswith(".")
    assert ". " not in text
