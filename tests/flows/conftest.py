"""Two stand-in Odoos and a bridge between them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from qantara.sandbox.odoo import OdooStandIn
from qantara.storage.store import Store
from tests.conftest import Databases
from tests.flows.bridge import Bridge, connection
from tests.flows.witness import Witness
from tests.transport.conftest import certificate

__all__ = ["certificate"]

Open = Callable[..., "tuple[Bridge, OdooStandIn, OdooStandIn]"]

EITHER_WAY = [
    pytest.param((16, 18), id="16-to-18"),
    pytest.param((18, 16), id="18-to-16", marks=pytest.mark.campaign),
]
"""The versions of factory and buyer."""

pytest.register_assert_rewrite("tests.flows.story")


@pytest.fixture
def databases(sqlite_databases: Databases) -> Databases:
    """Both kinds of database are the engine's matter; here one is enough."""
    return sqlite_databases


@pytest.fixture
def open_bridge(store: Store) -> Iterator[Open]:
    """`open_bridge(16, 18)` starts a factory and a buyer and gives the bridge and both of them.

    `factory_more` and `buyer_more` are further arguments of the stand-ins.
    """
    with ExitStack() as stack:

        def start(factory=16, buyer=18, *, factory_more=(), buyer_more=(), currencies=True):
            made = stack.enter_context(OdooStandIn(version=factory, **dict(factory_more)))
            delta: dict[str, Any] = {
                "database": "buyer",
                "company": "Delta Trading",
                "currency": "USD",
            }
            bought = stack.enter_context(OdooStandIn(version=buyer, **delta, **dict(buyer_more)))
            for odoo in (made, bought):
                odoo.deny("ir.module.module", "read")  # as of a real user who is no administrator
            if currencies:
                activate(made, "USD")
                activate(bought, "SAR")
            here = Witness(made.url, "factory", "hub@example.com", "hub-key")
            there = Witness(bought.url, "buyer", "hub@example.com", "hub-key")
            bridge = Bridge(
                store=store,
                factory=connection("factory", here),
                buyer=connection("buyer", there),
                at_factory=here,
                at_buyer=there,
                mark="T1",
            )
            return bridge, made, bought

        yield start


def activate(odoo: OdooStandIn, code: str) -> None:
    """Let it know a currency."""
    [money] = [row["id"] for row in odoo.rows("res.currency") if row["name"] == code]
    odoo.write("res.currency", money, {"active": True})
