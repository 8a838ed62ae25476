"""The outside client has the same calls answered by a real WooCommerce and by the stand-in."""

import os
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from woocommerce import API  # type: ignore[import-untyped]

from qantara.sandbox.woocommerce import WooCommerceStandIn
from tests.sandbox.test_woocommerce_recorded import differences

NAMES = ("URL", "KEY", "SECRET")
ABSENT = "No real WooCommerce is named (QANTARA_LIVE_WOO_URL, _KEY, _SECRET): it was not tried."
# told by numbers, by chance, by other plugins, or by newer versions only
LOOSE = frozenset(
    {
        *("id", "slug", "number", "product_id", "variation_id", "rate_id", "parent_id", "version"),
        *("resource_id", "customer_id", "generated_slug", "gallery_image_ids", "meta_data"),
        *("rate_code", "label", "variations", "new_draft_order_id", "cost_of_goods_sold"),
    }
)

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]


class Both:
    """Sends each call to both shops, each with its own numbers, and keeps what differs."""

    def __init__(self, real: API, ours: API) -> None:
        self._shops = (real, ours)
        self.wrong: list[str] = []

    def send(self, method: str, path: Any, body: Any = None, **query: Any) -> tuple[Any, Any]:
        """Path and body are told by which shop is asked: 0 is the real one."""
        answers = []
        for number, shop in enumerate(self._shops):
            where = path(number) if callable(path) else path
            sent = body(number) if callable(body) else body
            more = {} if method in ("get", "delete") else {"data": sent or {}}
            answers.append(getattr(shop, method)(where, params=dict(query), **more))
        real, ours = answers
        called = f"{method} {path(0) if callable(path) else path}"
        if real.status_code != ours.status_code:
            self.wrong.append(f"{called}: {real.status_code}, and not {ours.status_code}")
        found = differences(real.json(), ours.json(), loose=LOOSE)
        self.wrong += [f"{called} {each}" for each in found]
        return real.json(), ours.json()


@pytest.fixture
def both() -> Iterator[Both]:
    """A stand-in set up as the real shop is: its rounding, its prices, its rates."""
    url, key, secret = (os.environ.get(f"QANTARA_LIVE_WOO_{name}", "") for name in NAMES)
    if not (url and key and secret):
        pytest.skip(ABSENT)
    real = API(url=url, consumer_key=key, consumer_secret=secret, timeout=60)
    said = {
        each["id"].removeprefix("woocommerce_"): each["value"]
        for group in ("general", "tax", "products")
        for each in real.get(f"settings/{group}").json()
    }
    environment = real.get("system_status").json()["environment"]
    with WooCommerceStandIn(
        version=environment["version"],
        currency=said["currency"],
        decimals=int(said["price_num_decimals"]),
        prices_include_tax=said["prices_include_tax"] == "yes",
        round_at_subtotal=said["tax_round_at_subtotal"] == "yes",
        tax_based_on=said["tax_based_on"],
        shipping_tax_class=said["shipping_tax_class"],
        country=said["default_country"],
        deliveries="manual",
    ) as shop:
        for rate in real.get("taxes", params={"per_page": 100}).json():
            shop.add("taxes", **{name: rate[name] for name in rate if name not in ("id", "_links")})
        ours = API(url=shop.url, consumer_key=shop.key, consumer_secret=shop.secret, timeout=60)
        yield Both(real, ours)


def test_a_product_and_all_that_is_wrong_with_one(both: Both) -> None:
    mark = secrets.token_hex(3)
    priced = {"regular_price": "99.90", "manage_stock": True, "stock_quantity": 10}
    text = {"description": "One\ntwo\n\nThree <b>&</b> <script>x</script>", "sku": f"S-{mark}"}
    pair = both.send("post", "products", {"name": f"A & B {mark}", **priced, **text})

    def path(shop: int) -> str:
        return f"products/{pair[shop]['id']}"

    both.send("get", path)
    both.send("post", "products", {"name": "Again", "sku": f"S-{mark}"})
    wrong = (
        *({"regular_price": 12.5}, {"stock_quantity": 2.5}, {"status": "nope"}, {"type": "x"}),
        *({"images": [{"src": ""}]}, {"images": [{"id": 99999999}]}, {"attributes": "x"}),
    )
    odd = (
        *({"regular_price": "12,5"}, {"stock_quantity": None}, {"stock_quantity": -3}),
        *({"sale_price": "500"}, {"categories": [{"id": 99999999}]}, {"global_unique_id": "a1"}),
        *({"manage_stock": False}, {"tax_class": "reduced-rate"}, {"zzz": 1}),
    )
    for body in (*wrong, *odd):
        both.send("put", path, body)
    both.send("put", "products/99999999", {"name": "x"})
    both.send("delete", path)
    both.send("post", "products", {"name": "Again", "sku": f"S-{mark}"})
    both.send("delete", path, force=True)
    both.send("get", path)
    assert not both.wrong, "\n".join(both.wrong)


def test_an_order_its_sums_its_states_and_its_refunds(both: Both) -> None:
    mark = secrets.token_hex(3)
    stocked = {"manage_stock": True, "stock_quantity": 10}
    pair = both.send("post", "products", {"name": f"P {mark}", "regular_price": "33.33", **stocked})
    code = {"code": f"c{mark}", "amount": "7.5", "discount_type": "percent"}
    coupons = both.send("post", "coupons", code)

    def body(shop: int) -> dict[str, Any]:
        return {
            "payment_method": "cod",
            "line_items": [{"product_id": pair[shop]["id"], "quantity": 3}],
            "shipping_lines": [{"method_id": "flat", "method_title": "Flat", "total": "9.99"}],
            "fee_lines": [{"name": "Gift", "total": "5"}],
            "coupon_lines": [{"code": f"c{mark}"}],
            "billing": {"country": "SA", "email": "a@example.com"},
        }

    orders = both.send("post", "orders", body)

    def path(shop: int) -> str:
        return f"orders/{orders[shop]['id']}"

    def stock(shop: int) -> str:
        return f"products/{pair[shop]['id']}"

    def refund(shop: int) -> dict[str, Any]:
        part = {"id": orders[shop]["line_items"][0]["id"], "quantity": 1, "refund_total": 10}
        return {"api_refund": False, "amount": "10", "line_items": [part]}

    for status in ("processing", "cancelled", "on-hold", "completed", "shipped"):
        both.send("put", path, {"status": status})
        both.send("get", stock, _fields="stock_quantity,total_sales")
    for asked in (refund, {"api_refund": False, "amount": "9999"}, {"amount": "1"}):
        both.send("post", lambda shop: f"{path(shop)}/refunds", asked)
    both.send("get", stock, _fields="stock_quantity,total_sales")
    both.send("get", path)
    both.send("delete", path, force=True)
    both.send("delete", stock, force=True)
    both.send("delete", lambda shop: f"coupons/{coupons[shop]['id']}", force=True)
    assert not both.wrong, "\n".join(both.wrong)


def test_orders_of_what_there_is_not(both: Both) -> None:
    for lines in ([{"sku": "none"}], [{"product_id": 99999999}], [{"quantity": 1}]):
        both.send("post", "orders", {"line_items": lines})
    both.send("post", "orders", {"billing": {"email": ""}})
    assert not both.wrong, "\n".join(both.wrong)
