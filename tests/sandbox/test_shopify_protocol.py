"""What every request meets: the door, the versions, scopes, costs, pages, searches."""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from qantara.sandbox.shopify import VERSIONS, ShopifyStandIn
from tests.sandbox.shopify_calls import SET, Caller, Refused, made, product

NAMES = "query($q: String) { products(first: 50, query: $q) { nodes { title } } }"


@pytest.fixture
def shop() -> Iterator[ShopifyStandIn]:
    with ShopifyStandIn() as stand:
        yield stand


@pytest.fixture
def call(shop):
    return Caller(shop)


def titles(call, query=None):
    return [one["title"] for one in call(NAMES, q=query)["products"]["nodes"]]


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_answers_under_its_own_address(shop, version):
    assert Caller(shop, version)("{ shop { name currencyCode } }") == {
        "shop": {"name": "Nile Store", "currencyCode": "SAR"}
    }


def test_a_wrong_token_is_401_and_an_unknown_version_404(shop):
    assert Caller(shop, token="other").raw("{ shop { name } }")[0] == 401
    assert Caller(shop, version="2019-04").raw("{ shop { name } }")[0] == 404


def test_what_is_not_imitated_is_refused(call):
    with pytest.raises(Refused, match="Cannot query field 'giftCards'"):
        call("{ giftCards(first: 1) { nodes { id } } }")
    with pytest.raises(Refused) as refused:
        call('{ products(first: 1, query: "inventory_total:>5") { nodes { id } } }')
    assert refused.value.codes == ["NOT_IMITATED"]
    assert call.raw("", path="/admin/api/2026-10/orders.json")[0] == 501


def test_a_field_without_its_scope_is_denied_and_the_rest_is_answered(shop, call):
    shop.deny("read_customers")

    _, body = call.raw('{ shop { name } customer(id: "gid://shopify/Customer/1") { id } }')

    assert body["data"] == {"shop": {"name": "Nile Store"}, "customer": None}
    assert body["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert body["errors"][0]["path"] == ["customer"]


def test_a_mutation_needs_its_scope_and_changes_nothing_without(shop, call):
    shop.deny("write_products")

    with pytest.raises(Refused) as refused:
        call(SET, input=product("Lamp", "L-1"))

    assert refused.value.codes == ["ACCESS_DENIED"]
    assert shop.rows("Product") == []


def test_the_bucket_pays_and_an_empty_one_throttles_with_200(shop, call):
    shop.drain()

    status, body = call.raw(NAMES)

    assert status == 200
    assert body["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert body["extensions"]["cost"]["actualQueryCost"] is None
    shop.advance(60)
    assert titles(call) == []


def test_what_was_not_used_of_the_cost_is_given_back(shop, call):
    made(shop, "Lamp", "L-1")

    cost = call.raw(NAMES)[1]["extensions"]["cost"]

    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (52, 3)
    assert cost["throttleStatus"] == {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": 1997,
        "restoreRate": 100.0,
    }


def test_a_query_that_is_too_dear_is_refused_before_it_runs(call):
    with pytest.raises(Refused) as refused:
        call("{ products(first: 100) { nodes { variants(first: 50) { nodes { id } } } } }")

    assert refused.value.codes == ["MAX_COST_EXCEEDED"]


@pytest.mark.parametrize("size", ["", "first: 251", "first: 5, last: 5"])
def test_pages_have_a_size_of_up_to_250(call, size):
    arguments = f"({size})" if size else ""

    with pytest.raises(Refused):
        call(f"{{ products{arguments} {{ nodes {{ id }} }} }}")


def test_cursors_lead_through_everything_once_even_when_records_move(shop, call):
    for count in range(7):
        made(shop, f"Lamp {count}", f"L-{count}")
    page = """query($after: String) { products(first: 3, after: $after, sortKey: UPDATED_AT) {
        nodes { title } pageInfo { hasNextPage endCursor } } }"""
    seen, after = [], None
    while True:
        found = call(page, after=after)["products"]
        seen += [one["title"] for one in found["nodes"]]
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = found["pageInfo"]["endCursor"]

    assert seen == [f"Lamp {count}" for count in range(7)]


def test_backwards_pages_end_at_the_beginning(shop, call):
    for count in range(5):
        made(shop, f"Lamp {count}", f"L-{count}")
    back = """query($before: String) { products(last: 3, before: $before) {
        nodes { title } pageInfo { hasPreviousPage startCursor } } }"""

    last = call(back)["products"]
    first = call(back, before=last["pageInfo"]["startCursor"])["products"]

    assert [one["title"] for one in last["nodes"]] == ["Lamp 2", "Lamp 3", "Lamp 4"]
    assert [one["title"] for one in first["nodes"]] == ["Lamp 0", "Lamp 1"]
    assert not first["pageInfo"]["hasPreviousPage"]


def test_pages_end_where_the_real_ones_do(shop, call):
    shop.reach = 4
    for count in range(6):
        made(shop, f"Lamp {count}", f"L-{count}")
    page = "query($after: String) { products(first: 4, after: $after) { pageInfo { endCursor } } }"
    cursor = call(page)["products"]["pageInfo"]["endCursor"]

    with pytest.raises(Refused) as refused:
        call(page, after=cursor)

    assert refused.value.codes == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sku:L-1", ["Desk lamp"]),
        ("sku:'L-1' OR sku:C-1", ["Desk lamp", "Chair"]),
        ("title:desk*", ["Desk lamp"]),
        ("status:active AND NOT sku:L-1", ["Chair"]),
        ("-sku:L-1", ["Chair"]),
        ("(sku:L-1 OR sku:C-1) title:chair", ["Chair"]),
        ("lamp", ["Desk lamp"]),
        ("updated_at:>2020-01-01", ["Desk lamp", "Chair"]),
        ("updated_at:>='2020-01-01T00:00:00Z' updated_at:<'2021-01-01T00:00:00+03:00'", []),
        ("barcode:6281", ["Chair"]),
    ],
)
def test_searches_find_what_they_say(shop, call, query, found):
    made(shop, "Desk lamp", "L-1")
    made(shop, "Chair", "C-1")
    shop.change("ProductVariant", shop.ids("ProductVariant")[1], barcode="6281")

    assert titles(call, query) == found


