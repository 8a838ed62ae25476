"""Going live from the command line: proposals, pairs, and a link in shadow mode."""

import csv
import json

import pytest

from tests.cli.conftest import caller, connect, stand_in, write_flow

PRODUCT = "supply.product"
ONLY = ("--link", "product")
SHADOW = "[flows.links.product]\nshadow = true\n"


@pytest.fixture
def world(tmp_path):
    """Two systems that have goods in common, and nothing carried over yet."""
    home = tmp_path / "home"
    call = caller(home)
    with (
        stand_in("factory", 16, products=6, partners=0) as factory,
        stand_in("buyer", 18, products=4, partners=0) as buyer,
    ):
        call("init")
        for stand in (factory, buyer):
            connect(call, stand)
        write_flow(home)
        call("run", "--link", "supplier", "--link", "customer")
        yield call, home, factory, buyer


def test_what_both_systems_have_is_proposed_stored_and_carried_over(world, tmp_path):
    call, _, factory, buyer = world
    factory.create("product.product", {"name": "Lamp", "default_code": "L-1"})
    for name in ("Lamp", "Leuchte"):
        buyer.create("product.product", {"name": name, "default_code": "L-1"})
    written = factory.writes(), buyer.writes()
    file = tmp_path / "proposals.csv"

    looked = call("link", "propose", PRODUCT, "--output", str(file), "--json")
    in_words = call("link", "propose", PRODUCT)
    counts = looked.told["counts"]

    assert looked.code == in_words.code == 1
    assert (counts["doubt"], counts["bound"]) == (1, 0)
    assert counts["sure"] == 4
    assert sum(counts.values()) == len(looked.told["proposals"])
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["state"] for row in rows] == [one["state"] for one in looked.told["proposals"]]
    assert "May be the same: 1" in in_words.out
    assert "the same internal reference" in in_words.out
    assert "Nothing was stored." in in_words.out
    assert "Neither system was written to." in in_words.out
    assert call("questions", "list", "--json").told["questions"] == []

    new = next(one["source_id"] for one in looked.told["proposals"] if one["state"] == "sure")
    done = call("link", "propose", PRODUCT, "--accept", "0.8", "--reject", new, "--json")
    assert (done.told["accepted"], done.told["asked"], done.told["rejected"]) == (3, 1, 1)
    assert (factory.writes(), buyer.writes()) == written
    (question,) = call("questions", "list", "--json").told["questions"]
    assert question["place"] == PRODUCT
    after = call("link", "propose", PRODUCT, "--json").told["counts"]
    assert (after["bound"], after["sure"], after["new"]) == (3, 0, counts["new"] + 1)


def test_two_records_are_paired_by_hand(world):
    call, _, factory, buyer = world
    here = factory.create("product.product", {"name": "Lamp", "default_code": "L-1"})
    there = buyer.create("product.product", {"name": "Leuchte", "default_code": "X"})
    source, target = template(factory, here), template(buyer, there)
    written = buyer.writes()

    paired = call("link", "pair", PRODUCT, source, target)
    gone = call("link", "pair", PRODUCT, source, "999999")

    assert paired.out.startswith(f"{source} Lamp, L-1 and {target} Leuchte, X are one.")
    assert buyer.writes() == written
    assert gone.code == 1
    assert "buyer no 999999" in gone.err
    levels = call("link", "propose", "supply.stock_level")
    assert levels.code == 2
    assert "are not matched by keys" in levels.err


def test_a_link_in_shadow_mode_calls_nothing_that_writes_and_tells_what_it_would(world):
    call, home, factory, buyer = world
    plans = call("plan", "--json").told["links"]
    (planned,) = (one for one in plans if one["link"] == PRODUCT)
    write_flow(home, SHADOW)
    written = factory.writes(), buyer.writes()

    ran = call("run", *ONLY, "--json")
    status = call("status")
    (told,) = (
        one for one in call("status", "--json").told["links"] if one["link"] == PRODUCT
    )  # fmt: skip

    assert ran.told["links"][0]["written"] == 0
    assert (factory.writes(), buyer.writes()) == written
    assert (told["shadow"], told["withheld"]) == (True, ran.told["links"][0]["skipped"])
    assert told["withheld"] == planned["create"] + planned["update"] + planned["merged"]
    what = f"{told['withheld']} records"
    assert f"{PRODUCT} is in shadow mode: it would have written {what}." in status.out
    lines = json.loads(call("ledger", "export", "--format", "json").out)
    reasons = [one["reason"] for one in lines if one["link"] == PRODUCT]
    assert sum(one.startswith("Shadow mode: it would be created") for one in reasons) == 2
    assert sum(one.startswith("Shadow mode: it would be joined with") for one in reasons) == 4

    plans = call("plan", "--json").told["links"]
    assert planned in plans  # what will be when it leaves the shadow
    write_flow(home)
    real = call("run", "--json").told["links"]
    (live,) = (one for one in real if one["link"] == PRODUCT)
    assert live["written"] + live["merged"] == told["withheld"]
    assert call("status", "--json").told["links"][0]["withheld"] == 0


def template(system, variant):
    (row,) = (one for one in system.rows("product.product") if one["id"] == variant)
    return str(row["product_tmpl_id"])
