"""The supply flow's partners kept in both directions between two Odoos of different versions."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from qantara.engine.link import Link
from qantara.engine.pipeline import run
from qantara.engine.sweep import sweep
from qantara.runtime.configuration import LinkSettings
from qantara.runtime.fitting import fitted
from qantara.storage import conflicts, dead_letters, work
from qantara.storage.conflicts import Choice, Conflict
from tests.flows.bridge import Bridge, Silent
from tests.flows.witness import Witness

VERSIONS = [(16, 18), (18, 16)]

RULES = {"phone": "ask", "website": "source", "email": "newest"}

SHOWN = ["name", "phone", "website", "email", "city", "active", "parent_id"]


@pytest.fixture(params=VERSIONS, ids=lambda pair: f"{pair[0]}-and-{pair[1]}")
def opened(request, open_bridge):
    return open_bridge(*request.param)


@asynccontextmanager
async def both_ways(bridge: Bridge, on_delete: str = "archive") -> AsyncIterator[Sequence[Link]]:
    """The two companies know each other; then the partners' two directions."""
    own = LinkSettings.model_validate({"two_way": True, "rules": RULES, "on_delete": on_delete})
    async with bridge.links("supplier", "customer", "partner") as [supplier, customer, partner]:
        await bridge.run_one(supplier)
        await bridge.run_one(customer)
        yield fitted(partner, own).directions


async def turn(bridge: Bridge, links: Sequence[Link]) -> None:
    for link in links:
        await run(link, bridge.store, Silent())


def born(witness: Witness, **values: object) -> int:
    return witness.create("res.partner", {"name": "Sky", "ref": "S-1", "phone": "1", **values})


def shown(witness: Witness, ref: str = "S-1") -> dict[str, object]:
    row = witness.row("res.partner", [("ref", "=", ref)], SHOWN)
    del row["id"]
    return row | {"parent_id": row["parent_id"] and row["parent_id"][1]}


def edit(witness: Witness, **values: object) -> None:
    row = witness.row("res.partner", [("ref", "=", "S-1")], ["name"])
    witness.call("res.partner", "write", [row["id"]], values)


def unlink(witness: Witness) -> None:
    row = witness.row("res.partner", [("ref", "=", "S-1")], ["name"])
    witness.call("res.partner", "unlink", [row["id"]])


async def decide(bridge: Bridge, links: Sequence[Link], choice: Choice) -> None:
    [one] = await asked(bridge)
    await bridge.store.run(conflicts.decide, [one.id], choice, "ann")
    for link, id_ in zip(links, (one.source_id, one.target_id), strict=True):
        task = work.Task(
            link=link.name, connection=link.here_name, entity=link.entity, external_id=id_
        )
        await bridge.store.run(work.ask, [task])


async def asked(bridge: Bridge) -> list[Conflict]:
    return await bridge.store.run(conflicts.listing)


async def test_partners_are_kept_in_both_directions(opened):
    bridge, factory, buyer = opened
    made, sold = bridge.at_factory, bridge.at_buyer
    born(made)
    async with both_ways(bridge) as links:
        await turn(bridge, links)
        edit(made, city="Riyadh")
        boss = sold.create("res.partner", {"name": "Boss", "ref": "B-1", "is_company": True})
        edit(sold, name="Sky & Co", website="http://wrong.example.com", parent_id=boss)
        await turn(bridge, links)
        await turn(bridge, links)

        expected = {"name": "Sky & Co", "city": "Riyadh", "website": False, "parent_id": "Boss"}
        for witness in (made, sold):
            assert shown(witness) | expected == shown(witness)
        assert shown(made, "B-1")["name"] == "Boss"
        assert await bridge.letters() == []
        factory.clear()
        buyer.clear()
        for _ in range(3):
            await turn(bridge, links)
        assert (factory.writes(), buyer.writes()) == (0, 0)


@pytest.mark.parametrize(("choice", "phone"), [("source", "11"), ("target", "22")])
async def test_a_conflict_is_asked_and_the_answer_carried_out(opened, choice, phone):
    bridge, factory, buyer = opened
    made, sold = bridge.at_factory, bridge.at_buyer
    born(made)
    async with both_ways(bridge) as links:
        await turn(bridge, links)
        edit(made, phone="11", city="Riyadh")
        edit(sold, phone="22")
        await turn(bridge, links)

        [one] = await asked(bridge)
        assert (one.field, one.source_value, one.target_value) == ("phone", "11", "22")
        assert (shown(made)["phone"], shown(sold)["phone"]) == ("11", "22")
        assert shown(sold)["city"] == "Riyadh"

        await decide(bridge, links, choice)
        await turn(bridge, links)

        assert shown(made)["phone"] == shown(sold)["phone"] == phone
        assert await asked(bridge) == []
        factory.clear()
        buyer.clear()
        await turn(bridge, links)
        assert (factory.writes(), buyer.writes()) == (0, 0)


async def test_archiving_travels_in_both_directions(opened):
    bridge, _, _ = opened
    made, sold = bridge.at_factory, bridge.at_buyer
    born(made)
    async with both_ways(bridge) as links:
        await turn(bridge, links)
        edit(sold, active=False)
        await turn(bridge, links)
        assert shown(made)["active"] is False

        await turn(bridge, links)  # a poll tells a value from the one it saw in the same second
        edit(made, active=True)
        await turn(bridge, links)
        assert shown(sold)["active"] is True


async def test_a_deletion_archives_or_propagates_and_against_an_edit_asks(opened):
    bridge, _, _ = opened
    made, sold = bridge.at_factory, bridge.at_buyer
    born(made)
    async with both_ways(bridge, "propagate") as links:
        await turn(bridge, links)
        unlink(sold)
        for link in links:
            await sweep(link, bridge.store)
        assert made.rows("res.partner", [("ref", "=", "S-1")], ["name"]) == []

        born(made)
        await turn(bridge, links)
        unlink(made)
        edit(sold, city="Jeddah")
        await turn(bridge, links)
        for link in links:
            await sweep(link, bridge.store)
        [one] = await asked(bridge)
        assert (one.field, one.source_value) == ("*", None)

        await decide(bridge, links, "target")
        await turn(bridge, links)
        assert shown(made)["city"] == shown(sold)["city"] == "Jeddah"
        assert await bridge.store.run(dead_letters.listing) == []


async def test_what_odoo_needs_is_archived_in_place_of_deleted(opened):
    bridge, _, _ = opened
    made, sold = bridge.at_factory, bridge.at_buyer
    born(made)
    async with both_ways(bridge, "propagate") as links:
        await turn(bridge, links)
        row = sold.row("res.partner", [("ref", "=", "S-1")], ["name"])
        sold.create("purchase.order", {"partner_id": row["id"]})
        unlink(made)

        for link in links:
            await sweep(link, bridge.store)

        assert shown(sold)["active"] is False
        assert await bridge.letters() == []
