"""Odoo as the hub sees it: which entity is which model, who reads it and who writes it.

| entity         | read from                            | written to                           |
|----------------|--------------------------------------|--------------------------------------|
| category       | product.category                     | product.category                     |
| partner        | res.partner                          | res.partner                          |
| product        | product.template and product.product | product.template and product.product |
| warehouse      | stock.warehouse                      | stock.location (transit, no company) |
| stock_level    | stock.quant                          | stock.quant of such a location       |
| replenishment  | stock.quant and reordering rules     | stock.warehouse.orderpoint           |
| purchase_order | purchase.order                       | purchase.order (vendor's reference)  |
| sale_order     | sale.order                           | sale.order                           |
| order_state    | sale.order                           |                                      |
| order_refusal  | mail.message (our own remarks)       |                                      |
| order_terms    | sale.order                           | mail.message on a purchase.order     |
| purchase_terms | purchase.order                       |                                      |
| accepted_terms |                                      | purchase.order                       |
| offer          | product.product, quants, moves       | x_qantara_offer (lines of the board) |
| request        | x_qantara_request                    | x_qantara_request (what became of it)|
| transfer       | stock.picking                        | stock.picking (outgoing drafts)      |
| receipt        | stock.picking                        | stock.picking                        |
| order_standing | sale.order                           |                                      |
| order_action   |                                      | sale.order, purchase.order           |
| note           |                                      | mail.message                         |
| question       |                                      | mail.message with buttons            |
| message        | mail.message and ir.attachment       | mail.message and ir.attachment       |
| store_order    | sale.order                           | sale.order, account.move and payment |
| refund         | account.move (out_refund)            | account.move, sale.order, return     |
| shipment       | stock.picking (done, outgoing)       |                                      |
"""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from qantara.connectors.base import (
    Change,
    Connection,
    Connector,
    Delivery,
    Digest,
    Event,
    Finding,
    Manifest,
    Outcome,
    Page,
    Report,
    Write,
)
from qantara.connectors.odoo import (
    deleting,
    files,
    finding,
    reading,
    summing,
    watching,
    wording,
    writing,
)
from qantara.connectors.odoo.capture import Capture, heard
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.doorbell import Doorbell
from qantara.connectors.odoo.furniture import Furniture, Order, overpowered
from qantara.connectors.odoo.message_writing import Messages as MessageWriter
from qantara.connectors.odoo.messages import Messages
from qantara.connectors.odoo.needs import NEEDS
from qantara.connectors.odoo.notes import Notes
from qantara.connectors.odoo.offers import Offers, OfferWriter
from qantara.connectors.odoo.order_actions import OrderActions
from qantara.connectors.odoo.order_writing import SaleOrderWriter
from qantara.connectors.odoo.orders import OrderStates, PurchaseOrders, SaleOrders
from qantara.connectors.odoo.outbox import Outbox
from qantara.connectors.odoo.polling import Stream
from qantara.connectors.odoo.preparation import Preparation, Wish
from qantara.connectors.odoo.product_writing import Products as ProductWriter
from qantara.connectors.odoo.products import Products
from qantara.connectors.odoo.purchase_writing import PurchaseOrderWriter
from qantara.connectors.odoo.questions import Questions
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.receipts import ReceiptWriter
from qantara.connectors.odoo.refund_writing import RefundWriter
from qantara.connectors.odoo.refunds import Refunds
from qantara.connectors.odoo.refusals import OrderRefusals
from qantara.connectors.odoo.replenishment import Replenishing, Replenishments
from qantara.connectors.odoo.report import probe
from qantara.connectors.odoo.requests import Requests, RequestWriter
from qantara.connectors.odoo.shipments import Shipments
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.standings import AskedOrders, OrderStandings
from qantara.connectors.odoo.stock import StockLevels, Warehouses
from qantara.connectors.odoo.stock_writing import StockLevelWriter, WarehouseWriter
from qantara.connectors.odoo.store_order_writing import StoreOrderWriter
from qantara.connectors.odoo.store_orders import StoreOrders
from qantara.connectors.odoo.tables import TableReader
from qantara.connectors.odoo.terms import OrderTerms, PurchaseTerms
from qantara.connectors.odoo.terms_writing import AcceptedTerms, Proposals
from qantara.connectors.odoo.transfer_drafting import TransferDrafts
from qantara.connectors.odoo.transfers import Receipts, Transfers
from qantara.connectors.odoo.writing import Writer
from qantara.model import Record
from qantara.transport import Unsupported

