"""A connector to a stand-in shop, and what comes of polls and writes, for the tests beside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from typing import Any

from qantara.connectors.base import Connection, Outcome, Write, Written
from qantara.connectors.woocommerce.connector import WooCommerce
from qantara.model import Record
from qantara.sandbox.woocommerce import WooCommerceStandIn


def connection(shop: WooCommerceStandIn, *, secret: str = "", **settings: str) -> Connection:
    """How to enter the shop; customers and categories are compared at every poll."""
    return Connection(
        name="shop",
        connector="woocommerce",
        url=shop.url,
        settings={"login": shop.key, "compare_minutes": "0", **settings},
        secrets={"key": shop.secret, **({"webhook": secret} if secret else {})},
        private=True,
    )


@asynccontextmanager
async def entered(
    shop: WooCommerceStandIn, *, secret: str = "", **settings: str
) -> AsyncIterator[WooCommerce]:
    """A connector, as after a restart."""
    async with WooCommerce(connection(shop, secret=secret, **settings)) as connector:
        yield connector


async def read(connector: WooCommerce, entity: str, one: object) -> Any:
    """The record as the shop holds it."""
    (change,) = await connector.read(entity, [str(one)])
    return connector.to_canonical(change)


async def news(connector: WooCommerce, entity: str, cursor: str = "") -> list[Any]:
    """All records that changed since the cursor."""
    pages = connector.changes(entity, cursor)
    return [connector.to_canonical(one) async for page in pages for one in page.changes]


async def outcome(connector: WooCommerce, entity: str, intended: Write) -> Outcome:
    """What became of one write."""
    (told,) = await connector.write(entity, [intended])
    return told


async def made(connector: WooCommerce, entity: str, intended: Write) -> str:
    """Do one write that must go through; the record's id."""
    told = await outcome(connector, entity, intended)
    if not isinstance(told, Written):
        raise told
    return told.external_id


def intent(record: Record, *names: str, key: str = "key", one: str | None = None) -> Write:
    """A write of the named fields, of all when none is named."""
    every = {known.name for known in fields(record)} - {"extra"}
    return Write(key=key, record=record, fields=frozenset(names or every), external_id=one)
