"""The Shopify connector keeps the contract, against the oldest version it speaks and the newest."""

from collections.abc import Iterator

import pytest

from qantara.sandbox.shopify import ShopifyStandIn
from qantara.testing import ConnectorContract, System
from tests.connectors.shopify.system import ShopifySystem

PLENTY = 10_000_000.0
"""Points: limits are tested apart."""


class ShopifyContract(ConnectorContract):
    connector = "shopify"
    version: str
    currency: str

    @pytest.fixture
    def system(self) -> Iterator[System]:
        with ShopifyStandIn(currency=self.currency, bucket=PLENTY, restore=PLENTY) as shop:
            yield ShopifySystem(shop, version=self.version)


class TestNewest(ShopifyContract):
    version, currency = "2026-10", "KWD"


@pytest.mark.campaign  # what is of a version is in its operations, which are held to each schema
class TestOldest(ShopifyContract):
    version, currency = "2026-01", "SAR"
