"""Templates, their variants, translations, pictures and the clocks of both."""

import base64
import hashlib

import pytest

from qantara.sandbox.odoo.demo import png
from tests.sandbox.callers import Refused, goods

T, P = "product.template", "product.product"


@pytest.fixture
def colour(rpc):
    values = [[0, 0, {"name": name}] for name in ("Red", "Green", "Blue")]
    attribute = rpc("product.attribute", "create", {"name": "Colour", "value_ids": values})
    return attribute, rpc("product.attribute", "read", [attribute], ["value_ids"])[0]["value_ids"]


def template_of(rpc, colour, number, **vals):
    attribute, values = colour
    line = {"attribute_id": attribute, "value_ids": [[6, 0, values[:number]]]}
    return rpc(T, "create", {"name": "Chair", "attribute_line_ids": [[0, 0, line]], **vals})


def line_of(rpc, template):
    return rpc(T, "read", [template], ["attribute_line_ids"])[0]["attribute_line_ids"]


def names(rpc, template):
    context = {"active_test": False}
    domain = [("product_tmpl_id", "=", template)]
    rows = rpc(P, "search_read", domain, ["display_name", "active"], order="id", context=context)
    return [(row["display_name"], row["active"]) for row in rows]


def clocks(odoo, product):
    (row,) = [each for each in odoo.rows(P) if each["id"] == product]
    (above,) = [each for each in odoo.rows(T) if each["id"] == row["product_tmpl_id"]]
    return row["write_date"], above["write_date"]


def test_a_template_has_one_product_that_shares_its_fields(odoo, rpc):
    vals = goods(odoo.version, name="Desk", default_code="D1", barcode="b1", standard_price=4)
    template = rpc(T, "create", vals)
    (product,) = rpc(T, "read", [template], ["product_variant_ids"])[0]["product_variant_ids"]

    rpc(P, "write", [product], {"list_price": 9.5})

    fields = ["default_code", "barcode", "standard_price", "list_price", "display_name"]
    expected = {
        "default_code": "D1",
        "barcode": "b1",
        "standard_price": 4.0,
        "list_price": 9.5,
        "display_name": "[D1] Desk",
    }
    assert rpc(T, "read", [template], fields) == [{"id": template, **expected}]
    assert rpc(P, "read", [product], fields) == [{"id": product, **expected}]


def test_the_kind_of_a_product_depends_on_the_version(odoo, rpc):
    described = rpc(T, "fields_get", [], ["type", "selection"])

    assert ("detailed_type" in described) == (odoo.version < 18)
    assert ("is_storable" in described) == (odoo.version >= 18)
    assert ("product" in dict(described["type"]["selection"])) == (odoo.version < 18)


def test_attribute_values_make_variants(rpc, colour):
    template = template_of(rpc, colour, 2)

    assert names(rpc, template) == [("Chair (Red)", True), ("Chair (Green)", True)]


def test_a_value_more_makes_one_variant_more(rpc, colour):
    template = template_of(rpc, colour, 2)

    line = line_of(rpc, template)
    rpc("product.template.attribute.line", "write", line, {"value_ids": [[6, 0, colour[1]]]})

    assert names(rpc, template)[-1] == ("Chair (Blue)", True)


def test_a_value_less_deletes_the_variant_or_archives_a_used_one(rpc, colour):
    template = template_of(rpc, colour, 3)
    red, green, _ = rpc(P, "search", [("product_tmpl_id", "=", template)], order="id")
    partner = rpc("res.partner", "create", {"name": "P"})
    order = {"partner_id": partner, "order_line": [[0, 0, {"product_id": green}]]}
    rpc("sale.order", "create", order)

    line = line_of(rpc, template)
    one = {"value_ids": [[6, 0, colour[1][:1]]]}
    rpc("product.template.attribute.line", "write", line, one)

    assert names(rpc, template)[0] == ("Chair", True)
    context = {"active_test": False}
    found = rpc(P, "search", [("product_tmpl_id", "=", template)], order="id", context=context)
    assert found == [red, green]
    assert rpc(P, "read", [green], ["active"])[0]["active"] is False


