"""From the plan to the proof: each command tells what happened, in words and as JSON."""

import re

import pytest

from qantara.cli import reference
from tests.cli.conftest import caller, connect, stand_in, write_flow

CARRIED = [
    *("supply.supplier", "supply.customer", "supply.category", "supply.partner"),
    *("supply.product", "supply.warehouse", "supply.stock_level"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A home in which all was carried over once, with one product put aside."""
    home = tmp_path_factory.mktemp("journey") / "home"
    call = caller(home)
    with (
        stand_in("factory", 16, products=12, partners=6) as factory,
        stand_in("buyer", 18, products=2, partners=0) as buyer,
    ):
        factory.create("product.product", {"name": "Nameless", "list_price": 1.0})
        call("init")
        for stand in (factory, buyer):
            connect(call, stand)
        write_flow(home)
        before = buyer.writes()
        planned = call("plan", "--json"), call("plan")
        quiet = buyer.writes() == before
        yield {
            "call": call,
            "home": home,
            "factory": factory,
            "buyer": buyer,
            "planned": planned,
            "quiet": quiet,
            "ran": call("run", "--json"),
        }


@pytest.fixture
def run(world):
    return world["call"]


def test_a_plan_writes_nothing_and_says_what_a_run_would_do(world):
    as_json, in_words = world["planned"]

    counts = {one["link"]: one for one in as_json.told["links"]}
    assert world["quiet"]
    assert as_json.code == in_words.code == 1  # one product would be put aside
    assert counts["supply.product"]["parked"] == 1
    assert {one["operation"] for one in as_json.told["planned"]} <= {
        *("create", "update", "merged", "skipped", "parked")
    }
    assert "+ create" in in_words.out
    assert "! put aside" in in_words.out
    assert "Nothing was written." in in_words.out


def test_a_run_does_what_was_planned_and_accounts_for_all_it_saw(world):
    ran = {one["link"]: one for one in world["ran"].told["links"]}
    planned = {one["link"]: one for one in world["planned"][0].told["links"]}

    assert world["ran"].code == 1
    assert world["ran"].told["complete"] is False
    assert list(ran)[: len(CARRIED)] == CARRIED
    for name in ("supply.category", "supply.partner", "supply.product"):
        done, wanted = ran[name], planned[name]
        assert done["seen"] == sum(
            done[result] for result in ("written", "unchanged", "merged", "skipped", "parked")
        )
        assert done["parked"] == wanted["parked"]
        assert done["written"] + done["merged"] == sum(
            wanted[what] for what in ("create", "update", "merged")
        )


def test_a_second_run_writes_nothing(run, world):
    before = world["buyer"].writes(), world["factory"].writes()

    again = run("run", "--json")

    assert (world["buyer"].writes(), world["factory"].writes()) == before
    assert sum(one["written"] + one["merged"] for one in again.told["links"]) == 0


def test_only_the_named_link_runs(run):
    ran = run("run", "supply", "--link", "category", "--json")

    assert [one["link"] for one in ran.told["links"]] == ["supply.category"]
    assert ran.code == 0


def test_a_run_in_words_is_a_table_and_tells_what_needs_a_person(run):
    ran = run("run")

    assert re.search(r"supply\.product +\d", ran.out)
    assert "supply.product: " in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "suply"), "Did you mean 'supply'?"),
        (("run", "--link", "prodct"), "Did you mean 'product'?"),
        (("plan", "nothing"), "no flow 'nothing'"),
        (("verify", "--link", "x"), "no link 'x'"),
    ],
)
def test_a_flow_or_link_that_does_not_exist_is_named_with_the_nearest(run, words, said):
    refused = run(*words)

    assert refused.code == 2
    assert said in refused.err


def test_both_sides_agree_and_a_difference_is_found_and_mended(run, world):
    buyer = world["buyer"]
    product = next(
        row for row in buyer.rows("product.product") if row["default_code"] == "NF-00004"
    )
    buyer.write("product.product", product["id"], {"barcode": "4006381333931"})
    link = ("verify", "--link", "product")

    found, mended = run(*link, "--json"), run(*link, "--repair", "--json")

    differing = [one for one in found.told["findings"] if one["fields"]]
    assert found.code == 1
    assert [one["field"] for each in differing for one in each["fields"]] == ["variants"]
    assert mended.told["links"][0]["repaired"] >= 1
    assert not [one for one in mended.told["findings"] if one["fields"]]
    assert "supply.product" in run(*link).out


def test_status_tells_how_things_stand_without_asking_any_system(run, world):
    before = len(world["factory"].calls), len(world["buyer"].calls)

    told, words = run("status", "--json").told, run("status")

    links = {one["link"]: one for one in told["links"]}
    assert (len(world["factory"].calls), len(world["buyer"].calls)) == before
    assert links["supply.product"]["dead_letters"] == told["dead_letters"] == 1
    assert links["supply.product"]["state"] == "complete"
    assert links["supply.product"]["every"] == "auto"
    assert links["supply.product"]["position"]
    assert links["supply.product"]["next_at"] > links["supply.product"]["started_at"]
    assert (links["supply.product"]["waiting"], told["alerts"]) == (0, [])
    assert [one["usable"] for one in told["connections"]] == [True, True]
    assert "1 dead letter open: qantara dead-letters list" in words.out
    assert words.code == 0


@pytest.mark.parametrize("words", [("NF-00003",), ("--key", "sku:NF-00003")])
def test_the_journey_of_a_record_is_told(run, words):
    told = run("trace", *words, "--json").told["records"]

    (record,) = [one for one in told if one["steps"]]
    places = {(place["connection"], place["entity"]) for place in record["places"]}
    steps = [step["step"] for step in record["steps"]]
    assert places == {("factory", "product"), ("buyer", "product")}
    assert "written" in steps
    assert "effect done" in steps
    assert [step["at"] for step in record["steps"]] == sorted(s["at"] for s in record["steps"])
    assert "Written and read back." in run("trace", *words).out


def test_a_record_may_be_traced_by_its_id(run, world):
    product = next(
        row for row in world["factory"].rows("product.template") if row["name"] == "Nameless"
    )

    traced = run("trace", "product", str(product["id"]))

    assert traced.code == 0
    assert "Put aside as dead letter" in traced.out


def test_a_record_that_nobody_saw_is_told(run):
    assert run("trace", "never-seen").code == 1
    assert "seen no record never-seen" in run("trace", "never-seen").err
    assert run("trace").code == 2


def test_a_dead_letter_is_listed_shown_corrected_and_sent_again(run, world):
    (letter,) = run("dead-letters", "list", "--json").told["dead_letters"]
    number = str(letter["id"])
    shown = run("dead-letters", "show", number)
    still = run("dead-letters", "retry", number, "--json")
    product = next(
        row for row in world["factory"].rows("product.product") if not row.get("default_code")
    )
    world["factory"].write("product.product", product["id"], {"default_code": "NF-NAMED"})

    sent = run("dead-letters", "retry", number, "--json")

    assert letter["reason"]
    assert letter["remedy"]
    assert "What to do: " in shown.out
    assert "Nameless" in shown.out
    assert (still.code, still.told["open"]) == (1, [letter["id"]])
    assert (sent.code, sent.told["resolved"]) == (0, [letter["id"]])
    assert run("dead-letters", "retry", "--all", "--json").told["retried"] == []
    assert "Nothing waits for a person." in run("dead-letters", "list").out
    assert run("dead-letters", "list", "--resolved", "--json").told["dead_letters"]


def test_a_dead_letter_that_does_not_exist_is_told(run):
    assert run("dead-letters", "show", "9999").code == 2
    assert run("dead-letters", "retry").code == 2
    assert run("dead-letters", "retry", "--all", "9999").code == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("check", ("check",)),
        ("plan", ("plan",)),
        ("run", ("run",)),
        ("verify", ("verify",)),
        ("status", ("status",)),
        ("trace", ("trace", "NF-00003")),
        ("dead-letters list", ("dead-letters", "list")),
    ],
)
def test_the_keys_of_json_are_those_of_the_reference(run, name, words):
    told = run(*words, "--json").told

    assert set(told) == set(reference.ANSWERS[name])
    for key, meaning in reference.ANSWERS[name].items():
        rows = told[key] if isinstance(told[key], list) else []
        for row in rows:
            assert {k for k in row if f"`{k}`" not in meaning} == set()
