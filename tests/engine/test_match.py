"""Recognising what the target holds already: by keys, and never by guess."""

from dataclasses import replace

import pytest

from qantara.engine.link import Kind, Link
from qantara.engine.pipeline import run
from qantara.model import Money, Partner, Ref, SaleOrder
from qantara.storage.store import Store
from tests.engine.memory import Memory
from tests.engine.test_pipeline import Silent, partners


@pytest.fixture
def here() -> Memory:
    return Memory("here")


@pytest.fixture
def there() -> Memory:
    return Memory("there!")


@pytest.mark.parametrize("name", ["Noor Trading", "noor  TRADING"])
async def test_a_shared_address_matches_only_with_the_same_name(
    store: Store, here: Memory, there: Memory, name: str
) -> None:
    here.put("partner", Partner(name="Noor Trading", email="info@noor.example"))
    here.put("partner", Partner(name="Samir", email="info@noor.example"))
    there.put("partner", Partner(name=name, email="info@noor.example"), "7")

    summary = await run(partners(here, there), store, Silent())

    assert summary.results == {"merged": 1, "written": 1}
    names = {row.name for row in there.records["partner"].values() if isinstance(row, Partner)}
    assert names == {"Noor Trading", "Samir"}


async def test_an_order_of_another_customer_with_the_same_number_is_left_alone(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("partner", Partner(name="Buyer"), "1")
    await run(partners(here, there), store, Silent())
    (customer,) = there.records["partner"]
    order = SaleOrder(
        number="",
        state="draft",
        customer=Ref("partner", "1"),
        currency="SAR",
        ordered_at=None,
        lines=(),
        total=Money.of(1, "SAR"),
        customer_reference="P00001",
    )
    theirs = replace(order, customer=Ref("partner", "99"), note="Theirs")
    for _ in range(2):
        there.put("sale_order", theirs)
    here.put("sale_order", order)
    orders = Link(
        name="orders",
        entity="sale_order",
        source=here,
        target=there,
        record_type=SaleOrder,
        fields=frozenset({"customer", "customer_reference"}),
        kind=Kind.DOCUMENT,
    )

    summary = await run(orders, store, Silent())

    assert summary.results == {"written": 1}
    rows = list(there.records["sale_order"].values())
    assert rows[:2] == [theirs, theirs]
    assert rows[2] == replace(order, customer=Ref("partner", customer))


async def test_two_of_one_page_never_claim_the_same_record(
    store: Store, here: Memory, there: Memory
) -> None:
    for _ in range(2):
        here.put("partner", Partner(name="Noor Trading", email="info@noor.example"))
    there.put("partner", Partner(name="Noor Trading", email="info@noor.example"), "7")

    summary = await run(partners(here, there), store, Silent())

    assert summary.results == {"merged": 1, "written": 1}
    assert len(there.records["partner"]) == 2


async def test_what_two_systems_have_is_one_record_at_the_third(
    store: Store, here: Memory, there: Memory
) -> None:
    elsewhere = Memory("elsewhere")
    noor = Partner(name="Noor Trading", email="info@noor.example")
    for one in (here, elsewhere):
        one.put("partner", noor, "1")
    await run(partners(here, there), store, Silent())

    summary = await run(replace(partners(elsewhere, there), name="others"), store, Silent())

    assert summary.results == {"merged": 1}
    assert list(there.records["partner"].values()) == [noor]
    elsewhere.put("partner", replace(noor, phone="1"), "1")
    await run(replace(partners(elsewhere, there), name="others"), store, Silent())
    assert list(there.records["partner"].values()) == [replace(noor, phone="1")]


async def test_a_second_one_of_the_same_system_is_another_one(
    store: Store, here: Memory, there: Memory
) -> None:
    noor = Partner(name="Noor Trading", email="info@noor.example")
    here.put("partner", noor, "1")
    await run(partners(here, there), store, Silent())
    here.put("partner", noor, "2")

    summary = await run(partners(here, there), store, Silent())

    assert summary.results == {"written": 1}
    assert len(there.records["partner"]) == 2
