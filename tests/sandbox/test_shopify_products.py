"""Products, collections, pictures and own fields, as the API writes and reads them."""

import urllib.request
from collections.abc import Iterator

import pytest

from qantara.sandbox.shopify import ShopifyStandIn
from tests.sandbox.shopify_calls import SET, Caller, Refused, made, product, variant

DEFINE = """mutation($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d) {
    createdDefinition { id } userErrors { code } } }"""
KEY = {"namespace": "qantara", "key": "key", "name": "Key", "type": "id", "ownerType": "PRODUCT"}
FIELDS = """mutation($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
    metafields { value compareDigest } userErrors { code elementIndex field } } }"""
COLLECT = """mutation($input: CollectionInput!) { collectionCreate(input: $input) {
    collection { id handle title } userErrors { field message } } }"""


@pytest.fixture
def shop() -> Iterator[ShopifyStandIn]:
    with ShopifyStandIn() as stand:
        yield stand


@pytest.fixture
def call(shop):
    return Caller(shop)


def put(call, identifier=None, **wanted):
    told = call(SET, input=wanted, identifier=identifier)["productSet"]
    assert told["userErrors"] == []
    return told["product"]


def codes(call, identifier=None, **wanted):
    told = call(SET, input=wanted, identifier=identifier)["productSet"]
    return [one["code"] for one in told["userErrors"]]


def skus(found):
    return [one["sku"] for one in found["variants"]["nodes"]]


def test_lists_are_replaced_and_single_values_stay(call):
    first = put(call, **product("Lamp", "A", "B", vendor="Nile", tags=["x"]))

    second = put(call, {"id": first["id"]}, **product("Lamp", "B", "C"))

    ids = {one["sku"]: one["id"] for one in first["variants"]["nodes"]}
    kept = {one["sku"]: one["id"] for one in second["variants"]["nodes"]}
    assert skus(second) == ["B", "C"]
    assert kept["B"] == ids["B"]
    read = call(
        """query($id: ID!) { product(id: $id) { vendor tags
          options { values } gone: variantsCount { count } } }""",
        id=first["id"],
    )["product"]
    assert read == {
        "vendor": "Nile",
        "tags": ["x"],
        "options": [{"values": ["B", "C"]}],
        "gone": {"count": 2},
    }


def test_omitted_metafields_and_collections_are_deleted(shop, call):
    group = call(COLLECT, input={"title": "Lights"})["collectionCreate"]["collection"]["id"]
    field = {"namespace": "a", "key": "b", "type": "single_line_text_field", "value": "1"}
    made_ = put(call, **product("Lamp", "A", metafields=[field], collections=[group]))
    members = "query($id: ID!) { collection(id: $id) { products(first: 5) { nodes { title } } } }"
    assert call(members, id=group)["collection"]["products"]["nodes"] == [{"title": "Lamp"}]

    put(call, {"id": made_["id"]}, title="Lamp 2")
    assert len(shop.rows("Metafield")) == 1
    changed = put(call, {"id": made_["id"]}, metafields=[], collections=[])

    assert changed["metafields"]["nodes"] == []
    assert call(members, id=group)["collection"]["products"]["nodes"] == []


def test_a_product_is_kept_under_a_key_of_our_own(call):
    assert call(DEFINE, d=KEY)["metafieldDefinitionCreate"]["userErrors"] == []
    custom = {"customId": {"namespace": "qantara", "key": "key", "value": "p-1"}}

    first = put(call, custom, **product("Lamp", "A"))
    second = put(call, custom, **product("Lamp two", "A"))

    found = call(
        "query($i: ProductIdentifierInput!) { productByIdentifier(identifier: $i) { id title } }",
        i=custom,
    )["productByIdentifier"]
    assert found == {"id": first["id"], "title": "Lamp two"}
    assert second["id"] == first["id"]
    assert call(DEFINE, d=KEY)["metafieldDefinitionCreate"]["userErrors"] == [{"code": "TAKEN"}]


