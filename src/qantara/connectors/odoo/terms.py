"""Reads what orders are traded by: a sale order's terms as news, a purchase order's when asked for."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from qantara.connectors.base import Change, Wire
from qantara.connectors.odoo.mapping import order
from qantara.connectors.odoo.mapping.values import number
from qantara.connectors.odoo.orders import PurchaseOrders, Rows, SaleOrders
from qantara.model import Terms

_VALUES = ("product", "quantity", "unit", "price", "discount")


class OrderTerms(SaleOrders):
    """sale.order, as news of its terms; the id is "<order id>:<what they are>:<when they were set>".

    Scope "customer:<partner id>": orders of this customer that were not cancelled.
    """

    entity = "order_terms"

    @staticmethod
    def canonical(wire: Wire) -> Terms:
        """What counts of the order."""
        return order.terms_from_wire(wire)

    async def domain(self, scope: str) -> list[Any]:
        """The customer's orders, those of his addresses too."""
        kind, _, customer = scope.partition(":")
        if kind == "customer" and customer.isdigit():
            return [("partner_id", "child_of", int(customer)), ("state", "!=", "cancel")]
        return await super().domain(scope)

    def named_as(self, row: Mapping[str, Any], lines: Rows, wire: Wire) -> str:
        """Other terms are other news; so are the same ones when somebody sets them again."""
        items = [one for one in wire["lines"] if not one["display_type"] and one["quantity"]]
        told = [[one[name] for name in _VALUES] for one in items]
        when = [row["write_date"], *([one["id"], one["write_date"]] for one in lines)]
        return f"{row['id']}:{_digest([told, row.get('commitment_date')])}:{_digest(when)}"

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """Those that are still so, whenever they were set."""
        orders = list(dict.fromkeys(one.partition(":")[0] for one in ids))
        now = {_terms(one.external_id): one for one in await super().read(orders)}
        return [replace(now[_terms(one)], external_id=one) for one in ids if _terms(one) in now]

    async def ids(self, scope: str) -> set[str]:
        """Every order with the terms that it has now."""
        every = sorted(int(one) for one in await super().ids(scope))
        return {one for named in (await self.named(every)).values() for one in named}

    async def named(self, owners: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """The terms that the orders have now."""
        found: dict[int, Sequence[str]] = {}
        for start in range(0, len(owners), self.page):
            for one in await self.take(owners[start : start + self.page], ""):
                found[one.owner] = [change.external_id for change in one.changes]
        return found


class PurchaseTerms(PurchaseOrders):
    """purchase.order, as it is when somebody asks; the id is "<order id>:<whatever he likes>"."""

    entity = "purchase_terms"

    @staticmethod
    def canonical(wire: Wire) -> Terms:
        """What counts of the order."""
        return order.purchase_terms_from_wire(wire)

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """The orders as they are now, each under the name by which it was asked for."""
        orders = list(dict.fromkeys(one.partition(":")[0] for one in ids))
        now = {one.external_id: one for one in await super().read(orders)}
        asked = [(one, now.get(one.partition(":")[0])) for one in ids]
        return [replace(found, external_id=one) for one, found in asked if found]


def _terms(id_: str) -> str:
    return id_.rpartition(":")[0]


def _digest(told: Any) -> str:
    plain = json.dumps(told, sort_keys=True, default=lambda one: f"{number(one):f}")
    return hashlib.sha256(plain.encode()).hexdigest()[:16]