def test_an_unknown_field_finds_everything_and_is_told_as_a_warning(shop, call):
    made(shop, "Lamp", "L-1")

    _, body = call.raw(NAMES, {"q": "colour:red"})

    assert len(body["data"]["products"]["nodes"]) == 1
    assert body["extensions"]["search"][0]["warnings"][0]["field"] == "colour"


def test_searches_lag_behind_where_the_switch_says_so(shop, call):
    shop.search_lag = 60
    made(shop, "Lamp", "L-1")

    assert (titles(call, "sku:L-1"), titles(call)) == ([], ["Lamp"])
    shop.advance(61)
    assert titles(call, "sku:L-1") == ["Lamp"]


def test_a_variable_of_a_wrong_shape_is_refused_before_anything_happens(shop, call):
    wrong = {**product("Lamp", "L-1"), "colour": "red"}

    with pytest.raises(Refused, match="colour"):
        call(SET, input=wrong)

    assert shop.rows("Product") == []


def test_input_lists_hold_250(call):
    many = [{"id": f"gid://shopify/X/{one}"} for one in range(251)]

    with pytest.raises(Refused) as refused:
        call(
            """mutation($m: [FileCreateInput!]!) {
              fileCreate(files: $m) { userErrors { message } } }""",
            m=[{"originalSource": one["id"]} for one in many],
        )

    assert refused.value.codes == ["MAX_INPUT_SIZE_EXCEEDED"]


def test_faults_strike_the_operation_that_they_are_aimed_at(shop, call):
    shop.fault("throttled", method="products")
    shop.fault("http_502", model="mutation")

    assert call("{ shop { name } }")
    with pytest.raises(Refused) as refused:
        call(NAMES)
    assert refused.value.codes == ["THROTTLED"]
    assert titles(call) == []
    with pytest.raises(ValueError, match="Expecting value"):
        call(SET, input=product("Lamp", "L-1"))


def test_an_answer_that_is_cut_after_the_work_leaves_the_work_done(shop, call):
    shop.fault("cut_after", method="productSet")

    with pytest.raises(OSError, match=r".*"):
        call(SET, input=product("Lamp", "L-1"))

    assert [row["title"] for row in shop.rows("Product")] == ["Lamp"]
    assert shop.writes() == 1


def test_a_bulk_query_becomes_a_file_of_lines_with_parents(shop, call):
    made(shop, "Lamp", "L-1", "L-2")
    made(shop, "Chair", "C-1")
    run = """mutation($q: String!) { bulkOperationRunQuery(query: $q, groupObjects: false) {
        bulkOperation { id status } userErrors { message code } } }"""
    asked = "{ products { edges { node { id title variants { edges { node { id sku } } } } } } }"

    operation = call(run, q=asked)["bulkOperationRunQuery"]["bulkOperation"]
    done = call(
        """query($id: ID!) { bulkOperation(id: $id) {
          status url objectCount rootObjectCount errorCode } }""",
        id=operation["id"],
    )["bulkOperation"]

    assert operation["status"] == "CREATED"
    assert (done["status"], done["objectCount"], done["rootObjectCount"]) == ("COMPLETED", "5", "2")
    found = lines_of(done["url"])
    parent = found[0]["id"]
    assert [one.get("sku") for one in found if one.get("__parentId") == parent] == ["L-1", "L-2"]


def test_a_bulk_query_without_a_connection_or_with_too_deep_ones_is_refused(call):
    run = """mutation($q: String!) { bulkOperationRunQuery(query: $q, groupObjects: false) {
        userErrors { code } } }"""
    deep = """{ orders { edges { node { fulfillmentOrders { edges { node { lineItems {
        edges { node { id } } } } } } } } } }"""

    nameless = "{ products { nodes { title variants { nodes { sku } } } } }"

    for query in ("{ shop { name } }", deep, nameless, "{ products {"):
        told = call(run, q=query)["bulkOperationRunQuery"]["userErrors"]
        assert [one["code"] for one in told] == ["INVALID"]


def lines_of(url):
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
        return [json.loads(line) for line in answer.read().splitlines()]
