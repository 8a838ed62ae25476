"""Goods come back by the dialogue, which each version opens in its own way."""

import pytest

from tests.sandbox.callers import Refused
from tests.sandbox.storefront import Storefront

QUIET = {"skip_sms": True, "skip_backorder": True, "skip_immediate": True}


class Shop(Storefront):
    def __init__(self, rpc):
        super().__init__(rpc)
        self.button = "action_create_returns" if self.version >= 18 else "create_returns"
        (warehouse,) = rpc("stock.warehouse", "search_read", [], ["lot_stock_id"])
        vals = {"product_id": self.desk, "location_id": warehouse["lot_stock_id"][0]}
        counted = {**vals, "inventory_quantity": 10}
        made = rpc("stock.quant", "create", counted, context={"inventory_mode": True})
        rpc("stock.quant", "action_apply_inventory", [made])
        self.sale = self.order(self.line(self.desk, 3, 10, self.excluded))
        (self.delivery,) = self.read("sale.order", self.sale, "picking_ids")[0]

    def finish(self, picking):
        if self.version == 16:
            fields = ["reserved_uom_qty"]
            lines = self.rpc(
                "stock.move.line", "search_read", [["picking_id", "=", picking]], fields
            )
            for line in lines:
                done = {"qty_done": line["reserved_uom_qty"]}
                self.rpc("stock.move.line", "write", [line["id"]], done)
        self.rpc("stock.picking", "button_validate", [picking], context=QUIET)
        assert self.read("stock.picking", picking, "state") == ("done",)

    def wizard(self, quantity, **more):
        (move,) = self.read("stock.picking", self.delivery, "move_ids")[0]
        line = {"product_id": self.desk, "quantity": quantity, "move_id": move, **more}
        vals = {"picking_id": self.delivery, "product_return_moves": [[0, 0, line]]}
        return self.rpc("stock.return.picking", "create", vals)

    def back(self, quantity, **more):
        wizard = self.wizard(quantity, **more)
        return self.rpc("stock.return.picking", self.button, [wizard])["res_id"]

    def on_hand(self):
        return self.read("product.product", self.desk, "qty_available")[0]


@pytest.fixture
def shop(rpc):
    return Shop(rpc)


def test_goods_sent_back_are_on_hand_again_and_no_longer_delivered(shop):
    shop.finish(shop.delivery)
    assert shop.on_hand() == 7
    back = shop.back(1)
    name = shop.read("stock.picking", shop.delivery, "name")[0]
    assert shop.read("stock.picking", back, "origin", "state") == (f"Return of {name}", "assigned")

    shop.finish(back)
    assert shop.on_hand() == 8
    assert shop.sold(shop.sale, "qty_delivered") == [(2.0,)]
    assert shop.read("sale.order", shop.sale, "picking_ids") == ([shop.delivery, back],)


def test_goods_that_are_not_refunded_stay_delivered(shop):
    shop.finish(shop.delivery)
    shop.finish(shop.back(1, to_refund=False))
    assert shop.sold(shop.sale, "qty_delivered") == [(3.0,)]


def test_more_than_was_delivered_is_not_refused(shop):
    shop.finish(shop.delivery)
    (move,) = shop.read("stock.picking", shop.back(5), "move_ids")[0]
    assert shop.read("stock.move", move, "product_uom_qty") == (5.0,)


def test_the_button_has_another_name_from_18(shop):
    shop.finish(shop.delivery)
    other = "create_returns" if shop.version >= 18 else "action_create_returns"
    with pytest.raises(Refused, match="does not exist"):
        shop.rpc("stock.return.picking", other, [shop.wizard(1)])


def test_lines_come_by_themselves_as_the_version_does_it(shop):
    shop.finish(shop.delivery)
    wizard = shop.rpc("stock.return.picking", "create", {"picking_id": shop.delivery})
    domain = [["wizard_id", "=", wizard]]
    rows = shop.rpc("stock.return.picking.line", "search_read", domain, ["quantity"])

    expected = {16: [], 17: [3.0]}
    assert [row["quantity"] for row in rows] == expected.get(shop.version, [0.0])
    if shop.version >= 18:
        with pytest.raises(Refused, match="at least one non-zero quantity"):
            shop.rpc("stock.return.picking", shop.button, [wizard])


def test_only_17_asks_whether_the_delivery_is_done(shop):
    if shop.version == 17:
        with pytest.raises(Refused, match="only return Done pickings"):
            shop.wizard(1)
    else:
        assert shop.wizard(1)


def test_a_parcel_has_its_carrier_and_number(shop):
    fee = {"name": "Parcel", "product_id": shop.fee, "fixed_price": 5}
    carrier = shop.rpc("delivery.carrier", "create", fee)
    vals = {"carrier_id": carrier, "carrier_tracking_ref": "JD0001"}
    shop.rpc("stock.picking", "write", [shop.delivery], vals)

    told = ([carrier, "Parcel"], "JD0001")
    assert shop.read("stock.picking", shop.delivery, "carrier_id", "carrier_tracking_ref") == told
