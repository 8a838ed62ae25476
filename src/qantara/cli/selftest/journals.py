"""A fresh journal for each trial: a file beside it, or a database of its own on a server."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from qantara.storage.errors import StorageError
from qantara.storage.store import Store


class Journals(Protocol):
    """Gives out journals. Used in processes that do not fork any more."""

    def prepare(self) -> None:
        """Make what each journal is copied from."""

    def fresh(self, name: str, folder: Path) -> str:
        """The URL of a new one; `folder` is its home."""

    def drop(self, name: str) -> None:
        """It is needed no more. Safe to repeat."""


def journals(url: str | None, folder: Path) -> Journals:
    """On the server of this URL, or files in the folder; raises StorageError for other URLs."""
    if not url:
        return Files(folder / "template.sqlite3")
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StorageError("The database URL cannot be read.", remedy=REMEDY) from error
    if parsed.get_backend_name() != "postgresql":
        raise StorageError("The self-test takes a PostgreSQL server or none.", remedy=REMEDY)
    return Databases(parsed)


REMEDY = (
    "Name a server on which the user may make databases: postgresql+psycopg://user@host/postgres. "
    "Without --database the self-test keeps its journals in files."
)


@dataclass(slots=True)
class Files:
    """SQLite: copies of an empty journal."""

    template: Path

    def prepare(self) -> None:
        """Make the empty one."""
        Store.open(f"sqlite:///{self.template}").close()

    def fresh(self, name: str, folder: Path) -> str:  # noqa: ARG002 - its folder is its name
        """A copy in the folder."""
        shutil.copyfile(self.template, folder / "qantara.sqlite3")
        return f"sqlite:///{folder}/qantara.sqlite3"

    def drop(self, name: str) -> None:
        """It goes with its folder."""


@dataclass(slots=True)
class Databases:
    """PostgreSQL: databases made from one with an empty journal, all named qantara_selftest_..."""

    server: URL
    stem: str = field(default_factory=lambda: f"qantara_selftest_{os.getpid()}")

    def prepare(self) -> None:
        """Make the empty one."""
        self._do(f'CREATE DATABASE "{self.stem}"')
        Store.open(self._url(self.stem)).close()

    def fresh(self, name: str, folder: Path) -> str:  # noqa: ARG002 - it is not in the folder
        """A copy on the server."""
        self._do(f'CREATE DATABASE "{self.stem}_{name}" TEMPLATE "{self.stem}"')
        return self._url(f"{self.stem}_{name}")

    def drop(self, name: str) -> None:
        """With whoever is still connected to it; "" is the one that all were copied from."""
        full = f"{self.stem}_{name}" if name else self.stem
        self._do(f'DROP DATABASE IF EXISTS "{full}" WITH (FORCE)')

    def _url(self, database: str) -> str:
        return self.server.set(database=database).render_as_string(hide_password=False)

    def _do(self, statement: str) -> None:
        driver = self.server.set(drivername="postgresql+psycopg")
        engine = create_engine(driver, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        except (SQLAlchemyError, ModuleNotFoundError) as error:
            said = str(getattr(error, "orig", error)).strip().partition("\n")[0]
            raise StorageError(f"The server refused: {said}", remedy=REMEDY) from error
        finally:
            engine.dispose()
