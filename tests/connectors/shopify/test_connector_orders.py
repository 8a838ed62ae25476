"""What is sold in a shop arrives exactly, and what becomes of it is told there."""

from decimal import Decimal
from typing import Any

import pytest

from qantara.connectors.base import Write, Written
from qantara.model import Ref, Sent, Shipment, StoreOrder
from qantara.model.store import Contact
from qantara.sandbox.shopify import (
    CASH_ON_DELIVERY,
    GIFT_CARD,
    Carriage,
    Discount,
    Item,
    Payment,
    Tax,
)
from qantara.testing.altering import names
from qantara.transport import Rejected
from tests.connectors.shopify.shop import record, shop_of, walked, whole

VAT = [Tax(percent=Decimal(15))]


def state(name: Any) -> StoreOrder:
    return StoreOrder(
        number="",
        state=name,
        customer=None,
        billing=Contact(name=""),
        currency="SAR",
        placed_at=None,
        lines=(),
        total=Decimal(0),
    )


async def put(connector: Any, order: str, name: Any) -> Any:
    intended = Write(key="k", record=state(name), fields=frozenset({"state"}), external_id=order)
    (outcome,) = await connector.write("store_order", [intended])
    return outcome


WISHES: dict[str, Any] = {
    "plain": {},
    "percent off by a code": {"discounts": [Discount(code="TEN", percent=Decimal("12.5"))]},
    "amount off and shipping off": {
        "discounts": [
            Discount(code="FIVE", amount=Decimal("5.00")),
            Discount(title="Free", percent=Decimal(100), on="shipping"),
        ],
        "shipping": Carriage(title="سريع", price=Decimal("20.00")),
    },
    "tip and shipping": {
        "tip": Decimal("3.00"),
        "shipping": Carriage(title="Express", price=Decimal("17.35")),
    },
    "two taxes": {"taxes": [Tax(percent=Decimal(5)), Tax(percent=Decimal("2.5"), name="City")]},
    "a gift card pays a part": {
        "payments": [Payment(gateway=GIFT_CARD, amount=Decimal("5.00")), Payment()]
    },
    "cash on delivery": {"payments": [Payment(gateway=CASH_ON_DELIVERY, status="PENDING")]},
}


@pytest.mark.parametrize("currency", ["SAR", "KWD"])
@pytest.mark.parametrize("included", [False, True], ids=["without tax", "with tax"])
async def test_every_order_adds_up_to_its_total(included, currency):
    async with shop_of(currency=currency, taxes_included=included) as (system, connector):
        orders = {
            name: system.shop.order(
                **{
                    "items": [
                        Item(sku="ITEM", quantity=3),
                        Item(title="لوحة", price=Decimal("7.77")),
                    ],
                    "email": "sara@example.com",
                    "taxes": VAT,
                    **wishes,
                }
            )
            for name, wishes in WISHES.items()
        }
        told = {name: await record(connector, "store_order", one) for name, one in orders.items()}

    assert {
        name: whole(one) - one.total for name, one in told.items() if whole(one) != one.total
    } == {}
    assert {one.gross for one in told.values()} == {included}
    assert told["percent off by a code"].coupons[0].code == "TEN"
    assert told["a gift card pays a part"].payments[0].method == GIFT_CARD
    assert told["cash on delivery"].state == "processing"
    assert told["cash on delivery"].paid == "no"
    assert "tip" in {line.kind for line in told["tip and shipping"].lines}


