"""Questions from the command line: listed, shown, answered, taken back, over a real home."""

from typing import Any

import pytest

from qantara.sandbox.odoo import OdooStandIn
from tests.cli.conftest import Call, connect, write_flow

ONLY = ("--link", "partner")


@pytest.fixture
def twins(call: Call, factory: OdooStandIn, buyer: OdooStandIn, tmp_path):
    """A partner of the factory, and the two of the buyer that it may be."""
    call("init")
    connect(call, factory)
    connect(call, buyer)
    write_flow(tmp_path / "home")
    call("run")
    facts = {"vat": "SA399999999900003", "is_company": True, "city": "Riyadh"}
    here = factory.create("res.partner", {"name": "Sky", **facts})
    there = [buyer.create("res.partner", {"name": name, **facts}) for name in ("Sky A", "Sky B")]
    yield here, there
    factory.call("res.partner", "unlink", [here])
    buyer.call("res.partner", "unlink", there)


def test_a_question_is_listed_shown_and_answered(call, buyer, twins):
    _, there = twins
    ran = call("run", *ONLY)
    asked = about_sky(call)
    number = str(asked["id"])
    listed = call("questions", "list", *ONLY)
    shown = call("questions", "show", number)

    assert ran.code == 1
    assert (
        asked["title"]
        == "Which partner of buyer is Sky, Riyadh, SA399999999900003 of factory, or is it new?"
    )
    assert f"{there[0]}: Sky A, Riyadh, SA399999999900003, 9" in listed.out
    assert "For it: the same city riyadh; the same VAT number SA399999999900003." in shown.out
    assert f"Answer with: qantara questions answer {number} {there[0]}, or {there[1]}, or new" in (
        shown.out
    )
    letters = call("dead-letters", "list", "--json").told["dead_letters"]
    assert [one for one in letters if f"qantara questions show {number}" in one["remedy"]]

    answered = call("questions", "answer", number, str(there[1]))
    again = call("run", *ONLY)

    assert "1 record waited" in answered.out
    assert again.code == 0
    assert name_of(buyer, there[1]) == "Sky"
    assert name_of(buyer, there[0]) == "Sky A"
    assert "Sky" not in call("questions", "list").out
    kept = about_sky(call, "--answered")
    assert (kept["state"], kept["answer"]) == ("answered", str(there[1]))


def test_an_answer_is_taken_back(call, twins):
    _, there = twins
    call("run", *ONLY)
    number = str(about_sky(call)["id"])
    call("questions", "answer", number, str(there[1]))
    call("run", *ONLY)

    reopened = call("questions", "reopen", number)
    call("run", *ONLY)

    assert "taken back" in reopened.out
    assert call("questions", "show", number, "--json").told["question"]["state"] == "open"
    call("questions", "answer", number, "skip")
    assert call("run", *ONLY).code == 0
    other = call("questions", "answer", number, "skip", "--json").told
    assert other["question"]["answer"] == "skip"


def about_sky(call: Call, *more: str) -> Any:
    every = call("questions", "list", "--json", *more).told["questions"]
    return next(one for one in every if "Sky" in one["title"])


def name_of(stand: OdooStandIn, one: int) -> str:
    return str(next(row["name"] for row in stand.rows("res.partner") if row["id"] == one))


def test_another_answer_takes_the_first_one_back(call, buyer, twins):
    _, there = twins
    call("run", *ONLY)
    asked = about_sky(call)
    number = str(asked["id"])
    call("questions", "answer", number, str(there[0]))
    call("run", *ONLY)

    call("questions", "answer", number, str(there[1]))
    call("run", *ONLY)

    assert [name_of(buyer, one) for one in there] == ["Sky", "Sky"]


@pytest.mark.parametrize("words", [("show", "77"), ("answer", "77", "new"), ("reopen", "77")])
def test_a_question_that_is_not_there_is_told(call, words):
    call("init")

    told = call("questions", *words)

    assert told.code == 2
    assert "There is no question 77" in told.err


def test_what_is_no_answer_is_told_with_those_there_are(call, twins):
    call("run", *ONLY)
    asked = about_sky(call)

    told = call("questions", "answer", str(asked["id"]), "maybe")

    assert "'maybe' is no answer" in told.err
    assert "new, skip" in told.err
