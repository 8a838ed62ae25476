"""A conflict from the command line: asked, listed, shown, previewed, decided, carried out."""

import pytest

from qantara.sandbox.odoo import OdooStandIn
from tests.cli.conftest import Call, connect, write_flow

TWO_WAY = """\
[flows.links.partner]
two_way = true
rules = { phone = "ask" }
"""

ONLY = ("--link", "partner", "--link", "partner_back")


@pytest.fixture
def joined(call: Call, factory: OdooStandIn, buyer: OdooStandIn, tmp_path):
    """The id of one partner at both sides, after a first run."""
    call("init")
    connect(call, factory)
    connect(call, buyer)
    write_flow(tmp_path / "home", TWO_WAY)
    here = factory.call("res.partner", "create", [{"name": "Sky", "ref": "S-7", "phone": "1"}])[0]
    call("run")
    (there,) = [row["id"] for row in buyer.rows("res.partner") if row.get("ref") == "S-7"]
    yield here, there
    for stand, one in ((factory, here), (buyer, there)):
        stand.call("res.partner", "unlink", [one])


def phone(stand: OdooStandIn, one: int) -> str:
    return next(row["phone"] for row in stand.rows("res.partner") if row["id"] == one)


def test_a_conflict_is_listed_decided_and_carried_out(call, factory, buyer, joined):
    here, there = joined
    factory.write("res.partner", here, {"phone": "11"})
    buyer.write("res.partner", there, {"phone": "22"})

    planned = call("plan", "--link", "partner")
    ran = call("run", *ONLY)
    listed = call("conflicts", "list", "--json").told["conflicts"]
    shown = call("conflicts", "show", str(listed[0]["id"]))

    assert (planned.code, ran.code) == (1, 1)
    assert "phone: 11 at the source, 22 at the target" in planned.out
    [one] = listed
    assert (one["field"], one["source_value"], one["target_value"]) == ("phone", "11", "22")
    assert (one["source_id"], one["target_id"], one["state"]) == (str(here), str(there), "open")
    assert "11" in shown.out
    assert (phone(factory, here), phone(buyer, there)) == ("11", "22")

    decided = call("conflicts", "decide", str(one["id"]), "target")
    call("run", *ONLY)

    assert decided.code == 0
    assert phone(factory, here) == phone(buyer, there) == "22"
    assert "Nothing waits" in call("conflicts", "list").out
    assert call("conflicts", "list", "--settled", "--json").told["conflicts"][0]["choice"] == (
        "target"
    )
    assert call("conflicts", "decide", str(one["id"]), "source").code == 1


def test_all_conflicts_of_a_link_are_decided_at_once(call, factory, buyer, joined):
    here, there = joined
    factory.write("res.partner", here, {"phone": "12", "city": "Riyadh"})
    buyer.write("res.partner", there, {"phone": "21", "city": "Jeddah"})
    call("run", *ONLY)
    assert len(call("conflicts", "list", "--link", "partner", "--json").told["conflicts"]) == 2

    decided = call("conflicts", "decide", "source", "--all", "--link", "partner", "--json").told
    call("run", *ONLY)

    assert len(decided["decided"]) == 2
    assert phone(factory, here) == phone(buyer, there) == "12"
    assert call("conflicts", "list", "--json").told["conflicts"] == []


@pytest.mark.parametrize(
    "words",
    [("1",), ("1", "both"), ("source",), ("one", "source"), ("1", "source", "--all")],
)
def test_what_is_not_understood_is_told(call, words):
    call("init")

    refused = call("conflicts", "decide", *words)

    assert refused.code == 2


def test_a_conflict_that_is_not_there_is_told(call):
    call("init")

    assert "There is no conflict 7" in call("conflicts", "show", "7").err


def test_a_link_that_cannot_be_two_way_is_refused_with_its_line(call, factory, buyer, tmp_path):
    call("init")
    connect(call, factory)
    connect(call, buyer)
    write_flow(tmp_path / "home", "[flows.links.product]\ntwo_way = true\n")

    refused = call("run")

    assert refused.code == 2
    assert "line 6: The link product cannot be two-way" in refused.err
