"""What the client sends and what it makes of the answers, the same over every protocol."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from qantara.connectors.odoo.schema import pick, real_name
from qantara.connectors.odoo.values import outgoing
from qantara.transport import NotFound, Rejected, RetryLater, Unsupported
from tests.connectors.odoo.scripted import Says, Scripted, speaking

PROTOCOLS = {"jsonrpc": "16.0", "session": "16.0", "xmlrpc": "16.0", "json2": "19.0"}

MISSING = "Record does not exist or has been deleted.\n(Record: res.partner(3,), User: 2)"


def scripted(protocol: str, *answers: object) -> Scripted:
    return Scripted(*answers, version=PROTOCOLS[protocol])


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_numbers_come_back_exactly(protocol):
    script = scripted(protocol, [{"id": 1, "list_price": 0.1, "name": "عينة", "barcode": False}])
    async with speaking(script, protocol=protocol) as client:
        (record,) = await client.search_read("product.product", [("id", "=", 1)], ["list_price"])

    assert record == {"id": 1, "list_price": Decimal("0.1"), "name": "عينة", "barcode": False}


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_method_that_returns_nothing_is_done(protocol):
    script = scripted(protocol, None)
    async with speaking(script, protocol=protocol) as client:
        answer = await client.call("mail.thread", "message_unsubscribe", [1], partner_ids=[2])

    assert answer is None
    assert len(script.asked) == 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_writes_are_quiet_and_reads_are_plain(protocol):
    script = scripted(protocol, [4])
    async with speaking(script, protocol=protocol) as client:
        await client.create("res.partner", [{"name": "a"}], context={"lang": "ar_001"})
        await client.search("res.partner", [], limit=5, context={"active_test": False})

    (_, _, _, created), (_, _, _, searched) = script.asked
    assert created["context"]["tracking_disable"] is True
    assert created["context"]["lang"] == "ar_001"
    assert searched["context"] == {"lang": "en_US", "tz": "UTC", "active_test": False}
    assert searched["limit"] == 5


async def test_json2_gets_every_argument_by_name():
    script = scripted("json2", [])
    async with speaking(script, protocol="json2") as client:
        await client.search_read("res.partner", [("id", ">", 1)], ["name"], limit=3)
        await client.read("res.partner", [1], ["name"])
        await client.write("res.partner", [1], {"name": "b"})
        await client.call("sale.order", "action_confirm", [5])

    names = [sorted(kwargs.keys() - {"context"}) for *_, kwargs in script.asked]
    assert names == [
        ["domain", "fields", "limit", "offset", "order"],
        ["fields", "ids"],
        ["ids", "vals"],
        ["ids"],
    ]


async def test_json2_refuses_positional_arguments_that_it_cannot_name():
    async with speaking(scripted("json2", []), protocol="json2") as client:
        with pytest.raises(Unsupported) as caught:
            await client.call("sale.order", "unheard_of", [5], "a", "b")

    assert "by name" in caught.value.reason


async def test_reading_goes_in_chunks():
    script = Scripted([{"id": 1}], [{"id": 2}], [{"id": 3}])
    async with speaking(script) as client:
        records = await client.read("res.partner", list(range(1, 4501)), ["name"])

    assert records == [{"id": 1}, {"id": 2}, {"id": 3}]
    assert [len(args[0]) for _, _, args, _ in script.asked] == [2000, 2000, 500]


async def test_reading_nothing_asks_nothing():
    async with speaking(Scripted([])) as client:
        records = await client.read("res.partner", [], ["name"])

    assert (records, client.calls) == ([], 0)


async def test_a_record_that_is_gone_is_absent_from_what_is_read():
    gone = Says("odoo.exceptions.MissingError", MISSING)
    script = Scripted(gone, [1], [{"id": 1, "name": "a"}])
    async with speaking(script) as client:
        records = await client.read("res.partner", [1, 3], ["name"])

    assert records == [{"id": 1, "name": "a"}]
    assert script.asked[1][3]["context"]["active_test"] is False


async def test_writing_a_record_that_is_gone_is_told():
    async with speaking(Scripted(Says("odoo.exceptions.MissingError", MISSING))) as client:
        with pytest.raises(NotFound):
            await client.write("res.partner", [3], {"name": "a"})


async def load(*messages: dict, rows: int = 3):
    script = Scripted({"ids": False, "messages": list(messages), "nextrow": 0})
    async with speaking(script) as client:
        return await client.load("product.product", ["id", "name"], [["a", "b"]] * rows)


def message(text: str, first: int = 0, last: int | None = None, **more: object) -> dict:
    rows = {"from": first, "to": first if last is None else last}
    return {"type": "error", "message": text, "rows": rows, "record": first, **more}


async def test_loaded_ids_come_in_the_order_of_the_rows():
    async with speaking(Scripted({"ids": [9, 7], "messages": [], "nextrow": 0})) as client:
        result = await client.load("product.product", ["id"], [["a"], ["b"]])

    assert (result.ids, result.refused) == ([9, 7], {})


async def test_every_bad_row_of_a_load_is_named_with_its_field():
    result = await load(
        message("'abc' is no number", 0, field="list_price"),
        message("No matching record found", 2, field=["categ_id", "id"]),
    )

    assert result.ids is None
    assert {row: (r.field, r.reason) for row, r in result.refused.items()} == {
        0: ("list_price", "'abc' is no number"),
        2: ("categ_id", "No matching record found"),
    }


async def test_a_bad_record_of_several_rows_is_refused_with_all_of_them():
    result = await load(message("bad", 1, 3), rows=5)

    assert set(result.refused) == {1, 2, 3}


async def test_a_warning_refuses_nothing():
    warning = {"type": "warning", "message": "Found more than 10 errors", "rows": None}

    result = await load(message("bad", 0), warning)

    assert set(result.refused) == {0}


async def test_a_conflict_swallowed_by_load_is_to_be_retried():
    with pytest.raises(RetryLater):
        await load(message("could not serialize access due to concurrent update"))


async def test_a_load_that_names_no_row_is_rejected_as_a_whole():
    with pytest.raises(Rejected) as caught:
        await load({"type": "error", "message": "Unknown column nofield"})

    assert "Unknown column nofield" in caught.value.reason


FIELDS = {
    "name": {"type": "char", "required": True, "string": "Name", "translate": True},
    "state": {"type": "selection", "selection": [["draft", "Draft"], ["sale", "Sold"]]},
    "partner_id": {"type": "many2one", "relation": "res.partner", "store": False},
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_fields_are_read_once_until_forgotten(protocol):
    script = scripted(protocol, FIELDS)
    async with speaking(script, protocol=protocol) as client:
        first = await client.fields("sale.order")
        second = await client.fields("sale.order")
        client.forget_fields()
        await client.fields("sale.order")

    assert first is second
    assert len(script.asked) == 2
    assert first["state"].selection == ("draft", "sale")
    assert (first["name"].required, first["name"].translate, first["name"].store) == (True,) * 3
    assert (first["partner_id"].relation, first["partner_id"].store) == ("res.partner", False)


async def test_a_missing_model_is_asked_for_once():
    script = Scripted(Says("odoo.exceptions.UserError", "Object sale.order doesn't exist"))
    async with speaking(script) as client:
        there = [await client.has_model("sale.order") for _ in range(2)]
        with pytest.raises(Unsupported) as caught:
            await client.fields("sale.order")

    assert there == [False, False]
    assert "module sale" in caught.value.remedy
    assert len(script.asked) == 1


@pytest.mark.parametrize(("version", "method"), [("16.0", "check_access_rights")])
async def test_rights_are_asked_in_the_way_of_the_version(version, method):
    script = Scripted(True, version=version)
    async with speaking(script) as client:
        allowed = await client.may("res.partner", "write")

    assert allowed is True
    assert script.asked[0][1] == method


async def test_rights_are_asked_the_old_way_where_the_new_one_is_missing():
    missing = Says("builtins.AttributeError", "The method 'has_access' does not exist")
    script = Scripted(missing, False, version="18.0")
    async with speaking(script) as client:
        allowed = await client.may("res.partner", "write")

    assert allowed is False
    assert [method for _, method, _, _ in script.asked] == ["has_access", "check_access_rights"]


def test_the_real_name_of_a_field_is_read_from_the_fields():
    assert real_name("sale.order.line", {"tax_id", "name"}, "taxes") == "tax_id"
    assert real_name("sale.order.line", {"tax_ids", "name"}, "taxes") == "tax_ids"
    assert real_name("sale.order.line", {"name"}, "name") == "name"
    assert real_name("sale.order.line", {"name"}, "taxes") is None
    assert pick({"b", "c"}, "a", "b", "c") == "b"


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("a\x00b\x07c\tд\ud800", "abc\tд"),
        (datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), "2026-01-02 03:04:05"),
        (datetime(2026, 1, 2, 1, tzinfo=timezone(timedelta(hours=3))), "2026-01-01 22:00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (b"\x00\xff", "AP8="),
        ((1, ("a",)), [1, ["a"]]),
        ({"a": {"b": b"x"}}, {"a": {"b": "eA=="}}),
        (Decimal("1.10"), Decimal("1.10")),
        (None, None),
        (True, True),
    ],
)
def test_a_value_is_sent_as_odoo_takes_it(value, sent):
    assert outgoing(value) == sent


@pytest.mark.parametrize("value", [datetime(2026, 1, 2), Decimal("NaN"), float("inf")])  # noqa: DTZ001
def test_a_value_that_says_nothing_definite_is_refused(value):
    with pytest.raises(ValueError, match="be sent"):
        outgoing(value)
