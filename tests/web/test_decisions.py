"""The page behind a button: only a person who may, at the page itself, decides, and once."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import update

from qantara.storage import approvers, audit
from qantara.storage.schema import approvers as people
from qantara.storage.store import Store
from qantara.web.slowing import BURST
from tests.web.desk import (
    ASKING,
    CODE,
    FORM,
    LAYLA,
    OMAR,
    QUESTION,
    Browser,
    asking_hub,
    decided,
    tokens,
)


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(approvers, "COST", 2)


@pytest.fixture
async def hub(store: Store):
    """On both kinds of journal."""
    async with asking_hub(store) as listening:
        yield listening


@pytest.fixture
async def gate(sqlite_store: Store):
    """Where the kind of journal does not matter."""
    async with asking_hub(sqlite_store) as listening:
        yield listening


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_looking_does_nothing_however_often(hub, method):
    for _ in range(3):
        shown = await Browser(hub).open(tokens()["confirm"], method)

    assert shown.status == 200
    assert bool(shown.text) is (method == "GET")
    assert await decided(hub) is None
    assert await hub.rows() == 0
    assert await hub.store.run(audit.listing) == []


async def test_who_may_decides_and_the_work_waits(hub):
    browser = Browser(hub)
    page = await browser.open(tokens()["confirm"])
    assert "Confirm S00012?" in page.words
    assert "Delta <Trading>" in page.words
    assert "<Trading>" not in page.text

    shown = await browser.press(tokens()["confirm"], reason="Ships <b>Sunday</b>")

    assert shown.status == 200
    assert "Layla confirmed S00012" in shown.words
    assert "<b>Sunday" not in shown.text
    kept = await decided(hub)
    assert kept is not None
    assert (kept.verb, kept.name, kept.email) == ("confirm", "Layla", LAYLA)
    assert (kept.reason, kept.total) == ("Ships <b>Sunday</b>", "5400.00 SAR")
    assert hub.woken == ["hub"]
    assert await hub.rows() == 1
    assert [deed.actor for deed in await hub.store.run(audit.listing)] == [LAYLA]


async def test_a_link_works_once_and_the_second_sees_who_decided(hub):
    await Browser(hub).press(tokens()["confirm"])

    for verb in ("confirm", "reject"):
        again = Browser(hub)
        shown = await again.open(tokens()[verb])
        assert shown.status == 200
        assert "decided already" in shown.words
        assert "Layla confirmed S00012 on" in shown.words
        posted = await again.post(tokens()[verb], {"email": OMAR, "code": CODE})
        assert "Layla confirmed" in posted.words

    kept = await decided(hub)
    assert kept is not None
    assert kept.verb == "confirm"


async def test_of_two_who_press_at_the_same_moment_one_decides(hub):
    one, other = Browser(hub), Browser(hub)
    forms = [
        (await each.open(tokens()[verb])).form
        for each, verb in ((one, "confirm"), (other, "reject"))
    ]

    shown = await asyncio.gather(
        one.post(tokens()["confirm"], {"form": forms[0], "email": LAYLA, "code": CODE}),
        other.post(tokens()["reject"], {"form": forms[1], "email": OMAR, "code": CODE}),
    )

    kept = await decided(hub)
    assert kept is not None
    assert [page.status for page in shown] == [200, 200]
    assert all(kept.name in page.words for page in shown)
    assert sum("Thank you" in page.words for page in shown) == 1
    assert await hub.rows() == 1
    assert len(await hub.store.run(audit.listing)) == 1


async def test_a_stranger_a_wrong_code_and_another_connections_approver_look_the_same(gate):
    pages = [
        await Browser(gate).press(tokens()["confirm"], email, code)
        for email, code in (
            (LAYLA, "wrong code"),
            ("nobody@example.com", CODE),
            ("dana@example.com", CODE),
        )
    ]

    assert {page.status for page in pages} == {403}
    bare = {page.words.replace("\n", " ") for page in pages}
    assert len(bare) == 1
    assert await decided(gate) is None


async def test_after_five_wrong_codes_the_right_one_is_refused_in_the_same_words(gate):
    browser = Browser(gate)
    wrong = [await browser.press(tokens()["confirm"], LAYLA, "guess") for _ in range(5)]

    right = await browser.press(tokens()["confirm"], LAYLA, CODE)

    assert {(page.status, page.words) for page in (*wrong, right)} == {(403, right.words)}
    assert await decided(gate) is None
    other = await browser.press(tokens()["confirm"], OMAR, CODE)
    assert "Omar confirmed" in other.words


async def test_five_guesses_at_once_are_five(gate):
    browsers = [Browser(gate) for _ in range(12)]
    await asyncio.gather(*(one.press(tokens()["confirm"], LAYLA, "guess") for one in browsers))

    assert (await Browser(gate).press(tokens()["confirm"], LAYLA, CODE)).status == 403


async def test_altered_made_up_and_forgotten_are_answered_alike(gate):
    good = tokens()["confirm"]
    other = tokens(replace(QUESTION, id="q9", external_id="404"))["confirm"]
    foreign = tokens(asking=replace(ASKING, keys=[b"x" * 32]))["confirm"]
    browser = Browser(gate)
    pages = [await browser.open(one) for one in (good[:-1], "A" + good, foreign, "", "x/y", "%00")]

    pages.append(await browser.press(other))

    assert {(page.status, page.words) for page in pages} == {(404, pages[0].words)}
    assert await decided(gate, "q9") is None


async def test_a_link_that_is_too_old_says_so_and_decides_nothing(gate):
    old = tokens(days=-0.001)["confirm"]
    browser = Browser(gate)

    shown = await browser.open(old)
    posted = await browser.post(old, {"form": "", "email": LAYLA, "code": CODE})

    assert (shown.status, posted.status) == (410, 410)
    assert "too old" in shown.words
    assert await decided(gate) is None


async def test_a_form_from_elsewhere_is_not_taken(gate):
    token, browser = tokens()["confirm"], Browser(gate)
    form = (await browser.open(token)).form
    good = {"email": LAYLA, "code": CODE}

    none = await browser.post(token, good)
    of_another_link = await browser.post(tokens()["reject"], {"form": form, **good})
    of_another_browser = await Browser(gate).post(token, {"form": form, **good})
    cross = await browser.post(token, {"form": form, **good}, **{"sec-fetch-site": "cross-site"})

    statuses = [page.status for page in (none, of_another_link, of_another_browser, cross)]
    assert statuses == [403, 403, 403, 400]
    assert await decided(gate) is None


async def test_who_has_shown_who_he_is_need_not_show_it_again_for_a_while(gate):
    browser = Browser(gate)
    first = await browser.press(tokens()["confirm"])
    cookie = next(one for one in first.cookies if "visit" not in one)
    assert all(
        part in cookie for part in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/decide/")
    )
    token = tokens(replace(QUESTION, id="q2"))["reject"]

    page = await browser.open(token)
    assert "You are Layla" in page.words
    assert 'type="password"' not in page.text
    await browser.post(token, {"form": page.form})

    kept = await decided(gate, "q2")
    assert kept is not None
    assert (kept.verb, kept.name) == ("reject", "Layla")


async def test_a_cookie_is_worth_nothing_elsewhere_or_once_its_owner_may_not(gate):
    browser = Browser(gate)
    await browser.press(tokens()["confirm"])
    at_buyer = tokens(replace(QUESTION, id="q2", connection="buyer"))["confirm"]
    token = tokens(replace(QUESTION, id="q3"))["confirm"]

    assert "You are" not in (await browser.open(at_buyer)).words
    form = (await browser.open(token)).form
    await gate.store.run(approvers.remove, "factory", LAYLA)
    assert (await browser.post(token, {"form": form})).status == 403

    name = next(one for one in browser.jar if "visit" not in one)
    browser.jar[name] = browser.jar[name][:-2] + "00"
    assert (await browser.post(token, {"form": form})).status == 403
    assert await decided(gate, "q3") is None


async def test_a_new_code_ends_what_the_old_one_opened(gate):
    browser = Browser(gate)
    await browser.press(tokens()["confirm"])
    [layla] = [one for one in await gate.store.run(approvers.listing) if one.email == LAYLA]
    await gate.store.run(approvers.save, layla, "another code")

    page = await browser.open(tokens(replace(QUESTION, id="q2"))["confirm"])

    assert "You are" not in page.words


async def test_somebody_else_at_the_same_browser_can_say_so(gate):
    browser = Browser(gate)
    await browser.press(tokens()["confirm"])
    token = tokens(replace(QUESTION, id="q2"))["confirm"]

    page = await browser.post(token, {"form": (await browser.open(token)).form, "forget": "1"})

    assert 'type="password"' in page.text
    assert "You are" not in (await browser.open(token)).words
    assert await decided(gate, "q2") is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a" * 40_000, FORM),
        (b"reason=" + b"a" * 2001, FORM),
        (b"\xff\xfe", FORM),
        (b"form=%FF", FORM),
        (b"surprise=1", FORM),
        (b"&".join(b"form=%d" % n for n in range(50)), FORM),
        (b'{"form":"x"}', "application/json"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    ],
)
async def test_what_is_no_form_of_ours_decides_nothing(gate, body, kind):
    shown = await Browser(gate).post(tokens()["confirm"], body, **{"content-type": kind})

    assert shown.status in (400, 403)
    assert await decided(gate) is None


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_do_nothing(gate, method):
    shown = await Browser(gate).send(tokens()["confirm"], method)

    assert (shown.status, shown.headers["Allow"]) == (405, "GET, HEAD, POST")


async def test_an_address_that_guesses_much_waits(gate):
    browser = Browser(gate)
    for number in range(int(BURST)):
        await browser.open(f"guess-{number}")

    shown = await browser.open(tokens()["confirm"])

    assert shown.status == 429
    assert int(shown.headers["Retry-After"]) > 0


async def test_every_answer_is_private_and_loads_nothing(gate):
    browser = Browser(gate)
    pages = [
        await browser.open(tokens()["confirm"]),
        await browser.open("nonsense"),
        await browser.press(tokens()["confirm"]),
    ]
    for page in pages:
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Frame-Options"] == "DENY"
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "<script" not in page.text
        assert "http" not in page.text.replace("https://hub.example.com", "")


@pytest.mark.parametrize(
    ("accepted", "language", "direction", "words"),
    [
        ("ar-SA,ar;q=0.9,en;q=0.8", "ar", "rtl", "تأكيد S00012"),
        ("uk", "uk", "ltr", "Підтвердити S00012"),
        ("de,fr;q=0.9", "en", "ltr", "Confirm S00012"),
        ("en;q=0.1, uk;q=0.9, ar;q=x", "uk", "ltr", "Підтвердити"),
        ("", "en", "ltr", "Confirm"),
    ],
)
async def test_the_page_speaks_the_readers_language(gate, accepted, language, direction, words):
    shown = await Browser(gate, language=accepted).open(tokens()["confirm"])

    assert f'<html lang="{language}" dir="{direction}">' in shown.text
    assert words in shown.words
    assert shown.headers["Content-Language"] == language


async def test_a_lock_of_another_time_does_not_last(gate):
    browser = Browser(gate)
    for _ in range(5):
        await browser.press(tokens()["confirm"], LAYLA, "guess")
    open_again = update(people).values(locked_until=None, failures=0)
    await gate.store.run(lambda conn: conn.execute(open_again))

    assert "Layla confirmed" in (await browser.press(tokens()["confirm"])).words


async def test_without_anybody_who_asks_there_is_no_page(sqlite_store):
    from tests.web.shop import served  # noqa: PLC0415 - the only test that needs it

    async with served(sqlite_store, {}) as plain:
        assert (await Browser(plain).open(tokens()["confirm"])).status == 404
