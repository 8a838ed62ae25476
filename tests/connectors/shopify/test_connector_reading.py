"""How a shop is entered, listed and listened to."""

import pytest

from qantara.connectors.base import Connection
from qantara.connectors.shopify import polling
from qantara.connectors.shopify.connector import Shopify
from qantara.sandbox.shopify import (
    Item,
)
from qantara.transport import RetryLater
from tests.connectors.shopify.shop import shop_of, walked


@pytest.mark.parametrize("entity", ["product", "store_order"])
async def test_a_first_load_by_file_brings_what_pages_bring(entity):
    async with shop_of(settings={"bulk": "yes"}) as (system, connector):
        system.seed(entity, 130)
        if entity == "store_order":
            order = system.shop.order(items=[Item(sku="ITEM", quantity=2)], email="a@example.com")
            system.shop.refund(order, items={"ITEM": 1})
        pages = [page async for page in connector.changes(entity, "")]
        filed = {
            one.external_id: connector.to_canonical(one) for page in pages for one in page.changes
        }
        asked = await connector.read(entity, sorted(filed))
        half = next(page.cursor for page in pages if page.changes)
        async with Shopify(system.connection()) as other:
            rest, _ = await walked(other, entity, half)
        quiet, _ = await walked(connector, entity, pages[-1].cursor)
        every = await connector.ids(entity)

    assert system.shop.rows("BulkOperation")
    assert set(filed) == every
    assert {one.external_id: connector.to_canonical(one) for one in asked} == filed
    first = {one.external_id for page in pages for one in page.changes if page.cursor == half}
    assert every - first <= {one.external_id for one in rest}
    assert quiet == []


async def test_without_a_file_pages_bring_everything():
    async with shop_of(settings={"bulk": "yes"}) as (system, connector):
        seeded = set(system.seed("product", 3))
        system.shop.fault("throttled", model="mutation", method="bulkOperationRunQuery")
        with pytest.raises(RetryLater):
            await walked(connector, "product")
        changes, _ = await walked(connector, "product")

    assert seeded <= {one.external_id for one in changes}


async def test_a_listing_goes_on_beyond_its_end(monkeypatch):
    """Shopify ends a listing at 25,000 records; here at 500, of which 250 are a page."""
    monkeypatch.setattr(polling, "WINDOW", 250)
    async with shop_of() as (system, connector):
        seeded = set(system.seed("category", 240))
        system.shop.advance(2)
        seeded |= set(system.seed("category", 240))
        system.shop.advance(2)
        seeded |= set(system.seed("category", 100))
        system.shop.reach = 500
        changes, _ = await walked(connector, "category")

    came = [one.external_id for one in changes]
    assert seeded <= set(came)
    assert len(came) == len(set(came))


async def test_missing_scopes_are_named_with_what_they_are_for():
    async with shop_of() as (system, connector):
        system.shop.deny("write_products", "read_locations")
        report = await connector.check(connector.manifest.reads, connector.manifest.writes)

    missing = [one for one in report.findings if one.level == "missing"]
    assert not report.usable
    assert {scope for scope in ("write_products", "read_locations") if scope in str(missing)} == {
        "write_products",
        "read_locations",
    }
    assert all(one.remedy for one in missing)
    assert report.facts["currency"] == "SAR"


async def test_subscriptions_are_made_and_made_again():
    address = "https://hub.example/hooks/shop"
    async with shop_of() as (system, connector):
        made = await connector.subscribe(connector.manifest.webhooks, address)
        quiet = await connector.subscribe(connector.manifest.webhooks, address)
        gone = system.shop.rows("WebhookSubscription")[0]
        with system.shop.lock:
            system.shop.store.drop(system.shop.store.must("WebhookSubscription", gone["id"]))
        again = await connector.subscribe(connector.manifest.webhooks, address)

    assert len(made) > 10
    assert quiet == []
    assert len(again) == 1


async def test_with_a_real_bucket_no_call_is_throttled():
    async with shop_of(bucket=2000.0, restore=4000.0) as (system, connector):
        system.seed("store_order", 120)
        await connector.ids("store_order")
        system.shop.clear()
        for _ in range(2):
            await walked(connector, "store_order")
        refused = [call for call in system.shop.calls if call.error]

    assert refused == []


async def test_a_shop_that_is_not_there_is_named():
    async with Shopify(
        Connection(name="shop", connector="shopify", url="http://127.0.0.1:9", private=True)
    ) as connector:
        with pytest.raises(RetryLater, match="127"):
            await connector.check((), ())