def test_an_attribute_with_one_value_keeps_the_product(rpc, colour):
    template = rpc(T, "create", {"name": "Desk", "default_code": "D1"})
    before = rpc(P, "search", [("product_tmpl_id", "=", template)])
    attribute, values = colour

    line = {"attribute_id": attribute, "value_ids": [[6, 0, values[:1]]]}
    rpc(T, "write", [template], {"attribute_line_ids": [[0, 0, line]]})

    assert rpc(P, "search", [("product_tmpl_id", "=", template)]) == before


def test_an_attribute_line_needs_a_value_of_its_own_attribute(rpc, colour):
    template = template_of(rpc, colour, 2)
    other = rpc("product.attribute", "create", {"name": "Size"})
    line = {"product_tmpl_id": template, "attribute_id": other}

    with pytest.raises(Refused, match="must have at least one value for the product Chair"):
        rpc("product.template.attribute.line", "create", {**line, "value_ids": []})
    with pytest.raises(Refused, match="because they do not match"):
        rpc("product.template.attribute.line", "create", {**line, "value_ids": [[6, 0, colour[1]]]})


def test_an_extra_price_belongs_to_the_variant(rpc, colour):
    template = template_of(rpc, colour, 2, list_price=10)
    line = line_of(rpc, template)
    fields = ["product_template_value_ids"]
    values = rpc("product.template.attribute.line", "read", line, fields)[0][fields[0]]

    rpc("product.template.attribute.value", "write", values[:1], {"price_extra": 2.5})

    rows = rpc(P, "search_read", [("product_tmpl_id", "=", template)], ["lst_price"], order="id")
    assert [row["lst_price"] for row in rows] == [12.5, 10.0]


def test_archiving_the_template_archives_its_products(odoo, rpc):
    template = rpc(T, "create", {"name": "Desk"})

    rpc(T, "write", [template], {"active": False})
    hidden = names(rpc, template)
    rpc(T, "write", [template], {"active": True})

    assert (hidden, names(rpc, template)) == ([("Desk", False)], [("Desk", True)])


def test_deleting_the_only_product_deletes_the_template(rpc):
    template = rpc(T, "create", {"name": "Desk"})

    rpc(P, "unlink", rpc(P, "search", [("product_tmpl_id", "=", template)]))

    assert rpc(T, "search", [("id", "=", template)]) == []


@pytest.mark.parametrize(
    ("model", "vals", "moved"),
    [  # which clocks move: product and template, on 16 and on 18; measured
        (T, {"name": "New"}, {16: (False, True), 18: (True, True)}),
        (T, {"taxes_id": [[6, 0, []]]}, {16: (False, True), 18: (True, True)}),
        (T, {"standard_price": 4}, {16: (True, True), 18: (True, True)}),
        (P, {"standard_price": 4}, {16: (True, False), 18: (True, False)}),
        (P, {"list_price": 4}, {16: (True, True), 18: (True, True)}),
        (P, {"barcode": "b"}, {16: (True, False), 18: (True, False)}),
        (P, {"default_code": "c"}, {16: (True, True), 18: (True, True)}),
        (T, {"active": False}, {16: (True, True), 18: (True, True)}),
        (P, {"active": False}, {16: (True, False), 18: (True, False)}),
    ],
)
@pytest.mark.parametrize("version", [16, 18])
def test_a_change_moves_the_clock_it_moves_on_the_real_server(request, version, model, vals, moved):
    odoo, rpc = (request.getfixturevalue(f"{kind}{version}") for kind in ("odoo", "rpc"))
    product = rpc(P, "create", {"name": "Desk"})
    before = clocks(odoo, product)
    template = rpc(P, "read", [product], ["product_tmpl_id"])[0]["product_tmpl_id"][0]

    rpc(model, "write", [product if model == P else template], vals)

    after = clocks(odoo, product)
    assert tuple(a != b for a, b in zip(after, before, strict=True)) == moved[version]


