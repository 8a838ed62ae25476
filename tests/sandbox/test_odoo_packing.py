"""Lots, serial numbers, packages and returns move as measured on Odoo 16 and 18, November 2026."""

import pytest

from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.odoo.server import MODULES
from tests.sandbox.callers import Refused, Rpc, goods

QUIET = {"skip_sms": True, "skip_backorder": True, "skip_immediate": True}
LINE = ["product_id", "lot_id", "lot_name", "result_package_id", "state"]


class Dock:
    """A product in lots, one with serial numbers and one without either, bought and sold."""

    def __init__(self, rpc):
        self.rpc = rpc
        self.version = rpc.stand.version
        self.done = "qty_done" if self.version == 16 else "quantity"
        self.oil, self.lamp, self.nail = (
            rpc("product.product", "create", goods(self.version, name=name, tracking=tracking))
            for name, tracking in (("Oil", "lot"), ("Lamp", "serial"), ("Nail", "none"))
        )
        self.partner = rpc("res.partner", "create", {"name": "Partner"})
        (warehouse,) = rpc("stock.warehouse", "search_read", [], ["lot_stock_id"])
        self.place = warehouse["lot_stock_id"][0]

    def count(self, product, quantity, lot=""):
        facts = {"product_id": product, "location_id": self.place, "inventory_quantity": quantity}
        if lot:
            named = {"name": lot, "product_id": product, "company_id": 1}
            facts["lot_id"] = self.rpc("stock.lot", "create", named)
        quants = self.rpc("stock.quant", "create", [facts], context={"inventory_mode": True})
        self.rpc("stock.quant", "action_apply_inventory", quants)

    def sold(self, quantities):
        lines = [
            [0, 0, {"product_id": one, "product_uom_qty": much}] for one, much in quantities.items()
        ]
        vals = {"partner_id": self.partner, "order_line": lines}
        return self._confirmed("sale.order", "action_confirm", vals)

    def bought(self, quantities):
        lines = [
            [0, 0, {"product_id": one, "product_qty": much, "price_unit": 1, "name": "-"}]
            for one, much in quantities.items()
        ]
        vals = {"partner_id": self.partner, "order_line": lines}
        return self._confirmed("purchase.order", "button_confirm", vals)

    def _confirmed(self, model, method, vals):
        order = self.rpc(model, "create", vals)
        self.rpc(model, method, [order])
        [picking] = self.rpc(model, "read", [order], ["picking_ids"])[0]["picking_ids"]
        return order, picking

    def lines(self, picking):
        told = [*LINE, self.done, *(["reserved_uom_qty"] if self.version == 16 else ["picked"])]
        domain = [("picking_id", "=", picking)]
        return self.rpc("stock.move.line", "search_read", domain, told, order="id")

    def facts(self, picking, name="name"):
        return self.rpc("stock.picking", "read", [picking], [name])[0][name]

    def do(self, line, quantity):
        vals = {self.done: quantity} | ({} if self.version == 16 else {"picked": True})
        self.rpc("stock.move.line", "write", [line["id"]], vals)

    def prepare(self, picking, *lines):
        """The lines of a receipt are replaced in one call."""
        ends = self.rpc("stock.picking", "read", [picking], ["location_id", "location_dest_id"])[0]
        place = {name: ends[name][0] for name in ("location_id", "location_dest_id")}
        moves = {
            row["product_id"][0]: row["id"]
            for row in self.rpc(
                "stock.move", "search_read", [("picking_id", "=", picking)], ["product_id"]
            )
        }
        commands = [[2, row["id"], 0] for row in self.lines(picking)]
        for product, quantity, more in lines:
            amounts = {self.done: quantity}
            amounts |= {"reserved_uom_qty": quantity} if self.version == 16 else {}
            known = {"move_id": moves[product]} if product in moves else {}
            vals = {"product_id": product, "picking_id": picking, **place, **known, **amounts}
            commands.append([0, 0, {**vals, **more}])
        self.rpc("stock.picking", "write", [picking], {"move_line_ids": commands})

    def lying(self, product):
        where = [("product_id", "=", product), ("location_id", "=", self.place)]
        rows = self.rpc(
            "stock.quant", "search_read", where, ["lot_id", "package_id", "quantity"], order="id"
        )
        return [
            (
                row["lot_id"] and row["lot_id"][1],
                row["package_id"] and row["package_id"][1],
                row["quantity"],
            )
            for row in rows
            if row["quantity"]
        ]


@pytest.fixture(params=[16, 18])
def dock(request):
    with OdooStandIn(version=request.param) as stand:
        yield Dock(Rpc(stand))


def test_lots_are_reserved_the_oldest_first_and_serial_numbers_one_by_one(dock):
    dock.count(dock.oil, 3, "L1")
    dock.count(dock.oil, 20, "L2")
    for serial in ("S1", "S2", "S3"):
        dock.count(dock.lamp, 1, serial)
    _, picking = dock.sold({dock.oil: 8, dock.lamp: 2})

    held = "reserved_uom_qty" if dock.version == 16 else "quantity"
    assert [(row["lot_id"][1], row[held]) for row in dock.lines(picking)] == [
        ("L1", 3),
        ("L2", 5),
        ("S1", 1),
        ("S2", 1),
    ]


