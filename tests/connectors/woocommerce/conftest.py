"""A fresh shop for each test: in riyals, with 15 % on everything."""

from collections.abc import Iterator

import pytest

from qantara.sandbox.woocommerce import WooCommerceStandIn
from tests.connectors.woocommerce.pictures import Pictures
from tests.transport.conftest import certificate

__all__ = ["certificate"]


@pytest.fixture
def shop() -> Iterator[WooCommerceStandIn]:
    """Prices without tax; webhooks go out when the test says so."""
    with WooCommerceStandIn(deliveries="manual") as running:
        running.add("taxes", country="SA", rate="15", name="VAT", shipping=True)
        yield running


@pytest.fixture
def pictures() -> Iterator[Pictures]:
    """Where the shop can fetch pictures."""
    with Pictures() as running:
        yield running