def test_a_unique_key_is_given_once_and_needs_its_definition(call):
    one, other = (put(call, **product(name, name))["id"] for name in ("A", "B"))
    own = {"namespace": "qantara", "key": "key", "value": "7"}
    with pytest.raises(Refused, match="definition"):
        call(
            "query($i: ProductIdentifierInput!) { productByIdentifier(identifier: $i) { id } }",
            i={"customId": own},
        )
    call(DEFINE, d=KEY)

    call(FIELDS, m=[{**own, "ownerId": one}])
    told = call(FIELDS, m=[{**own, "ownerId": other}])["metafieldsSet"]

    assert [(each["code"], each["elementIndex"]) for each in told["userErrors"]] == [("TAKEN", 0)]


def test_metafields_are_set_all_or_none_25_at_a_time(shop, call):
    owner = put(call, **product("Lamp", "A"))["id"]
    good = {"ownerId": owner, "namespace": "n", "type": "number_integer", "value": "1"}

    told = call(FIELDS, m=[{**good, "key": "a"}, {**good, "key": "b", "value": "many"}])
    assert [one["code"] for one in told["metafieldsSet"]["userErrors"]] == ["INVALID_VALUE"]
    assert shop.rows("Metafield") == []
    many = [{**good, "key": f"k{count}"} for count in range(26)]
    told = call(FIELDS, m=many)["metafieldsSet"]["userErrors"]
    assert [one["code"] for one in told] == ["LESS_THAN_OR_EQUAL_TO"]
    assert len(call(FIELDS, m=many[:25])["metafieldsSet"]["metafields"]) == 25


def test_a_digest_compares_before_it_sets(call):
    owner = put(call, **product("Lamp", "A"))["id"]
    field = {"ownerId": owner, "namespace": "n", "key": "k", "type": "single_line_text_field"}
    first = call(FIELDS, m=[{**field, "value": "1", "compareDigest": None}])["metafieldsSet"]
    digest = first["metafields"][0]["compareDigest"]

    stale = call(FIELDS, m=[{**field, "value": "2", "compareDigest": None}])["metafieldsSet"]
    right = call(FIELDS, m=[{**field, "value": "2", "compareDigest": digest}])["metafieldsSet"]

    assert [one["code"] for one in stale["userErrors"]] == ["STALE_OBJECT"]
    assert right["metafields"][0]["value"] == "2"


def test_the_slow_way_gives_an_operation_that_is_asked_for_later(shop, call):
    shop.background_seconds = 30
    told = call(SET, input=product("Lamp", "A"), now=False)["productSet"]
    asked = """query($id: ID!) { productOperation(id: $id) { status product { title }
        ... on ProductSetOperation { userErrors { code } } } }"""
    key = told["productSetOperation"]["id"]

    assert told["product"] is None
    assert call(asked, id=key)["productOperation"]["status"] == "CREATED"
    shop.advance(31)
    assert call(asked, id=key)["productOperation"] == {
        "status": "COMPLETE",
        "product": {"title": "Lamp"},
        "userErrors": [],
    }


def test_wrong_products_are_told_and_nothing_is_kept(shop, call):
    two = [variant("A"), variant("A")]
    named = {"name": "Kind", "values": [{"name": "A"}]}

    assert codes(call, title=" ") == ["INVALID_INPUT"]
    assert codes(call, {"id": "gid://shopify/Product/1"}, title="x") == ["PRODUCT_DOES_NOT_EXIST"]
    assert codes(call, title="x", productOptions=[named], variants=two) == ["INVALID_VARIANT"]
    assert codes(call, title="x", productOptions=[named]) == ["VARIANTS_INPUT_MISSING"]
    assert codes(call, title="x", variants=[variant("A")]) == ["PRODUCT_OPTIONS_INPUT_MISSING"]
    assert codes(call, title="x", productOptions=[{"name": "Size"}], variants=[variant("A")]) == [
        "OPTION_DOES_NOT_EXIST"
    ]
    assert codes(call, **product("x", "A", files=[{"id": "gid://shopify/MediaImage/1"}])) == [
        "INVALID_INPUT"
    ]
    assert shop.rows("Product") == []
    assert shop.rows("ProductVariant") == []


