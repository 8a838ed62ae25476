"""Counts, reservations and transfers move quantities as the real server moves them."""

import pytest

from tests.sandbox.callers import Refused, goods

QUIET = {"skip_sms": True, "skip_backorder": True, "skip_immediate": True}


class Shop:
    """A product on stock and a customer, over RPC."""

    def __init__(self, rpc):
        self.rpc = rpc
        self.version = rpc.stand.version
        self.product = rpc("product.product", "create", goods(self.version, name="Desk"))
        vals = {"name": "Customer", "phone": "+966500000001"}
        self.customer = rpc("res.partner", "create", vals)
        (warehouse,) = rpc("stock.warehouse", "search_read", [], ["lot_stock_id"])
        self.place = warehouse["lot_stock_id"][0]

    def count(self, quantity):
        vals = {"product_id": self.product, "location_id": self.place}
        context = {"inventory_mode": True}
        counted = [{**vals, "inventory_quantity": quantity}]
        quants = self.rpc("stock.quant", "create", counted, context=context)
        return quants, self.rpc("stock.quant", "action_apply_inventory", quants)

    def order(self, quantity):
        line = {"product_id": self.product, "product_uom_qty": quantity}
        vals = {"partner_id": self.customer, "order_line": [[0, 0, line]]}
        order = self.rpc("sale.order", "create", vals)
        self.rpc("sale.order", "action_confirm", [order])
        return order, self.rpc("sale.order", "read", [order], ["picking_ids"])[0]["picking_ids"]

    def levels(self, **context):
        fields = ["qty_available", "free_qty", "virtual_available"]
        (row,) = self.rpc("product.product", "read", [self.product], fields, context=context)
        return tuple(row[field] for field in fields)

    def do(self, pickings, quantity):
        domain = [("picking_id", "in", pickings)]
        lines = self.rpc("stock.move.line", "search", domain)
        vals = {"quantity": quantity, "picked": True}
        vals = {"qty_done": quantity} if self.version == 16 else vals
        self.rpc("stock.move.line", "write", lines, vals)

    def states(self, order):
        domain = [("sale_id", "=", order)]
        rows = self.rpc("stock.picking", "search_read", domain, ["state"], order="id")
        return [row["state"] for row in rows]


@pytest.fixture
def shop(rpc):
    return Shop(rpc)


def test_a_count_is_applied_and_answers_nothing(shop):
    quants, answer = shop.count(25)

    row = shop.rpc("stock.quant", "read", quants, ["quantity", "inventory_quantity_set"])
    assert answer is None
    assert row == [{"id": quants[0], "quantity": 25.0, "inventory_quantity_set": False}]
    assert shop.levels() == (25.0, 25.0, 25.0)


def test_counting_again_takes_the_same_quant(shop):
    first, _ = shop.count(25)
    second, _ = shop.count(7)

    assert first == second
    assert shop.levels()[0] == 7.0


def test_the_loss_location_holds_the_other_half(shop):
    shop.count(25)

    domain = [("product_id", "=", shop.product), ("location_id.usage", "=", "inventory")]
    rows = shop.rpc("stock.quant", "search_read", domain, ["quantity"])
    assert [row["quantity"] for row in rows] == [-25.0]


def test_only_storable_products_are_counted_and_only_in_inventory_mode(shop):
    service = shop.rpc("product.product", "create", {"name": "Hour", "type": "service"})
    vals = {"product_id": service, "location_id": shop.place, "inventory_quantity": 1}

    with pytest.raises(Refused, match="Quants cannot be created for consumables or services"):
        shop.rpc("stock.quant", "create", [vals], context={"inventory_mode": True})
    with pytest.raises(Refused, match="without inventory_mode"):
        shop.rpc("stock.quant", "create", [vals])


def test_a_count_that_the_stock_overtook_opens_a_dialogue(shop):
    quants, _ = shop.count(10)
    shop.rpc("stock.quant", "write", quants, {"inventory_quantity": 12})
    _, pickings = shop.order(4)
    shop.do(pickings, 4)
    shop.rpc("stock.picking", "button_validate", pickings, context=QUIET)

    answer = shop.rpc("stock.quant", "action_apply_inventory", quants)

    assert answer["res_model"] == "stock.inventory.conflict"


def test_an_empty_quant_stays_until_the_server_sweeps(odoo, shop):
    quants, _ = shop.count(5)
    shop.count(0)
    before = shop.rpc("stock.quant", "search", [("id", "in", quants)])

    odoo.vacuum()

    assert before == quants
    assert shop.rpc("stock.quant", "search", [("id", "in", quants)]) == []


