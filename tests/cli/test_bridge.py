"""`qantara bridge` from the command line: planned, made in both systems, and taken away again."""

import pytest

from qantara.sandbox.odoo import OdooStandIn
from tests.cli.conftest import CANARY, LOGIN, connect

BOSS, BOSS_KEY = "boss@example.com", "boss-canary-0123456789abcdef"
FLOW = """
[[flows]]
recipe = "supply"
factory = "factory"
buyer = "buyer"
parts = ["board", "packing"]
"""
BOTH = ("--login", f"factory={BOSS}", "--login", f"buyer={BOSS}")


@pytest.fixture
def pair(call, monkeypatch, tmp_path):
    """A factory and a buyer whose users may only read; the boss may do everything."""
    with shop("factory", 16) as factory, shop("buyer", 18) as buyer:
        call("init")
        (tmp_path / "home" / "qantara.toml").write_text(FLOW)
        for stand in (factory, buyer):
            technical = ("ir.", "base.", "res.groups")
            able = [name for name in stand.database.schema if not name.startswith(technical)]
            stand.add_user(LOGIN, CANARY, dict.fromkeys(able, ("read",)))
            assert connect(call, stand, "--no-check").code == 0
        monkeypatch.setenv("QANTARA_SETUP_PASSWORD", BOSS_KEY)
        yield factory, buyer


def shop(name, version):
    """An Odoo of the boss."""
    return OdooStandIn(version=version, database=name, login=BOSS, key=BOSS_KEY, password=BOSS_KEY)


def parts(called):
    """Connection -> what was said of it."""
    return {one["connection"]: one["parts"] for one in called.told["connections"]}


def ours(stand):
    return sorted(row["name"] for row in stand.rows("ir.model.data") if row["module"] == "qantara")


def test_a_bridge_is_planned_made_once_and_taken_away(call, pair):
    before = [stand.rows("ir.model.data") for stand in pair]
    planned = call("bridge", "plan", *BOTH, "--json")
    made = call("bridge", "apply", *BOTH, "--yes", "--json")
    after = [ours(stand) for stand in pair]
    again = call("bridge", "apply", *BOTH, "--yes")
    shown = call("bridge", "plan", *BOTH)
    gone = call("bridge", "remove", *BOTH, "--yes")
    nothing = call("bridge", "remove", *BOTH, "--yes")

    assert {one["level"] for found in parts(planned).values() for one in found} == {"missing"}
    assert all(parts(made).values())
    assert "bridge_model_offer" in after[1]
    assert "bridge_model_offer" not in after[0]
    assert "bridge_action_ready" in after[0]
    assert "outbox_model" in after[0]
    assert again.out.count("nothing had to be changed") == 2
    assert "  + " not in shown.out
    assert "  ~ " not in shown.out
    assert "The model x_qantara_offer" in gone.out
    assert nothing.out.count("there was nothing") == 2
    assert [stand.rows("ir.model.data") for stand in pair] == before


def test_every_part_stands_in_the_audit_trail_and_no_password_does(call, pair, tmp_path):
    call("bridge", "apply", *BOTH, "--yes")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())

    assert b"bridge apply" in kept
    assert b"The menu Factory stock" in kept
    assert BOSS_KEY.encode() not in kept


def test_without_an_administrator_the_lacking_rights_are_listed_and_nothing_is_made(call, pair):
    refused = call("bridge", "apply", "--login", f"buyer={BOSS}", "--yes")

    assert refused.code == 3
    assert "ir.ui.view (create, write, unlink)" in refused.err
    assert "--login factory=LOGIN" in refused.err
    assert [ours(stand) for stand in pair] == [[], []]


def test_nothing_is_made_where_nobody_can_be_asked(call, pair):
    refused = call("bridge", "apply", *BOTH)

    assert refused.code == 2
    assert "+ The model x_qantara_offer" in refused.err
    assert "--yes" in refused.err
    assert [ours(stand) for stand in pair] == [[], []]


def test_a_removal_says_beforehand_what_of_peoples_work_goes_with_it(call, pair):
    call("bridge", "apply", *BOTH, "--yes")
    pair[1].create("x_qantara_offer", {"x_name": "Lamp"})
    asked = call("bridge", "remove", *BOTH)

    assert asked.code == 2
    assert "The model x_qantara_offer, with its 1 records." in asked.err
    assert pair[1].rows("x_qantara_offer")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--login", "boss"), "which connection"),
        (("--login", "shop=boss"), "no connection of the flow"),
        (("--flow", "demand"), "demand"),
    ],
)
def test_a_command_that_names_something_unknown_is_explained(call, pair, words, why):
    refused = call("bridge", "plan", *words)

    assert refused.code == 2
    assert why in refused.err


def test_a_user_who_may_do_too_much_every_day_is_warned_of(call, tmp_path):
    with shop("factory", 16) as factory, shop("buyer", 18) as buyer:
        call("init")
        (tmp_path / "home" / "qantara.toml").write_text(FLOW)
        for stand in (factory, buyer):
            stand.add_user(LOGIN, CANARY)
            connect(call, stand, "--no-check")
        told = call("bridge", "plan")

    assert told.code == 0
    assert told.out.count("may create server actions") == 2


def test_a_password_may_be_given_for_each_connection(call, pair, monkeypatch):
    monkeypatch.delenv("QANTARA_SETUP_PASSWORD")
    missing = call("bridge", "plan", *BOTH)
    monkeypatch.setenv("QANTARA_SETUP_PASSWORD_FACTORY", BOSS_KEY)
    monkeypatch.setenv("QANTARA_SETUP_PASSWORD_BUYER", BOSS_KEY)

    assert "QANTARA_SETUP_PASSWORD_FACTORY" in missing.err
    assert call("bridge", "plan", *BOTH).code == 0
