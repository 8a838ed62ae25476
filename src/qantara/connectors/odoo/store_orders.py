"""Reads sale orders as orders of a web store: amounts, addresses, what was paid and sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.base import Change
from qantara.connectors.odoo.delivery import addresses_told
from qantara.connectors.odoo.mapping import store_order
from qantara.connectors.odoo.mapping.order import LineShape
from qantara.connectors.odoo.mapping.tables import Tables, TaxRow
from qantara.connectors.odoo.mapping.values import distinct, identity, number, text
from qantara.connectors.odoo.orders import sale_shape
from qantara.connectors.odoo.polling import Captured, Row, Stream
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.site import Site
from qantara.transport import AuthFailed, Unsupported

Rows = list[dict[str, Any]]
ById = Mapping[int, Mapping[str, Any]]

INVOICE = ("move_type", "state", "payment_state", "amount_total", "amount_residual")
SETTLED = frozenset({"paid", "in_payment", "reversed"})
CONTACT = ("name", "email", "phone", "vat", "parent_id", "company_name")
NOBODY = {
    **dict.fromkeys(("name", "company", "email", "phone", "vat"), ""),
    **dict.fromkeys(("street", "street2", "city", "zip", "state", "country"), ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What the orders of one page refer to."""

    people: ById
    goods: frozenset[int]
    invoices: ById
    tables: Tables
    shape: LineShape


class StoreOrders(Reader):
    """sale.order; scope "store:<source>" for the orders of one store."""

    model = "sale.order"
    also = (Stream(model="sale.order.line", owner="order_id"),)
    page = 100
    canonical = staticmethod(store_order.from_wire)

    async def domain(self, scope: str) -> list[Any]:
        """The orders whose source is the store's name."""
        return [*source_domain(scope, "origin")] if scope else []

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """Six calls; units, taxes and currencies come from memory."""
        domain = [*await self.domain(scope), ("id", "in", list(ids))]
        orders = await self.site.rows(self.model, domain, store_order.FIELDS)
        there = [row["id"] for row in orders]
        shape = await sale_shape(self.site)
        names = (*shape.facts(), *store_order.AMOUNTS)
        found = [("order_id", "in", there)]
        lines = await self.site.rows("sale.order.line", found, names, order="sequence, id")
        beside = await self._beside(orders, lines, shape)
        by_order: dict[int, Rows] = {}
        for row in lines:
            by_order.setdefault(identity(row["order_id"]) or 0, []).append(row)
        return [self._captured(row, by_order.get(row["id"], []), beside) for row in orders]

    async def _beside(self, orders: Rows, lines: Rows, shape: LineShape) -> _Beside:
        tables = self.site.tables
        await tables.knowing("currencies", [identity(row["currency_id"]) or 0 for row in orders])
        known = await tables.knowing("taxes", [one for row in lines for one in row[shape.taxes]])
        products = distinct(identity(row["product_id"]) for row in lines)
        kinds = await self.site.rows("product.product", [("id", "in", products)], ["type"])
        who = [
            row[name] for row in orders for name in ("partner_invoice_id", "partner_shipping_id")
        ]
        return _Beside(
            people=await contacts(self.site, distinct(identity(one) for one in who)),
            goods=frozenset(row["id"] for row in kinds if row["type"] != "service"),
            invoices=await self._invoices([one for row in orders for one in row["invoice_ids"]]),
            tables=known,
            shape=shape,
        )

    async def _invoices(self, ids: Sequence[int]) -> ById:
        """Invoices and credit notes; none for a user who may not see them."""
        if not ids:
            return {}
        try:
            rows = await self.site.rows("account.move", [("id", "in", list(ids))], INVOICE)
        except AuthFailed:
            return {}
        return {row["id"]: row for row in rows}

    def _captured(self, row: Mapping[str, Any], lines: Rows, beside: _Beside) -> Captured:
        billed, sent = (identity(row[f"partner_{one}_id"]) for one in ("invoice", "shipping"))
        currency = identity(row["currency_id"]) or 0
        wire = {
            "order": dict(row),
            "currency": beside.tables.currencies.get(currency) or text(row["currency_id"][1]),
            "lines": [_line(one, beside) for one in lines],
            "billing": beside.people.get(billed or 0, NOBODY),
            "shipping": beside.people.get(sent or 0) if sent != billed else None,
            "paid": _paid(
                [beside.invoices[one] for one in row["invoice_ids"] if one in beside.invoices]
            ),
        }
        change = Change(
            entity="store_order",
            external_id=str(row["id"]),
            version=max(text(one["write_date"]) for one in (row, *lines)),
            wire=wire,
            children={str(place): str(one["id"]) for place, one in enumerate(lines)},
        )
        seen = [
            Row(model="sale.order.line", id=one["id"], written=text(one["write_date"])[:19])
            for one in lines
        ]
        return self.captured(row, change, seen)


def source_domain(scope: str, field: str) -> list[Any]:
    """The condition that the field names the store of the scope "store:<source>"."""
    kind, _, source = scope.partition(":")
    if kind != "store" or not source:
        raise Unsupported(f"{scope!r} is no scope of orders of a store.")
    return [(field, "=like", f"{_literal(source)}/%")]


async def contacts(site: Site, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """People and companies with their addresses, as an order names them."""
    if not ids:
        return {}
    told = await addresses_told(site, ids)
    rows = await site.rows("res.partner", [("id", "in", list(ids))], CONTACT)
    return {
        row["id"]: {
            **told[row["id"]],
            **{name: text(row.get(name)) for name in ("name", "email", "phone", "vat")},
            "company": text(row.get("company_name")),
        }
        for row in rows
    }


def _paid(invoices: Sequence[Mapping[str, Any]]) -> str:
    posted = [
        one for one in invoices if one["state"] == "posted" and one["move_type"] == "out_invoice"
    ]
    if not posted:
        return "no"
    if all(one["payment_state"] in SETTLED for one in posted):
        return "yes"
    open_ = [number(one["amount_residual"]) < number(one["amount_total"]) for one in posted]
    return "partly" if any(open_) else "no"


def _line(row: Mapping[str, Any], beside: _Beside) -> dict[str, Any]:
    shape = beside.shape
    product = identity(row["product_id"])
    taxes = [beside.tables.taxes.get(one) for one in row[shape.taxes]]
    return {
        "id": row["id"],
        "sequence": row["sequence"],
        "display_type": row["display_type"],
        "name": row["name"],
        "product": product,
        "stored": product in beside.goods,
        "quantity": row[shape.quantity],
        "done": row.get(shape.done, 0),
        "net": row["price_subtotal"],
        "tax": row["price_tax"],
        "taxes": [_tax(one) for one in taxes if one],
    }


def _tax(row: TaxRow) -> dict[str, Any]:
    return {"name": row.name, "rate": str(row.rate), "included": row.included}


def _literal(value: str) -> str:
    for special in ("\\", "%", "_"):
        value = value.replace(special, "\\" + special)
    return value
