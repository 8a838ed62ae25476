"""Records are created, read, written and deleted under the constraints of the real server."""

import pytest

from qantara.sandbox.odoo import OdooError, OdooStandIn
from tests.sandbox.callers import Refused, Rpc, goods


def refusal(rpc, *call, **kwargs):
    with pytest.raises(Refused) as refused:
        rpc(*call, **kwargs)
    return refused.value.name.rpartition(".")[2], refused.value.message


def test_one_dict_gives_one_id_and_a_list_gives_ids_in_order(rpc):
    one = rpc("res.partner", "create", {"name": "One"})
    many = rpc("res.partner", "create", [{"name": "Two"}, {"name": "Three"}])

    assert many == [one + 1, one + 2]


def test_an_error_in_a_batch_changes_nothing(odoo, rpc):
    before = odoo.rows("res.partner")

    name, message = refusal(
        rpc, "res.partner", "create", [{"name": "ok"}, {"name": "x", "color": "abc"}]
    )

    assert (name, "abc" in message) == ("ValueError", True)
    assert odoo.rows("res.partner") == before


def test_ids_are_not_given_twice_after_a_failure(rpc16):
    first = rpc16("res.partner", "create", {"name": "A"})
    refusal(rpc16, "res.partner", "create", {"name": "B", "nofield": 1})
    refusal(rpc16, "res.partner", "create", {"email": "nobody@example.com"})

    assert rpc16("res.partner", "create", {"name": "C"}) == first + 2


def test_reading_what_does_not_exist_is_no_error(rpc):
    assert rpc("res.partner", "read", [99999999], ["name"]) == []


@pytest.mark.parametrize("method", ["write", "unlink"])
def test_writing_what_does_not_exist_is_missing(rpc, method):
    args = [[99999999], {"name": "x"}][: 2 if method == "write" else 1]

    name, message = refusal(rpc, "res.partner", method, *args)

    assert name == "MissingError"
    assert "(Record: res.partner(99999999,)" in message


def test_unknown_fields_models_and_methods_are_told_apart(odoo, rpc):
    assert refusal(rpc, "res.partner", "create", {"name": "x", "no": 1}) == (
        "ValueError",
        f"Invalid field 'no' {'on model' if odoo.version < 19 else 'in'} 'res.partner'",
    )
    assert refusal(rpc, "no.model", "search", []) == (
        "UserError",
        "Object no.model doesn't exist",
    )
    assert refusal(rpc, "res.partner", "nomethod", [1])[0] == "AttributeError"
    assert refusal(rpc, "res.partner", "copy", [1])[0] == "NotImitated"
    assert refusal(rpc, "res.partner", "search", [], nokw=1)[0] == "TypeError"


def test_a_model_of_a_module_that_is_not_installed_does_not_exist():
    with OdooStandIn(version=16, modules={"base", "mail", "uom", "product", "account"}) as stand:
        rpc = Rpc(stand)

        assert refusal(rpc, "sale.order", "search", [])[1] == "Object sale.order doesn't exist"
        assert rpc("product.product", "create", {"name": "x"}) == 1


def test_values_are_checked_by_type(rpc):
    assert refusal(rpc, "res.partner", "create", {"name": "x", "type": "home"})[0] == "ValueError"
    assert refusal(rpc, "res.partner", "create", {"name": "x", "color": 2**31}) == (
        "NumericValueOutOfRange",
        "integer out of range\n",
    )
    assert refusal(rpc, "res.partner", "create", {"name": "x", "country_id": 99999})[0] == (
        "ValidationError"
    )
    assert refusal(rpc, "res.partner", "create", {"name": "a\x00b"})[0] == "ValueError"


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00", "2026-01-01 00:00:00.5", "yesterday"])
def test_only_seconds_without_a_zone_are_a_date_and_time(rpc16, text):
    partner = rpc16("res.partner", "create", {"name": "P"})

    name, _ = refusal(rpc16, "sale.order", "create", {"partner_id": partner, "date_order": text})

    assert name == "ValueError"


