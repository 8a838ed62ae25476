"""`load()` is all or nothing, tells every bad row, and knows records by their external ids."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.callers import Refused, Rpc

COLUMNS = ["id", "name", "default_code", "list_price"]


def test_rows_become_records_with_external_ids(odoo, rpc):
    rows = [["hub.a", "A", "A1", "3"], ["hub.b", "ب", "B1", "4.5"]]

    result = rpc("product.product", "load", COLUMNS, rows)

    found = rpc("product.product", "read", result["ids"], ["name", "default_code", "list_price"])
    assert [(row["name"], row["default_code"], row["list_price"]) for row in found] == [
        ("A", "A1", 3.0),
        ("ب", "B1", 4.5),
    ]
    assert (result["messages"], result["nextrow"]) == ([], 0)


def test_the_same_external_id_again_updates_the_record(rpc):
    first = rpc("product.product", "load", COLUMNS, [["hub.a", "A", "A1", "3"]])
    second = rpc("product.product", "load", COLUMNS, [["hub.a", "Anew", "A1", "3"]])

    assert first["ids"] == second["ids"]
    assert rpc("product.product", "read", first["ids"], ["name"])[0]["name"] == "Anew"


def test_an_external_id_without_a_module_lands_in_import(rpc):
    rpc("res.partner", "load", ["id", "name"], [["p1", "P"]])

    found = rpc("ir.model.data", "search_read", [("name", "=", "p1")], ["module", "model"])
    assert [(row["module"], row["model"]) for row in found] == [("__import__", "res.partner")]


def test_every_bad_row_is_told_and_nothing_is_kept(odoo, rpc):
    rows = [["hub.a", "A", "A1", "abc"], ["hub.b", "B", "B1", "1"], ["hub.c", "C", "C1", "x"]]

    result = rpc("product.product", "load", COLUMNS, rows)

    assert result["ids"] is False
    assert [each["record"] for each in result["messages"]] == [0, 2]
    assert result["messages"][0] == {
        "rows": {"from": 0, "to": 0},
        "type": "error",
        "record": 0,
        "field": "list_price",
        "message": "'abc' does not seem to be a number for field 'Sales Price'",
        "field_name": "Sales Price",
    }
    assert odoo.rows("product.product") == []


def test_a_missing_name_is_told_as_the_import_tells_it(rpc16):
    result = rpc16("product.category", "load", ["id", "name"], [["hub.c", ""]])

    assert [each["message"] for each in result["messages"]] == [
        "Missing required value for the field 'Name' (name)"
    ]


def test_records_are_found_by_name_external_and_database_id(rpc):
    parent = rpc("product.category", "create", {"name": "Parent"})
    rpc("product.category", "load", ["id", "name"], [["hub.known", "Known"]])
    load = ("product.category", "load")

    by_name = rpc(*load, ["name", "parent_id"], [["n", "Parent"]])
    by_key = rpc(*load, ["name", "parent_id/id"], [["k", "hub.known"]])
    by_number = rpc(*load, ["name", "parent_id/.id"], [["d", str(parent)]])

    ids = [*by_name["ids"], *by_key["ids"], *by_number["ids"]]
    rows = rpc("product.category", "read", ids, ["parent_id"])
    assert [row["parent_id"][1].split(" / ")[-1] for row in rows] == ["Parent", "Known", "Parent"]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("categ_id", "Nowhere", "No matching record found for name 'Nowhere' in field"),
        ("categ_id/id", "no.where", "No matching record found for external id 'no.where'"),
        ("categ_id/.id", "99999999", "No matching record found for database id '99999999'"),
        ("categ_id/.id", "abc", "Invalid database id 'abc' for the field"),
        ("active", "maybe", "Unknown value 'maybe' for boolean field 'Active'"),
        ("tracking", "maybe", "Value 'maybe' not found in selection field 'Tracking'"),
        ("sequence", "1.5", "'1.5' does not seem to be an integer for field 'Sequence'"),
    ],
)
def test_a_bad_cell_is_explained(rpc16, column, cell, message):
    result = rpc16("product.product", "load", ["name", column], [["P", cell]])

    assert result["messages"][0]["message"].startswith(message)


def test_an_own_database_id_updates(rpc):
    partner = rpc("res.partner", "create", {"name": "Before"})

    rpc("res.partner", "load", [".id", "name"], [[str(partner), "After"]])
    unknown = rpc("res.partner", "load", [".id", "name"], [["99999999", "x"]])

    assert rpc("res.partner", "read", [partner], ["name"])[0]["name"] == "After"
    assert unknown["messages"][0]["message"] == "Unknown database identifier '99999999'"


def test_numbers_are_taken_but_a_boolean_must_be_a_string(rpc16):
    result = rpc16("product.product", "load", ["name", "list_price"], [["P", 5]])
    with pytest.raises(Refused) as refused:
        rpc16("product.product", "load", ["name", "active"], [["P", True]])

    assert result["messages"] == []
    assert (refused.value.name, refused.value.message) == (
        "builtins.AttributeError",
        "'bool' object has no attribute 'lower'",
    )


def test_continuation_rows_are_lines_of_the_record_above(rpc):
    columns = ["id", "name", "child_ids/name", "child_ids/id"]
    rows = [["hub.c", "Co", "K1", "hub.k1"], ["", "", "K2", "hub.k2"], ["hub.d", "Do", "", ""]]

    result = rpc("res.partner", "load", columns, rows)
    rpc("res.partner", "load", columns, rows)

    company, other = rpc("res.partner", "read", result["ids"], ["child_ids"])
    assert (len(company["child_ids"]), other["child_ids"]) == (2, [])


def test_lines_without_their_own_ids_are_appended_again(rpc):
    columns, rows = ["id", "name", "child_ids/name"], [["hub.c", "Co", "K1"], ["", "", "K2"]]

    rpc("res.partner", "load", columns, rows)
    (company,) = rpc("res.partner", "load", columns, rows)["ids"]

    assert len(rpc("res.partner", "read", [company], ["child_ids"])[0]["child_ids"]) == 4


def test_a_deleted_record_is_made_anew_under_the_same_key(rpc):
    (first,) = rpc("res.partner", "load", ["id", "name"], [["hub.p", "P"]])["ids"]
    rpc("res.partner", "unlink", [first])

    (second,) = rpc("res.partner", "load", ["id", "name"], [["hub.p", "P"]])["ids"]

    assert second > first


def test_a_key_of_another_model_is_refused(rpc):
    result = rpc("res.partner", "load", ["id", "name"], [["base.sa", "P"]])

    assert "found record of different model res.country" in result["messages"][0]["message"]


def test_four_loads_of_one_key_at_once_make_one_record(odoo16):
    def load(number):
        row = [["hub.same", f"P{number}", "S1", "1"]]
        return Rpc(odoo16)("product.product", "load", COLUMNS, row)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(load, range(4)))

    made = {tuple(each["ids"]) for each in results if each["ids"]}
    lost = [each["messages"][0]["message"] for each in results if not each["ids"]]
    assert (len(made), len(odoo16.rows("product.product"))) == (1, 1)
    assert set(lost) <= {"could not serialize access due to concurrent update"}
    assert lost


def test_an_unknown_column_breaks_the_call(rpc18):
    with pytest.raises(Refused, match="Invalid field name 'nofield'"):
        rpc18("res.partner", "load", ["name", "nofield"], [["P", "x"]])
