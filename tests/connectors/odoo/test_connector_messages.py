"""Messages of a stand-in Odoo: which are read, how they are posted, and what becomes of files."""

import base64
import hashlib
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from qantara.connectors.base import Written
from qantara.model import Attachment, Message, Ref
from qantara.sandbox.odoo import OdooStandIn
from qantara.transport import NotFound, Rejected
from tests.connectors.odoo.places import VERSIONS, connector, create, gather, record, send, standing
from tests.connectors.odoo.places import update as changed
from tests.connectors.odoo.prepared import prepared, taken

COMMENT, NOTE = "mail.mt_comment", "mail.mt_note"


@pytest.fixture(params=VERSIONS)
def odoo(request):
    with standing(request.param) as stand:
        yield stand


@pytest.fixture
def order(odoo):
    return new_order(odoo)


def new_order(odoo: OdooStandIn) -> int:
    home = odoo.create("res.partner", {"name": "Delta", "is_company": True})
    address = odoo.create("res.partner", {"name": "Door", "parent_id": home, "type": "delivery"})
    return odoo.create("sale.order", {"partner_id": address})


def post(odoo: OdooStandIn, order: int, body: str = "Hello", subtype: str = COMMENT, **more) -> int:
    html = {"body_is_html": True} if odoo.version >= 17 else {}
    told = {"body": body, "message_type": "comment", "subtype_xmlid": subtype, **html, **more}
    made = odoo._act(lambda env: env.model("sale.order").message_post([order], **told), {})
    return made[0] if isinstance(made, list) else made


def message(order: int, body: str = "<p>Hello</p>", **more) -> Message:
    return Message(on=Ref("sale_order", str(order)), author="Lina", body=body, **more)


def file(content: bytes, name: str = "a.txt") -> Attachment:
    checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return Attachment(
        id="77", name=name, mimetype="text/plain", size=len(content), checksum=checksum
    )


def handing(tmp_path, content: bytes, asked: list[str] | None = None):
    @asynccontextmanager
    async def fetch(id_):
        if asked is not None:
            asked.append(id_)
        path = tmp_path / id_
        path.write_bytes(content)
        yield path

    return fetch


async def test_a_comment_says_who_wrote_it_for_whom_and_on_what(odoo, order):
    one = post(odoo, order, "<p>Hello <b>there</b></p>")
    async with connector(odoo) as hub:
        read = await record(hub, "message", str(one))
    partner = odoo.rows("sale.order")[-1]["partner_id"]
    home = odoo.rows("res.partner")[-2]["id"]
    by = next(row["author_id"] for row in odoo.rows("mail.message") if row["id"] == one)
    writer = next(row for row in odoo.rows("res.partner") if row["id"] == by)

    assert read.on == Ref("sale_order", str(order))
    assert read.author == writer["name"]
    assert read.company == "Nile Factory"
    assert read.partners == (Ref("partner", str(partner)), Ref("partner", str(home)))
    assert (read.kind, read.deleted, read.mirrored, read.repeats) == ("comment", False, False, 0)
    assert read.body == "<p>Hello <b>there</b></p>"


async def test_only_what_people_write_on_documents_is_polled(odoo, order):
    wanted = post(odoo, order)
    post(odoo, order, "Quotation created", message_type="notification")
    post(odoo, order, "From the hub", message_id="<1@qantara>")
    product = odoo.create("product.template", {"name": "Chair"})
    odoo._act(lambda env: env.model("product.template").message_post([product], body="x"), {})
    async with connector(odoo) as hub:
        found, cursor = await gather(hub, "message")
        again, _ = await gather(hub, "message", cursor)

    assert list(found) == [str(wanted)]
    assert again == {}


async def test_at_the_start_as_many_are_counted_as_the_poll_brings(odoo, order):
    post(odoo, order)
    post(odoo, order, "From the hub", message_id="<1@qantara>")
    async with connector(odoo) as hub:
        counted = await hub.count("message", "")
        found, _ = await gather(hub, "message")

    assert counted == len(found) == 1


async def test_a_notification_of_which_somebody_tells_is_no_message(odoo, order):
    one = post(odoo, order, "Cancelled", message_type="notification")
    async with connector(odoo) as hub:
        assert await hub.read("message", [str(one)]) == []


