"""Chooses the price list that gives a sale order its currency; none is ever made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import Cell, distinct, identity
from qantara.connectors.odoo.site import Site
from qantara.model import SaleOrder, StoreOrder
from qantara.transport import Rejected

OWN = "property_product_pricelist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricelists:
    """Active price lists with their currencies, and the customers' own ones."""

    currencies: Mapping[int, int]
    own: Mapping[int, int]
    required: bool

    def cells(self, order: SaleOrder | StoreOrder, tables: Tables) -> dict[str, Cell]:
        """The customer's list when its currency fits, else the first that does.

        From Odoo 17 on an order in the company's currency needs none.
        """
        currency = tables.currency_id(order.currency)
        own = self.own.get(_customer(order), 0)
        fitting = [one for one, its_currency in self.currencies.items() if its_currency == currency]
        if fitting:
            return {"pricelist_id/.id": own if own in fitting else fitting[0]}
        if order.currency == tables.currency and not self.required:
            return {"pricelist_id/.id": None}
        raise Rejected(
            f"{tables.where} has no price list in {order.currency} for this order.",
            remedy=f"Create one in {tables.where}: Sales, Products, Pricelists, in {order.currency}.",
            field="currency",
        )


async def pricelists_for(site: Site, orders: Sequence[SaleOrder | StoreOrder]) -> Pricelists:
    """What these orders may need; two calls."""
    domain = [("active", "=", True)]
    rows = await site.rows("product.pricelist", domain, ["currency_id"], order="sequence, id")
    customers = distinct(_customer(one) for one in orders)
    there = await site.having("res.partner", [OWN])
    partners = await site.rows("res.partner", [("id", "in", customers)], [OWN]) if there else []
    fields = await site.client.fields("sale.order")
    return Pricelists(
        currencies={row["id"]: identity(row["currency_id"]) or 0 for row in rows},
        own={row["id"]: identity(row[OWN]) or 0 for row in partners},
        required=fields["pricelist_id"].required,
    )


def _customer(order: SaleOrder | StoreOrder) -> int:
    return int(order.customer.id) if order.customer else 0
