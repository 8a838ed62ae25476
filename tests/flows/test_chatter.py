"""What is written on a shared order appears on the other side, whole, once, and no further."""

import pytest

from qantara.engine.pipeline import sync_ids
from qantara.engine.sweep import sweep
from qantara.storage.steps import observed
from tests.flows.bridge import Bridge, Silent
from tests.flows.conftest import EITHER_WAY
from tests.flows.talk import COMMENT, NOTE, Talk, introduce, ordered, read, shared_order, talk_about

LINKS = ("message_to_buyer", "message_to_factory")

DRAWING = bytes(range(256)) * 40


@pytest.fixture(params=EITHER_WAY)
async def talk(request, open_bridge) -> Talk:
    bridge, _, _ = open_bridge(*request.param)
    return await begun(bridge)


@pytest.fixture
async def one_talk(open_bridge):
    """A talk between 16 and 18, and the two stand-ins."""
    bridge, factory, buyer = open_bridge()
    return await begun(bridge), factory, buyer


async def begun(bridge: Bridge, **options: str) -> Talk:
    bridge.options |= {"parts": ["chatter"], **options}
    return await shared_order(bridge)


async def carry(talk: Talk, *only: str):
    return await talk.bridge.run(*(only or LINKS))


async def test_a_message_and_a_drawing_appear_on_the_other_side_both_ways(talk):
    drawing = talk.at_buyer.attach("drawing.dwg", DRAWING)
    talk.at_buyer.say("<p>See <b>the drawing</b>.</p>", attachment_ids=[drawing])
    await carry(talk)

    [row] = [one for one in talk.at_factory.shown() if "drawing" in one["body"]]
    assert read(row["body"]) == "hub@example.com (Delta Trading) / See the drawing."
    assert "<b>the drawing</b>" in row["body"]
    assert row["subtype_id"][1] == COMMENT
    assert talk.at_factory.files() == [("drawing.dwg", DRAWING)]
    assert len(row["attachment_ids"]) == 1

    photo = talk.at_factory.attach("صورة.jpg", b"\xff\xd8\xff photo")
    talk.at_factory.say("<p>وصلت، شكراً</p>", attachment_ids=[photo])
    await carry(talk)

    assert talk.at_buyer.heard() == ["hub@example.com (Nile Factory) / وصلت، شكراً"]
    assert ("صورة.jpg", b"\xff\xd8\xff photo") in talk.at_buyer.files()


async def test_nothing_comes_back_however_often_the_links_run(talk):
    talk.at_buyer.say("<p>Hello</p>")
    talk.at_factory.say("<p>Welcome</p>")
    await carry(talk)
    before = (talk.at_buyer.shown(), talk.at_factory.shown())
    for _ in range(10):
        await carry(talk)

    assert (talk.at_buyer.shown(), talk.at_factory.shown()) == before
    assert [len(side) for side in before] == [3, 2]  # the buyer has one line of news besides
    assert await talk.bridge.letters() == []


async def test_messages_keep_their_order(talk):
    for number in range(25):
        talk.at_buyer.say(f"<p>Number {number}</p>")
    await carry(talk)

    assert [one.rpartition(" ")[2] for one in talk.at_factory.heard()] == [
        str(number) for number in range(25)
    ]


async def test_an_edited_message_is_edited_there(talk):
    one = talk.at_buyer.say("<p>Ten pieces</p>")
    await carry(talk)
    edited = "<p>Twelve pieces</p><p><span class='o-mail-Message-edited'></span></p>"
    talk.at_buyer.keyboard.write("mail.message", one, {"body": edited})
    await carry(talk)

    assert talk.at_factory.heard() == ["hub@example.com (Delta Trading) / Twelve pieces"]
    assert "edited" not in talk.at_factory.shown()[-1]["body"]


async def test_a_file_that_its_author_takes_away_goes_there_too(talk):
    file = talk.at_buyer.attach("old.txt", b"old")
    one = talk.at_buyer.say("<p>Look</p>", attachment_ids=[file])
    await carry(talk)
    assert talk.at_factory.files() == [("old.txt", b"old")]

    talk.at_buyer.keyboard.write("mail.message", one, {"attachment_ids": [(6, 0, [])]})
    await carry(talk)

    assert talk.at_factory.files() == []
    assert talk.at_factory.heard() == ["hub@example.com (Delta Trading) / Look"]


@pytest.mark.parametrize(
    ("rule", "seen"),
    [
        (
            "mark",
            ["hub@example.com (Delta Trading) / Wrong / Its author has deleted this message."],
        ),
        ("follow", [""]),
        ("ignore", ["hub@example.com (Delta Trading) / Wrong"]),
    ],
)
async def test_a_deleted_message_is_treated_as_the_rule_says(open_bridge, rule, seen):
    bridge, _, _ = open_bridge()
    talk = await begun(bridge, deleted=rule)
    one = talk.at_buyer.say("<p>Wrong</p>")
    await carry(talk)
    talk.at_buyer.keyboard.write("mail.message", one, {"body": ""})
    for _ in range(3):
        await carry(talk)

    assert talk.at_factory.heard() == seen
    assert await bridge.letters() == []


