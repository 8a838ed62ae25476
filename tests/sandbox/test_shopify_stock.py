"""Stock: set, adjusted, compared; and requests that are told twice."""

from collections.abc import Iterator

import pytest

from qantara.sandbox.shopify import Item, ShopifyStandIn
from tests.sandbox.shopify_calls import Caller, Refused, made

PLAIN = """mutation($input: InventorySetQuantitiesInput!) {
  inventorySetQuantities(input: $input) {
    inventoryAdjustmentGroup { changes { name delta } } userErrors { code field } } }"""
SET = PLAIN.replace("($input: I", "($key: String!, $input: I").replace(
    "(input: $input) {", "(input: $input) @idempotent(key: $key) {"
)
ADJUST = """mutation($key: String!, $input: InventoryAdjustQuantitiesInput!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { userErrors { code } } }"""


@pytest.fixture
def shop() -> Iterator[ShopifyStandIn]:
    with ShopifyStandIn() as stand:
        made(stand, "Lamp", "A", "B", stock=10)
        yield stand


@pytest.fixture
def call(shop):
    return Caller(shop)


def quantity(shop, value, sku="A", **more):
    item = next(row["id"] for row in shop.rows("InventoryItem") if row["sku"] == sku)
    location = f"gid://shopify/Location/{shop.ids('Location')[0]}"
    return {"inventoryItemId": item, "locationId": location, "quantity": value, **more}


def wanted(*quantities, name="available"):
    return {"name": name, "reason": "correction", "quantities": list(quantities)}


def told(call, key, *quantities, **more):
    answer = call(SET, key=key, input=wanted(*quantities, **more))["inventorySetQuantities"]
    return [one["code"] for one in answer["userErrors"]]


def test_a_quantity_is_set_where_it_was_as_expected(shop, call):
    assert told(call, "k1", quantity(shop, 7, changeFromQuantity=10)) == []
    assert shop.available("A") == 7
    assert told(call, "k2", quantity(shop, 9, changeFromQuantity=10)) == [
        "CHANGE_FROM_QUANTITY_STALE"
    ]
    assert shop.available("A") == 7
    assert told(call, "k3", quantity(shop, 9, changeFromQuantity=None)) == []
    assert shop.available("A") == 9


def test_one_stale_quantity_keeps_all_of_them_unset(shop, call):
    answer = told(
        call,
        "k1",
        quantity(shop, 1, "A", changeFromQuantity=10),
        quantity(shop, 1, "B", changeFromQuantity=3),
    )

    assert answer == ["CHANGE_FROM_QUANTITY_STALE"]
    assert (shop.available("A"), shop.available("B")) == (10, 10)


def test_what_is_on_hand_includes_what_is_promised(shop, call):
    from_hand = quantity(shop, 12, changeFromQuantity=10)
    shop.order(items=[Item(sku="A", quantity=2)])
    assert (shop.available("A"), shop.available("A", name="on_hand")) == (8, 10)

    assert told(call, "k", from_hand, name="on_hand") == []

    assert (shop.available("A"), shop.available("A", name="on_hand")) == (10, 12)


def test_the_comparison_must_be_named_from_2026_04_on(shop, call):
    with pytest.raises(Refused, match="changeFromQuantity is required"):
        told(call, "k", quantity(shop, 5))
    old = Caller(shop, "2026-01")
    assert told(old, "k1", quantity(shop, 5)) == ["COMPARE_QUANTITY_REQUIRED"]
    assert told(old, "k2", quantity(shop, 5, compareQuantity=9)) == ["COMPARE_QUANTITY_STALE"]
    assert told(old, "k3", quantity(shop, 5, compareQuantity=10)) == []


def test_a_key_is_wanted_from_2026_04_on(shop, call):
    asked = wanted(quantity(shop, 5, changeFromQuantity=10))
    with pytest.raises(Refused, match="@idempotent directive is required"):
        call(PLAIN, input=asked)
    with pytest.raises(Refused, match="can't be blank"):
        call(SET, key=" ", input=asked)
    with pytest.raises(Refused, match="not supported on productDelete"):
        call(
            'mutation { productDelete(input: {id: "x"}) @idempotent(key: "k") { deletedProductId } }'
        )
    assert shop.available("A") == 10

    assert Caller(shop, "2026-01")(PLAIN, input=asked)["inventorySetQuantities"]["userErrors"] == []


def test_the_same_key_is_told_the_same_and_does_it_once(shop, call):
    asked = wanted(quantity(shop, 7, changeFromQuantity=10))
    first = call(SET, key="k", input=asked)
    shop.stock("A", 20)

    assert call(SET, key="k", input=asked) == first
    assert shop.available("A") == 20


