"""Chatter and files of the stand-in do what real servers were seen to do (16 and 18, November 2026)."""

import base64
import urllib.error
import urllib.request

import pytest

from qantara.sandbox.odoo import OdooStandIn
from tests.sandbox.callers import Refused, Rpc


@pytest.fixture
def order(rpc: Rpc) -> int:
    partner = rpc("res.partner", "create", {"name": "Delta"})
    return int(rpc("sale.order", "create", {"partner_id": partner}))


def opened(stand: OdooStandIn, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"{stand.url}{path}") as answer:  # noqa: S310 - our own
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


def attached(rpc: Rpc, order: int, content: bytes = b"hello") -> int:
    datas = base64.b64encode(content).decode()
    values = {"name": "a.txt", "datas": datas, "res_model": "sale.order", "res_id": order}
    return int(rpc("ir.attachment", "create", values))


def test_a_file_is_given_to_whoever_has_its_token(odoo, rpc, order):
    one = attached(rpc, order)
    [token] = rpc("ir.attachment", "generate_access_token", [one])

    assert opened(odoo, f"/web/content/{one}?access_token={token}") == (200, b"hello")
    assert opened(odoo, f"/web/content/{one}?access_token=other") == (404, b"")
    assert opened(odoo, f"/web/content/{one}") == (404, b"")
    assert rpc("ir.attachment", "generate_access_token", [one]) == [token]


def test_a_message_has_its_files_subtype_and_message_id(rpc, order):
    one = attached(rpc, order)
    told = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment", "message_id": "<1@hub>"}
    made = rpc("sale.order", "message_post", [order], body="Hi", attachment_ids=[one], **told)
    fields = ["attachment_ids", "subtype_id", "message_id", "email_from", "author_id"]
    [row] = rpc("mail.message", "read", made if isinstance(made, list) else [made], fields)

    assert row["attachment_ids"] == [one]
    assert row["subtype_id"][1] == "Discussions"
    assert row["message_id"] == "<1@hub>"
    assert "hub@example.com" in row["email_from"]


def test_an_author_without_an_e_mail_cannot_post(rpc, order):
    nobody = rpc("res.partner", "create", {"name": "Nobody"})
    with pytest.raises(Refused, match="configure the sender's email address"):
        rpc("sale.order", "message_post", [order], body="Hi", author_id=nobody)


def test_the_author_given_is_the_sender(rpc, order):
    lina = rpc("res.partner", "create", {"name": "Lina", "email": "lina@d.example"})
    made = rpc("sale.order", "message_post", [order], body="Hi", author_id=lina)
    fields = ["author_id", "email_from"]
    [row] = rpc("mail.message", "read", made if isinstance(made, list) else [made], fields)

    assert row["author_id"][0] == lina
    assert row["email_from"] == '"Lina" <lina@d.example>'


def test_notes_are_internal_and_comments_are_not(rpc):
    rows = rpc("mail.message.subtype", "search_read", [], ["name", "internal"])

    assert {row["name"]: row["internal"] for row in rows} == {
        "Discussions": False,
        "Note": True,
        "Activities": True,
    }


def test_a_message_may_be_emptied_and_removed(rpc, order):
    made = rpc("sale.order", "message_post", [order], body="Hi", message_type="comment")
    ids = made if isinstance(made, list) else [made]
    rpc("mail.message", "write", ids, {"body": "", "attachment_ids": [[6, 0, []]]})
    assert rpc("mail.message", "read", ids, ["body"])[0]["body"] in ("", False)
    assert rpc("mail.message", "unlink", ids) is True
    assert rpc("mail.message", "search", [["id", "in", ids]]) == []


def test_the_staff_share_nothing_and_others_do(rpc):
    rpc("res.partner", "create", {"name": "Delta"})
    rows = rpc("res.partner", "search_read", [], ["name", "partner_share"])

    assert {row["name"]: row["partner_share"] for row in rows if "@" in row["name"]} == {
        "hub@example.com": False
    }
    assert next(row for row in rows if row["name"] == "Delta")["partner_share"] is True