async def test_a_message_removed_altogether_is_emptied_there(open_bridge):
    bridge, _, _ = open_bridge()
    talk = await begun(bridge, deleted="follow")
    file = talk.at_buyer.attach("secret.txt", b"secret")
    gone = talk.at_buyer.say("<p>Secret</p>", attachment_ids=[file])
    talk.at_buyer.say("<p>Open</p>")
    await carry(talk)
    talk.at_buyer.keyboard.call("mail.message", "unlink", [gone])
    async with bridge.links("message_to_factory") as [link]:
        assert await sweep(link, bridge.store) == 1
        assert await sweep(link, bridge.store) == 0

    assert talk.at_factory.heard() == ["", "hub@example.com (Delta Trading) / Open"]
    assert talk.at_factory.files() == []


async def test_a_message_emptied_before_it_was_carried_is_not_carried(one_talk):
    talk, _, _ = one_talk
    one = talk.at_buyer.say("<p>Oh no</p>")
    talk.at_buyer.keyboard.write("mail.message", one, {"body": ""})
    await carry(talk)

    assert talk.at_factory.heard() == []


@pytest.mark.parametrize(("rule", "kind"), [("keep", None), ("share", NOTE)])
async def test_an_internal_note_stays_unless_it_is_to_be_shared(open_bridge, rule, kind):
    bridge, _, _ = open_bridge()
    talk = await begun(bridge, notes=rule)
    talk.at_factory.say("<p>Their credit is used up.</p>", kind="mail.mt_note")
    await carry(talk)

    kinds = [row["subtype_id"][1] for row in talk.at_buyer.shown() if "credit" in row["body"]]
    assert kinds == ([kind] if kind else [])


async def test_notifications_of_odoo_itself_stay(one_talk):
    talk, _, _ = one_talk
    talk.at_factory.say("<p>Quotation created</p>", message_type="notification")
    await carry(talk)

    assert talk.at_buyer.heard() == []


async def test_an_author_whom_the_other_side_knows_by_e_mail_is_its_author_there(one_talk):
    talk, _, _ = one_talk
    person = {"name": "Lina Haddad", "email": "Lina@delta.example", "company_name": "Delta Trading"}
    lina = talk.at_buyer.keyboard.create("res.partner", person)
    known = {"name": "Haddad, L.", "email": "lina@delta.example"}
    there = talk.at_factory.keyboard.create("res.partner", known)
    before = talk.at_factory.keyboard.call("res.partner", "search_count", [])
    talk.at_buyer.say("<p>Good morning</p>", author_id=lina)
    await carry(talk)

    assert talk.at_factory.shown()[-1]["author_id"][0] == there
    assert talk.at_factory.heard() == ["Lina Haddad (Delta Trading) / Good morning"]
    assert talk.at_factory.keyboard.call("res.partner", "search_count", []) == before


async def test_two_contacts_with_one_e_mail_are_nobody(one_talk):
    talk, _, _ = one_talk
    lina = talk.at_buyer.keyboard.create("res.partner", {"name": "Lina", "email": "l@d.example"})
    for name in ("Lina 1", "Lina 2"):
        talk.at_factory.keyboard.create("res.partner", {"name": name, "email": "l@d.example"})
    talk.at_buyer.say("<p>Hi</p>", author_id=lina)
    await carry(talk)

    assert talk.at_factory.shown()[-1]["author_id"][1] == "hub@example.com"
    assert talk.at_factory.heard() == ["Lina / Hi"]