@pytest.mark.parametrize("included", [False, True], ids=["without tax", "with tax"])
async def test_edits_and_refunds_leave_the_order_exact(included):
    async with shop_of(taxes_included=included) as (system, connector):
        wishes = {"email": "a@example.com", "taxes": VAT}
        edited = system.shop.order(items=[Item(sku="ITEM", quantity=4)], payments=(), **wishes)
        system.shop.edit(edited, quantities={"ITEM": 3})
        given = system.shop.order(
            items=[Item(sku="ITEM", quantity=4)],
            shipping=Carriage(title="Post", price=Decimal("11.50")),
            **wishes,
        )
        before = await record(connector, "store_order", given)
        back = system.shop.refund(given, items={"ITEM": 1}, shipping=True)
        after = await record(connector, "store_order", given)
        refund = await record(connector, "refund", f"{given}/{back}")
        fewer = await record(connector, "store_order", edited)

    assert [one.quantity for one in fewer.lines] == [Decimal(3)]
    assert whole(fewer) == fewer.total
    assert (after.total, after.lines) == (before.total, before.lines)
    given_back = sum(
        (one.net + sum(t.amount for t in one.taxes) for one in refund.lines), Decimal(0)
    )
    assert refund.total == given_back
    assert {one.line for one in refund.lines} <= {one.id for one in before.lines}
    assert [one.amount for one in refund.payments] == [-refund.total]


async def test_a_customers_own_money_is_carried_where_it_is_asked_for():
    async with shop_of(settings={"money": "presentment"}) as (system, connector):
        order = system.shop.order(
            items=[Item(sku="ITEM", quantity=3)],
            taxes=VAT,
            email="a@example.com",
            currency="KWD",
            rate=Decimal("0.08"),
        )
        told = await record(connector, "store_order", order)

    assert told.currency == "KWD"
    assert whole(told) == told.total


async def test_a_guest_is_a_partner_by_his_address():
    async with shop_of() as (system, connector):
        order = system.order()
        placed = await record(connector, "store_order", order)
        changes, cursor = await walked(connector, "partner")
        again, _ = await walked(connector, "partner", cursor)
        told = await record(connector, "partner", "guest:sara@example.com")
        every = await connector.ids("partner")

    assert placed.customer == Ref("partner", "guest:sara@example.com")
    assert placed.customer.id in {change.external_id for change in changes} & every
    assert again == []
    assert told.email == "sara@example.com"


async def test_a_guest_with_several_orders_comes_once_in_a_page():
    async with shop_of() as (system, connector):
        orders = [system.order() for _ in range(3)]
        pages = [page async for page in connector.changes("partner", "")]

    told = [
        (one.external_id, one.wire["order"]["id"].rpartition("/")[2])
        for page in pages
        for one in page.changes
        if one.external_id.startswith("guest:")
    ]
    assert told == [("guest:sara@example.com", orders[-1])]


async def test_an_order_is_held_released_sent_and_cancelled():
    async with shop_of() as (system, connector):
        one, other = system.order(), system.order()
        seen = []
        for name in ("on_hold", "processing", "completed"):
            await put(connector, one, name)
            seen.append((await record(connector, "store_order", one)).state)
        await put(connector, other, "cancelled")
        twice = await put(connector, other, "cancelled")
        refused = await put(connector, other, "completed")
        ended = (await record(connector, "store_order", other)).state

    assert seen == ["on_hold", "processing", "completed"]
    assert ended == "cancelled"
    assert twice == Written(external_id=other)
    assert isinstance(refused, Rejected)


async def test_an_order_leaves_in_parts_and_never_more_than_was_ordered():
    async with shop_of() as (system, connector):
        order = system.order(quantity=5)

        async def send(key, quantity):
            made = Shipment(
                order=Ref("store_order", order),
                number="",
                lines=(Sent(product=Ref("variant", system.item[1]), quantity=Decimal(quantity)),),
                carrier="أرامكس",
                tracking=(f"{key}-1", f"{key}-2"),
            )
            return (
                await connector.write("shipment", [Write(key=key, record=made, fields=names(made))])
            )[0]

        first, again = await send("a", 2), await send("a", 2)
        second, more = await send("b", 3), await send("c", 1)
        told = [await record(connector, "shipment", one.external_id) for one in (first, second)]
        ended = (await record(connector, "store_order", order)).state

    assert first == again
    assert first != second
    assert isinstance(more, Rejected)
    assert [one.lines[0].quantity for one in told] == [Decimal(2), Decimal(3)]
    assert told[1].tracking == ("b-1", "b-2")
    assert told[1].carrier == "أرامكس"
    assert ended == "completed"
