"""Purchase and sales orders: numbers, amounts, workflow, and the transfers they make."""

import pytest

from qantara.sandbox.odoo import OdooStandIn
from tests.sandbox.callers import Refused, Rpc, goods


@pytest.fixture
def desk(odoo, rpc):
    vals = goods(odoo.version, name="Desk", default_code="D1", list_price=19, standard_price=7)
    return rpc("product.product", "create", vals)


@pytest.fixture
def partner(rpc):
    return rpc("res.partner", "create", {"name": "Partner"})


def sale(rpc, partner, product, **line):
    lines = [[0, 0, {"product_id": product, **line}]]
    return rpc("sale.order", "create", {"partner_id": partner, "order_line": lines})


def purchase(rpc, partner, product, **line):
    lines = [[0, 0, {"product_id": product, **line}]]
    return rpc("purchase.order", "create", {"partner_id": partner, "order_line": lines})


@pytest.mark.parametrize("version", [16, 18])
def test_prices_have_as_many_digits_as_an_administrator_gives_them(version):
    with OdooStandIn(version=version) as odoo:
        rpc = Rpc(odoo)
        known = {row["name"]: row["id"] for row in odoo.rows("decimal.precision")}
        made = goods(version, name="Desk", list_price=1.2345)
        before = rpc("product.product", "create", made)
        rpc("decimal.precision", "write", [known["Product Price"]], {"digits": 3})
        after = rpc("product.product", "create", made)

        rows = rpc("product.product", "read", [before, after], ["lst_price"])
        assert [row["lst_price"] for row in rows] == [1.23, 1.235]
        told = rpc("sale.order.line", "fields_get", ["price_unit"], attributes=["digits"])
        assert told["price_unit"]["digits"] == [16, 3]
        with pytest.raises(Refused, match="Discount"):
            rpc("decimal.precision", "write", [known["Discount"]], {"digits": 3})


def test_a_sales_order_has_a_number_a_price_and_tax(odoo, rpc, partner, desk):
    order = sale(rpc, partner, desk, product_uom_qty=2)

    fields = ["name", "state", "amount_untaxed", "amount_tax", "amount_total"]
    assert rpc("sale.order", "read", [order], fields) == [
        {
            "id": order,
            "name": "S00001",
            "state": "draft",
            "amount_untaxed": 38.0,
            "amount_tax": 5.7,
            "amount_total": 43.7,
        }
    ]


def test_names_of_tax_and_unit_depend_on_the_version(odoo, rpc):
    sold = rpc("sale.order.line", "fields_get", [], ["type"])
    bought = rpc("purchase.order.line", "fields_get", [], ["type"])

    new = odoo.version >= 19
    assert {"tax_ids", "product_uom_id"} <= sold.keys() if new else {"tax_id"} <= sold.keys()
    assert {"tax_ids", "product_uom_id"} <= bought.keys() if new else {"taxes_id"} <= bought.keys()


def test_a_confirmed_order_makes_a_delivery_with_its_origin(odoo, rpc, partner, desk):
    order = sale(rpc, partner, desk)
    rpc("sale.order", "write", [order], {"client_order_ref": "WEB-1"})

    assert rpc("sale.order", "action_confirm", [order]) is True

    (row,) = rpc("sale.order", "read", [order], ["state", "picking_ids", "delivery_status"])
    (picking,) = rpc("stock.picking", "read", row["picking_ids"], ["origin", "sale_id"])
    assert (row["state"], row["delivery_status"]) == ("sale", "pending")
    assert picking["origin"] == ("S00001 - WEB-1" if odoo.version == 18 else "S00001")
    assert picking["sale_id"][0] == order


def test_confirming_twice_is_silent_in_16_and_refused_later(odoo, rpc, partner, desk):
    order = sale(rpc, partner, desk)
    rpc("sale.order", "action_confirm", [order])

    if odoo.version == 16:
        assert rpc("sale.order", "action_confirm", [order]) is True
    else:
        with pytest.raises(Refused, match="not in a state requiring confirmation"):
            rpc("sale.order", "action_confirm", [order])
    assert len(rpc("sale.order", "read", [order], ["picking_ids"])[0]["picking_ids"]) == 1


def test_cancelling_asks_until_18_unless_told_not_to(odoo, rpc, partner, desk):
    order = sale(rpc, partner, desk)
    rpc("sale.order", "action_confirm", [order])

    asked = rpc("sale.order", "action_cancel", [order])
    answer = rpc("sale.order", "action_cancel", [order], context={"disable_cancel_warning": True})

    (row,) = rpc("sale.order", "read", [order], ["state", "picking_ids"])
    assert asked is True if odoo.version >= 19 else asked["res_model"] == "sale.order.cancel"
    assert (answer, row["state"]) == (True, "cancel")
    assert rpc("stock.picking", "read", row["picking_ids"], ["state"])[0]["state"] == "cancel"


