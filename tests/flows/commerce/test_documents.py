"""Products, refunds and shipments on their way: what is said of them and what is left out."""

from dataclasses import replace
from decimal import Decimal

import pytest

from qantara.flows.commerce import catalogue, fulfilment, refunds
from qantara.flows.commerce.options import Options
from qantara.model import (
    Category,
    Money,
    Option,
    OptionValue,
    Product,
    Ref,
    Refund,
    Returned,
    Sent,
    Shipment,
    Text,
    Variant,
)
from qantara.storage import dead_letters
from qantara.transport import Rejected
from tests.flows.commerce.shop import Trade, line, noura, order, product

OPTIONS = Options(odoo="odoo", store="shop!")
D = Decimal


def refund(*lines: Returned, **more: object) -> Refund:
    fields = {
        "order": Ref("store_order", "1"),
        "number": "5",
        "currency": "SAR",
        "total": D("11.5"),
    }
    return Refund(lines=lines, **{**fields, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("choice", "told", "back"),
    [
        ("as_told", True, True),
        ("as_told", False, False),
        ("always", False, True),
        ("never", True, False),
    ],
)
def test_goods_come_back_by_choice(choice: str, *, told: bool, back: bool) -> None:
    options = OPTIONS.model_copy(update={"restock": choice})
    made = refunds.for_odoo(refund(Returned(line="1", quantity=D(1), restock=told)), options)

    assert isinstance(made, Refund)
    assert [one.restock for one in made.lines] == [back]


def test_money_for_no_goods_brings_none_back() -> None:
    options = OPTIONS.model_copy(update={"restock": "always"})
    lines = (Returned(line="1", net=D(10)), Returned(line="2", kind="shipping", quantity=D(1)))

    made = refunds.for_odoo(refund(*lines), options)

    assert isinstance(made, Refund)
    assert [one.restock for one in made.lines] == [False, False]


def test_a_refund_carries_the_rules_and_a_negative_one_is_refused() -> None:
    options = OPTIONS.model_copy(update={"journals": {"*": "BNK1"}, "residue": "R"})
    made = refunds.for_odoo(refund(), options)
    assert isinstance(made, Refund)
    assert made.extra["odoo"] == {"journals": {"*": "BNK1"}, "residue": "R", "source": "shop!"}

    with pytest.raises(Rejected, match="gives back -1"):
        refunds.for_odoo(refund(total=D(-1)), options)


def test_money_given_back_by_hand_waits_or_counts_as_paid() -> None:
    waiting = refunds.for_odoo(refund(), OPTIONS)
    paid = refunds.for_odoo(refund(), OPTIONS.model_copy(update={"refunds_by_hand": "paid"}))

    assert isinstance(waiting, Refund)
    assert isinstance(paid, Refund)
    assert waiting.payments == ()
    assert [(one.method, one.amount) for one in paid.payments] == [("by_hand", D("-11.5"))]


async def test_a_refund_comes_after_its_order_and_once(trade: Trade) -> None:
    noura(trade.shop)
    id_ = trade.shop.place(order("1001", "c1", line(trade.sku("A"), 2)))
    trade.shop.put("refund", refund(order=Ref("store_order", id_)), f"{id_}/5")
    await trade.turn("refund")
    assert [one.code for one in await trade.journal.run(dead_letters.listing)] == [
        "MissingReference"
    ]

    await trade.settle()
    await trade.settle()

    assert await trade.journal.run(dead_letters.listing) == []
    [kept] = trade.odoo.records["refund"].values()
    [there] = trade.odoo.records["store_order"]
    assert isinstance(kept, Refund)
    assert kept.order == Ref("store_order", there)


async def test_what_left_is_told_to_the_store(trade: Trade) -> None:
    noura(trade.shop)
    id_ = trade.shop.place(order("1001", "c1", line(trade.sku("A"), 2)))
    await trade.settle()
    [there] = trade.odoo.records["store_order"]
    left = Shipment(
        order=Ref("store_order", there),
        number="WH/OUT/1",
        lines=(Sent(product=Ref("variant", "Av0"), quantity=D(2)),),
        carrier="SMSA",
        tracking=("T1",),
    )
    trade.odoo.put("shipment", left)

    await trade.settle()

    [told] = trade.shop.records["shipment"].values()
    assert isinstance(told, Shipment)
    assert told.order == Ref("store_order", id_)
    assert [(one.product.id, one.quantity) for one in told.lines] == [(trade.sku("A"), D(2))]
    assert (told.carrier, told.tracking) == ("SMSA", ("T1",))


def test_a_delivery_of_nothing_is_not_told() -> None:
    empty = Shipment(
        order=Ref("store_order", "1"),
        number="1",
        lines=(Sent(product=Ref("variant", "1"), quantity=D(0)),),
    )

    assert not isinstance(fulfilment.for_store(empty), Shipment)


@pytest.mark.parametrize(
    ("lacking", "reason"),
    [
        (replace(product("A"), price=None), "has no price"),
        (replace(product("A"), variants=(Variant(sku=""),)), "has no internal reference"),
    ],
)
async def test_a_product_that_cannot_be_sold_says_what_it_lacks(
    trade: Trade, lacking: Product, reason: str
) -> None:
    trade.odoo.put("product", lacking, "X")

    await trade.settle()

    [letter] = await trade.journal.run(dead_letters.listing)
    assert reason in letter.reason
    assert letter.remedy


async def test_prices_of_variants_are_the_products_with_their_surcharges(trade: Trade) -> None:
    colour = Option(
        name=Text("Colour"),
        values=(OptionValue(name=Text("Red")), OptionValue(name=Text("Gold"), surcharge=D(5))),
    )
    variants = (
        Variant(sku="T-R", options=(("Colour", "Red"),)),
        Variant(sku="T-G", options=(("Colour", "Gold"),)),
    )
    trade.odoo.put("product", product("T", options=(colour,), variants=variants), "T")

    await trade.settle()

    [shown] = [
        one
        for one in trade.shop.records["product"].values()
        if isinstance(one, Product) and one.options
    ]
    assert {one.variant: one.price.amount for one in shown.prices} == {
        "Colour=Red": 10,
        "Colour=Gold": 15,
    }


async def test_a_product_taken_off_sale_is_archived_in_the_store(trade: Trade) -> None:
    trade.odoo.put("product", product("A", sold=False), "A")

    await trade.settle()

    states = {
        one.variants[0].sku: one.active
        for one in trade.shop.records["product"].values()
        if isinstance(one, Product)
    }
    assert states == {"A": False, "B": True}


async def test_the_store_may_keep_the_catalogue(trade: Trade) -> None:
    trade.options = trade.options.model_copy(update={"catalogue": "from_store"})
    above = trade.shop.put("category", Category(name=Text("Hats"), path="Hats"))
    sold = product("NEW", price="0", categories=(Ref("category", above),))
    trade.shop.put("product", replace(sold, prices=(), price=Money.of("7", "SAR")))

    await trade.settle()

    [kept] = [
        one
        for one in trade.odoo.records["product"].values()
        if isinstance(one, Product) and one.variants[0].sku == "NEW"
    ]
    [there] = trade.odoo.records["category"]
    assert kept.category == Ref("category", there)
    assert kept.price == Money.of("7", "SAR")


async def test_both_sides_may_keep_the_catalogue(trade: Trade) -> None:
    """What the shop writes of a product comes home, and Odoo's words still go there."""
    link = replace(await trade.link("product"), two_way=True)

    assert link.no_way_back == ""
    assert link.mirrored.source is trade.shop
    shown = catalogue.product(OPTIONS, trade.odoo, trade.shop, "x").transform(product("A"))
    assert isinstance(shown, Product)
    assert link.wording(shown) == shown
