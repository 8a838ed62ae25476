"""What a real WooCommerce 11.0.1 answered is understood; skipped where its answers are not at hand."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qantara.connectors.woocommerce.errors import Refusal, explain
from qantara.connectors.woocommerce.mapping import order, partner, product, refund
from qantara.connectors.woocommerce.mapping.values import moment
from qantara.model import Coupon, Ref, TaxAmount
from qantara.transport import AuthFailed, NotFound, Rejected
from qantara.transport.http import Response

SPECS = Path(__file__).parents[4] / "shared" / "specs" / "woocommerce"

pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(), reason="the recorded answers of a real shop are not here"
)

VAT = Decimal(15)


def answer(number: str) -> Response:
    """The recorded answer with this number."""
    (file,) = SPECS.glob(f"{number}-*.txt")
    text = file.read_text("utf-8")
    status = re.search(r"^< (\d+) ", text, re.MULTILINE)
    assert status
    body = re.split(r"^< .*\n\n", text, flags=re.MULTILINE)[-1]
    return Response(status=int(status[1]), headers={}, cookies={}, body=body.strip().encode())


def told(number: str) -> Any:
    return answer(number).json()


def test_an_order_with_a_coupon_and_shipping():
    found = order.from_wire({"order": told("079")})

    item, sent = found.lines
    assert found.customer == Ref("partner", "2")
    assert (found.state, found.paid, found.method, found.number) == ("pending", "no", "cod", "26")
    assert item.net == 180
    assert item.discount == 20
    assert item.product == Ref("variant", "11")
    assert item.taxes == (TaxAmount(rate=VAT, amount=Decimal(27), name="VAT"),)
    assert sent.kind == "shipping"
    assert sent.net == 20
    assert sent.taxes[0].amount == 3
    assert found.coupons == (Coupon(code="off10", amount=Decimal(20)),)
    assert found.total == 230 == item.net + sent.net + found.tax
    assert found.placed_at == moment("2026-11-22T05:25:19")
    assert found.shipping_to is not None
    assert found.shipping_to.address.city == "Riyadh"


def test_a_refund_of_it():
    (row,) = told("092")
    found = refund.from_wire({"refund": row, "order": told("079")})

    (line,) = found.lines
    assert (found.total, found.reason, found.currency) == (Decimal("20.70"), "damaged", "SAR")
    assert line.line == "1"
    assert line.quantity == 1
    assert line.net == 18
    assert line.taxes == (TaxAmount(rate=VAT, amount=Decimal("2.7"), name="VAT"),)
    assert found.payments == ()


def test_a_line_of_a_product_that_the_store_does_not_know():
    (line,) = order.from_wire({"order": told("102")}).lines

    assert (line.product, line.sku) == (None, "")


def test_a_product_and_its_variations():
    simple = product.from_wire({"product": told("021"), "variations": [], "currency": "SAR"})
    wire = {"product": told("038"), "variations": told("040"), "currency": "SAR"}
    tee = product.from_wire(wire)

    (only,) = simple.variants
    assert (only.sku, only.barcode, only.weight) == ("S-1", "6281234567890", Decimal("0.5"))
    assert (simple.html.value, simple.prices[0].price.amount) == ("<p>d</p>", Decimal("99.9"))
    assert [one.sku for one in tee.variants] == [
        "T-1-Blue-M",
        "T-1-Blue-S",
        "T-1-Red-M",
        "T-1-Red-S",
    ]
    assert [option.name.value for option in tee.options] == ["Color", "Size"]
    assert product.children(wire)["Color=Red|Size=S"] == "13"


def test_a_customer():
    found = partner.from_wire({"row": told("068")})

    assert (found.name, found.email, found.phone) == ("Ali B", "a@x.test", "+966500000000")
    assert (found.address.city, found.address.country) == ("Riyadh", "SA")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("001", AuthFailed),
        ("010", AuthFailed),
        ("012", AuthFailed),
        ("024", Rejected),
        ("025", NotFound),
        ("048", Rejected),
        ("050", Rejected),
        ("084", Rejected),
        ("090", Rejected),
        ("126", Rejected),
    ],
)
def test_a_refusal(number: str, kind: type[Exception]):
    error = explain(answer(number), "shop", idempotent=False, secrets=())

    assert type(error) is kind
    assert "<" not in error.reason


@pytest.mark.parametrize(("number", "resource"), [("022", 11), ("017", 16), ("023", 11)])
def test_a_double_names_what_is_there(number: str, resource: int):
    refused = Refusal.of(told(number))

    assert refused
    assert refused.resource == resource
