"""A person is told what drifted, which side moved, and has it mended by one option."""

import pytest

from qantara.cli import drift
from tests.cli.conftest import CANARY, LOGIN, connect, write_flow
from tests.sandbox.callers import Rpc

WHICH = ("--link", "product")


@pytest.fixture
def loaded(call, factory, buyer, tmp_path, monkeypatch):
    """A home whose products have been carried over; calls the buyer's Odoo."""
    monkeypatch.setattr(drift, "PATIENCE", 0.01)
    call("init")
    connect(call, factory)
    connect(call, buyer)
    write_flow(tmp_path / "home")
    assert call("run").code in (0, 1)
    return Rpc(buyer, LOGIN, CANARY)


def renamed(rpc: Rpc, name: str) -> int:
    (one,) = rpc("product.template", "search", [("name", "!=", "x")], limit=1, order="id desc")
    rpc("product.template", "write", [one], {"name": name})
    return one


def test_where_all_agrees_the_second_look_reads_nothing(call, loaded):
    first, second = call("drift", "--json"), call("drift", "--json")

    assert first.code == 0
    assert first.told["agree"] is True
    products = {one["link"]: one for one in second.told["links"]}["supply.product"]
    assert products["complete"] is True


def test_what_was_changed_at_the_target_is_named_and_mended(call, loaded):
    call("drift", *WHICH)
    one = renamed(loaded, "Ours")

    found, as_json = call("drift", *WHICH), call("drift", *WHICH, "--json")
    mended = call("drift", *WHICH, "--repair")
    after = call("drift", *WHICH)

    assert (found.code, as_json.code, mended.code, after.code) == (1, 1, 0, 0)
    assert "was changed at buyer (name)" in found.out
    (finding,) = as_json.told["findings"]
    assert (finding["cause"], finding["target_id"]) == ("target", str(one))
    assert finding["fields"][0]["field"] == "name"
    assert "All agrees now." in mended.out
    (row,) = loaded("product.template", "read", [one], ["name"])
    assert row["name"] != "Ours"


def test_reading_everything_is_an_option(call, loaded):
    told = call("drift", *WHICH, "--deep", "--json").told

    (products,) = told["links"]
    assert products["compared"] >= 12
    assert told["agree"] is True
    assert told["repaired"] is None
