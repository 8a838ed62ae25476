"""The street where the shop is a Shopify."""

from typing import Any

from qantara.connectors.base import Connection
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.shopify import ShopifyStandIn
from qantara.storage.store import Store
from tests.flows.commerce.high_street import Street, furnished

PLENTY = 1e7
"""Points: limits are tested apart."""


class Mall(Street):
    """The shop is a Shopify."""

    mall: ShopifyStandIn

    def row(self, number: str) -> dict[str, Any]:
        [found] = [one for one in self.mall.rows("Order") if one["id"].endswith(f"/{number}")]
        return dict(found)


def arcade(store: Store, odoo: OdooStandIn, shop: ShopifyStandIn) -> Mall:
    """What a shop needs in Odoo is there, and nothing is on sale."""
    connection = Connection(
        name="mall",
        connector="shopify",
        url=shop.url,
        secrets={"key": shop.token},
        private=True,
    )
    street = Mall(store=store, odoo=odoo, desk=furnished(odoo), shop=connection)
    street.mall = shop
    return street