READERS: dict[str, type[Reader]] = {
    "category": reading.Categories,
    "partner": reading.Partners,
    "product": Products,
    "warehouse": Warehouses,
    "stock_level": StockLevels,
    "replenishment": Replenishments,
    "purchase_order": PurchaseOrders,
    "sale_order": SaleOrders,
    "order_state": OrderStates,
    "order_standing": OrderStandings,
    "question": AskedOrders,
    "order_refusal": OrderRefusals,
    "order_terms": OrderTerms,
    "purchase_terms": PurchaseTerms,
    "message": Messages,
    "offer": Offers,
    "request": Requests,
    "transfer": Transfers,
    "receipt": Receipts,
    "store_order": StoreOrders,
    "refund": Refunds,
    "shipment": Shipments,
}

WRITERS: dict[str, type[Writer]] = {
    "category": writing.Categories,
    "partner": writing.Partners,
    "product": ProductWriter,
    "warehouse": WarehouseWriter,
    "stock_level": StockLevelWriter,
    "replenishment": Replenishing,
    "purchase_order": PurchaseOrderWriter,
    "sale_order": SaleOrderWriter,
    "order_terms": Proposals,
    "accepted_terms": AcceptedTerms,
    "receipt": ReceiptWriter,
    "note": Notes,
    "question": Questions,
    "order_action": OrderActions,
    "message": MessageWriter,
    "offer": OfferWriter,
    "request": RequestWriter,
    "transfer": TransferDrafts,
    "store_order": StoreOrderWriter,
    "refund": RefundWriter,
}

UNSUMMED = frozenset({"warehouse", "offer", "message", "replenishment"})
"""Entities of which no range is summed up: their ids are not one model's, what tells is not stored,
or some that can be read are not among the ids, as the messages that the hub itself has posted."""


