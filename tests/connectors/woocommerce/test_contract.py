"""The WooCommerce connector keeps the contract, with two decimals and with three."""

import asyncio
from collections.abc import Iterator

import pytest

from qantara.connectors.base import load
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.testing import ConnectorContract, System
from qantara.testing.bench import Bench, poll, walk
from qantara.testing.summing import TICK
from tests.connectors.woocommerce.pictures import Pictures
from tests.connectors.woocommerce.system import WooSystem

ONE = "warehouse"
"""The store itself: there is one, and it never changes."""


class WooContract(ConnectorContract):
    connector = "woocommerce"
    currency = "SAR"
    decimals = 2

    @pytest.fixture
    def system(self) -> Iterator[System]:
        with (
            WooCommerceStandIn(currency=self.currency, decimals=self.decimals) as shop,
            Pictures() as pictures,
        ):
            yield WooSystem(shop, pictures)

    async def test_every_page_comes_once_and_oldest_first(self, bench: Bench, source: str) -> None:
        if source == ONE:
            pytest.skip("There is one.")
        await super().test_every_page_comes_once_and_oldest_first(bench, source)

    async def test_a_change_in_the_moment_of_the_poll_is_not_lost(
        self, bench: Bench, source: str
    ) -> None:
        if source == ONE:
            pytest.skip("It never changes.")
        await super().test_a_change_in_the_moment_of_the_poll_is_not_lost(bench, source)

    async def test_a_changed_record_comes_again_with_a_higher_version(self, bench: Bench) -> None:
        """As promised, but for the store itself."""
        reads = sorted(load(self.connector).manifest.reads - {ONE})
        seeded = {entity: next(iter(bench.system.seed(entity, 3))) for entity in reads}
        async with bench.connect() as connector:
            walked = {entity: await walk(connector, entity) for entity in seeded}
            await asyncio.sleep(TICK)
            touched = {entity: bench.system.touch(entity, one) for entity, one in seeded.items()}
            for entity, (versions, cursor) in walked.items():
                changes = await poll(connector, entity, cursor)
                again = {change.external_id: change.version for change in changes}
                assert again.get(touched[entity], "") > versions[seeded[entity]], entity

    async def test_every_record_can_be_expressed_and_read_by_its_id(
        self, bench: Bench, source: str
    ) -> None:
        if source == ONE:
            pytest.skip("There is one.")
        await super().test_every_record_can_be_expressed_and_read_by_its_id(bench, source)


class TestTwoDecimals(WooContract):
    pass


@pytest.mark.campaign  # but for money the same
class TestThreeDecimals(WooContract):
    currency = "KWD"
    decimals = 3
