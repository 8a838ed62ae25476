"""What people add to the screens of an Odoo without a module, and what it refuses."""

import pytest

from tests.sandbox.callers import Refused

LIST = '<{rows}><field name="x_note"/></{rows}>'


def rows(rpc):
    return "list" if rpc.stand.version >= 18 else "tree"


def table(rpc, *fields):
    """A manual model that everybody may use."""
    told = [(0, 0, {"name": "x_note", "ttype": "char", "field_description": "Note"})]
    told += [(0, 0, one) for one in fields]
    (model,) = rpc("ir.model", "create", [{"name": "Log", "model": "x_log", "field_id": told}])
    rights = dict.fromkeys(("perm_read", "perm_write", "perm_create", "perm_unlink"), True)
    rpc("ir.model.access", "create", [{"name": "log", "model_id": model, **rights}])
    return model


def view(rpc, arch, model="x_log", **told):
    (made,) = rpc("ir.ui.view", "create", [{"name": "v", "model": model, "arch": arch, **told}])
    return made


def of_transfers(rpc):
    match = [("module", "=", "stock"), ("name", "=", "view_picking_form")]
    [row] = rpc("ir.model.data", "search_read", match, ["res_id"])
    return row["res_id"]


def field(rpc, model, **told):
    (number,) = rpc("ir.model", "search", [("model", "=", model)])
    (made,) = rpc("ir.model.fields", "create", [{"model_id": number, **told}])
    return made


def test_a_field_may_be_added_to_any_model_and_goes_with_its_values(rpc):
    told = {"name": "x_gate", "ttype": "char", "field_description": "Gate"}
    made = field(rpc, "res.partner", **told)
    (one,) = rpc("res.partner", "create", [{"name": "Noor", "x_gate": "B"}])
    assert rpc("res.partner", "search", [("x_gate", "=", "B")]) == [one]

    rpc("ir.model.fields", "unlink", [made])
    with pytest.raises(Refused, match="x_gate"):
        rpc("res.partner", "read", [one], ["x_gate"])


def test_models_of_one_call_may_point_to_each_other(rpc):
    label = {"field_description": "Lines"}
    lines = {"name": "x_lines", "ttype": "one2many", "relation": "x_line", **label}
    above = {"name": "x_log_id", "ttype": "many2one", "relation": "x_log", **label}
    inverse = (0, 0, {**lines, "relation_field": "x_log_id"})
    log = {"name": "Log", "model": "x_log", "field_id": [inverse]}
    line = {"name": "Line", "model": "x_line", "field_id": [(0, 0, above)]}
    rpc("ir.model", "create", [log, line])
    made = rpc.stand.create("x_log", {"x_lines": [(0, 0, {}), (0, 0, {})]})

    assert len(rpc.stand.read("x_log", [made], "x_lines")[0]["x_lines"]) == 2


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"name": "gate", "ttype": "char"}, "starts with 'x_'"),
        ({"name": "x_to", "ttype": "many2one", "relation": "x_nowhere"}, "does not exist"),
        (
            {
                "name": "x_of",
                "ttype": "one2many",
                "relation": "res.users",
                "relation_field": "x_no",
            },
            "Many2one x_no",
        ),
    ],
)
def test_a_field_that_cannot_be_is_refused_and_leaves_nothing(rpc, told, why):
    with pytest.raises(Refused, match=why):
        field(rpc, "res.partner", field_description="Odd", **told)

    assert told["name"] not in rpc("res.partner", "fields_get")


def test_a_field_that_a_view_shows_cannot_go(rpc):
    table(rpc)
    view(rpc, LIST.format(rows=rows(rpc)))
    (shown,) = rpc("ir.model.fields", "search", [("name", "=", "x_note")])
    with pytest.raises(Refused, match="still present in views"):
        rpc("ir.model.fields", "unlink", [shown])


def test_a_list_has_the_tag_of_its_version(rpc):
    table(rpc)
    view(rpc, LIST.format(rows=rows(rpc)))
    other = {"list": "tree", "tree": "list"}[rows(rpc)]
    with pytest.raises(Refused, match=r"ir\.ui\.view\.type"):
        view(rpc, LIST.format(rows=other))


