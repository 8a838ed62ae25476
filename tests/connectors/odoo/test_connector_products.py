"""Products with variants, vendors, translations and pictures, over a stand-in Odoo."""

import base64
import hashlib
from dataclasses import replace
from decimal import Decimal

import pytest

from qantara.model import (
    Category,
    Image,
    Money,
    Option,
    OptionValue,
    Partner,
    Product,
    Ref,
    SupplierPrice,
    Text,
    Unit,
    Variant,
)
from qantara.transport import Rejected, Unsupported
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

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))
DOZEN = Unit(name="Dozens", category="Unit", factor=Decimal(12))


def sar(amount):
    return Money(Decimal(amount), "SAR")


LAMP = Product(
    name=Text("Lamp", {"ar": "مصباح"}),
    description=Text("Bright", {"ar": "ساطع"}),
    kind="goods",
    unit=DOZEN,
    price=sar("12.35"),
    variants=(
        Variant(
            sku="LA-1",
            barcode="6281000000018",
            cost=sar("3.5"),
            weight=Decimal("1.25"),
            volume=Decimal("0.5"),
        ),
    ),
    tracking="lot",
)


def sized(*sizes, name="Shirt", surcharge="1.5"):
    values = tuple(
        OptionValue(name=Text(size), surcharge=Decimal(surcharge if size == "L" else 0))
        for size in sizes
    )
    return Product(
        name=Text(name),
        kind="goods",
        unit=PIECE,
        price=sar(10),
        options=(
            Option(name=Text("Cut", {"ar": "قصة"}), values=(OptionValue(name=Text("Slim")),)),
            Option(name=Text("Size"), values=values),
        ),
        variants=tuple(
            Variant(sku=f"{name}-{size}", cost=sar(2), options=(("Cut", "Slim"), ("Size", size)))
            for size in sorted(sizes)
        ),
    )


@pytest.fixture(params=VERSIONS)
def odoo(request):
    with standing(request.param) as stand_in:
        yield stand_in


async def with_category(hub, product):
    (one,) = ids(await send(hub, "category", [create("c", Category(name=Text("Light"), path=""))]))
    return replace(product, category=Ref("category", one))


async def written(hub, product, **more):
    full = await with_category(hub, product)
    (one,) = ids(await send(hub, "product", [create("p", full, **more)]))
    return one, full


async def test_a_product_comes_back_as_it_was_written(odoo):
    async with connector(odoo) as hub:
        one, lamp = await written(hub, LAMP)

        assert await record(hub, "product", one) == lamp


async def test_every_field_of_a_product_can_change(odoo):
    other = replace(
        LAMP,
        name=Text("Lantern", {"ar": "فانوس"}),
        description=Text("Dim"),
        unit=PIECE,
        price=sar("0.99"),
        variants=(Variant(sku="LA-2", barcode="B2", cost=sar(4), weight=Decimal(2)),),
        tracking="none",
        sold=False,
        bought=False,
        active=False,
    )
    names = ("name", "description", "unit", "price", "variants", "tracking", "sold", "bought")
    async with connector(odoo) as hub:
        one, lamp = await written(hub, LAMP)
        await send(hub, "product", [update("p", other, one, *names, "active")])

        assert await record(hub, "product", one) == replace(other, category=lamp.category)


async def test_a_translation_that_is_gone_falls_back_to_the_default(odoo):
    plain = replace(LAMP, name=Text("Lamp"))
    async with connector(odoo) as hub:
        one, lamp = await written(hub, LAMP)
        await send(hub, "product", [update("p", plain, one, "name")])

        assert await record(hub, "product", one) == replace(lamp, name=Text("Lamp"))


async def test_languages_can_be_narrowed(odoo):
    async with connector(odoo, languages="en") as hub:
        one, lamp = await written(hub, LAMP)

        assert await record(hub, "product", one) == replace(
            lamp, name=Text("Lamp"), description=Text("Bright")
        )


async def test_variants_come_back_with_options_and_surcharges(odoo):
    async with connector(odoo) as hub:
        one, shirt = await written(hub, sized("S", "M", "L"))
        (change,) = await hub.read("product", [one])

        assert meaning(hub, change) == shirt
        assert set(change.children) == {f"Cut=Slim|Size={size}" for size in "SML"}


