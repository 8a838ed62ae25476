"""Reads credit notes as refunds of a store's orders; where there was no invoice yet, notes on them.

The id of a note on an order is "line:<id>".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qantara.connectors.base import Change
from qantara.connectors.odoo.mapping import refund
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import identity, text
from qantara.connectors.odoo.polling import Captured
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.store_orders import source_domain

Rows = list[dict[str, Any]]

NOTE = "line:"
LINE = (
    "move_id",
    "sequence",
    "display_type",
    "name",
    "product_id",
    "quantity",
    "price_subtotal",
    "price_total",
    "tax_ids",
)


class Refunds(Reader):
    """account.move of the type out_refund; scope "store:<source>" for the orders of one store."""

    model = "account.move"
    page = 100
    canonical = staticmethod(refund.from_wire)

    async def domain(self, scope: str) -> list[Any]:
        """Credit notes for customers; in a scope those of its orders."""
        notes: list[Any] = [("move_type", "=", "out_refund")]
        if not scope:
            return notes
        orders = "invoice_line_ids.sale_line_ids.order_id.origin"
        return [*notes, *source_domain(scope, orders)]

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """Three calls; taxes and currencies come from memory."""
        domain = [*await self.domain(scope), ("id", "in", list(ids))]
        moves = await self.site.rows(self.model, domain, refund.FIELDS)
        of = [("move_id", "in", [row["id"] for row in moves])]
        shown = [*of, ("display_type", "in", [False, "product"])]
        lines = await self.site.rows("account.move.line", shown, LINE, order="sequence, id")
        origins = sorted({name for row in moves if (name := text(row["invoice_origin"]))})
        orders = await self.site.rows("sale.order", [("name", "in", origins)], ["name"])
        by_name = {text(row["name"]): row["id"] for row in orders}
        reader = self.site.tables
        await reader.knowing("currencies", [identity(row["currency_id"]) or 0 for row in moves])
        tables = await reader.knowing("taxes", [one for row in lines for one in row["tax_ids"]])
        by_move: dict[int, Rows] = {}
        for row in lines:
            by_move.setdefault(identity(row["move_id"]) or 0, []).append(row)
        return [
            self.captured(row, _change(row, by_move.get(row["id"], []), by_name, tables))
            for row in moves
        ]

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """Credit notes, and notes on orders that were reduced before their invoice."""
        notes = [int(one.removeprefix(NOTE)) for one in ids if one.startswith(NOTE)]
        found = await super().read([one for one in ids if not one.startswith(NOTE)])
        if not notes:
            return found
        names = ["name", "order_id", "write_date"]
        rows = await self.site.rows("sale.order.line", [("id", "in", notes)], names)
        return [*found, *(_noted(row) for row in rows if refund.marked(text(row["name"])))]


def _noted(row: Mapping[str, Any]) -> Change:
    return Change(
        entity="refund",
        external_id=f"{NOTE}{row['id']}",
        version=text(row["write_date"]),
        wire={"note": dict(row)},
    )


def _change(
    row: Mapping[str, Any], lines: Rows, orders: Mapping[str, int], tables: Tables
) -> Change:
    currency = identity(row["currency_id"]) or 0
    return Change(
        entity="refund",
        external_id=str(row["id"]),
        version=text(row["write_date"]),
        wire={
            "move": dict(row),
            "order": orders.get(text(row["invoice_origin"])),
            "currency": tables.currencies.get(currency) or text(row["currency_id"][1]),
            "lines": [_line(one, tables) for one in lines],
        },
    )


def _line(row: Mapping[str, Any], tables: Tables) -> dict[str, Any]:
    taxes = [tables.taxes[one] for one in row["tax_ids"] if one in tables.taxes]
    return {
        "product": identity(row["product_id"]),
        "quantity": row["quantity"],
        "net": row["price_subtotal"],
        "total": row["price_total"],
        "taxes": [{"name": one.name, "rate": str(one.rate)} for one in taxes],
    }
