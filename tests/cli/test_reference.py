"""The reference pages say what the program does."""

from typing import Any

import pytest
import typer

from qantara.cli import app, reference
from tests.project.tree import ROOT

PAGES = {"cli.md": reference.command_line, "configuration.md": reference.configuration}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_what_the_code_says(page):
    written = (ROOT / "docs" / "reference" / page).read_text("utf-8")

    assert written == PAGES[page](), (
        f"run: python -m qantara.cli.reference, see {reference.__file__}"
    )


def test_every_option_is_explained():
    page = reference.command_line()

    assert [line for line in page.splitlines() if line.endswith("|  |") and "---" not in line] == []


def test_every_command_says_what_its_json_holds():
    program: Any = typer.main.get_command(app)
    names = [
        f"{name} {sub}".strip()
        for name, command in program.commands.items()
        for sub in getattr(command, "commands", None) or {"": command}
    ]

    assert set(names) == set(reference.ANSWERS)
