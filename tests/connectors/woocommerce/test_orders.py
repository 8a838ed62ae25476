"""Orders, refunds and customers come as the store tells them, to the smallest coin."""

import re
from datetime import UTC
from decimal import Decimal

import pytest

from qantara.connectors.base import Written
from qantara.connectors.woocommerce.mapping import order as mapping
from qantara.model import Coupon, Ref, StoreOrder, TaxAmount
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.transport import ConnectorError, Rejected
from tests.connectors.woocommerce.entering import entered, intent, news, outcome, read

VAT = Decimal(15)


def comes_to(order: StoreOrder) -> Decimal:
    """All lines with their taxes."""
    return sum((line.net for line in order.lines), order.tax)


async def test_an_order_is_told_line_by_line(shop: WooCommerceStandIn):
    shop.add("coupons", code="off10", discount_type="percent", amount="10")
    shirt = shop.add("products", name="قميص", sku="S-1", regular_price="100")["id"]
    bought = shop.order(
        (shirt, 2), shipping_cost="20.00", coupons=["off10"], fees={"Gift wrap": "5", "Tip": "3"}
    )
    async with entered(shop) as connector:
        told = await read(connector, "store_order", bought["id"])

    item, sent, wrap, tip = told.lines
    assert (item.product, item.sku, item.quantity) == (Ref("variant", str(shirt)), "S-1", 2)
    assert (item.net, item.discount, item.description) == (180, 20, "قميص")
    assert item.taxes == (TaxAmount(rate=VAT, amount=Decimal(27), name="VAT"),)
    assert (sent.kind, sent.net, sent.taxes[0].amount) == ("shipping", 20, 3)
    assert (wrap.kind, tip.kind, tip.net) == ("fee", "tip", 3)
    assert told.coupons == (Coupon(code="off10", amount=Decimal(20)),)
    assert comes_to(told) == told.total == Decimal(bought["total"])
    assert (told.state, told.paid, told.currency, told.gross) == ("processing", "yes", "SAR", False)
    assert [(one.method, one.amount) for one in told.payments] == [("bacs", told.total)]
    assert told.placed_at is not None
    assert told.placed_at.tzinfo is UTC


async def test_a_variation_is_named_and_not_its_product(shop: WooCommerceStandIn):
    attributes = [{"name": "Size", "variation": True, "options": ["S", "M"]}]
    tee = shop.add("products", name="Tee", type="variable", attributes=attributes)["id"]
    choice = [{"name": "Size", "option": "M"}]
    small = shop.add(
        f"products/{tee}/variations", sku="T-M", regular_price="50", attributes=choice
    )["id"]
    bought = shop.order(small)
    async with entered(shop) as connector:
        told = await read(connector, "store_order", bought["id"])

    assert [(line.product, line.sku) for line in told.lines] == [
        (Ref("variant", str(small)), "T-M")
    ]


async def test_a_whole_yen_that_rounding_leaves_finds_its_line():
    with WooCommerceStandIn(currency="JPY", decimals=0, round_at_subtotal=True) as shop:
        shop.add("taxes", country="SA", rate="10", name="VAT", shipping=True)
        goods = [shop.add("products", name=str(n), regular_price="14")["id"] for n in range(3)]
        bought = shop.order(*goods)
        async with entered(shop) as connector:
            told = await read(connector, "store_order", bought["id"])

    assert [line.taxes[0].amount for line in told.lines] == [2, 1, 1]
    assert told.tax == Decimal(bought["total_tax"]) == 4


@pytest.mark.parametrize("round_at_subtotal", [False, True])
@pytest.mark.parametrize("gross", [False, True])
@pytest.mark.parametrize(("currency", "decimals"), [("SAR", 2), ("KWD", 3), ("JPY", 0)])
async def test_lines_and_their_taxes_come_to_the_total(
    currency: str, decimals: int, *, gross: bool, round_at_subtotal: bool
):
    with WooCommerceStandIn(
        currency=currency,
        decimals=decimals,
        prices_include_tax=gross,
        round_at_subtotal=round_at_subtotal,
    ) as shop:
        shop.add("taxes", country="SA", rate="15", name="VAT", shipping=True)
        prices = ["9.99", "0.333", "17.05"]
        goods = [shop.add("products", name=one, regular_price=one)["id"] for one in prices]
        orders = [
            shop.order((goods[0], 3), (goods[1], 7), goods[2]),
            shop.order((goods[1], 1), (goods[2], 13), shipping_cost="4.95"),
        ]
        async with entered(shop) as connector:
            told = [await read(connector, "store_order", one["id"]) for one in orders]

    for order, wire in zip(told, orders, strict=True):
        assert order.total == Decimal(wire["total"])
        assert order.tax == Decimal(wire["total_tax"])
        assert abs(comes_to(order) - order.total) <= Decimal(1).scaleb(-decimals)


