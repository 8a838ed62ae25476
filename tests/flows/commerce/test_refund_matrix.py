"""Twenty-four refunds: each credit note is what was given back, and goods return by choice."""

from collections.abc import Iterator

import pytest

from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage.store import Store
from tests.connectors.odoo.places import OLD_AND_NEW, standing
from tests.flows.commerce.high_street import HighStreet, high_street
from tests.flows.commerce.refund_cases import Case, cases


@pytest.fixture(params=OLD_AND_NEW)
def street(request: pytest.FixtureRequest, store: Store) -> Iterator[HighStreet]:
    with standing(request.param) as odoo, WooCommerceStandIn(deliveries="manual") as woo:
        street = high_street(store, odoo, woo)
        street.options = {"refunds_by_hand": "paid"}
        yield street


async def test_each_of_twenty_four_refunds_comes_to_the_same_in_odoo(street: HighStreet) -> None:
    every = {f"C-{number}": case for number, case in enumerate(cases())}
    assert len(every) == 24
    variants = {code: street.goods(code, 9.99, 10) for code in every}
    await street.settle()
    bought = {
        code: street.woo.order((street.shown(code)["id"], 3), shipping_cost="20.00")
        for code in every
    }
    await street.settle()
    sales = street.sales()
    for code, case in every.items():
        if case.shipped:
            street.deliver(sales[bought[code]["number"]]["id"])
    await street.settle()
    before = {code: street.on_hand(variant) for code, variant in variants.items()}

    given = {}
    for code, case in every.items():
        line = bought[code]["line_items"][0]["id"]
        given[code] = street.woo.refund(bought[code]["id"], **case.asked(line, "15.00"))
    await street.settle()

    assert [one.reason for one in await street.letters()] == []
    wrong: list[str] = []
    for code, case in every.items():
        sale = sales[bought[code]["number"]]["id"]
        notes = street.desk.moves(str(sale), "out_refund")
        told = [(one["amount_total"], one["payment_state"]) for one in notes]
        if [total for total, _ in told] != [float(given[code]["amount"])]:
            wrong.append(f"{case.name}: {told} for {given[code]['amount']}")
        if any(state not in ("paid", "in_payment") for _, state in told):
            wrong.append(f"{case.name}: the money was not given back, {told}")
        back = street.on_hand(variants[code]) - before[code]
        if back != expected(case):
            wrong.append(f"{case.name}: {back} pieces came back, not {expected(case)}")
    assert wrong == []


def expected(case: Case) -> int:
    """Only what had left can come back."""
    return case.pieces if case.shipped and case.restock else 0
