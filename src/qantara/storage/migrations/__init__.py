"""Brings a database to this version's schema, by the Alembic scripts in `versions`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from qantara.storage.errors import SchemaTooNew

_LOCK = 0x71616E74617261  # "qantara"


def upgrade(conn: Connection) -> None:
    """Apply what is missing, all in the transaction of `conn`. Safe to repeat.

    Raises SchemaTooNew when the database is at a version these scripts do not know.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = configuration(conn)
    scripts = ScriptDirectory.from_config(config)
    heads = set(scripts.get_heads())
    current = set(MigrationContext.configure(conn).get_current_heads())
    if current == heads:
        return
    unknown = current - {script.revision for script in scripts.walk_revisions()}
    if unknown:
        raise SchemaTooNew(
            f"The database has the schema {', '.join(sorted(unknown))} of a newer Qantara.",
            remedy="Install that version again, or restore the backup made before it was.",
        )
    command.upgrade(config, "head")


def configuration(conn: Connection) -> Config:
    """Alembic's settings for this open connection; no file is involved."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config
