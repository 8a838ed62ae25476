"""Orders, and what becomes of them: refunds and fulfilments are told with their order."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from qantara.connectors.base import Change, Page, Wire
from qantara.connectors.shopify import bulk
from qantara.connectors.shopify.exchanges import exchanges_of
from qantara.connectors.shopify.mapping import exchange, exchanged_order, refund, shipment
from qantara.connectors.shopify.mapping.values import gid, number
from qantara.connectors.shopify.polling import UNTOUCHED, stamp
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

    async def gather(self, ids: Sequence[str]) -> Gathered:
        """Each with the orders of what was sent in exchange for a part of it."""
        found = await super().gather(ids)
        return {one: (*changes, *_exchanged(changes[0])) for one, changes in found.items()}

    async def ids(self, scope: str) -> set[str]:
        """Orders, and what was sent in exchange; only those of which something came back are read."""
        self.unscoped(scope)
        found: set[str] = set()
        async for rows in self.rows(""):
            found |= {row.id for row in rows}
            if returned := [row.id for row in rows if row.returned]:
                told = await self.gather(returned)
                found |= {one.external_id for changes in told.values() for one in changes}
        return found

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """An order of what was sent in exchange is read with its own order."""
        orders = list(dict.fromkeys(exchange.parent(one) for one in ids))
        return [one for one in await super().read(orders) if one.external_id in set(ids)]

    async def whole(self, node: dict[str, Any]) -> dict[str, Any]:
        """With the lines that did not fit the call, and with its exchanges."""
        await self.client.complete(node, "lineItems", "order_lines")
        node["exchanges"] = await exchanges_of(self.client, node)
        for refunded in node["refunds"]:
            await self.client.complete(refunded, "refundLineItems", "refund_lines")
        return node

    def canonical(self, wire: Wire) -> Record:
        return exchanged_order.from_wire(wire, self.site.purse, self.site.vat_attribute)

    async def loaded(self, nodes: Sequence[dict[str, Any]]) -> list[Change]:
        """Changes of what a file held; an order with refunds is asked for, for these are not in it."""
        asked = [
            number(node["id"])
            for node in nodes
            if node["refunds"] or node["returnStatus"] != UNTOUCHED
        ]
        whole = await self.gather(asked) if asked else {}
        known = set(asked)
        plain = [self.change(node, {}) for node in nodes if number(node["id"]) not in known]
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
        await self.complete([node for node in nodes if node.get("id")])
        for part in [part for node in nodes if node.get("id") for part in node[self.parts]]:
            await self.client.complete(part, *self.lines)
        return {number(one["id"]): tuple(self.inside(one)) for one in nodes if one.get("id")}

    async def complete(self, orders: Sequence[dict[str, Any]]) -> None:
        """Ask for what else is needed of the orders."""

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
            if refund.is_money(one) or one["id"] in exchange.refund_ids(order["exchanges"]):
                yield Change(
                    entity=self.entity,
                    external_id=refund.refund_id(number(order["id"]), number(one["id"])),
                    version=stamp(order["updatedAt"]),
                    wire={"order": head, "refund": one, "exchanges": order["exchanges"]},
                )

    async def complete(self, orders: Sequence[dict[str, Any]]) -> None:
        for one in orders:
            one["exchanges"] = await exchanges_of(self.client, one)

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


def _exchanged(order: Change) -> Iterator[Change]:
    """The order itself stays as it was; what was sent in exchange is an order beside it."""
    node = order.wire["node"]
    for one in node["exchanges"]:
        yield Change(
            entity=order.entity,
            external_id=exchange.exchange_id(order.external_id, number(one["id"])),
            version=order.version,
            wire={"node": node, "exchange": one["id"]},
        )
