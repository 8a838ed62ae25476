"""Cursors: what changed comes, once, whatever the clocks and the seconds do."""

import json
import time

import pytest

from qantara.connectors.odoo import polling
from tests.connectors.odoo.places import (
    connector,
    gather,
    meaning,
    standing,
)


@pytest.fixture(params=[16, 18])
def odoo(request):
    with standing(request.param) as stand_in:
        yield stand_in


def later(monkeypatch, seconds):
    """So many seconds pass here; the other side's clock is its own."""
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)


def people(odoo, number, start=0):
    rows = [{"name": f"Person {n}"} for n in range(start, start + number)]
    return [str(one) for one in odoo.call("res.partner", "create", rows)]


async def test_a_second_with_more_records_than_a_page_is_read_whole(odoo):
    made = people(odoo, 1203)
    async with connector(odoo) as hub:
        pages = [page async for page in hub.changes("partner", "")]

    brought = [change.external_id for page in pages for change in page.changes]
    assert len(pages) >= 3
    assert brought == made


async def test_a_walk_goes_on_from_any_page(odoo):
    made = people(odoo, 1100)
    async with connector(odoo) as hub:
        pages = [page async for page in hub.changes("partner", "")]
        first = {change.external_id for change in pages[0].changes}
        rest, _ = await gather(hub, "partner", pages[0].cursor)

    assert first | set(rest) == set(made)


async def test_a_quiet_system_brings_nothing_in_one_call_for_each_stream(odoo, monkeypatch):
    people(odoo, 5)
    async with connector(odoo) as hub:
        _, cursor = await gather(hub, "partner")
        soon, cursor = await gather(hub, "partner", cursor)
        later(monkeypatch, 3)
        settled, cursor = await gather(hub, "partner", cursor)
        before = hub.client.calls
        quiet, after = await gather(hub, "partner", cursor)

        assert (soon, settled, quiet) == ({}, {}, {})
        assert hub.client.calls - before == 1
        assert after == cursor


async def test_a_record_changed_again_within_its_second_comes_again(odoo):
    (one,) = people(odoo, 1)
    async with connector(odoo) as hub:
        _, cursor = await gather(hub, "partner")
        odoo.write("res.partner", int(one), {"phone": "1"})
        found, cursor = await gather(hub, "partner", cursor)
        odoo.write("res.partner", int(one), {"phone": "2"})
        again, _ = await gather(hub, "partner", cursor)

        assert [meaning(hub, change).phone for change in found.values()] == ["1"]
        assert [meaning(hub, change).phone for change in again.values()] == ["2"]


async def test_a_record_that_appears_behind_the_cursor_is_not_lost(odoo):
    """Its transaction began before another's and was committed after it."""
    early, late = people(odoo, 2)
    async with connector(odoo) as hub:
        _, cursor = await gather(hub, "partner")
        cursor = forgetting(cursor, early)
        found, _ = await gather(hub, "partner", cursor)

    assert list(found) == [early]
    assert late not in found


def forgetting(cursor, one):
    """The cursor as it is when this record was not visible yet."""
    told = json.loads(cursor)
    place = told["streams"]["res.partner"]
    place["seen"] = {
        second: polling._runs(polling._ids(runs) - {int(one)})
        for second, runs in place["seen"].items()
    }
    told["fresh"].pop(one, None)
    return json.dumps(told)


async def test_after_two_quiet_minutes_the_past_is_closed(odoo, monkeypatch):
    people(odoo, 600)
    async with connector(odoo) as hub:
        _, cursor = await gather(hub, "partner")
        later(monkeypatch, 121)
        _, cursor = await gather(hub, "partner", cursor)
        told = json.loads(cursor)
        new = people(odoo, 2, start=600)
        found, _ = await gather(hub, "partner", cursor)

        assert told["closed"] == told["newest"] != ""
        assert list(found) == new


async def test_a_wrong_clock_here_loses_nothing_new(odoo, monkeypatch):
    people(odoo, 2)
    async with connector(odoo) as hub:
        _, cursor = await gather(hub, "partner")
        later(monkeypatch, 86_400)
        _, cursor = await gather(hub, "partner", cursor)
        later(monkeypatch, -172_800)
        new = people(odoo, 1, start=2)
        found, _ = await gather(hub, "partner", cursor)

    assert list(found) == new


async def test_a_cost_and_a_vendors_price_bring_their_product(odoo):
    one = odoo.create("product.product", {"name": "Lamp"})
    two = odoo.create("product.product", {"name": "Shade"})
    vendor = odoo.create("res.partner", {"name": "Vendor"})
    templates = {row["id"]: str(row["product_tmpl_id"]) for row in odoo.rows("product.product")}
    async with connector(odoo) as hub:
        _, cursor = await gather(hub, "product")
        odoo.write("product.product", one, {"standard_price": 3})
        cost, cursor = await gather(hub, "product", cursor)
        seller = {"partner_id": vendor, "product_tmpl_id": int(templates[two]), "price": 2}
        odoo.create("product.supplierinfo", seller)
        price, cursor = await gather(hub, "product", cursor)
        quiet, _ = await gather(hub, "product", cursor)

    assert list(cost) == [templates[one]]
    assert list(price) == [templates[two]]
    assert quiet == {}


async def test_archived_records_come_too(odoo):
    (one,) = people(odoo, 1)
    async with connector(odoo) as hub:
        _, cursor = await gather(hub, "partner")
        odoo.write("res.partner", int(one), {"active": False})
        found, _ = await gather(hub, "partner", cursor)

        assert meaning(hub, found[one]).active is False
        assert one in await hub.ids("partner")


async def test_the_overlap_can_be_set(odoo, monkeypatch):
    people(odoo, 3)
    async with connector(odoo, overlap="5") as hub:
        _, cursor = await gather(hub, "partner")
        later(monkeypatch, 6)
        _, cursor = await gather(hub, "partner", cursor)

    assert json.loads(cursor)["closed"] != ""


@pytest.mark.parametrize(("ids", "runs"), [((3, 1, 2, 7), "1-3,7"), ((5,), "5"), ((9, 8), "8-9")])
def test_ids_are_remembered_as_runs(ids, runs):
    assert polling._runs(ids) == runs
    assert polling._ids(runs) == set(ids)
