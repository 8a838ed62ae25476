"""Whatever goes wrong is told as a sentence with a remedy and an exit code of its own."""

import asyncio
import subprocess
import sys

import pytest
from sqlalchemy import text

from qantara.cli import status
from qantara.cli.words import EXIT_CODES
from qantara.connectors.base import load
from qantara.storage.store import Store
from tests.cli.conftest import CANARY, connect, write_flow
from tests.project.tree import ROOT

HOLD = """
import sys
from pathlib import Path
from qantara.runtime.home import Home
with Home(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_way_to_a_home_is_told_where_there_is_none(call):
    refused = call("status")

    assert refused.code == 2
    assert "qantara init" in refused.err


def test_every_mistake_of_the_configuration_is_told_with_its_line(call, tmp_path):
    call("init")
    write_flow(tmp_path / "home", 'evry = "1m"\n[hub]\ntoken = "x"\n')

    refused, as_json = call("run"), call("run", "--json").told

    assert refused.code == 2
    assert "line 5: There is no key 'evry' here." in refused.err
    assert "line 7: token is named like a secret" in refused.err
    assert len(as_json["error"]["problems"]) == 2


def test_a_link_or_field_that_a_flow_does_not_have_is_told_with_its_line(
    call, factory, buyer, tmp_path
):
    call("init")
    connect(call, factory)
    connect(call, buyer)

    write_flow(tmp_path / "home", "[flows.links.prodct]\noff = true\n")
    unknown_link = call("run")
    write_flow(tmp_path / "home", '[flows.links.product]\nexclude = ["descripton"]\n')
    unknown_field = call("run")

    assert (unknown_link.code, unknown_field.code) == (2, 2)
    assert "line 5: There is no link 'prodct'" in unknown_link.err
    assert "Did you mean 'product'?" in unknown_link.err
    assert "line 6: There is no field of product 'descripton'" in unknown_field.err
    assert "Did you mean 'description'?" in unknown_field.err


def test_links_that_are_off_do_not_run_and_excluded_fields_do_not_travel(
    call, factory, buyer, tmp_path
):
    call("init")
    connect(call, factory)
    connect(call, buyer)
    off = "[flows.links.stock_level]\noff = true\n[flows.links.category]\nexclude = ['parent']\n"
    write_flow(tmp_path / "home", off)

    planned = call("plan", "--json").told

    assert "supply.stock_level" not in [one["link"] for one in planned["links"]]
    fields = {
        field
        for one in planned["planned"]
        if one["link"] == "supply.category"
        for field in one["changes"]
    }
    assert fields == {"name"}


def test_a_flow_whose_connection_is_missing_is_told(call, tmp_path):
    call("init")
    write_flow(tmp_path / "home")

    refused = call("run")

    assert refused.code == 2
    assert "no connection factory" in refused.err
    assert "problem" in call("status", "--json").told


def test_a_system_that_went_away_is_told_and_nothing_is_lost(call, factory, buyer, tmp_path):
    call("init")
    connect(call, factory)
    connect(call, buyer)
    write_flow(tmp_path / "home")
    call("connect", "buyer", "--url", "http://127.0.0.1:9", "--no-check")

    run = ("run", "--link", "category", "--patience", "0")
    told = [call(*words) for words in (("check",), ("plan",), ("verify",), run)]

    assert [each.code for each in told] == [3, 3, 3, 3]
    assert all("127.0.0.1" in each.out + each.err for each in told)


def test_a_second_qantara_in_the_same_home_is_refused_and_may_look_on(call, tmp_path):
    call("init")
    write_flow(tmp_path / "home")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "home"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout
        other.stdout.readline()

        refused, looked = call("run", "--json"), call("status", "--json")
        other.kill()

    assert refused.code == 4
    assert f"process {other.pid}" in refused.told["error"]["reason"]
    assert looked.told["worker"] == f"process {other.pid}"


def test_a_database_that_is_away_is_told_without_its_password(call, monkeypatch):
    call("init")
    url = f"postgresql+psycopg://me:{CANARY}@127.0.0.1:9/journal"
    monkeypatch.setenv("QANTARA_DATABASE_URL", url)

    refused = call("status")

    assert refused.code == 3
    assert "database" in refused.err


def test_a_vault_without_its_key_is_told(call, factory, buyer, tmp_path):
    call("init")
    connect(call, factory)
    (tmp_path / "home" / "vault.key").unlink()

    refused = call("check")

    assert refused.code == 3
    assert "vault key" in refused.out


async def _explode(self, *_):
    await asyncio.sleep(0)
    raise RuntimeError(f"it broke near {CANARY}")


def test_the_details_of_the_unexpected_go_to_a_file_without_secrets(
    call, factory, tmp_path, monkeypatch
):
    call("init")
    connect(call, factory)
    monkeypatch.setattr(load("odoo"), "check", _explode)

    broken = call("check")

    (file,) = (tmp_path / "home" / "logs").iterdir()
    assert broken.code == 70
    assert str(file) in broken.err.replace("\n", "")
    assert "RuntimeError: it broke near ***" in file.read_text()
    assert CANARY not in file.read_text()


def test_ctrl_c_is_told_and_has_its_own_code(call, monkeypatch):
    call("init")

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "_links", interrupt)

    stopped = call("status")

    assert stopped.code == 130
    assert "Stopped." in stopped.err


def test_the_exit_codes_are_those_of_the_documentation():
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text("utf-8")

    told = [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()]

    assert [line for line in told if line not in page] == []


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("dead-letters", "--help")])
def test_help_is_given_without_a_home(call, words):
    assert call(*words).code == 0


def test_a_database_of_a_newer_qantara_is_left_alone(call, tmp_path):
    call("init")
    with Store.open(f"sqlite:///{tmp_path / 'home' / 'qantara.sqlite3'}") as store:
        store.run_here(
            lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        )

    refused = call("status")

    assert refused.code == 2
    assert refused.err
