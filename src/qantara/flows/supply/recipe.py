"""The supply recipe: its roles, its links in order, and the parts that may be added to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qantara.connectors.base import Connector
from qantara.engine.link import Link
from qantara.flows.recipe import Needs, Recipe
from qantara.flows.supply import board, catalogue, chatter, orders, packing, parties
from qantara.flows.supply.options import Options

CARRIED = frozenset({"category", "product", "partner", "warehouse", "stock_level"})

ALWAYS = Needs(
    reads={
        "factory": CARRIED | {"sale_order", "order_state", "order_refusal"},
        "buyer": frozenset({"partner", "purchase_order"}),
    },
    writes={
        "factory": frozenset({"partner", "sale_order"}),
        "buyer": CARRIED | {"purchase_order", "note"},
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What `parts` may name: its links, made of (options, factory, buyer, flow), and its needs."""

    links: Callable[[Options, Connector, Connector, str], Sequence[Link]]
    needs: Needs


PARTS: Mapping[str, Part] = {
    "board": Part(links=board.links, needs=board.NEEDS),
    "packing": Part(links=packing.links, needs=packing.NEEDS),
    "chatter": Part(links=chatter.links, needs=chatter.NEEDS),
}
"""By the name that the options have for it, in the order in which their links run."""


async def _links(
    options: Options, connectors: Mapping[str, Connector], name: str
) -> Sequence[Link]:
    """Who is who first, then what there is, then the orders for it, then what was chosen besides."""
    factory, buyer = connectors[options.factory], connectors[options.buyer]
    chosen = [part for part in PARTS if part in options.parts]
    return [
        *parties.links(factory, buyer, name),
        *catalogue.links(options, factory, buyer, name),
        *orders.links(options, factory, buyer, name),
        *(link for part in chosen for link in PARTS[part].links(options, factory, buyer, name)),
    ]


def _needs(options: Options) -> Needs:
    return sum((PARTS[part].needs for part in PARTS if part in options.parts), start=ALWAYS)


recipe = Recipe(
    name="supply",
    title="A factory and its buyer, each with an Odoo",
    roles={
        "factory": "makes and sells the goods",
        "buyer": "orders them",
    },
    Options=Options,
    links=_links,
    needs=_needs,
)