def test_what_is_required_is_named(rpc16):
    name, message = refusal(rpc16, "sale.order", "create", {})

    assert name == "ValidationError"
    assert "Field: Customer (partner_id)" in message


def test_a_partner_needs_a_name_and_no_circle(rpc):
    partner = rpc("res.partner", "create", {"name": "P"})

    assert refusal(rpc, "res.partner", "create", {"email": "x"})[1] == (
        "The operation cannot be completed: Contacts require a name"
    )
    assert refusal(rpc, "res.partner", "write", [partner], {"parent_id": partner}) == (
        "ValidationError",
        "You cannot create recursive Partner hierarchies.",
    )


def test_a_used_category_cannot_be_deleted(odoo, rpc):
    category = rpc("product.category", "create", {"name": "Chairs"})
    rpc("product.product", "create", {"name": "Chair", "categ_id": category})

    if odoo.version < 19:  # 19 no longer requires a category
        name, message = refusal(rpc, "product.category", "unlink", [category])

        assert name == "ValidationError"
        assert "product_template_categ_id_fkey" in message


def test_a_currency_code_is_unique_and_inactive_ones_are_hidden(rpc):
    message = refusal(rpc, "res.currency", "create", {"name": "USD", "symbol": "x"})[1]
    shown = rpc("res.currency", "search_count", [("name", "=", "USD")])
    every = rpc(
        "res.currency", "search_count", [("name", "=", "USD"), ("active", "in", [True, False])]
    )

    assert message == "The operation cannot be completed: The currency code must be unique!"
    assert (shown, every) == (0, 1)


def test_the_barcode_is_unique_and_the_products_are_named(rpc18):
    rpc18("product.product", "create", {"name": "A", "default_code": "A1", "barcode": "628"})

    name, message = refusal(rpc18, "product.product", "create", {"name": "B", "barcode": "628"})

    assert name == "ValidationError"
    assert '- Barcode "628" already assigned to product(s): [A1] A and B' in message


def test_a_contact_takes_the_address_and_the_name_of_its_company(rpc):
    company = rpc("res.partner", "create", {"name": "Nile", "is_company": True, "city": "Cairo"})
    contact = rpc("res.partner", "create", {"name": "Ahmed", "parent_id": company})

    rpc("res.partner", "write", [company], {"city": "Giza"})

    fields = ["display_name", "city", "commercial_partner_id"]
    assert rpc("res.partner", "read", [contact], fields) == [
        {
            "id": contact,
            "display_name": "Nile, Ahmed",
            "city": "Giza",
            "commercial_partner_id": [company, "Nile"],
        }
    ]


def test_commands_of_lines_create_update_and_delete(rpc):
    company = rpc("res.partner", "create", {"name": "C", "child_ids": [[0, 0, {"name": "K"}]]})
    (child,) = rpc("res.partner", "read", [company], ["child_ids"])[0]["child_ids"]

    rpc("res.partner", "write", [company], {"child_ids": [[1, child, {"name": "L"}]]})
    renamed = rpc("res.partner", "read", [child], ["name"])
    rpc("res.partner", "write", [company], {"child_ids": [[2, child]]})

    assert renamed == [{"id": child, "name": "L"}]
    assert rpc("res.partner", "read", [child], ["name"]) == []


def test_archived_records_are_hidden_unless_asked_for(rpc):
    partner = rpc("res.partner", "create", {"name": "Old", "active": False})
    domain = [("id", "=", partner)]

    assert rpc("res.partner", "search", domain) == []
    assert rpc("res.partner", "search", domain, context={"active_test": False}) == [partner]
    assert rpc("res.partner", "search", [*domain, ("active", "=", False)]) == [partner]


def test_the_same_value_written_again_moves_the_write_date(odoo16, rpc16):
    partner = rpc16("res.partner", "create", {"name": "P"})
    before = odoo16.rows("res.partner")[-1]["write_date"]

    rpc16("res.partner", "write", [partner], {"name": "P"})

    after = odoo16.rows("res.partner")[-1]["write_date"]
    assert before < after
    assert len(after) == len("2026-01-01 00:00:00.000000")
    assert rpc16("res.partner", "read", [partner], ["write_date"])[0]["write_date"] == after[:19]


