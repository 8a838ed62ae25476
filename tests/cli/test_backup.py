"""`qantara backup` and `qantara restore`: a hub that comes back older than its systems goes on."""

import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qantara.storage import audit
from qantara.storage.store import Store
from tests.cli.conftest import CANARY, caller, connect, stand_in, write_flow
from tests.cli.test_failures import HOLD
from tests.conftest import Databases


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def made(call, home: Path):
    """A home with a configuration and a journal, and how to call the program in it."""
    call("init")
    write_flow(home)
    return call


def test_a_backup_is_told_and_the_key_is_left_out(made, home: Path, tmp_path: Path):
    told = made("backup", str(tmp_path / "one.zip"))
    as_json = made("backup", str(tmp_path), "--json").told

    assert told.code == 0
    assert "The key of the vault is not in it." in told.out
    assert str(home / "vault.key") in told.out
    assert as_json["with_key"] is False
    assert Path(as_json["file"]).parent == tmp_path, "named by the time"
    assert as_json["bytes"] == Path(as_json["file"]).stat().st_size
    assert as_json["rows"]["audit"] == 3


def test_a_backup_with_the_key_says_so_loudly_and_restores_it(
    made, factory, home: Path, tmp_path: Path
):
    connect(made, factory)
    told = made("backup", str(tmp_path / "one.zip"), "--with-key")

    restored = caller(tmp_path / "new")("restore", str(tmp_path / "one.zip"))

    assert "IT HOLDS THE KEY OF THE VAULT" in told.out
    assert (restored.code, "Put it back" in restored.out) == (0, False)
    key = tmp_path / "new" / "vault.key"
    assert key.read_bytes() == (home / "vault.key").read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert caller(tmp_path / "new")("check", "factory").code == 0


def test_without_the_key_it_is_told_which_is_missing(made, factory, home: Path, tmp_path: Path):
    connect(made, factory)
    made("backup", str(tmp_path / "one.zip"))
    new = caller(tmp_path / "new")

    restored = new("restore", str(tmp_path / "one.zip"))
    as_json = new("restore", str(tmp_path / "one.zip"), "--yes", "--json").told

    assert restored.code == 0
    assert f"Put it back as {tmp_path / 'new' / 'vault.key'}" in restored.out.replace("\n", " ")
    assert len(as_json["keys_missing"]) == 1
    (tmp_path / "new" / "vault.key").write_bytes((home / "vault.key").read_bytes())
    (tmp_path / "new" / "vault.key").chmod(0o600)
    assert new("check", "factory").code == 0


def test_a_home_that_is_there_is_refused_and_kept_aside_on_demand(made, home: Path, tmp_path: Path):
    made("backup", str(tmp_path / "one.zip"))
    write_flow(home, "# changed since\n")

    refused = made("restore", str(tmp_path / "one.zip"))
    as_json = made("restore", str(tmp_path / "one.zip"), "--yes", "--json").told

    assert refused.code == 2
    assert "--yes" in refused.err
    kept = [Path(each) for each in as_json["kept"]]
    assert [path.name.partition(".before-")[0] for path in kept] == [
        "qantara.sqlite3",
        "qantara.toml",
    ]
    assert kept[1].read_text().endswith("# changed since\n")
    assert "# changed since" not in (home / "qantara.toml").read_text()
    assert [deed[1] for deed in _deeds(home)][-1] == "restore"


def test_a_home_in_use_is_refused_whatever_is_said(made, home: Path, tmp_path: Path):
    made("backup", str(tmp_path / "one.zip"))
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, home], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        other.stdout.readline()
        backed_up = made("backup", str(tmp_path / "two.zip"))
        refused = made("restore", str(tmp_path / "one.zip"), "--yes")
        other.kill()
    with Store.open(f"sqlite:///{home / 'qantara.sqlite3'}") as store:
        store.run_here(lambda _: None)
        open_elsewhere = made("restore", str(tmp_path / "one.zip"), "--yes")

    assert backed_up.code == 0, "a backup does not mind"
    assert (refused.code, open_elsewhere.code) == (4, 4)
    assert not list(home.glob("*.before-*"))


