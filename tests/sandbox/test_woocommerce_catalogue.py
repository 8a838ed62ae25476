"""The catalogue of the stand-in shop does what a real one was seen to do, errors included."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from qantara.sandbox.woocommerce import WooCommerceStandIn
from tests.sandbox.woo import PICTURE, Client, listener


@pytest.fixture
def shop() -> Iterator[WooCommerceStandIn]:
    with WooCommerceStandIn() as stand:
        yield stand


@pytest.fixture
def client(shop: WooCommerceStandIn) -> Client:
    return Client(shop)


def _shirt(client: Client, **more: Any) -> Any:
    shirt = {"name": "Shirt", "sku": "S-1", "regular_price": "99.90"}
    return client.post("products", {**shirt, "manage_stock": True, "stock_quantity": 4, **more})


def test_a_price_with_a_comma_becomes_a_hundred_times_as_much(client: Client) -> None:
    assert _shirt(client, regular_price="12,5")["regular_price"] == "125"


@pytest.mark.parametrize(
    ("name", "value"),
    [("regular_price", 12.5), ("stock_quantity", 2.5), ("status", "nope"), ("type", "gift")],
)
def test_a_wrong_type_is_refused_by_name(client: Client, name: str, value: Any) -> None:
    refused = _shirt(client, **{name: value})
    assert (client.status, refused["code"]) == (400, "rest_invalid_param")
    assert list(refused["data"]["params"]) == [name]


def test_items_of_a_batch_are_not_checked(client: Client) -> None:
    items = [{"name": "a", "manage_stock": True, "stock_quantity": "abc"}]
    made = client.post("products/batch", {"create": items})["create"]
    assert made[0]["stock_quantity"] == 0


def test_a_batch_answers_in_order_with_an_error_in_its_place(client: Client) -> None:
    first = _shirt(client)["id"]
    told = client.post(
        "products/batch",
        {
            "create": [{"name": "b", "sku": "B"}, {"name": "dup", "sku": "S-1"}],
            "update": [{"id": first, "stock_quantity": 7}, {"id": 999, "name": "x"}],
            "delete": [998],
        },
    )
    assert client.status == 200
    assert told["create"][1]["error"]["data"]["resource_id"] == first
    assert told["create"][1]["id"] == 0
    assert told["update"][0]["stock_quantity"] == 7
    assert told["update"][1]["error"]["code"] == "woocommerce_rest_product_invalid_id"
    assert told["delete"][0]["id"] == 998


def test_a_batch_of_more_than_a_hundred_is_too_large(client: Client) -> None:
    client.post("products/batch", {"create": [{"name": str(at)} for at in range(101)]})
    assert client.status == 413


def test_fields_empty_the_answer_of_a_batch(client: Client) -> None:
    body = {"create": [{"name": "a"}]}
    assert client.api.post("products/batch", body, params={"_fields": "id"}).json() == []


def test_a_sku_is_taken_until_its_product_is_gone_for_good(client: Client) -> None:
    first = _shirt(client)["id"]
    taken = _shirt(client)
    assert taken["data"] == {"status": 400, "resource_id": first, "unique_sku": "S-1-1"}
    client.delete(f"products/{first}")
    assert client.get(f"products/{first}")["status"] == "trash"
    kept = _shirt(client)
    assert kept["code"] == "woocommerce_rest_product_not_created"
    assert "resource_id" not in kept["data"]
    client.delete(f"products/{first}", force=True)
    assert _shirt(client)["sku"] == "S-1"


def test_an_unknown_category_falls_out_without_a_word(client: Client) -> None:
    told = _shirt(client, categories=[{"id": 999}, {"name": "Shirts"}])
    assert [each["name"] for each in told["categories"]] == ["Uncategorized"]


def test_a_category_of_the_same_name_and_parent_is_told_by_its_id(client: Client) -> None:
    made = client.post("products/categories", {"name": "Tops & more"})
    assert made["name"] == "Tops &amp; more"
    again = client.post("products/categories", {"name": "Tops & more"})
    assert (again["code"], again["data"]["resource_id"]) == ("term_exists", made["id"])
    client.post("products/categories", {"name": "Tops & more", "parent": made["id"]})
    assert client.status == 201


def test_texts_are_raw_for_an_editor_and_set_in_paragraphs_for_a_viewer(client: Client) -> None:
    made = _shirt(client, description="One\ntwo\n\nThree <b>&</b> <script>x</script>")
    assert made["description"] == "One\ntwo\n\nThree <b>&amp;</b> x"
    viewed = client.get(f"products/{made['id']}")["description"]
    assert viewed == "<p>One<br />\ntwo</p>\n<p>Three <b>&amp;</b> x</p>\n"
    edited = client.get(f"products/{made['id']}", context="edit")
    assert edited["description"] == made["description"]


def test_variations_inherit_and_decide_their_parent(client: Client) -> None:
    parent = client.post(
        "products",
        {
            "name": "Tee",
            "type": "variable",
            "sku": "T",
            "attributes": [{"name": "Size", "options": ["S", "M"], "variation": True}],
        },
    )
    path = f"products/{parent['id']}/variations"
    small = client.post(
        path, {"sku": "T-S", "regular_price": "50", "attributes": [{"name": "size", "option": "S"}]}
    )
    plain = client.post(path, {"regular_price": "40"})
    assert (small["name"], plain["sku"]) == ("S", "T")
    assert client.get(f"products/{parent['id']}")["price"] == "40"
    client.put(f"products/{parent['id']}", {"manage_stock": True, "stock_quantity": 9})
    told = client.get(f"{path}/{small['id']}")
    assert (told["manage_stock"], told["stock_quantity"]) == ("parent", 9)
    found = client.get("products", sku="T-S")
    assert [(each["type"], each["parent_id"]) for each in found] == [("variation", parent["id"])]
    assert client.put(f"products/{small['id']}", {"name": "x"})["code"] == (
        "woocommerce_rest_invalid_product_id"
    )


def test_each_address_of_a_picture_makes_a_new_one(client: Client) -> None:
    with listener() as web:
        source = {"src": f"{web.url}/lab.png"}
        first = _shirt(client, images=[source])
        second = client.put(f"products/{first['id']}", {"images": [source]})
        names = [each["images"][0]["src"].rpartition("/")[2] for each in (first, second)]
        assert names == ["lab.png", "lab-1.png"]
        kept = [{"id": first["images"][0]["id"]}]
        third = client.put(f"products/{first['id']}", {"images": kept})
        assert third["images"][0]["id"] == first["images"][0]["id"]
        lost = {"images": [{"src": f"{web.url}/none.png"}], "name": "New"}
        refused = client.put(f"products/{first['id']}", lost)
        assert refused["code"] == "woocommerce_product_image_upload_error"
        assert client.get(f"products/{first['id']}")["name"] == "Shirt"
        assert requests.get(first["images"][0]["src"], timeout=30).content == PICTURE


def test_a_strict_shop_calls_no_private_address() -> None:
    with WooCommerceStandIn(strict_hosts=True) as shop, listener() as web:
        refused = Client(shop).post("products", {"images": [{"src": f"{web.url}/lab.png"}]})
        assert refused["code"] == "woocommerce_product_image_upload_error"


def test_pages_have_bounds_headers_and_an_empty_end(client: Client) -> None:
    client.post("products/batch", {"create": [{"name": f"p{at}"} for at in range(5)]})
    for size in (0, 101):
        assert client.get("products", per_page=size)["code"] == "rest_invalid_param"
    page = client.get("products", per_page=2, page=2, orderby="id", order="asc", _fields="id")
    assert [each["id"] for each in page] == [12, 13]
    assert (client.headers["X-WP-Total"], client.headers["X-WP-TotalPages"]) == ("5", "3")
    assert 'rel="next"' in client.headers["Link"]
    assert client.get("products", per_page=2, page=9) == []


def test_modified_after_excludes_its_second_and_reads_local_time(
    shop: WooCommerceStandIn, client: Client
) -> None:
    shop.clock.freeze()
    made = _shirt(client)
    local, gmt = made["date_modified"], made["date_modified_gmt"]
    assert client.get("products", modified_after=gmt, dates_are_gmt="true") == []
    assert client.get("products", modified_after=f"{gmt}Z") == []
    assert client.get("products", modified_after=local) == []
    shop.clock.move(1)
    client.put(f"products/{made['id']}", {"stock_quantity": 1})
    assert len(client.get("products", modified_after=gmt, dates_are_gmt="true")) == 1


def test_pages_shift_while_products_are_changed(shop: WooCommerceStandIn, client: Client) -> None:
    for at in range(3):
        shop.add("products", name=str(at))
        shop.clock.move(1)
    asked = {"orderby": "modified", "order": "asc", "per_page": 1, "_fields": "id"}
    first = client.get("products", **asked)
    shop.edit(f"products/{first[0]['id']}", name="changed")
    second = client.get("products", page=2, **asked)
    assert second == [{"id": 12}]  # 11 was never seen


def test_unknown_parameters_are_ignored(client: Client) -> None:
    _shirt(client)
    assert len(client.get("products", meta_key="a", meta_value="b", zzz=1)) == 1
    assert client.put("products/10", {"zzz": 1})["id"] == 10


def test_customers_know_no_modified_after(client: Client) -> None:
    made = client.post("customers", {"email": "a@x.test"})
    again = client.post("customers", {"email": "A@x.test"})
    assert again["code"] == "registration-error-email-exists"
    found = client.get("customers", modified_after="2099-01-01T00:00:00", _fields="id")
    assert found == [{"id": made["id"]}]
