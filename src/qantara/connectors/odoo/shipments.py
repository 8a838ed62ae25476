"""Reads done deliveries as shipments of orders: what left, with which carrier and numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from qantara.connectors.base import Change
from qantara.connectors.odoo.mapping import shipment
from qantara.connectors.odoo.mapping.values import identity, text
from qantara.connectors.odoo.polling import Captured, Stream
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.schema import real_name
from qantara.connectors.odoo.store_orders import source_domain
from qantara.transport import Unsupported

MOVE = "stock.move"
LEFT = (("state", "=", "done"), ("picking_type_code", "=", "outgoing"))


class Shipments(Reader):
    """stock.picking, done and outgoing, of sale orders; scope "store:<source>" for one store's."""

    model = "stock.picking"
    page = 100
    canonical = staticmethod(shipment.from_wire)

    async def streams(self, scope: str) -> Sequence[Stream]:
        """Deliveries alone: what is done is not changed any more, but for carrier and numbers."""
        if "sale_id" not in await self.site.client.fields(self.model):
            raise Unsupported(
                "The deliveries of this Odoo know no sale orders.",
                remedy="Install the apps Sales and Inventory there.",
            )
        return await super().streams(scope)

    async def domain(self, scope: str) -> list[Any]:
        """Deliveries of sale orders; in a scope those of one store."""
        left: list[Any] = [*LEFT, ("sale_id", "!=", False)]
        return [*left, *source_domain(scope, "sale_id.origin")] if scope else left

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """Two calls."""
        domain = [*await self.domain(scope), ("id", "in", list(ids))]
        rows = await self.site.rows(self.model, domain, shipment.FIELDS)
        quantity = real_name(MOVE, await self.site.client.fields(MOVE), "done") or "quantity"
        of = [("picking_id", "in", [row["id"] for row in rows]), ("state", "=", "done")]
        moves = await self.site.rows(MOVE, of, ["picking_id", "product_id", quantity])
        lines: dict[int, list[dict[str, Any]]] = {}
        for move in moves:
            told = {"product": identity(move["product_id"]), "quantity": move[quantity]}
            lines.setdefault(identity(move["picking_id"]) or 0, []).append(told)
        return [self.captured(row, _change(row, lines.get(row["id"], []))) for row in rows]


def _change(row: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Change:
    return Change(
        entity="shipment",
        external_id=str(row["id"]),
        version=text(row["write_date"]),
        wire={"picking": dict(row), "lines": [dict(line) for line in lines]},
    )
