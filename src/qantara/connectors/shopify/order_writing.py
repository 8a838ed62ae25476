"""The state of an order: cancelled, held, released, or sent with all that is left."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from qantara.connectors.base import Write
from qantara.connectors.shopify.mapping.exchange import parent
from qantara.connectors.shopify.parcels import HELD, OPEN, Parcels, grouped, parcels
from qantara.connectors.shopify.writing import Writer
from qantara.model import StoreOrder
from qantara.transport import OutcomeUnknown, Rejected

PATIENCE = 30.0
"""Seconds that a cancellation, which Shopify does in the background, is waited for."""

GLANCE = 0.3
"""Seconds between two looks at it."""

NOTE = 255
"""The longest note to the staff."""


class OrderStates(Writer):
    """Orders come from the shop; only their state is written."""

    async def write_one(self, write: Write) -> str:
        record = write.record
        if not isinstance(record, StoreOrder) or not write.external_id:
            raise Rejected(
                "Orders are made in the shop, not by Qantara.",
                remedy="Let the flow carry orders from the shop to Odoo.",
            )
        acts: Mapping[str, Callable[[Parcels], Awaitable[None]]] = {
            "cancelled": self._cancel,
            "on_hold": self._hold,
            "processing": self._release,
            "completed": self._complete,
        }
        if "state" not in write.fields:
            return write.external_id
        if parent(write.external_id) != write.external_id:
            raise Rejected(
                f"What is sent in exchange belongs to an order of Shopify's: it cannot be "
                f"{record.state.replace('_', ' ')} by itself.",
                remedy="Change the return, or its exchange, in Shopify.",
                field="state",
            )
        if record.state not in acts:
            raise Rejected(
                f"Shopify decides itself when an order is {record.state}.", field="state"
            )
        await acts[record.state](await parcels(self.site, write.external_id))
        return write.external_id

    async def _cancel(self, order: Parcels) -> None:
        """The goods are free again; money goes back by a refund, not from here."""
        if order.cancelled:
            return
        await self.client.do(
            "order_cancel",
            order=order.id,
            reason="OTHER",
            notify=self.site.notify,
            restock=True,
            refund={"originalPaymentMethodsRefund": False},
            note="Cancelled by Qantara."[:NOTE],
            drop=0,
        )
        await self._cancelled(order.id.rpartition("/")[2])

    async def _cancelled(self, order: str) -> None:
        waited = 0.0
        while not (await parcels(self.site, order)).cancelled:
            if waited >= PATIENCE:
                raise OutcomeUnknown("Shopify has not ended the cancellation of the order yet.")
            await asyncio.sleep(GLANCE)
            waited += GLANCE

    async def _hold(self, order: Parcels) -> None:
        """Nothing of it is packed until it is released."""
        for one in order.orders:
            if one["status"] in OPEN:
                await self.client.do(
                    "hold",
                    id=one["id"],
                    hold={"reason": "OTHER", "reasonNotes": "Held by Qantara."},
                    drop=0,
                )

    async def _release(self, order: Parcels) -> None:
        for one in order.orders:
            if one["status"] in HELD:
                await self.client.do("hold_release", id=one["id"], drop=0)

    async def _complete(self, order: Parcels) -> None:
        """All that is left leaves, without a number of a parcel; what left already stays."""
        if order.cancelled:
            raise Rejected("A cancelled order cannot be completed.", field="state")
        await self._release(order)
        for lines in grouped([(one, one.left) for one in order.remaining(OPEN | HELD)]):
            await self.client.do(
                "fulfillment_create",
                fulfillment={
                    "lineItemsByFulfillmentOrder": lines,
                    "notifyCustomer": self.site.notify,
                },
                message=None,
            )
