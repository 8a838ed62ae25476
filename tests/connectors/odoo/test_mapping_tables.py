"""Units and taxes of one Odoo: what is clear, what is asked, what was answered."""

from dataclasses import replace
from decimal import Decimal

import pytest

from qantara.connectors.odoo.mapping.tables import Tables, TaxRow
from qantara.model import Tax, Unit
from qantara.transport import Rejected, Undecided

PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))
BOX = Unit(name="Box", category="Unit", factor=Decimal(24))
TABLES = Tables(
    where="shop",
    company=1,
    company_name="Shop",
    company_partner=1,
    currency="SAR",
    main="en_US",
    languages={"en": "en_US"},
    language_codes={"en": "en_US"},
    units={1: PIECE, 2: replace(BOX, name="Karton"), 3: replace(BOX, name="Litre", category="L")},
)


def named(name: str) -> Unit:
    return replace(BOX, name=name)


def test_the_only_unit_of_the_kind_and_size_is_the_same_whatever_its_name():
    assert TABLES.unit_id(BOX) == 2
    assert TABLES.own_unit(BOX) == named("Karton")


def test_of_several_the_one_with_the_name_is_taken():
    assert replace(TABLES, units={**TABLES.units, 4: BOX}).unit_id(BOX) == 4


def test_twins_are_asked_about_the_likeliest_first():
    tables = replace(TABLES, units={**TABLES.units, 4: named("Crate")})

    with pytest.raises(Undecided) as doubt:
        tables.unit_id(BOX)

    asked = doubt.value.doubt
    assert (asked.matter, asked.subject) == ("unit", "Box|Unit|24")
    assert [one.id for one in asked.candidates] == ["2", "4"]
    assert asked.candidates[0].agrees == ("the same size", "the same kind of measure")
    assert tables.own_unit(BOX) == BOX


def test_of_another_kind_only_a_person_can_say_that_it_is_the_same():
    tables = replace(TABLES, units={1: PIECE, 3: TABLES.units[3]})

    with pytest.raises(Undecided) as doubt:
        tables.unit_id(BOX)

    (one,) = doubt.value.doubt.candidates
    assert (one.id, one.contradicts) == ("3", ("another name", "another kind of measure"))


def test_a_size_that_is_not_there_is_told_and_not_asked():
    with pytest.raises(Rejected) as refused:
        TABLES.unit_id(replace(BOX, factor=Decimal(7)))

    assert not isinstance(refused.value, Undecided)
    assert "no unit of 7 in Unit called 'Box'" in refused.value.reason


def test_a_unit_out_of_use_counts_where_no_other_does():
    twins = replace(TABLES, units={**TABLES.units, 4: named("Crate")}, archived=frozenset({4}))

    assert twins.unit_id(BOX) == 2
    assert replace(twins, archived=frozenset({2, 3, 4}), units={4: BOX}).unit_id(BOX) == 4


def test_an_answer_goes_before_everything_while_its_unit_is_there():
    told = {("unit", "Box|Unit|24"): "3"}

    assert replace(TABLES, answers=told).unit_id(BOX) == 3
    assert replace(TABLES, answers=told, units={2: TABLES.units[2]}).unit_id(BOX) == 2


def test_what_a_person_said_is_not_there_is_refused():
    with pytest.raises(Rejected, match="A person said"):
        replace(TABLES, answers={("unit", "Box|Unit|24"): "skip"}).unit_id(BOX)


def tax(name: str, rate: int = 15, use: str = "sale", *, included: bool = False) -> TaxRow:
    return TaxRow(name=name, kind="percent", rate=Decimal(rate), included=included, use=use)


TAXES = {
    1: tax("Local"),
    2: tax("Export"),
    3: tax("In", included=True),
    4: tax("P", use="purchase"),
}
VAT = Tax(rate=Decimal(15))


def test_a_tax_is_the_same_by_rate_use_and_inclusion():
    tables = replace(TABLES, taxes={one: TAXES[one] for one in (1, 3, 4)})

    assert tables.tax_ids([VAT], "sale") == (1,)
    assert tables.tax_ids([replace(VAT, included=True)], "sale") == (3,)
    assert tables.tax_ids([VAT], "purchase") == (4,)


@pytest.mark.parametrize(
    ("more", "taken"),
    [
        ({"usual": frozenset({2})}, 2),
        ({"answers": {("tax", "sale 15% on top"): "1"}, "usual": frozenset({2})}, 1),
        ({"answers": {("tax", "sale 15% on top"): "Export"}}, 2),
    ],
)
def test_of_several_the_named_one_or_the_companys_own_default_is_taken(more, taken):
    assert replace(TABLES, taxes=TAXES, **more).tax_ids([VAT], "sale") == (taken,)


@pytest.mark.parametrize("answers", [{}, {("tax", "sale 15% on top"): "99"}])
def test_several_taxes_are_asked_about(answers):
    with pytest.raises(Undecided) as doubt:
        replace(TABLES, taxes=TAXES, answers=answers).tax_ids([VAT], "sale")

    assert [one.label for one in doubt.value.doubt.candidates] == ["Local", "Export"]


def test_no_tax_of_the_rate_is_told():
    with pytest.raises(Rejected, match="no sale tax of 5% on top of the price"):
        replace(TABLES, taxes=TAXES).tax_ids([Tax(rate=Decimal(5))], "sale")
