"""The supply recipe: its roles and its links in order."""

from collections.abc import Mapping, Sequence

from qantara.connectors.base import Connector
from qantara.engine.link import Link
from qantara.flows.recipe import Recipe
from qantara.flows.supply import catalogue, orders, parties
from qantara.flows.supply.options import Options

CARRIED = frozenset({"category", "product", "partner", "warehouse", "stock_level"})


async def _links(
    options: Options, connectors: Mapping[str, Connector], name: str
) -> Sequence[Link]:
    """Who is who first, then what there is, then the orders for it."""
    factory, buyer = connectors[options.factory], connectors[options.buyer]
    return [
        *parties.links(factory, buyer, name),
        *catalogue.links(options, factory, buyer, name),
        *orders.links(options, factory, buyer, name),
    ]


recipe = Recipe(
    name="supply",
    title="A factory and its buyer, each with an Odoo",
    roles={
        "factory": "makes and sells the goods",
        "buyer": "orders them",
    },
    Options=Options,
    links=_links,
    reads={
        "factory": CARRIED | {"sale_order", "order_state"},
        "buyer": frozenset({"partner", "purchase_order"}),
    },
    writes={
        "factory": frozenset({"partner", "sale_order"}),
        "buyer": CARRIED | {"purchase_order", "note"},
    },
)
