"""The buttons of the bridge, pressed: a request of the factory, and a packing list that is ready."""

import pytest

from qantara.sandbox.odoo import OdooStandIn
from tests.connectors.odoo.furnished import furnish
from tests.connectors.odoo.places import EACH_VERSION
from tests.sandbox.callers import Refused, Rpc, goods


class Shop:
    """A furnished Odoo and somebody who presses its buttons."""

    def __init__(self, stand):
        self.stand = stand
        self.rpc = Rpc(stand)

    def press(self, key, model, *ids):
        [row] = [r for r in self.stand.rows("ir.model.data") if r["name"] == f"bridge_{key}"]
        context = {"active_model": model, "active_ids": list(ids), "active_id": ids[:1]}
        return self.rpc("ir.actions.server", "run", [row["res_id"]], context=context)

    def request(self, *offers):
        return self.press("action_request", "x_qantara_offer", *offers)

    def refusal(self, *offers):
        with pytest.raises(Refused) as caught:
            self.request(*offers)
        assert caught.value.name == "odoo.exceptions.UserError"
        return caught.value.message

    def offer(self, name="Lamp", quantity=0.0, **told):
        product = self.stand.create("product.product", {"name": name})
        vals = {"x_name": name, "x_free": 10.0, "x_unit": "Units", "x_product_id": product}
        return self.stand.create("x_qantara_offer", {**vals, "x_quantity": quantity, **told})


@pytest.fixture(params=EACH_VERSION)
async def shop(request):
    with OdooStandIn(version=request.param, languages=("en_US", "ar_001", "uk_UA")) as stand:
        await furnish(stand)
        yield Shop(stand)


async def test_lines_with_a_quantity_become_one_request(shop):
    lamp, sofa = shop.offer("Lamp", 3.0), shop.offer("Sofa", 1.5)
    untouched = shop.offer("Bed")
    told = shop.request(lamp, sofa, untouched)

    [request] = shop.rpc("x_qantara_request", "search_read", [], [])
    lines = shop.rpc("x_qantara_request_line", "search_read", [], [])
    assert request["x_name"] == f"REQ{request['id']:05}"
    assert (request["x_state"], request["x_user_id"][0]) == ("sent", shop.rpc.uid)
    assert [(one["x_offer_id"][0], one["x_quantity"]) for one in lines] == [
        (lamp, 3.0),
        (sofa, 1.5),
    ]
    assert all(one["x_product_id"] for one in lines)
    [row] = shop.rpc("x_qantara_offer", "read", [lamp], ["x_quantity", "x_request", "x_state"])
    assert (row["x_quantity"], row["x_request"], row["x_state"]) == (0.0, request["x_name"], "sent")
    assert request["x_name"] in told["params"]["message"]


async def test_the_second_of_two_clicks_finds_nothing_typed(shop):
    lamp = shop.offer(quantity=3.0)
    shop.request(lamp)

    assert "Nothing was typed" in shop.refusal(lamp)
    assert "Nothing was typed" in shop.refusal()
    assert len(shop.stand.rows("x_qantara_request")) == 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"x_quantity": 11.0}, "you ask for 11 Units, but only 10 are free"),
        ({"x_quantity": -2.0}, "-2 is less than nothing"),
        ({"x_quantity": 1.0, "x_product_id": False}, "no product of ours"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused_in_words_and_nothing_is_sent(shop, wrong, why):
    good, bad = shop.offer("Lamp", 1.0), shop.offer("Sofa", **wrong)

    assert f"Sofa: {why}" in shop.refusal(good, bad)
    assert shop.stand.rows("x_qantara_request") == []
    assert shop.rpc("x_qantara_offer", "read", [good], ["x_quantity"])[0]["x_quantity"] == 1.0


async def test_an_archived_product_is_unknown_and_every_wrong_line_is_named(shop):
    lamp, sofa = shop.offer("Lamp", 1.0), shop.offer("Sofa", 99.0)
    product = shop.rpc("x_qantara_offer", "read", [lamp], ["x_product_id"])[0]["x_product_id"][0]
    shop.rpc("product.product", "write", [product], {"active": False})

    first, second = shop.refusal(lamp, sofa).split("\n")
    assert first.startswith("Lamp")
    assert "archived" in first
    assert second.startswith("Sofa")


async def test_floating_points_are_no_reason_to_refuse(shop):
    assert shop.request(shop.offer(quantity=0.1 + 0.2, x_free=0.3))


async def test_refusals_are_in_the_language_of_the_user(shop):
    lamp = shop.offer(quantity=99.0)
    said = []
    for code in ("ar_001", "uk_UA"):
        shop.rpc("res.users", "write", [shop.rpc.uid], {"lang": code})
        said.append(shop.refusal(lamp))

    assert "طلبت 99" in said[0]
    assert "ви просите 99" in said[1]


def transfer(shop, quantity=0.0):
    """A delivery of two lamps, with so many in stock."""
    version = shop.stand.version
    product = shop.rpc("product.product", "create", [goods(version, name="Lamp")])[0]
    by_name = {row["name"]: row["res_id"] for row in shop.stand.rows("ir.model.data")}
    here, there = by_name["stock_location_stock"], by_name["stock_location_customers"]
    places = {"location_id": here, "location_dest_id": there}
    if quantity:
        vals = {"product_id": product, "location_id": here, "inventory_quantity": quantity}
        quant = shop.rpc("stock.quant", "create", [vals], context={"inventory_mode": True})
        shop.rpc("stock.quant", "action_apply_inventory", quant)
    move = {"product_id": product, "product_uom_qty": 2.0, **places}
    move |= {} if version >= 19 else {"name": "Lamp"}
    told = {"picking_type_id": by_name["picking_type_out"], **places, "move_ids": [(0, 0, move)]}
    (made,) = shop.rpc("stock.picking", "create", [told])
    shop.rpc("stock.picking", "action_confirm", [made])
    shop.rpc("stock.picking", "action_assign", [made])
    return made


async def test_the_ready_button_marks_a_reserved_transfer_and_takes_the_mark_back(shop):
    made = transfer(shop, quantity=2.0)
    said = []
    for _ in range(2):
        shop.press("action_ready", "stock.picking", made)
        said += shop.rpc("stock.picking", "read", [made], ["x_qantara_ready"])

    assert [row["x_qantara_ready"] for row in said] == [True, False]


async def test_a_transfer_without_goods_or_that_is_over_has_no_packing_list(shop):
    made = transfer(shop)
    with pytest.raises(Refused, match="no packing list yet"):
        shop.press("action_ready", "stock.picking", made)
    shop.rpc("stock.picking", "action_cancel", [made])
    with pytest.raises(Refused, match="done or cancelled"):
        shop.press("action_ready", "stock.picking", made)
