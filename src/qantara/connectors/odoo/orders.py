"""Reads purchase orders, sale orders, and the states that sale orders reach."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from qantara.connectors.base import Change, Page, Wire
from qantara.connectors.odoo.delivery import wanted_at
from qantara.connectors.odoo.mapping import order
from qantara.connectors.odoo.mapping.order import LineShape
from qantara.connectors.odoo.mapping.tables import Tables, TaxRow
from qantara.connectors.odoo.mapping.values import identity, number, text
from qantara.connectors.odoo.polling import Captured, Row, Stream
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.schema import real_name
from qantara.connectors.odoo.site import Site
from qantara.model import Record
from qantara.transport import Unsupported

Rows = list[dict[str, Any]]

ASKED = "asked"
"""The scope of a link that only looks at what it is told of."""


class _Orders(Reader):
    """What purchase and sale orders have in common: lines, units, taxes, a currency.

    Not every change of a line touches its order: both are watched.
    """

    entity: ClassVar[str]
    line: ClassVar[str]
    fields: ClassVar[Sequence[str]]
    page = 100

    async def changes(self, cursor: str, scope: str) -> AsyncIterator[Page]:
        """Pages of what changed; in the scope ASKED there is nothing that anybody waits for."""
        if scope != ASKED:
            async for page in super().changes(cursor, scope):
                yield page

    async def domain(self, scope: str) -> list[Any]:
        """In the scope ASKED none of its own accord: they are read by their ids."""
        return [("id", "=", 0)] if scope == ASKED else await super().domain(scope)

    @abstractmethod
    async def shape(self) -> LineShape:
        """The names of the lines' fields."""

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """Two calls; units, taxes and currencies come from memory."""
        domain = [*await self.domain(scope), ("id", "in", ids)]
        orders = await self.site.rows(self.model, domain, self.fields)
        shape = await self.shape()
        there = [row["id"] for row in orders]
        lines = await self.site.rows(
            self.line, [("order_id", "in", there)], shape.fields(), order="sequence, id"
        )
        tables = await self._tables(orders, lines, shape)
        joined = await self.joined(orders)
        by_order: dict[int, Rows] = {}
        for row in lines:
            by_order.setdefault(identity(row["order_id"]) or 0, []).append(row)
        wires = [
            self._wire(row, by_order.get(row["id"], []), tables, shape)
            | {name: told.get(row["id"]) for name, told in joined.items()}
            for row in orders
        ]
        return [
            self._captured(row, by_order.get(row["id"], []), wire)
            for row, wire in zip(orders, wires, strict=True)
        ]

    async def joined(self, orders: Rows) -> Mapping[str, Mapping[int, Any]]:
        """What is told of the orders besides, by its name and the order."""
        return {}

    async def _tables(self, orders: Rows, lines: Rows, shape: LineShape) -> Tables:
        reader = self.site.tables
        await reader.knowing("currencies", [identity(row["currency_id"]) or 0 for row in orders])
        await reader.knowing("units", [one for row in lines if (one := identity(row[shape.unit]))])
        return await reader.knowing("taxes", [one for row in lines for one in row[shape.taxes]])

    def _wire(
        self, row: Mapping[str, Any], lines: Rows, tables: Tables, shape: LineShape
    ) -> dict[str, Any]:
        currency = identity(row["currency_id"]) or 0
        return {
            "order": dict(row),
            "currency": tables.currencies.get(currency) or text(row["currency_id"][1]),
            "buyer": tables.company_partner,
            "lines": [_line(one, tables, shape) for one in lines],
        }

    def named_as(self, row: Mapping[str, Any], lines: Rows, wire: Wire) -> str:
        """The external id of what is told of the order."""
        return str(row["id"])

    def _captured(self, row: Mapping[str, Any], lines: Rows, wire: Wire) -> Captured:
        named = self.named_as(row, lines, wire)
        change = Change(
            entity=self.entity,
            external_id=named,
            version=max(text(one["write_date"]) for one in (row, *lines)),
            wire={**wire, "named": named},
            children={str(place): str(one["id"]) for place, one in enumerate(lines)},
        )
        seen = [
            Row(model=self.line, id=one["id"], written=text(one["write_date"])[:19])
            for one in lines
        ]
        return self.captured(row, change, seen)


