"""A caller of the imitated shop that knows nothing but HTTP."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qantara.sandbox.shopify import ShopifyStandIn, Tax

VAT = (Tax(percent=Decimal(15)),)
SET = """
mutation($input: ProductSetInput!, $identifier: ProductSetIdentifiers, $now: Boolean = true) {
  productSet(input: $input, identifier: $identifier, synchronous: $now) {
    product {
      id title handle
      variants(first: 20) { nodes { id sku price inventoryItem { id } selectedOptions { name value } } }
      metafields(first: 9) { nodes { namespace key value } }
    }
    productSetOperation { id status }
    userErrors { field message code }
  }
}"""


class Refused(Exception):
    """The whole request was refused; `codes` of its errors."""

    def __init__(self, errors: Any) -> None:
        super().__init__(str(errors))
        self.codes = [one.get("extensions", {}).get("code") for one in errors]


@dataclass
class Caller:
    """Speaks to one shop in one version."""

    shop: ShopifyStandIn
    version: str = "2026-10"
    token: str = ""

    def raw(self, query: str, variables: Any = None, path: str = "") -> tuple[int, Any]:
        """Status and body."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.shop.url}{path or f'/admin/api/{self.version}/graphql.json'}",
            data=json.dumps({"query": query, "variables": variables or {}}).encode(),
            headers={
                "Content-Type": "application/json",
                "X-Shopify-Access-Token": self.token or self.shop.token,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def __call__(self, query: str, **variables: Any) -> Any:
        """The data; errors of the whole request are raised."""
        _, body = self.raw(query, variables)
        if body.get("errors"):
            raise Refused(body["errors"])
        return body["data"]


def variant(sku: str, price: str = "10", **more: Any) -> dict[str, Any]:
    """One variant with the value of its one option named like its SKU."""
    return {
        "optionValues": [{"optionName": "Kind", "name": sku}],
        "sku": sku,
        "price": price,
        **more,
    }


def product(title: str, *skus: str, price: str = "10", **more: Any) -> dict[str, Any]:
    """The input of productSet."""
    return {
        "title": title,
        "productOptions": [{"name": "Kind", "values": [{"name": sku} for sku in skus]}],
        "variants": [variant(sku, price) for sku in skus],
        **more,
    }


def made(shop: ShopifyStandIn, title: str, *skus: str, price: str = "10", stock: int = 0) -> None:
    """A product that is there already, in stock where a number is given."""
    shop.ask(SET, {"input": product(title, *skus, price=price)})
    for sku in skus:
        if stock:
            shop.stock(sku, stock)
