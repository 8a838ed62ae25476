"""The ledger can be shown, exported without running anything in a spreadsheet, and checked."""

import csv
import io
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from qantara.storage import ledger, proofs, runs
from qantara.storage.ledger import Outcome
from qantara.storage.schema import ledger as lines
from qantara.storage.store import Store


@pytest.fixture
def books(call, tmp_path: Path) -> Path:
    """A home whose ledger has two runs, on two links."""
    call("init")
    home = tmp_path / "home"
    with Store.open(f"sqlite:///{home / 'qantara.sqlite3'}") as store:
        _run(store, "supply.product", ("1", "written", ""), ("2", "parked", '=HYPERLINK("x")'))
        _run(store, "supply.partner", ("7", "unchanged", "كرسي"))
    return home


def _run(store: Store, link: str, *told: tuple) -> None:
    run = store.run_here(runs.start, link)
    outcomes = [
        Outcome(
            connection="factory",
            entity="product",
            external_id=external_id,
            version="1",
            result=result,
            reason=reason,
            fields=("name", "sku"),
        )
        for external_id, result, reason in told
    ]
    store.run_here(ledger.account, run.id, link, outcomes)
    store.run_here(runs.progress, run.id, seen=len(outcomes))
    store.run_here(runs.finish, run.id, "complete")


def _tamper(home: Path, statement) -> None:
    with Store.open(f"sqlite:///{home / 'qantara.sqlite3'}") as store:
        store.run_here(lambda conn: conn.execute(statement))


def test_the_sums_of_a_day_are_shown_by_link(call, books, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    shown, told = call("ledger", "show"), call("ledger", "show", "--json").told

    assert shown.code == 0
    assert "supply.product" in shown.out
    partner, product = told["days"]
    assert product["day"] == datetime.now(UTC).date().isoformat()
    assert (product["seen"], product["written"], product["parked"]) == (2, 1, 1)
    assert product["balanced"] is True
    assert partner["unchanged"] == 1


def test_one_link_or_one_day_can_be_chosen(call, books):
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()

    one = call("ledger", "show", "--link", "supply.partner", "--json").told
    before = call("ledger", "show", "--day", yesterday, "--json").told

    assert [day["link"] for day in one["days"]] == ["supply.partner"]
    assert before["days"] == []


def test_the_lines_are_exported_as_csv_that_no_spreadsheet_runs(call, books):
    rows = list(csv.DictReader(io.StringIO(call("ledger", "export").out)))

    assert [row["external_id"] for row in rows] == ["1", "2", "7"]
    assert rows[1]["reason"] == '\'=HYPERLINK("x")'
    assert rows[2]["reason"] == "كرسي"
    assert rows[0]["fields"] == "name sku"


def test_lines_and_proofs_are_exported_as_json(call, books, tmp_path):
    file = tmp_path / "lines.json"

    written = call("ledger", "export", "--format", "json", "--output", str(file))
    proved = json.loads(call("ledger", "export", "--what", "proofs", "--format", "json").out)

    assert written.code == 0
    assert written.out == ""
    assert [line["result"] for line in json.loads(file.read_text())] == [
        "written",
        "parked",
        "unchanged",
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [(one["id"], one["seen"], one["parked"]) for one in proved] == [(1, 2, 1), (2, 1, 0)]
    assert all(len(one["seal"]) == 64 for one in proved)


def test_an_export_can_be_narrowed_to_a_run_or_to_days(call, books):
    today = datetime.now(UTC).date().isoformat()
    every = json.loads(call("ledger", "export", "--format", "json").out)
    run = every[-1]["run"]

    of_run = json.loads(call("ledger", "export", "--format", "json", "--run", run).out)
    of_today = json.loads(call("ledger", "export", "--format", "json", "--day", today).out)
    of_then = json.loads(call("ledger", "export", "--format", "json", "--to", "2020-01-01").out)

    assert [line["external_id"] for line in of_run] == ["7"]
    assert of_today == every
    assert of_then == []


def test_what_is_no_day_is_told(call, books):
    refused = call("ledger", "export", "--day", "yesterday")
    both = call("ledger", "export", "--day", "2026-01-01", "--from", "2026-01-01")

    assert (refused.code, both.code) == (2, 2)
    assert "is no day" in refused.err


def test_the_check_says_that_the_chain_holds(call, books):
    checked = call("ledger", "check")
    told = call("ledger", "check", "--json").told

    assert checked.code == 0
    assert "The ledger holds: 2 proofs" in checked.out
    assert told["holds"] is True
    assert (told["proofs"], told["recomputed"]) == (2, 2)


def test_the_check_names_the_place_that_was_altered(call, books):
    _tamper(books, update(lines).where(lines.c.external_id == "7").values(result="written"))

    checked, told = call("ledger", "check"), call("ledger", "check", "--json")

    assert (checked.code, told.code) == (1, 1)
    assert "does not hold at proof 2" in checked.err
    assert told.told["error"]["kind"] == "ProofBroken"


def test_an_empty_ledger_holds(call):
    call("init")

    assert call("ledger", "check").code == 0
    assert call("ledger", "show").code == 0
    assert call("ledger", "export", "--format", "json").out == "[]\n"


def test_a_long_export_comes_in_portions(call, books, monkeypatch):
    monkeypatch.setattr(proofs.portion, "__kwdefaults__", {"after": 0, "limit": 1})

    told = json.loads(call("ledger", "export", "--what", "proofs", "--format", "json").out)

    assert [one["id"] for one in told] == [1, 2]
