"""odoorpc, a client that others wrote, drives the stand-in as it drives a real server."""

import odoorpc
import pytest

from tests.sandbox.callers import goods


@pytest.fixture
def witness(odoo):
    host, port = odoo.url.removeprefix("http://").split(":")
    client = odoorpc.ODOO(host, port=int(port))
    client.login("factory", "hub@example.com", "hub-password")
    return client


def test_it_logs_in_and_sees_the_version_and_itself(odoo, witness):
    assert witness.version == f"{odoo.version}.0"
    assert witness.env.user.login == "hub@example.com"
    assert witness.env.context["lang"] == "en_US"


def test_it_creates_reads_writes_and_deletes(witness):
    partners = witness.env["res.partner"]
    made = partners.create({"name": "Witness"})

    partners.write([made], {"city": "Riyadh"})
    record = partners.browse(made)

    assert (record.name, record.city, record.company_type) == ("Witness", "Riyadh", "person")
    assert partners.search([("city", "=", "Riyadh")]) == [made]
    partners.unlink([made])
    assert partners.search([("id", "=", made)]) == []


def test_it_follows_an_order_to_its_delivery(odoo, witness):
    env = witness.env
    product = env["product.product"].create(goods(odoo.version, name="Desk", list_price=10))
    partner = env["res.partner"].create({"name": "Customer"})
    lines = [(0, 0, {"product_id": product, "product_uom_qty": 2})]
    order = env["sale.order"].create({"partner_id": partner, "order_line": lines})

    env["sale.order"].action_confirm([order])

    record = env["sale.order"].browse(order)
    assert (record.state, record.amount_total) == ("sale", 23.0)
    assert [move.product_uom_qty for move in record.picking_ids.move_ids] == [2.0]


def test_it_is_told_errors_by_their_message(witness):
    with pytest.raises(odoorpc.error.RPCError, match="Contacts require a name"):
        witness.env["res.partner"].create({"email": "x@example.com"})
