"""What is written into a shop, and what others put there, which stays."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Write, Written
from qantara.model import Ref, StockLevel, Text
from qantara.testing.altering import names
from qantara.transport import RetryLater
from tests.connectors.shopify.shop import record, shop_of


async def test_a_level_that_moved_meanwhile_is_decided_anew_and_the_others_are_written():
    async with shop_of() as (system, connector):
        levels = list(system.seed("stock_level", 3))
        writes = []
        for at, one in enumerate(levels):
            change = (await connector.read("stock_level", [one]))[0]
            there = connector.to_canonical(change)
            wanted = replace(there, free=Decimal(50 + at), seen=there.free)
            writes.append(
                Write(key=one, record=wanted, fields=frozenset({"free"}), external_id=one)
            )
        system.touch("stock_level", levels[1])
        outcomes = await connector.write("stock_level", writes)
        now = [(await record(connector, "stock_level", one)).free for one in levels]

    assert [type(one) for one in outcomes] == [Written, RetryLater, Written]
    assert outcomes[1].after == 0
    assert now[0] == 50
    assert now[1] != 51
    assert now[2] == 52


async def test_a_variant_is_stocked_at_a_location_that_did_not_hold_it():
    async with shop_of() as (system, connector):
        place = system.shop.location("جدة")
        level = StockLevel(
            product=Ref("variant", system.item[1]),
            warehouse=Ref("warehouse", place),
            free=Decimal("7.9"),
        )
        (done,) = await connector.write(
            "stock_level", [Write(key="l", record=level, fields=frozenset({"free"}))]
        )
        told = await record(connector, "stock_level", done.external_id)

    assert told.free == 7


OTHERS = """mutation Set($fields: [MetafieldsSetInput!]!, $id: ID!, $product: [ID!]!) {
  metafieldsSet(metafields: $fields) { userErrors { message } }
  collectionAddProducts(id: $id, productIds: $product) { userErrors { message } }
}"""


def meddle(system: Any, product: str) -> None:
    """Another app notes something, and the staff puts the product into a collection."""
    owner = f"gid://shopify/Product/{product}"
    stars = {"namespace": "reviews", "key": "stars", "type": "number_integer", "value": "5"}
    given = {
        "fields": [{"ownerId": owner, **stars}],
        "id": f"gid://shopify/Collection/{system.categories[1]}",
        "product": [owner],
    }
    system.shop.ask(OTHERS, given)


async def test_what_others_put_into_a_product_stays():
    async with shop_of() as (system, connector):
        sample = system.sample("product")
        intended = Write(
            key="p",
            record=sample.record,
            fields=names(sample.record) - set(sample.unwritten),
            content=sample.contents[sample.record.image.sha1],
        )
        (done,) = await connector.write("product", [intended])
        meddle(system, done.external_id)
        calls = len(system.shop.calls)
        renamed = replace(sample.record, name=Text("اسم آخر"))
        await connector.write(
            "product", [replace(intended, record=renamed, external_id=done.external_id)]
        )
        sent = [call.method for call in system.shop.calls[calls:]]
        told = await record(connector, "product", done.external_id)
        collections = system.shop.rows("Collection")
        kept = [
            row["value"] for row in system.shop.rows("Metafield") if row["namespace"] == "reviews"
        ]

    assert told.name.value == "اسم آخر"
    assert told.image == sample.record.image
    assert {one.id for one in told.categories} == {system.categories[0]}
    assert all(done.external_id in str(one["_products"]) for one in collections)
    assert kept == ["5"]
    assert "stagedUploadsCreate" not in sent


async def test_names_are_told_in_the_languages_of_the_connection():
    async with shop_of(settings={"languages": "ar"}) as (system, connector):
        sample = system.sample("category")
        named = replace(sample.record, name=Text("Chairs", {"ar": "كراسي"}), path="First / Chairs")
        intended = Write(key="c", record=named, fields=frozenset({"name", "path", "parent"}))
        (done,) = await connector.write("category", [intended])
        told = await record(connector, "category", done.external_id)

    assert told == named


async def test_a_product_has_three_by_four_by_five_variants():
    async with shop_of() as (system, connector):
        sample = system.sample("product")
        axes = {"Colour": "RGB", "Size": "1234", "Cut": "abcde"}
        made = system.cube(sample.record, axes)
        intended = Write(
            key="p", record=made, fields=names(made) - set(sample.unwritten) - {"image"}
        )
        (done,) = await connector.write("product", [intended])
        (change,) = await connector.read("product", [done.external_id])
        told = connector.to_canonical(change)
        skus = await connector.find("variant", ["sku:V-0", "sku:V-59", "sku:V-60"])

    assert told.variants == made.variants
    assert told.prices == made.prices
    assert len(change.children) == 60
    assert sorted(skus) == ["sku:V-0", "sku:V-59"]


async def test_a_record_is_read_back_as_it_was_worded_for_the_shop():
    """The engine parks what a target kept otherwise: nothing may be told that a shop has no place for."""
    async with shop_of() as (system, connector):
        there, _ = system.made("CH-0-Blue", "Of others")
        system.shop.change("Product", there, tags=["theirs"])
        plain = system.sample("product").record
        (option,) = plain.options
        dear = tuple(replace(one, surcharge=Decimal(2)) for one in option.values)
        rich = replace(
            plain,
            options=(replace(option, name=Text("Colour", {"ar": "لون"}), values=dear),),
            variants=tuple(replace(one, volume=Decimal("0.5")) for one in plain.variants),
            prices=(),
            price=replace(plain.prices[0].price, amount=Decimal("7.999")),
            name=Text("Chair", {"ar": "كرسي"}),
            gallery=(plain.image,),
            tags=("ب", "أ", "ب"),
            image=None,
        )
        (worded,) = await connector.reworded("product", [rich])
        fields = names(worded) - {"unit", "price", "suppliers", "tracking", "sold", "bought"}
        intended = Write(key="p", record=worded, fields=fields, external_id=there)
        await connector.write("product", [intended])
        told = await record(connector, "product", there)
        kept = next(one["tags"] for one in system.shop.rows("Product") if one["id"].endswith(there))

    assert {name: getattr(told, name) for name in fields} == {
        name: getattr(worded, name) for name in fields
    }
    assert {one.price.amount for one in told.prices} == {Decimal("10.00")}
    assert "theirs" in kept


async def test_a_level_is_worded_in_whole_pieces():
    async with shop_of() as (system, connector):
        level = replace(system.sample("stock_level").record, free=Decimal("3.75"))
        (worded,) = await connector.reworded("stock_level", [level])

    assert worded.free == 3
