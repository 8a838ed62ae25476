"""A product is written without losing what others have put into it."""

import itertools
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from qantara.connectors.shopify.mapping import product as products
from qantara.connectors.shopify.mapping.product_input import (
    NOBODY,
    Wish,
    needs_picture,
    product_input,
)
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
from qantara.testing.altering import names
from qantara.transport import Rejected
from tests.connectors.shopify.wires import collection, picture, product, variant

SHA1 = "a" * 40


def record(*variants, **changes):
    every = variants or (Variant(sku="A"),)
    options: dict = {name: {} for one in every for name, _ in one.options}
    for one in every:
        for name, value in one.options:
            options[name][value] = None
    made = Product(
        name=Text("كرسي"),
        kind="goods",
        unit=products.PIECE,
        variants=tuple(every),
        options=tuple(
            Option(name=Text(name), values=tuple(OptionValue(name=Text(v)) for v in values))
            for name, values in options.items()
        ),
        prices=tuple(VariantPrice(variant=one.key, price=Money.of("9.5", "SAR")) for one in every),
    )
    return replace(made, **changes)


def wish(made, fields=None, present=NOBODY, **changes):
    told = {"record": made, "fields": fields or names(made), "currency": "SAR", "key": "p-1"}
    return Wish(**told, present=present, **changes)


def told_back(made, node):
    """The node with the metafields that were written, as Shopify would give it back."""
    details = next(one for one in made["metafields"] if one["key"] == "details")
    return {**node, "details": {"value": details["value"]}}


def kept(made, name):
    return [one.get("id") for one in made[name]]


def test_a_product_is_read_with_all_its_variants():
    node = product(
        [
            variant(2, ("Colour", "Red"), ("Size", "L"), compareAtPrice="12.00"),
            variant(1, ("Colour", "Blue"), ("Size", "L"), price="11.125"),
        ]
    )
    made = products.from_wire({"node": node, "currency": "KWD"})

    assert [one.key for one in made.variants] == ["Colour=Blue|Size=L", "Colour=Red|Size=L"]
    assert [one.price.amount for one in made.prices] == [Decimal("11.125"), Decimal("10.00")]
    assert made.prices[1].regular == Money.of("12.00", "KWD")
    assert made.price == Money.of("10.00", "KWD")
    assert made.variants[0].weight == Decimal("0.25")
    assert (made.kind, made.published, made.active, made.digital) == ("goods", True, True, False)
    assert products.children(node) == {"Colour=Blue|Size=L": "1", "Colour=Red|Size=L": "2"}


def test_three_by_four_by_five_variants_are_one_product():
    axes = {"Colour": "RGB", "Size": "1234", "Cut": "abcde"}
    every = [tuple(zip(axes, one, strict=True)) for one in itertools.product(*axes.values())]
    made = product_input(
        wish(record(*(Variant(sku=f"V{n}", options=o) for n, o in enumerate(every))))
    )

    assert len(made["variants"]) == 60
    assert [len(one["values"]) for one in made["productOptions"]] == [3, 4, 5]
    assert made["variants"][59]["optionValues"][2] == {"optionName": "Cut", "name": "e"}


def test_a_product_without_options_has_shopifys_own_one():
    made = product_input(wish(record()))

    assert made["productOptions"] == [
        {"name": "Title", "position": 1, "values": [{"name": "Default Title"}]}
    ]
    assert made["variants"][0]["price"] == "9.5"


def test_what_others_added_is_handed_back():
    foreign = {"namespace": "reviews", "key": "stars", "type": "json", "value": "{}"}
    app = {"namespace": "app--9--x", "key": "secret", "type": "json", "value": "{}"}
    present = product(
        [variant(1, ("Colour", "Red")), variant(2, ("Colour", "Gold"))],
        media={"nodes": [picture(7)]},
        collections={"nodes": [collection(4), collection(5, rules=True)]},
        metafields={"nodes": [foreign, app]},
    )
    ours = record(
        Variant(sku="SKU-1", options=(("Colour", "Red"),)), categories=(Ref("category", "6"),)
    )
    made = product_input(wish(ours, present=present))

    assert kept(made, "variants") == [
        "gid://shopify/ProductVariant/1",
        "gid://shopify/ProductVariant/2",
    ]
    assert [one["name"] for one in made["productOptions"][0]["values"]] == ["Red", "Gold"]
    assert kept(made, "files") == ["gid://shopify/MediaImage/7"]
    assert made["collections"] == ["gid://shopify/Collection/4", "gid://shopify/Collection/6"]
    assert foreign in made["metafields"]
    assert "app--9--x" not in {one["namespace"] for one in made["metafields"]}


