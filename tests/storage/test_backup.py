"""A backup shows one moment, tells when it was damaged, and restores into either database."""

import stat
import threading
import zipfile
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, text

from qantara.storage import (
    archive,
    audit,
    backup,
    bindings,
    cursors,
    dead_letters,
    lanes,
    migrations,
    restore,
    runs,
)
from qantara.storage.archive import JOURNAL, MANIFEST, NoBackup
from qantara.storage.databases import connect
from qantara.storage.errors import SchemaTooNew, StorageError, StorageUnavailable
from qantara.storage.schema import metadata
from qantara.storage.store import Store
from tests.conftest import Databases
from tests.storage import old_journal

TOML = b'[hub]\nlanguages = ["uk"]\n'
KEY = b"a key in base64\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def others(request: pytest.FixtureRequest) -> Databases:
    """The kind of database that is restored into."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


@pytest.fixture
def filled(databases: Databases, tmp_path: Path) -> str:
    """The URL of a journal with rows in every table."""
    url = databases.empty()
    old_journal.make(url, tmp_path)
    with Store.open(url) as store:
        store.run_here(lanes.take, "supply.people", "worker 1")
        store.run_here(old_journal.fill_the_rest)
    return url


def take(url: str, file: Path, **files: bytes) -> archive.Manifest:
    named = {name.replace("_", "."): content for name, content in files.items()}
    order = backup.Order(url=url, files={"qantara.toml": TOML, **named}, actor="maria")
    return backup.take(order, file)


def put_back(file: Path, url: str, folder: Path, aside: str = "") -> str:
    with archive.opened(file) as opened:
        restore.check(opened)
        journal = folder / f"{len(list(folder.iterdir()))}.sqlite3"
        opened.extract(JOURNAL, journal)
        return restore.into(restore.Order(url=url, actor="maria", aside=aside), opened, journal)


def test_every_row_comes_back_wherever_it_is_restored(
    filled: str, others: Databases, tmp_path: Path
):
    file, target = tmp_path / "backup.zip", others.empty()
    manifest = take(filled, file)
    before = _contents(filled)

    put_back(file, target, tmp_path)

    after = _contents(target)
    assert after.pop("lanes") != before.pop("lanes")
    trail = after.pop("audit")
    assert trail[:-1] == before.pop("audit")
    assert after == before
    assert {name: len(rows) for name, rows in before.items()}.items() <= manifest.rows.items()
    assert all(manifest.rows.values()), "no table was empty"
    with Store.open(target) as store:
        assert store.run_here(audit.check)[0] == len(trail)
        assert store.run_here(audit.listing)[0].action == "restore"


def test_numbers_go_on_after_those_that_were_restored(
    filled: str, others: Databases, tmp_path: Path
):
    file, target = tmp_path / "backup.zip", others.empty()
    take(filled, file)
    put_back(file, target, tmp_path)
    letter = dead_letters.Letter(
        link="x", connection="here", entity="partner", external_id="1", version="", reason="No."
    )

    with Store.open(target) as store:
        store.run_here(dead_letters.park, [letter])
        store.run_here(audit.note, "maria", "look", {})

        assert [one.id for one in store.run_here(dead_letters.listing)] == [2, 3]
        store.run_here(audit.check)


def test_after_a_restore_no_lane_is_held_and_every_source_is_asked(
    filled: str, databases: Databases, tmp_path: Path
):
    file, target = tmp_path / "backup.zip", databases.empty()
    with Store.open(filled) as store:
        late = datetime(2099, 1, 1, tzinfo=UTC)
        store.run_here(lambda conn: lanes.note(conn, "supply.people", wait_until=late))
        token = store.run_here(lanes.states)["supply.people"].token
    take(filled, file)

    put_back(file, target, tmp_path)

    with Store.open(target) as store:
        lane = store.run_here(lanes.states)["supply.people"]
    assert (lane.holder, lane.wait_until, lane.poll_at == lane.sweep_at) == ("", None, True)
    assert lane.token > token + 1000, "who worked before holds no token that comes again"


def test_the_file_is_its_owners_only_and_tells_what_is_in_it(filled: str, tmp_path: Path):
    file = tmp_path / "backup.zip"
    began = datetime.now(UTC)

    manifest = take(filled, file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as zipped:
        assert sorted(zipped.namelist()) == [JOURNAL, MANIFEST, "qantara.toml"]
        told = msgspec.json.decode(zipped.read(MANIFEST))
    assert told["schema"] == manifest.schema
    assert told["rows"]["runs"] == 2
    assert not manifest.with_key
    assert abs((manifest.moment - began).total_seconds()) < 60
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_key_of_the_vault_is_in_it_only_when_it_is_given(filled: str, tmp_path: Path):
    manifest = take(filled, tmp_path / "backup.zip", vault_key=KEY)

    assert manifest.with_key
    with archive.opened(tmp_path / "backup.zip") as opened:
        assert opened.read("vault.key") == KEY
        assert opened.read("vault.key.new") == b""
    with Store.open(filled) as store:
        (deed, *_) = store.run_here(audit.listing)
    assert (deed.actor, deed.action, deed.detail["vault key"]) == ("maria", "backup", "included")


def test_it_shows_one_moment_while_others_write(store_url: str, tmp_path: Path):
    """Each transaction writes to two tables: no backup may have one without the other."""
    stop, numbers = threading.Event(), count(1)

    def writes(conn: Connection) -> None:
        number = str(next(numbers))
        run = runs.start(conn, f"link {number}")
        runs.finish(conn, run.id, "complete")
        cursors.advance(conn, f"link {number}", number)

    def work() -> None:
        with Store.open(store_url) as store:
            while not stop.is_set():
                store.run_here(writes)

    with Store.open(store_url) as store:
        store.run_here(writes)
    writers = [threading.Thread(target=work) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        manifests = [take(store_url, tmp_path / f"{number}.zip") for number in range(4)]
    finally:
        stop.set()
        for writer in writers:
            writer.join()

    assert [one.rows["runs"] - one.rows["cursors"] for one in manifests] == [0, 0, 0, 0]
    assert next(numbers) - 1 > manifests[-1].rows["runs"] > manifests[0].rows["runs"] > 0


def test_a_backup_of_the_first_schema_is_left_as_it_is_and_restored_under_this_one(
    databases: Databases, others: Databases, tmp_path: Path
):
    old, target, file = databases.empty(), others.empty(), tmp_path / "backup.zip"
    old_journal.make(old, tmp_path)

    manifest = take(old, file)
    put_back(file, target, tmp_path)

    assert manifest.schema == old_journal.FIRST
    assert _schema(old) == old_journal.FIRST
    before, after = old_journal.read(old, tmp_path), old_journal.read(target, tmp_path)
    assert after.pop("audit")[:-1] == before.pop("audit")
    assert after == before
    with Store.open(target) as store:
        assert store.run_here(migrations.revision) > old_journal.FIRST


def test_a_backup_of_a_newer_schema_is_refused(filled: str, databases: Databases, tmp_path: Path):
    file, target = tmp_path / "backup.zip", databases.empty()
    take(filled, file)
    _alter(file, MANIFEST, lambda told: told.replace(b'"schema": "0', b'"schema": "9'))

    with pytest.raises(SchemaTooNew, match="newer Qantara"):
        put_back(file, target, tmp_path)

    assert _contents(target) == {}


def test_a_file_of_a_newer_format_is_refused(filled: str, tmp_path: Path):
    file = tmp_path / "backup.zip"
    take(filled, file)
    _alter(file, MANIFEST, lambda told: told.replace(b'"format": 1', b'"format": 2'))

    with pytest.raises(NoBackup, match="newer Qantara"), archive.opened(file):
        pass


@pytest.mark.parametrize("name", [JOURNAL, "qantara.toml"])
def test_a_part_that_was_altered_is_told(filled: str, tmp_path: Path, name: str):
    file = tmp_path / "backup.zip"
    take(filled, file)
    _alter(file, name, lambda content: content[:-1] + b"?")

    with archive.opened(file) as opened:
        with pytest.raises(NoBackup, match=f"{name} is not what was written"):
            opened.read(name)
        with pytest.raises(NoBackup, match=f"{name} is not what was written"):
            opened.extract(name, tmp_path / "extracted")
        with pytest.raises(NoBackup, match=f"{name} is not what was written"):
            restore.check(opened)


@pytest.mark.parametrize("left", [0, 10, 1000, -1])
def test_a_piece_of_a_backup_is_told(filled: str, tmp_path: Path, left: int):
    file = tmp_path / "backup.zip"
    take(filled, file)
    file.write_bytes(file.read_bytes()[:left])

    with pytest.raises(NoBackup, match="is no backup of Qantara"), archive.opened(file):
        pass


def test_rows_that_the_manifest_does_not_tell_of_are_refused(
    filled: str, databases: Databases, tmp_path: Path
):
    file, target = tmp_path / "backup.zip", databases.empty()
    take(filled, file)
    _alter(file, MANIFEST, lambda told: told.replace(b'"runs": 2', b'"runs": 3'))

    with pytest.raises(StorageError, match="does not hold the rows"):
        put_back(file, target, tmp_path)

    assert _contents(target) == {}, "nothing is left of the attempt"


def test_a_journal_that_is_there_is_refused_and_kept_aside_on_demand(
    filled: str, others: Databases, tmp_path: Path
):
    file, target = tmp_path / "backup.zip", others.migrated()
    take(filled, file)
    with Store.open(target) as store:
        store.run_here(cursors.advance, "mine", "7")

    with pytest.raises(restore.NotEmpty, match="holds a journal already"):
        put_back(file, target, tmp_path)
    with Store.open(target) as store:
        assert store.run_here(cursors.position, "mine") == "7"

    kept = put_back(file, target, tmp_path, aside="before-1")

    with Store.open(target) as store:
        assert store.run_here(cursors.position, "mine") == ""
        assert store.run_here(cursors.position, old_journal.LINK) == "1"
    assert _kept(target, kept) == [("mine", "7")]


def test_an_empty_journal_is_filled_without_asking(filled: str, others: Databases, tmp_path: Path):
    file, target = tmp_path / "backup.zip", others.migrated()
    take(filled, file)

    assert put_back(file, target, tmp_path) == ""

    with Store.open(target) as store:
        assert store.run_here(cursors.position, old_journal.LINK) == "1"


def test_a_database_in_use_is_refused_even_on_demand(
    filled: str, others: Databases, tmp_path: Path
):
    file, target = tmp_path / "backup.zip", others.migrated()
    take(filled, file)

    with Store.open(target) as store:
        store.run_here(cursors.advance, "mine", "7")
        with pytest.raises(restore.InUse):
            put_back(file, target, tmp_path, aside="before-1")
        assert store.run_here(cursors.position, "mine") == "7"


def test_a_file_that_is_no_database_is_kept_aside(
    filled: str, sqlite_databases: Databases, tmp_path: Path
):
    file, target = tmp_path / "backup.zip", sqlite_databases.empty()
    take(filled, file)
    Path(target.removeprefix("sqlite:///")).write_bytes(b"what a full disk left" * 100)

    kept = put_back(file, target, tmp_path, aside="before-1")

    assert Path(kept).read_bytes().startswith(b"what a full disk left")
    Store.open(target).close()


def test_an_existing_file_is_not_replaced(filled: str, tmp_path: Path):
    file = tmp_path / "backup.zip"
    file.write_bytes(b"yesterday's")

    with pytest.raises(backup.Refused, match="already"):
        take(filled, file)

    assert file.read_bytes() == b"yesterday's"


def test_a_backup_that_fails_leaves_nothing_behind(filled: str, tmp_path: Path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "out").mkdir()
    monkeypatch.setattr(zipfile.ZipFile, "open", full)

    with pytest.raises(StorageUnavailable, match="No space left on device"):
        take(filled, tmp_path / "out" / "backup.zip")

    assert list((tmp_path / "out").iterdir()) == []


def test_what_holds_no_journal_is_told(databases: Databases, tmp_path: Path):
    with pytest.raises(StorageError, match=r"no journal"):
        take(databases.empty(), tmp_path / "backup.zip")


def test_a_nul_in_a_text_that_postgresql_refuses_does_not_stop_a_move(
    sqlite_databases: Databases, postgresql_databases: Databases, tmp_path: Path
):
    url, target = sqlite_databases.migrated(), postgresql_databases.empty()
    bound = bindings.Binding(record="r", connection="erp", entity="product", external_id="a\0b")
    with Store.open(url) as store:
        store.run_here(bindings.bind, [bound])
    take(url, tmp_path / "backup.zip")

    put_back(tmp_path / "backup.zip", target, tmp_path)

    with Store.open(target) as store:
        assert store.run_here(bindings.bound_ids, "erp", "product") == {"a\ufffdb"}


def _contents(url: str) -> dict[str, list[tuple]]:
    engine, _ = connect(url)
    with engine.begin() as conn:
        tables = metadata.sorted_tables if migrations.revision(conn) else ()
        found = old_journal.contents(conn, list(tables))
    engine.dispose()
    return found


def _schema(url: str) -> str:
    engine, _ = connect(url)
    with engine.begin() as conn:
        found = migrations.revision(conn)
    engine.dispose()
    return found


def _kept(url: str, kept: str) -> list[tuple]:
    where = kept.removeprefix("schema ") + "." if kept.startswith("schema ") else ""
    engine, _ = connect(url if where else f"sqlite:///{kept}")
    with engine.begin() as conn:
        statement = f"SELECT link, position FROM {where}cursors"  # noqa: S608 - a name of ours
        found = conn.execute(text(statement)).all()
    engine.dispose()
    return [tuple(row) for row in found]


def _alter(file: Path, name: str, change) -> None:
    with zipfile.ZipFile(file) as zipped:
        parts = {each: zipped.read(each) for each in zipped.namelist()}
    with zipfile.ZipFile(file, "w") as zipped:
        for each, content in parts.items():
            zipped.writestr(each, change(content) if each == name else content)