class Odoo(Connector):
    """One Odoo database seen through one of its companies."""

    manifest = Manifest.of(__package__ or "")

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.client = Client(connection)
        self._outbox = Outbox(connection, self.client)
        tables = TableReader(connection, self.client)
        self._tables = tables
        self._site = Site(connection, self.client, tables, self._outbox)
        self._capture = Capture(self._site, self._outbox, READERS)

    async def close(self) -> None:
        """Let go of the network. Safe to repeat."""
        await self.client.close()

    async def check(self, reads: Collection[str], writes: Collection[str]) -> Report:
        """Log in and compare what is there with what these entities need."""
        return await probe(self.client, reads, writes, NEEDS)

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        """Pages by write_date, see `polling`."""
        with self._noticing():
            async for page in self._reader(entity).changes(cursor, scope):
                yield page

    async def count(self, entity: str, cursor: str, *, scope: str = "") -> int:
        """About how many records `changes` will bring."""
        return await self._reader(entity).count(cursor, scope)

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        """These records as they are now."""
        with self._noticing():
            return await self._reader(entity).read(ids)

    async def ids(self, entity: str, *, scope: str = "") -> set[str]:
        """All ids of the entity, archived records included."""
        return await self._reader(entity).ids(scope)

    async def digests(
        self, entity: str, bounds: Sequence[tuple[str, str]], *, scope: str = ""
    ) -> Sequence[Digest]:
        """What each range of ids amounts to; see `summing`."""
        if entity not in READERS or entity in UNSUMMED:
            return await super().digests(entity, bounds, scope=scope)
        return await summing.digests(self._reader(entity), bounds, scope)

    async def content(self, entity: str, ids: Sequence[str]) -> Mapping[str, bytes]:
        """The pictures of products."""
        if entity != "product":
            return await super().content(entity, ids)
        return await Products(self._site).content(ids)

    async def fetch(self, entity: str, id_: str, to: Path) -> None:
        """A file of a message."""
        if entity != "message":
            await super().fetch(entity, id_, to)
            return
        await files.fetch(self._site, id_, to)

    def to_canonical(self, change: Change) -> Record:
        """The record in the hub's words, from the wire alone."""
        return self._reader(change.entity).canonical(change.wire)

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Ids by natural key, one call for each kind of key."""
        return await finding.find(self._site, entity, keys)

    def heed(
        self,
        said: Mapping[tuple[str, str], str],
        given: Mapping[tuple[str, str], str] = {},
    ) -> None:
        """What was decided about units and taxes."""
        super().heed(said, given)
        self._tables.heed(self.answers)

    async def reworded(self, entity: str, records: Sequence[Record]) -> Sequence[Record]:
        """Units as this Odoo calls them."""
        return await wording.reworded(self._site, records)

    async def lookup(self, entity: str, keys: Sequence[str]) -> Mapping[str, str]:
        """Ids by the key of an earlier write."""
        writer = self._writer(entity)
        return await writer.lookup(keys)

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        """Do these writes in as few calls as Odoo allows."""
        writer = self._writer(entity)
        with self._noticing():
            return await writer.write(writes) if writes else []

    async def delete(self, entity: str, ids: Sequence[str]) -> Sequence[Outcome]:
        """Delete categories, partners and products that nothing in Odoo needs any more."""
        if entity == "message":
            return await MessageWriter(self._site).empty(ids)
        return await deleting.delete(self._site, entity, ids)

    @classmethod
    def hear(cls, delivery: Delivery) -> Sequence[Event]:
        """What a webhook of Odoo's own tells (17 and later)."""
        return heard(READERS, delivery)

    async def subscribe(self, entities: Collection[str], address: str) -> Sequence[Finding]:
        """Mend the rules of the outbox.

        Webhooks to the address are made beside them (17 and later) where the setting `webhooks`
        says yes: they delay whoever saves in Odoo, and the bus rings without them.
        """
        wanted = self.connection.settings.get("webhooks") == "yes"
        streams = await self._streams(entities)
        return await watching.watch(self._outbox, streams, address if wanted else "")

    async def pull(self, limit: int) -> Sequence[Event]:
        """The events of the oldest rows of the outbox; Unsupported where there is none."""
        return await self._capture.pull(limit)

    async def forget(self, events: Sequence[Event]) -> None:
        """Delete the rows of these events; give all events of a pull, and only once all are kept."""
        await self._capture.forget(events)

    def doorbell(self) -> AsyncIterator[Event]:
        """Rings of the bus, over Odoo's websocket. The first says that the line is open."""
        return Doorbell(self.client, self._outbox, READERS).rings()

    async def preparation(
        self, entities: Collection[str], *, by: Connection | None = None, group: str = ""
    ) -> Preparation:
        """How the outbox for these entities is made or removed, as the user of `by`."""
        self.client.forget_fields()
        wish = Wish(
            connection=self.connection,
            user=(await self.client.enter()).uid,
            streams=await self._streams(entities),
            group=group,
        )
        return Preparation(Client(by or self.connection), wish)

    async def furniture(
        self, reads: Collection[str], writes: Collection[str], *, by: Connection | None = None
    ) -> Furniture:
        """How what these entities need over there is made or removed, as the user of `by`."""
        user = (await self.client.enter()).uid
        order = Order(connection=self.connection, user=user, reads=reads, writes=writes)
        return Furniture(Client(by or self.connection), order)

    async def excess(self) -> Sequence[Finding]:
        """Warnings that the user of the connection may do more than he needs day by day."""
        return [found] if (found := await overpowered(self.client)) else []

    async def _streams(self, entities: Collection[str]) -> list[Stream]:
        """Those of entities whose models are there: some are made with the furniture."""
        found: list[Stream] = []
        for reader in [self._reader(entity) for entity in sorted(entities)]:
            with suppress(Unsupported):
                found += await reader.streams("")
        return found

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        """A field that is gone over there is known to be gone from the next call on."""
        try:
            yield
        except Unsupported:
            self.client.forget_fields()
            raise

    def _reader(self, entity: str) -> Reader:
        if entity not in READERS:
            raise Unsupported(f"{self.manifest.title} does not read {entity}.")
        return READERS[entity](self._site)

    def _writer(self, entity: str) -> Writer:
        if entity not in WRITERS:
            raise Unsupported(f"{self.manifest.title} does not write {entity}.")
        return WRITERS[entity](self._site)
