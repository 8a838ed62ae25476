"""A catalogue that an Odoo and a store keep together, and what its owners do to it on either side."""

import base64
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product as combined
from typing import Any

from qantara.connectors.base import Connection, Connector, load
from qantara.engine.link import Link
from qantara.engine.pipeline import run
from qantara.flows import load as load_flow
from qantara.flows.commerce.surcharges import listed
from qantara.model import Product
from qantara.runtime.configuration import LinkSettings
from qantara.runtime.fitting import fitted
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.shopify import ShopifyStandIn
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage import conflicts, dead_letters, work
from qantara.storage.store import Store
from tests.connectors.woocommerce.pictures import PICTURES
from tests.engine.test_pipeline import Silent

CHOICES = {
    "Colour": ("Black", "Red", "White"),
    "Size": ("L", "M", "S", "XL"),
    "Sole": ("Cork", "Felt", "Foam", "Hemp", "Rubber"),
}
DEARER = {"XL": 5, "Cork": 2.5}
"""What single choices add to the price."""

SIXTY = 60
ARABIC = "حذاء"
FIRST, SECOND = PICTURES.values()


@dataclass
class Both(ABC):
    """An Odoo and a store, and a flow that carries the catalogue either way."""

    store: Store
    odoo: OdooStandIn
    shop: Connection
    options: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    @abstractmethod
    def writes(self) -> int:
        """Calls to the store that were to change something, since it was cleared."""

    @abstractmethod
    def clear(self) -> None:
        """Count from here."""

    @abstractmethod
    def make_boots(self, code: str) -> None:
        """The store's people make a product in sixty variants."""

    @abstractmethod
    async def edit(self, sku: str, **values: Any) -> None:
        """They change name, html or tags of a product by the SKU of a variant."""

    @abstractmethod
    def price(self, sku: str, price: str) -> None:
        """They change the price of one variant."""

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
    odoo.write("product.template", template, {"name": ARABIC}, lang="ar_001")
    for row in odoo.rows("product.template.attribute.value"):
        name = odoo.read("product.template.attribute.value", [row["id"]], "name")[0]["name"]
        if name in DEARER:
            odoo.write("product.template.attribute.value", row["id"], {"price_extra": DEARER[name]})
    variants = [one for one in odoo.rows("product.product") if one["product_tmpl_id"] == template]
    for number, row in enumerate(sorted(variants, key=lambda one: one["id"])):
        codes = {"default_code": f"{code}-{number:02}", "barcode": f"40000000{number:04}"}
        odoo.write("product.product", row["id"], {**codes, "weight": 0.5})
    return template


@dataclass
class WooSide(Both):
    """The store is a WooCommerce."""

    woo: WooCommerceStandIn = field(kw_only=True)

    def writes(self) -> int:
        return len(self.woo.writes())

    def clear(self) -> None:
        self.woo.clear()

    def make_boots(self, code: str) -> None:
        attributes = [
            {"name": name, "options": list(values), "variation": True, "visible": True}
            for name, values in CHOICES.items()
        ]
        category = self.woo.add("products/categories", name="Warm feet")
        tag = self.woo.add("products/tags", name="snow")
        made = self.woo.add(
            "products",
            name="Snow boots",
            type="variable",
            attributes=attributes,
            description="<p>For <b>snow</b>.</p>",
            short_description="<p>Snow boots</p>",
            categories=[{"id": category["id"]}],
            tags=[{"id": tag["id"]}],
        )
        for number, chosen, price in grid():
            self.woo.add(
                f"products/{made['id']}/variations",
                sku=f"{code}-{number:02}",
                global_unique_id=f"50000000{number:04}",
                regular_price=price,
                attributes=[{"name": name, "option": value} for name, value in chosen.items()],
            )

    async def edit(self, sku: str, **values: Any) -> None:
        names = {"html": "description"}
        told: dict[str, Any] = {names.get(name, name): value for name, value in values.items()}
        if "tags" in told:
            told["tags"] = [{"id": self._tag(name)} for name in told["tags"]]
        self.woo.edit(f"products/{self._row(sku)['parent_id']}", **told)

    def price(self, sku: str, price: str) -> None:
        row = self._row(sku)
        path = f"products/{row['parent_id']}/variations/{row['id']}"
        self.woo.edit(path, regular_price=price)

    def _tag(self, name: str) -> int:
        known = {one["name"]: one["id"] for one in self.woo.rows("products/tags")}
        return int(known.get(name) or self.woo.add("products/tags", name=name)["id"])

    def _row(self, sku: str) -> Mapping[str, Any]:
        rows: list[Mapping[str, Any]] = list(self.woo.shop.table("products").values())
        [row] = [one for one in rows if one["sku"] == sku]
        return row


