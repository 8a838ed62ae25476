"""The migrations lead from nothing, or from any earlier version, to the present schema."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, inspect, text
from sqlalchemy.exc import DatabaseError

from qantara.storage.databases import connect
from qantara.storage.errors import SchemaTooNew, StorageError
from qantara.storage.schema import metadata
from qantara.storage.store import Store
from tests.conftest import Databases


def test_they_lead_to_the_tables_the_code_speaks_of(databases: Databases):
    with Store.open(databases.empty()) as store:
        difference = store.run_here(
            lambda conn: compare_metadata(MigrationContext.configure(conn), metadata)
        )

    assert difference == []


def test_they_lead_to_the_checks_the_code_relies_on(databases: Databases):
    with Store.open(databases.empty()) as store:
        checks = store.run_here(_checks)

    assert checks == {
        (table.name, str(constraint.name))
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }


def test_a_newer_schema_is_refused_and_left_alone(store_url: str):
    with Store.open(store_url) as store:
        store.run_here(
            lambda conn: conn.execute(text("UPDATE alembic_version SET version_num='9'"))
        )

    with pytest.raises(SchemaTooNew, match="schema 9 of a newer Qantara") as caught:
        Store.open(store_url)

    assert "Install" in caught.value.remedy


def test_a_migration_that_fails_leaves_nothing_behind(databases: Databases):
    url = databases.empty()
    engine, _ = connect(url)
    with engine.begin() as conn:
        conn.execute(text("CREATE TABLE ledger (id INTEGER)"))

    with pytest.raises((DatabaseError, StorageError), match=r"ledger.* already exists"):
        Store.open(url)

    assert inspect(engine).get_table_names() == ["ledger"]
    engine.dispose()


def _checks(conn: Connection) -> set[tuple[str, str | None]]:
    found = inspect(conn)
    return {
        (table, check["name"])
        for table in metadata.tables
        for check in found.get_check_constraints(table)
    }
