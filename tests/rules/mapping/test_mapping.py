"""A file of rules: what it does to records, there and back, and every mistake with its line."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from qantara.model import Address, Money, Partner, Product, StoreOrder, Text, Unit, Variant
from qantara.model.store import Contact
from qantara.rules.mapping import FieldMapping, FlawedMapping, Unmappable, compile_mapping
from qantara.rules.mapping.trying import counter_example
from tests.engine.memory import every_field

CHAIR = Product(
    name=Text("Chair", {"ar": "كرسي"}),
    kind="goods",
    unit=Unit(name="Units", category="Unit", factor=Decimal(1)),
    variants=(Variant(sku="A-1", weight=Decimal("1.250")), Variant(sku="A-2")),
    price=Money(Decimal("12.345"), "SAR"),
    html=Text("<p>Soft &amp; <b>warm</b></p><ul><li>one</li></ul>"),
)
SKY = Partner(
    name="Sky", phone="1", address=Address(street="Main 1", street2="Floor 2", country="SA")
)


def mapping(rules: str, record_type: type = Product) -> FieldMapping:
    text = f"fields:\n{rules}\n"
    return compile_mapping(text, "m.yaml", record_type, every_field(record_type))


def one(rule: str, record: Any = CHAIR) -> Any:
    field, _, said = rule.partition(": ")
    compiled = mapping(f"  {field}: {{{said}}}", type(record))
    after = compiled.there(record)
    for name in field.split("."):
        after = after[int(name)] if isinstance(after, tuple) else getattr(after, name)
    return after


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("name: from: name, transform: [case: upper]", Text("CHAIR", {"ar": "كرسي"})),
        ("name.value: from: name.ar", "كرسي"),
        ("name: from: name, transform: [language: ar]", Text("كرسي")),
        ("description: constant: Good", Text("Good")),
        ("tags: constant: [a, b]", ("a", "b")),
        ("active: constant: false", False),
        ("price: from: price, transform: [scale: 1.15]", Money(Decimal("14.196750"), "SAR")),
        ("price: constant: 3", Money(Decimal(3), "SAR")),
        ("price: expression: price / 2", Money(Decimal("6.1725"), "SAR")),
        ("price: from: price, transform: [round: 1]", Money(Decimal("12.3"), "SAR")),
        (
            "price: from: price, transform: [currency: {from: SAR, to: USD, rate: 0.2667}]",
            Money(Decimal("3.29"), "USD"),
        ),
        ("description: from: html, transform: [html_to_text]", Text("Soft & warm\none")),
        ("html: from: name, transform: [text_to_html]", Text("Chair", {"ar": "كرسي"})),
        ("tracking: from: kind, transform: [lookup: {table: {goods: lot}}]", "lot"),
        (
            "tracking: from: name, transform: [lookup: {table: {a: lot}, otherwise: serial}]",
            "serial",
        ),
        ("description: from: [name, kind], transform: [concat: ' - ']", Text("Chair - goods")),
        ("description: from: name, transform: [replace: {Ch: St, r: l}]", Text("Stail", {"ar": "كرسي"})),
        ("description: from: name.ar, transform: [truncate: 2]", Text("كر")),
        ("variants.0.weight: from: variants.0.weight, transform: [unit: {from: kg, to: g}]", Decimal("1250.000")),
        ("variants.1.barcode: from: variants.0.sku, transform: [split: {by: '-', part: 1}]", "1"),
        ("description: from: html.ar, default: none", Text("none")),
    ],
)  # fmt: skip
def test_a_rule_sets_its_field(rule: str, expected: object) -> None:
    assert one(rule) == expected


def test_a_rule_with_a_star_is_for_each_of_a_list() -> None:
    rules = """  variants.*.barcode: {from: variants.*.sku, transform: [trim, suffix: -X]}
  variants.*.volume: {expression: "each.weight * 2 + length(each.sku) + length(tags)"}"""

    variants = mapping(rules).there(CHAIR).variants

    assert [one.barcode for one in variants] == ["A-1-X", "A-2-X"]
    assert [one.volume for one in variants] == [Decimal("5.500"), Decimal(3)]


def test_all_rules_read_the_record_as_it_came() -> None:
    swapped = mapping("  phone: {from: mobile}\n  mobile: {from: phone}", Partner)

    assert swapped.there(SKY) == replace(SKY, phone="", mobile="1")
    assert swapped.back(swapped.there(SKY)) == SKY
    assert swapped.sent({"phone"}) == swapped.returned({"phone"}) == {"phone", "mobile"}


def test_further_data_can_be_set_for_a_connector() -> None:
    rules = "  extra.odoo.team: {constant: web}\n  extra.note: {from: name}"

    after = mapping(rules, Partner).there(SKY)

    assert after.extra == {"odoo": {"team": "web"}, "note": "Sky"}


def test_a_time_goes_there_and_back() -> None:
    order = StoreOrder(
        number="1",
        state="pending",
        customer=None,
        billing=Contact(name="Sky"),
        currency="SAR",
        placed_at=datetime(2026, 5, 31, tzinfo=UTC),
        lines=(),
        total=Decimal(0),
    )
    rule = mapping("  note: {from: placed_at, transform: [date: '%d.%m.%Y']}", StoreOrder).rules[0]

    assert rule.there(order) == "31.05.2026"
    assert rule.back(replace(order, note="31.05.2026")) == (order.placed_at,)


TWO_WAY = {
    "prefix": "  reference: {from: reference, transform: [prefix: W-]}",
    "text_to_html": "  website: {from: website, transform: [text_to_html]}",
    "concat": """  address.street:
    from: [address.street, address.street2]
    transform: [concat: {by: " | ", empty: keep}]
  address.street2: {constant: ""}""",
    "lookup": "  language: {from: language, transform: [lookup: {table: {ar: ar_SA, uk: uk_UA}}]}",
}


@pytest.mark.parametrize("rules", TWO_WAY.values(), ids=TWO_WAY)
def test_what_has_a_way_back_comes_back_as_it_was(rules: str) -> None:
    made, fields = mapping(rules, Partner), every_field(Partner)

    assert made.no_way_back(fields) == ""
    assert counter_example(made, Partner, returning=fields) is None


LOSSY = {
    "name": ("  name: {from: name, transform: [replace: {a: b}]}", Partner),
    "price": ("  price: {from: price, transform: [{scale: {factor: 3, digits: 1}}]}", Product),
    "address": (
        """  address.street:
    from: [address.street, address.street2]
    transform: [concat: {by: ",", empty: keep}]
  address.street2: {constant: ""}""",
        Partner,
    ),
}


@pytest.mark.parametrize("name", LOSSY)
def test_what_is_lost_on_the_way_is_shown_by_an_example(name: str) -> None:
    rules, record_type = LOSSY[name]
    made = mapping(rules, record_type)
    assert made.no_way_back(every_field(record_type)) == ""

    found = counter_example(made, record_type, returning=every_field(record_type))

    assert found is not None
    assert found == counter_example(made, record_type, returning=every_field(record_type))
    assert name in found.reason or "parts" in found.reason
    assert found.before


def test_a_rule_that_fails_on_a_likely_record_is_shown_by_an_example() -> None:
    made = mapping("  price: {expression: price / field('variants.0.weight')}")

    found = counter_example(made, Product)

    assert found is not None
    assert "m.yaml, line 2: the field price cannot be set." in found.reason


@pytest.mark.parametrize(
    ("rules", "line", "field", "what"),
    [
        ("  nme: {from: name}", 2, "nme", "There is no field nme."),
        ("  name: {from: nme}", 2, "name", "There is no field nme."),
        ("  name.arabic.x: {from: name}", 2, "name.arabic.x", "There is no field name.arabic.x."),
        ("  name: {}", 2, "name", "does not say where the value comes from"),
        ("  name: {from: name, constant: x}", 2, "name", "does not say where"),
        ("  name: {from: name, frm: x}", 2, "name", "A rule has no 'frm'"),
        ("  name:\n    from: name\n    transform: [shout]", 4, "name", "There is no transform shout"),
        ("  name: {from: name, transform: [case: loud]}", 2, "name", "case cannot be 'loud'"),
        ("  name: {from: name, transform: [trim: 3]}", 2, "name", "trim takes nothing"),
        ("  name: {from: [name, kind]}", 2, "name", "Several fields must be joined"),
        ("  name: {from: name, transform: [concat: x]}", 2, "name", "concat takes several"),
        ("  price: {from: price, transform: [scale: 0]}", 2, "price", "by nothing"),
        ("  price: {from: price, transform: [unit: {from: kg, to: m}]}", 2, "price", "cannot be told"),
        ("  price: {from: price, transform: [currency: {from: SAR}]}", 2, "price", "needs `from`"),
        ("  name: {from: name, transform: [lookup: {table: {}}]}", 2, "name", "needs a table"),
        ("  name: {expression: name +}", 2, "name", "cannot be read"),
        ("  name: x", 2, "name", "This is no rule"),
        ("  name: {from: name}\n  name: {from: kind}", 3, "name", "set twice"),
        ("  name: {from: name}\n  name.ar: {from: kind}", 3, "name.ar", "also sets"),
        ("  name: {from: name, transform: [case: &a upper, *a]}", 2, "", "& and *"),
        ("  name: [", 3, "", "not YAML"),
        ("  variants.*.sku: {from: tags}", 2, "variants.*.sku", ""),
        ("  tags.*.x: {from: tags}", 2, "tags.*.x", "no list of records"),
        ("  name: {from: variants.*.sku}", 2, "name", "one for each of variants"),
    ],
)  # fmt: skip
def test_every_mistake_is_told_with_its_place(rules: str, line: int, field: str, what: str) -> None:
    if not what:
        mapping(rules)
        return
    with pytest.raises(FlawedMapping) as refused:
        mapping(rules)

    flaw = refused.value.flaws[0]
    assert (flaw.line, flaw.field) == (line, field)
    assert what in flaw.what
    assert flaw.remedy or "expression" in flaw.what or "by nothing" in flaw.what


def test_a_field_that_the_link_does_not_carry_is_refused() -> None:
    with pytest.raises(FlawedMapping, match=r"does not carry price\. It carries extra, name"):
        compile_mapping("fields:\n  price: {from: price}", "m", Product, frozenset({"name"}))


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    with pytest.raises(FlawedMapping) as refused:
        mapping("  a: {from: name}\n  b: {from: name}")

    assert [flaw.line for flaw in refused.value.flaws] == [2, 3]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("tracking: {constant: often}", "tracking cannot be 'often'"),
        ("active: {constant: 3}", "active is true or false"),
        ("kind: {from: name}", "kind cannot be 'Chair'"),
        ("category: {from: name}", "refers to a record"),
        ("price: {from: name}", "is no number"),
        ("name: {from: variants}", "is no text"),
        ("variants.7.sku: {from: name}", "no number 7"),
        ("tracking: {from: kind, transform: [lookup: {table: {a: lot}}]}", "is not in the table"),
        ("price: {from: price, transform: [currency: {from: EUR, to: SAR, rate: 4}]}", "in EUR"),
    ],
)
def test_a_value_that_does_not_fit_names_the_rule(rule: str, reason: str) -> None:
    with pytest.raises(Unmappable) as refused:
        mapping(f"  {rule}").there(CHAIR)

    assert refused.value.reason.startswith("m.yaml, line 2: the field ")
    assert reason in refused.value.reason
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("description: {from: extra.x}", Decimal("1E+999999")),
        ("price: {from: extra.x, transform: [round: 2]}", Decimal("1E+40")),
        ("price: {from: extra.x, transform: [scale: 9]}", Decimal("9E+999999")),
        ("description: {from: extra.x, transform: [html_to_text]}", "<a " * 50_000),
        ("description: {from: extra.x, transform: [date: '%Q%Y']}", "x"),
    ],
)
def test_no_value_brings_a_rule_down_or_keeps_it_busy(rule: str, value: object) -> None:
    with pytest.raises(Unmappable, match="line 2"):
        mapping(f"  {rule}").there(replace(CHAIR, extra={"x": value}))


def test_only_other_rules_have_another_digest() -> None:
    first = mapping("  name: {from: name, transform: [trim]}")
    same = mapping("  # a comment\n  name:\n    from: name\n    transform: [trim]")

    assert first.digest == same.digest != mapping("  name: {from: name}").digest
    assert compile_mapping("", "m", Product, frozenset()).digest == ""