def test_attrs_are_of_16_and_expressions_of_later_versions(rpc):
    table(rpc)
    attrs = """<form><field name="x_note" attrs="{'invisible': [('id', '=', 1)]}"/></form>"""
    expression = '<form><field name="x_note" invisible="id == 1"/></form>'
    good, bad = (attrs, expression) if rpc.stand.version == 16 else (expression, attrs)
    view(rpc, good)
    with pytest.raises(Refused, match="attr"):
        view(rpc, bad)


def test_a_view_may_only_show_what_there_is(rpc):
    table(rpc)
    with pytest.raises(Refused, match='"x_gone" does not exist in model "x_log"'):
        view(rpc, '<form><field name="x_gone"/></form>')
    with pytest.raises(Refused, match="does not exist for button"):
        view(rpc, '<form><button name="999" type="action"/></form>')


def test_what_is_added_to_a_view_stands_where_it_says(rpc):
    field(rpc, "stock.picking", name="x_gate", ttype="char", field_description="Gate")
    told = {"inherit_id": of_transfers(rpc), "mode": "extension"}
    place = '<xpath expr="//field[@name=\'{}\']" position="after"><field name="x_gate"/></xpath>'
    view(rpc, place.format("origin"), "stock.picking", **told)
    arch = rpc("stock.picking", "get_view", view_type="form")["arch"]
    assert arch.index('"origin"') < arch.index('"x_gate"') < arch.index("</group>")

    with pytest.raises(Refused, match="cannot be located"):
        view(rpc, place.format("nowhere"), "stock.picking", **told)


def test_a_view_is_translated_word_by_word(rpc):
    table(rpc)
    (action,) = rpc("ir.actions.act_window", "create", [{"name": "Logs", "res_model": "x_log"}])
    made = view(rpc, f'<form><button name="{action}" type="action" string="Go"/></form>')
    words = {"ar_001": {"Go": "اذهب"}}
    told = {"field_name": "arch_db", "translations": words}
    rpc("ir.ui.view", "update_field_translations", [made], **told)

    [row] = rpc("ir.ui.view", "read", [made], ["arch_db"], context={"lang": "ar_001"})
    [listed, _] = rpc("ir.ui.view", "get_field_translations", [made], field_name="arch_db")
    assert "اذهب" in row["arch_db"]
    assert {"lang": "ar_001", "source": "Go", "value": "اذهب"} in listed


def test_a_menu_starts_an_action_and_cannot_hang_under_itself(rpc):
    table(rpc)
    (action,) = rpc("ir.actions.act_window", "create", [{"name": "Logs", "res_model": "x_log"}])
    told = {"name": "Logs", "action": f"ir.actions.act_window,{action}"}
    (menu,) = rpc("ir.ui.menu", "create", [told])
    [row] = rpc("ir.ui.menu", "read", [menu], ["action"])
    assert row["action"] == f"ir.actions.act_window,{action}"

    with pytest.raises(Refused, match="recursive"):
        rpc("ir.ui.menu", "write", [menu], {"parent_id": menu})
    with pytest.raises(Refused, match="Invalid model name"):
        rpc("ir.actions.act_window", "create", [{"name": "Lost", "res_model": "x_nowhere"}])


def test_code_refuses_in_words_and_answers_in_the_users_language(rpc):
    model = table(rpc)
    system = rpc("ir.model.data", "search_read", [("name", "=", "group_system")], ["res_id"])
    groups = "group_ids" if rpc.stand.version >= 19 else "groups_id"
    told = {"name": "Say", "model_id": model, "state": "code"}
    told["code"] = "raise UserError('%s %s' % (env.user.lang, len(records or [])))"
    told[groups] = [(6, 0, [system[0]["res_id"]])]
    (number,) = rpc("ir.actions.server", "create", [told])
    (one,) = rpc("x_log", "create", [{}])
    rpc("res.users", "write", [rpc.uid], {"lang": "ar_001"})

    def refused(about):
        context = {"active_model": about, "active_ids": [one], "active_id": one}
        with pytest.raises(Refused) as caught:
            rpc("ir.actions.server", "run", [number], context=context)
        return caught.value.message

    assert refused("x_log") == "ar_001 1"
    assert refused("res.partner") == "ar_001 0"
