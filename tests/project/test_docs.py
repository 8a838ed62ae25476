"""The documentation leads somewhere and speaks of what there is."""

import dataclasses
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from qantara import model
from tests.project.tree import ROOT, name, pages

PAGES = list(pages())
CONNECTOR_PAGES = sorted((ROOT / "docs" / "connectors").glob("*.md"))
INDEX = ROOT / "docs" / "README.md"

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`(qantara [^`]+)`")

CONNECTOR_HEADINGS = [
    "What you get",
    "Before you start",
    "Connect",
    "What is synchronised",
    "How fast and how often",
    "Limitations and quirks",
    "Troubleshooting",
    "Remove",
]

RECORDS = [each for each in vars(model).values() if dataclasses.is_dataclass(each)]


def test_every_link_leads_to_a_file():
    dead = [
        f"{name(page)}: {link}"
        for page in PAGES
        for link in _links(page)
        if not (page.parent / link).exists()
    ]

    assert dead == []


def test_every_page_is_reached_from_the_index():
    reached, to_visit = set(), [INDEX]
    while to_visit:
        page = to_visit.pop().resolve()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            to_visit.extend(page.parent / link for link in _links(page))

    assert {name(page) for page in PAGES if name(page).startswith("docs/")} <= {
        name(page) for page in reached
    }


def test_every_toml_block_can_be_read():
    for page in PAGES:
        for language, text in _blocks(page):
            if language == "toml":
                tomllib.loads(text)


def test_every_command_in_the_pages_exists():
    main = _command_line()
    unknown = [
        f"{name(page)}: {line}: {wrong}"
        for page in PAGES
        for line in _commands(page)
        if (wrong := _unknown(main, shlex.split(line, comments=True)[1:]))
    ]

    assert unknown == []


def test_every_command_is_in_the_reference():
    reference = ROOT / "docs" / "reference" / "cli.md"
    commands = _command_line().commands
    text = reference.read_text("utf-8")

    assert [command for command in commands if f"qantara {command}" not in text] == []


@pytest.mark.parametrize("page", CONNECTOR_PAGES, ids=name)
def test_a_connector_page_has_the_fixed_headings(page: Path):
    headings = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)

    assert headings == CONNECTOR_HEADINGS


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_field_of_a_record_is_explained(record):
    reference = (ROOT / "docs" / "reference" / "records.md").read_text("utf-8")
    _, _, rest = reference.partition(f"\n### {record.__name__}\n")
    rows = re.findall(r"^\| (.+?) \|", rest.partition("\n##")[0], re.MULTILINE)[1:]
    explained = {field.strip(" *") for row in rows for field in row.split(",")}

    assert explained == {field.name for field in dataclasses.fields(record)}


def _links(page: Path) -> list[str]:
    return [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]


def _blocks(page: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(page.read_text("utf-8"))


def _commands(page: Path) -> list[str]:
    """Every call of the program, in code blocks and in running text."""
    shell = [text for language, text in _blocks(page) if language == "sh"]
    lines = [line.strip() for text in shell for line in text.splitlines()]
    spans = SPAN.findall(BLOCK.sub("", page.read_text("utf-8")))
    return [line for line in (*lines, *spans) if line.startswith("qantara ")]


def _command_line():
    module = pytest.importorskip("qantara.cli", reason="There is no command line yet.")
    if not hasattr(module, "app"):
        pytest.skip("There is no command line yet.")
    return pytest.importorskip("typer").main.get_command(module.app)


def _unknown(command, words: list[str]) -> str:
    """The first word that the program does not know; empty when it knows them all."""
    for word in words:
        if word.startswith("-"):
            options = {option for each in command.params for option in each.opts}
            if word.split("=")[0] not in {*options, "--help"}:
                return word
        elif commands := getattr(command, "commands", None):
            if word not in commands:
                return word
            command = commands[word]
    return ""