def test_a_key_with_other_arguments_or_of_a_failed_attempt_is_refused(shop, call):
    assert told(call, "k", quantity(shop, 7, changeFromQuantity=10)) == []
    assert told(call, "k", quantity(shop, 8, changeFromQuantity=7)) == [
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    ]
    assert told(call, "f", quantity(shop, 8, changeFromQuantity=1)) == [
        "CHANGE_FROM_QUANTITY_STALE"
    ]
    assert told(call, "f", quantity(shop, 8, changeFromQuantity=1)) == [
        "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
    ]
    shop.fault("concurrent", method="inventorySetQuantities")
    assert told(call, "c", quantity(shop, 8, changeFromQuantity=7)) == [
        "IDEMPOTENCY_CONCURRENT_REQUEST"
    ]


def test_a_key_is_forgotten_after_a_day(shop, call):
    assert told(call, "k", quantity(shop, 7, changeFromQuantity=10)) == []

    shop.advance(24 * 3600 + 1)

    assert told(call, "k", quantity(shop, 8, changeFromQuantity=7)) == []


def test_quantities_are_adjusted_by_differences(shop, call):
    item = quantity(shop, 0)
    change = {key: item[key] for key in ("inventoryItemId", "locationId")}
    asked = {
        "name": "available",
        "reason": "received",
        "changes": [{**change, "delta": -4, "changeFromQuantity": 10}],
    }

    assert call(ADJUST, key="a", input=asked)["inventoryAdjustQuantities"]["userErrors"] == []
    assert shop.available("A") == 6


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"inventoryItemId": "gid://shopify/InventoryItem/1"}, "INVALID_INVENTORY_ITEM"),
        ({"locationId": "gid://shopify/Location/1"}, "INVALID_LOCATION"),
        ({"quantity": 1_000_000_001}, "INVALID_QUANTITY_TOO_HIGH"),
        ({"quantity": -1_000_000_001}, "INVALID_QUANTITY_TOO_LOW"),
    ],
)
def test_wrong_quantities_have_their_codes(shop, call, change, code):
    assert told(call, "k", {**quantity(shop, 1, changeFromQuantity=10), **change}) == [code]


def test_names_and_reasons_are_the_known_ones(shop, call):
    one = quantity(shop, 1, changeFromQuantity=10)
    assert told(call, "n", one, name="committed") == ["INVALID_NAME"]
    asked = {**wanted(one), "reason": "because"}
    answer = call(SET, key="r", input=asked)["inventorySetQuantities"]
    assert [each["code"] for each in answer["userErrors"]] == ["INVALID_REASON"]
    assert told(call, "d", one, one) == ["NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"]


def test_an_item_is_stocked_at_a_new_location_before_it_is_counted_there(shop):
    place = f"gid://shopify/Location/{shop.location('Branch')}"
    call = Caller(shop, "2026-07")
    one = {**quantity(shop, 4, changeFromQuantity=None), "locationId": place}
    activate = """mutation($item: ID!, $place: ID!) {
      inventoryActivate(inventoryItemId: $item, locationId: $place) @idempotent(key: "a") {
        inventoryLevel { id quantities(names: ["available"]) { quantity } } userErrors { message } } }"""

    assert told(call, "k", one) == ["ITEM_NOT_STOCKED_AT_LOCATION"]
    made_ = call(activate, item=one["inventoryItemId"], place=place)["inventoryActivate"]
    assert made_["inventoryLevel"]["quantities"] == [{"quantity": 0}]
    assert told(call, "k2", one) == []
    assert shop.available("A", place) == 4
    levels = """query($id: ID!) { inventoryItem(id: $id) { inventoryLevels(first: 5) {
        nodes { location { name } quantities(names: ["available", "on_hand"]) { name quantity } } } } }"""
    found = call(levels, id=one["inventoryItemId"])["inventoryItem"]["inventoryLevels"]["nodes"]
    assert [each["location"]["name"] for each in found] == ["Main warehouse", "Branch"]


def test_from_2026_10_on_a_quantity_at_another_location_is_taken_and_not_seen(shop, call):
    place = f"gid://shopify/Location/{shop.location('Branch')}"
    one = {**quantity(shop, 4, changeFromQuantity=None), "locationId": place}
    asked = """query($id: ID!, $p: ID!) { inventoryItem(id: $id) {
        inventoryLevel(locationId: $p) { id }
        hidden: inventoryLevel(locationId: $p, includeInactive: true) { isActive
          quantities(names: ["available"]) { quantity } } variant { inventoryQuantity } } }"""
    activate = """mutation($item: ID!, $place: ID!) {
      inventoryActivate(inventoryItemId: $item, locationId: $place) @idempotent(key: "a") {
        inventoryLevel { quantities(names: ["available"]) { quantity } } } }"""

    assert told(call, "k", one) == []
    assert call(asked, id=one["inventoryItemId"], p=place)["inventoryItem"] == {
        "inventoryLevel": None,
        "hidden": {"isActive": False, "quantities": [{"quantity": 4}]},
        "variant": {"inventoryQuantity": 10},
    }
    made_ = call(activate, item=one["inventoryItemId"], place=place)["inventoryActivate"]
    assert made_["inventoryLevel"]["quantities"] == [{"quantity": 4}]
    assert call(asked, id=one["inventoryItemId"], p=place)["inventoryItem"]["variant"] == {
        "inventoryQuantity": 14
    }
