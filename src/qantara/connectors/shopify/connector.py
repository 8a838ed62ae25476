"""Shopify as the hub sees it: which entity is what there, who reads it and who writes it.

| entity      | read from                    | written to                                   |
|-------------|------------------------------|----------------------------------------------|
| category    | Collection                   | Collection filled by hand                    |
| product     | Product with its variants    | productSet, and the first picture            |
| partner     | Customer; guests from orders |                                              |
| store_order | Order                        | its state: cancelled, held, released, sent   |
| refund      | Order.refunds                |                                              |
| warehouse   | Location                     |                                              |
| stock_level | InventoryLevel (available)   | inventorySetQuantities, compared             |
| shipment    | Order.fulfillments           | fulfillmentCreate, tracking, fulfillmentCancel |
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
    Written,
)
from qantara.connectors.shopify import finding, images, webhooks, wording
from qantara.connectors.shopify.catalogue import Products
from qantara.connectors.shopify.client import Client
from qantara.connectors.shopify.mapping.values import gid
from qantara.connectors.shopify.order_writing import OrderStates
from qantara.connectors.shopify.orders import Orders, Refunds, Shipments
from qantara.connectors.shopify.partners import Partners
from qantara.connectors.shopify.product_writing import Products as ProductWriter
from qantara.connectors.shopify.reading import Categories, Reader
from qantara.connectors.shopify.report import probe
from qantara.connectors.shopify.shipment_writing import Shipments as ShipmentWriter
from qantara.connectors.shopify.site import Site
from qantara.connectors.shopify.stock import StockLevels, Warehouses
from qantara.connectors.shopify.stock_writing import StockLevels as StockLevelWriter
from qantara.connectors.shopify.writing import Categories as CategoryWriter
from qantara.connectors.shopify.writing import Writer
from qantara.model import Record
from qantara.transport import NotFound, Rejected, Unsupported

READERS: dict[str, type[Reader]] = {
    "category": Categories,
    "product": Products,
    "partner": Partners,
    "store_order": Orders,
    "refund": Refunds,
    "warehouse": Warehouses,
    "stock_level": StockLevels,
    "shipment": Shipments,
}

WRITERS: dict[str, type[Writer]] = {
    "category": CategoryWriter,
    "product": ProductWriter,
    "store_order": OrderStates,
    "stock_level": StockLevelWriter,
    "shipment": ShipmentWriter,
}

DELETIONS: Mapping[str, tuple[str, str]] = {
    "category": ("collection_delete", "Collection"),
    "product": ("product_delete", "Product"),
}


class Shopify(Connector):
    """One shop."""

    manifest = Manifest.of(__package__ or "")

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.client = Client(connection)
        self._site = Site(connection, self.client)

    async def close(self) -> None:
        """Let go of the network. Safe to repeat."""
        await self.client.close()

    async def check(self, reads: Collection[str], writes: Collection[str]) -> Report:
        """Ask the shop who it is, and compare the app's scopes with what is needed."""
        return await probe(self._site, reads, writes)

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        """Pages by updatedAt, see `polling`; a large first load by a file, see `bulk`."""
        async for page in self._reader(entity).changes(cursor, scope):
            yield page

    async def count(self, entity: str, cursor: str, *, scope: str = "") -> int:
        """About how many records `changes` will bring."""
        return await self._reader(entity).count(cursor, scope)

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        """These records as they are now."""
        return await self._reader(entity).read(ids)

    async def ids(self, entity: str, *, scope: str = "") -> set[str]:
        """All ids of the entity, archived products and closed orders included."""
        return await self._reader(entity).ids(scope)

    async def content(self, entity: str, ids: Sequence[str]) -> Mapping[str, bytes]:
        """The first pictures of products."""
        if entity != "product":
            return await super().content(entity, ids)
        return await images.content(self._site, ids)

    def to_canonical(self, change: Change) -> Record:
        """The record in the hub's words, from the wire alone."""
        return self._reader(change.entity).canonical(change.wire)

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Ids by natural key."""
        return await finding.find(self._site, entity, keys)

    async def reworded(self, entity: str, records: Sequence[Record]) -> Sequence[Record]:
        """What a shop has no place for is left out."""
        del entity
        return await wording.reworded(self._site, records)

    async def lookup(self, entity: str, keys: Sequence[str]) -> Mapping[str, str]:
        """Ids by the key of an earlier write."""
        return await self._writer(entity).lookup(keys)

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        """Do these writes, as many side by side as the connection allows."""
        writer = self._writer(entity)
        return await writer.write(writes) if writes else []

    async def delete(self, entity: str, ids: Sequence[str]) -> Sequence[Outcome]:
        """Delete collections and products."""
        if entity not in DELETIONS:
            return await super().delete(entity, ids)
        return [await self._delete(*DELETIONS[entity], one) for one in ids]

    @classmethod
    def hear(cls, delivery: Delivery) -> Sequence[Event]:
        """What a webhook tells; a refund and a fulfilment also tell of their order."""
        return webhooks.heard(delivery)

    async def subscribe(self, entities: Collection[str], address: str) -> Sequence[Finding]:
        """Make the subscriptions that are missing, as Shopify deletes those that failed often."""
        return await webhooks.watch(self.client, entities, address)

    async def _delete(self, operation: str, kind: str, one: str) -> Outcome:
        try:
            await self.client.do(operation, id=gid(kind, one), drop=0)
        except NotFound:
            pass
        except Rejected as error:
            return error
        return Written(external_id=one)

    def _reader(self, entity: str) -> Reader:
        if entity not in READERS:
            raise Unsupported(f"{self.manifest.title} does not read {entity}.")
        return READERS[entity](self._site)

    def _writer(self, entity: str) -> Writer:
        if entity not in WRITERS:
            raise Unsupported(f"{self.manifest.title} does not write {entity}.")
        return WRITERS[entity](self._site)