def test_put_in_pack_answers_a_word_and_16_splits_a_line_of_which_a_part_is_done(dock):
    dock.count(dock.nail, 20)
    _, picking = dock.sold({dock.nail: 10})
    [line] = dock.lines(picking)
    dock.do(line, 4)

    assert dock.rpc("stock.picking", "action_put_in_pack", [picking]) == "stock.quant.package(1,)"

    packed = [
        (row[dock.done], row["result_package_id"] and row["result_package_id"][1])
        for row in dock.lines(picking)
    ]
    split = [(0, False), (4, "PACK0000001")]
    assert packed == (split if dock.version == 16 else [(4, "PACK0000001")])
    assert dock.rpc("stock.picking", "button_validate", [picking], context=QUIET) is True
    assert [row[dock.done] for row in dock.lines(picking)] == [4]


def test_a_receipt_is_prepared_by_commands_and_makes_lots_when_it_is_validated(dock):
    order, picking = dock.bought({dock.oil: 8, dock.lamp: 3, dock.nail: 10})
    box = dock.rpc("stock.quant.package", "create", {"name": "BOX"})
    dock.prepare(
        picking,
        (dock.nail, 6, {"result_package_id": box}),
        (dock.oil, 3, {"lot_name": "L1", "result_package_id": box}),
        (dock.oil, 2, {"lot_name": "L2"}),
        (dock.lamp, 1, {"lot_name": "S1"}),
    )

    assert dock.facts(picking, "state") == ("confirmed" if dock.version == 16 else "assigned")
    assert dock.rpc("stock.picking", "button_validate", [picking], context=QUIET) is True
    assert dock.lying(dock.oil) == [("L1", "BOX", 3), ("L2", False, 2)]
    assert dock.lying(dock.lamp) == [("S1", False, 1)]
    assert dock.lying(dock.nail) == [(False, "BOX", 6)]
    _, rest = sorted(dock.rpc("purchase.order", "read", [order], ["picking_ids"])[0]["picking_ids"])
    held = "reserved_uom_qty" if dock.version == 16 else "quantity"
    assert [row[held] for row in dock.lines(rest)] == [3, 1, 1, 4]
    assert dock.facts(rest, "state") == "assigned"


def test_a_line_without_its_move_makes_one_that_demands_nothing(dock):
    _, picking = dock.bought({dock.nail: 10})
    dock.prepare(picking, (dock.nail, 12, {}), (dock.oil, 4, {"lot_name": "L1"}))
    dock.rpc("stock.picking", "button_validate", [picking], context=QUIET)

    domain = [("picking_id", "=", picking)]
    moves = dock.rpc("stock.move", "search_read", domain, ["product_uom_qty"], order="id")
    raised = [12, 4] if dock.version == 16 else [10, 0]
    assert [row["product_uom_qty"] for row in moves] == raised


def test_what_is_tracked_is_not_validated_without_a_name(dock):
    _, picking = dock.bought({dock.oil: 8})
    for line in dock.lines(picking):
        dock.do(line, 8)

    with pytest.raises(Refused, match="You need to supply a Lot/Serial"):
        dock.rpc("stock.picking", "button_validate", [picking], context=QUIET)


def test_a_serial_number_comes_in_once(dock):
    _, picking = dock.bought({dock.lamp: 3})
    dock.prepare(picking, (dock.lamp, 2, {"lot_name": "S9"}))

    with pytest.raises(Refused, match="The serial number has already been assigned"):
        dock.rpc("stock.picking", "button_validate", [picking], context=QUIET)


def test_a_line_that_is_done_may_be_corrected_and_stock_follows(dock):
    order, picking = dock.bought({dock.nail: 10})
    dock.prepare(picking, (dock.nail, 6, {}))
    dock.rpc("stock.picking", "button_validate", [picking], context=QUIET)
    [line] = dock.lines(picking)

    dock.rpc("stock.move.line", "write", [line["id"]], {dock.done: 4})

    assert dock.lying(dock.nail) == [(False, False, 4)]
    domain = [("order_id", "=", order)]
    [row] = dock.rpc("purchase.order.line", "search_read", domain, ["qty_received"])
    assert row["qty_received"] == 4


def test_the_date_of_what_is_done_is_fixed(dock):
    _, picking = dock.bought({dock.nail: 10})
    dock.prepare(picking, (dock.nail, 10, {}))
    dock.rpc("stock.picking", "button_validate", [picking], context=QUIET)

    with pytest.raises(Refused, match="You cannot change the Scheduled Date"):
        dock.rpc("stock.picking", "write", [picking], {"scheduled_date": "2026-12-01 00:00:00"})


def test_dates_of_lots_are_kept_where_their_module_is():
    with OdooStandIn(version=18, modules=[*MODULES, "product_expiry"]) as stand:
        dock = Dock(Rpc(stand))
        _, picking = dock.bought({dock.oil: 3})
        dock.prepare(
            picking, (dock.oil, 3, {"lot_name": "L1", "expiration_date": "2027-05-01 00:00:00"})
        )
        dock.rpc("stock.picking", "button_validate", [picking], context=QUIET)

        [lot] = dock.rpc("stock.lot", "search_read", [], ["name", "expiration_date"])
        assert lot["expiration_date"] == "2027-05-01 00:00:00"
