"""The stand-in speaks every protocol of the real server, errors included."""

import json
import xmlrpc.client

import pytest

from qantara.sandbox.odoo import OdooStandIn
from tests.sandbox.callers import Refused, Rpc, posted

HUB = 2


def proxy(stand, service):
    return xmlrpc.client.ServerProxy(f"{stand.url}/xmlrpc/2/{service}")


def session(stand, password="hub-password"):
    params = {"db": stand.settings.database, "login": "hub@example.com", "password": password}
    _, headers, body = posted(f"{stand.url}/web/session/authenticate", {"params": params})
    return headers.get("Set-Cookie", "").partition(";")[0], json.loads(body)


def json_2(stand, path, body, key="hub-key", **headers):
    sent = {"Authorization": f"bearer {key}", "X-Odoo-Database": "factory", **headers}
    status, _, answer = posted(f"{stand.url}/json/2/{path}", body, sent)
    return status, answer if answer.startswith(b"<") else json.loads(answer)


def test_the_version_is_told_as_the_real_server_tells_it(odoo, rpc):
    told = rpc.service("common", "version")

    assert told["server_version_info"] == [odoo.version, 0, 0, "final", 0, ""]
    assert told["server_serie"] == f"{odoo.version}.0"


def test_a_wrong_password_at_login_is_no_error_but_false(odoo16):
    assert Rpc(odoo16, key="wrong").uid is False


def test_key_and_password_both_work_for_rpc(odoo16):
    assert Rpc(odoo16, key="hub-password")("res.partner", "search_count", []) > 0
    assert Rpc(odoo16, key="hub-key")("res.partner", "search_count", []) > 0


def test_a_wrong_password_in_execute_kw_is_access_denied(rpc16):
    with pytest.raises(Refused) as refused:
        rpc16.service(
            "object", "execute_kw", "factory", rpc16.uid, "bad", "res.partner", "read", []
        )

    assert (refused.value.code, refused.value.name) == (200, "odoo.exceptions.AccessDenied")


def test_the_debug_text_contains_the_secrets_of_the_call(rpc16):
    with pytest.raises(Refused) as refused:
        rpc16("no.model", "search", [])

    assert "hub-key" in refused.value.debug


def test_none_leaves_the_result_out_of_a_json_answer(odoo16):
    rpc = Rpc(odoo16)
    made = rpc("res.partner", "create", {"name": "Old"})
    params = {"service": "object", "method": "execute_kw"}
    args = ["factory", rpc.uid, "hub-key", "res.partner", "action_archive", [[made]], {}]

    _, _, body = posted(f"{odoo16.url}/jsonrpc", {"id": 3, "params": {**params, "args": args}})

    assert json.loads(body) == {"jsonrpc": "2.0", "id": 3}


def test_xml_rpc_logs_in_creates_and_reads(odoo):
    uid = proxy(odoo, "common").authenticate("factory", "hub@example.com", "hub-key", {})
    server = proxy(odoo, "object")

    made = server.execute_kw("factory", uid, "hub-key", "res.partner", "create", [{"name": "عميل"}])
    found = server.execute_kw("factory", uid, "hub-key", "res.partner", "read", [[made], ["name"]])

    assert found == [{"id": made, "name": "عميل"}]


@pytest.mark.parametrize(
    ("model", "method", "args", "code"),
    [
        ("res.partner", "create", [{"name": "x", "nofield": 1}], 1),
        ("res.partner", "write", [[99999999], {"name": "x"}], 2),
        ("no.model", "search", [[]], 2),
        ("res.partner", "_write", [[1], {}], 4),
        ("res.partner", "nomethod", [[1]], 1),
    ],
)
def test_xml_rpc_lumps_errors_into_four_codes(odoo16, model, method, args, code):
    server = proxy(odoo16, "object")

    with pytest.raises(xmlrpc.client.Fault) as fault:
        server.execute_kw("factory", HUB, "hub-key", model, method, args)

    assert fault.value.faultCode == code
    assert ("Traceback" in fault.value.faultString) == (code == 1)


def test_xml_rpc_cannot_tell_none_although_the_work_is_done(odoo16):
    partner = odoo16.create("res.partner", {"name": "Old"})
    args = ["factory", HUB, "hub-key", "res.partner", "action_archive", [[partner]]]

    with pytest.raises(xmlrpc.client.Fault, match="cannot marshal None") as fault:
        proxy(odoo16, "object").execute_kw(*args)

    assert fault.value.faultCode == 1
    assert [r["active"] for r in odoo16.rows("res.partner") if r["id"] == partner] == [False]


