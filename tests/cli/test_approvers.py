"""An owner says who may decide from the chatter; codes are never shown nor given as arguments."""

import json

import pytest

from qantara.storage import approvers
from tests.cli.conftest import connect

CODE = "a code of layla's"


@pytest.fixture
def ready(call, factory, monkeypatch):
    """A home with a connection, and a code in the environment."""
    monkeypatch.setattr(approvers, "COST", 2)
    monkeypatch.setenv("QANTARA_APPROVER_CODE", CODE)
    call("init")
    connect(call, factory)
    return call


def test_people_are_added_listed_and_removed(ready):
    added = ready("approvers", "add", "factory", "Layla@Example.com", "--name", "Layla")
    listed = ready("approvers", "list", "--json")

    assert added.code == 0
    assert CODE not in added.out + added.err + listed.out
    [person] = json.loads(listed.out)["approvers"]
    assert (person["connection"], person["email"], person["name"]) == (
        "factory",
        "layla@example.com",
        "Layla",
    )
    assert person["locked_until"] is None
    assert "Layla" in ready("approvers", "list").out

    assert ready("approvers", "remove", "factory", "layla@example.com").code == 0
    assert json.loads(ready("approvers", "list", "--json").out)["approvers"] == []


def test_a_person_nobody_knows_cannot_be_removed(ready):
    removed = ready("approvers", "remove", "factory", "nobody@example.com")

    assert removed.code != 0
    assert "no approver" in removed.err


def test_a_short_code_is_refused(ready, monkeypatch):
    monkeypatch.setenv("QANTARA_APPROVER_CODE", "short")

    added = ready("approvers", "add", "factory", "layla@example.com", "--name", "Layla")

    assert added.code != 0
    assert "8 characters" in added.err


def test_nobody_is_added_to_a_connection_that_is_not_there(ready):
    added = ready("approvers", "add", "elsewhere", "layla@example.com", "--name", "Layla")

    assert added.code != 0
    assert "no connection elsewhere" in added.err


def test_without_a_flow_that_asks_nothing_is_asked_again(ready):
    asked = ready("approvers", "ask")

    assert asked.code != 0
    assert asked.err
