"""Products with their variations reach the store once and whole, whatever goes wrong on the way."""

from dataclasses import replace
from decimal import Decimal
from itertools import product as combinations
from typing import Any

import pytest

from qantara.connectors.base import Written
from qantara.connectors.woocommerce.mapping.product import PIECE
from qantara.connectors.woocommerce.pace import AIM, MOST, Pace
from qantara.model import (
    Image,
    Money,
    Option,
    OptionValue,
    Product,
    Ref,
    Text,
    Variant,
    VariantPrice,
)
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.transport import ConnectorError, Rejected
from tests.connectors.woocommerce.entering import entered, intent, made, outcome, read
from tests.connectors.woocommerce.pictures import PICTURES, Pictures

COLOURS, SIZES, CUTS = ("أحمر", "أزرق", "أخضر"), ("S", "M", "L", "XL"), tuple("ABCDE")


def shirt(**more: Any) -> Product:
    """A product without variants."""
    given = {
        "name": Text("Shirt"),
        "kind": "goods",
        "unit": PIECE,
        "variants": (Variant(sku="S-1"),),
        "price": Money.of("99.90", "SAR"),
        **more,
    }
    return Product(**given)


def suit() -> Product:
    """Three colours, four sizes, five cuts: sixty variants, each with a price of its own."""
    names = {"لون": COLOURS, "Size": SIZES, "Cut": CUTS}
    variants = tuple(
        Variant(
            sku=f"SUIT-{number}",
            options=tuple(sorted(zip(names, chosen, strict=True))),
            weight=Decimal(number),
        )
        for number, chosen in enumerate(combinations(*names.values()))
    )
    variants = tuple(sorted(variants, key=lambda one: one.key))
    return shirt(
        name=Text("بدلة"),
        variants=variants,
        price=None,
        options=tuple(
            sorted(
                (
                    Option(
                        name=Text(name), values=tuple(OptionValue(name=Text(one)) for one in values)
                    )
                    for name, values in names.items()
                ),
                key=lambda option: option.name.value,
            )
        ),
        prices=tuple(
            VariantPrice(variant=one.key, price=Money.of(100 + number, "SAR"))
            for number, one in enumerate(variants)
        ),
    )


@pytest.mark.parametrize("attributes", ["product", "global"])
async def test_sixty_variants_go_there_and_back(shop: WooCommerceStandIn, attributes: str):
    async with entered(shop, attributes=attributes) as connector:
        done = await outcome(connector, "product", intent(suit()))
        assert isinstance(done, Written)
        back = await read(connector, "product", done.external_id)
        (change,) = await connector.read("product", [done.external_id])
        again = await outcome(connector, "product", intent(suit(), key="other"))

    assert (back.variants, back.prices) == (suit().variants, suit().prices)
    assert _choices(back) == _choices(suit())
    assert change.children.keys() == {one.key for one in suit().variants}
    assert again == done
    assert len(shop.rows(f"products/{done.external_id}/variations")) == 60
    assert len(shop.rows("products/attributes")) == (3 if attributes == "global" else 0)


async def test_a_combination_that_is_there_twice_is_mended(shop: WooCommerceStandIn):
    async with entered(shop) as connector:
        parent = await made(connector, "product", intent(_two()))
        twin = [{"name": "Size", "option": "S"}]
        shop.add(f"products/{parent}/variations", sku="TWIN", attributes=twin)
        before = await read(connector, "product", parent)
        await outcome(connector, "product", intent(_two(), "variants", one=parent))

    assert [one.sku for one in before.variants] == ["T-M", "T-S"]
    rows = shop.rows(f"products/{parent}/variations")
    assert sorted(row["sku"] for row in rows) == ["T-M", "T-S"]


async def test_a_product_that_gets_sizes_becomes_variable_and_back(shop: WooCommerceStandIn):
    alone = _two(variants=(Variant(sku="T-S"),), options=())
    async with entered(shop) as connector:
        one = await made(connector, "product", intent(alone))
        kinds = []
        for record in (_two(), alone):
            done = await outcome(connector, "product", intent(record, one=one))
            assert done == Written(external_id=one)
            back = await read(connector, "product", one)
            kinds.append(shop.row(f"products/{one}")["type"])
            assert back.variants == record.variants

    assert kinds == ["variable", "simple"]


