"""Brings a database to this version's schema, by the Alembic scripts in `versions`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from qantara.storage.errors import SchemaTooNew

_LOCK = 0x71616E74617261  # "qantara"

_LOCATION = str(Path(__file__).parent).replace("%", "%%")


def upgrade(conn: Connection, to: str = "head") -> None:
    """Apply what is missing, all in the transaction of `conn`. Safe to repeat.

    Raises SchemaTooNew when the database is at a version these scripts do not know.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    current = revision(conn)
    if current == _scripts().get_current_head():
        return
    refuse_unknown(current)
    command.upgrade(configuration(conn), to)


def revision(conn: Connection) -> str:
    """The schema that the database has now; "" when it has none of ours."""
    return MigrationContext.configure(conn).get_current_revision() or ""


def refuse_unknown(schema: str) -> None:
    """Raise SchemaTooNew when these scripts do not lead to this schema."""
    if schema and schema not in {script.revision for script in _scripts().walk_revisions()}:
        raise SchemaTooNew(
            f"The database has the schema {schema} of a newer Qantara.",
            remedy="Install that version again, or restore the backup made before it was.",
        )


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", _LOCATION)
    return ScriptDirectory.from_config(config)


def configuration(conn: Connection) -> Config:
    """Alembic's settings for this open connection; no file is involved."""
    config = Config()
    config.set_main_option("script_location", _LOCATION)
    config.attributes["connection"] = conn
    return config
