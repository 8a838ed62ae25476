"""Alteration changes every field that it can, and says of the others by leaving them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from qantara.model import (
    Address,
    Category,
    Money,
    OrderLine,
    Partner,
    PurchaseOrder,
    Ref,
    Text,
    Unit,
    Warehouse,
)
from qantara.testing.altering import ARABIC, altered

ORDER = PurchaseOrder(
    number="P1",
    state="draft",
    vendor=Ref("partner", "1"),
    buyer=Ref("partner", "2"),
    currency="KWD",
    ordered_at=datetime(2026, 3, 1, tzinfo=UTC),
    lines=(
        OrderLine(
            description="Chair",
            quantity=Decimal(2),
            unit=Unit(name="Units", category="Unit", factor=Decimal(1)),
            price=Money.of("1.5", "KWD"),
        ),
    ),
    total=Money.of("3", "USD"),
)


def test_money_gets_a_thousandth_more_where_the_currency_has_one():
    other = altered(ORDER, {})

    assert other.lines[0].price == Money.of("2.501", "KWD")
    assert other.total == Money.of("4.01", "USD")


def test_choices_times_numbers_and_texts_change():
    other = altered(ORDER, {})

    assert other.state == "sent"
    assert other.ordered_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert other.lines[0].quantity == Decimal(3)
    assert other.lines[0].description == f"Chair {ARABIC}"


def test_references_units_and_absent_values_stay():
    other = altered(ORDER, {})

    assert (other.vendor, other.lines[0].unit) == (ORDER.vendor, ORDER.lines[0].unit)
    assert altered(replace(ORDER, ordered_at=None), {}).ordered_at is None


def test_records_inside_records_change():
    other = altered(Partner(name="Samir", address=Address(city="Riyadh")), {})

    assert other.address.city == f"Riyadh {ARABIC}"
    assert other.active is False


def test_what_the_author_names_wins():
    other = altered(Warehouse(code="W", name="Store"), {"code": "X"})

    assert other == Warehouse(code="X", name=f"Store {ARABIC}")


def test_a_text_and_its_translations_change():
    other = altered(Category(name=Text("Chairs", {"ar": "كراسي"}), path=""), {})

    assert other.name == Text("Chairs 2", {"ar": f"كراسي {ARABIC}"})
