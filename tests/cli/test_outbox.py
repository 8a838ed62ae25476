"""`qantara outbox` from the command line: asked for, made, shown and taken away."""

import json

import pytest

from qantara.sandbox.odoo import OdooStandIn
from tests.cli.conftest import CANARY, LOGIN, connect

BOSS, BOSS_KEY = "boss@example.com", "boss-canary-0123456789abcdef"


@pytest.fixture
def shop(call, monkeypatch):
    """A home connected to an Odoo by a user who may only read; the boss may do everything."""
    with OdooStandIn(version=18, database="shop", login=BOSS, key=BOSS_KEY) as odoo:
        technical = ("ir.", "base.", "res.groups")
        able = [name for name in odoo.database.schema if not name.startswith(technical)]
        odoo.add_user(LOGIN, CANARY, dict.fromkeys(able, ("read",)))
        call("init")
        assert connect(call, odoo, "--no-check").code == 0
        monkeypatch.setenv("QANTARA_SETUP_PASSWORD", BOSS_KEY)
        yield odoo


def test_who_may_not_is_told_to_name_an_administrator(call, shop):
    shown = call("outbox", "show", "shop")

    assert shown.code == 3
    assert "--login" in shown.err


def test_an_outbox_is_made_once_shown_and_removed(call, shop):
    boss = ("shop", "--login", BOSS, "--yes")
    planned = call("outbox", "show", "shop", "--login", BOSS, "--json").told
    made = call("outbox", "install", *boss, "--json")
    again = call("outbox", "install", *boss)
    shown = call("outbox", "show", "shop")
    removed = call("outbox", "remove", *boss)
    nothing = call("outbox", "remove", *boss)

    assert {part["level"] for part in planned["parts"]} == {"missing"}
    assert len(made.told["parts"]) == len(planned["parts"])
    assert "nothing had to be changed" in again.out
    assert "0 rows wait" in shown.out
    assert "removed" in removed.out
    assert "There was no outbox" in nothing.out
    assert shop.rows("base.automation") == []


def test_nothing_is_changed_where_nobody_can_be_asked(call, shop):
    refused = call("outbox", "install", "shop", "--login", BOSS)

    assert refused.code == 2
    assert "--yes" in refused.err
    assert shop.rows("base.automation") == []


def test_only_the_entities_that_are_named_are_watched(call, shop):
    call("outbox", "install", "shop", "--login", BOSS, "--yes", "--entity", "partner")
    wrong = call("outbox", "install", "shop", "--login", BOSS, "--yes", "--entity", "ship")

    assert len(shop.rows("base.automation")) == 2
    assert wrong.code == 2
    assert "ship" in wrong.err


def test_the_administrators_password_is_neither_shown_nor_kept(call, shop, tmp_path):
    told = call("outbox", "install", "shop", "--login", BOSS, "--yes", "--json")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())

    assert BOSS_KEY not in told.out + told.err + json.dumps(told.told)
    assert BOSS_KEY.encode() not in kept
    assert b"outbox install" in kept, "the audit trail says who did it"


def test_without_a_password_the_variable_is_named(call, shop, monkeypatch):
    monkeypatch.delenv("QANTARA_SETUP_PASSWORD")

    assert "QANTARA_SETUP_PASSWORD" in call("outbox", "show", "shop", "--login", BOSS).err
