"""References are found however deep, and exchanged without touching anything else."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest

from qantara.engine.references import exchanged, references
from qantara.model import (
    Money,
    OrderLine,
    Product,
    Ref,
    SaleOrder,
    SupplierPrice,
    Text,
    Unit,
    Variant,
)

PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))
VENDOR = SupplierPrice(vendor=Ref("partner", "1"), price=Money.of("2.50", "SAR"))
CHAIR = Product(
    name=Text("Chair"),
    kind="goods",
    unit=PIECE,
    variants=(Variant(sku="A"),),
    category=Ref("category", "3"),
    suppliers=(VENDOR,),
)
LINE = OrderLine(product=Ref("variant", "9"), quantity=Decimal(2))
ORDER = SaleOrder(
    number="S1",
    state="draft",
    customer=Ref("partner", "1"),
    currency="SAR",
    ordered_at=None,
    lines=(LINE, OrderLine(kind="note", description="Ring twice.")),
    total=Money.of(5, "SAR"),
)


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (CHAIR, {Ref("category", "3"), Ref("partner", "1")}),
        (ORDER, {Ref("partner", "1"), Ref("variant", "9")}),
    ],
)
def test_every_reference_is_found(record: Any, found: set[Ref]) -> None:
    assert set(references(record)) == found


@pytest.mark.parametrize("record", [CHAIR, ORDER])
def test_all_but_the_references_stays_and_the_way_back_is_the_record_itself(record: Any) -> None:
    there = {ref: Ref(ref.entity, f"new {ref.id}") for ref in references(record)}

    other = exchanged(record, there)

    assert set(references(other)) == set(there.values())
    assert exchanged(other, {new: old for old, new in there.items()}) == record
    assert {
        f.name for f in fields(record) if getattr(other, f.name) != getattr(record, f.name)
    } <= {
        "category",
        "suppliers",
        "customer",
        "lines",
    }


def test_an_unknown_reference_is_named() -> None:
    with pytest.raises(KeyError) as caught:
        exchanged(ORDER, {Ref("partner", "1"): Ref("partner", "7")})

    assert caught.value.args == (Ref("variant", "9"),)