async def test_a_variant_that_the_source_lacks_is_archived(odoo):
    shirt = sized("S", "M", "L")
    few = replace(shirt, variants=shirt.variants[:2])
    async with connector(odoo) as hub:
        one, full = await written(hub, few)

        assert await record(hub, "product", one) == full
        assert len([row for row in odoo.rows("product.product") if not row["active"]]) == 1


async def test_options_can_grow_and_shrink(odoo):
    async with connector(odoo) as hub:
        one, shirt = await written(hub, sized("S", "M"))
        wider = replace(sized("S", "L"), category=shirt.category)
        await send(hub, "product", [update("p", wider, one, "options", "variants")])

        assert await record(hub, "product", one) == wider


async def test_a_repeat_appends_no_line_and_makes_no_second_product(odoo):
    async with connector(odoo) as hub:
        vendor = await a_vendor(hub)
        shirt = replace(sized("S", "M"), suppliers=(asks(vendor, "4.5"),))
        one, full = await written(hub, shirt)
        again = ids(await send(hub, "product", [create("p", full)]))

        assert again == [one]
        assert await record(hub, "product", one) == full
        assert len(odoo.rows("product.template.attribute.line")) == 2
        assert len(odoo.rows("product.supplierinfo")) == 1
        assert await hub.lookup("product", ["p"]) == {"p": one}


async def test_attributes_are_shared_between_products(odoo):
    async with connector(odoo) as hub:
        writes = [create(str(n), sized("S", "M", name=f"Shirt {n}")) for n in range(3)]
        await send(hub, "product", writes)

        assert len(odoo.rows("product.attribute")) == 2
        assert len(odoo.rows("product.attribute.value")) == 3


async def a_vendor(hub, name="Vendor"):
    (one,) = ids(await send(hub, "partner", [create(name, Partner(name=name, is_company=True))]))
    return one


def asks(vendor, price, *, minimum=0, code="V-1"):
    return SupplierPrice(
        vendor=Ref("partner", vendor), price=sar(price), code=code, minimum=Decimal(minimum)
    )


async def test_prices_of_other_vendors_stay(odoo):
    async with connector(odoo) as hub:
        ours, theirs = await a_vendor(hub), await a_vendor(hub, "Other")
        one, lamp = await written(
            hub, replace(LAMP, suppliers=(asks(ours, 5), asks(ours, 4, minimum=10)))
        )
        odoo.create(
            "product.supplierinfo",
            {"partner_id": int(theirs), "product_tmpl_id": int(one), "price": 1.0},
        )
        cheaper = replace(lamp, suppliers=(asks(ours, 3, minimum=10, code="V-2"),))
        await send(hub, "product", [update("p", cheaper, one, "suppliers")])
        now = {
            (row["price"], row.get("product_code") or "")
            for row in odoo.rows("product.supplierinfo")
        }

        assert now == {(3.0, "V-2"), (1.0, "")}

        await send(hub, "product", [update("p", replace(lamp, suppliers=()), one, "suppliers")])
        assert [row["price"] for row in odoo.rows("product.supplierinfo")] == [1.0]


async def test_a_picture_is_known_by_its_hash_and_brought_on_request(odoo):
    sha1 = hashlib.sha1(PICTURE).hexdigest()  # noqa: S324 - Odoo's own checksum
    pictured = replace(LAMP, image=Image(sha1=sha1))
    async with connector(odoo) as hub:
        one, lamp = await written(hub, pictured, content=PICTURE)

        assert await record(hub, "product", one) == lamp
        assert await hub.content("product", [one]) == {one: PICTURE}

        await send(hub, "product", [update("p", LAMP, one, "image")])
        assert await record(hub, "product", one) == replace(lamp, image=None)


async def test_a_picture_is_hashed_here_where_attachments_are_closed(odoo):
    """16 shows attachments of fields to administrators only."""
    sha1 = hashlib.sha1(PICTURE).hexdigest()  # noqa: S324 - Odoo's own checksum
    async with connector(odoo) as hub:
        one, lamp = await written(hub, replace(LAMP, image=Image(sha1=sha1)), content=PICTURE)
        odoo.deny("ir.attachment", "read")

        assert await record(hub, "product", one) == lamp


