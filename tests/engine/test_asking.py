"""Links that ask people: what is signed is read again, and nothing else is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from qantara.engine.asking import Asking, NoToken, Question, question_id

ENDS = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
QUESTION = Question(
    id=question_id("supply.approval", "12"),
    link="supply.approval",
    connection="factory",
    entity="sale_order",
    external_id="12",
    number="S00012",
    about="دلتا, P00007, 5,400.00 SAR",
    total="5400.00 SAR",
)
ASKING = Asking(address="https://hub.example.com/", keys=[b"k" * 32])


def tokens(asking: Asking = ASKING) -> list[str]:
    choices = asking.choices(QUESTION, ("confirm", "reject"), ENDS)
    return [one.address.rpartition("/")[2] for one in choices]


def test_a_link_leads_to_the_hub_and_says_what_was_asked():
    confirm, reject = ASKING.choices(QUESTION, ("confirm", "reject"), ENDS)

    assert confirm.address.startswith("https://hub.example.com/decide/")
    told = [ASKING.read(token) for token in tokens()]
    assert [one.verb for one in told] == ["confirm", "reject"]
    assert [one.question for one in told] == [QUESTION, QUESTION]
    assert {one.expires_at for one in told} == {ENDS}
    assert (confirm.label.value, reject.label.translations["uk"]) == ("Confirm", "Відхилити")
    assert QUESTION.flow == "supply"


def test_every_altered_character_is_noticed():
    token = tokens()[0]
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(NoToken):
            ASKING.read(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize(
    "token", ["", ".", "a.b", "x" * 5000, "é.é", "no-stop", "." + "A" * 43, "\0.\0"]
)
def test_nonsense_is_no_token(token):
    with pytest.raises(NoToken):
        ASKING.read(token)


def test_another_key_opens_nothing():
    with pytest.raises(NoToken):
        replace(ASKING, keys=[b"o" * 32]).read(tokens()[0])


def test_an_older_key_opens_while_the_key_is_rotated():
    rotated = replace(ASKING, keys=[b"n" * 32, b"k" * 32])

    assert rotated.read(tokens()[0]).question == QUESTION
    assert tokens(rotated)[0] != tokens()[0]


def test_the_key_is_not_in_what_is_shown():
    assert "k" * 32 not in repr(ASKING)
