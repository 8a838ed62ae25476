"""A shop on the stand-in with its connector, and the steps that tests take with both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from qantara.connectors.shopify.connector import Shopify
from qantara.sandbox.shopify import ShopifyStandIn
from tests.connectors.shopify.system import ShopifySystem

PLENTY = 10_000_000.0
"""Points: limits are tested apart."""


@asynccontextmanager
async def shop_of(
    *, settings: Any = None, bucket: float = PLENTY, restore: float = PLENTY, **options: Any
) -> AsyncIterator[tuple[Any, Any]]:
    """A shop that sells ITEM, and its connector."""
    with ShopifyStandIn(bucket=bucket, restore=restore, **options) as shop:
        system = ShopifySystem(shop, **(settings or {}))
        async with Shopify(system.connection()) as connector:
            yield system, connector


async def record(connector: Any, entity: str, one: str) -> Any:
    """The record as the shop holds it now."""
    (change,) = await connector.read(entity, [one])
    return connector.to_canonical(change)


async def walked(connector: Any, entity: str, cursor: str = "") -> Any:
    """All changes since the cursor, and the cursor after them."""
    pages = [page async for page in connector.changes(entity, cursor)]
    changes = [change for page in pages for change in page.changes]
    return changes, pages[-1].cursor if pages else cursor


def whole(order: Any) -> Decimal:
    """What the lines of an order come to."""
    return sum((one.net for one in order.lines), Decimal(0)) + order.tax