def test_what_we_wrote_and_now_leave_out_is_taken_away():
    red, blue = (Variant(sku=f"S{one}", options=(("Colour", one),)) for one in ("Red", "Blue"))
    first = product_input(wish(record(red, blue, categories=(Ref("category", "4"),))))
    there = product(
        [
            variant(1, ("Colour", "Red")),
            variant(2, ("Colour", "Blue")),
            variant(3, ("Colour", "Gold")),
        ],
        collections={"nodes": [collection(4), collection(9)]},
    )
    made = product_input(wish(record(red), present=told_back(first, there)))

    assert kept(made, "variants") == [
        "gid://shopify/ProductVariant/1",
        "gid://shopify/ProductVariant/3",
    ]
    assert made["collections"] == ["gid://shopify/Collection/9"]


def test_a_field_that_is_not_named_is_not_written_and_its_list_is_handed_back():
    present = product([variant(1, ("Colour", "Red")), variant(2, ("Colour", "Gold"))])
    made = product_input(wish(record(Variant(sku="X")), frozenset({"name"}), present))

    assert made["title"] == "كرسي"
    assert "descriptionHtml" not in made
    assert "status" not in made
    assert [sorted(one) for one in made["variants"]] == [["id", "optionValues"]] * 2


def test_a_variant_whose_option_was_renamed_stays_the_same_by_its_sku():
    present = product([variant(1, ("Color", "Red"))])
    made = product_input(
        wish(record(Variant(sku="SKU-1", options=(("Colour", "Red"),))), present=present)
    )

    assert kept(made, "variants") == ["gid://shopify/ProductVariant/1"]
    assert [one["name"] for one in made["productOptions"]] == ["Colour"]


def test_a_picture_is_sent_once_and_known_by_its_hash():
    made = record(image=Image(sha1=SHA1))
    first = wish(made, source="https://place/1")
    sent = product_input(first)
    there = told_back(sent, product([variant(1)], media={"nodes": [picture(7), picture(8)]}))
    again = wish(made, present=there)

    assert needs_picture(first)
    assert sent["files"][0]["originalSource"] == "https://place/1"
    assert not needs_picture(again)
    assert kept(product_input(again), "files") == [one["id"] for one in there["media"]["nodes"]]
    read = products.from_wire({"node": there, "currency": "SAR"})
    assert read.image == Image(sha1=SHA1)
    assert read.gallery == ()


def test_a_new_picture_takes_the_place_of_ours_and_of_no_other():
    sent = product_input(wish(record(image=Image(sha1=SHA1)), source="https://place/1"))
    there = told_back(sent, product([variant(1)], media={"nodes": [picture(7), picture(8)]}))
    made = product_input(
        wish(record(image=Image(sha1="b" * 40)), present=there, source="https://place/2")
    )

    assert [one.get("originalSource") or one["id"] for one in made["files"]] == [
        "https://place/2",
        "gid://shopify/MediaImage/8",
    ]


def test_the_product_kept_in_the_archive_remembers_whether_it_was_seen():
    made = product_input(
        wish(record(active=False, published=True), frozenset({"active", "published"}))
    )
    there = told_back(made, product([variant(1)], status="ARCHIVED"))

    assert made["status"] == "ARCHIVED"
    read = products.from_wire({"node": there, "currency": "SAR"})
    assert (read.active, read.published) == (False, True)


def test_a_price_in_another_currency_is_refused_in_words():
    prices = (VariantPrice(variant="", price=Money.of(1, "USD")),)
    with pytest.raises(Rejected, match="USD") as refused:
        product_input(wish(record(prices=prices)))

    assert refused.value.field == "prices"


def test_without_prices_the_price_of_the_product_and_its_surcharges_count():
    option = Option(
        name=Text("Size"), values=(OptionValue(name=Text("L"), surcharge=Decimal("2.5")),)
    )
    made = record(
        Variant(sku="A", options=(("Size", "L"),)),
        options=(option,),
        prices=(),
        price=Money.of("10", "SAR"),
    )

    assert product_input(wish(made))["variants"][0]["price"] == "12.5"


def test_four_options_are_refused_with_a_remedy():
    options = tuple(Option(name=Text(name), values=()) for name in "abcd")
    with pytest.raises(Rejected) as refused:
        product_input(wish(record(options=options)))

    assert refused.value.remedy


def test_a_note_that_somebody_spoilt_counts_as_none():
    node = product([variant(1)], details={"value": "[not json"})

    assert products.from_wire({"node": node, "currency": "SAR"}).variants
    assert json.loads(products.Details.of(node).text()) == {}
