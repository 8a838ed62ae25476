"""An Odoo that is prepared for capture, and who asks it: shared by the tests of both."""

from contextlib import aclosing, asynccontextmanager

from qantara.connectors.base import Connection
from qantara.connectors.odoo.connector import READERS, Odoo
from qantara.sandbox.odoo import OdooStandIn

ONLY_READING = ("reader", "reader-key")


def standing(version):
    """A stand-in with an administrator and a user who may only read."""
    stand = OdooStandIn(version=version)
    stand.add_user(*ONLY_READING, reading(stand))
    return stand


def reading(odoo):
    """The rights of one who may read all business records and nothing technical."""
    technical = ("ir.", "base.", "res.groups")
    return {name: ("read",) for name in odoo.database.schema if not name.startswith(technical)}


def hub(odoo, login="reader", key="reader-key", name="factory", **settings):
    """A connection as this user; by default the one who may only read."""
    return Odoo(
        Connection(
            name=name,
            connector="odoo",
            url=odoo.url,
            settings={"database": "factory", "login": login, **settings},
            secrets={"key": key},
            private=True,
        )
    )


def administrator(odoo):
    """Who may do everything there."""
    return hub(odoo, "hub@example.com", "hub-key").connection


@asynccontextmanager
async def preparing(connector, odoo, entities=READERS):
    """The preparation, done by the administrator."""
    made = await connector.preparation(entities, by=administrator(odoo))
    async with aclosing(made) as preparation:
        yield preparation


@asynccontextmanager
async def prepared(odoo, entities=READERS, **settings):
    """A connector whose user may only read, and whose Odoo has an outbox."""
    async with hub(odoo, **settings) as connector:
        async with preparing(connector, odoo, entities) as preparation:
            await preparation.install()
        yield connector


@asynccontextmanager
async def own_preparation(connector):
    """As the connection's own user."""
    async with aclosing(await connector.preparation(["partner"])) as preparation:
        yield preparation


async def taken(connector, limit=1000):
    """What the outbox tells, as (entity, id); it is empty afterwards."""
    events = await connector.pull(limit)
    await connector.forget(events)
    return [(event.entity, event.external_id) for event in events]


def levels(findings):
    """How they stand, each level once."""
    return {finding.level for finding in findings}


def traces(odoo):
    """All that a preparation could leave behind."""
    models = ["ir.model", "ir.model.fields", "ir.model.access", "ir.model.data", "res.groups"]
    return {
        model: sorted(row["id"] for row in odoo.rows(model))
        for model in [*models, "ir.actions.server", "base.automation"]
    }