def test_stock_and_messages_move_no_product_clock(odoo, rpc):
    product = rpc(P, "create", goods(odoo.version, name="Desk"))
    before = clocks(odoo, product)
    place = rpc("stock.warehouse", "search_read", [], ["lot_stock_id"])[0]["lot_stock_id"][0]
    count = {"product_id": product, "location_id": place, "inventory_quantity": 5}

    quants = rpc("stock.quant", "create", [count], context={"inventory_mode": True})
    rpc("stock.quant", "action_apply_inventory", quants)
    rpc(P, "message_post", [product], body="hello")

    assert clocks(odoo, product) == before


def test_names_are_kept_per_language(rpc):
    template = rpc(T, "create", {"name": "Chair"})
    arabic = {"lang": "ar_001"}

    rpc(T, "write", [template], {"name": "كرسي"}, context=arabic)

    assert rpc(T, "read", [template], ["name"])[0]["name"] == "Chair"
    assert rpc(T, "read", [template], ["name"], context=arabic)[0]["name"] == "كرسي"
    assert rpc(T, "search", [("name", "=", "كرسي")], context=arabic) == [template]


def test_translations_are_read_and_written_together(rpc):
    product = rpc(P, "create", {"name": "Chair"})

    rpc(P, "update_field_translations", [product], "name", {"ar_001": "كرسي"})

    listed, kind = rpc(P, "get_field_translations", [product], "name")
    assert listed == [
        {"lang": "en_US", "source": "Chair", "value": "Chair"},
        {"lang": "ar_001", "source": "Chair", "value": "كرسي"},
    ]
    assert kind == {"translation_type": "char", "translation_show_source": False}
    with pytest.raises(Refused, match="languages are not activated: xx_XX"):
        rpc(P, "update_field_translations", [product], "name", {"xx_XX": "?"})


def test_a_picture_has_an_attachment_that_hides_from_plain_searches(rpc):
    picture = png(200, 10, 10)
    template = rpc(T, "create", {"name": "Desk", "image_1920": picture})
    domain = [("res_model", "=", T), ("res_id", "=", template)]

    shown = rpc("ir.attachment", "search_read", domain, ["checksum"])
    asked = [*domain, ("res_field", "=", "image_1920")]
    found = rpc("ir.attachment", "search_read", asked, ["checksum", "mimetype"])

    checksum = hashlib.sha1(base64.b64decode(picture), usedforsecurity=False).hexdigest()
    assert shown == []
    assert [(row["checksum"], row["mimetype"]) for row in found] == [(checksum, "image/png")]


def test_a_picture_is_checked_and_shown_as_a_size_when_asked(rpc):
    template = rpc(T, "create", {"name": "Desk", "image_1920": png(1, 2, 3)})

    with pytest.raises(Refused, match="could not be decoded as an image"):
        rpc(T, "write", [template], {"image_1920": "aGVsbG8="})

    sized = rpc(T, "read", [template], ["image_1920"], context={"bin_size": True})
    assert sized[0]["image_1920"].endswith(" bytes")


def test_vendors_prices_hang_on_the_template(rpc):
    vendor = rpc("res.partner", "create", {"name": "Vendor"})
    info = [[0, 0, {"partner_id": vendor, "price": 3.5, "product_code": "V-1"}]]

    product = rpc(P, "create", {"name": "Desk", "seller_ids": info})

    (seller,) = rpc(P, "read", [product], ["seller_ids"])[0]["seller_ids"]
    row = rpc("product.supplierinfo", "read", [seller], ["partner_id", "price", "product_code"])
    assert row == [
        {"id": seller, "partner_id": [vendor, "Vendor"], "price": 3.5, "product_code": "V-1"}
    ]


def test_a_dozen_is_twelve_units_in_every_version(odoo, rpc):
    fields = ["factor"] + (["factor_inv"] if odoo.version < 19 else [])

    (dozen,) = rpc(
        "uom.uom", "search_read", [("name", "=", "Dozens"), ("active", "in", [True, False])], fields
    )

    assert dozen["factor" if odoo.version >= 19 else "factor_inv"] == pytest.approx(12)
