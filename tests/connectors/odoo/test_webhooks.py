"""Odoo's own webhooks: asked for by the watch, heard as events, and never relied upon."""

import asyncio

import pytest

from qantara.connectors.odoo.connector import Odoo
from tests.connectors.odoo.doors import receiver
from tests.connectors.odoo.prepared import levels, prepared, preparing, standing, taken

ENTITIES = ["partner"]


@pytest.fixture(params=[17, 18, 19])
def odoo(request):
    with standing(request.param) as stand:
        yield stand


def heard(came):
    return [event for delivery in came for event in Odoo.hear(delivery)]


async def test_a_webhook_tells_of_a_record_at_once(odoo):
    with receiver() as (address, came):
        async with prepared(odoo, ENTITIES, webhooks="yes") as connector:
            await connector.subscribe(ENTITIES, address)
            one = odoo.create("res.partner", {"name": "Noor"})
            told = await taken(connector)

    assert {(event.entity, event.external_id) for event in heard(came)} == {("partner", str(one))}
    assert len({event.event_key for event in heard(came)}) == 1
    assert told == [("partner", str(one))]
    assert b"Noor" not in came[0].body


async def test_a_webhook_before_19_comes_although_the_change_is_rolled_back(odoo):
    with receiver() as (address, came):
        async with prepared(odoo, ENTITIES, webhooks="yes") as connector:
            await connector.subscribe(ENTITIES, address)
            with pytest.raises(Exception, match="nobody knows"):
                odoo.call("res.partner", "create", [{"name": "Noor"}, {"nobody knows": 1}])

            assert await taken(connector) == []
    assert bool(heard(came)) is (odoo.version < 19)


async def test_what_a_lost_webhook_would_have_told_waits_in_the_outbox(odoo):
    with receiver() as (address, came):
        async with prepared(odoo, ENTITIES, webhooks="yes") as connector:
            await connector.subscribe(ENTITIES, address)
            odoo.fault("webhook_lost", method="webhook", times=100)
            one = odoo.create("res.partner", {"name": "Noor"})

            assert await taken(connector) == [("partner", str(one))]
    assert came == []


async def test_the_watch_makes_a_deleted_webhook_again(odoo):
    with receiver() as (address, came):
        async with prepared(odoo, ENTITIES, webhooks="yes") as connector:
            assert await connector.subscribe(ENTITIES, address) == []
            hooks = [r["id"] for r in odoo.rows("ir.actions.server") if r["state"] == "webhook"]
            odoo.unlink("ir.actions.server", hooks)
            found = await connector.subscribe(ENTITIES, address)
            quiet = await connector.subscribe(ENTITIES, address)
            odoo.create("res.partner", {"name": "Noor"})

    assert levels(found) == {"warning"}
    assert quiet == []
    assert came


async def test_preparing_again_leaves_the_webhooks_alone(odoo):
    async with prepared(odoo, ENTITIES, webhooks="yes") as connector:
        await connector.subscribe(ENTITIES, "http://127.0.0.1:9/hooks/factory/t0ken")
        before = odoo.rows("ir.actions.server")
        async with preparing(connector, odoo, ENTITIES) as preparation:
            assert await preparation.install() == []

        assert odoo.rows("ir.actions.server") == before


async def test_nobody_is_delayed_by_webhooks_unless_they_are_wished_for(odoo):
    async with prepared(odoo, ENTITIES) as connector:
        assert await connector.subscribe(ENTITIES, "http://127.0.0.1:9/hooks/a/b") == []
    assert {row["state"] for row in odoo.rows("ir.actions.server")} == {"code"}


async def test_an_odoo_16_sends_no_webhooks_and_the_watch_says_nothing_of_it():
    with standing(16) as odoo:
        async with prepared(odoo, ENTITIES, webhooks="yes") as connector:
            assert await connector.subscribe(ENTITIES, "http://127.0.0.1:9/hooks/a/b") == []
        assert {row["state"] for row in odoo.rows("ir.actions.server")} == {"code"}


async def test_a_receiver_that_does_not_answer_costs_a_second_and_no_more():
    with standing(18) as odoo:
        async with prepared(odoo, ENTITIES, webhooks="yes") as connector:
            await connector.subscribe(ENTITIES, "http://127.0.0.1:9/hooks/factory/t0ken")
            one = await asyncio.to_thread(odoo.create, "res.partner", {"name": "Noor"})

            assert await taken(connector) == [("partner", str(one))]
