"""A user makes an installation, connects his systems, and is told what is wrong in words."""

import json
import subprocess
import sys

import pytest

from tests.cli.conftest import CANARY, LOGIN, connect, write_flow

SEALED = ("--key-stdin", "--private")


def test_an_installation_is_made_for_its_owner_only(call, tmp_path):
    made = call("init", "--json")

    home = tmp_path / "home"
    assert made.code == 0
    assert made.told == {
        "home": str(home),
        "configuration": str(home / "qantara.toml"),
        "database": str(home / "qantara.sqlite3"),
        "vault_key": str(home / "vault.key"),
    }
    modes = {file.name: file.stat().st_mode & 0o077 for file in home.iterdir()}
    assert modes["vault.key"] == modes["qantara.sqlite3"] == 0
    assert home.stat().st_mode & 0o077 == 0


def test_it_is_not_made_twice(call):
    call("init")

    again = call("init")

    assert again.code == 2
    assert "already" in again.err


def test_the_key_of_the_vault_may_come_from_the_environment(call, tmp_path, monkeypatch):
    monkeypatch.setenv("QANTARA_VAULT_KEY", "A" * 43 + "=")

    assert call("init", "--json").told["vault_key"] is None
    assert not (tmp_path / "home" / "vault.key").exists()


def test_a_connection_is_checked_and_stored_and_its_key_sealed(call, factory, tmp_path):
    call("init")

    stored = connect(call, factory)

    assert stored.code == 0
    assert "Odoo" in stored.out or "version" in stored.out
    assert "Stored the connection factory." in stored.out
    assert CANARY.encode() not in (tmp_path / "home" / "qantara.sqlite3").read_bytes()
    listed = call("connect", "--list", "--json").told["connections"]
    assert [(one["name"], one["url"], one["secrets"]) for one in listed] == [
        ("factory", factory.url, ["key"])
    ]


def test_what_is_given_again_is_changed_and_the_rest_stays(call, factory):
    call("init")
    connect(call, factory)

    again = call("connect", "factory", "--set", "company=Nile Factory", "--concurrency", "4")

    settings = call("connect", "--list", "--json").told["connections"][0]["settings"]
    assert again.code == 0
    assert settings == {"database": "factory", "login": LOGIN, "company": "Nile Factory"}


def test_a_connection_that_was_removed_is_forgotten(call, factory):
    call("init")
    connect(call, factory)

    removed = call("connect", "factory", "--remove", "--json")

    assert removed.told == {"connection": "factory", "stored": False, "check": None}
    assert call("connect", "--list", "--json").told == {"connections": []}
    assert call("connect", "factory", "--remove").code == 2


WRONG = [
    ({"key": "wrong-" + CANARY[6:]}, 3, "key"),
    ({"--database": "nowhere"}, 3, "database"),
    ({"--login": "nobody@example.com"}, 3, "key"),
    ({"--url": "http://127.0.0.1:9"}, 3, "127.0.0.1"),
    ({"--url": "http://nowhere.invalid"}, 3, "nowhere.invalid"),
    ({"--url": "nonsense"}, 3, "https://"),
    ({"--connector": "oddo"}, 2, "no connector"),
    ({"--set": "databse=x"}, 2, "Did you mean 'database'?"),
    ({"--protocol": "smoke"}, 3, "smoke"),
]


@pytest.mark.parametrize(("change", "code", "said"), WRONG)
def test_a_connection_that_cannot_be_entered_is_not_stored(call, factory, change, code, said):
    call("init")
    given = {"--url": factory.url, "--database": "factory", "--login": LOGIN} | change
    key = given.pop("key", CANARY)
    words = [word for pair in given.items() for word in pair]

    refused = call("connect", "factory", *words, *SEALED, stdin=f"{key}\n")

    assert refused.code == code
    assert said in refused.err
    assert key not in refused.out + refused.err
    assert len(refused.err.strip().splitlines()) >= 1
    assert call("connect", "--list", "--json").told == {"connections": []}


def test_an_address_in_ones_own_network_must_be_allowed(call, factory):
    call("init")
    where = ("--url", factory.url, "--database", "factory", "--login", LOGIN)

    refused = call("connect", "factory", *where, "--key-stdin", stdin=CANARY)

    assert refused.code == 3
    assert call("connect", "factory", *where, *SEALED, stdin=CANARY).code == 0


def test_the_error_of_json_has_reason_and_remedy(call, factory):
    call("init")
    where = ("--url", factory.url, "--database", "factory", "--login", LOGIN)

    refused = call("connect", "factory", *where, *SEALED, "--json", stdin="wrong")

    error = refused.told["error"]
    assert refused.code == 3
    assert error["kind"] == "AuthFailed"
    assert error["reason"]
    assert error["remedy"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Address is missing."),
        (("--url", "http://a"), "Database is missing."),
        (("--url", "http://a", "--database", "b"), "Login is missing."),
        (("--url", "http://a", "--database", "b", "--login", "c"), "API key or password"),
    ],
)
def test_without_a_terminal_what_is_missing_is_named_with_its_option(call, words, said):
    call("init")

    refused = call("connect", "factory", *words)

    assert refused.code == 2
    assert said in refused.err
    assert "Give it with --" in refused.err


def test_the_environment_goes_before_the_vault(call, factory, monkeypatch):
    call("init")
    connect(call, factory)
    monkeypatch.setenv("QANTARA_FACTORY_KEY", "wrong-from-the-environment")

    checked = call("check", "factory")

    assert checked.code == 3
    assert "wrong-from-the-environment" not in checked.out + checked.err


def test_check_says_what_each_connection_is_and_what_the_flows_need_of_it(
    call, factory, buyer, tmp_path
):
    call("init")
    connect(call, factory)
    connect(call, buyer)
    write_flow(tmp_path / "home")

    checked = call("check", "--json")

    told = {one["connection"]: one for one in checked.told["connections"]}
    assert checked.code == 0
    assert checked.told["usable"] is True
    assert told["factory"]["facts"]["version"].startswith("16")
    assert told["buyer"]["facts"]["version"].startswith("18")
    assert "product" in told["factory"]["reads"]
    assert "product" in told["buyer"]["writes"]
    assert "buyer: usable" in call("check", "buyer").out


def test_one_connection_that_fails_does_not_hide_the_others(call, factory, buyer, monkeypatch):
    call("init")
    connect(call, factory)
    connect(call, buyer)
    monkeypatch.setenv("QANTARA_BUYER_KEY", "wrong")

    checked = call("check", "--json")

    told = {one["connection"]: one for one in checked.told["connections"]}
    assert checked.code == 3
    assert told["buyer"]["error"]["remedy"]
    assert told["factory"]["usable"] is True


def test_a_connection_that_is_not_stored_is_told(call):
    call("init")

    assert call("check", "mill").code == 2
    assert "no connection mill" in call("check", "mill").err
    assert "qantara connect NAME" in call("check").err


def test_the_program_itself_ends_with_the_same_codes(tmp_path):
    def run(*words):
        return subprocess.run(
            [sys.executable, "-m", "qantara.cli", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert run("--version").stdout.startswith("qantara ")
    assert run("init", "--json").returncode == 0
    refused = run("run", "--json")
    assert refused.returncode == 2
    assert "no connection factory" in json.loads(refused.stdout)["error"]["reason"]
    assert run("nonsense").returncode == 2
