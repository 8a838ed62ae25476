"""A person with a phone and no scripts decides, in each language, in a real browser."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from qantara.storage import approvers
from qantara.storage.store import Store
from tests.web.chromium import ABSENT, PROGRAM, chromium
from tests.web.desk import ASKING, CODE, LAYLA, QUESTION, asking_hub, decided, tokens

pytestmark = [pytest.mark.campaign, pytest.mark.skipif(not PROGRAM, reason=ABSENT)]

PICTURES = os.environ.get("QANTARA_PICTURES", "")
"""A folder for what was seen; none is kept without it."""

NARROW = 320


SEEN = {
    "en": ('lang="en" dir="ltr"', "Confirm S00012?", "Thank you, Layla", "decided already"),
    "ar": ('lang="ar" dir="rtl"', "تأكيد S00012؟", "شكراً Layla", "تم اتخاذ القرار"),
    "uk": ('lang="uk" dir="ltr"', "Підтвердити S00012?", "Дякуємо, Layla", "Рішення вже ухвалено"),
}


@pytest.mark.parametrize("language", SEEN)
async def test_a_person_decides(sqlite_store: Store, monkeypatch, language):
    monkeypatch.setattr(approvers, "COST", 2)
    head, ask, done, already = SEEN[language]
    async with asking_hub(sqlite_store) as hub, chromium() as browser:
        address = f"{hub.url}/decide/{tokens()['confirm']}"
        await browser.begin(width=NARROW, language=language)

        page = await browser.open(address)
        await _seen(browser, f"decide-{language}")
        assert f"<html {head}>" in page
        assert ask in page
        assert await browser.width() <= NARROW
        await browser.type("input[name=email]", LAYLA)
        await browser.type("input[name=code]", "a wrong code")
        page = await browser.click("form > button:last-of-type")
        assert 'class="alert"' in page
        await browser.type("input[name=code]", CODE)
        await browser.type("textarea", "حسب الاتفاق")
        page = await browser.click("form > button:last-of-type")

        await _seen(browser, f"decided-{language}")
        assert done in page
        assert already in await browser.open(address)
        assert await browser.width() <= NARROW
        kept = await decided(hub)
        assert kept is not None
        assert (kept.name, kept.reason) == ("Layla", "حسب الاتفاق")

        again = tokens(replace(QUESTION, id="q2"), asking=ASKING)["reject"]
        page = await browser.open(f"{hub.url}/decide/{again}")
        assert 'type="password"' not in page, "The browser has shown the cookie of before."
        assert [one for one in browser.complaints if "status of 403" not in one] == []


async def _seen(browser, name: str) -> None:
    if PICTURES:
        await browser.picture(Path(PICTURES) / f"{name}.png")