async def test_what_the_hub_wrote_says_so_when_it_is_read(odoo, order):
    one = post(odoo, order, message_id="<1@qantara>")
    async with connector(odoo) as hub:
        assert (await record(hub, "message", str(one))).mirrored


@pytest.mark.parametrize(("subtype", "kind"), [(COMMENT, "comment"), (NOTE, "note")])
async def test_an_internal_note_is_a_note(odoo, order, subtype, kind):
    one = post(odoo, order, subtype=subtype)
    async with connector(odoo) as hub:
        assert (await record(hub, "message", str(one))).kind == kind


async def test_a_scope_names_the_records_that_are_meant(odoo, order):
    post(odoo, order)
    other = new_order(odoo)
    mine = post(odoo, other)
    async with connector(odoo) as hub:
        assert await hub.ids("message", scope=f"on:sale_order:{other}") == {str(mine)}
        assert await hub.ids("message", scope=f"on:purchase_order:{other}") == set()


async def test_a_picking_that_comes_in_is_a_receipt_another_a_transfer(odoo):
    types = {row["code"]: row["id"] for row in odoo.rows("stock.picking.type")}
    seen = {}
    async with connector(odoo) as hub:
        for code in ("incoming", "outgoing"):
            picking = odoo.create("stock.picking", {"picking_type_id": types[code]})
            made = odoo._act(
                lambda env, picking=picking: env.model("stock.picking").message_post(
                    [picking], body="Hi", message_type="comment", subtype_xmlid=COMMENT
                ),
                {},
            )
            one = made[0] if isinstance(made, list) else made
            seen[code] = (await record(hub, "message", str(one))).on.entity

    assert seen == {"incoming": "receipt", "outgoing": "transfer"}


async def test_how_often_one_wrote_the_same_within_minutes_is_told(odoo, order):
    ids = [post(odoo, order, "We are closed.") for _ in range(3)]
    other = post(odoo, order, "Something else.")
    async with connector(odoo) as hub:
        repeats = [(await record(hub, "message", str(one))).repeats for one in [*ids, other]]

    assert repeats == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("subject", "automatic"),
    [
        ("Automatic reply: order 7", True),
        ("Out of Office", True),
        ("رد تلقائي: طلب", True),
        ("Re: automatic doors", False),
        ("", False),
    ],
)
async def test_an_automatic_reply_is_known_by_its_subject(odoo, order, subject, automatic):
    one = post(odoo, order, message_type="email", subject=subject)
    async with connector(odoo) as hub:
        read = await record(hub, "message", str(one))

    assert read.automatic is automatic
    assert (subject in read.body) is True


async def test_mentions_and_links_of_its_own_odoo_do_not_travel(odoo, order):
    body = (
        '<p><a href="#" data-oe-model="res.partner" data-oe-id="3" class="o_mail_redirect">@X</a>'
        ' <a href="/odoo/sales/3">order</a> <a href="https://a.example/?x=1&amp;y=2">site</a></p>'
    )
    one = post(odoo, order, body)
    async with connector(odoo) as hub:
        read = await record(hub, "message", str(one))

    assert read.body == (
        '<p><a>@X</a> <a>order</a> <a href="https://a.example/?x=1&amp;y=2">site</a></p>'
    )


async def test_a_message_is_posted_once_under_its_key(odoo, order):
    async with connector(odoo) as hub:
        [first] = await send(hub, "message", [create("k1", message(order))])
        [again] = await send(hub, "message", [create("k1", message(order))])
        found = await hub.lookup("message", ["k1", "k2"])

    assert first == again
    assert found == {"k1": first.external_id}
    posted = [row for row in odoo.rows("mail.message") if row["message_id"] == "<k1@qantara>"]
    assert [row["body"] for row in posted] == ["<p><strong>Lina</strong></p><p>Hello</p>"]


async def test_an_author_without_an_account_of_the_same_e_mail_is_named_only(odoo, order):
    lina = odoo.create("res.partner", {"name": "Lina H.", "email": "lina@d.example"})
    other = odoo.create("res.partner", {"name": "Nobody", "email": "linaXd.example"})
    async with connector(odoo) as hub:
        [written] = await send(
            hub, "message", [create("k1", message(order, email="Lina@D.example", company="D & Co"))]
        )
    row = next(row for row in odoo.rows("mail.message") if str(row["id"]) == written.external_id)

    assert row["author_id"] == lina != other
    assert row["body"].startswith("<p><strong>Lina</strong> (D &amp; Co)</p>")