def test_a_confirmed_order_cannot_be_deleted(rpc, partner, desk):
    order = sale(rpc, partner, desk)
    rpc("sale.order", "action_confirm", [order])

    with pytest.raises(Refused, match="You must first cancel it"):
        rpc("sale.order", "unlink", [order])


def test_an_order_to_oneself_cannot_be_confirmed(rpc, desk):
    order = sale(rpc, 1, desk)

    with pytest.raises(Refused, match="No rule has been found to replenish"):
        rpc("sale.order", "action_confirm", [order])


def test_the_price_is_rounded_before_the_subtotal(rpc, partner, desk):
    order = sale(rpc, partner, desk, product_uom_qty=3, price_unit=0.3333333)

    assert rpc("sale.order", "read", [order], ["amount_untaxed"])[0]["amount_untaxed"] == 0.99


def test_a_number_is_lost_with_a_failed_order(rpc, partner, desk):
    with pytest.raises(Refused):
        rpc("sale.order", "create", {})

    order = sale(rpc, partner, desk)

    assert rpc("sale.order", "read", [order], ["name"])[0]["name"] == "S00002"


def test_a_purchase_order_takes_the_cost_and_becomes_a_receipt(rpc, partner, desk):
    order = purchase(rpc, partner, desk, product_qty=4)

    assert rpc("purchase.order", "button_confirm", [order]) is True

    fields = ["name", "state", "amount_total", "receipt_status", "picking_ids"]
    (row,) = rpc("purchase.order", "read", [order], fields)
    (picking,) = rpc("stock.picking", "read", row["picking_ids"], ["name", "state", "origin"])
    assert (row["name"], row["state"], row["amount_total"]) == ("P00001", "purchase", 32.2)
    assert (picking["name"], picking["state"]) == ("WH/IN/00001", "assigned")
    assert (picking["origin"], row["receipt_status"]) == ("P00001", "pending")


def test_confirming_a_purchase_twice_is_silent(rpc, partner, desk):
    order = purchase(rpc, partner, desk)
    rpc("purchase.order", "button_confirm", [order])

    assert rpc("purchase.order", "button_confirm", [order]) is True
    assert len(rpc("purchase.order", "read", [order], ["picking_ids"])[0]["picking_ids"]) == 1


def test_the_vendor_is_noted_and_his_price_is_used_next_time(rpc, partner, desk):
    first = purchase(rpc, partner, desk, price_unit=6.5)
    rpc("purchase.order", "button_confirm", [first])

    second = purchase(rpc, partner, desk)

    lines = rpc("purchase.order.line", "search_read", [("order_id", "=", second)], ["price_unit"])
    assert [line["price_unit"] for line in lines] == [6.5]


def test_a_receipt_fills_the_stock_and_until_18_forbids_to_cancel(odoo, rpc, partner, desk):
    order = purchase(rpc, partner, desk, product_qty=4)
    rpc("purchase.order", "button_confirm", [order])
    (row,) = rpc("purchase.order", "read", [order], ["picking_ids"])
    done = {"qty_done": 4} if odoo.version == 16 else {"picked": True}
    lines = rpc("stock.move.line", "search", [("picking_id", "in", row["picking_ids"])])
    rpc("stock.move.line", "write", lines, done)

    rpc("stock.picking", "button_validate", row["picking_ids"])

    (level,) = rpc("product.product", "read", [desk], ["qty_available"])
    (after,) = rpc("purchase.order", "read", [order], ["receipt_status", "effective_date"])
    assert (level["qty_available"], after["receipt_status"]) == (4.0, "full")
    assert after["effective_date"]
    if odoo.version < 19:
        with pytest.raises(Refused, match="Unable to cancel purchase order"):
            rpc("purchase.order", "button_cancel", [order])
    else:
        assert rpc("purchase.order", "button_cancel", [order]) is None


def test_a_purchase_must_be_cancelled_before_it_is_deleted(rpc, partner, desk):
    order = purchase(rpc, partner, desk)

    with pytest.raises(Refused, match="you must cancel it first"):
        rpc("purchase.order", "unlink", [order])
    rpc("purchase.order", "button_cancel", [order])

    assert rpc("purchase.order", "unlink", [order]) is True


def test_a_dozen_bought_is_twelve_received(odoo, rpc, partner, desk):
    (dozen,) = rpc("uom.uom", "search", [("name", "=", "Dozens"), ("active", "in", [True, False])])
    unit = "product_uom_id" if odoo.version >= 19 else "product_uom"

    order = purchase(rpc, partner, desk, product_qty=2, price_unit=1, **{unit: dozen})

    lines = rpc(
        "purchase.order.line", "search_read", [("order_id", "=", order)], ["product_uom_qty"]
    )
    assert [line["product_uom_qty"] for line in lines] == [24.0]


def test_an_order_used_product_is_archived_not_deleted(odoo, rpc, partner, desk):
    order = sale(rpc, partner, desk)
    rpc("sale.order", "action_confirm", [order])

    with pytest.raises(Refused, match=r"stock\.move"):
        rpc("product.product", "unlink", [desk])