def test_a_session_takes_the_password_but_no_key(odoo18):
    cookie, answer = session(odoo18)
    _, refused = session(odoo18, password="hub-key")

    assert cookie.startswith("session_id=")
    assert answer["result"]["db"] == "buyer"
    assert refused["error"]["data"]["name"] == "odoo.exceptions.AccessDenied"


def test_ten_failures_close_the_web_login_but_not_rpc(odoo16):
    for _ in range(10):
        session(odoo16, password="wrong")

    _, answer = session(odoo16)

    assert "Too many login failures" in answer["error"]["data"]["message"]
    assert Rpc(odoo16).uid


def test_call_kw_needs_a_session(odoo16):
    call = {
        "params": {"model": "res.partner", "method": "search_count", "args": [[]], "kwargs": {}}
    }
    url = f"{odoo16.url}/web/dataset/call_kw"
    cookie, _ = session(odoo16)

    _, _, with_session = posted(url, call, {"Cookie": cookie})
    _, _, without = posted(url, call)

    assert json.loads(with_session)["result"] > 0
    assert json.loads(without)["error"]["code"] == 100
    assert json.loads(without)["error"]["data"]["name"] == "odoo.http.SessionExpiredException"


def test_a_wrong_database_is_an_operational_error(rpc16):
    with pytest.raises(Refused) as refused:
        rpc16.service("common", "login", "nowhere", "hub@example.com", "hub-key")

    assert refused.value.name == "psycopg2.OperationalError"


def test_the_databases_are_listed(rpc16):
    _, _, body = posted(f"{rpc16.stand.url}/web/database/list", {"params": {}})

    assert rpc16.service("db", "list") == json.loads(body)["result"] == ["factory"]


def test_json_2_answers_bare_results(odoo19):
    made = json_2(odoo19, "res.partner/create", {"vals_list": [{"name": "A"}]})
    read = json_2(odoo19, "res.partner/read", {"ids": made[1], "fields": ["name"]})
    archived = json_2(odoo19, "res.partner/action_archive", {"ids": made[1]})

    assert read == (200, [{"id": made[1][0], "name": "A"}])
    assert archived == (200, None)


@pytest.mark.parametrize(
    ("path", "body", "key", "status"),
    [
        ("res.partner/read", {"ids": [1]}, "wrong", 401),
        ("res.partner/_write", {"ids": [1]}, "hub-key", 403),
        ("no.model/read", {"ids": [1]}, "hub-key", 404),
        ("res.partner/nomethod", {"ids": [1]}, "hub-key", 404),
        ("res.partner/write", {"ids": [99999], "vals": {}}, "hub-key", 404),
        ("res.partner/create", {"vals_list": [{"email": "x"}]}, "hub-key", 422),
        ("res.partner/read", {"ids": [1], "nokw": 1}, "hub-key", 422),
        ("res.partner/read", b"{", "hub-key", 400),
        ("res.partner/read", {"ids": [1], "fields": ["nofield"]}, "hub-key", 500),
    ],
)
def test_json_2_uses_real_statuses(odoo19, path, body, key, status):
    answered, error = json_2(odoo19, path, body, key)

    assert answered == status
    assert {"name", "message", "arguments", "context", "debug"} == set(error)


def test_json_2_of_another_database_is_a_page(odoo19):
    answered, page = json_2(
        odoo19, "res.partner/read", {"ids": [1]}, **{"X-Odoo-Database": "other"}
    )

    assert answered == 404
    assert page.startswith(b"<!doctype html>")


def test_json_2_exists_only_from_19(odoo18):
    status, _, _ = posted(f"{odoo18.url}/json/2/res.partner/read", {"ids": [1]})

    assert status == 404


def test_closed_doors_answer_404_and_open_ones_work():
    only = ("/xmlrpc/2/common", "/xmlrpc/2/object")
    with OdooStandIn(version=16, paths=only) as stand:
        status, _, page = posted(f"{stand.url}/jsonrpc", {})
        version = proxy(stand, "common").version()

    assert (status, page[:15]) == (404, b"<!doctype html>")
    assert version["server_version"] == "16.0"


def test_the_connection_is_closed_after_every_answer(odoo16):
    _, headers, _ = posted(f"{odoo16.url}/web/webclient/version_info", {"params": {}})

    assert headers["Connection"] == "close"


def test_an_unknown_service_method_is_named(rpc16):
    with pytest.raises(Refused, match="the method drop of the service db") as refused:
        rpc16.service("db", "drop", "secret", "factory")

    assert refused.value.name == "qantara.sandbox.NotImitated"
