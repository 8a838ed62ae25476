"""A customer who returns is one partner in Odoo, whatever the store calls him by then."""

import pytest

from qantara.engine import drift
from qantara.model import Address, Partner
from qantara.storage import dead_letters
from tests.flows.commerce.shop import Trade, line, noura, order

GUEST = "guest:noura@example.com"


def partners(trade: Trade) -> list[Partner]:
    found = trade.odoo.records.get("partner", {}).values()
    return [one for one in found if isinstance(one, Partner)]


def of_whom(trade: Trade) -> set[str]:
    """Odoo's partners that orders are of."""
    return {one.customer.id for one in trade.orders().values() if one.customer}


async def bought(trade: Trade, *customers: str) -> None:
    """An order of each, one after the other."""
    for customer in customers:
        number = str(len(trade.orders()) + 1)
        trade.shop.place(order(number, customer, line(trade.sku("A"))))
        await trade.settle()
    assert [one.reason for one in await trade.journal.run(dead_letters.listing)] == []


async def test_a_guest_who_opens_an_account_stays_one_partner(trade: Trade) -> None:
    noura(trade.shop, GUEST)
    await bought(trade, GUEST)
    noura(trade.shop, "c1", name="Noura Al-Mutairi", phone="+966 50 000 0001")
    await bought(trade, "c1", GUEST, "c1")

    [kept] = partners(trade)
    assert kept.phone == "+966 50 000 0001"
    assert (len(trade.orders()), len(of_whom(trade))) == (4, 1)


async def test_who_has_an_account_and_buys_as_a_guest_is_the_same(trade: Trade) -> None:
    noura(trade.shop, "c1")
    await bought(trade, "c1")
    noura(trade.shop, GUEST, name="N. Al-Mutairi")
    await bought(trade, GUEST)

    [kept] = partners(trade)
    assert (kept.name, len(of_whom(trade))) == ("Noura", 1)


async def test_account_and_guest_that_come_together_are_one(trade: Trade) -> None:
    noura(trade.shop, GUEST)
    noura(trade.shop, "c1")
    await bought(trade, GUEST, "c1")

    assert (len(partners(trade)), len(of_whom(trade))) == (1, 1)


@pytest.mark.parametrize("account", [True, False], ids=["account", "guest"])
async def test_another_e_mail_address_makes_no_other_partner(trade: Trade, account: bool) -> None:  # noqa: FBT001
    first, then = ("c1", "c1") if account else (GUEST, "guest:new@example.com")
    phone = "+966 50 000 0001"
    noura(trade.shop, first, phone=phone)
    await bought(trade, first)
    noura(trade.shop, then, email="new@example.com", phone=phone)
    await bought(trade, then)

    [kept] = partners(trade)
    assert kept.email == ("new@example.com" if account else "noura@example.com")
    assert len(of_whom(trade)) == 1


async def test_another_address_changes_the_partner_and_makes_none(trade: Trade) -> None:
    noura(trade.shop, GUEST, address=Address(street="King Fahd Road", country="SA"))
    await bought(trade, GUEST)
    noura(trade.shop, GUEST, address=Address(street="Olaya Street", country="SA"))
    await bought(trade, GUEST)

    [kept] = partners(trade)
    assert (kept.address.street, len(of_whom(trade))) == ("Olaya Street", 1)


async def test_two_with_one_telephone_stay_two(trade: Trade) -> None:
    phone = "+966 50 000 0001"
    noura(trade.shop, GUEST, phone=phone)
    noura(trade.shop, "guest:omar@example.com", name="Omar", email="omar@example.com", phone=phone)
    await bought(trade, GUEST, "guest:omar@example.com")

    assert (len(partners(trade)), len(of_whom(trade))) == (2, 2)


async def test_who_turned_out_to_be_another_is_no_drift(trade: Trade) -> None:
    noura(trade.shop, GUEST)
    await bought(trade, GUEST)
    noura(trade.shop, "c1")
    await bought(trade, "c1")

    for short in ("customer", "order"):
        found = await drift.check(await trade.link(short), trade.journal, deep=True)
        assert found.findings == [], short
