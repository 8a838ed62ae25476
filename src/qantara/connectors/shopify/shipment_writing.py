"""Shipments: a fulfilment of what left, with its tracking numbers."""

import json

from qantara.connectors.base import Write
from qantara.connectors.shopify.mapping.product_input import NAMESPACE, own
from qantara.connectors.shopify.mapping.shipment import VOID, tracking
from qantara.connectors.shopify.mapping.values import gid, number
from qantara.connectors.shopify.parcels import Parcels, chosen, grouped, parcels
from qantara.connectors.shopify.writing import Writer
from qantara.model import Shipment
from qantara.transport import NotFound, Rejected

TRACKED = frozenset({"carrier", "tracking", "tracking_url"})


class Shipments(Writer):
    """A fulfilment has no place for our key: its order remembers it, and what was there before."""

    owner = "ORDER"
    asking = "shipments_by_key"
    own_key = "shipment"

    async def write_one(self, write: Write) -> str:
        record = write.record
        if not isinstance(record, Shipment):
            raise Rejected("This is no shipment.")
        if write.external_id:
            await self._update(write.external_id, record, write.fields)
            return write.external_id
        await self.define()
        if there := await self.by_key(write.key):
            return there
        return await self._create(record, write.key)

    async def by_key(self, key: str) -> str:
        """The first fulfilment that came after the order was told of this key."""
        told = await self.client.ask(self.asking, namespace=NAMESPACE, key=self.own_key, value=key)
        order = told["found"]
        if not order:
            return ""
        before = set(json.loads((order["before"] or {}).get("value") or "[]"))
        return next(
            (
                number(one["id"])
                for one in order["fulfillments"]
                if number(one["id"]) not in before and one["status"] not in VOID
            ),
            "",
        )

    async def _create(self, record: Shipment, key: str) -> str:
        order = await parcels(self.site, record.order.id)
        leaving = grouped(chosen(record.lines, order.remaining()))
        if not leaving:
            raise Rejected("The shipment holds nothing.", field="lines")
        await self._announce(order, key)
        made = [
            await self.client.do(
                "fulfillment_create",
                fulfillment={
                    "lineItemsByFulfillmentOrder": lines,
                    "notifyCustomer": self.site.notify,
                    "trackingInfo": tracking(record),
                },
                message=None,
            )
            for lines in leaving
        ]
        return number(made[0]["fulfillment"]["id"])

    async def _announce(self, order: Parcels, key: str) -> None:
        before = json.dumps([number(one["id"]) for one in order.fulfillments])
        wanted = [own("shipment", key, "id"), own("shipments_before", before, "json")]
        await self.client.do(
            "metafields_set", metafields=[{"ownerId": order.id, **one} for one in wanted]
        )

    async def _update(self, one: str, record: Shipment, fields: frozenset[str]) -> None:
        owners = await self.client.nodes("fulfillment_owners", [gid("Fulfillment", one)])
        if not any(each.get("id") for each in owners):
            raise NotFound(f"The fulfilment {one} is not in Shopify any more.")
        if "cancelled" in fields and record.cancelled:
            await self.client.do("fulfillment_cancel", id=gid("Fulfillment", one), drop=0)
        elif fields & TRACKED:
            await self.client.do(
                "tracking_update",
                id=gid("Fulfillment", one),
                tracking=tracking(record),
                notify=self.site.notify,
            )
