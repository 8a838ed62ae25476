"""Why an order stops, in words that an owner understands; mended as they say, it arrives."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from qantara.storage import work
from qantara.storage.work import Task
from tests.flows.commerce.high_street import HighStreet
from tests.flows.commerce.owner import Owner, corner

Place = tuple[Owner, HighStreet]

KUWAIT = {
    "first_name": "Dalal",
    "last_name": "Sabah",
    "address_1": "1 Gulf Road",
    "city": "Kuwait",
    "postcode": "13001",
    "country": "KW",
    "email": "dalal@example.com",
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with corner(tmp_path) as (owner, street):
        street.goods("HAT", 10, 20)
        owner.fine()
        yield owner, street


def hat(street: HighStreet) -> int:
    return int(street.shown("HAT")["id"])


def test_an_order_with_an_unknown_sku(place: Place) -> None:
    owner, street = place
    ghost = street.woo.add("products", name="Ghost", sku="GHOST", regular_price="5")
    bought = street.woo.order(ghost["id"])
    fine = street.woo.order(hat(street))
    assert owner.run().code == 1

    letter = owner.letter(f"Order {bought['number']}", "'Ghost' (GHOST)", "erp", "qantara run")
    assert set(street.sales()) == {fine["number"]}

    street.odoo.create("product.product", {"name": "Ghost", "default_code": "GHOST"})
    owner.run("--link", "product")
    owner.replay(letter)
    assert street.sales()[bought["number"]]["amount_total"] == float(bought["total"])


def test_an_order_in_a_currency_that_odoo_does_not_use(place: Place) -> None:
    owner, street = place
    bought = street.woo.order(hat(street), currency="EUR")
    assert owner.run().code == 1

    letter = owner.letter(
        f"Order {bought['number']} is in EUR", "not active at erp", "Currencies", "Pricelists"
    )
    [euro] = [one["id"] for one in street.odoo.rows("res.currency") if one["name"] == "EUR"]
    street.odoo.write("res.currency", euro, {"active": True})
    street.odoo.create("product.pricelist", {"name": "Euro", "currency_id": euro})
    owner.replay(letter)

    [sale] = street.odoo.read("sale.order", [street.sales()[bought["number"]]["id"]], "currency_id")
    assert sale["currency_id"][0] == euro


def test_an_order_with_a_tax_that_odoo_does_not_have(place: Place) -> None:
    owner, street = place
    street.woo.add("taxes", country="KW", rate="7.5", name="Odd", shipping=True)
    bought = street.woo.order(hat(street), billing=KUWAIT)
    assert owner.run().code == 1

    letter = owner.letter(
        f"Line 1 (Product HAT) of order {bought['number']}",
        "erp has no sale tax of 7.5%",
        "Create or activate it in erp",
    )
    tax = {"name": "7.5%", "amount": 7.5, "amount_type": "percent", "type_tax_use": "sale"}
    street.odoo.create("account.tax", {**tax, "price_include_override": "tax_excluded"})
    owner.replay(letter)

    assert street.sales()[bought["number"]]["amount_tax"] == float(bought["total_tax"])


def test_an_order_with_an_email_address_that_is_none(place: Place) -> None:
    owner, street = place
    bought = street.woo.order(hat(street), email="mona@example")
    assert owner.run().code == 1

    letter = owner.letter(
        "'mona@example'", f"order {bought['number']}", "not valid", "Correct the address"
    )
    billing = {**bought["billing"], "email": "mona@example.com"}
    street.woo.edit(f"orders/{bought['id']}", billing=billing)
    owner.replay(letter)

    sale = street.sales()[bought["number"]]
    assert sale["amount_total"] == float(bought["total"])


def test_an_order_that_was_deleted_at_the_store(place: Place) -> None:
    owner, street = place
    bought = street.woo.order(hat(street))
    owner.fine()
    street.woo.delete(f"orders/{bought['id']}")
    task = Task(
        link="shop.order", connection="woo", entity="store_order", external_id=str(bought["id"])
    )
    with owner.store as store:
        store.run_here(work.ask, [task])
    assert owner.run().code == 1

    sale = street.sales()[bought["number"]]
    letter = owner.letter(
        f"Store order {bought['id']} was deleted at woo", "still at erp", "Cancel it at erp"
    )
    street.odoo.call("sale.order", "action_cancel", [sale["id"]], disable_cancel_warning=True)
    owner.replay(letter)
    owner.fine()
    assert street.sales()[bought["number"]]["state"] == "cancel"
