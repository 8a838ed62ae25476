"""Orders of a store in Odoo: once, after their customer, and followed wherever they go."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from qantara.engine.ending import run_out
from qantara.model import Partner
from qantara.storage import dead_letters
from tests.engine.test_pipeline import Silent
from tests.flows.commerce.shop import Trade, line, noura, order


async def letters(trade: Trade) -> list[dead_letters.DeadLetter]:
    return await trade.journal.run(dead_letters.listing)


async def test_an_order_comes_after_its_customer_and_once(trade: Trade) -> None:
    noura(trade.shop)
    a = trade.sku("A")
    trade.shop.place(order("1001", "c1", line(a, 2)))

    await trade.settle()
    trade.odoo.written.clear()
    await trade.settle()

    [kept] = trade.orders().values()
    [(id_, partner)] = trade.odoo.records["partner"].items()
    assert isinstance(partner, Partner)
    assert (partner.email, kept.customer.id if kept.customer else "") == ("noura@example.com", id_)
    assert [(one.product.id, int(one.quantity)) for one in kept.lines if one.product] == [
        ("Av0", 2)
    ]
    assert trade.odoo.written == []
    assert await letters(trade) == []


async def test_an_order_leads_to_its_customer_whom_no_poll_has_told_of(trade: Trade) -> None:
    """The order's turn comes first: it asks for him, waits a moment, and says nothing to a person."""
    noura(trade.shop)
    trade.shop.place(order("1001", "c1", line(trade.sku("A"))))

    first = (await trade.turn("order"))["order"]
    assert first.results == {"skipped": 1}
    assert await letters(trade) == []

    await trade.turn("customer")
    await run_out(await trade.link("order"), trade.journal, Silent())
    assert list(trade.orders()) == ["1001"]


async def test_a_customer_whom_odoo_refuses_lets_his_order_say_so(trade: Trade) -> None:
    trade.shop.place(order("1001", "nobody", line(trade.sku("A"))))

    await trade.settle()

    [letter] = await letters(trade)
    assert letter.code == "MissingReference"
    assert "partner nobody" in letter.reason


async def test_a_known_partner_is_not_doubled(trade: Trade) -> None:
    trade.odoo.put("partner", Partner(name="Noura", email="Noura@Example.com"), "77")
    noura(trade.shop)
    trade.shop.place(order("1001", "c1", line(trade.sku("A"))))

    await trade.settle()

    assert list(trade.odoo.records["partner"]) == ["77"]


@pytest.mark.parametrize(
    ("rule", "told", "confirmed"),
    [
        ("paid", ("processing", "yes", "stripe"), "yes"),
        ("paid", ("processing", "authorized", "stripe"), "yes"),
        ("paid", ("processing", "no", "cod"), "yes"),
        ("paid", ("on_hold", "no", "bacs"), "no"),
        ("always", ("on_hold", "no", "bacs"), "yes"),
        ("never", ("processing", "yes", "stripe"), "no"),
    ],
)
async def test_what_is_confirmed_is_a_rule(
    trade: Trade, rule: str, told: tuple[str, str, str], confirmed: str
) -> None:
    trade.options = trade.options.model_copy(update={"confirm": rule})
    noura(trade.shop)
    state, paid, method = told
    sold = order("1001", "c1", line(trade.sku("A")), state=state, paid=paid, method=method)
    trade.shop.place(sold)

    await trade.settle()

    rules = trade.orders()["1001"].extra["odoo"]
    assert isinstance(rules, dict)
    assert rules["confirm"] == confirmed
    assert rules["source"] == "shop!"


async def test_an_order_that_is_not_taken_yet_waits_at_the_store(trade: Trade) -> None:
    noura(trade.shop)
    id_ = trade.shop.place(order("1001", "c1", line(trade.sku("A")), state="pending", paid="no"))
    await trade.settle()
    assert trade.orders() == {}

    trade.shop.edit(id_, state="processing", paid="yes")
    await trade.settle()
    assert list(trade.orders()) == ["1001"]


async def test_an_edited_order_is_followed(trade: Trade) -> None:
    noura(trade.shop)
    a, b = trade.sku("A"), trade.sku("B")
    id_ = trade.shop.place(order("1001", "c1", line(a)))
    await trade.settle()
    trade.shop.edit(id_, lines=(line(a, 3), line(b)), total=order("", "", line(a, 4)).total)

    await trade.settle()

    kept = trade.orders()["1001"]
    assert [(one.product.id, int(one.quantity)) for one in kept.lines if one.product] == [
        ("Av0", 3),
        ("Bv0", 1),
    ]
    assert trade.odoo.free("Av0") == 7


async def test_a_cancelled_order_is_cancelled_and_gives_its_goods_back(trade: Trade) -> None:
    noura(trade.shop)
    id_ = trade.shop.place(order("1001", "c1", line(trade.sku("A"), 4)))
    await trade.settle()
    assert trade.odoo.free("Av0") == 6
    trade.shop.cancel(id_)

    await trade.settle()

    assert trade.orders()["1001"].state == "cancelled"
    assert trade.odoo.free("Av0") == 10


async def test_an_order_that_was_cancelled_before_it_came_is_left_alone(trade: Trade) -> None:
    noura(trade.shop)
    trade.shop.place(order("1001", "c1", line(trade.sku("A")), state="cancelled"))

    await trade.settle()

    assert trade.orders() == {}


async def test_old_orders_are_left_alone(trade: Trade) -> None:
    trade.options = trade.options.model_copy(update={"orders_since": date(2026, 11, 1)})
    noura(trade.shop)
    a = trade.sku("A")
    trade.shop.place(
        order("1", "c1", line(a), placed_at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    )
    trade.shop.place(order("2", "c1", line(a), placed_at=datetime(2026, 11, 1, tzinfo=UTC)))

    await trade.settle()

    assert list(trade.orders()) == ["2"]


async def test_unknown_goods_are_named_as_the_store_names_them(trade: Trade) -> None:
    noura(trade.shop)
    strange = replace(line("404"), description="Blue hat", sku="HAT-1")
    trade.shop.place(order("1001", "c1", strange))

    await trade.settle()

    [letter] = await letters(trade)
    assert letter.reason == (
        "Order 1001 sells 'Blue hat' (HAT-1), and odoo does not know that product."
    )
    assert "internal reference" in letter.remedy


async def test_an_order_without_lines_says_so(trade: Trade) -> None:
    noura(trade.shop)
    trade.shop.place(order("1001", "c1"))

    await trade.settle()

    [letter] = await letters(trade)
    assert letter.reason == "Order 1001 has no lines."


async def test_of_an_order_deleted_at_the_store_a_person_reads(trade: Trade) -> None:
    noura(trade.shop)
    id_ = trade.shop.place(order("1001", "c1", line(trade.sku("A"))))
    await trade.settle()
    del trade.shop.records["store_order"][id_]

    await trade.sync("order", id_)

    [letter] = await letters(trade)
    assert letter.reason.startswith(f"Store order {id_} was deleted at shop!")
    assert list(trade.orders()) == ["1001"]


async def test_what_odoo_cancelled_is_told_to_the_store(trade: Trade) -> None:
    noura(trade.shop)
    id_ = trade.shop.place(order("1001", "c1", line(trade.sku("A"))))
    await trade.settle()
    [there] = trade.odoo.records["store_order"]
    kept = trade.orders()["1001"]
    trade.odoo.put("store_order", replace(kept, state="cancelled"), there)

    await trade.settle()

    assert trade.shop.order(id_).state == "cancelled"
