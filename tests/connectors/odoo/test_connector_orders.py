"""Orders, their states and notes over a stand-in Odoo."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qantara.model import Money, Note, OrderLine, OrderState, Ref, SaleOrder, Tax, Unit
from qantara.transport import NotFound, Rejected
from tests.connectors.odoo.places import (
    VERSIONS,
    connector,
    create,
    gather,
    ids,
    meaning,
    record,
    send,
    standing,
    update,
)

PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))
DOZEN = Unit(name="Dozens", category="Unit", factor=Decimal(12))
ORDERED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def sar(amount):
    return Money(Decimal(amount), "SAR")


@pytest.fixture(params=VERSIONS)
def odoo(request):
    with standing(request.param) as stand_in:
        yield stand_in


@pytest.fixture
def quotation(odoo):
    customer = odoo.create("res.partner", {"name": "Buyer"})
    one = odoo.create("product.product", {"name": "Lamp"})
    two = odoo.create("product.product", {"name": "Shade"})
    return SaleOrder(
        number="",
        state="draft",
        customer=Ref("partner", str(customer)),
        currency="SAR",
        ordered_at=ORDERED,
        total=sar(0),
        customer_reference="P00007",
        note="سطر\na < b",
        lines=(
            OrderLine(kind="section", description="Part A"),
            OrderLine(
                description="مصباح",
                product=Ref("variant", str(one)),
                quantity=Decimal("2.5"),
                unit=DOZEN,
                price=sar("9.25"),
                discount=Decimal(10),
                taxes=(Tax(rate=Decimal(15)),),
            ),
            OrderLine(
                description="Shade",
                product=Ref("variant", str(two)),
                quantity=Decimal(1),
                unit=PIECE,
                price=sar(0),
            ),
            OrderLine(kind="note", description="Mind the gap"),
        ),
    )


async def bare(hub, one):
    """The order without what Odoo itself gives it."""
    found = await record(hub, "sale_order", one)
    assert isinstance(found, SaleOrder)
    return replace(found, number="", total=sar(0))


async def test_a_sale_order_comes_back_as_it_was_written(odoo, quotation):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "sale_order", [create("o", quotation)]))
        found = await record(hub, "sale_order", one)

        assert await bare(hub, one) == quotation
        assert found.number.startswith("S")
        assert found.total == sar("23.93")


async def test_a_repeat_appends_no_lines(odoo, quotation):
    async with connector(odoo) as hub:
        first = ids(await send(hub, "sale_order", [create("o", quotation)]))
        again = ids(await send(hub, "sale_order", [create("o", quotation)]))

        assert first == again
        assert await bare(hub, first[0]) == quotation
        assert await hub.lookup("sale_order", ["o"]) == {"o": first[0]}
        assert await hub.find("sale_order", ["customer_reference:P00007"]) == {
            "customer_reference:P00007": first
        }


async def test_lines_can_be_changed_moved_added_and_removed(odoo, quotation):
    section, lamp, shade, note = quotation.lines
    changed = replace(
        quotation,
        note="other",
        customer_reference="P00007-B",
        lines=(
            replace(lamp, quantity=Decimal(4), taxes=(), discount=Decimal(0)),
            section,
            replace(shade, price=sar("1.5"), unit=DOZEN),
            lamp,
            note,
        ),
    )
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "sale_order", [create("o", quotation)]))
        names = ("note", "customer_reference", "lines")
        await send(hub, "sale_order", [update("o", changed, one, *names)])

        assert await bare(hub, one) == changed

        shorter = replace(changed, lines=(shade,))
        await send(hub, "sale_order", [update("o", shorter, one, "lines")])
        assert await bare(hub, one) == shorter


async def test_lines_are_children_by_their_place(odoo, quotation):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "sale_order", [create("o", quotation)]))
        (change,) = await hub.read("sale_order", [one])

        assert list(change.children) == ["0", "1", "2", "3"]


async def test_a_changed_line_brings_its_order_again(odoo, quotation):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "sale_order", [create("o", quotation)]))
        (change,) = await hub.read("sale_order", [one])
        _, cursor = await gather(hub, "sale_order")
        odoo.write("sale.order.line", int(change.children["1"]), {"product_uom_qty": 7})
        found, _ = await gather(hub, "sale_order", cursor)

        assert list(found) == [one]


async def test_a_confirmed_order_keeps_its_lines_at_nothing(odoo, quotation):
    section, lamp, shade, note = quotation.lines
    changed = replace(quotation, lines=(note, replace(lamp, quantity=Decimal(7))))
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "sale_order", [create("o", quotation)]))
        odoo.call("sale.order", "action_confirm", [int(one)])
        for _ in range(2):
            assert ids(await send(hub, "sale_order", [update("o", changed, one, "lines")])) == [one]
        found = (await bare(hub, one)).lines

    assert section not in found
    assert [line for line in found if line.kind == "note" or line.quantity] == list(changed.lines)
    assert [line for line in found if line.product == shade.product] == [
        replace(shade, quantity=Decimal(0))
    ]


async def test_a_confirmed_order_keeps_customer_and_currency_and_takes_the_rest(odoo, quotation):
    other = odoo.create("res.partner", {"name": "Other"})
    changed = replace(quotation, customer=Ref("partner", str(other)), note="Later")
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "sale_order", [create("o", quotation)]))
        odoo.call("sale.order", "action_confirm", [int(one)])
        told = update("o", changed, one, "customer", "note")
        for _ in range(2):
            (refused,) = await send(hub, "sale_order", [told])

            assert isinstance(refused, Rejected)
            assert "is confirmed and keeps its customer" in refused.reason
        assert await hub.ids("order_refusal") == {
            str(row["id"]) for row in odoo.rows("mail.message") if "keeps its" in row["body"]
        }
        assert len(await hub.ids("order_refusal")) == 1
        assert (await bare(hub, one)).note == "Later"
        assert (await bare(hub, one)).customer == quotation.customer


@pytest.mark.parametrize("confirmed", [False, True])
async def test_an_order_is_cancelled_once(odoo, quotation, confirmed):
    cancelled = replace(quotation, state="cancelled")
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "sale_order", [create("o", quotation)]))
        if confirmed:
            odoo.call("sale.order", "action_confirm", [int(one)])
        for _ in range(2):
            done = await send(hub, "sale_order", [update("o", cancelled, one, "state")])

            assert ids(done) == [one]
        assert (await bare(hub, one)).state == "cancelled"


async def test_an_order_already_cancelled_at_the_source_is_cancelled_here(odoo, quotation):
    async with connector(odoo) as hub:
        (one,) = ids(
            await send(hub, "sale_order", [create("o", replace(quotation, state="cancelled"))])
        )

        assert await bare(hub, one) == replace(quotation, state="cancelled")


async def test_each_bad_order_says_why_and_the_good_one_goes_through(odoo, quotation):
    lamp = quotation.lines[1]
    bad = [
        replace(quotation, currency="XYZ", lines=()),
        replace(quotation, lines=(replace(lamp, taxes=(Tax(rate=Decimal(7)),)),)),
        replace(quotation, lines=(replace(lamp, product=None),)),
        replace(quotation, customer=Ref("partner", "987654")),
    ]
    async with connector(odoo) as hub:
        *refused, good = await send(
            hub, "sale_order", [create(str(n), one) for n, one in enumerate([*bad, quotation])]
        )

        assert all(isinstance(one, Rejected) for one in refused)
        assert [
            word in one.reason
            for word, one in zip(
                ["XYZ is unknown", "sale tax of 7%", "no product"], refused, strict=False
            )
        ] == [True] * 3
        assert await bare(hub, good.external_id) == quotation


async def test_an_order_in_a_currency_without_price_list_is_refused_with_a_remedy(odoo, quotation):
    usd = next(row["id"] for row in odoo.rows("res.currency") if row["name"] == "USD")
    odoo.write("res.currency", usd, {"active": True})
    foreign = replace(
        quotation,
        currency="USD",
        total=Money(Decimal(0), "USD"),
        lines=(replace(quotation.lines[2], price=Money(Decimal(3), "USD")),),
    )
    async with connector(odoo) as hub:
        (refused,) = await send(hub, "sale_order", [create("o", foreign)])
        odoo.create("product.pricelist", {"name": "Dollars", "currency_id": usd})
        (done,) = await send(hub, "sale_order", [create("o", foreign)])
        found = await record(hub, "sale_order", done.external_id)

    assert isinstance(refused, Rejected)
    assert "no price list in USD" in refused.reason
    assert "Pricelists" in refused.remedy
    assert found.currency == "USD"


async def test_an_order_that_is_gone_is_answered_alone(odoo, quotation):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "sale_order", [create("o", quotation)]))
        gone, done = await send(
            hub,
            "sale_order",
            [
                update("x", replace(quotation, note="x"), "987654", "note"),
                update("o", replace(quotation, note="y"), one, "note"),
            ],
        )

        assert isinstance(gone, NotFound)
        assert ids([done]) == [one]


async def test_a_state_is_news_once_for_each_order_and_state(odoo, quotation):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "sale_order", [create("o", quotation)]))
        first, cursor = await gather(hub, "order_state")
        odoo.call("sale.order", "action_confirm", [int(one)])
        second, cursor = await gather(hub, "order_state", cursor)
        number = (await record(hub, "sale_order", one)).number

        assert list(first) == [f"{one}:draft"]
        assert list(second) == [f"{one}:confirmed"]
        assert meaning(hub, second[f"{one}:confirmed"]) == OrderState(
            order=Ref("sale_order", one), number=number, state="confirmed"
        )
        assert await hub.read("order_state", [f"{one}:draft"]) == []
        assert await hub.ids("order_state") == {f"{one}:confirmed"}


def purchase(odoo, vendor, product, **more):
    line = {"product_id": product, "product_qty": 3, "price_unit": 4.125, "name": "Lamp"}
    return odoo.create(
        "purchase.order", {"partner_id": vendor, "order_line": [(0, 0, line)], **more}
    )


@pytest.fixture
def vendor(odoo):
    return odoo.create("res.partner", {"name": "Factory", "is_company": True})


async def test_only_confirmed_orders_to_the_vendor_are_in_its_scope(odoo, vendor):
    product = odoo.create("product.product", {"name": "Lamp"})
    other = odoo.create("res.partner", {"name": "Other"})
    office = odoo.create("res.partner", {"name": "Office", "parent_id": vendor})
    purchase(odoo, vendor, product)
    orders = [purchase(odoo, one, product) for one in (vendor, office, other)]
    odoo.call("purchase.order", "button_confirm", orders)
    async with connector(odoo) as hub:
        scope = f"vendor:{vendor}"
        found, _ = await gather(hub, "purchase_order", scope=scope)

        assert set(found) == {str(orders[0]), str(orders[1])}
        assert await hub.ids("purchase_order", scope=scope) == set(found)
        assert await hub.count("purchase_order", "", scope=scope) == 2
        assert meaning(hub, found[str(orders[0])]).vendor == Ref("partner", str(vendor))


async def test_of_a_purchase_order_only_the_vendors_reference_is_written(odoo, vendor):
    product = odoo.create("product.product", {"name": "Lamp"})
    one = str(purchase(odoo, vendor, product))
    async with connector(odoo) as hub:
        order = await record(hub, "purchase_order", one)
        told = replace(order, vendor_reference="S00021", note="x")
        (done,) = await send(hub, "purchase_order", [update("o", told, one, "vendor_reference")])
        (refused,) = await send(hub, "purchase_order", [update("o", told, one, "note")])
        (new,) = await send(hub, "purchase_order", [create("n", told)])

        assert ids([done]) == [one]
        assert isinstance(refused, Rejected)
        assert isinstance(new, Rejected)
        assert await record(hub, "purchase_order", one) == replace(order, vendor_reference="S00021")


async def test_a_note_is_posted_once_as_plain_text(odoo, quotation):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "sale_order", [create("o", quotation)]))
        note = Note(on=Ref("sale_order", one), body="سطر\na < b")
        first = ids(await send(hub, "note", [create("n", note)]))
        again = ids(await send(hub, "note", [create("n", note)]))
        (message,) = odoo.read("mail.message", [int(first[0])], "body", "res_id", "model")

        assert first == again
        assert await hub.lookup("note", ["n", "m"]) == {"n": first[0]}
        assert message["body"] == "<p>سطر<br>a &lt; b</p>"
        assert (message["model"], message["res_id"]) == ("sale.order", int(one))


async def test_a_note_on_what_is_gone_is_answered_alone(odoo, quotation):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "sale_order", [create("o", quotation)]))
        lost, odd, fine = await send(
            hub,
            "note",
            [
                create("1", Note(on=Ref("sale_order", "987654"), body="x")),
                create("2", Note(on=Ref("stock_level", "1@2"), body="x")),
                create("3", Note(on=Ref("sale_order", one), body="x")),
            ],
        )

        assert isinstance(lost, (NotFound, Rejected))
        assert isinstance(odd, Rejected)
        assert fine.external_id
