"""WooCommerce as the hub sees it: which entity lies where, who reads it and who writes it.

| entity      | read from                                | written to                              |
|-------------|------------------------------------------|-----------------------------------------|
| category    | /products/categories, compared in full   | /products/categories                    |
| product     | /products and their variations           | /products and their variations          |
| partner     | /customers; guests from /orders          |                                         |
| store_order | /orders                                  | their status, and a note                |
| refund      | /orders/<id>/refunds                     |                                         |
| warehouse   | the store itself                         |                                         |
| stock_level | stock of products and variations         | the same, after another look            |
| shipment    | our metadata of /orders                  | the same, a note, the status completed  |
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from qantara.connectors.base import (
    Change,
    Connection,
    Connector,
    Delivery,
    Event,
    Finding,
    Manifest,
    Outcome,
    Page,
    Report,
    Write,
)
from qantara.connectors.woocommerce import (
    finding,
    order_writing,
    reading,
    webhooks,
    wording,
    writing,
)
from qantara.connectors.woocommerce.client import Client
from qantara.connectors.woocommerce.orders import Refunds, Shipments, StoreOrders
from qantara.connectors.woocommerce.partners import Partners
from qantara.connectors.woocommerce.product_writing import Products as ProductWriter
from qantara.connectors.woocommerce.products import Products, StockLevels
from qantara.connectors.woocommerce.reading import Reader, no_scope
from qantara.connectors.woocommerce.report import probe
from qantara.connectors.woocommerce.site import Site
from qantara.connectors.woocommerce.stock_writing import StockLevels as StockWriter
from qantara.connectors.woocommerce.writing import Writer
from qantara.model import Product, Record
from qantara.transport import Unsupported

READERS: Mapping[str, type[Reader]] = {
    "category": reading.Categories,
    "product": Products,
    "partner": Partners,
    "store_order": StoreOrders,
    "refund": Refunds,
    "warehouse": reading.Warehouses,
    "stock_level": StockLevels,
    "shipment": Shipments,
}

WRITERS: Mapping[str, type[Writer]] = {
    "category": writing.Categories,
    "product": ProductWriter,
    "store_order": order_writing.StoreOrders,
    "stock_level": StockWriter,
    "shipment": order_writing.Shipments,
}


class WooCommerce(Connector):
    """One store."""

    manifest = Manifest.of(__package__ or "")

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.client = Client(connection)
        self._site = Site(connection, self.client)

    async def close(self) -> None:
        """Let go of the network. Safe to repeat."""
        await self.client.close()

    async def check(self, reads: Collection[str], writes: Collection[str]) -> Report:
        """Enter and see what the store is and lets the key do."""
        return await probe(self._site, reads, writes)

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        """Pages by the time of the last change, or by comparing all; see `polling` and `scanning`."""
        async for page in self._reader(entity, scope).changes(cursor):
            yield page

    async def count(self, entity: str, cursor: str, *, scope: str = "") -> int:
        """About how many records `changes` will bring."""
        return await self._reader(entity, scope).count(cursor)

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        """These records as they are now; what lies in the trash is gone."""
        return await self._reader(entity).read(ids)

    async def ids(self, entity: str, *, scope: str = "") -> set[str]:
        """All ids of the entity."""
        return await self._reader(entity, scope).ids()

    async def content(self, entity: str, ids: Sequence[str]) -> Mapping[str, bytes]:
        """The first pictures of products."""
        if entity != "product":
            return await super().content(entity, ids)
        return await Products(self._site).content(ids)

    def to_canonical(self, change: Change) -> Record:
        """The record in the hub's words, from the wire alone."""
        return self._reader(change.entity).canonical(change.wire)

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Ids by natural key."""
        return await finding.find(self._site, entity, keys)

    async def reworded(self, entity: str, records: Sequence[Record]) -> Sequence[Record]:
        """In the store's one language, without what it has no place for."""
        del entity
        priced = any(isinstance(one, Product) for one in records)
        currency = await self._site.currency() if priced else ""
        return [wording.reworded(one, self._site.language, currency) for one in records]

    async def lookup(self, entity: str, keys: Sequence[str]) -> Mapping[str, str]:
        """Ids by the key of an earlier write."""
        return await self._writer(entity).lookup(keys) if keys else {}

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        """Do these writes in batches of a size that the store bears."""
        writer = self._writer(entity)
        return await writer.write(writes) if writes else []

    @classmethod
    def hear(cls, delivery: Delivery) -> Sequence[Event]:
        """What a webhook tells."""
        return webhooks.hear(delivery)

    async def subscribe(self, entities: Collection[str], address: str) -> Sequence[Finding]:
        """Make the webhooks, and wake those that the store has put to sleep."""
        return await webhooks.watch(self._site, entities, address)

    def _reader(self, entity: str, scope: str = "") -> Reader:
        if entity not in READERS:
            raise Unsupported(f"{self.manifest.title} does not read {entity}.")
        no_scope(entity, scope)
        return READERS[entity](self._site)

    def _writer(self, entity: str) -> Writer:
        if entity not in WRITERS:
            raise Unsupported(f"{self.manifest.title} does not write {entity}.")
        return WRITERS[entity](self._site)
