"""Requests from the board: drafted once, answered, refused in words; over stand-ins, either way round."""

import pytest

from qantara.engine.pipeline import sync_ids
from qantara.engine.rehearse import rehearse
from qantara.transport import RetryLater
from tests.flows.boards import LINE, REQUEST, furnished, stocked
from tests.flows.bridge import Silent
from tests.flows.conftest import EITHER_WAY


@pytest.fixture(params=EITHER_WAY)
async def scene(request, open_bridge):
    return await furnished(open_bridge, request.param)


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


async def test_a_product_that_is_lost_meanwhile_stops_no_answer(scene):
    board, _, _ = await stocked(scene)
    one = board.ask("R1", {"Chair": 1})
    await board.publish()
    [line] = board.buyer.rows(LINE, [("x_request_id", "=", one)], ["x_quantity"])
    board.buyer.write(LINE, line["id"], {"x_product_id": False})
    [draft] = board.drafts("R1")
    board.factory.call("stock.picking", "action_cancel", [draft["id"]])
    await board.bridge.run("request_answer")
    late = board.ask("R2", {"Table": 1})
    [line] = board.buyer.rows(LINE, [("x_request_id", "=", late)], ["x_quantity"])
    board.buyer.write(LINE, line["id"], {"x_product_id": False})
    await board.bridge.run("request")

    assert board.answer(one)[1] == "cancelled"
    assert board.request(late)["x_remark"] == "Line 1 has lost its product."
