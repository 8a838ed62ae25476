"""Models and fields of the bridge in an Odoo: made once, named in its languages, mended."""

import pytest

from qantara.sandbox.odoo import OdooStandIn
from qantara.transport import Unsupported
from tests.connectors.odoo.furnished import furnish
from tests.connectors.odoo.places import EACH_VERSION
from tests.sandbox.callers import Rpc


@pytest.fixture(params=EACH_VERSION)
def odoo(request):
    languages = ("en_US", "ar_001", "uk_UA", "fr_FR")
    with OdooStandIn(version=request.param, languages=languages) as stand:
        yield stand


async def test_the_board_keeps_offers_and_requests(odoo):
    await furnish(odoo)
    product = odoo.create("product.product", {"name": "Lamp"})
    offer = odoo.create("x_qantara_offer", {"x_name": "Lamp", "x_product_id": product})
    line = {"x_offer_id": offer, "x_product_id": product, "x_quantity": 3.0}
    request = odoo.create(
        "x_qantara_request", {"x_name": "REQ1", "x_state": "sent", "x_line_ids": [(0, 0, line)]}
    )

    [row] = odoo.read("x_qantara_request", [request], "display_name", "x_line_ids")
    assert row["display_name"] == "REQ1"
    assert len(row["x_line_ids"]) == 1
    odoo.unlink("x_qantara_request", request)
    assert odoo.rows("x_qantara_request_line") == []


async def test_a_transfer_says_its_container_and_whether_its_list_is_complete(odoo):
    await furnish(odoo, ["transfer"], [])
    kinds = Rpc(odoo)("stock.picking", "fields_get", ["x_qantara_container", "x_qantara_ready"])

    assert [kinds[name]["type"] for name in sorted(kinds)] == ["char", "boolean"]
    assert "x_qantara_offer" not in odoo.database.schema


async def test_labels_speak_the_languages_that_are_active(odoo):
    await furnish(odoo)
    rpc = Rpc(odoo)

    def label(code):
        told = rpc("x_qantara_offer", "fields_get", ["x_free"], context={"lang": code})
        return told["x_free"]["string"]

    assert [label(code) for code in ("en_US", "ar_001", "uk_UA", "fr_FR")] == [
        "Free",
        "المتاح",
        "Вільно",
        "Free",
    ]


async def test_a_field_of_another_type_is_not_touched(odoo):
    [model] = [row["id"] for row in odoo.rows("ir.model") if row["model"] == "stock.picking"]
    told = {"name": "x_qantara_container", "ttype": "integer", "field_description": "Mine"}
    odoo.create("ir.model.fields", {**told, "model_id": model})

    with pytest.raises(Unsupported, match="x_qantara_container"):
        await furnish(odoo)
    assert "x_qantara_offer" not in odoo.database.schema
