"""Deeds on orders over stand-ins: what is done, what is left, and what Odoo refuses in words."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qantara.connectors.base import Write, Written
from qantara.model import Choice, Decision, Money, Note, Ref, Text
from qantara.transport import NotFound, Rejected
from tests.connectors.odoo.places import VERSIONS, connector, standing

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ADDRESS = "https://hub.example.com/decide/"


@pytest.fixture(params=VERSIONS)
def odoo(request):
    with standing(request.param) as stand_in:
        yield stand_in


@pytest.fixture
def sold(odoo):
    """A quotation over one lamp."""
    customer = odoo.create("res.partner", {"name": "Delta"})
    lamp = odoo.create("product.product", {"name": "Lamp"})
    line = {"product_id": lamp, "product_uom_qty": 1, "price_unit": 100}
    return odoo.create("sale.order", {"partner_id": customer, "order_line": [(0, 0, line)]})


@pytest.fixture
def bought(odoo):
    """A request for quotation."""
    vendor = odoo.create("res.partner", {"name": "Gulf"})
    lamp = odoo.create("product.product", {"name": "Lamp"})
    line = {"product_id": lamp, "product_qty": 1, "price_unit": 100, "name": "Lamp"}
    return odoo.create("purchase.order", {"partner_id": vendor, "order_line": [(0, 0, line)]})


async def do(odoo, entity, order, verb, *, total=None):
    """One deed; what became of it."""
    decision = Decision(order=Ref(entity, str(order)), verb=verb, by="Layla", at=AT, total=total)
    write = Write(key="k1", record=decision, fields=frozenset({"verb"}))
    async with connector(odoo) as odoo_connector:
        [outcome] = await odoo_connector.write("order_action", [write])
    return outcome


def state(odoo, model, order):
    return next(row["state"] for row in odoo.rows(model) if row["id"] == order)


@pytest.mark.parametrize(("verb", "end"), [("confirm", "sale"), ("reject", "cancel")])
async def test_a_quotation_is_confirmed_or_cancelled_and_that_is_safe_to_repeat(
    odoo, sold, verb, end
):
    first = await do(odoo, "sale_order", sold, verb)
    odoo.clear()
    again = await do(odoo, "sale_order", sold, verb)

    assert first == again == Written(external_id=f"{sold}:k1")
    assert state(odoo, "sale.order", sold) == end
    assert odoo.writes() == 0


@pytest.mark.parametrize(("verb", "end"), [("confirm", "purchase"), ("reject", "cancel")])
async def test_a_purchase_order_is_confirmed_or_cancelled(odoo, bought, verb, end):
    assert isinstance(await do(odoo, "purchase_order", bought, verb), Written)
    assert state(odoo, "purchase.order", bought) == end


async def test_a_confirmed_order_is_not_cancelled_by_a_rejection(odoo, sold):
    odoo.call("sale.order", "action_confirm", [sold])

    refused = await do(odoo, "sale_order", sold, "reject")

    assert isinstance(refused, Rejected)
    assert "confirmed already" in refused.reason
    assert state(odoo, "sale.order", sold) == "sale"


async def test_a_cancelled_order_is_not_confirmed(odoo, sold):
    odoo.call("sale.order", "action_cancel", [sold], disable_cancel_warning=True)

    refused = await do(odoo, "sale_order", sold, "confirm")

    assert isinstance(refused, Rejected)
    assert "cancelled already" in refused.reason


async def test_an_order_with_another_total_is_not_confirmed(odoo, sold):
    [row] = odoo.read("sale.order", [sold], "amount_total")
    same = Money(Decimal(str(row["amount_total"])), "SAR")

    other = await do(odoo, "sale_order", sold, "confirm", total=Money(Decimal(1), "SAR"))

    assert isinstance(other, Rejected)
    assert "changed meanwhile" in other.reason
    assert state(odoo, "sale.order", sold) == "draft"
    assert isinstance(await do(odoo, "sale_order", sold, "confirm", total=same), Written)


async def test_an_order_that_is_gone_and_a_deed_nobody_knows_are_told(odoo, sold):
    assert isinstance(await do(odoo, "sale_order", 999999, "confirm"), NotFound)
    assert isinstance(await do(odoo, "sale_order", sold, "accept"), Rejected)
    assert isinstance(await do(odoo, "partner", sold, "confirm"), Rejected)


def asked(sold, occasion, *, choices=True):
    """A question on the quotation, or that there is none any more."""
    buttons = tuple(
        Choice(
            verb=verb, label=Text(verb.title(), {"ar": "زر"}), address=f"{ADDRESS}{verb}-{occasion}"
        )
        for verb in ("confirm", "reject")
    )
    body = Text("Decide!", {"ar": "قرّر"}) if choices else Text("Over.", {"ar": "انتهى"})
    return Note(
        on=Ref("sale_order", str(sold)),
        body=body,
        choices=buttons if choices else (),
        occasion=occasion,
    )


async def ask(odoo, note, *, key="q1", **settings):
    write = Write(key=key, record=note, fields=frozenset({"occasion"}))
    async with connector(odoo, **settings) as odoo_connector:
        [outcome] = await odoo_connector.write("question", [write])
        assert await odoo_connector.lookup("question", [key]) in ({}, {key: note.on.id})
    assert outcome == Written(external_id=note.on.id)


def bodies(odoo):
    return [
        row["body"]
        for row in odoo.rows("mail.message")
        if str(row.get("message_id", "")).endswith("@qantara>")
    ]


async def test_a_question_has_buttons_that_odoo_keeps(odoo, sold):
    await ask(odoo, asked(sold, "one"))

    [body] = bodies(odoo)
    assert f'href="{ADDRESS}confirm-one"' in body
    assert f'href="{ADDRESS}reject-one"' in body
    assert "inline-block" in body
    assert "Decide!" in body


async def test_the_same_question_is_not_posted_twice_and_another_takes_its_place(odoo, sold):
    await ask(odoo, asked(sold, "one"))
    await ask(odoo, asked(sold, "one"))
    assert len(bodies(odoo)) == 1

    await ask(odoo, asked(sold, "two"))

    one, two = bodies(odoo)
    assert "href" not in one
    assert "Decide!" in one
    assert f'href="{ADDRESS}confirm-two"' in two


async def test_what_is_asked_no_more_loses_its_buttons_once(odoo, sold):
    await ask(odoo, asked(sold, "one"))
    await ask(odoo, asked(sold, "none", choices=False))
    odoo.clear()
    await ask(odoo, asked(sold, "none", choices=False))

    [body] = bodies(odoo)
    assert "href" not in body
    assert body.count("Over.") == 1
    assert odoo.writes() == 0


async def test_what_was_never_asked_is_not_posted(odoo, sold):
    await ask(odoo, asked(sold, "none", choices=False))

    assert bodies(odoo) == []


async def test_a_question_is_asked_in_the_main_language(odoo, sold):
    await ask(odoo, asked(sold, "one"), language="ar_001")

    [body] = bodies(odoo)
    assert "قرّر" in body
    assert ">زر</a>" in body
