"""What needs a person: found, grouped, corrected, sent again, taken elsewhere; each with a name."""

import csv
import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from qantara.cli.desk import actor
from qantara.sandbox.odoo import OdooStandIn
from qantara.storage import audit, bindings, dead_letters, work
from qantara.storage.bindings import Binding
from qantara.storage.dead_letters import Letter
from qantara.storage.schema import dead_letters as table
from qantara.storage.statements import now
from qantara.storage.store import Store
from tests.cli.conftest import Call, Called, caller, connect, stand_in, write_flow
from tests.cli.test_failures import HOLD

NAMELESS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A home in which five products without an SKU were put aside."""

    home: Path
    call: Call
    factory: OdooStandIn
    buyer: OdooStandIn

    @property
    def store(self) -> Store:
        return Store.open(f"sqlite:///{self.home / 'qantara.sqlite3'}")

    def letters(self, *words: str) -> list[dict]:
        return self("list", *words, "--json").told["dead_letters"]

    def deeds(self) -> list[audit.Deed]:
        with self.store as store:
            return store.run_here(audit.listing)

    def __call__(self, *words: str, stdin: str = "") -> Called:
        return self.call("dead-letters", *words, stdin=stdin)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("letters") / "home"
    with (
        stand_in("factory", 16, products=2, partners=0) as factory,
        stand_in("buyer", 18, products=0, partners=0) as buyer,
    ):
        for number in range(NAMELESS):
            factory.create("product.product", {"name": f"Nameless {number}", "list_price": 1.5})
        call = caller(home)
        call("init")
        for stand in (factory, buyer):
            connect(call, stand)
        write_flow(home)
        assert call("run").code == 1
        yield World(home=home, call=call, factory=factory, buyer=buyer)


def test_the_same_error_many_times_is_one_group(world: World):
    told, every, as_json = world("list"), world("list", "--all"), world("list", "--json").told

    assert f"{NAMELESS} × Rejected on supply.product" in told.out
    assert told.out.count("has no internal reference") == 3
    assert "… and 2 more: --link supply.product --code Rejected --all" in told.out
    assert every.out.count("has no internal reference") == NAMELESS
    (group,) = as_json["groups"]
    assert (group["count"], group["link"], group["code"]) == (5, "supply.product", "Rejected")
    assert len(as_json["dead_letters"]) == NAMELESS


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--link", "product"), 5),
        (("--link", "supply.product", "--code", "Rejected"), 5),
        (("--link", "category"), 0),
        (("--code", "MissingReference"), 0),
        (("--older-than", "1d"), 0),
    ],
)
def test_letters_are_found_by_link_code_and_age(world: World, words, count: int):
    assert len(world.letters(*words)) == count


def test_letters_that_wait_for_long_are_found(world: World):
    moment = now() - timedelta(days=2)
    aged = update(table).values(first_at=moment, last_at=moment)
    with Store.open(f"sqlite:///{world.home / 'qantara.sqlite3'}") as store:
        store.run_here(lambda conn: conn.execute(aged))

    assert len(world.letters("--older-than", "1d", "--link", "product")) == 5


def test_an_age_that_is_none_is_told(world: World):
    refused = world("list", "--older-than", "soon")

    assert refused.code == 2
    assert "30m, 1h or 2d" in refused.err


def test_a_letter_shows_both_records(world: World):
    first = world.letters()[0]["id"]
    told = world("show", str(first), "--json").told["dead_letter"]
    with world.store as store:
        places = [("factory", "77", "sku:F-7"), ("buyer", "88", "")]
        store.run_here(bindings.bind, [_bound(*place) for place in places])
        known = replace(_odd(77), external_id="77", record="r77", target_id="88", code="NotKept")
        store.run_here(dead_letters.park, [known])
    last = str(world.letters("--code", "NotKept")[0]["id"])
    shown, as_json = world("show", last), world("show", last, "--json").told["dead_letter"]
    with world.store as store:
        store.run_here(dead_letters.resolve, "supply.product", ["77"], "It went through.")

    assert told["source"]["name"] == "Nameless 0"
    assert told["source"]["url"] == world.factory.url
    assert told["target"] is None
    assert as_json["source"]["id"] == "77"
    assert as_json["target"] == {
        "connection": "buyer",
        "entity": "product",
        "id": "88",
        "name": "",
        "url": world.buyer.url,
    }
    assert f"To: product 88 of buyer, {world.buyer.url}" in shown.out


def test_a_correction_is_kept_with_what_was_there_before_and_by_whom(world: World):
    number = world.letters()[1]["id"]

    done = world("edit", str(number), "--set", "variants.0.sku=A-77", "--set", "name=Stool")
    more = world("edit", str(number), "--set", "bought=false", "--json").told
    (listed,) = (one for one in world.letters() if one["id"] == number)
    deed = world.deeds()[1]
    cleared = world("edit", str(number), "--clear", "--json").told

    assert "name: Nameless 1 -> Stool" in done.out
    assert f"qantara dead-letters retry {number}" in done.out
    assert more["corrections"] == [{"path": "bought", "before": True, "after": False}]
    assert more["patch"] == {"variants.0.sku": "A-77", "name": "Stool", "bought": False}
    assert listed["patch"] == more["patch"]
    assert (deed.actor, deed.action) == (actor(), "edit dead letter")
    assert deed.detail == {
        "dead letter": str(number),
        "name": "Nameless 1 -> Stool",
        "variants.0.sku": " -> A-77",
    }
    assert cleared["patch"] == {}
    assert [one["patch"] for one in world.letters()] == [None] * NAMELESS


@pytest.mark.parametrize(
    ("value", "reason", "remedy"),
    [
        ("nmae=Stool", "no field nmae", "It has name, kind, unit"),
        ("variants.0.weight=heavy", "cannot be 'heavy'", "It takes a number."),
        ("extra.colour=red", "does not carry the field extra", "It carries active"),
        ("Stool", "is not FIELD=VALUE", ""),
    ],
)
def test_a_correction_that_cannot_be_is_refused(world: World, value: str, reason: str, remedy: str):
    refused = world("edit", str(world.letters()[0]["id"]), "--set", value)

    assert refused.code == 2
    assert reason in refused.err
    assert remedy in refused.err
    assert world.letters()[0]["patch"] is None


def test_an_edit_says_what_it_wants(world: World):
    assert world("edit", "1").code == 2
    assert world("edit", "9999", "--clear").code == 2


def test_many_letters_are_sent_only_after_a_yes(world: World):
    words = ("retry", "--link", "product", "--code", "Rejected")
    asked = world(*words, stdin="n\n")
    unanswered = world(*words)
    before = [one["count"] for one in world.letters()]
    answered = world(*words, stdin="y\n")
    told = world(*words, "--yes", "--json").told

    assert (asked.code, unanswered.code) == (2, 2)
    assert f"Send {NAMELESS} letters again?" in asked.err
    assert f"{NAMELESS} × Rejected on supply.product" in asked.err
    assert "say --yes" in unanswered.err
    assert before == [1] * NAMELESS, "nothing was sent"
    assert (answered.code, len(told["open"])) == (1, NAMELESS)
    assert [one["count"] for one in world.letters()] == [3] * NAMELESS
    numbers = ", ".join(str(one["id"]) for one in world.letters())
    assert (world.deeds()[0].actor, world.deeds()[0].detail) == (
        actor(),
        {"dead letters": numbers},
    )


def test_letters_that_are_not_meant_are_left_alone(world: World):
    told = world("retry", "--code", "MissingReference", "--older-than", "1h", "--json").told

    assert told == {"retried": [], "resolved": [], "open": [], "asked": []}
    assert world("retry").code == 2
    assert world("retry", "1", "--link", "product").code == 2


def test_the_qantara_at_work_is_asked(world: World):
    number = world.letters()[0]["id"]
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, world.home], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        other.stdout.readline()
        told = world("retry", str(number), "--json").told
        other.kill()
    with world.store as store:
        waiting = store.run_here(work.due, "supply.product")
        asked = store.run_here(dead_letters.take_retries, "supply.product")

    assert (told["asked"], told["retried"]) == ([number], [])
    assert [task.external_id for task in waiting] == asked == [world.letters()[0]["external_id"]]
    world.call("run")


def test_a_corrected_record_goes_through_and_the_source_is_still_remembered(world: World):
    letter = world.letters()[-1]
    world("edit", str(letter["id"]), "--set", "variants.0.sku=A-99")

    sent = world("retry", str(letter["id"]), "--json")

    assert sent.told["resolved"] == [letter["id"]]
    row = next(row for row in world.buyer.rows("product.product") if row["default_code"] == "A-99")
    template = int(letter["external_id"])
    (product,) = (
        one for one in world.factory.rows("product.product") if one["product_tmpl_id"] == template
    )
    world.factory.write("product.product", product["id"], {"default_code": "A-100"})
    world.factory.write("product.template", template, {"name": "Named"})
    world.call("run", "--link", "product")
    (now,) = (one for one in world.buyer.rows("product.product") if one["id"] == row["id"])
    named = {one["id"]: one["name"] for one in world.buyer.rows("product.template")}
    assert (now["default_code"], named[now["product_tmpl_id"]]) == ("A-100", "Named")


def test_a_record_that_later_goes_through_resolves_its_letter(world: World):
    letter = world.letters()[0]
    (product,) = (
        row
        for row in world.factory.rows("product.product")
        if str(row["product_tmpl_id"]) == letter["external_id"]
    )
    world.factory.write("product.product", product["id"], {"default_code": "NF-NAMED"})
    world.call("run", "--link", "product")

    shown = world("show", str(letter["id"]), "--json").told["dead_letter"]

    assert (shown["state"], shown["resolution"]) == ("resolved", "The record went through.")


def test_letters_are_exported_however_many_there_are(tmp_path: Path):
    call, home = caller(tmp_path / "home"), tmp_path / "home"
    call("init")
    with Store.open(f"sqlite:///{home / 'qantara.sqlite3'}") as store:
        store.run_here(dead_letters.park, [_odd(number) for number in range(1234)])

    as_csv = list(csv.DictReader(call("dead-letters", "export").out.splitlines()))
    as_json = json.loads(call("dead-letters", "export", "--format", "json").out)
    file = tmp_path / "letters.csv"
    told = call("dead-letters", "export", "--code", "Odd", "--output", str(file))

    assert len(as_csv) == len(as_json) == 1234
    assert as_csv[0]["reason"] == "'=HYPERLINK(1)", "a spreadsheet must not run it"
    assert as_json[0]["reason"] == "=HYPERLINK(1)"
    assert as_json[0]["id"] == int(as_csv[0]["id"]) == 1
    assert "617 letters in" in told.err
    assert len(file.read_text().splitlines()) == 618
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def _bound(connection: str, id_: str, key: str) -> Binding:
    return Binding(record="r77", connection=connection, entity="product", external_id=id_, key=key)


def _odd(number: int) -> Letter:
    return Letter(
        link="supply.product",
        connection="factory",
        entity="product",
        external_id=f"{number:05}",
        version="1",
        reason="=HYPERLINK(1)",
        code="Odd" if number % 2 else "Even",
    )
