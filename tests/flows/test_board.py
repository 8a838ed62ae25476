"""The factory's stock at the buyer, and requests from there: over stand-ins, either way round."""

from datetime import UTC, datetime, timedelta

import pytest

from qantara.engine.pipeline import sync_ids
from qantara.engine.rehearse import rehearse
from qantara.transport import RetryLater
from tests.connectors.odoo.furnished import furnish
from tests.flows.boards import OFFER, REQUEST, Board
from tests.flows.bridge import Silent

VERSIONS = [(16, 18), (18, 16)]

QUIET_AT_FACTORY = 5
CHANGE_AT_FACTORY = 6
CHANGE_AT_BUYER = 2


async def furnished(open_bridge, pair=(16, 18), **options):
    bridge, factory, buyer = open_bridge(*pair)
    bridge.options = {"parts": ["board"], **options}
    await furnish(buyer)
    return Board(bridge), factory, buyer


@pytest.fixture(params=VERSIONS, ids=lambda pair: f"{pair[0]}-to-{pair[1]}")
async def scene(request, open_bridge):
    return await furnished(open_bridge, request.param)


async def stocked(scene):
    """Three products on the board."""
    board, factory, buyer = scene
    for name, free in (("Chair", 10), ("Table", 4), ("Lamp", 0)):
        board.make(name, free)
    await board.publish()
    return board, factory, buyer


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


async def test_a_request_becomes_one_draft_with_its_words(scene):
    board, _, _ = await stocked(scene)
    board.make("Stool", 8)
    await board.publish()
    one = board.ask(
        "R1", {"Chair": 2, "Table": 1.5, "Stool": 8}, x_note="Before Friday.\nشكرا", x_user_id=2
    )
    await board.publish()

    [draft] = board.drafts("R1")
    asker = board.buyer.row("res.users", [("id", "=", 2)], ["name"])["name"]
    assert draft["state"] == "draft"
    assert draft["picking_type_code"] == "outgoing"
    assert draft["partner_id"][1] == buyer_name(board)
    assert draft["note"] == f"<p>Requested by {asker}.<br>Before Friday.<br>شكرا</p>"
    assert board.moves(draft["id"]) == [
        (board.goods["Chair"], 2.0, "draft"),
        (board.goods["Table"], 1.5, "draft"),
        (board.goods["Stool"], 8.0, "draft"),
    ]
    assert board.answer(one) == (draft["name"], "draft")
    assert (board.line("Chair")["x_answer"], board.line("Chair")["x_state"]) == (
        draft["name"],
        "draft",
    )
    assert await board.bridge.letters() == []


def buyer_name(board):
    return board.buyer.rows("res.company", [], ["name"])[0]["name"]


async def test_a_second_run_after_a_request_writes_nothing(scene):
    board, factory, buyer = await stocked(scene)
    board.ask("R1", {"Chair": 2})
    await board.publish()
    await board.publish()
    factory.clear()
    buyer.clear()
    await board.publish()

    assert (factory.writes(), buyer.writes()) == (0, 0)
    assert await board.bridge.differences() == []


async def test_a_request_that_is_told_of_twice_is_drafted_once(scene):
    board, _, _ = await stocked(scene)
    one = board.ask("R1", {"Chair": 2})
    async with board.bridge.links("request") as [link]:
        for _ in range(2):
            await sync_ids(link, board.bridge.store, [str(one), str(one)], Silent())
    await board.publish()

    assert len(board.drafts("R1")) == 1


async def test_a_request_whose_answer_was_lost_is_drafted_once(scene):
    board, factory, _ = await stocked(scene)
    one = board.ask("R1", {"Chair": 2, "Table": 1})
    factory.fault("cut_after", model="stock.picking", method="load")
    await board.publish()

    [draft] = board.drafts("R1")
    assert len(board.moves(draft["id"])) == 2
    assert board.answer(one) == (draft["name"], "draft")


async def test_what_the_team_adds_to_its_note_follows(scene):
    board, _, _ = await stocked(scene)
    one = board.ask("R1", {"Chair": 2})
    await board.publish()
    board.buyer.write(REQUEST, one, {"x_note": "Ring twice."})
    await board.publish()

    [draft] = board.drafts("R1")
    assert draft["note"] == "<p>Ring twice.</p>"
    assert board.moves(draft["id"]) == [(board.goods["Chair"], 2.0, "draft")]


async def test_what_another_hub_has_drafted_is_not_drafted_again(scene):
    board, _, _ = await stocked(scene)
    board.ask("R1", {"Chair": 2}, x_answer="WH/OUT/00099", x_state="draft")
    await board.publish()

    assert board.drafts("R1") == []


async def test_what_becomes_of_it_comes_back(scene):
    board, _, _ = await stocked(scene)
    one = board.ask("R1", {"Chair": 2})
    await board.publish()
    [draft] = board.drafts("R1")
    seen = []
    for step in ("do_unreserve", "action_assign", "ship"):
        if step == "ship":
            board.ship(draft["id"])
        else:
            board.factory.call("stock.picking", "action_confirm", [draft["id"]])
            board.factory.call("stock.picking", step, [draft["id"]])
        await board.bridge.run("request_answer")
        seen.append(board.answer(one)[1])

    assert seen == ["waiting", "ready", "done"]
    assert board.line("Chair")["x_state"] == "done"


