"""The Odoo connector keeps the contract, against each version it speaks to."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from qantara.connectors.base import Written
from qantara.sandbox.odoo import OdooStandIn
from qantara.testing import ConnectorContract, System
from qantara.testing.bench import Bench, intent, write
from qantara.testing.contract import BROKEN
from qantara.testing.faults import Fault
from qantara.transport import OutcomeUnknown, RetryLater
from tests.connectors.odoo.system import OdooSystem
from tests.connectors.odoo.talking import posted


class OdooContract(ConnectorContract):
    connector = "odoo"
    version: int
    currency = "SAR"

    @pytest.fixture
    def system(self) -> Iterator[System]:
        with OdooStandIn(version=self.version, currency=self.currency) as odoo:
            yield OdooSystem(odoo, self.currency)

    async def test_a_record_that_is_gone_is_answered_alone(self, bench: Bench, target: str) -> None:
        """But for messages: of a copy that somebody removed there, nothing is left to change."""
        if target != "message":
            await super().test_a_record_that_is_gone_is_answered_alone(bench, target)
            return
        first, other = (bench.system.sample(target, number) for number in (0, 1))
        lost = replace(intent(first, key="lost"), external_id=bench.system.absent)
        async with bench.connect() as connector:
            outcomes = await connector.write(target, [lost, intent(other)])
            kept = await connector.lookup(target, ["lost", "contract"])

        assert outcomes[0] == Written(external_id=bench.system.absent)
        assert isinstance(outcomes[1], Written)
        assert kept == {"contract": outcomes[1].external_id}

    @pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: fault.__name__)
    async def test_no_broken_answer_posts_a_message_twice(
        self, bench: Bench, system: OdooSystem, fault: Fault
    ) -> None:
        """The ids of messages tell nothing of our own, so these are counted over there."""
        async with bench.connect() as connector:
            for step in range(await bench.length(connector, "message")):
                before = posted(system.odoo)
                intended = intent(system.sample("message", 10 + step), key=f"step-{step}")
                bench.proxy.strike(fault, after=step)
                with suppress(RetryLater, OutcomeUnknown):
                    await connector.write("message", [intended])
                bench.proxy.calm()
                one = await write(connector, "message", intended)
                assert posted(system.odoo) - before == {one}


@pytest.mark.campaign
class TestOdoo16(OdooContract):
    version = 16


@pytest.mark.campaign
class TestOdoo17(OdooContract):
    version = 17


class TestOdoo18(OdooContract):
    version = 18


@pytest.mark.campaign
class TestOdoo19(OdooContract):
    version = 19
