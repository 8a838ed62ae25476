"""Two companies in one database: each connection works for the one that it names."""

from dataclasses import replace

from qantara.sandbox.odoo import OdooStandIn
from tests.flows.story import order_named
from tests.flows.test_matching import (
    asked,
    counterpart,
    names,
    ordered,
    product,
    sale_taxes,
    taxes_of,
)


def second_company(odoo: OdooStandIn, name: str) -> dict[str, int]:
    """Another company of the same database, with its warehouse, and the hub's user in both."""
    own = odoo.create("res.partner", {"name": name, "is_company": True})
    [money] = [row["currency_id"] for row in odoo.rows("res.company") if row["id"] == 1]
    company = odoo.create("res.company", {"name": name, "partner_id": own, "currency_id": money})
    warehouse = odoo.create(
        "stock.warehouse", {"name": name, "code": "W2", "company_id": company, "partner_id": own}
    )
    return {"company": company, "partner": own, "warehouse": warehouse}


async def test_what_another_company_of_the_database_has_is_not_matched(open_bridge):
    bridge, factory, buyer = open_bridge()
    other = second_company(buyer, "Delta East")["company"]
    mine = product(factory, "Chair", default_code="F-1")
    shared = product(factory, "Desk", default_code="F-2")
    person = factory.create("res.partner", {"name": "Noor", "email": "a@noor.example"})
    theirs = [
        product(buyer, "Chair", default_code="F-1", company_id=other),
        buyer.create(
            "res.partner", {"name": "Noor", "email": "a@noor.example", "company_id": other}
        ),
    ]
    everybodys = product(buyer, "Desk", default_code="F-2")

    await bridge.run()

    assert await counterpart(bridge, "product", shared) == str(everybodys)
    assert await counterpart(bridge, "product", mine) not in (None, str(theirs[0]))
    assert await counterpart(bridge, "partner", person) not in (None, str(theirs[1]))
    assert await asked(bridge) == []


async def test_what_another_company_of_the_database_has_is_not_carried(open_bridge):
    bridge, factory, buyer = open_bridge()
    other = second_company(factory, "Factory East")
    product(factory, "Theirs", default_code="F-1", company_id=other["company"])
    product(factory, "Everybody's", default_code="F-2")
    factory.create("res.partner", {"name": "Their customer", "company_id": other["company"]})
    factory.create("res.partner", {"name": "Everybody's customer"})

    await bridge.run()

    assert "Everybody's" in names(buyer, "product.template")
    assert "Theirs" not in names(buyer, "product.template")
    assert "Everybody's customer" in names(buyer, "res.partner")
    assert "Their customer" not in names(buyer, "res.partner")
    places = [row["name"] for row in buyer.rows("stock.location") if row["usage"] == "transit"]
    assert not [name for name in places if "W2" in name]


async def test_an_order_goes_to_the_company_that_the_connection_names(open_bridge):
    bridge, factory, buyer = open_bridge()
    other = second_company(factory, "Factory East")["company"]
    here = replace(bridge.factory, settings={**bridge.factory.settings, "company": "Factory East"})
    bridge.factory = here
    [first] = sale_taxes(factory, "5% of the first")
    own = factory.create(
        "account.tax",
        {"name": "5% own", "amount": 5.0, "type_tax_use": "sale", "company_id": other},
    )
    number = await ordered(bridge, factory, buyer)

    await bridge.run()

    sold = order_named(bridge.at_factory, number)
    company = bridge.at_factory.row("sale.order", [("id", "=", sold["id"])], ["company_id"])
    assert company["company_id"][0] == other
    assert taxes_of(bridge, number) == [own]
    assert first != own


async def test_an_order_of_another_company_is_not_read(open_bridge):
    bridge, factory, buyer = open_bridge()
    other = second_company(buyer, "Delta East")["company"]
    number = await ordered(bridge, factory, buyer)
    [row] = [one for one in buyer.rows("purchase.order") if one["name"] == number]
    buyer.write("purchase.order", row["id"], {"company_id": other})

    await bridge.run()

    assert list(factory.rows("sale.order")) == []
    assert await bridge.letters() == []
