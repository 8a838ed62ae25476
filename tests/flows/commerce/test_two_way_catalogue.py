"""A catalogue that is kept on both sides: made here or there, changed here or there, never twice."""

from collections.abc import Iterator

import pytest

from qantara.connectors.base import Connection
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.odoo.server import MODULES
from qantara.sandbox.shopify import ShopifyStandIn
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage.store import Store
from tests.connectors.odoo.places import standing
from tests.connectors.woocommerce.pictures import Pictures
from tests.flows.commerce.both_sides import (
    ARABIC,
    SIXTY,
    Both,
    ShopifySide,
    WooSide,
    boots,
    faces,
    prices,
)
from tests.flows.commerce.counting import PLENTY

KEPT_IN = {"to_store": "source", "from_store": "target"}
"""Which side of the link Odoo is."""


@pytest.fixture
def odoo() -> Iterator[OdooStandIn]:
    with standing(18, modules=[*MODULES, "website_sale"]) as one:
        yield one


@pytest.fixture(
    params=[
        ("woocommerce", "to_store"),
        ("shopify", "from_store"),
        pytest.param(("woocommerce", "from_store"), marks=pytest.mark.campaign),
        pytest.param(("shopify", "to_store"), marks=pytest.mark.campaign),
    ],
    ids="-".join,
)
def both(request: pytest.FixtureRequest, store: Store, odoo: OdooStandIn) -> Iterator[Both]:
    kind, catalogue = request.param
    open_ = with_woocommerce if kind == "woocommerce" else with_shopify
    yield from open_(store, odoo, catalogue)


def with_woocommerce(store: Store, odoo: OdooStandIn, catalogue: str) -> Iterator[Both]:
    with WooCommerceStandIn(deliveries="manual", strict_hosts=False) as woo, Pictures() as pictures:
        settings = {"login": woo.key, "compare_minutes": "0", "overlap": "2"}
        shop = Connection(
            name="shop",
            connector="woocommerce",
            url=woo.url,
            settings={**settings, "images": pictures.base},
            secrets={"key": woo.secret},
            private=True,
        )
        yield WooSide(store, odoo, shop, {"catalogue": catalogue}, woo=woo)


def with_shopify(store: Store, odoo: OdooStandIn, catalogue: str) -> Iterator[Both]:
    settings = {"currency": "SAR", "country": "SA", "bucket": PLENTY, "restore": PLENTY}
    with ShopifyStandIn(**settings) as mall:  # type: ignore[arg-type]
        shop = Connection(
            name="shop",
            connector="shopify",
            url=mall.url,
            settings={"additions": "told"},
            secrets={"key": mall.token},
            private=True,
        )
        yield ShopifySide(store, odoo, shop, {"catalogue": catalogue}, mall=mall)


async def one_on_both_sides(both: Both, sku: str) -> None:
    """The product is the same, nobody is asked anything, and a second run writes nothing."""
    await both.settle()
    assert await both.complaints() == []
    here, there = await both.told("odoo", sku), await both.told("shop", sku)
    assert faces(here) == faces(there)
    assert prices(here) == prices(there)
    both.clear()
    both.odoo.clear()
    await both.settle()
    assert (both.writes(), both.odoo.writes()) == (0, 0)


async def test_what_odoo_has_comes_to_the_store_and_changes_go_both_ways(both: Both) -> None:
    template = boots(both.odoo)
    await one_on_both_sides(both, "B-00")

    there = await both.told("shop", "B-00")
    assert len(there.variants) == SIXTY
    assert prices(there)["Colour=Red|Size=XL|Sole=Cork"] == 47.5
    assert there.image == (await both.told("odoo", "B-00")).image

    both.odoo.write("product.template", template, {"list_price": 50.0})
    await both.edit("B-00", name="Warm boots", html="<p>New.</p>", tags=["winter", "new"])
    await one_on_both_sides(both, "B-00")

    here = await both.told("odoo", "B-00")
    assert (here.name.value, here.html.value, here.tags) == (
        "Warm boots",
        "<p>New.</p>",
        ("new", "winter"),
    )
    assert prices(await both.told("shop", "B-00"))["Colour=Red|Size=XL|Sole=Cork"] == 57.5
    assert here.name.translations == {"ar": ARABIC}


async def test_what_the_store_makes_comes_to_odoo_and_changes_go_both_ways(both: Both) -> None:
    both.make_boots("S")
    await one_on_both_sides(both, "S-00")

    here = await both.told("odoo", "S-00")
    assert len(here.variants) == SIXTY
    assert (here.name.value, here.html.value) == ("Snow boots", "<p>For <b>snow</b>.</p>")
    assert prices(here)["Colour=Red|Size=XL|Sole=Cork"] == 37.5
    assert here.price
    assert here.price.amount == 30

    for sku in (one.sku for one in here.variants if ("Size", "S") in one.options):
        both.price(sku, f"{prices(here)[key_of(here, sku)] + 1:.2f}")
    [template] = [one for one in both.odoo.rows("product.template") if one["name"] == "Snow boots"]
    both.odoo.write("product.template", template["id"], {"description_sale": "Dry feet"})
    await one_on_both_sides(both, "S-00")

    assert (await both.told("shop", "S-00")).description.value == "Dry feet"
    assert prices(await both.told("odoo", "S-00"))["Colour=Red|Size=S|Sole=Felt"] == 31


async def test_who_owns_a_field_puts_it_back(both: Both) -> None:
    """Odoo owns the prices, the store the long description."""
    odoo = KEPT_IN[both.options["catalogue"]]
    shop = "target" if odoo == "source" else "source"
    both.settings["rules"] = {"prices": odoo, "html": shop}
    template = boots(both.odoo)
    await one_on_both_sides(both, "B-00")

    both.price("B-00", "1.00")
    both.odoo.write("product.template", template, {"description_ecommerce": "<p>Mine</p>"})
    await one_on_both_sides(both, "B-00")

    here = await both.told("odoo", "B-00")
    assert min(prices(here).values()) == 40
    assert here.html.value == "<p>They are <b>warm</b>.</p>"


def key_of(one, sku: str) -> str:
    [key] = [variant.key for variant in one.variants if variant.sku == sku]
    return key
