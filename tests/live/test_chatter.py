"""The chatter on real servers: both ways, edited, deleted, with files, heard at once."""

import pytest

from tests.flows.talk import COMMENT, read, shared_order

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

LINKS = ("message_to_buyer", "message_to_factory")
ONLY = ("supplier", "customer", "order", *LINKS)
DRAWING = bytes(range(256)) * 4000
BODY = '<p>See <b>the drawing</b>, <a href="https://example.com/a?b=1&amp;c=2">here</a>.</p>'


async def begun(open_bridge, factory, buyer, **options):
    bridge = open_bridge(factory, buyer)
    bridge.options |= {"parts": ["chatter"], **options}
    return await shared_order(bridge, *ONLY)


@pytest.mark.parametrize(("factory", "buyer"), [(16, 18), (18, 16)])
async def test_a_talk_with_a_drawing_an_edit_and_a_deletion(open_bridge, factory, buyer):
    talk = await begun(open_bridge, factory, buyer)
    drawing = talk.at_buyer.attach("drawing.dwg", DRAWING)
    first = talk.at_buyer.say(BODY, attachment_ids=[drawing])
    second = talk.at_buyer.say("<p>شكراً</p>")
    note = talk.at_buyer.say("<p>Between us</p>", kind="mail.mt_note")
    await talk.bridge.run(*LINKS)

    rows = talk.at_factory.shown()
    assert [read(row["body"]).partition(" / ")[2] for row in rows] == [
        "See the drawing, here.",
        "شكراً",
    ]
    assert all(read(row["body"]).partition(" / ")[0].startswith("Hub (") for row in rows)
    assert 'href="https://example.com/a?b=1&amp;c=2"' in rows[0]["body"]
    assert "<b>the drawing</b>" in rows[0]["body"]
    assert {row["subtype_id"][1] for row in rows} == {COMMENT}
    assert talk.at_factory.files() == [("drawing.dwg", DRAWING)]

    keys = talk.at_buyer.keyboard
    edited = "<p>See it.</p><p><span class='o-mail-Message-edited'></span></p>"
    keys.write("mail.message", first, {"body": edited})
    keys.write("mail.message", second, {"body": ""})
    keys.call("mail.message", "unlink", [note])
    photo = talk.at_factory.attach("photo.jpg", b"\xff\xd8\xff photo")
    talk.at_factory.say("<p>Arrived</p>", attachment_ids=[photo])
    await talk.bridge.run(*LINKS)
    for _ in range(3):
        await talk.bridge.run(*LINKS)

    shown = [read(row["body"]).partition(" / ")[2] for row in talk.at_factory.shown()]
    assert shown[:2] == ["See it.", "شكراً / Its author has deleted this message."]
    assert [read(row["body"]) for row in talk.at_factory.shown()[2:]] == ["Arrived"]
    assert [one.partition(" / ")[2] for one in talk.at_buyer.heard()] == ["Arrived"]
    assert ("photo.jpg", b"\xff\xd8\xff photo") in talk.at_buyer.files()
    assert [one for one in await talk.bridge.letters() if one.entity == "message"] == []