async def test_a_transfer_that_the_factory_cancels_is_cancelled_on_the_request(scene):
    board, _, _ = await stocked(scene)
    one = board.ask("R1", {"Chair": 2})
    await board.publish()
    [draft] = board.drafts("R1")
    board.factory.call("stock.picking", "action_cancel", [draft["id"]])
    await board.publish()

    assert board.answer(one) == (draft["name"], "cancelled")


async def test_a_later_request_on_the_same_line_is_not_overwritten_by_news_of_the_first(scene):
    board, _, _ = await stocked(scene)
    board.ask("R1", {"Chair": 1})
    await board.publish()
    [first] = board.drafts("R1")
    board.ask("R2", {"Chair": 2})
    await board.publish()
    board.factory.call("stock.picking", "action_cancel", [first["id"]])
    await board.publish()

    [second] = board.drafts("R2")
    line = board.line("Chair")
    assert (line["x_answer"], line["x_state"]) == (second["name"], "draft")


async def test_more_than_is_free_now_is_refused_in_words(scene):
    board, _, _ = await stocked(scene)
    board.reserve("Chair", 9)
    one = board.ask("R1", {"Chair": 2, "Table": 1})
    await board.publish()

    told = board.request(one)
    assert board.drafts("R1") == []
    assert (told["x_state"], told["x_answer"] or "") == ("refused", "")
    assert (
        told["x_remark"]
        == f"Of {goods_name(board, 'Chair')} 1 Units are free, and 2 were asked for."
    )
    assert board.line("Chair")["x_remark"] == told["x_remark"]
    assert board.line("Table")["x_state"] == "refused"
    assert await board.bridge.letters() == []


def goods_name(board, name):
    """As the buyer's Odoo shows it."""
    one = board.line(name)["x_product_id"][0]
    return board.buyer.row("product.product", [("id", "=", one)], ["display_name"])["display_name"]


@pytest.mark.parametrize("language", ["ar_001"])
async def test_a_refusal_is_in_the_language_of_who_asked(scene, language):
    board, _, _ = await stocked(scene)
    board.buyer.write("res.users", 2, {"lang": language})
    one = board.ask("R1", {"Lamp": 2}, x_user_id=2)
    await board.publish()

    assert board.request(one)["x_remark"].startswith("المتاح من")


async def test_a_factory_may_take_more_than_is_free(open_bridge):
    board, _, _ = await stocked(await furnished(open_bridge, beyond_free="draft"))
    one = board.ask("R1", {"Lamp": 2})
    await board.publish()

    assert board.answer(one)[1] == "draft"


async def test_what_the_factory_does_not_know_is_refused_in_words(scene):
    board, _, _ = await stocked(scene)
    own = board.buyer.create("product.product", {"name": "Only ours", "default_code": "OWN"})
    asked = {"x_product_id": own, "x_quantity": 1.0}
    head = {"x_name": "T1/R9", "x_state": "sent", "x_line_ids": [(0, 0, asked)]}
    one = board.buyer.create(REQUEST, head)
    await board.publish()

    told = board.request(one)
    assert told["x_state"] == "refused"
    assert told["x_remark"] == "The factory does not know [OWN] Only ours."
    assert await board.bridge.letters() == []


async def test_what_is_not_sold_any_more_is_refused_in_words(scene):
    board, _, _ = await stocked(scene)
    one = board.ask("R1", {"Chair": 1})
    board.factory.write("product.product", board.goods["Chair"], {"sale_ok": False})
    await board.publish()

    assert "not offer" in board.request(one)["x_remark"]


async def test_a_request_without_lines_or_quantity_is_refused_in_words(scene):
    board, _, _ = await stocked(scene)
    empty = board.buyer.create(REQUEST, {"x_name": "T1/R7", "x_state": "sent"})
    zero = board.ask("R8", {"Chair": 0})
    await board.publish()

    assert board.request(empty)["x_remark"] == "The request has no lines."
    assert "more than nothing" in board.request(zero)["x_remark"]


async def test_a_refusal_that_could_not_be_told_is_told_later(scene):
    board, _, buyer = await stocked(scene)
    one = board.ask("R1", {"Lamp": 1})
    buyer.fault("cut_before", model=REQUEST, method="load")
    with pytest.raises(RetryLater):
        await board.publish()
    await board.publish()

    assert board.request(one)["x_state"] == "refused"


async def test_a_rehearsal_tells_nobody(scene):
    board, factory, buyer = await stocked(scene)
    board.ask("R1", {"Lamp": 1})
    board.ask("R2", {"Chair": 1})
    factory.clear()
    buyer.clear()
    async with board.bridge.links("request") as links:
        planned = [one async for one in rehearse(links, board.bridge.store)]

    assert sorted(one.operation for one in planned) == ["create", "skipped"]
    assert (factory.writes(), buyer.writes()) == (0, 0)
