"""Orders of a store over a stand-in Odoo: amounts, steps, repetition, edits, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from qantara.connectors.base import Written
from qantara.model import Address, Contact, StoreLine, TaxAmount
from qantara.transport import OutcomeUnknown, Rejected, RetryLater
from tests.connectors.odoo.places import connector, create, gather, record, send, standing, update
from tests.connectors.odoo.shopping import Shop

D = Decimal
VERSIONS = (16, 18)


@pytest.fixture(params=VERSIONS)
def odoo(request):
    with standing(request.param) as stand_in:
        yield stand_in


@pytest.fixture
def shop(odoo):
    return Shop(odoo=odoo)


async def carried(hub, order, key="k1"):
    [outcome] = await send(hub, "store_order", [create(key, order)])
    assert isinstance(outcome, Written), getattr(outcome, "reason", outcome)
    return outcome.external_id


async def refused(hub, order):
    [outcome] = await send(hub, "store_order", [create("k1", order)])
    assert isinstance(outcome, Rejected)
    return outcome


async def test_a_paid_order_is_confirmed_invoiced_and_paid_with_the_stores_total(odoo, shop):
    async with connector(odoo) as hub:
        one = await carried(hub, shop.order())
        told = await record(hub, "store_order", one)

    assert shop.sale(one)["state"] == "sale"
    [invoice] = shop.moves(one)
    assert (invoice["state"], invoice["payment_state"]) == ("posted", "paid")
    assert (invoice["amount_total"], invoice["amount_tax"]) == (17.25, 2.25)
    assert [row["amount"] for row in shop.payments()] == [17.25]
    assert (told.total, told.currency, told.number, told.paid) == (D("17.25"), "SAR", "1001", "yes")
    assert [line.kind for line in told.lines] == ["item", "shipping"]
    assert told.lines[0].description == "كرسي"
    assert told.lines[0].discount == 2


async def test_the_same_order_again_changes_nothing(odoo, shop):
    async with connector(odoo) as hub:
        one = await carried(hub, shop.order())
        before = odoo.writes()
        assert await carried(hub, shop.order()) == one
        after = update("k1", shop.order(), one, "state", "paid", "payments")
        assert await send(hub, "store_order", [after]) == [Written(external_id=one)]

    assert odoo.writes() == before
    assert len(shop.moves(one)) == len(shop.payments()) == 1


async def test_two_stores_that_count_alike_are_both_paid(odoo, shop):
    async with connector(odoo) as hub:
        ours = await carried(hub, shop.order())
        theirs = await carried(hub, shop.order(rules={"source": "market"}), "k2")

    states = [move["payment_state"] for one in (ours, theirs) for move in shop.moves(one)]
    assert states == ["paid", "paid"]
    memos = {row.get("memo") or row.get("ref") for row in shop.payments()}
    assert memos == {"shop/1001/p1", "market/1001/p1"}


async def test_an_order_for_nothing_has_its_invoice_and_no_payment(odoo, shop):
    free = shop.chairs(net=D(0), discount=D(10), taxes=(TaxAmount(rate=D(15), amount=D(0)),))
    async with connector(odoo) as hub:
        one = await carried(hub, shop.order(lines=(free,), total=D(0), payments=()))

    [invoice] = shop.moves(one)
    assert (invoice["state"], invoice["amount_total"]) == ("posted", 0)
    assert shop.payments() == []


async def test_many_pieces_at_a_price_that_is_cut_off_are_no_difference(odoo, shop):
    many = shop.chairs(quantity=D(50), net=D("10.20"), taxes=())
    async with connector(odoo) as hub:
        one = await carried(hub, shop.order(lines=(many,), total=D("10.20"), payments=()))

    assert shop.sale(one)["amount_total"] == 10.2
    assert [line["name"] for line in shop.lines(one)][1:] == ["Rounding"]


async def test_an_order_that_is_paid_later_is_invoiced_then(odoo, shop):
    async with connector(odoo) as hub:
        open_ = shop.order(paid="no", payments=())
        one = await carried(hub, open_)
        assert shop.sale(one)["state"] == "sale"
        assert shop.moves(one) == []

        await send(hub, "store_order", [update("k1", shop.order(), one, "paid", "payments")])

    assert [move["payment_state"] for move in shop.moves(one)] == ["paid"]


async def test_an_order_is_left_as_a_quotation_where_the_rules_say_so(odoo, shop):
    async with connector(odoo) as hub:
        one = await carried(hub, shop.order(rules={"confirm": "no"}))
        other = await carried(hub, shop.order("1002", paid="no", rules={"confirm": "paid"}), "k2")

    assert [shop.sale(each)["state"] for each in (one, other)] == ["draft", "draft"]
    assert shop.sale(one)["origin"] == "shop/1001"


async def test_cash_on_delivery_goes_into_the_journal_for_all_others(odoo, shop):
    order = shop.order(method="cod", payments=(), rules={"invoice": "yes"})
    async with connector(odoo) as hub:
        one = await carried(hub, replace(order, paid="no"))
        assert [move["payment_state"] for move in shop.moves(one)] == ["not_paid"]
        await send(hub, "store_order", [update("k1", order, one, "paid")])

    [payment] = shop.payments()
    [cash] = [row for row in odoo.rows("account.journal") if row["code"] == "CSH1"]
    assert payment["journal_id"] == cash["id"]


async def test_prices_with_tax_use_a_tax_that_prices_contain_where_there_is_one(odoo, shop):
    tax = {"name": "15% in", "amount": 15, "type_tax_use": "sale", "amount_type": "percent"}
    inside: dict[str, object] = {"price_include": True}
    if odoo.version >= 18:
        inside = {"price_include_override": "tax_included"}
    odoo.create("account.tax", {**tax, **inside})
    line = shop.chairs(net=D("26.06"), taxes=(TaxAmount(rate=D(15), amount=D("3.91")),))
    order = shop.order(lines=(line,), total=D("29.97"), gross=True, rules={"invoice": "no"})
    async with connector(odoo) as hub:
        one = await carried(hub, order)

    assert [row["price_unit"] for row in shop.lines(one)] == [9.99]
    assert (shop.sale(one)["amount_total"], shop.sale(one)["amount_tax"]) == (29.97, 3.91)


async def test_addresses_are_the_customers_own_and_made_once(odoo, shop):
    elsewhere = Contact(name="Omar", address=Address(street="Tahrir 2", city="Cairo", country="EG"))
    async with connector(odoo) as hub:
        one = await carried(hub, shop.order(shipping_to=elsewhere))
        count = len(odoo.rows("res.partner"))
        other = await carried(hub, shop.order("1002", shipping_to=elsewhere), "k2")
        told = await record(hub, "store_order", other)

    names = ("partner_invoice_id", "partner_shipping_id")
    [first], [second] = (odoo.read("sale.order", [int(each)], *names) for each in (one, other))
    assert [first[name] for name in names] == [second[name] for name in names]
    assert len(odoo.rows("res.partner")) == count
    assert told.shipping_to.name == "Omar"
    assert told.billing.address.city == "Riyadh"


async def test_an_edited_order_is_followed_and_its_kinds_are_kept(odoo, shop):
    async with connector(odoo) as hub:
        first = shop.order(paid="no", payments=())
        one = await carried(hub, first)
        more = shop.chairs(
            quantity=D(4), net=D(16), taxes=(TaxAmount(rate=D(15), amount=D("2.4")),)
        )
        edited = replace(first, lines=(more, first.lines[1]), total=D("24.15"))
        await send(hub, "store_order", [update("k1", edited, one, "lines", "total")])
        told = await record(hub, "store_order", one)

    assert told.total == D("24.15")
    assert [(line.kind, line.quantity) for line in told.lines] == [("item", 4), ("shipping", 1)]


async def test_an_edit_after_the_invoice_asks_a_person(odoo, shop):
    async with connector(odoo) as hub:
        one = await carried(hub, shop.order())
        fewer = replace(shop.order(), lines=(shop.chairs(),), total=D("11.50"))
        [outcome] = await send(hub, "store_order", [update("k1", fewer, one, "lines", "total")])

    assert isinstance(outcome, Rejected)
    assert "17.25" in outcome.reason
    assert outcome.remedy


async def test_a_cancelled_order_is_cancelled_and_may_be_taken_up_again(odoo, shop):
    async with connector(odoo) as hub:
        open_ = shop.order(paid="no", payments=())
        one = await carried(hub, open_)
        gone = replace(open_, state="cancelled")
        await send(hub, "store_order", [update("k1", gone, one, "state")])
        told = await record(hub, "store_order", one)
        assert (shop.sale(one)["state"], told.state) == ("cancel", "cancelled")

        await send(hub, "store_order", [update("k1", open_, one, "state")])

    assert shop.sale(one)["state"] == "sale"


async def test_what_was_delivered_keeps_a_cancelled_order_alive(odoo, shop):
    async with connector(odoo) as hub:
        one = await carried(hub, shop.order(paid="no", payments=()))
        shop.deliver(one)
        assert (await record(hub, "store_order", one)).state == "completed"
        gone = shop.order(paid="no", payments=(), state="cancelled")
        [outcome] = await send(hub, "store_order", [update("k1", gone, one, "state")])

    assert isinstance(outcome, Rejected)
    assert "delivered" in outcome.reason


async def test_a_product_without_reference_is_found_by_its_sku(odoo, shop):
    line = shop.chairs(product=None)
    async with connector(odoo) as hub:
        one = await carried(hub, shop.order(lines=(line, *shop.order().lines[1:])))

    assert shop.sale(one)["amount_total"] == 17.25


UNKNOWN = {"product": None, "sku": "NO-1"}
TAXED = (TaxAmount(rate=D(9), amount=D("0.90")),)
REFUSALS: dict[str, tuple[Callable[[Shop], dict[str, Any]], str]] = {
    "an unknown SKU": (lambda shop: {"lines": (shop.chairs(**UNKNOWN),)}, "NO-1"),
    "a currency that is not active": (lambda _: {"currency": "XTS"}, "XTS"),
    "a tax that is not there": (lambda shop: {"lines": (shop.chairs(taxes=TAXED),)}, "9%"),
    "an e-mail that is none": (lambda _: {"billing": Contact(name="L", email="l@@x")}, "l@@x"),
    "no customer": (lambda _: {"customer": None}, "no customer"),
    "totals far apart": (lambda _: {"total": D("19.99")}, "17.2"),
    "no product for tips": (
        lambda _: {"lines": (StoreLine(id="1", kind="tip", net=D("17.25")),)},
        "tip",
    ),
    "an unknown warehouse": (lambda _: {"rules": {"warehouse": "MOON"}}, "MOON"),
    "an unknown journal": (lambda _: {"rules": {"journals": {"card": "NONE"}}}, "NONE"),
    "an odd rule": (lambda _: {"rules": {"confirm": "perhaps"}}, "perhaps"),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_what_cannot_be_kept_is_refused_in_words_with_a_remedy(odoo, shop, case):
    changes, word = REFUSALS[case]
    async with connector(odoo) as hub:
        outcome = await refused(hub, shop.order(**changes(shop)))

    assert word in outcome.reason
    assert outcome.remedy


async def test_a_bad_order_does_not_hold_up_the_others(odoo, shop):
    bad = shop.order("1002", lines=(shop.chairs(**UNKNOWN),))
    writes = [create("bad", bad), create("good", shop.order())]
    async with connector(odoo) as hub:
        outcomes = await send(hub, "store_order", writes)

    assert isinstance(outcomes[0], Rejected)
    assert isinstance(outcomes[1], Written)


@pytest.mark.parametrize("end", ["cut_before", "cut_after"])
async def test_whatever_answer_is_lost_there_is_one_order_one_invoice_one_payment(odoo, shop, end):
    """Each call is cut in turn, until the whole order goes through."""
    async with connector(odoo) as hub:
        await carried(hub, shop.order("warm"), "warm")
        lost = 0
        for step in range(60):
            odoo.clear()
            odoo.fault(end, after=step)
            number = f"{end}-{step}"
            try:
                await send(hub, "store_order", [create(number, shop.order(number))])
            except (OutcomeUnknown, RetryLater):
                lost += 1
            else:
                break
            finally:
                odoo.clear()
            one = await carried(hub, shop.order(number), number)
            assert [move["payment_state"] for move in shop.moves(one)] == ["paid"]
            assert len([row for row in shop.payments() if number in str(row)]) == 1
            refs = [row["client_order_ref"] for row in odoo.rows("sale.order")]
            assert refs.count(number) == 1

    assert lost


async def test_only_the_orders_of_the_store_are_in_its_scope(odoo, shop):
    odoo.create("sale.order", {"partner_id": shop.customer})
    async with connector(odoo) as hub:
        one = await carried(hub, shop.order())
        found, _ = await gather(hub, "store_order", scope="store:shop")
        others, _ = await gather(hub, "store_order", scope="store:sho_")

    assert list(found) == [one]
    assert others == {}


async def test_many_orders_cost_few_calls_and_one_customers_have_invoices_of_their_own(odoo, shop):
    writes = [create(f"k{number}", shop.order(f"{number}")) for number in range(12)]
    async with connector(odoo) as hub:
        await carried(hub, shop.order("first"), "first")
        odoo.clear()
        outcomes = await send(hub, "store_order", writes)

    done = [one.external_id for one in outcomes]
    assert [len(shop.moves(one)) for one in done] == [1] * 12
    assert {move["payment_state"] for one in done for move in shop.moves(one)} == {"paid"}
    assert len(shop.payments()) == 13
    confirming = [call for call in odoo.calls if call.method == "action_confirm"]
    assert len(confirming) == 1


async def test_of_many_orders_only_the_one_that_odoo_refuses_is_put_aside(odoo, shop):
    bad = shop.order("bad", rules={"journals": {"*": "NONE"}})
    orders = {"a": shop.order("a"), "bad": bad, "b": shop.order("b")}
    async with connector(odoo) as hub:
        outcomes = await send(hub, "store_order", [create(k, one) for k, one in orders.items()])

    a, refused_, b = outcomes
    assert isinstance(refused_, Rejected)
    assert "'NONE'" in refused_.reason
    for one in (a, b):
        assert [move["payment_state"] for move in shop.moves(one.external_id)] == ["paid"]
