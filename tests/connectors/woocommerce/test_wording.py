"""What a store has no place for is no difference: its record reads back as it was worded."""

from dataclasses import replace
from decimal import Decimal

from qantara.connectors.woocommerce.mapping.product import PIECE
from qantara.model import Category, Money, Option, OptionValue, Product, Text, Variant, VariantPrice
from qantara.sandbox.woocommerce import WooCommerceStandIn
from tests.connectors.woocommerce.entering import entered, intent, made, read

COLOUR = Option(
    name=Text.of("Colour", {"ar": "لون"}),
    values=(
        OptionValue(name=Text.of("Black", {"ar": "أسود"})),
        OptionValue(name=Text.of("Red", {"ar": "أحمر"}), surcharge=Decimal(5)),
    ),
)
LAMP = Product(
    name=Text.of("Lamp", {"ar": "مصباح"}),
    kind="goods",
    unit=PIECE,
    html=Text.of("<p>It shines.</p>", {"ar": "<p>يضيء.</p>"}),
    options=(COLOUR,),
    variants=tuple(
        Variant(sku=sku, options=(("Colour", name),), volume=Decimal("0.04"))
        for sku, name in (("L-B", "Black"), ("L-R", "Red"))
    ),
    prices=tuple(
        VariantPrice(variant=f"Colour={name}", price=Money.of(price, "SAR"))
        for name, price in (("Black", "20"), ("Red", "25"))
    ),
)


async def kept(shop: WooCommerceStandIn, language: str) -> tuple[Product, Product]:
    """The lamp as the store would tell it, and as it does."""
    settings = {"language": language} if language else {}
    async with entered(shop, **settings) as woo:
        [worded] = await woo.reworded("product", [LAMP])
        assert isinstance(worded, Product)
        id_ = await made(woo, "product", intent(worded))
        there = await read(woo, "product", id_)
    assert isinstance(there, Product)
    return worded, replace(there, category=None, categories=(), price=None)


async def test_a_product_of_two_languages_reads_back_in_the_main_one(
    shop: WooCommerceStandIn,
) -> None:
    worded, there = await kept(shop, "")

    assert there == worded
    assert (worded.name, worded.options[0].name) == (Text("Lamp"), Text("Colour"))
    assert [one.volume for one in worded.variants] == [0, 0]


async def test_a_product_reads_back_in_the_language_of_the_store(shop: WooCommerceStandIn) -> None:
    worded, there = await kept(shop, "ar")

    assert there == worded
    assert worded.name == Text("مصباح")
    assert {one.variant: one.price.amount for one in worded.prices} == {
        "لون=أسود": 20,
        "لون=أحمر": 25,
    }


async def test_a_category_has_one_language(shop: WooCommerceStandIn) -> None:
    async with entered(shop) as woo:
        told = Category(name=Text.of("Light", {"ar": "إضاءة"}), path="Light")

        assert await woo.reworded("category", [told]) == [replace(told, name=Text("Light"))]
