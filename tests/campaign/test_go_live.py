"""Before go-live, on 10,000 SKUs: neither proposals, a plan nor a shadow write, and all tell the truth."""

import pytest

from tests.cli.conftest import caller, connect, stand_in, write_flow

PRODUCT = "supply.product"
SKUS = 10_000
KNOWN = 9_000

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(900)]


def test_what_is_told_of_ten_thousand_products_before_is_what_a_run_does(tmp_path):
    home = tmp_path / "home"
    call = caller(home)
    with (
        stand_in("factory", 16, products=SKUS, partners=0) as factory,
        stand_in("buyer", 18, products=KNOWN, partners=0) as buyer,
    ):
        call("init")
        for stand in (factory, buyer):
            connect(call, stand)
        write_flow(home)
        call("run", "--link", "supplier", "--link", "customer", "--link", "category")
        written = factory.writes(), buyer.writes()

        proposed = call("link", "propose", PRODUCT, "--accept", "0.8", "--json").told
        planned = one(call("plan", "--link", "product", "--json").told["links"])
        write_flow(home, "[flows.links.product]\nshadow = true\n")
        shadowed = one(call("run", "--link", "product", "--json").told["links"])

        assert (factory.writes(), buyer.writes()) == written
        assert proposed["accepted"] == proposed["counts"]["sure"] == KNOWN
        write_flow(home)
        real = one(call("run", "--link", "product", "--json").told["links"])
        assert real["written"] == planned["create"] + planned["update"] == shadowed["skipped"]
        assert planned["create"] == proposed["counts"]["new"]
        assert buyer.writes() > written[1]


def one(links):
    (found,) = (each for each in links if each["link"] == PRODUCT)
    return found
