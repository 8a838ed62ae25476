"""A journal of the first schema is brought up to date, and the hub goes on with it."""

from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from qantara.engine.link import Link
from qantara.engine.pipeline import run
from qantara.model import Partner
from qantara.storage import audit, bindings, dead_letters, effects, migrations, runs
from qantara.storage.databases import connect
from qantara.storage.errors import StorageError
from qantara.storage.store import Store
from tests.conftest import Databases
from tests.engine.memory import Memory, every_field
from tests.engine.test_pipeline import Silent
from tests.storage import old_journal
from tests.storage.old_journal import LINK, OPEN_RECORD

UNIQUE = {
    "bindings": ("bindings", {"external_id": "7"}),
    "an unfinished run": ("runs", {"id": "r3"}),
    "an open effect": ("effects", {}),
    "an open letter": ("dead_letters", {}),
    "an event": ("inbox", {}),
    "an outcome": ("ledger", {}),
}
"""What there may be only one of, and what must differ in a second row to meet just that rule."""


@pytest.fixture
def old(databases: Databases, tmp_path: Path) -> str:
    """The URL of a database at the first schema."""
    url = databases.empty()
    old_journal.make(url, tmp_path)
    return url


def test_the_fixture_has_a_row_in_every_table_of_the_first_schema(tmp_path: Path):
    names = {table.name for table in old_journal.as_first(tmp_path)}

    assert names == {*old_journal.ROWS, "audit"}


def test_every_row_is_there_after_the_upgrade(old: str, tmp_path: Path):
    before = old_journal.read(old, tmp_path)

    with Store.open(old) as store:
        assert store.run_here(migrations.revision) > old_journal.FIRST
        assert store.run_here(audit.check)[0] == 2

    assert old_journal.read(old, tmp_path) == before


@pytest.mark.parametrize("what", UNIQUE)
def test_what_must_be_unique_still_is(old: str, what: str, tmp_path: Path):
    name, other = UNIQUE[what]
    (table,) = (one for one in old_journal.as_first(tmp_path) if one.name == name)
    row = {**old_journal.ROWS[name][-1], **other}

    with Store.open(old) as store, pytest.raises(IntegrityError, match=r"(?i)unique"):
        store.run_here(lambda conn: conn.execute(insert(table).values(row)))


def test_numbers_go_on_after_the_old_ones(old: str):
    letter = dead_letters.Letter(
        link="x", connection="here", entity="partner", external_id="1", version="", reason="No."
    )
    with Store.open(old) as store:
        store.run_here(dead_letters.park, [letter])

        assert [one.id for one in store.run_here(dead_letters.listing)] == [2, 3]


async def test_the_hub_goes_on_where_it_was(old: str):
    here, there = Memory("here"), Memory("there!")
    link = _people(here, there)
    for number in (1, 2, 3, 4):
        here.put("partner", Partner(name=f"Partner {number}"), str(number))
    there.put("partner", Partner(name="Partner 1"), "601")
    there.put("partner", Partner(name="Partner 2"), "602")
    there.keys["partner", OPEN_RECORD] = "602"

    with Store.open(old) as store:
        summary = await run(link, store, Silent())

        assert summary.run == "r2", "the unfinished run is taken up"
        assert await store.run(effects.unsettled, LINK) == []
        assert await store.run(dead_letters.listing) == []
        assert (await store.run(runs.get, "r2")).state == "complete"
        known = await store.run(bindings.records_of, "there!", "partner", ["602"])
        assert known == {"602": OPEN_RECORD}
    names = sorted(str(getattr(one, "name", "")) for one in there.records["partner"].values())
    assert names == ["Partner 1", "Partner 2", "Partner 3", "Partner 4"]
    assert [write.external_id for write in there.written] == [None, None], "only 3 and 4 are new"


async def test_an_event_that_waited_is_still_waiting_and_one_that_was_done_is_not(old: str):
    with Store.open(old) as store:
        rows = store.run_here(
            lambda conn: conn.execute(
                text("SELECT event_key FROM inbox WHERE routed_at IS NULL")
            ).all()
        )

    assert [row[0] for row in rows] == ["e2"]


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(old: str, tmp_path: Path):
    _execute(old, "CREATE TABLE work (id INTEGER)")
    before, tables = old_journal.read(old, tmp_path), _tables(old)

    with pytest.raises((DatabaseError, StorageError), match=r"work.* already exists"):
        Store.open(old)

    assert (old_journal.read(old, tmp_path), _tables(old)) == (before, tables)
    _execute(old, "DROP TABLE work")
    Store.open(old).close()


def _people(here: Memory, there: Memory) -> Link:
    return Link(
        name=LINK,
        entity="partner",
        source=here,
        target=there,
        record_type=Partner,
        fields=every_field(Partner),
    )


def _execute(url: str, statement: str) -> None:
    engine, _ = connect(url)
    with engine.begin() as conn:
        conn.execute(text(statement))
    engine.dispose()


def _tables(url: str) -> list[str]:
    engine, _ = connect(url)
    with engine.begin() as conn:
        found = sorted(inspect(conn).get_table_names())
    engine.dispose()
    return found
