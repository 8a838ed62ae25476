"""Who gets into the stand-in shop: keys over https, signatures over http, and nobody else."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from requests.auth import HTTPBasicAuth

from qantara.sandbox.woocommerce import WooCommerceStandIn
from tests.sandbox.woo import Client
from tests.transport.conftest import Certificate, certificate

__all__ = ["certificate"]


@pytest.fixture(scope="module")
def shop() -> Iterator[WooCommerceStandIn]:
    with WooCommerceStandIn() as stand:
        yield stand


def _get(shop: WooCommerceStandIn, path: str = "products", **more: Any) -> requests.Response:
    return requests.get(f"{shop.url}/wp-json/wc/v3/{path}", timeout=30, **more)


def test_the_outside_client_signs_over_http_and_is_let_in(shop: WooCommerceStandIn) -> None:
    client = Client(shop)
    assert client.get("products", per_page=5, search="عربي & more") == []
    assert client.status == 200


def test_keys_over_http_are_no_keys(shop: WooCommerceStandIn) -> None:
    basic = _get(shop, auth=HTTPBasicAuth(shop.key, shop.secret))
    query = _get(shop, params={"consumer_key": shop.key, "consumer_secret": shop.secret})
    for answer in (basic, query):
        assert answer.status_code == 401
        assert answer.json()["code"] == "woocommerce_rest_cannot_view"


def test_a_wrong_secret_is_told(shop: WooCommerceStandIn) -> None:
    client = Client(shop, consumer_secret="cs_wrong")
    assert client.get("products")["message"].startswith("Invalid signature")
    assert client.status == 401


def test_a_nonce_opens_once(shop: WooCommerceStandIn) -> None:
    oauth = Client(shop).api._API__get_oauth_url
    url = oauth(f"{shop.url}/wp-json/wc/v3/products", "GET")
    assert requests.get(url, timeout=30).status_code == 200
    again = requests.get(url, timeout=30)
    assert (again.status_code, "nonce" in again.json()["message"]) == (401, True)


def test_an_old_signature_is_refused(shop: WooCommerceStandIn) -> None:
    oauth = Client(shop).api._API__get_oauth_url
    url = f"{shop.url}/wp-json/wc/v3/products"
    old = oauth(url, "GET", oauth_timestamp=int(time.time()) - 16 * 60)
    assert "timestamp" in requests.get(old, timeout=30).json()["message"]


def test_a_key_that_may_only_read_is_unauthorized_to_write(shop: WooCommerceStandIn) -> None:
    client = Client(shop, consumer_key=shop.read_key, consumer_secret=shop.read_secret)
    assert client.get("orders") == []
    refused = client.post("products", {"name": "x"})
    assert (client.status, refused["code"]) == (401, "woocommerce_rest_authentication_error")


def test_over_tls_keys_are_enough_in_a_header_or_in_the_query(
    certificate: Callable[..., Certificate],
) -> None:
    own = certificate()
    with WooCommerceStandIn(tls=own.context) as stand:
        for in_query in (False, True):
            client = Client(stand, verify_ssl=own.file, query_string_auth=in_query)
            assert client.post("products", {"name": "x"})["name"] == "x"
        wrong = Client(stand, verify_ssl=own.file, consumer_secret="cs_no")
        assert wrong.get("products")["message"] == "Consumer secret is invalid."


def test_what_is_not_imitated_is_refused_loudly(shop: WooCommerceStandIn) -> None:
    client = Client(shop)
    for path in ("reports/sales", "products/reviews", "shipping/zones/1/methods"):
        assert client.get(path)["code"] == "stand_in_not_imitated", path
        assert client.status == 501
    client.post("products", {"name": "x", "brands": [{"id": 1}]})
    assert client.status == 501
    assert client.get("nothing")["code"] == "rest_no_route"


def test_faults_strike_by_path_and_method(shop: WooCommerceStandIn) -> None:
    client = Client(shop)
    before = len(shop.rows("products"))
    shop.fault("http_502", model="products", method="BATCH")
    cut = requests.exceptions.ConnectionError
    shop.fault("cut_after", model="products", method="POST")
    assert client.get("products", per_page=1) is not None
    with pytest.raises(cut):
        client.post("products", {"name": "kept"})
    assert len(shop.rows("products")) == before + 1
    answer = client.api.post("products/batch", {"create": []})
    assert answer.status_code == 502
