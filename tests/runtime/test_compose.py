"""The compose file starts what there is. It is checked as text: no YAML parser is installed."""

import json
import re

import pytest
import typer

from qantara.cli import app
from tests.project.tree import ROOT

COMPOSE = (ROOT / "compose" / "compose.yaml").read_text("utf-8")
DOCKERFILE = (ROOT / "compose" / "Dockerfile").read_text("utf-8")

SERVICES = ["postgres", "web", "scheduler", "worker-1", "worker-2"]

COMMANDS = [json.loads(found) for found in re.findall(r"command: (\[.*\])", COMPOSE)]


def test_it_has_all_the_services() -> None:
    services = COMPOSE.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]

    assert re.findall(r"^  ([\w-]+):", services, re.MULTILINE) == SERVICES


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_and_option_exists(command: list[str]) -> None:
    name, *options = command
    known = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    flags = {flag for parameter in known.params for flag in parameter.opts}

    assert {option for option in options if option.startswith("--")} <= flags


def test_indentation_is_of_spaces_and_anchors_are_defined() -> None:
    assert "\t" not in COMPOSE
    assert set(re.findall(r"<<: \*(\w+)", COMPOSE)) <= set(re.findall(r"&(\w+)", COMPOSE))


def test_the_image_has_a_user_of_its_own_and_tells_whether_it_is_well() -> None:
    assert re.search(r"^FROM python:3\.13-slim$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER qantara") < DOCKERFILE.index("ENTRYPOINT")
    assert "/healthz" in DOCKERFILE
