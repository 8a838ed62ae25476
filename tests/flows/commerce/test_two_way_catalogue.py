"""A catalogue that is kept on both sides: made here or there, changed here or there, never twice."""

import base64
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import product as combined
from typing import Any

import pytest

from qantara.connectors.base import Connection, Connector, load
from qantara.engine.link import Link
from qantara.engine.pipeline import run
from qantara.flows import load as load_flow
from qantara.model import Product
from qantara.runtime.configuration import LinkSettings
from qantara.runtime.fitting import fitted
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.odoo.server import MODULES
from qantara.sandbox.shopify import ShopifyStandIn
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage import conflicts, dead_letters, work
from qantara.storage.store import Store
from tests.connectors.odoo.places import standing
from tests.connectors.woocommerce.pictures import PICTURES, Pictures
from tests.engine.test_pipeline import Silent

CHOICES = {
    "Colour": ("Black", "Red", "White"),
    "Size": ("L", "M", "S", "XL"),
    "Sole": ("Cork", "Felt", "Foam", "Hemp", "Rubber"),
}
DEARER = {"XL": 5, "Cork": 2.5}
"""What single choices add to the price."""

SIXTY = 60
FIRST, SECOND = PICTURES.values()


@dataclass
class Both:
    """An Odoo and a store, and a flow that carries the catalogue either way."""

    store: Store
    odoo: OdooStandIn
    shop: Connection
    options: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[Sequence[Link], Connector, Connector]]:
        """The links of the catalogue, Odoo, and the store."""
        recipe = load_flow("commerce")
        given = {"odoo": "erp", "store": "shop", "parts": ["category", "product"], **self.options}
        odoo = Connection(
            name="erp",
            connector="odoo",
            url=self.odoo.url,
            settings={"database": "factory", "login": "hub@example.com"},
            secrets={"key": "hub-key"},
            private=True,
        )
        async with AsyncExitStack() as stack:
            here, there = [
                await stack.enter_async_context(load(one.connector)(one))
                for one in (odoo, self.shop)
            ]
            links = await recipe.links(
                recipe.Options(**given), {"erp": here, "shop": there}, "shop"
            )
            own = LinkSettings.model_validate({"two_way": True, **self.settings})
            plain = LinkSettings.model_validate({"two_way": True})
            yield (
                [fitted(one, own if one.entity == "product" else plain) for one in links],
                here,
                there,
            )

    async def settle(self) -> None:
        """Turns of all directions until nothing waits, and one more."""
        async with self.open() as (links, _, _):
            for _ in range(10):
                for link in links:
                    for direction in link.directions:
                        await run(direction, self.store, Silent())
                if not await self.store.run(work.backlogs):
                    break
            for link in links:
                for direction in link.directions:
                    await run(direction, self.store, Silent())

    async def complaints(self) -> list[Any]:
        letters = [(one.link, one.reason) for one in await self.store.run(dead_letters.listing)]
        asked = [
            (one.field, one.source_value, one.target_value)
            for one in await self.store.run(conflicts.listing)
        ]
        return [*letters, *asked]

    async def told(self, where: str, sku: str) -> Product:
        """The product as its system tells it."""
        async with self.open() as (_, here, there):
            system = here if where == "odoo" else there
            [(_, [one])] = (await system.find("product", [f"sku:{sku}"])).items()
            [change] = await system.read("product", [one])
            record = system.to_canonical(change)
            assert isinstance(record, Product)
            return record


def boots(odoo: OdooStandIn, code: str = "B") -> int:
    """Boots in sixty variants, by the id of their template; each has its SKU and its barcode."""
    lines = []
    for name, values in CHOICES.items():
        attribute = odoo.create("product.attribute", {"name": name, "create_variant": "always"})
        ids = [
            odoo.create(
                "product.attribute.value", {"name": v, "attribute_id": attribute, "sequence": n}
            )
            for n, v in enumerate(values)
        ]
        lines.append((0, 0, {"attribute_id": attribute, "value_ids": [(6, 0, ids)]}))
    category = odoo.create("product.category", {"name": "Boots & Shoes"})
    tag = odoo.create("product.tag", {"name": "winter"})
    template = odoo.create(
        "product.template",
        {
            "name": "Boots",
            "type": "consu",
            "is_storable": True,
            "list_price": 40.0,
            "categ_id": category,
            "attribute_line_ids": lines,
            "description_ecommerce": "<p>They are <b>warm</b>.</p>",
            "description_sale": "Warm boots",
            "is_published": True,
            "product_tag_ids": [(6, 0, [tag])],
            "image_1920": base64.b64encode(FIRST).decode(),
        },
    )
    odoo.write("product.template", template, {"name": "حذاء"}, lang="ar_001")
    for row in odoo.rows("product.template.attribute.value"):
        name = odoo.read("product.template.attribute.value", [row["id"]], "name")[0]["name"]
        if name in DEARER:
            odoo.write("product.template.attribute.value", row["id"], {"price_extra": DEARER[name]})
    variants = [one for one in odoo.rows("product.product") if one["product_tmpl_id"] == template]
    for number, row in enumerate(sorted(variants, key=lambda one: one["id"])):
        codes = {"default_code": f"{code}-{number:02}", "barcode": f"40000000{number:04}"}
        odoo.write("product.product", row["id"], {**codes, "weight": 0.5})
    return template


@pytest.fixture
def odoo() -> Iterator[OdooStandIn]:
    with standing(18, modules=[*MODULES, "website_sale"]) as one:
        for row in one.rows("product.product"):
            one.write("product.product", row["id"], {"sale_ok": False})
        yield one


@pytest.fixture
def woo(store: Store, odoo: OdooStandIn) -> Iterator[tuple[Both, WooCommerceStandIn]]:
    with WooCommerceStandIn(deliveries="manual", strict_hosts=False) as woo, Pictures() as pictures:
        shop = Connection(
            name="shop",
            connector="woocommerce",
            url=woo.url,
            settings={
                "login": woo.key,
                "compare_minutes": "0",
                "overlap": "2",
                "images": pictures.base,
            },
            secrets={"key": woo.secret},
            private=True,
        )
        yield Both(store, odoo, shop, {"languages": ["en"]}), woo


def faces(one: Product) -> dict[str, Any]:
    """What is the same on both sides of it."""
    return {
        "name": one.name.value,
        "html": one.html.value,
        "description": one.description.value,
        "tags": one.tags,
        "published": one.published,
        "image": one.image,
        "options": {
            option.name.value: {value.name.value for value in option.values}
            for option in one.options
        },
        "variants": {v.key: (v.sku, v.barcode, v.weight) for v in one.variants},
    }


async def test_boots_of_odoo_come_to_the_store_and_changes_go_both_ways(woo) -> None:
    both, shop = woo
    template = boots(both.odoo)

    await both.settle()

    assert await both.complaints() == []
    there = await both.told("shop", "B-00")
    assert faces(there) == faces(await both.told("odoo", "B-00"))
    assert len(there.variants) == SIXTY
    prices = {one.variant: float(one.price.amount) for one in there.prices}
    assert prices["Colour=Red|Size=XL|Sole=Cork"] == 47.5
    assert sorted(set(prices.values())) == [40, 42.5, 45, 47.5]

    shop.clear()
    both.odoo.clear()
    await both.settle()
    assert (shop.writes(), both.odoo.writes()) == ([], 0)
