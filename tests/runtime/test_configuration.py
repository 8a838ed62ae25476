"""A configuration is read as a whole, and what is wrong in it is told with its line."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from qantara.runtime.configuration import ConfigurationError, read
from qantara.runtime.schedule import Schedule
from qantara.transport.limits import UNLIMITED, Allowance

GOOD = """\
[hub]
languages = ["en", "ar"]

[[flows]]
recipe = "supply"
factory = "mill"
buyer = "shop"
every = "10m"

[flows.links.stock_level]
every = "1m"

[flows.links.product]
exclude = ["description"]
on_delete = "archive"
"""

FLOW = '[[flows]]\nrecipe = "supply"\nfactory = "mill"\nbuyer = "shop"\n'

WRONG = [
    ("flows = [", 1, "not TOML", "quotation marks"),
    ('a = 1\n\n[hub\nx = "y"', 3, "not TOML", "quotation marks"),
    ('[hubb]\ndatabase = "x"', 1, "no key 'hubb'", "Did you mean 'hub'?"),
    ('[hub]\ndatabse = "x"', 2, "no key 'databse'", "Did you mean 'database'?"),
    ("[hub]\ndatabase = 5", 2, "database must be text", 'database = "..."'),
    ('[hub]\nlanguages = "en"', 2, "languages must be a list", "brackets"),
    ("hub = 5", 1, "hub must be a table", "brackets"),
    ("flows = 5", 1, "flows must be a list", "brackets"),
    ('[[flows]]\nname = "x"', 1, "recipe is missing", "recipe = ..."),
    ('[[flows]]\nrecipe = "suply"', 2, "no recipe 'suply'", "Did you mean 'supply'?"),
    ('[[flows]]\nrecipe = "zzz"', 2, "no recipe 'zzz'", "use one of: commerce, supply"),
    (FLOW + 'evry = "5m"', 5, "no key 'evry'", "Did you mean 'every'?"),
    (FLOW + "partnerz = true", 5, "no key 'partnerz'", "Did you mean 'partners'?"),
    (FLOW + 'every = "often"', 5, "'often' is no schedule", '"30s", "5m"'),
    (FLOW + "every = 5", 5, "5 is no schedule", '"30s", "5m"'),
    (FLOW + 'partners = "perhaps"', 5, "partners must be true or false", "partners = true"),
    (FLOW + 'sale_prices = "free"', 5, "sale_prices cannot be 'free'", "'supplier' or 'copy'"),
    (FLOW + 'name = "a b"', 5, "cannot be called 'a b'", "letters"),
    ('[[flows]]\nrecipe = "supply"\nbuyer = "shop"', 1, "factory is missing", "factory = ..."),
    (FLOW + "[flows.links.product]\noff = 1", 6, "off must be true or false", "off = true"),
    (FLOW + "[flows.links.product]\nof = true", 6, "no key 'of'", "Did you mean 'off'?"),
    (
        FLOW + '[flows.links]\nproduct.on_delete = "burn"',
        6,
        "on_delete cannot be 'burn'",
        "'ask', 'archive', 'propagate' or 'ignore'",
    ),
    (
        FLOW + '[flows.links.partner]\ntwo_way = true\nrules = { phone = "mine" }',
        7,
        "phone cannot be 'mine'",
        "'source', 'target', 'newest' or 'ask'",
    ),
    (FLOW + "[flows.links.partner]\ntwo_way = 1", 6, "two_way must be true", "two_way = true"),
    (FLOW + "[connections.shop]\nrat = 2", 6, "no key 'rat'", "Did you mean 'rate'?"),
    (FLOW + '[connections.shop]\nrate = "2"', 6, "rate must be a number", "rate = 2.5"),
    (FLOW + "[connections.shop]\nrate = true", 6, "rate must be a number", "rate = 2.5"),
    (FLOW + "[connections.shop]\nrate = inf", 6, "rate must be a number", "leave it out"),
    (FLOW + "[connections.shop]\nrate = 0", 6, "rate must be more than 0", "larger"),
    (FLOW + "[connections.shop]\nrate = 2\nburst = 0.5", 7, "burst must be at least 1", "larger"),
    (FLOW + "[connections.shop]\nburst = 5", 5, "nothing without a rate", "rate = ..."),
    (FLOW + "[connections]\nshop = 5", 6, "shop must be a table", "brackets"),
    (FLOW + "[connections.shpo]\nrate = 2", 5, "no connection of a flow 'shpo'", "'shop'?"),
    (
        FLOW + '[connections.shop]\nmaintenance = "at 02:00 for 1h"',
        6,
        "maintenance must be a list",
        "brackets",
    ),
    (
        FLOW + '[connections.shop]\nmaintenance = ["nightly"]',
        6,
        "'nightly' is no maintenance window",
        '"at 02:00 for 30m"',
    ),
    (
        FLOW + '[connections.shop]\nmaintenance = ["at 0:00 for 12h", "at 12:00 for 12h"]',
        6,
        "leave no time",
        "shorter",
    ),
    (FLOW + "\n" + FLOW, 6, "Two flows are called 'supply'", "another name"),
    (FLOW + 'api_key = "K"', 5, "api_key is named like a secret", "qantara connect"),
    (FLOW + "[flows.password]\nx = 1", 5, "password is named like a secret", "qantara connect"),
    (FLOW + 'links = {product = {token = "K"}}', 5, "token is named like a secret", "the vault"),
    ('[hub]\nclient_secret = "K"', 2, "client_secret is named like a secret", "the vault"),
    (
        '[hub]\ndatabase = "postgresql+psycopg://me:pass@host/db"',
        2,
        "holds a password",
        "QANTARA_DATABASE_URL",
    ),
]


@pytest.mark.parametrize(("text", "line", "what", "remedy"), WRONG)
def test_a_mistake_is_told_with_its_line_and_a_remedy(tmp_path, text, line, what, remedy):
    file = tmp_path / "qantara.toml"
    file.write_text(text)

    with pytest.raises(ConfigurationError) as caught:
        read(file)

    problem = caught.value.problems[0]
    assert (file, line) == (problem.file, problem.line)
    assert what in problem.what
    assert remedy in problem.remedy
    assert f"{file}, line {line}: " in str(problem)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path):
    file = tmp_path / "qantara.toml"
    file.write_text('[hub]\nlanguages = 1\ntoken = "K"\n\n' + FLOW + 'every = "x"\nbuyr = "y"\n')

    with pytest.raises(ConfigurationError) as caught:
        read(file)

    assert [problem.line for problem in caught.value.problems][:3] == [2, 3, 9]


def test_the_value_of_a_secret_is_not_repeated(tmp_path):
    file = tmp_path / "qantara.toml"
    file.write_text('[hub]\npassword = "canary"\ndatabase = "postgresql://a:canary@b/c"\n')

    with pytest.raises(ConfigurationError) as caught:
        read(file)

    assert "canary" not in str(caught.value)


def test_a_file_that_is_no_text_is_told(tmp_path):
    file = tmp_path / "qantara.toml"
    file.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigurationError, match="UTF-8"):
        read(file)


def test_an_empty_file_configures_nothing(tmp_path):
    file = tmp_path / "qantara.toml"
    file.write_text("")

    assert read(file).flows == ()


def test_a_flow_has_its_recipe_and_options_and_what_differs_for_its_links(tmp_path):
    file = tmp_path / "qantara.toml"
    file.write_text(GOOD)

    found = read(file)

    (flow,) = found.flows
    assert found.hub.languages == ("en", "ar")
    assert (flow.name, flow.options.factory, flow.options.buyer) == ("supply", "mill", "shop")
    assert str(flow.settings.every) == "10m"
    assert str(flow.settings.links["stock_level"].every) == "1m"
    assert flow.settings.links["product"].exclude == ("description",)
    assert flow.settings.links["product"].on_delete == "archive"


def test_a_connection_may_have_windows_and_limits_of_its_own(tmp_path):
    file = tmp_path / "qantara.toml"
    file.write_text(
        FLOW + "[connections.shop]\nrate = 2\nburst = 40\n"
        'maintenance = ["at 02:00 for 30m", "sun 01:00 for 3h"]\n[connections.mill]\nrate = 0.5\n'
    )

    found = read(file)

    shop, mill = found.connection("shop"), found.connection("mill")
    assert [str(window) for window in shop.maintenance] == ["at 02:00 for 30m", "sun 01:00 for 3h"]
    assert shop.allowance == Allowance(rate=2.0, burst=40.0)
    assert mill.allowance == Allowance(rate=0.5, burst=1.0)
    assert found.connection("other").allowance == UNLIMITED


def test_what_is_found_out_later_is_told_with_its_line_too(tmp_path):
    file = tmp_path / "qantara.toml"
    file.write_text(GOOD)

    error = read(file).problem(("flows", 0, "links", "product", "exclude"), "Wrong.", "Mend it.")

    assert [problem.line for problem in error.problems] == [14]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("30s", "30s"),
        ("5m", "5m"),
        ("60s", "1m"),
        ("1h", "1h"),
        ("2 d", "2d"),
        ("at 2:05", "at 02:05"),
        ("OFF", "off"),
    ],
)
def test_a_schedule_is_written_as_people_say_it(text, written):
    assert written == str(Schedule.parse(text))


@pytest.mark.parametrize("text", ["", "0s", "5", "5 minutes", "at 25:00", "-1m", "1.5h", "at noon"])
def test_what_is_no_schedule_is_refused_with_the_forms_that_are_understood(text):
    with pytest.raises(ValueError, match='write "auto"'):
        Schedule.parse(text)


CAIRO = ZoneInfo("Africa/Cairo")


@pytest.mark.parametrize(
    ("schedule", "moment", "then"),
    [
        ("5m", datetime(2026, 5, 1, 12, 0, tzinfo=UTC), datetime(2026, 5, 1, 12, 5, tzinfo=UTC)),
        (
            "at 02:00",
            datetime(2026, 1, 10, 5, tzinfo=CAIRO),
            datetime(2026, 1, 11, 2, tzinfo=CAIRO),
        ),
        (
            "at 02:00",
            datetime(2026, 1, 10, 1, tzinfo=CAIRO),
            datetime(2026, 1, 10, 2, tzinfo=CAIRO),
        ),
        (
            "at 02:00",
            datetime(2026, 1, 10, 2, tzinfo=CAIRO),
            datetime(2026, 1, 11, 2, tzinfo=CAIRO),
        ),
        ("at 02:00", datetime(2026, 4, 23, 23, tzinfo=UTC), datetime(2026, 4, 24, 23, tzinfo=UTC)),
        ("off", datetime(2026, 1, 10, tzinfo=UTC), None),
    ],
)
def test_a_schedule_knows_its_next_start(schedule, moment, then):
    assert then == Schedule.parse(schedule).next_after(moment, CAIRO)


def test_summer_time_moves_a_daily_start_with_the_clock():
    night = Schedule.parse("at 12:00")
    before, after = (datetime(2026, 4, day, 12, 30, tzinfo=CAIRO) for day in (22, 24))

    starts = [night.next_after(moment, CAIRO) for moment in (before, after)]

    assert [start.hour for start in starts if start] == [10, 9]