def test_a_picture_is_taken_from_an_upload_or_an_address(shop, call):
    staged = call(
        """mutation($i: [StagedUploadInput!]!) { stagedUploadsCreate(input: $i) {
          stagedTargets { url resourceUrl parameters { name value } } userErrors { message } } }""",
        i=[
            {
                "filename": "a.png",
                "mimeType": "image/png",
                "resource": "IMAGE",
                "httpMethod": "PUT",
            }
        ],
    )["stagedUploadsCreate"]["stagedTargets"][0]
    sent = urllib.request.Request(  # noqa: S310
        staged["url"], data=b"picture", method="PUT", headers={"Content-Type": "image/png"}
    )
    with urllib.request.urlopen(sent, timeout=30) as answer:  # noqa: S310
        assert answer.status == 200
    files = [
        {"originalSource": staged["resourceUrl"], "alt": "one"},
        {"originalSource": "https://pictures.example/b.jpg", "contentType": "IMAGE"},
    ]

    made_ = put(call, **product("Lamp", "A", files=files))

    read = call(
        """query($id: ID!) { product(id: $id) { media(first: 5) { nodes { alt status
          ... on MediaImage { id image { url } } } } } }""",
        id=made_["id"],
    )["product"]["media"]["nodes"]
    assert [(one["alt"], one["status"]) for one in read] == [("one", "READY"), ("", "READY")]
    assert [row["_bytes"] for row in shop.rows("MediaImage")] == [b"picture", None]


def test_an_upload_that_never_came_makes_a_failed_picture(call):
    staged = call(
        """mutation($i: [StagedUploadInput!]!) { stagedUploadsCreate(input: $i) {
          stagedTargets { resourceUrl } } }""",
        i=[{"filename": "a.png", "mimeType": "image/png", "resource": "IMAGE"}],
    )["stagedUploadsCreate"]["stagedTargets"][0]

    made_ = put(call, **product("Lamp", "A", files=[{"originalSource": staged["resourceUrl"]}]))

    asked = "query($id: ID!) { product(id: $id) { media(first: 1) { nodes { status } } } }"
    assert call(asked, id=made_["id"])["product"]["media"]["nodes"] == [{"status": "FAILED"}]


def test_collections_take_input_in_every_version_and_collection_in_the_newer(shop):
    newer = """mutation($c: CollectionCreateInput) { collectionCreate(collection: $c) {
        collection { title } } }"""
    for version in ("2026-01", "2026-10"):
        told = Caller(shop, version)(COLLECT, input={"title": "أضواء"})["collectionCreate"]
        assert told["collection"]["title"] == "أضواء"

    with pytest.raises(Refused, match="CollectionCreateInput"):
        Caller(shop, "2026-04")(newer, c={"title": "x"})
    assert Caller(shop, "2026-07")(newer, c={"title": "x"})["collectionCreate"]["collection"]


def test_names_in_addresses_are_free_ones(call):
    handles = [put(call, **product("Lamp", sku))["handle"] for sku in ("A", "B")]

    assert handles == ["lamp", "lamp-1"]


def test_a_deleted_product_takes_everything_with_it(shop, call):
    made(shop, "Lamp", "A", stock=3)
    key = f"gid://shopify/Product/{shop.ids('Product')[0]}"

    told = call(
        """mutation($i: ProductDeleteInput!) { productDelete(input: $i) {
          deletedProductId userErrors { message } } }""",
        i={"id": key},
    )["productDelete"]

    assert told == {"deletedProductId": key, "userErrors": []}
    assert [shop.rows(name) for name in ("Product", "ProductVariant", "InventoryLevel")] == [
        [],
        [],
        [],
    ]