def test_a_confirmed_order_reserves_what_is_there(shop):
    shop.count(10)

    _, pickings = shop.order(4)

    fields = ["name", "state", "products_availability_state"]
    (picking,) = shop.rpc("stock.picking", "read", pickings, fields)
    assert (picking["name"], picking["state"]) == ("WH/OUT/00001", "assigned")
    assert picking["products_availability_state"] == "available"
    assert shop.levels() == (10.0, 6.0, 6.0)


def test_what_is_missing_waits_until_it_comes(shop):
    _, pickings = shop.order(4)
    before = shop.rpc("stock.picking", "read", pickings, ["state"])[0]["state"]
    shop.count(10)

    shop.rpc("stock.picking", "action_assign", pickings)

    after = shop.rpc("stock.picking", "read", pickings, ["state"])[0]["state"]
    assert (before, after) == ("confirmed", "assigned")


def test_the_names_of_done_quantities_depend_on_the_version(shop):
    described = shop.rpc("stock.move.line", "fields_get", [], ["type"])

    assert ("qty_done" in described) == (shop.version == 16)
    assert ({"quantity", "picked"} <= described.keys()) == (shop.version >= 17)


def test_nothing_done_is_asked_about_in_16_and_taken_as_all_later(shop):
    shop.count(10)
    order, pickings = shop.order(4)

    answer = shop.rpc("stock.picking", "button_validate", pickings, context={"skip_sms": True})

    if shop.version == 16:
        wizard = shop.rpc(answer["res_model"], "create", {}, context=answer["context"])
        done = shop.rpc(answer["res_model"], "process", [wizard], context=answer["context"])
        assert (answer["res_model"], done) == ("stock.immediate.transfer", True)
    else:
        assert answer is True
    assert shop.states(order) == ["done"]
    assert shop.levels() == (6.0, 6.0, 6.0)


def test_a_part_done_asks_for_a_back_order_and_then_for_an_sms(shop):
    shop.count(10)
    order, pickings = shop.order(4)
    shop.do(pickings, 3)

    asked = shop.rpc("stock.picking", "button_validate", pickings)
    wizard = shop.rpc(asked["res_model"], "create", {}, context=asked["context"])
    then = shop.rpc(asked["res_model"], "process", [wizard], context=asked["context"])
    last = shop.rpc(then["res_model"], "send_sms", [then["res_id"]], context=then["context"])

    assert asked["res_model"] == "stock.backorder.confirmation"
    assert (then["res_model"], last) == ("confirm.stock.sms", True)
    assert shop.states(order) == ["done", "assigned"]
    assert shop.levels() == (7.0, 6.0, 6.0)


def test_one_call_with_the_right_context_asks_nothing(shop):
    shop.count(10)
    order, pickings = shop.order(4)
    shop.do(pickings, 3)

    assert shop.rpc("stock.picking", "button_validate", pickings, context=QUIET) is True

    delivered = shop.rpc("sale.order.line", "search_read", [], ["qty_delivered", "qty_to_deliver"])
    assert shop.states(order) == ["done", "assigned"]
    assert [(row["qty_delivered"], row["qty_to_deliver"]) for row in delivered] == [(3.0, 1.0)]


def test_the_rest_can_be_dropped(shop):
    shop.count(10)
    order, pickings = shop.order(4)
    shop.do(pickings, 3)
    context = {**QUIET, "picking_ids_not_to_backorder": pickings}

    shop.rpc("stock.picking", "button_validate", pickings, context=context)

    assert shop.states(order) == ["done"]
    assert shop.levels() == (7.0, 7.0, 7.0)


def test_validating_twice_is_an_error_until_17_and_nothing_later(shop):
    shop.count(10)
    _, pickings = shop.order(4)
    shop.do(pickings, 4)
    shop.rpc("stock.picking", "button_validate", pickings, context=QUIET)

    if shop.version < 18:
        with pytest.raises(Refused, match="no quantities are reserved"):
            shop.rpc("stock.picking", "button_validate", pickings)
    else:
        assert shop.rpc("stock.picking", "button_validate", pickings) is True
    assert shop.levels()[0] == 6.0


def test_levels_are_told_per_warehouse(shop):
    shop.count(10)
    second = shop.rpc("stock.warehouse", "create", {"name": "Second", "code": "SEC"})

    assert shop.levels(warehouse=second)[0] == 0.0
    assert shop.levels(warehouse_id=1)[0] == 10.0
    assert shop.levels(location=shop.place)[0] == 10.0
    assert shop.levels()[0] == 10.0