@pytest.mark.parametrize("sku", ["S-1", "S,1"])
async def test_what_somebody_else_made_is_adopted(shop: WooCommerceStandIn, sku: str):
    """Found by its SKU; one with a comma cannot be asked for, but the store names who has it."""
    async with entered(shop) as connector:
        there = shop.add("products", name="By hand", sku=sku)["id"]
        done = await outcome(connector, "product", intent(shirt(variants=(Variant(sku=sku),))))
        back = await read(connector, "product", there)

    assert done == Written(external_id=str(there))
    assert back.name == Text("Shirt")
    assert len(shop.rows("products")) == 1


async def test_a_sku_in_the_trash_is_told_in_words(shop: WooCommerceStandIn):
    thrown = shop.add("products", name="Old", sku="S-1")["id"]
    shop.delete(f"products/{thrown}", force=False)
    async with entered(shop) as connector:
        refused = await outcome(connector, "product", intent(shirt()))

    assert isinstance(refused, Rejected)
    assert "trash" in refused.reason
    assert "Trash" in refused.remedy


async def test_a_sku_of_another_products_variation_is_told_in_words(shop: WooCommerceStandIn):
    async with entered(shop) as connector:
        await outcome(connector, "product", intent(_two()))
        other = shirt(name=Text("Other"), variants=(Variant(sku="X-1"),))
        one = await made(connector, "product", intent(other, key="other"))
        taken = replace(other, variants=(Variant(sku="T-S"),))
        refused = await outcome(connector, "product", intent(taken, "variants", one=one))

    assert isinstance(refused, ConnectorError)
    assert "SKU" in refused.reason


async def test_a_category_that_is_gone_is_an_error_and_not_dropped(shop: WooCommerceStandIn):
    async with entered(shop) as connector:
        lost = shirt(categories=(Ref("category", "987"),))
        refused = await outcome(connector, "product", intent(lost))

    assert isinstance(refused, Rejected)
    assert "987" in refused.reason
    assert shop.rows("products") == []


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"variants": (Variant(sku="S-1", barcode="ABC"),)}, "ABC"),
        ({"price": Money.of("-1", "SAR")}, "-1"),
        ({"price": Money.of("1", "EUR")}, "EUR"),
        ({"variants": (Variant(sku="S-1", weight=Decimal(-2)),)}, "-2"),
        ({"variants": ()}, "no variant"),
    ],
)
async def test_what_the_store_would_spoil_is_refused_before(
    shop: WooCommerceStandIn, more: dict[str, Any], word: str
):
    async with entered(shop) as connector:
        refused = await outcome(connector, "product", intent(shirt(**more)))

    assert isinstance(refused, Rejected)
    assert word in refused.reason
    assert shop.rows("products") == []


async def test_prices_in_the_stores_currency_are_taken_and_others_left(shop: WooCommerceStandIn):
    prices = (
        VariantPrice(variant="", price=Money.of("20", "EUR")),
        VariantPrice(variant="", price=Money.of("80.5", "SAR"), regular=Money.of("100", "SAR")),
    )
    async with entered(shop) as connector:
        one = await made(connector, "product", intent(shirt(prices=prices)))
        reduced = await read(connector, "product", one)
        full = shirt(prices=(VariantPrice(variant="", price=Money.of("90", "SAR")),))
        await outcome(connector, "product", intent(full, "prices", one=one))
        row = shop.row(f"products/{one}")

    assert reduced.prices == prices[1:]
    assert (row["regular_price"], row["sale_price"]) == ("90", "")


async def test_attributes_that_describe_are_kept(shop: WooCommerceStandIn):
    async with entered(shop) as connector:
        one = await made(connector, "product", intent(_two()))
        cloth = {"name": "Cloth", "visible": True, "options": ["Cotton"]}
        there = [
            {"name": row["name"], "variation": True, "options": row["options"]}
            for row in shop.row(f"products/{one}")["attributes"]
        ]
        shop.edit(f"products/{one}", attributes=[*there, cloth])
        await outcome(connector, "product", intent(_two(), "options", "variants", one=one))
        back = await read(connector, "product", one)

    names = {row["name"] for row in shop.row(f"products/{one}")["attributes"]}
    assert names == {"Size", "Cloth"}
    assert [option.name.value for option in back.options] == ["Size"]


async def test_a_picture_that_is_there_is_not_fetched_again(
    shop: WooCommerceStandIn, pictures: Pictures
):
    first, second = (Image(sha1=one) for one in PICTURES)
    async with entered(shop, images=pictures.base) as connector:
        one = await made(connector, "product", intent(shirt(image=first)))
        more = shirt(image=second, gallery=(first,))
        await outcome(connector, "product", intent(more, "image", "gallery", one=one))
        back = await read(connector, "product", one)
        content = await connector.content("product", [one])

    assert (back.image, back.gallery) == (second, (first,))
    assert content == {one: PICTURES[second.sha1]}
    rows = shop.row(f"products/{one}")["images"]
    assert len({row["id"] for row in rows}) == 2


