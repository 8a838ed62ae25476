"""Single values between Odoo and Python, and the small tables by which codes become ids."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from qantara.connectors.odoo.mapping.tables import State, Tables, TaxRow
from qantara.connectors.odoo.mapping.values import (
    Cell,
    identity,
    many_languages,
    marked_up,
    moment,
    number,
    plain,
    settable,
    spelled,
)
from qantara.model import Money, Tax, Text, Unit
from qantara.transport import Rejected

KILOGRAM = Unit(name="kg", category="Weight", factor=Decimal(1))
DOZEN = Unit(name="Dozens", category="Unit", factor=Decimal(12))

TABLES = Tables(
    where="buyer",
    company=1,
    company_name="Buyer",
    company_partner=1,
    currency="KWD",
    main="en_US",
    languages={"en": "en_US", "ar": "ar_001"},
    language_codes={"en": "en_US", "ar": "ar_001"},
    currencies={1: "KWD", 2: "USD"},
    dormant=frozenset({"SAR"}),
    units={3: DOZEN, 12: KILOGRAM},
    countries={186: "SA", 2: "AE"},
    states={7: State(code="01", country=186), 8: State(code="01", country=2)},
    taxes={
        4: TaxRow(name="15%", kind="percent", rate=Decimal(15), included=False, use="purchase"),
        5: TaxRow(name="15%", kind="percent", rate=Decimal(15), included=True, use="sale"),
        6: TaxRow(name="15%", kind="percent", rate=Decimal(15), included=False, use="sale"),
        7: TaxRow(name="Fee", kind="fixed", rate=Decimal(5), included=False, use="sale"),
    },
)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        (Decimal("12.50"), "12.5"),
        (Decimal("100.0"), "100"),
        (Decimal("0E-10"), "0"),
        ("0.125", "0.125"),
        (False, "0"),
        (7, "7"),
        (Decimal("-3.0"), "-3"),
    ],
)
def test_a_number_has_one_spelling(told, meant):
    assert str(number(told)) == meant


@pytest.mark.parametrize(
    ("told", "meant"), [([5, "Units"], 5), (5, 5), (False, None), (None, None)]
)
def test_a_reference_is_a_pair_or_an_id(told, meant):
    assert identity(told) == meant


def test_a_time_of_odoo_is_utc():
    assert moment("2026-03-01 09:30:15") == datetime(2026, 3, 1, 9, 30, 15, tzinfo=UTC)
    assert moment("2026-03-01 09:30:15.794862") == datetime(2026, 3, 1, 9, 30, 15, tzinfo=UTC)
    assert moment(False) is None


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (None, ""),
        (True, "1"),
        (False, "0"),
        (Decimal("1E+2"), "100"),
        (Decimal("0.125"), "0.125"),
        ((3, 4), "3,4"),
        ((), ""),
        ("عينة", "عينة"),
        (datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=3))), "2026-03-01 09:30:00"),
    ],
)
def test_the_import_reads_text_only(cell, written):
    assert spelled(cell) == written


def test_write_takes_values_under_the_names_of_fields():
    cells: dict[str, Cell] = {
        "categ_id/.id": 5,
        "tax_id/.id": (1, 2),
        "parent_id/.id": None,
        "name": "x",
    }

    assert settable(cells) == {
        "categ_id": 5,
        "tax_id": [(6, 0, [1, 2])],
        "parent_id": False,
        "name": "x",
    }


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one<br>two</p><p>three</p>", "one\ntwo\nthree"),
        ("<div>a &lt;b&gt; &amp; c</div>", "a <b> & c"),
        ("<ul><li>سطر</li><li>ثان</li></ul>", "سطر\nثان"),
        ("<p>x</p><!-- hidden --><p><br></p>", "x"),
        (False, ""),
    ],
)
def test_html_becomes_plain_text(html, text):
    assert plain(html) == text


@pytest.mark.parametrize("text", ["one\ntwo", "a <b> & c", "سطر\n\nثان", ""])
def test_plain_text_survives_the_way_through_html(text):
    assert plain(marked_up(text)) == text


def test_translations_that_only_repeat_the_default_are_dropped():
    told = {"ar": {"name": "كرسي"}, "uk": {"name": "Chair"}, "fr": {"name": False}}

    assert many_languages({"name": "Chair"}, "name", told) == Text("Chair", {"ar": "كرسي"})


def test_a_currency_is_matched_and_its_state_told():
    assert TABLES.currency_id("USD") == 2
    with pytest.raises(Rejected, match="SAR is not active at buyer"):
        TABLES.currency_id("SAR")
    with pytest.raises(Rejected, match="XXX is unknown at buyer"):
        TABLES.currency_id("XXX")


def test_a_price_in_another_currency_is_refused_in_words():
    assert TABLES.in_company_currency(Money(Decimal("1.125"), "KWD"), "price") == Decimal("1.125")
    with pytest.raises(Rejected, match="price is in USD, and buyer keeps it in KWD"):
        TABLES.in_company_currency(Money(Decimal(1), "USD"), "price")


@pytest.mark.parametrize(
    ("unit", "found"),
    [
        (DOZEN, 3),
        (Unit(name="dozens", category="unit", factor=Decimal(12)), 3),
        (Unit(name="Dutzend", category="Unit", factor=Decimal(12)), 3),
        (Unit(name="kg", category="Gewicht", factor=Decimal(1)), 12),
    ],
)
def test_a_unit_is_the_same_measure(unit, found):
    assert TABLES.unit_id(unit) == found


def test_a_unit_that_is_missing_is_never_made():
    with pytest.raises(Rejected, match=r"no unit of 0\.001 in Weight called 'g'") as refused:
        TABLES.unit_id(Unit(name="g", category="Weight", factor=Decimal("0.001")))

    assert "Units of Measure" in refused.value.remedy


def test_a_state_belongs_to_its_country():
    assert TABLES.country_id("SA") == 186
    assert TABLES.state_id("01", 2) == 8
    assert TABLES.state_id("99", 2) is None
    with pytest.raises(Rejected, match="no country with the code 'ZZ'"):
        TABLES.country_id("ZZ")


def test_a_tax_has_the_same_rate_use_and_inclusion():
    assert TABLES.tax_ids([Tax(rate=Decimal(15), included=True)], "sale") == (5,)
    assert TABLES.tax_ids([Tax(rate=Decimal("15.0"))], "sale") == (6,)
    assert TABLES.tax_ids([], "sale") == ()
    with pytest.raises(Rejected, match="no sale tax of 5% on top of"):
        TABLES.tax_ids([Tax(rate=Decimal(5))], "sale")


def test_a_text_is_told_in_the_language_of_the_house():
    text = Text("Chair", {"ar": "كرسي"})

    assert TABLES.in_main(text) == "Chair"
    assert TABLES.in_language(text, "ar") == "كرسي"
    assert TABLES.in_language(text, "uk") == "Chair"
    assert dict(TABLES.further) == {"ar": "ar_001"}