async def test_a_message_on_a_record_that_is_gone_is_refused_alone(odoo, order):
    async with connector(odoo) as hub:
        outcomes = await send(
            hub, "message", [create("k1", message(9999)), create("k2", message(order))]
        )

    assert isinstance(outcomes[0], NotFound | Rejected)
    assert isinstance(outcomes[1], Written)


async def test_a_file_is_uploaded_once_for_a_record(odoo, order, tmp_path):
    asked: list[str] = []
    with_file = message(order, attachments=(file(b"once"),))
    async with connector(odoo) as hub:
        for key in ("k1", "k2"):
            fetch = handing(tmp_path, b"once", asked)
            await send(hub, "message", [replace(create(key, with_file), fetch=fetch)])
    kept = [row for row in odoo.rows("ir.attachment") if row.get("res_model") == "sale.order"]

    assert [base64.b64decode(row["datas"]) for row in kept] == [b"once"]
    assert asked == ["77"]


async def test_a_file_that_cannot_be_had_is_named_in_the_message(odoo, order):
    @asynccontextmanager
    async def refused(_):
        raise NotFound("somebody deleted it.")
        yield

    with_file = message(order, attachments=(file(b"gone", "plan.pdf"),))
    async with connector(odoo) as hub:
        [written] = await send(hub, "message", [replace(create("k1", with_file), fetch=refused)])
    row = next(row for row in odoo.rows("mail.message") if str(row["id"]) == written.external_id)

    assert "The file plan.pdf was not carried over: somebody deleted it." in row["body"]


async def test_a_file_whose_store_was_lost_is_named_and_not_sent(odoo, order, tmp_path):
    with_file = message(order, attachments=(file(b"whole", "plan.pdf"),))
    async with connector(odoo) as hub:
        fetch = handing(tmp_path, b"")
        [written] = await send(hub, "message", [replace(create("k1", with_file), fetch=fetch)])
    row = next(row for row in odoo.rows("mail.message") if str(row["id"]) == written.external_id)

    assert "plan.pdf was not carried over: what its Odoo gives is not the file" in row["body"]
    assert not [row for row in odoo.rows("ir.attachment") if row.get("res_model") == "sale.order"]


async def test_a_file_of_a_message_is_fetched_to_disk(odoo, order, tmp_path):
    content = bytes(range(256)) * 300
    values = {"name": "a.bin", "datas": base64.b64encode(content).decode()}
    one = odoo.create("ir.attachment", {**values, "res_model": "sale.order", "res_id": order})
    async with connector(odoo) as hub:
        await hub.fetch("message", str(one), tmp_path / "got")

    assert (tmp_path / "got").read_bytes() == content


async def test_editing_a_copy_that_somebody_removed_is_no_fault(odoo, order):
    async with connector(odoo) as hub:
        [one] = await send(hub, "message", [create("k1", message(order))])
        odoo.unlink("mail.message", int(one.external_id))
        edit = changed("k1", message(order, "<p>New</p>"), one.external_id, "body")
        assert await send(hub, "message", [edit]) == [one]


async def test_deleting_empties_the_copy_and_takes_its_files(odoo, order, tmp_path):
    with_file = message(order, attachments=(file(b"secret"),))
    async with connector(odoo) as hub:
        fetch = handing(tmp_path, b"secret")
        [one] = await send(hub, "message", [replace(create("k1", with_file), fetch=fetch)])
        for _ in range(2):
            assert await hub.delete("message", [one.external_id]) == [one]
    row = next(row for row in odoo.rows("mail.message") if str(row["id"]) == one.external_id)

    assert not row["body"]
    assert not [row for row in odoo.rows("ir.attachment") if row.get("res_model") == "sale.order"]


async def test_a_comment_rings_and_what_the_hub_or_odoo_writes_does_not(odoo, order):
    async with prepared(odoo, ["message"], login="hub@example.com", key="hub-key") as hub:
        one = post(odoo, order)
        told = await taken(hub)
        post(odoo, order, "Cancelled", message_type="notification")
        post(odoo, order, "Copied", message_id="<1@qantara>")
        product = odoo.create("product.template", {"name": "Chair"})
        odoo._act(lambda env: env.model("product.template").message_post([product], body="x"), {})
        silent = await taken(hub)

    assert ("message", str(one)) in told
    assert silent == []