async def test_a_picture_under_another_name_is_known_by_what_we_noted(
    shop: WooCommerceStandIn, pictures: Pictures
):
    first = Image(sha1=next(iter(PICTURES)))
    where = {first.sha1: f"{pictures.url}/plain/0.png"}
    record = shirt(image=first, extra={"images": where})
    async with entered(shop) as connector:
        one = await made(connector, "product", intent(record))
        before = shop.row(f"products/{one}")["images"]
        await outcome(connector, "product", intent(record, "image", one=one))
        back = await read(connector, "product", one)

    assert back.image == first
    assert [row["id"] for row in shop.row(f"products/{one}")["images"]] == [
        row["id"] for row in before
    ]


@pytest.mark.parametrize("images", ["", "{url}/{sha1}-gone.png"])
async def test_no_picture_loses_a_product(
    shop: WooCommerceStandIn, pictures: Pictures, images: str
):
    """Without an address, or behind one that leads nowhere: the product is there without it."""
    base = images.replace("{url}", pictures.url)
    record = shirt(image=Image(sha1="0" * 40))
    async with entered(shop, images=base) as connector:
        one = await outcome(connector, "product", intent(record))
        assert isinstance(one, Written)
        again = await outcome(connector, "product", intent(record, "image", one=one.external_id))
        back = await read(connector, "product", one.external_id)

    assert again == one
    assert (back.name, back.image) == (record.name, None)
    for told in (one, again):
        assert isinstance(told, Written)
        assert told.short is not None
        assert "without its picture" in told.short.reason
        assert told.short.remedy


async def test_an_archived_product_is_hidden_and_comes_back_as_it_was(shop: WooCommerceStandIn):
    async with entered(shop) as connector:
        one = await made(connector, "product", intent(shirt()))
        away = shirt(active=False)
        await outcome(connector, "product", intent(away, "active", one=one))
        hidden, gone = shop.row(f"products/{one}")["status"], await read(connector, "product", one)
        await outcome(connector, "product", intent(shirt(), "active", one=one))
        back = await read(connector, "product", one)

    assert (hidden, gone.active, gone.published) == ("draft", False, True)
    assert (back.active, back.published) == (True, True)


async def test_digital_goods_and_services_are_told_apart(shop: WooCommerceStandIn):
    async with entered(shop) as connector:
        book = shirt(kind="service", digital=True)
        one = await made(connector, "product", intent(book))
        back = await read(connector, "product", one)

    assert (back.kind, back.digital) == ("service", True)


async def test_names_with_an_ampersand_come_back_as_they_were(shop: WooCommerceStandIn):
    async with entered(shop) as connector:
        record = shirt(
            name=Text("Salt & <Pepper>".replace("<", "«").replace(">", "»")), tags=("a & b",)
        )
        one = await made(connector, "product", intent(record))
        back = await read(connector, "product", one)

    assert (back.name, back.tags) == (record.name, record.tags)


async def test_a_shop_that_takes_fewer_at_a_time_gets_fewer():
    with WooCommerceStandIn(batch_limit=3) as shop:
        records = [
            shirt(name=Text(f"N {number}"), variants=(Variant(sku=f"N-{number}"),))
            for number in range(8)
        ]
        async with entered(shop) as connector:
            writes = [intent(one, key=one.name.value) for one in records]
            done = await connector.write("product", writes)

        assert all(isinstance(one, Written) for one in done)
        assert len(shop.rows("products")) == 8


def test_batches_grow_with_a_quick_store_and_shrink_with_a_slow_one():
    pace = Pace()
    sizes = []
    for seconds in (1.0, 1.0, 1.0, 40.0, 1.0):
        pace.took(pace.size, seconds)
        sizes.append(pace.size)

    assert sizes[2] == MOST
    assert sizes[3] == int(AIM * MOST / 40)
    assert sizes[4] > sizes[3]


def _choices(record: Product) -> dict[str, set[str]]:
    """A shop keeps the choices of its own attributes in an order of its own."""
    return {one.name.value: {value.name.value for value in one.values} for one in record.options}


def _two(**more: Any) -> Product:
    size = Option(name=Text("Size"), values=tuple(OptionValue(name=Text(one)) for one in "SM"))
    given: dict[str, Any] = {
        "name": Text("Tee"),
        "options": (size,),
        "variants": tuple(Variant(sku=f"T-{one}", options=(("Size", one),)) for one in "MS"),
        **more,
    }
    return shirt(**given)
