"""`read_group` gives totals and whole columns in one call, as real Odoo 16 to 19 do."""

import pytest

from tests.sandbox.callers import Refused

EVERY = {"active_test": False}


def test_totals_over_a_range(rpc):
    ids = rpc("product.category", "create", [{"name": "A"}, {"name": "B"}, {"name": "C"}])
    domain = [("id", ">=", ids[0]), ("id", "<", ids[2])]

    (found,) = rpc("product.category", "read_group", domain, ["n:count(id)", "i:sum(id)"], [])

    assert (found["__count"], found["n"], found["i"]) == (2, 2, ids[0] + ids[1])


def test_whole_columns_in_the_order_of_the_table(rpc):
    ids = rpc("product.category", "create", [{"name": "A"}, {"name": "B"}])
    rpc("product.category", "write", [ids[0]], {"name": "A2"})
    asked = ["o:array_agg(id)", "w:array_agg(write_date)"]

    (found,) = rpc("product.category", "read_group", [("id", "in", ids)], asked, [])

    assert found["o"] == [ids[1], ids[0]]
    read = rpc("product.category", "read", ids, ["write_date"])
    stamps = {row["id"]: row["write_date"] for row in read}
    assert found["w"] == [stamps[ids[1]], stamps[ids[0]]]


def test_nothing_is_null_on_16_and_empty_later(rpc):
    asked = ["o:array_agg(id)", "w:max(write_date)"]

    (found,) = rpc("product.category", "read_group", [("id", "<", 0)], asked, [])

    absent = [None, None] if rpc.stand.settings.version == 16 else [[], False]
    assert [found["__count"], found["o"], found["w"]] == [0, *absent]
    assert ("__domain" in found) is (rpc.stand.settings.version > 16)


def test_archived_records_count_only_when_asked_for(rpc):
    (one,) = rpc("product.template", "create", [{"name": "Old", "active": False}])
    domain = [("id", ">=", one)]

    (seen,) = rpc("product.template", "read_group", domain, ["id:count"], [])
    (every,) = rpc("product.template", "read_group", domain, ["id:count"], [], context=EVERY)

    assert (seen["__count"], every["__count"]) == (0, 1)


def test_what_does_not_exist_is_refused(rpc):
    for asked in (["x:sum(nope)"], ["id:nope"], ["nope"]):
        with pytest.raises(Refused, match="nope"):
            rpc("product.category", "read_group", [], asked, [])


def test_grouping_and_other_functions_are_not_imitated(rpc):
    with pytest.raises(Refused, match="read_group by parent_id"):
        rpc("product.category", "read_group", [], ["id:count"], ["parent_id"])
    with pytest.raises(Refused, match="aggregate avg"):
        rpc("product.category", "read_group", [], ["id:avg"], [])


def test_no_record_is_above_the_zeroth(rpc):
    rpc("product.template", "create", [{"name": "Chair"}])

    above = rpc("product.product", "search_count", [("product_tmpl_id", ">=", 0)])
    above_one = rpc("product.product", "search_count", [("product_tmpl_id", ">=", 1)])

    assert (above, above_one > 0) == (0, True)
