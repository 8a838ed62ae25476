"""The commerce recipe: its roles, its links in order, and which parts of it are wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from qantara.connectors.base import Connector
from qantara.engine.link import Link
from qantara.flows.commerce import (
    catalogue,
    customers,
    fulfilment,
    orders,
    refunds,
    reordering,
    same_customer,
    stock,
)
from qantara.flows.commerce.options import Options
from qantara.flows.recipe import Needs, Recipe

NEEDS: Mapping[str, Needs] = {
    "stock": stock.NEEDS,
    "customer": customers.NEEDS,
    "order": orders.NEEDS,
    "refund": refunds.NEEDS,
    "shipment": fulfilment.NEEDS,
    "state": orders.STATE_NEEDS,
}
"""What a part reads and writes; those of the catalogue depend on its direction."""


async def _links(
    options: Options, connectors: Mapping[str, Connector], name: str
) -> Sequence[Link]:
    """What there is, who buys it, the orders, what becomes of them, and what is left to sell."""
    odoo, store = connectors[options.odoo], connectors[options.store]
    customer = customers.link(options, odoo, store, name)
    order = orders.link(options, odoo, store, name)
    sold = stock.link(options, odoo, store, name, order if "order" in options.parts else None)
    low = reordering.link(options, odoo, sold, name, order if "order" in options.parts else None)
    lead = orders.leading(
        customer if "customer" in options.parts else None,
        stock.held() if "stock" in options.parts else None,
        reordering.waking(low, options) if reordering.wanted(options) else None,
    )
    every: Mapping[str, Link] = {
        "category": catalogue.category(options, odoo, store, name),
        "product": catalogue.product(options, odoo, store, name),
        "customer": customer,
        "order": replace(order, lead=lead, prepare=same_customer.knowing(customer)),
        "refund": refunds.link(options, odoo, store, name),
        "stock": sold,
        "shipment": fulfilment.link(options, odoo, store, name),
        "state": orders.state(options, odoo, store, name),
    }
    links = [one for part, one in every.items() if part in options.parts]
    return [*links, low] if reordering.wanted(options) else links


def _needs(options: Options) -> Needs:
    wanted = [need for part, need in NEEDS.items() if part in options.parts]
    shown = [catalogue.needs(options, one) for one in catalogue.CARRIED if one in options.parts]
    low = [reordering.needs(options)] if reordering.wanted(options) else []
    return sum([*shown, *wanted, *low], start=Needs())


recipe = Recipe(
    name="commerce",
    title="A web store and the Odoo behind it",
    roles={
        "odoo": "keeps the goods, the orders and the books",
        "store": "sells",
    },
    Options=Options,
    links=_links,
    needs=_needs,
)
