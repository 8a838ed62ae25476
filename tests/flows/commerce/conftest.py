"""An Odoo and a shop in memory, with two products that both know and units to sell."""

from collections.abc import Iterator

import pytest

from qantara.storage.store import Store
from tests.conftest import Databases
from tests.flows.commerce.shop import Office, Shop, Trade, product


@pytest.fixture
def store(sqlite_databases: Databases) -> Iterator[Store]:
    """A journal; that it is the same on PostgreSQL is proved where it is written."""
    with Store.open(sqlite_databases.migrated()) as opened:
        yield opened


@pytest.fixture
def odoo() -> Office:
    return Office("odoo")


@pytest.fixture
def shop() -> Shop:
    return Shop("shop!")


@pytest.fixture
async def trade(store: Store, odoo: Office, shop: Shop) -> Trade:
    for sku, units in (("A", 10), ("B", 5)):
        id_ = odoo.put("product", product(sku), sku)
        odoo.stock(f"{id_}v0", units)
    trade = Trade(store, odoo, shop)
    await trade.settle()
    return trade