class PurchaseOrders(_Orders):
    """purchase.order; scope "vendor:<partner id>" for what was really ordered from one vendor."""

    entity, model, line = "purchase_order", "purchase.order", "purchase.order.line"
    also = (Stream(model=line, owner="order_id"),)
    fields = order.PURCHASE

    @staticmethod
    def canonical(wire: Wire) -> Record:
        """The purchase order."""
        return order.purchase_from_wire(wire)

    async def domain(self, scope: str) -> list[Any]:
        """The vendor's orders, those to his addresses too, once they are confirmed."""
        kind, _, vendor = scope.partition(":")
        if kind == "vendor" and vendor.isdigit():
            ordered = ("state", "in", ["purchase", "done", "cancel"])
            return [("partner_id", "child_of", int(vendor)), ordered]
        return await super().domain(scope)

    async def shape(self) -> LineShape:
        """product_qty and date_planned are purchases' own."""
        return await purchase_shape(self.site)

    async def joined(self, orders: Rows) -> Mapping[str, Mapping[int, Any]]:
        """Where the goods are wanted."""
        return {"deliver_to": await wanted_at(self.site, orders)}


class SaleOrders(_Orders):
    """sale.order, quotations included."""

    entity, model, line = "sale_order", "sale.order", "sale.order.line"
    also = (Stream(model=line, owner="order_id"),)
    fields = order.SALE

    @staticmethod
    def canonical(wire: Wire) -> Record:
        """The sale order."""
        return order.sale_from_wire(wire)

    async def shape(self) -> LineShape:
        """product_uom_qty is sales' own."""
        return await sale_shape(self.site)


class OrderStates(Reader):
    """sale.order, as news of its state; the id is "<order id>:<state>"."""

    model = "sale.order"
    canonical = staticmethod(order.state_from_wire)

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """One call."""
        domain = [*await self.domain(scope), ("id", "in", ids)]
        names = ["name", "state", "locked", "write_date"]
        rows = await self.site.rows(self.model, domain, names)
        return [self.captured(row, _news(row)) for row in rows]

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """News that is still so; of an order in another state now there is none."""
        changes = await super().read([one.partition(":")[0] for one in ids])
        return [change for change in changes if change.external_id in set(ids)]

    async def ids(self, scope: str) -> set[str]:
        """Every order with the state it is in now."""
        return {
            one
            for found in (await self._states(await self.domain(scope))).values()
            for one in found
        }

    async def named(self, owners: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """The states that the orders are in now."""
        return await self._states([("id", "in", list(owners))])

    async def _states(self, domain: list[Any]) -> dict[int, list[str]]:
        rows = await self.site.rows(self.model, domain, ["name", "state", "locked"])
        return {row["id"]: [order.state_id(row)] for row in rows}


async def purchase_shape(site: Site) -> LineShape:
    """product_qty and date_planned are purchases' own."""
    names = {"quantity": "product_qty", "due": "date_planned", "done": "qty_received"}
    return await _shape(site, "purchase.order.line", names)


async def sale_shape(site: Site) -> LineShape:
    """product_uom_qty is sales' own."""
    names = {"quantity": "product_uom_qty", "done": "qty_delivered"}
    return await _shape(site, "sale.order.line", names)


async def _shape(site: Site, model: str, names: Mapping[str, str]) -> LineShape:
    """The names of the lines' fields in this version."""
    there = await site.client.fields(model)
    unit, taxes = real_name(model, there, "unit"), real_name(model, there, "taxes")
    if unit is None or taxes is None:
        raise Unsupported(
            f"{model} lacks its fields for the unit or the taxes here.",
            remedy="Have the module that removed them looked at, or give the user the right to see them.",
        )
    return LineShape(unit=unit, taxes=taxes, **names)


def _news(row: Mapping[str, Any]) -> Change:
    return Change(
        entity="order_state",
        external_id=order.state_id(row),
        version=text(row["write_date"]),
        wire={"order": dict(row)},
    )


def _line(row: Mapping[str, Any], tables: Tables, shape: LineShape) -> dict[str, Any]:
    unit = tables.units.get(identity(row[shape.unit]) or 0)
    taxes = [tables.taxes.get(one) or _foreign(one) for one in row[shape.taxes]]
    return {
        "id": row["id"],
        "display_type": row["display_type"],
        "name": row["name"],
        "product": identity(row["product_id"]),
        "quantity": row[shape.quantity],
        "unit": unit and {"name": unit.name, "category": unit.category, "factor": str(unit.factor)},
        "price": row["price_unit"],
        "discount": row.get("discount", 0),
        "taxes": [
            {"name": one.name, "kind": one.kind, "rate": str(one.rate), "included": one.included}
            for one in taxes
        ],
        "due": row.get(shape.due) if shape.due else None,
    }


def _foreign(tax: int) -> TaxRow:
    """A tax that is not of this company: the mapping refuses it by this name."""
    return TaxRow(
        name=f"number {tax}", kind="of another company", rate=number(0), included=False, use=""
    )
