"""The Odoo connector keeps the contract, against each version it speaks to."""

from collections.abc import Iterator

import pytest

from qantara.sandbox.odoo import OdooStandIn
from qantara.testing import ConnectorContract, System
from tests.connectors.odoo.system import OdooSystem


class OdooContract(ConnectorContract):
    connector = "odoo"
    version: int
    currency = "SAR"

    @pytest.fixture
    def system(self) -> Iterator[System]:
        with OdooStandIn(version=self.version, currency=self.currency) as odoo:
            yield OdooSystem(odoo, self.currency)


class TestOdoo16(OdooContract):
    version = 16


@pytest.mark.campaign  # what is of 17 is of 16 or of 18 as well
class TestOdoo17(OdooContract):
    version = 17


class TestOdoo18(OdooContract):
    version = 18


class TestOdoo19(OdooContract):
    version = 19
