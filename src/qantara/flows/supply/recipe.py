"""The supply recipe: its roles, its links in order, and the parts that may be added to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qantara.connectors.base import Connector
from qantara.engine.link import Link
from qantara.engine.own import Own
from qantara.flows.recipe import Needs, Recipe
from qantara.flows.supply import (
    approvals,
    board,
    catalogue,
    chatter,
    orders,
    packing,
    parties,
    terms,
)
from qantara.flows.supply.options import Options
from qantara.storage.decisions import OWN

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


def _nothing(*_: object) -> Sequence[Link]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What `parts` may name: its links, made of (options, factory, buyer, flow), and its needs.

    A part that asks people makes `asking` links, for which it is given the hub's own connection
    before the flow's name.
    """

    needs: Needs
    links: Callable[[Options, Connector, Connector, str], Sequence[Link]] = _nothing
    asking: Callable[[Options, Connector, Connector, Own, str], Sequence[Link]] = _nothing


PARTS: Mapping[str, Part] = {
    "board": Part(links=board.links, needs=board.NEEDS),
    "packing": Part(links=packing.links, needs=packing.NEEDS),
    "chatter": Part(links=chatter.links, needs=chatter.NEEDS),
    "approvals": Part(asking=approvals.links, needs=approvals.NEEDS),
    "terms": Part(asking=terms.links, needs=terms.NEEDS),
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
        *_asked(options, connectors, name),
    ]


def _asked(options: Options, connectors: Mapping[str, Connector], name: str) -> Sequence[Link]:
    """What people are asked, and what comes of it."""
    factory, buyer, hub = (connectors.get(one) for one in (options.factory, options.buyer, OWN))
    if factory is None or buyer is None or not isinstance(hub, Own):
        return ()
    chosen = [part for part in PARTS if part in options.parts]
    return [
        link for part in chosen for link in PARTS[part].asking(options, factory, buyer, hub, name)
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