@dataclass
class ShopifySide(Both):
    """The store is a Shopify."""

    mall: ShopifyStandIn = field(kw_only=True)

    def writes(self) -> int:
        return self.mall.writes()

    def clear(self) -> None:
        self.mall.clear()

    def make_boots(self, code: str) -> None:
        options = [
            {"name": name, "values": [{"name": value} for value in values]}
            for name, values in CHOICES.items()
        ]
        variants = [
            {
                "optionValues": [{"optionName": n, "name": v} for n, v in chosen.items()],
                "sku": f"{code}-{number:02}",
                "barcode": f"50000000{number:04}",
                "price": price,
                "inventoryItem": {"tracked": True},
            }
            for number, chosen, price in grid()
        ]
        query = "mutation ($input: CollectionInput!) {collectionCreate(input: $input) {collection {id}}}"
        told = self.mall.ask(query, {"input": {"title": "Warm feet"}})
        collection = told["collectionCreate"]["collection"]["id"]
        made = {
            "title": "Snow boots",
            "descriptionHtml": "<p>For <b>snow</b>.</p>",
            "tags": ["snow"],
            "status": "ACTIVE",
            "productOptions": options,
            "variants": variants,
            "collections": [collection],
        }
        query = "mutation ($input: ProductSetInput!) {productSet(input: $input, synchronous: true) "
        told = self.mall.ask(query + "{product {id} userErrors {message}}}", {"input": made})
        assert told["productSet"]["userErrors"] == []

    async def edit(self, sku: str, **values: Any) -> None:
        names = {"name": "title", "html": "descriptionHtml"}
        told = {names.get(name, name): value for name, value in values.items()}
        self.mall.change("Product", self._row(sku)["_product"], **told)

    def price(self, sku: str, price: str) -> None:
        self.mall.change("ProductVariant", self._row(sku)["id"], price=Decimal(price))

    def _row(self, sku: str) -> Mapping[str, Any]:
        [row] = [one for one in self.mall.rows("ProductVariant") if one["sku"] == sku]
        return row


def grid() -> Iterator[tuple[int, dict[str, str], str]]:
    """Number, choices and price of each of the sixty."""
    for number, values in enumerate(combined(*CHOICES.values())):
        price = 30 + sum(DEARER.get(value, 0) for value in values)
        yield number, dict(zip(CHOICES, values, strict=True)), f"{price:.2f}"


def faces(one: Product) -> dict[str, Any]:
    """What is the same on both sides of it."""
    return {
        "name": one.name.value,
        "html": one.html.value,
        "description": one.description.value,
        "tags": one.tags,
        "published": one.published,
        "options": {
            option.name.value: {value.name.value for value in option.values}
            for option in one.options
        },
        "variants": {v.key: (v.sku, v.barcode, v.weight) for v in one.variants},
    }


def prices(one: Product) -> dict[str, float]:
    """What each variant costs, whoever tells it."""
    told = one.prices or tuple(listed(one))
    return {price.variant: float(price.price.amount) for price in told}
