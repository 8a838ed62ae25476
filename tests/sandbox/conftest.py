"""Stand-ins for the tests: `odoo` is of every version in turn, `odoo16` and `odoo18` of one."""

from collections.abc import Iterator

import pytest

from qantara.sandbox.odoo import OdooStandIn
from tests.sandbox.callers import Rpc


@pytest.fixture(params=[16, 17, 18, 19])
def odoo(request: pytest.FixtureRequest) -> Iterator[OdooStandIn]:
    """A fresh server of each version."""
    with OdooStandIn(version=request.param) as stand:
        yield stand


@pytest.fixture
def odoo16() -> Iterator[OdooStandIn]:
    """A fresh 16."""
    with OdooStandIn(version=16) as stand:
        yield stand


@pytest.fixture
def odoo18() -> Iterator[OdooStandIn]:
    """A fresh 18."""
    with OdooStandIn(version=18, database="buyer", currency="USD") as stand:
        yield stand


@pytest.fixture
def odoo19() -> Iterator[OdooStandIn]:
    """A fresh 19."""
    with OdooStandIn(version=19) as stand:
        yield stand


@pytest.fixture
def rpc(odoo: OdooStandIn) -> Rpc:
    """A caller of each version."""
    return Rpc(odoo)


@pytest.fixture
def rpc16(odoo16: OdooStandIn) -> Rpc:
    """A caller of 16."""
    return Rpc(odoo16)


@pytest.fixture
def rpc18(odoo18: OdooStandIn) -> Rpc:
    """A caller of 18."""
    return Rpc(odoo18)
