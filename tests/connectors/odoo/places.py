"""Stand-in Odoos for the connector's tests, and what the tests say to a connector."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import pytest

from qantara.connectors.base import Change, Connection, Write
from qantara.connectors.odoo.connector import Odoo
from qantara.model import Record
from qantara.sandbox.odoo import OdooStandIn

VERSIONS = [16, 18, pytest.param(19, marks=pytest.mark.campaign)]
EACH_VERSION = [*VERSIONS, pytest.param(17, marks=pytest.mark.campaign)]
OLD_AND_NEW = [pytest.param(16, marks=pytest.mark.campaign), 18]
"""`make test` speaks to 17 and 19 where versions differ most: in the client, and in a whole load."""


@contextmanager
def standing(version: int, **options: Any) -> Iterator[OdooStandIn]:
    settings: dict[str, Any] = {"currency": "SAR", "languages": ("en_US", "ar_001"), **options}
    with OdooStandIn(
        version=version,
        database="factory",
        login="hub@example.com",
        key="hub-key",
        port=0,
        **settings,
    ) as odoo:
        yield odoo


def connector(odoo: OdooStandIn, **settings: str) -> Odoo:
    return Odoo(
        Connection(
            name="factory",
            connector="odoo",
            url=odoo.url,
            settings={"database": "factory", "login": "hub@example.com", **settings},
            secrets={"key": "hub-key"},
            private=True,
        )
    )


def create(key: str, record: Record, **more: Any) -> Write:
    names = frozenset(field.name for field in fields(record)) - {"extra"}
    return Write(key=key, record=record, fields=names, **more)


def update(key: str, record: Record, external_id: str, *names: str, **more: Any) -> Write:
    return Write(key=key, record=record, fields=frozenset(names), external_id=external_id, **more)


async def gather(
    odoo: Odoo, entity: str, cursor: str = "", scope: str = ""
) -> tuple[dict[str, Change], str]:
    """All changes by id, and the cursor after them."""
    found: dict[str, Change] = {}
    async for page in odoo.changes(entity, cursor, scope=scope):
        found |= {change.external_id: change for change in page.changes}
        cursor = page.cursor
    return found, cursor


async def record(odoo: Odoo, entity: str, external_id: str) -> Any:
    (change,) = await odoo.read(entity, [external_id])
    return meaning(odoo, change)


def meaning(odoo: Odoo, change: Change) -> Any:
    """The record of whatever kind; the tests know which."""
    return odoo.to_canonical(change)


async def send(odoo: Odoo, entity: str, writes: Sequence[Write]) -> Any:
    """The outcomes, good or bad; the tests know which."""
    return await odoo.write(entity, writes)


def ids(outcomes: Any) -> list[str]:
    return [one.external_id for one in outcomes]