async def test_cash_on_delivery_is_not_paid_until_it_is_completed(shop: WooCommerceStandIn):
    shirt = shop.add("products", name="Shirt", regular_price="10")["id"]
    bought = shop.order(shirt, status="processing", payment_method="cod", paid=False)
    async with entered(shop) as connector:
        before = await read(connector, "store_order", bought["id"])
        shop.edit(f"orders/{bought['id']}", status="completed")
        after = await read(connector, "store_order", bought["id"])

    assert (before.method, before.paid, before.payments) == ("cod", "no", ())
    assert (after.state, after.paid) == ("completed", "yes")


def test_gift_cards_pay_and_tips_and_unknown_products_are_lines():
    wire = _order(
        total="70.00",
        line_items=[{**_line(1, "100.00"), "product_id": 0, "sku": None}],
        fee_lines=[{"id": 2, "name": "Gift card AB12", "total": "-30.00", "taxes": []}],
    )
    told = mapping.from_wire({"order": wire})

    assert [line.kind for line in told.lines] == ["item"]
    assert told.lines[0].product is None
    assert {one.method: one.amount for one in told.payments} == {"gift_card": 30, "card": 70}
    assert told.total == 100


def test_gift_cards_of_the_plugin_are_told_apart_from_the_total():
    cards = [{"id": 5, "code": "AB12", "amount": "30.00"}]
    wire = _order(total="70.00", line_items=[_line(1, "100.00")], gift_cards=cards)
    told = mapping.from_wire({"order": wire})

    assert told.total == 100
    assert sum(one.amount for one in told.payments) == 100


def test_a_line_that_sells_a_gift_card_is_known():
    line = {**_line(1, "50.00"), "meta_data": [{"key": "pw_gift_card_to", "value": "a@b.c"}]}
    told = mapping.from_wire({"order": _order(total="50.00", line_items=[line])})

    assert [one.kind for one in told.lines] == ["gift_card"]


@pytest.mark.parametrize(
    ("status", "completed", "state"),
    [
        ("on-hold", None, "on_hold"),
        ("failed", None, "failed"),
        ("refunded", "2026-03-01T10:00:00", "completed"),
        ("refunded", None, "cancelled"),
        ("packing", None, "processing"),
    ],
)
def test_states_are_the_hubs(status: str, completed: str | None, state: str):
    wire = _order(status=status, date_completed_gmt=completed)
    told = mapping.from_wire({"order": wire, "states": mapping.own_states("packing=processing")})

    assert told.state == state


def test_a_status_of_a_plugin_is_an_error_with_a_remedy():
    with pytest.raises(Rejected) as caught:
        mapping.from_wire({"order": _order(status="packing"), "states": {}})

    assert "packing" in caught.value.reason
    assert "packing=processing" in caught.value.remedy


async def test_a_guest_is_known_by_his_address_and_another_by_his_order(shop: WooCommerceStandIn):
    shirt = shop.add("products", name="Shirt", regular_price="10")["id"]
    named = shop.order(shirt, email="Mona@Example.com")
    nobody = shop.order(shirt, billing={})
    account = shop.add("customers", email="ali@example.com", first_name="علي")["id"]
    known = shop.order(shirt, customer_id=account)
    async with entered(shop) as connector:
        buyers = [
            (await read(connector, "store_order", one["id"])).customer.id
            for one in (named, nobody, known)
        ]
        guest = await read(connector, "partner", "guest:mona@example.com")
        found = await connector.find("partner", ["email:mona@example.com", "email:ali@example.com"])
        ids = await connector.ids("partner")

    assert buyers == ["guest:mona@example.com", f"order:{nobody['id']}", str(account)]
    assert (guest.name, guest.address.city) == ("Mona Haddad", "Riyadh")
    assert found == {
        "email:mona@example.com": ["guest:mona@example.com"],
        "email:ali@example.com": [str(account)],
    }
    assert set(buyers) <= ids


