"""Databases for the tests: `store` gives each test a fresh journal, on SQLite and on PostgreSQL."""

import gc
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from psycopg import sql

from qantara.storage.store import Store
from tests import postgresql


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take longest begins first, so that nothing long is left alone at the end."""
    items.sort(key=_patience, reverse=True)


def _patience(item: pytest.Item) -> float:
    marked = item.get_closest_marker("timeout")
    return float(marked.args[0]) if marked else 0.0


def pytest_collection_finish() -> None:
    """What is in memory by now stays to the end: looking through it for garbage took a tenth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class Databases(Protocol):
    """One of the two kinds of database the journal can live in."""

    def empty(self) -> str:
        """The URL of a new database without any table."""

    def migrated(self) -> str:
        """The URL of a new database with the present schema."""


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """New databases of each kind in turn."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


@pytest.fixture
def store_url(databases: Databases) -> str:
    """The URL of a fresh journal, for what opens its store itself."""
    return databases.migrated()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A fresh journal, open."""
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return _SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[Databases]:
    programs = postgresql.programs()
    if programs is None:
        pytest.skip(postgresql.ABSENT)
    with postgresql.running(programs) as host, postgresql.connect(host) as admin:
        yield _PostgresqlDatabases(host, admin)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if postgresql.programs() is None:
        terminalreporter.write_line(postgresql.ABSENT)


class _SqliteDatabases:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._template = folder / "template.sqlite3"
        Store.open(f"sqlite:///{self._template}").close()

    def empty(self) -> str:
        return f"sqlite:///{self._folder}/{next(self._numbers)}.sqlite3"

    def migrated(self) -> str:
        url = self.empty()
        shutil.copyfile(self._template, url.removeprefix("sqlite:///"))
        return url


class _PostgresqlDatabases:
    def __init__(self, host: str, admin: psycopg.Connection) -> None:
        self._host = host
        self._admin = admin
        self._numbers = count(1)
        self._template = self._create("template1")
        Store.open(self._url(self._template)).close()

    def empty(self) -> str:
        return self._url(self._create("template1"))

    def migrated(self) -> str:
        return self._url(self._create(self._template))

    def _create(self, template: str) -> str:
        name = f"journal{next(self._numbers)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._host}"
