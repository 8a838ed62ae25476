"""Orders, and what becomes of them: refunds and fulfilments are told with their order."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from qantara.connectors.base import Change, Page, Wire
from qantara.connectors.shopify import bulk
from qantara.connectors.shopify.mapping import refund, shipment, store_order
from qantara.connectors.shopify.mapping.values import gid, number
from qantara.connectors.shopify.polling import stamp
from qantara.connectors.shopify.reading import Gathered, NodeReader, Reader
from qantara.model import Record


class Orders(NodeReader):
    """Orders, whole."""

    entity = "store_order"
    kind = "Order"
    listing = "orders_listing"
    counting = "orders_count"
    reading = "orders_read"

    async def changes(self, cursor: str, scope: str) -> AsyncIterator[Page]:
        self.unscoped(scope)
        async for page in bulk.changes(self, "bulk/orders", cursor, super().changes):
            yield page

    async def whole(self, node: dict[str, Any]) -> dict[str, Any]:
        """With the lines that did not fit the call."""
        await self.client.complete(node, "lineItems", "order_lines")
        for refunded in node["refunds"]:
            await self.client.complete(refunded, "refundLineItems", "refund_lines")
        return node

    def canonical(self, wire: Wire) -> Record:
        return store_order.from_wire(wire, self.site.purse, self.site.vat_attribute)

    async def loaded(self, nodes: Sequence[dict[str, Any]]) -> list[Change]:
        """Changes of what a file held; an order with refunds is asked for, for these are not in it."""
        asked = [number(node["id"]) for node in nodes if node["refunds"]]
        whole = await self.gather(asked) if asked else {}
        plain = [self.change(node, {}) for node in nodes if not node["refunds"]]
        every = [*plain, *(change for changes in whole.values() for change in changes)]
        return sorted(every, key=lambda change: change.version)


class OfOrders(Reader):
    """Records inside orders; a row is an order."""

    listing = "orders_listing"
    counting = "orders_count"
    reading: ClassVar[str]
    parts: ClassVar[str]
    lines: ClassVar[tuple[str, str]]

    async def gather(self, ids: Sequence[str]) -> Gathered:
        nodes = await self.client.nodes(self.reading, [gid("Order", one) for one in ids])
        for part in [part for node in nodes if node.get("id") for part in node[self.parts]]:
            await self.client.complete(part, *self.lines)
        return {number(one["id"]): tuple(self.inside(one)) for one in nodes if one.get("id")}

    @abstractmethod
    def inside(self, order: Mapping[str, Any]) -> Iterator[Change]:
        """The records of an order."""

    async def ids(self, scope: str) -> set[str]:
        found: set[str] = set()
        self.unscoped(scope)
        async for rows in self.rows(""):
            told = await self.gather([row.id for row in rows])
            found |= {one.external_id for changes in told.values() for one in changes}
        return found


class Refunds(OfOrders):
    """Money given back."""

    entity = "refund"
    reading = "refunds_read"
    parts = "refunds"
    lines = ("refundLineItems", "refund_lines")

    def inside(self, order: Mapping[str, Any]) -> Iterator[Change]:
        head = {name: order[name] for name in ("id", "name", "taxesIncluded")}
        for one in order["refunds"]:
            if refund.is_money(one):
                yield Change(
                    entity=self.entity,
                    external_id=refund.refund_id(number(order["id"]), number(one["id"])),
                    version=stamp(order["updatedAt"]),
                    wire={"order": head, "refund": one},
                )

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """By the order, which is the first half of an id."""
        orders = dict.fromkeys(one.partition("/")[0] for one in ids)
        told = await self.gather([one for one in orders if one.isdecimal()])
        return [one for found in told.values() for one in found if one.external_id in set(ids)]

    def canonical(self, wire: Wire) -> Record:
        return refund.from_wire(wire, self.site.purse)


class Shipments(OfOrders):
    """Deliveries that left."""

    entity = "shipment"
    reading = "fulfillments_read"
    parts = "fulfillments"
    lines = ("fulfillmentLineItems", "fulfillment_lines")

    def inside(self, order: Mapping[str, Any]) -> Iterator[Change]:
        head = {name: order[name] for name in ("id", "name")}
        for one in order["fulfillments"]:
            yield Change(
                entity=self.entity,
                external_id=number(one["id"]),
                version=stamp(order["updatedAt"]),
                wire={"order": head, "fulfillment": one},
            )

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """By the orders that these belong to."""
        wanted = [one for one in dict.fromkeys(ids) if one.isdecimal()]
        owners = await self.client.nodes(
            "fulfillment_owners", [gid("Fulfillment", one) for one in wanted]
        )
        orders = dict.fromkeys(number(one["order"]["id"]) for one in owners if one.get("order"))
        told = await self.gather(list(orders))
        return [one for found in told.values() for one in found if one.external_id in set(wanted)]

    def canonical(self, wire: Wire) -> Record:
        return shipment.from_wire(wire)