async def test_products_are_found_by_the_codes_of_their_variants(odoo):
    async with connector(odoo) as hub:
        one, _ = await written(hub, sized("S", "M"))
        two = ids(await send(hub, "product", [create("q", replace(LAMP, active=False))]))[0]

        found = await hub.find("product", ["sku:Shirt-M", "barcode:6281000000018", "sku:none"])

    assert found == {"sku:Shirt-M": [one], "barcode:6281000000018": [two]}


async def test_two_products_with_one_sku_are_both_told(odoo):
    async with connector(odoo) as hub:
        bare = replace(LAMP, variants=(Variant(sku="TWIN"),))
        made = ids(await send(hub, "product", [create("1", bare), create("2", bare)]))

        assert await hub.find("product", ["sku:TWIN"]) == {"sku:TWIN": made}


async def test_a_product_without_sku_goes_through(odoo):
    async with connector(odoo) as hub:
        one, bare = await written(hub, replace(LAMP, variants=(Variant(sku="", cost=sar(0)),)))

        assert await record(hub, "product", one) == bare


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"price": Money(Decimal(1), "USD")}, "price is in USD|USD is not active"),
        ({"unit": Unit(name="Barrel", category="Oil", factor=Decimal(159))}, "'Barrel'"),
        ({"suppliers": (SupplierPrice(vendor=Ref("partner", "1"), price=Money(Decimal(1), "XYZ")),)}, "XYZ is unknown"),
        ({"variants": (Variant(sku="x", barcode="6281000000018"),)}, "6281000000018"),
    ],
)  # fmt: skip
async def test_a_bad_product_is_answered_alone(odoo, change, words):
    good = replace(LAMP, variants=(Variant(sku="good", cost=sar(0)),))
    async with connector(odoo) as hub:
        await written(hub, LAMP)
        bad, fine = await send(
            hub, "product", [create("bad", replace(LAMP, **change)), create("good", good)]
        )

        assert isinstance(bad, Rejected)
        with pytest.raises(Rejected, match=words):
            raise bad
        assert await record(hub, "product", fine.external_id) == replace(
            good, category=(await record(hub, "product", fine.external_id)).category
        )


async def test_a_currency_activated_meanwhile_is_noticed(odoo):
    asking = replace(
        LAMP, suppliers=(SupplierPrice(vendor=Ref("partner", "1"), price=Money(Decimal(1), "USD")),)
    )
    async with connector(odoo) as hub:
        odoo.write("res.currency", usd(odoo), {"active": False})
        (refused,) = await send(hub, "product", [create("p", asking)])
        odoo.write("res.currency", usd(odoo), {"active": True})
        (done,) = await send(hub, "product", [create("p", asking)])

    assert isinstance(refused, Rejected)
    assert done.external_id


def usd(odoo):
    return next(row["id"] for row in odoo.rows("res.currency") if row["name"] == "USD")


async def test_a_page_of_products_costs_a_handful_of_calls(odoo):
    lamps = [create(str(n), replace(LAMP, variants=(Variant(sku=f"L{n}"),))) for n in range(400)]
    async with connector(odoo) as hub:
        await send(hub, "product", lamps[:1])
        before = hub.client.calls
        await send(hub, "product", lamps)
        wrote = hub.client.calls - before
        found, _ = await gather(hub, "product")

        assert len(found) == 400
        assert wrote <= 6
        assert hub.client.calls - before - wrote <= 12


async def test_one_changed_price_is_one_call(odoo):
    async with connector(odoo) as hub:
        one, lamp = await written(hub, LAMP)
        before = hub.client.calls
        await send(hub, "product", [update("p", replace(lamp, price=sar(20)), one, "price")])

        assert hub.client.calls - before == 1


async def test_what_is_not_there_is_unsupported(odoo):
    async with connector(odoo) as hub:
        with pytest.raises(Unsupported, match="does not find a product by its colour"):
            await hub.find("product", ["colour:red"])
        with pytest.raises(Unsupported, match="does not write order_state"):
            await send(hub, "order_state", [])
        with pytest.raises(Unsupported, match="has no images of partner"):
            await hub.content("partner", ["1"])
