"""The factory's stock at the buyer, and requests from there: over stand-ins, either way round."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.flows.boards import OFFER, furnished, stocked
from tests.flows.conftest import EITHER_WAY

QUIET_AT_FACTORY = 5
CHANGE_AT_FACTORY = 6
CHANGE_AT_BUYER = 2


@pytest.fixture(params=EITHER_WAY)
async def scene(request, open_bridge):
    return await furnished(open_bridge, request.param)


async def test_the_buyer_sees_what_is_free_and_when_it_was_told(scene):
    board, _, _ = scene
    board.make("Chair", 10, sale_delay=3)
    await board.publish()

    line = board.line("Chair")
    assert [line["x_sku"], line["x_free"], line["x_incoming"], line["x_lead_days"]] == [
        f"{board.bridge.mark}-Chair",
        10.0,
        0.0,
        3.0,
    ]
    assert line["x_unit"] == "Units"
    assert line["x_updated_at"]
    product = board.buyer.row(
        "product.product", [("id", "=", line["x_product_id"][0])], ["default_code"]
    )
    assert product["default_code"] == f"{board.bridge.mark}-Chair"


async def test_five_hundred_products_are_published_once_and_one_change_is_one_write(open_bridge):
    board, factory, buyer = await furnished(open_bridge)
    kind = {"detailed_type": "product"}
    parts = [{"name": f"Part {n}", "default_code": f"P-{n}", **kind} for n in range(500)]
    ids = factory.call("product.product", "create", parts)
    age(factory)
    await board.bridge.run("supplier", "customer", "category", "product")
    async with board.bridge.links("offer") as [offer]:
        first = await board.bridge.run_one(offer)
        factory.clear()
        buyer.clear()

        second = await board.bridge.run_one(offer)

        assert first.results == {"written": 500}
        assert len(buyer.rows(OFFER)) == 500
        assert (second.seen, buyer.writes(), len(buyer.calls)) == (0, 0, 0)
        assert len(factory.calls) <= QUIET_AT_FACTORY

        board.goods["part"] = ids[123]
        count(factory, ids[123], 7)
        factory.clear()
        third = await board.bridge.run_one(offer)

    assert third.results["written"] == 1
    assert buyer.writes() == 1
    assert len(factory.calls) <= CHANGE_AT_FACTORY
    assert len(buyer.calls) <= CHANGE_AT_BUYER
    assert board.buyer.row(OFFER, [("x_name", "=", "Part 123")], ["x_free"])["x_free"] == 7.0


def age(factory):
    """As if its products had been written one by one, long ago."""
    started = datetime(2026, 1, 1, tzinfo=UTC)
    with factory.lock:
        for model in ("product.template", "product.product"):
            table = factory.database.store.table(model)
            for number, one in enumerate(sorted(table.rows)):
                written = started + timedelta(seconds=10 * number)
                table.update(one, {"write_date": f"{written:%Y-%m-%d %H:%M:%S.%f}"})
        factory.database.store.commit()


def count(factory, variant, quantity):
    place = factory.rows("stock.warehouse")[0]["lot_stock_id"]
    counted = {"product_id": variant, "location_id": place, "inventory_quantity": quantity}
    quant = factory.create("stock.quant", counted, inventory_mode=True)
    factory.call("stock.quant", "action_apply_inventory", [quant])


async def test_what_is_reserved_is_not_free(scene):
    board, _, _ = await stocked(scene)
    board.reserve("Chair", 4)
    await board.bridge.run("offer")

    assert board.line("Chair")["x_free"] == 6.0


async def test_what_went_to_nothing_is_seen_although_its_quant_is_gone(scene):
    board, factory, _ = await stocked(scene)
    board.reserve("Table", 4)
    [picking] = [
        row for row in board.factory.rows("stock.picking", [], ["state"]) if row["state"] != "done"
    ]
    await board.bridge.run("offer")
    board.ship(picking["id"])
    factory.vacuum()
    await board.bridge.run("offer")

    assert board.line("Table")["x_free"] == 0.0


async def test_a_new_name_or_lead_time_arrives(scene):
    board, _, _ = await stocked(scene)
    chair = board.factory.row(
        "product.product", [("id", "=", board.goods["Chair"])], ["product_tmpl_id"]
    )
    named = {"name": f"{board.bridge.mark} Armchair", "sale_delay": 9}
    board.factory.write("product.template", chair["product_tmpl_id"][0], named)
    await board.bridge.run("offer")

    assert board.line("Armchair")["x_lead_days"] == 9.0


@pytest.mark.parametrize("end", [{"sale_ok": False}, {"active": False}], ids=["unsold", "archived"])
async def test_what_is_not_offered_any_more_keeps_its_line_with_nothing_free(scene, end):
    board, _, _ = await stocked(scene)
    board.factory.write("product.product", board.goods["Chair"], end)
    await board.bridge.run("offer")

    assert board.line("Chair")["x_free"] == 0.0


async def test_what_was_never_offered_has_no_line(scene):
    board, _, _ = scene
    board.make("Secret", 5, sale_ok=False)
    board.make("Sold", 5)
    await board.publish()

    assert [row["x_name"] for row in board.buyer.rows(OFFER, [], ["x_name"])] == [
        f"{board.bridge.mark} Sold"
    ]


async def test_what_the_team_typed_stays(scene):
    board, _, _ = await stocked(scene)
    typed = {"x_quantity": 3.0, "x_request": "R/1", "x_remark": "Ours"}
    board.buyer.write(OFFER, board.line("Chair")["id"], typed)
    board.reserve("Chair", 4)
    await board.bridge.run("offer")

    line = board.line("Chair")
    assert line["x_free"] == 6.0
    assert {name: line[name] for name in typed} == typed


async def test_a_product_that_the_buyer_does_not_know_waits_and_follows(scene):
    board, _, _ = scene
    one = board.make("Nameless", 5, default_code=False)
    await board.publish()
    assert board.buyer.rows(OFFER, [], ["x_name"]) == []

    board.factory.write("product.product", one, {"default_code": "NL"})
    await board.publish()

    assert board.line("Nameless")["x_free"] == 5.0
    assert await board.bridge.letters() == []
