"""ShopifyAPI, the vendor's own Python client, drives the stand-in as it drives a real shop."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from qantara.sandbox.shopify import VERSIONS, Item, ShopifyStandIn
from tests.sandbox.shopify_calls import SET, VAT, product

shopify = pytest.importorskip("shopify")


@pytest.fixture
def shop() -> Iterator[ShopifyStandIn]:
    with ShopifyStandIn() as stand:
        yield stand


@pytest.fixture(params=VERSIONS)
def witness(shop, request):
    session = shopify.Session("nile-store.myshopify.com", request.param, shop.token)
    shopify.ShopifyResource.activate_session(session)
    shopify.ShopifyResource.site = f"{shop.url}/admin/api/{request.param}"

    def execute(query, **variables):
        told = json.loads(shopify.GraphQL().execute(query, variables))
        assert "errors" not in told, told
        return told["data"]

    yield execute
    shopify.ShopifyResource.clear_session()


def test_it_reads_the_shop(witness):
    assert witness("{ shop { name myshopifyDomain } }")["shop"] == {
        "name": "Nile Store",
        "myshopifyDomain": "nile-store.myshopify.com",
    }


def test_it_makes_a_product_and_reads_an_order_of_it(shop, witness):
    made = witness(SET, input=product("طاولة", "T-1", price="120"))["productSet"]
    shop.order(items=[Item(sku="T-1", quantity=2)], taxes=VAT, email="a@example.com")

    told = witness(
        """query($q: String!) { orders(first: 5, query: $q) { nodes {
          name email totalPriceSet { shopMoney { amount } }
          lineItems(first: 5) { nodes { sku quantity variant { id } } } } } }""",
        q="updated_at:>=2020-01-01",
    )["orders"]["nodes"][0]

    assert made["userErrors"] == []
    assert (told["name"], told["email"]) == ("#1001", "a@example.com")
    assert Decimal(told["totalPriceSet"]["shopMoney"]["amount"]) == Decimal(276)
    variant = made["product"]["variants"]["nodes"][0]["id"]
    assert told["lineItems"]["nodes"] == [{"sku": "T-1", "quantity": 2, "variant": {"id": variant}}]


def test_it_is_told_of_a_wrong_token(shop, witness):
    shop.token = "another"

    with pytest.raises(Exception, match="401"):
        witness("{ shop { name } }")
