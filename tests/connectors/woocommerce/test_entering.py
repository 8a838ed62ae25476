"""How a store is entered, what its refusals mean, and that no secret shows in any of it."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from qantara.connectors.woocommerce import oauth
from qantara.connectors.woocommerce.client import Client
from qantara.connectors.woocommerce.connector import WooCommerce
from qantara.connectors.woocommerce.errors import explain
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.transport import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unsupported,
    exactjson,
)
from qantara.transport.http import Response
from tests.connectors.woocommerce.entering import connection, entered

SECRET = "cs_very-secret"


def answer(status: int, body: Any) -> Response:
    content = body if isinstance(body, bytes) else exactjson.encode(body)
    return Response(status=status, headers={}, cookies={}, body=content)


@pytest.mark.parametrize(
    ("status", "body", "idempotent", "kind", "word"),
    [
        (401, {"code": "woocommerce_rest_cannot_view", "message": "Sorry"}, True, AuthFailed, ""),
        (
            401,
            {"code": "woocommerce_rest_authentication_error", "message": "No write permissions."},
            False,
            AuthFailed,
            "Read/Write",
        ),
        (404, {"code": "rest_no_route", "message": "No route"}, True, Unsupported, "plugin"),
        (404, b"<html>Not found</html>", True, Unsupported, "Permalinks"),
        (404, {"code": "woocommerce_rest_product_invalid_id", "message": ""}, True, NotFound, ""),
        (
            500,
            {
                "code": "woocommerce_rest_cannot_create_order_refund",
                "message": "Invalid refund amount.",
                "data": 500,
            },
            False,
            Rejected,
            "",
        ),
        (500, {"code": "internal_server_error", "message": "critical"}, True, RetryLater, ""),
        (500, b"<p>There has been a critical error</p>", False, OutcomeUnknown, ""),
        (
            400,
            {
                "code": "rest_invalid_param",
                "message": f"Bad {SECRET}",
                "data": {"params": {"x": "y"}},
            },
            False,
            Rejected,
            "",
        ),
    ],
)
def test_a_refusal_says_what_to_do(
    status: int, body: Any, *, idempotent: bool, kind: type[ConnectorError], word: str
):
    error = explain(answer(status, body), "shop", idempotent=idempotent, secrets=[SECRET])

    assert type(error) is kind
    assert word in error.remedy
    assert SECRET not in error.reason


async def test_a_key_that_may_only_read_is_found_out(shop: WooCommerceStandIn):
    reader = replace(
        connection(shop), settings={"login": shop.read_key}, secrets={"key": shop.read_secret}
    )
    async with WooCommerce(reader) as connector:
        report = await connector.check(["product"], ["product"])
        read_only = await connector.check(["product"], [])

    missing = [finding for finding in report.findings if finding.level == "missing"]
    assert ["Read/Write" in finding.remedy for finding in missing] == [True]
    assert read_only.usable


async def test_a_report_tells_what_orders_will_be_like(shop: WooCommerceStandIn):
    async with entered(shop) as connector:
        facts = (await connector.check(["store_order"], [])).facts

    assert facts["currency"] == "SAR"
    assert facts["decimals"] == "2"
    assert facts["prices"] == "without tax"
    assert facts["high-performance order storage"] == "yes"


async def test_too_few_decimals_for_the_currency_are_told():
    with WooCommerceStandIn(currency="KWD", decimals=2) as shop:
        async with entered(shop) as connector:
            report = await connector.check(["store_order"], [])

    assert ["decimals" in f.what for f in report.findings if f.level == "warning"] == [True]


async def test_both_halves_of_a_key_may_stand_in_one_secret(shop: WooCommerceStandIn):
    both = replace(
        connection(shop),
        url=f"{shop.url}/wp-admin/",
        settings={},
        secrets={"password": f"{shop.key}:{shop.secret}"},
    )
    async with WooCommerce(both) as connector:
        assert (await connector.check(["product"], [])).usable


@pytest.mark.parametrize("credentials", ["", "query"])
async def test_over_https_the_key_is_shown(certificate: Any, credentials: str):
    """In a header; in the query where a web server keeps that header to itself."""
    trusted = certificate()
    with WooCommerceStandIn(tls=trusted.context) as shop:
        settings = {"credentials": credentials} if credentials else {}
        safe = replace(connection(shop, **settings), ca_file=trusted.file)
        async with WooCommerce(safe) as connector:
            assert (await connector.check(["product"], ["product"])).usable


def test_a_signature_is_made_as_the_standard_says():
    """The example of RFC 5849, section 3.4.1.1, as far as a query goes."""
    query = {"b5": "=%3D", "a3": "a", "c@": "", "a2": "r b"}

    assert oauth.base("post", "http://example.com/request", query) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&"
        "a2%3Dr%2520b%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"
    )


async def test_no_secret_is_in_an_address_over_http(shop: WooCommerceStandIn):
    one = connection(shop)
    client = Client(one)
    query, headers = client._credentials("GET", "/wp-json/wc/v3/products", {"sku": "A,B"})
    await client.close()

    assert shop.secret not in query
    assert base64.b64encode(shop.secret.encode()).decode() not in f"{headers}"
    assert shop.secret not in repr(client)
