"""A user's own rules from the command line: shown, set, tried on real records, checked, removed."""

import pytest

from tests.cli.conftest import caller, connect, stand_in, write_flow

ONLY = ("--link", "product")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A home in which all was carried over once."""
    home = tmp_path_factory.mktemp("mapping") / "home"
    call = caller(home)
    with (
        stand_in("factory", 16, products=4, partners=2) as factory,
        stand_in("buyer", 18, products=0, partners=0) as buyer,
    ):
        call("init")
        for stand in (factory, buyer):
            connect(call, stand)
        write_flow(home)
        assert call("run").code == 0
        yield call, home, factory, buyer


@pytest.fixture
def call(world):
    yield world[0]
    for file in (world[1] / "mappings").glob("*"):
        file.unlink()


@pytest.fixture
def file(world):
    path = world[1] / "mappings" / "supply.product.yaml"
    path.parent.mkdir(exist_ok=True)
    return path


def test_a_rule_is_set_tried_run_and_removed(world, call, file):
    _, _, factory, buyer = world
    rule = ("--field", "description", "--expression", "'Made by us: ' + name")
    before = buyer.writes()

    done = call("mapping", "set", "supply.product", *rule, "--transform", "case: upper", "--json")
    ids = [str(row["id"]) for row in factory.rows("product.template")][:2]
    tried = call("mapping", "test", "supply.product", *ids)

    assert (done.code, done.told["saved"], done.told["counter_example"]) == (0, True, None)
    assert "description: nothing → MADE BY US: " in tried.out
    assert "2 records looked at. Nothing was written." in tried.out
    assert buyer.writes() == before
    assert call("run", *ONLY).code == 0
    told = {row["description_sale"] for row in buyer.rows("product.template")}
    assert all(str(one).startswith("MADE BY US: ") for one in told)
    assert call("verify", *ONLY).code == 0
    shown = call("mapping", "show", "supply.product")
    assert "description  translated text" in shown.out
    assert "your rules, below" in shown.out
    assert "= 'Made by us: ' + name; in upper case" in shown.out

    removed = call("mapping", "remove", "supply.product", "--field", "description")
    assert removed.out == "description has no rule any more.\n"
    assert call("mapping", "remove", "supply.product", "--field", "description").code == 1
    assert call("run", *ONLY).code == 0
    assert {row["description_sale"] for row in buyer.rows("product.template")} == {None}


def test_comments_stay_when_a_rule_is_set(call, file):
    file.write_text("# ours\nfields:\n  # the name\n  name: {from: name}\n")

    call("mapping", "set", "supply.product", "--field", "active", "--constant", "true")

    assert file.read_text() == (
        "# ours\nfields:\n  # the name\n  name: {from: name}\n  active:\n    constant: true\n"
    )
    assert file.stat().st_mode & 0o077 == 0


def test_a_rule_that_a_likely_record_breaks_is_shown_and_not_saved(call, file):
    rule = ("--field", "description", "--expression", "text(number(name))")

    refused = call("mapping", "set", "supply.product", *rule)

    assert refused.code == 2
    assert "A made-up record fails: mappings/supply.product.yaml, line 2: the field" in refused.out
    assert "Nothing was saved." in refused.err
    assert not file.exists()
    assert call("mapping", "set", "supply.product", *rule, "--anyway").code == 0
    checked = call("mapping", "check", "--json")
    assert checked.code == 1
    assert checked.told["links"][0]["counter_example"]["before"]["name"]
    assert call("mapping", "test", "supply.product").code == 1


def test_a_mistake_is_told_with_file_line_and_remedy(call, file):
    file.write_text(
        "fields:\n  nmae: {from: name}\n  name:\n    from: name\n    transform: [shout]\n"
    )

    called = call("mapping", "check")

    assert called.code == 2
    assert f"{file}, line 2: nmae: There is no field nmae." in called.err
    assert f"{file}, line 5: name: There is no transform shout." in called.err
    assert "There are case, concat, currency" in called.err


def test_a_wrong_rule_is_refused_before_it_is_saved(call, file):
    called = call("mapping", "set", "supply.product", "--field", "name", "--from", "nmae")

    assert called.code == 2
    assert "name: There is no field nmae." in called.err
    assert not file.exists()


def test_a_file_that_no_link_reads_is_told(call, file):
    file.with_name("supply.prodct.yaml").write_text("fields: {}\n")

    called = call("mapping", "check")

    assert called.code == 2
    assert "There is no link 'prodct' here" in called.err


def test_a_two_way_link_refuses_what_has_no_way_back(world, call):
    home = world[1]
    two_way = "[flows.links.category]\ntwo_way = true\n"
    write_flow(home, two_way)
    upper = ("--field", "name", "--from", "name", "--transform", "case: upper")
    lossy = ("--field", "name", "--from", "name", "--transform", "replace: {a: b}")

    refused = call("mapping", "set", "supply.category", *upper)
    shown = call("mapping", "set", "supply.category", *lossy, "--json")
    (home / "mappings" / "supply.category.yaml").write_text(
        "fields:\n  name: {from: name, transform: [trim]}\n"
    )
    called = call("status")

    write_flow(home)
    assert refused.code == 2
    assert "has no way back: What was written in small or capital letters" in refused.err
    assert shown.told["counter_example"]["reason"] == "name does not come back as it was."
    assert (
        "The link category cannot be two-way: mappings/supply.category.yaml, line 2" in called.err
    )


def test_a_record_that_is_not_there_is_told(call):
    called = call("mapping", "test", "supply.product", "999999")

    assert called.code == 1
    assert "factory has no such record." in called.out
