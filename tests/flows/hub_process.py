"""A hub of its own process, to be killed: `python -m tests.flows.hub_process STORE FACTORY BUYER`."""

import asyncio
import sys

from qantara.storage.store import Store
from tests.flows.bridge import Bridge, connection
from tests.flows.witness import Witness


def main(store_url: str, factory_url: str, buyer_url: str) -> None:
    """One pass over the catalogue."""
    factory = Witness(factory_url, "factory", "hub@example.com", "hub-key")
    buyer = Witness(buyer_url, "buyer", "hub@example.com", "hub-key")
    with Store.open(store_url) as store:
        bridge = Bridge(
            store=store,
            factory=connection("factory", factory),
            buyer=connection("buyer", buyer),
            at_factory=factory,
            at_buyer=buyer,
            mark="",
        )
        asyncio.run(bridge.run("supplier", "customer", "category", "product"))


if __name__ == "__main__":
    main(*sys.argv[1:])
