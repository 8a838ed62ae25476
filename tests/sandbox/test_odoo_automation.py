"""What people add to an Odoo without a module: models, rules with code, the bus."""

import asyncio
import json

import aiohttp
import pytest

from tests.sandbox.callers import Refused

TABLE = {
    "name": "Log",
    "model": "x_log",
    "state": "manual",
    "field_id": [(0, 0, {"name": "x_note", "ttype": "char", "field_description": "Note"})],
}
NOTE = "env['x_log'].sudo().create([{'x_note': one.name} for one in records])"
RING = "env['bus.bus']._sendone('room', 'greeting', {'from': 'a rule'})"


def table(rpc, **access):
    """A manual model that only who is named in `access` may use."""
    (model,) = rpc("ir.model", "create", [TABLE])
    rights = {"perm_read": True, "perm_create": True, "perm_unlink": True, **access}
    rpc("ir.model.access", "create", [{"name": "log", "model_id": model, **rights}])
    return model


def rule(rpc, code, trigger="on_create_or_write", model="res.partner"):
    (number,) = rpc("ir.model", "search", [("model", "=", model)])
    told = {"name": "Rule", "model_id": number}
    action = {"state": "code", "code": code}
    if rpc.stand.version == 16:
        told |= action
    else:
        told["action_server_ids"] = [(0, 0, {**told, **action, "usage": "base_automation"})]
    (made,) = rpc("base.automation", "create", [{**told, "trigger": trigger}])
    return made


def notes(rpc):
    return [row["x_note"] for row in rpc("x_log", "search_read", [], ["x_note"])]


def test_a_manual_model_keeps_records_and_goes_with_them(rpc):
    model = table(rpc)
    rpc("x_log", "create", [{"x_note": "one"}])
    assert notes(rpc) == ["one"]
    assert rpc("x_log", "fields_get", ["x_note"])["x_note"]["type"] == "char"

    rpc("ir.model", "unlink", [model])
    with pytest.raises(Refused, match="Object x_log doesn't exist"):
        rpc("x_log", "search", [])


def test_nobody_may_use_a_manual_model_without_a_right_to_it(rpc):
    rpc("ir.model", "create", [TABLE])
    with pytest.raises(Refused, match="not allowed"):
        rpc("x_log", "search", [])
    assert rpc("x_log", "check_access_rights", "read", raise_exception=False) is False


def test_a_right_of_a_group_is_for_its_members_alone(rpc):
    (group,) = rpc("res.groups", "create", [{"name": "Loggers"}])
    table(rpc, group_id=group)
    with pytest.raises(Refused, match="not allowed"):
        rpc("x_log", "search", [])

    members = "user_ids" if rpc.stand.version >= 19 else "users"
    rpc("res.groups", "write", [group], {members: [(4, rpc.uid)]})
    assert rpc("x_log", "search", []) == []


def test_a_rule_runs_with_the_change_and_is_undone_with_it(rpc):
    table(rpc)
    rule(rpc, NOTE)
    rpc("res.partner", "create", [{"name": "Noor"}])
    assert "Noor" in notes(rpc)

    kept = len(notes(rpc))
    with pytest.raises(Refused):
        rpc("res.partner", "create", [{"name": "Salma"}, {"name": "Dina", "strange": 1}])
    assert len(notes(rpc)) == kept


def test_a_rule_on_deletion_still_sees_the_record(rpc):
    table(rpc)
    (one,) = rpc("res.partner", "create", [{"name": "Noor"}])
    rule(rpc, NOTE, trigger="on_unlink")
    rpc("res.partner", "unlink", [one])

    assert notes(rpc) == ["Noor"]


def test_a_rule_that_is_switched_off_does_nothing(rpc):
    table(rpc)
    rpc("base.automation", "write", [rule(rpc, NOTE)], {"active": False})
    rpc("res.partner", "create", [{"name": "Noor"}])

    assert notes(rpc) == []


def test_a_deleted_rule_leaves_its_action_behind_on_16_only(rpc):
    made = rule(rpc, "pass")
    rpc("base.automation", "unlink", [made])

    assert bool(rpc("ir.actions.server", "search", [])) is (rpc.stand.version == 16)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("if", "SyntaxError"),
        ("env.__class__", "forbidden name"),
        ("import os", "not imitate"),
        ("env.cr.execute('DELETE FROM res_users')", "not imitate"),
        ("records.message_post(body='x')", "not imitate"),
        ("open('x')", "not defined"),
    ],
)
def test_code_that_is_not_imitated_is_refused(rpc, code, why):
    def attempt():
        rule(rpc, code)
        rpc("res.partner", "create", [{"name": "Noor"}])

    with pytest.raises(Refused, match=why):
        attempt()


def test_an_action_runs_for_the_members_of_its_groups_and_answers(rpc):
    (model,) = rpc("ir.model", "search", [("model", "=", "res.partner")])
    groups = "group_ids" if rpc.stand.version >= 19 else "groups_id"
    told = {"name": "Ask", "model_id": model, "state": "code"}
    told["code"] = "action = {'type': 'x', 'told': env.context.get('word')}"
    (loggers,) = rpc("res.groups", "create", [{"name": "Loggers"}])
    (number,) = rpc("ir.actions.server", "create", [{**told, groups: [(6, 0, [loggers])]}])
    with pytest.raises(Refused, match="enough access rights"):
        rpc("ir.actions.server", "run", [number])

    (system,) = rpc("ir.model.data", "search_read", [("name", "=", "group_system")], ["res_id"])
    rpc("ir.actions.server", "write", [number], {groups: [(4, system["res_id"])]})
    answer = rpc("ir.actions.server", "run", [number], context={"word": "yes"})
    assert answer["told"] == "yes"


async def listening(odoo, heard, *, headers, path="/websocket"):
    """Subscribe to the room, do `heard`, and take the first message."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{odoo.url}{path}", headers=headers) as line,
    ):
        wish = {"channels": ["room"], "last": 0}
        await line.send_json({"event_name": "subscribe", "data": wish})
        await asyncio.to_thread(heard)
        return await asyncio.wait_for(line.receive(), 5)


async def test_the_bus_tells_everybody_who_knows_the_channel_after_the_commit(odoo, rpc):
    rule(rpc, RING)
    message = await listening(
        odoo,
        lambda: rpc("res.partner", "create", [{"name": "Noor"}]),
        headers={"Origin": odoo.url, "User-Agent": "hub"},
    )

    [first, *_] = json.loads(message.data)
    assert first["message"] == {"type": "greeting", "payload": {"from": "a rule"}}


def test_nothing_rings_after_a_rollback(odoo, rpc):
    rule(rpc, RING)
    with pytest.raises(Refused):
        rpc("res.partner", "create", [{"name": "Salma"}, {"name": "Dina", "strange": 1}])

    assert odoo.database.outside.bus.rings == []


async def test_a_browser_must_name_the_right_version_from_17_on(odoo):
    headers = {"Origin": odoo.url, "User-Agent": "Mozilla/5.0"}
    if odoo.version == 16:
        return
    message = await listening(odoo, lambda: None, headers=headers)

    assert message.type is aiohttp.WSMsgType.CLOSE
    assert message.extra == "OUTDATED_VERSION"


async def test_a_line_needs_an_origin(odoo):
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await listening(odoo, lambda: None, headers={})
