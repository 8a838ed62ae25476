"""Expressions: what they compute, and all that they refuse."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from qantara.model import Address, Money, Partner, Product, Ref, StoreOrder, Text, Unit, Variant
from qantara.model.store import Contact
from qantara.rules.mapping.expressions import LONGEST, MOST_NODES, compiled
from qantara.rules.mapping.faults import Flawed, Unmappable
from qantara.rules.mapping.functions import moment
from qantara.rules.mapping.paths import path

CHAIR = Product(
    name=Text("Chair", {"ar": "كرسي"}),
    kind="goods",
    unit=Unit(name="Units", category="Unit", factor=Decimal(1)),
    variants=(Variant(sku="A-1", weight=Decimal("1.250")), Variant(sku="A-2")),
    price=Money(Decimal("12.345"), "KWD"),
    category=Ref("category", "7"),
    tags=("new", "sale"),
    extra={"season": "summer", "odd key": 3.5, "deep": {"er": "x"}},
)
SKY = Partner(name="Sky", address=Address(city="Riyadh", country="SA"))


def value(source: str, record: Any = CHAIR) -> Any:
    return compiled(source, lambda text: path(type(record), text).get)(record)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("name", "Chair"),
        ("name.ar + ' / ' + name", "كرسي / Chair"),
        ("price * 2", Decimal("24.690")),
        ("price.amount + 0.1", Decimal("12.445")),
        ("round(price / 3, 3)", Decimal("4.115")),
        ("round(2.5)", Decimal(3)),
        ("1.10 + 2.20 == 3.3", True),
        ("-price // 5 % 3", Decimal(-2)),
        ("'big' if price > 10 else 'small'", "big"),
        ("1 < 2 <= 2 and not (3 in (1, 2))", True),
        ("'sale' in tags", True),
        ("'hai' in name", True),
        ("kind not in ['service', 'combo']", True),
        ("default('', None, name)", "Chair"),
        ("description or 'none'", "none"),
        ("category.id", "7"),
        ("category", "7"),
        ("extra.season", "summer"),
        ('field("extra.odd key") + 1', Decimal("4.5")),
        ("extra.deep.er + default(extra.nothing, '-')", "x-"),
        ('field("variants.0.sku")', "A-1"),
        ('empty(field("variants.9.sku"))', True),
        ("length(variants) + length(name)", Decimal(7)),
        ("upper(left(name, 2)) + right(name, 2) + part('a,b', ',', 1)", "CHirb"),
        ("replace(trim('  a  b '), ' ', '-')", "a-b"),
        ("join(' ', name, '', extra.season)", "Chair summer"),
        ("text(price) + ' ' + price.currency", "12.345 KWD"),
        ("number('1.500') + max(1, 2, 3) + min(4, 5) + abs(-6)", Decimal("14.500")),
        ("contains(name, 'air') and starts(name, 'Ch') and ends(name, 'r')", True),
        ("active", True),
        ("None == extra.nothing", True),
        ("((((1))))", Decimal(1)),
    ],
)
def test_an_expression_computes(source: str, expected: object) -> None:
    assert value(source) == expected


def test_a_time_is_written_as_it_is_wanted() -> None:
    order = StoreOrder(
        number="1",
        state="pending",
        customer=None,
        billing=Contact(name="Sky"),
        currency="SAR",
        placed_at=datetime(2026, 5, 31, 9, tzinfo=UTC),
        lines=(),
        total=Decimal(0),
    )

    assert value("date(placed_at, '%d.%m.%Y')", order) == "31.05.2026"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("__import__('os').system('x')", "no function"),
        ("name.__class__", "no field name.__class__"),
        ("name.value.upper()", "no function"),
        ("(1).real", "is no field"),
        ("[x for x in tags]", "not part of the language"),
        ("lambda: 1", "not part of the language"),
        ("f'{name}'", "not part of the language"),
        ("2 ** 99", "not part of the language"),
        ("1 << 9", "not part of the language"),
        ("~1", "not part of the language"),
        ("tags[0]", "not part of the language"),
        ("(x := 1)", "not part of the language"),
        ("{1: 2}", "not part of the language"),
        ("name is None", "not part of the language"),
        ("b'x'", "not part of the language"),
        ("1e9", "no plain number"),
        ("0x10", "no plain number"),
        ("1j", "not part of the language"),
        ("round(price, digits=2)", "by name"),
        ("upper(*tags)", "by name"),
        ("upper()", "takes 1 values, not 0"),
        ("nme", "no field nme"),
        ("name +", "cannot be read"),
        ("x = 1", "cannot be read"),
        ("", "cannot be read"),
        ("'\0'", "cannot be read"),
        ("(" * 400 + ")" * 400, "cannot be read"),
        ("name" + " " * LONGEST, "more than"),
        ("+".join("1" * MOST_NODES), "more than"),
        ("field(name)", "one path in quotation marks"),
    ],
)
def test_what_is_not_of_the_language_is_refused_before_it_runs(source: str, what: str) -> None:
    with pytest.raises(Flawed) as refused:
        value(source)

    assert what in refused.value.what


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 / 0", "divides by zero"),
        ("1 % 0", "too large, or is none"),
        ("name + 1", "cannot be added"),
        ("name * 2", "is no number"),
        ("extra.nothing + 1", "is no number"),
        ("name < 1", "no order"),
        ("price < extra.nothing", "no order"),
        ("1 in 2", "holds nothing"),
        ('field("variants.0")', "has parts"),
        ("replace(name, '', 'x')", "Nothing cannot be replaced"),
        ("part(name, '', 0)", "cut at nothing"),
        ("round(price, 99)", "99 digits"),
        ("date(name, '%Y')", "is no time"),
    ],
)
def test_a_value_that_does_not_fit_is_told_in_words(source: str, reason: str) -> None:
    with pytest.raises(Unmappable) as refused:
        value(source)

    assert reason in refused.value.reason


def test_a_text_cannot_grow_without_end() -> None:
    doubled = "replace(" * 12 + "'aaaaaaaaaa'" + ", 'a', 'aaaaaaaaaa')" * 12

    with pytest.raises(Unmappable, match="too long"):
        value(doubled)


def test_a_time_has_no_width() -> None:
    with pytest.raises(Unmappable, match="no form of a time"):
        moment(datetime(2026, 1, 1, tzinfo=UTC), "%99999999Y")