def test_a_home_moves_to_postgresql_and_back(
    made, home: Path, tmp_path: Path, postgresql_databases: Databases
):
    made("backup", str(tmp_path / "one.zip"))
    url = postgresql_databases.empty()

    there = caller(tmp_path / "there")("restore", str(tmp_path / "one.zip"), "--database", url)
    (tmp_path / "there" / "qantara.toml").write_text(f'[hub]\ndatabase = "{url}"\n')
    assert caller(tmp_path / "there")("backup", str(tmp_path / "two.zip")).code == 0
    back = caller(tmp_path / "any")(
        "restore",
        str(tmp_path / "two.zip"),
        *("--home", str(tmp_path / "back")),
        *("--database", "sqlite:///qantara.sqlite3"),
    )

    assert (there.code, back.code) == (0, 0)
    assert "set [hub] database" in there.out
    assert "set [hub] database" in back.out, "the configuration still names PostgreSQL"
    assert _deeds(home)[:2] == _deeds(tmp_path / "back")[:2]
    assert [deed[1] for deed in _deeds(tmp_path / "back")] == [
        "init",
        "backup",
        "restore",
        "backup",
        "restore",
    ]


def test_a_backup_is_checked_without_restoring(made, tmp_path: Path):
    made("backup", str(tmp_path / "one.zip"))
    whole = made("restore", str(tmp_path / "one.zip"), "--check")
    (tmp_path / "one.zip").write_bytes((tmp_path / "one.zip").read_bytes()[:-100])
    piece = made("restore", str(tmp_path / "one.zip"), "--check")

    assert (whole.code, piece.code) == (0, 2)
    assert "is whole" in whole.out
    assert "only a piece of one" in piece.err


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What the buyer had before and after a hub came back older, and what its next runs told."""

    before: dict[str, list[str]]
    after: dict[str, list[str]]
    runs: list[dict[str, Any]]


@pytest.fixture(scope="module")
def came_back(tmp_path_factory: pytest.TempPathFactory) -> Return:
    """Backup, everything carried over, restore, and two runs more."""
    folder = tmp_path_factory.mktemp("return")
    call, home, file = caller(folder / "home"), folder / "home", str(folder / "one.zip")
    with (
        stand_in("factory", 16, products=8, partners=0) as factory,
        stand_in("buyer", 18, products=0, partners=0) as buyer,
    ):
        call("init")
        connect(call, factory)
        connect(call, buyer)
        write_flow(home)
        called = [call("run", "--link", "category"), call("backup", file), call("run")]
        before = _contents(buyer)
        called.append(call("restore", file, "--yes"))
        runs = [call("run", "--json").told for _ in range(2)]
        assert [each.code for each in called] == [0, 0, 0, 0]
        return Return(before=before, after=_contents(buyer), runs=runs)


def test_a_hub_older_than_its_systems_finds_by_its_keys_what_it_had_carried_over(came_back):
    (products,) = (one for one in came_back.runs[0]["links"] if one["link"] == "supply.product")

    assert (products["written"], products["parked"]) == (0, 0)
    assert products["merged"] == products["seen"] == 8
    for model in ("product.product", "product.template", "product.category"):
        assert came_back.after[model] == came_back.before[model] != []


def test_the_run_after_that_has_nothing_to_do(came_back):
    assert [one["link"] for one in came_back.runs[1]["links"] if one["written"]] == []


def test_what_has_no_key_of_its_own_is_found_again_by_the_key_of_the_hub(came_back):
    assert came_back.after["res.partner"] == came_back.before["res.partner"]


def _contents(stand) -> dict[str, list[str]]:
    models = ("product.product", "product.template", "product.category", "res.partner")
    return {
        model: sorted(str(row.get("name") or row["id"]) for row in stand.rows(model))
        for model in models
    }


def _deeds(home: Path) -> list[tuple]:

    with Store.open(f"sqlite:///{home / 'qantara.sqlite3'}") as store:
        store.run_here(audit.check)
        return [(deed.id, deed.action) for deed in reversed(store.run_here(audit.listing))]


def test_no_secret_is_in_the_file_in_clear(made, factory, tmp_path: Path):
    connect(made, factory)
    made("backup", str(tmp_path / "one.zip"), "--with-key")

    caller(tmp_path / "new")("restore", str(tmp_path / "one.zip"))

    assert CANARY.encode() not in (tmp_path / "new" / "qantara.sqlite3").read_bytes()
