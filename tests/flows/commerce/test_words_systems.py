"""A store that is away, that lets nobody in, or that takes no more: told in words, and nothing lost."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection as Database
from sqlalchemy import select, update

from qantara.runtime.agenda import Lane
from qantara.runtime.schedule import Schedule
from qantara.runtime.turn import Worker
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage import alerts, circuits, work
from qantara.storage.schema import circuits as table
from qantara.storage.store import Store
from tests.connectors.odoo.places import standing
from tests.engine.test_pipeline import Silent
from tests.flows.commerce.high_street import HighStreet, high_street
from tests.flows.commerce.owner import corner, enter_woo, explained, plaza

OFTEN = Schedule(every=timedelta(milliseconds=1))
FIVE_MINUTES = timedelta(minutes=5)
ROUNDS = 12


def _pass(database: Database) -> None:
    """As if five minutes had gone by for who waits until a system is tried again."""
    waiting = select(table.c.connection, table.c.until).where(table.c.until.is_not(None))
    for name, until in database.execute(waiting).all():
        mine = update(table).where(table.c.connection == name)
        database.execute(mine.values(until=until - FIVE_MINUTES))


async def round_(street: HighStreet, times: int = 1) -> None:
    """So many turns of each lane, as the Qantara at work takes them."""
    worker = Worker(store=street.store, watch=Silent(), stop=asyncio.Event(), holder="here:1")
    async with street.links() as links:
        for _ in range(times):
            for link in links:
                await worker.turn(Lane(link=link, schedule=OFTEN))


async def test_a_store_that_is_down_for_an_hour_is_left_alone_and_nothing_is_lost(
    store: Store,
) -> None:
    with standing(18) as odoo, WooCommerceStandIn(deliveries="manual") as woo:
        street = high_street(store, odoo, woo)
        street.goods("HAT", 10, 50)
        await street.settle()
        hat = street.shown("HAT")["id"]
        bought = [woo.order(hat)]
        woo.clear()
        woo.fault("http_502", times=10**6)
        for _ in range(ROUNDS):
            await round_(street)
            bought.append(woo.order(hat))
            await store.run(_pass)
        asked = len(woo.calls)

        assert asked < 5 * ROUNDS
        [alert] = await store.run(alerts.listing)
        explained(
            f"{alert.reason} {alert.remedy}", "connection woo", "Nothing is lost", "by itself"
        )
        assert await street.letters() == []
        assert street.sales() == {}

        woo.clear()
        for _ in range(ROUNDS):
            await store.run(_pass)
        await round_(street, 3)
        while await store.run(work.backlogs, ["shop.order"]):
            await round_(street)

        assert await street.letters() == []
        assert await store.run(alerts.listing) == []
        assert {one.state for one in (await store.run(circuits.states)).values()} == {"closed"}
        numbers = [row["client_order_ref"] for row in odoo.rows("sale.order")]
        assert sorted(one for one in numbers if one) == sorted(one["number"] for one in bought)


def test_a_key_that_was_revoked(tmp_path: Path) -> None:
    with corner(tmp_path) as (owner, street):
        street.goods("HAT", 10, 20)
        owner.fine()
        bought = street.woo.order(street.shown("HAT")["id"])
        street.woo.revoke_key(street.woo.key)

        ran = owner.call("run", "--patience", "5", "--json")

        assert ran.code == 3
        error = ran.told["links"][-1]["error"]
        words = ("store does not accept the key", "revoked", "REST API", "qantara connect")
        explained(f"{error['reason']} {error['remedy']}", *words)
        assert owner.letters() == []
        refused = circuits.Failure(code="AuthFailed", reason=error["reason"], final=True)
        with owner.store as store:
            store.run_here(circuits.failed, "woo", refused, lambda _: 900.0)

        street.woo.key, street.woo.secret = "ck_" + "7" * 40, "cs_" + "7" * 40
        street.woo.add_key(street.woo.key, street.woo.secret)
        enter_woo(owner, street.woo)
        with owner.store as store:
            assert store.run_here(circuits.allows, "woo") == 0.0
        owner.fine()
        assert list(street.sales()) == [bought["number"]]


def test_a_limit_of_the_plan(tmp_path: Path) -> None:
    with plaza(tmp_path, most_variants=1) as (owner, street):
        street.goods("HAT", 10, 20)
        owner.fine()
        street.goods("MUG", 5, 7)
        assert owner.run().code == 1

        letter = owner.letter("Shopify shop has reached a limit of its plan", "tomorrow", "retry")

        street.mall.settings = replace(street.mall.settings, most_variants=0)
        owner.replay(letter)
        owner.fine()
        assert street.mall.available("MUG") == 7
