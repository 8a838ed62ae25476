"""A hub with one shop: on SQLite, and where the journal matters on PostgreSQL too."""

import pytest

from qantara.storage.store import Store
from tests.web.shop import served, sources


@pytest.fixture
async def hub(store: Store):
    """A listening hub on a fresh journal of each kind."""
    async with served(store, sources()) as listening:
        yield listening


@pytest.fixture
def sqlite_store(sqlite_databases):
    """A fresh journal where its kind does not matter."""
    with Store.open(sqlite_databases.migrated()) as opened:
        yield opened


@pytest.fixture
async def gate(sqlite_store: Store):
    """A listening hub for what never reaches the journal."""
    async with served(sqlite_store, sources()) as listening:
        yield listening