def test_an_unknown_language_is_ignored_until_17_and_refused_later(odoo, rpc):
    call = ("res.partner", "search", [("id", "=", 1)])

    if odoo.version < 18:
        assert rpc(*call, context={"lang": "xx_XX"}) == [1]
    else:
        assert refusal(rpc, *call, context={"lang": "xx_XX"})[0] == "UserError"


def test_foreign_companies_are_refused(rpc16):
    name, _ = refusal(rpc16, "res.partner", "search", [], context={"allowed_company_ids": [99]})

    assert name == "AccessError"


def test_rights_can_be_taken_from_the_hub(odoo, rpc):
    odoo.deny("res.partner", "create")

    name, message = refusal(rpc, "res.partner", "create", {"name": "x"})

    assert name == "AccessError"
    assert message.startswith("You are not allowed to create 'Contact' (res.partner) records.")
    assert rpc("res.partner", "check_access_rights", "create", raise_exception=False) is False
    assert rpc("res.partner", "check_access_rights", "write") is True


def test_has_access_came_with_18(odoo, rpc):
    if odoo.version < 18:
        assert refusal(rpc, "res.partner", "has_access", [1], "read")[0] == "AttributeError"
    else:
        assert rpc("res.partner", "has_access", [1], "read") is True


def test_another_user_has_only_the_rights_given(odoo16):
    odoo16.add_user("weak@example.com", "weak-key", rights={"res.partner": ["read"]})
    weak = Rpc(odoo16, "weak@example.com", "weak-key")

    assert weak("res.partner", "search_count", []) > 0
    assert refusal(weak, "res.partner", "write", [1], {"name": "x"})[0] == "AccessError"
    assert refusal(weak, "product.product", "search", [])[0] == "AccessError"


def test_a_company_tells_its_choices_on_17_only_to_who_sees_modules(odoo):
    odoo.add_user("weak@example.com", "weak-key", rights={"res.company": ["read"]})
    weak = Rpc(odoo, "weak@example.com", "weak-key")
    wide, narrow = {"attributes": ["type", "selection"]}, {"attributes": ["type"]}

    assert weak("res.company", "fields_get", [], **narrow)["name"] == {"type": "char"}
    if odoo.version == 17:
        name, message = refusal(weak, "res.company", "fields_get", [], **wide)
        assert (name, "ir.module.module" in message) == ("AccessError", True)
    else:
        assert weak("res.company", "fields_get", [], **wide)["name"]["type"] == "char"


def test_computed_fields_cannot_be_written(odoo, rpc):
    product = rpc("product.product", "create", goods(odoo.version, name="P"))

    name, message = refusal(rpc, "product.product", "write", [product], {"qty_available": 4})

    assert name == "NotImitated"
    assert "product.product.qty_available" in message


def test_the_tests_own_hands_meet_the_same_constraints(odoo16):
    with pytest.raises(OdooError, match="Contacts require a name"):
        odoo16.create("res.partner", {"email": "x@example.com"})


def test_messages_are_posted_with_a_mark_and_escaped_since_17(odoo, rpc):
    partner = rpc("res.partner", "create", {"name": "P"})
    html = "<p>Hi<script>x()</script></p>"

    plain = rpc("res.partner", "message_post", [partner], body=html, message_id="<hub-1@hub>")
    rich = rpc("res.partner", "message_post", [partner], body=html, body_is_html=True)
    plain, rich = (plain[0], rich[0]) if odoo.version >= 19 else (plain, rich)  # a list in 19

    bodies = [row["body"] for row in rpc("mail.message", "read", [plain, rich], ["body"])]
    assert rpc("mail.message", "search", [("message_id", "=", "<hub-1@hub>")]) == [plain]
    assert bodies[1] == "<p>Hi</p>"
    assert (bodies[0] == "<p>Hi</p>") == (odoo.version == 16)
    assert ("&lt;script&gt;" in bodies[0]) == (odoo.version > 16)
