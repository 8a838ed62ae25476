"""Reads orders, and what hangs on them: refunds, and the shipments in their metadata."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar

from qantara.connectors.base import Change
from qantara.connectors.woocommerce.client import Row
from qantara.connectors.woocommerce.mapping import order, refund, shipment
from qantara.connectors.woocommerce.mapping.values import stamp
from qantara.connectors.woocommerce.polling import Captured
from qantara.connectors.woocommerce.reading import Polled

FIELDS = (
    "id,number,status,currency,prices_include_tax,date_created_gmt,date_modified_gmt,"
    "date_paid_gmt,date_completed_gmt,total,total_tax,customer_id,customer_note,billing,shipping,"
    "payment_method,payment_method_title,transaction_id,meta_data,line_items,tax_lines,"
    "shipping_lines,fee_lines,coupon_lines,refunds,gift_cards"
)
PATH = "/orders"


class StoreOrders(Polled):
    """Orders; carts on their way through the till and the trash are none."""

    entity = "store_order"
    path = PATH
    fields = FIELDS
    params: ClassVar[Mapping[str, str]] = {"status": "any"}
    canonical = staticmethod(order.from_wire)

    async def take(self, rows: Sequence[Row]) -> list[Captured]:
        """No further call."""
        states = self.site.states()
        return [
            Captured(
                owner=str(row["id"]),
                at=stamp(row),
                changes=[self.change(str(row["id"]), stamp(row), {"order": row, "states": states})]
                if order.is_order(row)
                else [],
            )
            for row in rows
        ]

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """These orders; those in the trash are gone."""
        taken = await self.take(await self.rows(ids))
        return [change for one in taken for change in one.changes]

    async def ids(self) -> set[str]:
        """All ids."""
        asked = {"_fields": "id,status", **self.params, "orderby": "id", "order": "asc"}
        rows = await self.site.client.every(self.path, asked)
        return {str(row["id"]) for row in rows if order.is_order(row)}


class Refunds(Polled):
    """Refunds, by their orders: making one moves the time of the order."""

    entity = "refund"
    path = PATH
    fields = FIELDS
    params: ClassVar[Mapping[str, str]] = {"status": "any"}
    canonical = staticmethod(refund.from_wire)

    async def take(self, rows: Sequence[Row]) -> list[Captured]:
        """One call for each order that has refunds."""
        found = await asyncio.gather(*(self._of(row) for row in rows))
        return [
            Captured(owner=str(row["id"]), at=stamp(row), changes=changes)
            for row, changes in zip(rows, found, strict=True)
        ]

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """These refunds, with their orders."""
        rows = await self.rows([one.partition("/")[0] for one in ids])
        taken = await self.take(rows)
        found = {change.external_id: change for one in taken for change in one.changes}
        return [found[one] for one in ids if one in found]

    async def ids(self) -> set[str]:
        """Those that the orders name."""
        asked = {"_fields": "id,status,refunds", **self.params, "orderby": "id", "order": "asc"}
        rows = await self.site.client.every(self.path, asked)
        return {
            refund.refund_id(row["id"], one["id"])
            for row in rows
            if order.is_order(row)
            for one in row.get("refunds") or ()
        }

    async def _of(self, row: Row) -> list[Change]:
        if not row.get("refunds") or not order.is_order(row):
            return []
        made = await self.site.client.every(f"{PATH}/{row['id']}/refunds")
        return [
            self.change(
                refund.refund_id(row["id"], one["id"]), stamp(row), {"refund": one, "order": row}
            )
            for one in sorted(made, key=lambda one: int(one["id"]))
        ]


class Shipments(Polled):
    """What the hub has noted in orders; WooCommerce itself knows no shipments."""

    entity = "shipment"
    path = PATH
    fields = "id,status,date_created_gmt,date_modified_gmt,meta_data"
    params: ClassVar[Mapping[str, str]] = {"status": "any"}
    canonical = staticmethod(shipment.from_wire)

    async def take(self, rows: Sequence[Row]) -> list[Captured]:
        """No further call."""
        return [
            Captured(owner=str(row["id"]), at=stamp(row), changes=self._of(row)) for row in rows
        ]

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """These shipments."""
        taken = await self.take(await self.rows([one.partition("/")[0] for one in ids]))
        found = {change.external_id: change for one in taken for change in one.changes}
        return [found[one] for one in ids if one in found]

    async def ids(self) -> set[str]:
        """Those of all orders."""
        asked = {"_fields": "id,status,meta_data", **self.params, "orderby": "id", "order": "asc"}
        rows = await self.site.client.every(self.path, asked)
        return {shipment.shipment_id(row["id"], one) for row in rows for one in shipment.kept(row)}

    def _of(self, row: Row) -> list[Change]:
        return [
            self.change(
                shipment.shipment_id(row["id"], one),
                stamp(row),
                {"order": str(row["id"]), "kept": text},
            )
            for one, text in sorted(shipment.kept(row).items())
        ]