async def test_an_old_order_that_is_sent_today_does_not_bring_back_an_old_address(
    shop: WooCommerceStandIn,
):
    shirt = shop.add("products", name="Shirt", regular_price="10")["id"]
    shop.clock.move(-90 * 60)
    moved = {"first_name": "Mona", "email": "mona@example.com", "country": "SA"}
    old = shop.order(shirt, billing={**moved, "city": "Riyadh"})["id"]
    shop.clock.move(60)
    shop.order(shirt, billing={**moved, "city": "Jeddah"})
    async with entered(shop) as connector:
        pages = [page async for page in connector.changes("partner", "")]
        shop.clock.move(89 * 60)
        shop.edit(f"orders/{old}", status="completed")
        quiet = re.sub(r'(since\\":)\d+', r"\g<1>0", pages[-1].cursor)
        later = await news(connector, "partner", quiet)

    assert [one.address.city for one in later] == ["Jeddah"]


async def test_carts_in_the_till_and_the_trash_are_no_orders(shop: WooCommerceStandIn):
    shirt = shop.add("products", name="Shirt", regular_price="10")["id"]
    cart = shop.order(shirt, status="checkout-draft", paid=False)
    thrown = shop.order(shirt)
    shop.delete(f"orders/{thrown['id']}", force=False)
    async with entered(shop) as connector:
        changes = [c async for page in connector.changes("store_order", "") for c in page.changes]
        found = await connector.read("store_order", [str(cart["id"]), str(thrown["id"])])

    assert (changes, list(found)) == ([], [])


async def test_a_refund_is_positive_and_names_the_lines_of_its_order(shop: WooCommerceStandIn):
    shirt = shop.add(
        "products", name="Shirt", regular_price="100", manage_stock=True, stock_quantity=9
    )["id"]
    bought = shop.order((shirt, 2), shipping_cost="20.00")
    line = bought["line_items"][0]["id"]
    shop.refund(bought["id"], lines={line: 1}, shipping=True, reason="تالف")
    shop.refund(bought["id"], lines={line: 1}, restock=False)
    async with entered(shop) as connector:
        first, second = await news(connector, "refund")

    assert first.order == second.order == Ref("store_order", str(bought["id"]))
    assert (first.total, first.reason, first.currency) == (138, "تالف", "SAR")
    item, sent = first.lines
    assert (item.line, item.quantity, item.net, item.taxes[0].amount) == (str(line), 1, 100, 15)
    assert item.restock
    assert (sent.kind, sent.net, sent.quantity) == ("shipping", 20, 0)
    assert second.total == 115


async def test_the_state_is_written_and_the_customer_told_once(shop: WooCommerceStandIn):
    shirt = shop.add("products", name="Shirt", regular_price="10")["id"]
    bought = str(shop.order(shirt)["id"])
    async with entered(shop) as connector:
        order = await read(connector, "store_order", bought)
        told = type(order)(
            **{
                **{name: getattr(order, name) for name in order.__dataclass_fields__},
                "state": "cancelled",
                "extra": {"customer_note": "Sorry, it broke."},
            }
        )
        for _ in range(2):
            done = await outcome(connector, "store_order", intent(told, "state", one=bought))
            assert done == Written(external_id=bought)

    notes = [note["note"] for note in shop.rows(f"orders/{bought}/notes", type="customer")]
    assert notes == ["Sorry, it broke."]
    assert shop.row(f"orders/{bought}")["status"] == "cancelled"


async def test_no_order_is_made_in_the_store(shop: WooCommerceStandIn):
    async with entered(shop) as connector:
        order = mapping.from_wire({"order": _order()})
        refused = await outcome(connector, "store_order", intent(order, "state"))

    assert isinstance(refused, ConnectorError)
    assert shop.rows("orders") == []


def _order(**more):
    return {
        "id": 7,
        "number": "7",
        "status": "processing",
        "currency": "SAR",
        "total": "0.00",
        "payment_method": "card",
        "date_created_gmt": "2026-03-01T09:00:00",
        "date_paid_gmt": "2026-03-01T09:01:00",
        **more,
    }


def _line(number: int, total: str):
    amounts = {"subtotal": total, "total": total, "taxes": []}
    return {"id": number, "name": "Thing", "product_id": 3, "quantity": 1, **amounts}


async def test_many_guests_who_order_at_once_cost_few_calls(shop: WooCommerceStandIn):
    shirt = shop.add("products", name="Shirt", regular_price="10")["id"]
    names = [f"guest:c{number}@example.com" for number in range(30)]
    for city in ("Riyadh", "Jeddah"):
        for name in names:
            person = {"email": name.partition(":")[2], "city": city, "country": "SA"}
            shop.order(shirt, billing=person)
    async with entered(shop) as connector:
        shop.clear()
        told = await connector.read("partner", [*names, "guest:nobody@example.com"])

    assert [one.external_id for one in told] == names
    assert {one.wire["row"]["billing"]["city"] for one in told} == {"Jeddah"}
    assert len(shop.calls) <= 3
