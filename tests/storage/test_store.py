"""The store: transactions, threads, and what it says when the database will not do."""

import asyncio
import os
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from qantara.storage import cursors
from qantara.storage.errors import StorageError, StorageUnavailable
from qantara.storage.store import Store
from tests.conftest import Databases


async def test_what_returns_is_kept_and_what_raises_is_not(store: Store):
    def advance_and_fail(conn: Connection) -> None:
        cursors.advance(conn, "products", "2")
        raise LookupError

    await store.run(cursors.advance, "products", "1")
    with pytest.raises(LookupError):
        await store.run(advance_and_fail)

    assert await store.run(cursors.position, "products") == "1"


async def test_the_event_loop_goes_on_while_the_database_works(store: Store):
    loop_turned = threading.Event()

    async def turn() -> None:
        loop_turned.set()

    waited, _ = await asyncio.gather(
        store.run(lambda _: loop_turned.wait(timeout=20)),
        turn(),
    )

    assert waited


async def test_many_at_once_all_happen(store: Store):
    links = [f"link {number}" for number in range(40)]

    await asyncio.gather(*(store.run(cursors.advance, link, "1") for link in links))

    kept = await asyncio.gather(*(store.run(cursors.position, link) for link in links))
    assert kept == ["1"] * 40


def test_it_works_without_an_event_loop(store: Store):
    store.run_here(cursors.advance, "products", "1")

    assert store.run_here(cursors.position, "products") == "1"


async def test_a_journal_outlives_its_store(store_url: str):
    with Store.open(store_url) as first:
        await first.run(cursors.advance, "products", "1")

    with Store.open(store_url) as second:
        assert await second.run(cursors.position, "products") == "1"


def test_closing_twice_is_harmless(store: Store):
    store.close()
    store.close()


def test_sqlite_syncs_every_commit_and_guards_references(tmp_path: Path):
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        told = [
            store.run_here(Connection.scalar, text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert told == ["wal", 2, 1]


def test_a_new_sqlite_file_is_its_owners_alone(tmp_path: Path):
    path = tmp_path / "new folder" / "a.sqlite3"
    Store.open(f"sqlite:///{path}").close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://me:topsecret@host/db", "no journal in mysql"),
        ("sqlite://", "in memory"),
        ("no url with topsecret", "cannot be read"),
    ],
)
def test_a_url_that_cannot_be_is_refused_with_a_remedy(url: str, said: str):
    with pytest.raises(StorageError, match=said) as caught:
        Store.open(url)

    assert "sqlite:///" in caught.value.remedy
    assert "topsecret" not in f"{caught.value}{caught.value.remedy}"


def test_a_server_that_is_not_there_is_told_without_the_password():
    with pytest.raises(StorageUnavailable) as caught:
        Store.open("postgresql+psycopg://me:topsecret@127.0.0.1:1/journal")

    assert "running" in caught.value.remedy
    assert "topsecret" not in f"{caught.value}{caught.value.remedy}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_told(tmp_path: Path):
    tmp_path.chmod(0o500)

    with pytest.raises(StorageUnavailable, match="cannot be opened"):
        Store.open(f"sqlite:///{tmp_path}/a.sqlite3")


def test_a_file_that_is_no_database_is_told(tmp_path: Path):
    (tmp_path / "a.sqlite3").write_text("Dear diary, " * 1000)

    with pytest.raises(StorageUnavailable, match="not a database"):
        Store.open(f"sqlite:///{tmp_path}/a.sqlite3")


def test_a_long_list_of_ids_is_planned_for_its_own_values(postgresql_databases: Databases):
    with Store.open(postgresql_databases.empty()) as store:
        told = store.run_here(Connection.scalar, text("SHOW plan_cache_mode"))

    assert told == "force_custom_plan"