async def test_what_is_said_before_the_order_is_known_there_follows_it(open_bridge):
    bridge, _, _ = open_bridge()
    bridge.options |= {"parts": ["chatter"]}
    await introduce(bridge)
    await bridge.run()
    order = ordered(bridge)
    bridge.at_buyer.post(
        "purchase.order",
        order,
        body="First",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    await bridge.run(*LINKS)
    assert await bridge.letters() == []

    await bridge.run("order", "order_reference", "order_state")
    await bridge.run(*LINKS)

    talk = talk_about(bridge, order)
    assert talk.at_factory.heard() == ["hub@example.com (Delta Trading) / First"]


async def test_messages_on_orders_of_others_are_left_alone(one_talk):
    talk, _, _ = one_talk
    factory = talk.bridge.at_factory
    stranger = factory.create("res.partner", {"name": "Somebody else"})
    order = factory.create("sale.order", {"partner_id": stranger})
    factory.post(
        "sale.order", order, body="Secret", message_type="comment", subtype_xmlid="mail.mt_comment"
    )
    summary = (await carry(talk))["message_to_buyer"]

    assert summary.results == {"skipped": 1}
    assert await talk.bridge.letters() == []


async def test_the_same_file_is_sent_once_for_an_order(one_talk):
    talk, _, _ = one_talk
    for name in ("plan.pdf", "plan-again.pdf"):
        file = talk.at_buyer.attach(name, DRAWING)
        talk.at_buyer.say("<p>The plan</p>", attachment_ids=[file])
        await carry(talk)

    assert talk.at_factory.files() == [("plan.pdf", DRAWING)]
    assert all(row["attachment_ids"] for row in talk.at_factory.shown())


async def test_a_file_that_is_too_large_is_named_and_the_message_goes(one_talk, monkeypatch):
    monkeypatch.setattr("qantara.connectors.odoo.files.LARGEST", 5_000_000)
    talk, _, _ = one_talk
    file = talk.at_buyer.attach("film.mov", b"x" * 6_000_000)
    talk.at_buyer.say("<p>A film</p>", attachment_ids=[file])
    await carry(talk)

    [heard] = talk.at_factory.heard()
    assert heard.endswith(
        "A film / The file film.mov was not carried over: it has 6 MB, and no more than 5 MB can pass."
    )
    assert talk.at_factory.files() == []


async def test_a_picture_in_the_text_shows_the_copy(one_talk):
    talk, _, _ = one_talk
    picture = talk.at_buyer.attach("scratch.png", b"\x89PNG scratch")
    body = f'<p>Look: <img src="/web/image/{picture}?access_token=abc"></p>'
    talk.at_buyer.say(body, attachment_ids=[picture])
    await carry(talk)

    [row] = [one for one in talk.at_factory.shown() if "Look" in one["body"]]
    assert f'src="/web/image/{row["attachment_ids"][0]}' in row["body"]


@pytest.mark.parametrize("fault", ["cut_after", "cut_before"])
@pytest.mark.parametrize("method", ["message_post", "create"])
async def test_a_connection_that_breaks_posts_once(one_talk, fault, method):
    talk, factory, _ = one_talk
    file = talk.at_buyer.attach("a.txt", b"once")
    talk.at_buyer.say("<p>Once</p>", attachment_ids=[file])
    factory.fault(fault, method=method)
    await carry(talk)
    await carry(talk)

    assert talk.at_factory.heard() == ["hub@example.com (Delta Trading) / Once"]
    assert talk.at_factory.files() == [("a.txt", b"once")]


async def test_a_message_told_of_many_times_is_posted_once(one_talk):
    talk, _, _ = one_talk
    one = talk.at_buyer.say("<p>Twice?</p>")
    async with talk.bridge.links("message_to_factory") as [link]:
        for _ in range(3):
            await sync_ids(link, talk.bridge.store, [str(one), str(one)], Silent())

    assert len(talk.at_factory.heard()) == 1


async def test_two_machines_that_answer_each_other_are_cut(one_talk):
    """Each side's automation answers whatever the hub brings; it ends, and both are told once."""
    talk, _, _ = one_talk
    talk.at_buyer.say("<p>We are closed.</p>", message_type="comment")
    sides = (talk.at_factory, talk.at_buyer)
    answered = [0, 0]
    for _ in range(12):
        await carry(talk)
        for place, side in enumerate(sides):
            for _ in range(len(side.heard()) - answered[place]):
                side.say("<p>We are closed.</p>")
                answered[place] += 1

    heard = talk.at_factory.heard()
    assert len(heard) == 4
    assert sum("again and again" in one for one in heard) == 1
    assert len(talk.at_buyer.heard()) <= 4


class Death(BaseException):
    """The process is no more."""


class Fate:
    """Lets a process die at its step of this number, and do nothing afterwards."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, step: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise Death(step)


async def dies(talk: Talk, number: int) -> bool:
    """One pass of a process that dies at its step of this number; False when it ended before."""
    try:
        with observed(Fate(number)):
            await carry(talk, "message_to_factory")
    except Death:
        return True
    return False


@pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.campaign)])
async def test_a_hub_that_dies_at_any_step_posts_and_edits_once(one_talk, stride):
    talk, _, _ = one_talk
    number = 0
    while True:
        file = talk.at_buyer.attach(f"{number}.txt", f"file {number}".encode())
        one = talk.at_buyer.say(f"<p>Number {number}</p>", attachment_ids=[file])
        first = await dies(talk, number)
        await carry(talk)
        talk.at_buyer.keyboard.write("mail.message", one, {"body": f"<p>Changed {number}</p>"})
        second = await dies(talk, number)
        await carry(talk)
        if not (first or second):
            break
        number += stride

    numbers = range(0, number + 1, stride)
    assert number > 20
    assert [heard.rpartition(" / ")[2] for heard in talk.at_factory.heard()] == [
        f"Changed {one}" for one in numbers
    ]
    assert talk.at_factory.files() == [(f"{one}.txt", f"file {one}".encode()) for one in numbers]
    assert await talk.bridge.letters() == []


@pytest.mark.campaign
async def test_a_hundred_megabytes_arrive(one_talk):
    talk, _, _ = one_talk
    content = bytes(range(250)) * 400_000
    file = talk.at_buyer.attach("scan.tif", content)
    talk.at_buyer.say("<p>The scan</p>", attachment_ids=[file])
    await carry(talk)

    [(name, there)] = talk.at_factory.files()
    assert (name, there == content) == ("scan.tif", True)
    assert await talk.bridge.letters() == []
