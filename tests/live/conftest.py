"""Real servers, named by the environment; without them one line says what was not done."""

import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from qantara.connectors.base import Connection
from qantara.connectors.odoo.connector import Odoo
from qantara.storage.store import Store
from tests.conftest import Databases
from tests.connectors.odoo.furnished import READS, WRITES
from tests.flows.bridge import Bridge, connection
from tests.flows.witness import Witness

NAMES = ("URL", "DB", "LOGIN", "KEY")
VERSIONS = (16, 17, 18, 19)
ABSENT = (
    "No real Odoo is named (QANTARA_LIVE_ODOO16_URL, _DB, _LOGIN, _KEY; likewise 17, 18, 19):"
    " tests/live was skipped."
)

Open = Callable[[int, int], Bridge]

pytest.register_assert_rewrite("tests.flows.story")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not any(_named(version) for version in VERSIONS):
        terminalreporter.write_line(ABSENT)


@pytest.fixture
def databases(sqlite_databases: Databases) -> Databases:
    """The journal is not what is tried here."""
    return sqlite_databases


@pytest.fixture
def open_bridge(store: Store) -> Open:
    """`open_bridge(16, 18)` is a bridge between these two, with a mark of its own in each run."""

    def start(factory: int, buyer: int) -> Bridge:
        here, there = server(factory), server(buyer)
        return Bridge(
            store=store,
            factory=connection("factory", here),
            buyer=connection("buyer", there),
            at_factory=here,
            at_buyer=there,
            mark=f"L{secrets.token_hex(3).upper()}",
        )

    return start


def _named(version: int) -> list[str]:
    found = [os.environ.get(f"QANTARA_LIVE_ODOO{version}_{name}", "") for name in NAMES]
    return found if all(found) else []


def server(version: int) -> Witness:
    """The real Odoo of this version, as the hub's own user."""
    named = _named(version)
    if not named:
        pytest.skip(f"No real Odoo {version} is named.")
    return Witness(*named)


def administrator(side: Witness) -> Witness:
    """Who may make fields, views and rules there."""
    names = (f"QANTARA_LIVE_ODOO{side.version}_ADMIN_{name}" for name in ("LOGIN", "PASSWORD"))
    named = [os.environ.get(name, "") for name in names]
    if not all(named):
        pytest.skip(f"No administrator of the real Odoo {side.version} is named.")
    return Witness(side.url, side.database, *named)


def as_administrator(hub: Connection, admin: Witness) -> Connection:
    """The hub's connection, entered by the administrator."""
    settings = {**hub.settings, "login": admin.login}
    return replace(hub, settings=settings, secrets={"password": admin.secret})


@asynccontextmanager
async def furnished(bridge: Bridge) -> AsyncIterator[None]:
    """Both Odoos have what the bridge needs, and are as before at the end."""
    async with AsyncExitStack() as stack:
        for hub, side in ((bridge.factory, bridge.at_factory), (bridge.buyer, bridge.at_buyer)):
            connector = await stack.enter_async_context(Odoo(hub))
            by = as_administrator(hub, administrator(side))
            furniture = await connector.furniture(READS, WRITES, by=by)
            stack.push_async_callback(furniture.aclose)
            stack.push_async_callback(furniture.remove)
            await furniture.apply()
        yield
