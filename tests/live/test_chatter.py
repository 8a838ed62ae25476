"""The chatter on real servers: both ways, edited, deleted, with files, heard at once."""

import asyncio
import os
import secrets
import sys
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from qantara.engine.sweep import sweep
from qantara.runtime.agenda import Lane
from qantara.runtime.embedded import Wake, serve
from qantara.runtime.listening import listen, listeners
from qantara.runtime.schedule import Schedule
from qantara.runtime.turn import Worker
from tests.flows.bridge import Silent
from tests.flows.talk import COMMENT, NOTE, read, shared_order
from tests.live.conftest import administrator, as_administrator

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


@pytest.mark.parametrize(("factory", "buyer"), [(16, 18), (18, 16)])
async def test_a_deletion_that_follows_and_a_note_that_is_shared(open_bridge, factory, buyer):
    talk = await begun(open_bridge, factory, buyer, deleted="follow", notes="share")
    file = talk.at_factory.attach("secret.txt", b"secret")
    one = talk.at_factory.say("<p>Secret</p>", attachment_ids=[file])
    talk.at_factory.say("<p>Between us all</p>", kind="mail.mt_note")
    await talk.bridge.run(*LINKS)
    assert ("secret.txt", b"secret") in talk.at_buyer.files()

    talk.at_factory.keyboard.call("mail.message", "unlink", [one])
    await talk.bridge.run(*LINKS)
    async with talk.bridge.links("message_to_buyer") as [link]:
        assert await sweep(link, talk.bridge.store) == 1

    left = [row for row in talk.at_buyer.shown() if row["message_id"].endswith("@qantara>")]
    assert [read(row["body"]).partition(" / ")[2] for row in left] == ["", "Between us all"]
    assert left[1]["subtype_id"][1] == NOTE
    assert talk.at_buyer.files() == []


MESSAGES = int(os.environ.get("QANTARA_LIVE_MESSAGES", "10"))


@pytest.mark.parametrize(("factory", "buyer"), [(16, 18), (18, 16)])
async def test_a_message_is_heard_at_once_where_odoo_was_prepared(
    open_bridge, capsys, factory, buyer
):
    """A hub that listens: seconds from the author's save to the message on the other side."""
    talk = await begun(open_bridge, factory, buyer)
    async with (
        talk.bridge.links(*LINKS) as links,
        prepared(talk.bridge, links),
        listening(talk, links),
    ):
        to_factory = [await passed(talk.at_buyer, talk.at_factory) for _ in range(MESSAGES)]
        to_buyer = [await passed(talk.at_factory, talk.at_buyer) for _ in range(MESSAGES)]
    told = {f"{buyer} to {factory}": to_factory, f"{factory} to {buyer}": to_buyer}
    with capsys.disabled():
        for way, took in told.items():
            sys.stdout.write(f"\nOdoo {way}, {len(took)} messages, in ms: {shown(took)}\n")

    assert [one for one in await talk.bridge.letters() if one.entity == "message"] == []


@asynccontextmanager
async def prepared(bridge, links):
    """Both Odoos have an outbox for messages, and are as before at the end."""
    sides = {"factory": bridge.at_factory, "buyer": bridge.at_buyer}
    made = [
        await link.source.preparation(
            {link.entity},
            by=as_administrator(link.source.connection, administrator(sides[link.here_name])),
        )
        for link in links
    ]
    try:
        for one in made:
            await one.install()
        yield
    finally:
        for one in made:
            await one.remove()
            await one.aclose()


@asynccontextmanager
async def listening(talk, links):
    """A hub at work on these links, as `qantara sync` runs it; polls are far apart."""
    stop, wake, store = asyncio.Event(), Wake(), talk.bridge.store
    worker = Worker(store=store, watch=Silent(), stop=stop)
    lanes = [Lane(link=link, schedule=Schedule(every=timedelta(minutes=10))) for link in links]
    every = listeners(links, store, wake.ring, {})
    tasks = [asyncio.create_task(listen(every, stop))]
    tasks.append(asyncio.create_task(serve(lanes, worker, wake)))
    await asyncio.sleep(3)  # the doorbells ring once when they are there
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def passed(here, there):
    """Seconds until what is said here is seen there."""
    text = f"Said {secrets.token_hex(6)}"
    await asyncio.to_thread(here.say, f"<p>{text}</p>")
    said = time.monotonic()
    while time.monotonic() < said + 30:
        if await asyncio.to_thread(found, there, text):
            return time.monotonic() - said
        await asyncio.sleep(0.02)
    raise AssertionError(f"{text} never arrived")


def found(side, text):
    domain = [("model", "=", side.model), ("res_id", "=", side.one), ("body", "like", text)]
    return side.keyboard.call("mail.message", "search_count", domain)


def shown(took):
    ordered = sorted(1000 * one for one in took)
    p95 = ordered[-max(1, len(ordered) // 20)]
    return f"median {ordered[len(ordered) // 2]:.0f}, p95 {p95:.0f}, most {ordered[-1]:.0f}"
