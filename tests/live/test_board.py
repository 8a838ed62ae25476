"""The board between real servers: published, asked from by the button, answered, refused."""

from contextlib import aclosing

import pytest

from qantara.connectors.base import load
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.furniture import Furniture, Order
from qantara.engine.pipeline import sync_ids
from tests.flows.boards import OFFER, Board
from tests.flows.bridge import Silent, connection
from tests.flows.goods import storable
from tests.flows.witness import Witness
from tests.live.conftest import administrator, as_administrator, server

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

QUIET = 8
"""Calls of a poll over thousands of products of which nobody has touched one."""


@pytest.fixture
async def furnished(buyer_version):
    """The buyer's Odoo has its board; it is as before at the end."""
    there = server(buyer_version)
    admin, hub = administrator(there), connection("buyer", there)
    by = as_administrator(hub, admin)
    async with load("odoo")(hub) as connector:
        user = (await connector.client.enter()).uid  # type: ignore[attr-defined]
    order = Order(connection=hub, user=user, reads={"request"}, writes={"offer"})
    async with aclosing(Furniture(Client(by), order)) as furniture:
        made = await furniture.apply()
        yield admin
        if made:
            await furniture.remove()


def _name(version: int, what: str) -> str:
    return f"QANTARA_LIVE_ODOO{version}_{what}"


@pytest.fixture
def board(furnished, open_bridge, factory_version, buyer_version) -> Board:
    bridge = open_bridge(factory_version, buyer_version)
    bridge.options = {"parts": ["board"]}
    return Board(bridge)


async def published(board: Board, *names: str) -> None:
    """These goods alone, for real servers hold thousands."""
    store = board.bridge.store
    ids = [board.goods[name] for name in names]
    rows = board.factory.rows("product.product", [("id", "in", ids)], ["product_tmpl_id"])
    templates = [str(row["product_tmpl_id"][0]) for row in rows]
    async with board.bridge.links("supplier", "customer", "category") as first:
        for link in first:
            await board.bridge.run_one(link)
    async with board.bridge.links("product", "offer") as [product, offer]:
        await sync_ids(product, store, templates, Silent())
        await sync_ids(offer, store, [str(one) for one in ids], Silent())
    letters = [one for one in await board.bridge.letters() if one.entity in ("product", "offer")]
    assert [one.reason for one in letters] == []


def press(board: Board, admin: Witness, wanted: dict[str, float]) -> int:
    """The team types and presses "Request from the factory"; the request that comes of it."""
    lines = [board.line(name)["id"] for name in wanted]
    for line, quantity in zip(lines, wanted.values(), strict=True):
        board.buyer.write(OFFER, line, {"x_quantity": quantity})
    named = [("module", "=", "qantara"), ("name", "=", "bridge_action_request")]
    action = admin.row("ir.model.data", named, ["res_id"])["res_id"]
    where = {"active_model": OFFER, "active_ids": lines, "active_id": lines[0]}
    board.buyer.call("ir.actions.server", "run", [action], **where)
    numbers = {board.line(name)["x_request"] for name in wanted}
    [number] = numbers
    one: int = board.buyer.row("x_qantara_request", [("x_name", "=", number)], ["x_name"])["id"]
    return one


@pytest.mark.parametrize(("factory_version", "buyer_version"), [(16, 18), (18, 16)])
async def test_offers_are_asked_for_and_answered(board, furnished):
    for name, free in (("Chair", 10), ("Table", 4), ("Lamp", 2)):
        board.make(name, free)
    await published(board, "Chair", "Table", "Lamp")
    assert [board.line(name)["x_free"] for name in ("Chair", "Table", "Lamp")] == [10.0, 4.0, 2.0]

    one = press(board, furnished, {"Chair": 2, "Table": 1.5, "Lamp": 2})
    await board.bridge.run("request", "request_answer")
    number, state = board.answer(one)
    draft = board.factory.row("stock.picking", [("name", "=", number)], ["state", "note", "origin"])
    assert (state, draft["state"], draft["origin"]) == (
        "draft",
        "draft",
        board.request(one)["x_name"],
    )
    assert "Requested by" in draft["note"]
    assert board.moves(draft["id"]) == [
        (board.goods["Chair"], 2.0, "draft"),
        (board.goods["Table"], 1.5, "draft"),
        (board.goods["Lamp"], 2.0, "draft"),
    ]
    await board.bridge.run("request", "request_answer")
    assert len(board.factory.rows("stock.picking", [("origin", "=", draft["origin"])], [])) == 1

    board.factory.call("stock.picking", "action_confirm", [draft["id"]])
    board.factory.call("stock.picking", "action_assign", [draft["id"]])
    await board.bridge.run("request_answer")
    assert board.answer(one) == (number, "ready")
    board.ship(draft["id"])
    await board.bridge.run("request_answer")
    assert board.answer(one) == (number, "done")
    assert board.line("Chair")["x_state"] == "done"

    await published(board, "Chair", "Table", "Lamp")
    assert [board.line(name)["x_free"] for name in ("Chair", "Table", "Lamp")] == [8.0, 2.5, 0.0]


@pytest.mark.parametrize(("factory_version", "buyer_version"), [(16, 18), (18, 16)])
async def test_what_cannot_be_had_is_refused_in_words_and_what_is_cancelled_is_said(
    board, furnished
):
    board.make("Chair", 10)
    await published(board, "Chair")
    board.reserve("Chair", 9)
    one = press(board, furnished, {"Chair": 2})
    await board.bridge.run("request", "request_answer")
    told = board.request(one)
    assert told["x_state"] == "refused"
    assert "1 Units are free, and 2 were asked for" in told["x_remark"]
    assert board.line("Chair")["x_remark"] == told["x_remark"]

    other = press(board, furnished, {"Chair": 1})
    await board.bridge.run("request", "request_answer")
    number, _ = board.answer(other)
    [draft] = board.factory.rows("stock.picking", [("name", "=", number)], ["state"])
    board.factory.call("stock.picking", "action_cancel", [draft["id"]])
    await board.bridge.run("request_answer")

    assert board.answer(other) == (number, "cancelled")
    assert await board.bridge.letters() == []


@pytest.mark.parametrize(("factory_version", "buyer_version"), [(16, 18), (18, 16)])
async def test_of_thousands_only_what_was_touched_comes_again(board):
    named = [{"name": f"{board.bridge.mark} filler {number}"} for number in range(120)]
    goods = [{**one, **storable(board.factory), "sale_ok": True} for one in named]
    board.factory.call("product.product", "create", goods)
    async with load("odoo")(board.bridge.factory) as hub:
        cursor, every = await walked(hub, "")
        cursor, _ = await walked(hub, cursor)
        before = hub.client.calls  # type: ignore[attr-defined]
        cursor, quiet = await walked(hub, cursor)
        asked = hub.client.calls - before  # type: ignore[attr-defined]
        one = board.make("Late", 3)
        _, touched = await walked(hub, cursor)

    assert len(every) > 100
    assert asked <= QUIET + len(quiet)  # others may be at work there
    assert len(touched) < len(every) / 10
    assert str(one) in touched


async def walked(hub, cursor: str) -> tuple[str, set[str]]:
    """What has changed since the cursor."""
    found: set[str] = set()
    async for page in hub.changes("offer", cursor):
        found |= {change.external_id for change in page.changes}
        cursor = page.cursor
    return cursor, found
