"""Products with all their variants, by pages or, for a first load, from Shopify's own file."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from qantara.connectors.base import Change, Page, Wire
from qantara.connectors.shopify import bulk
from qantara.connectors.shopify.mapping import product
from qantara.connectors.shopify.mapping.values import number
from qantara.connectors.shopify.polling import stamp
from qantara.connectors.shopify.reading import Gathered, NodeReader
from qantara.model import Record


class Products(NodeReader):
    """Products."""

    entity = "product"
    kind = "Product"
    listing = "products_listing"
    counting = "products_count"
    reading = "products_read"
    translated = True

    async def changes(self, cursor: str, scope: str) -> AsyncIterator[Page]:
        self.unscoped(scope)
        async for page in bulk.changes(self, "bulk/products", cursor, super().changes):
            yield page

    async def gather(self, ids: Sequence[str]) -> Gathered:
        currency = await self.site.currency() if ids else ""
        return {
            one: tuple(self._priced(change, currency) for change in changes)
            for one, changes in (await super().gather(ids)).items()
        }

    async def whole(self, node: dict[str, Any]) -> dict[str, Any]:
        """With the variants, pictures and collections that did not fit the call."""
        for name in ("variants", "media", "collections"):
            await self.client.complete(node, name, f"product_{name}")
        return node

    def change(self, node: Mapping[str, Any], texts: Mapping[str, Any]) -> Change:
        told = super().change(node, texts)
        return Change(
            entity=told.entity,
            external_id=told.external_id,
            version=told.version,
            wire=told.wire,
            children=product.children(node),
        )

    def canonical(self, wire: Wire) -> Record:
        return product.from_wire(wire)

    async def loaded(self, nodes: Sequence[dict[str, Any]]) -> list[Change]:
        """Changes of what a file held."""
        currency = await self.site.currency()
        texts = await self._texts([number(node["id"]) for node in nodes])
        return [
            self._priced(self.change(node, texts.get(number(node["id"]), {})), currency)
            for node in sorted(nodes, key=lambda node: stamp(node["updatedAt"]))
        ]

    def _priced(self, change: Change, currency: str) -> Change:
        """With what a mapping must know of the shop and of the connection."""
        whole = {"whole": True} if self.site.whole else {}
        return replace(change, wire={**change.wire, "currency": currency, **whole})
