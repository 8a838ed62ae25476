"""Products between the wire and the hub: shapes as 16 and 18 send them, values of our own."""

import base64
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from qantara.connectors.base import Write
from qantara.connectors.odoo.mapping import product
from qantara.connectors.odoo.mapping.product import Shape
from qantara.model import (
    Image,
    Money,
    Option,
    OptionValue,
    Product,
    Ref,
    SupplierPrice,
    Text,
    Unit,
    Variant,
)
from qantara.transport import Rejected
from tests.connectors.odoo.test_mapping_values import DOZEN, TABLES

ODOO_16 = Shape(
    fields=frozenset({"type", "detailed_type", "tracking", "uom_po_id"}),
    kinds=frozenset({"product", "consu", "service"}),
)
ODOO_18 = Shape(
    fields=frozenset({"type", "is_storable", "tracking", "uom_po_id"}),
    kinds=frozenset({"consu", "service", "combo"}),
)
ODOO_19 = Shape(
    fields=frozenset({"type", "is_storable", "tracking"}),
    kinds=frozenset({"consu", "service", "combo"}),
)


def variant(number, sku, *values, **more):
    return {
        "id": number,
        "product_tmpl_id": [41, "[SKU] Chair"],
        "default_code": sku,
        "barcode": False,
        "standard_price": Decimal("0.0"),
        "weight": Decimal("0.0"),
        "volume": Decimal("0.0"),
        "active": True,
        "product_template_attribute_value_ids": list(values),
        "write_date": "2026-11-22 06:13:30",
        **more,
    }


def choice(number, name, surcharge="0.0", **translations):
    told = {language: {"name": text} for language, text in translations.items()}
    return {"id": number, "name": name, "surcharge": Decimal(surcharge), "translations": told}


WIRE: dict[str, Any] = {
    "template": {
        "id": 41,
        "name": "Chair",
        "description_sale": "Oak\nOiled",
        "detailed_type": "product",
        "type": "product",
        "tracking": "lot",
        "list_price": Decimal("12.125"),
        "categ_id": [5, "All / Furniture"],
        "uom_id": [2, "Dozens"],
        "sale_ok": True,
        "purchase_ok": False,
        "active": True,
        "attribute_line_ids": [9, 10],
        "write_date": "2026-11-22 06:13:30",
    },
    "currency": "KWD",
    "unit": {"name": "Dozens", "category": "Unit", "factor": "12"},
    "variants": [
        variant(
            71,
            "CH-R",
            31,
            33,
            barcode="6281000000018",
            standard_price=Decimal("7.255"),
            weight=Decimal("3.50"),
            volume=Decimal("0.125"),
        ),
        variant(72, "CH-B", 32, 33),
    ],
    "options": [
        {
            "name": "Size",
            "translations": {"ar": {"name": "مقاس"}},
            "values": [choice(33, "Large")],
        },
        {
            "name": "Colour",
            "translations": {"ar": {"name": "لون"}},
            "values": [choice(31, "Red", "1.5", ar="أحمر"), choice(32, "Blue", ar="Blue")],
        },
    ],
    "sellers": [
        {
            "vendor": 88,
            "price": Decimal("6.5"),
            "currency": "USD",
            "code": "V-9",
            "minimum": Decimal("10.0"),
        }
    ],
    "translations": {"ar": {"name": "كرسي", "description_sale": "بلوط"}},
    "image": "0f" * 20,
}

CHAIR = Product(
    name=Text("Chair", {"ar": "كرسي"}),
    description=Text("Oak\nOiled", {"ar": "بلوط"}),
    kind="goods",
    unit=DOZEN,
    category=Ref("category", "5"),
    price=Money(Decimal("12.125"), "KWD"),
    options=(
        Option(
            name=Text("Colour", {"ar": "لون"}),
            values=(
                OptionValue(name=Text("Red", {"ar": "أحمر"}), surcharge=Decimal("1.5")),
                OptionValue(name=Text("Blue")),
            ),
        ),
        Option(name=Text("Size", {"ar": "مقاس"}), values=(OptionValue(name=Text("Large")),)),
    ),
    variants=(
        Variant(
            sku="CH-B",
            cost=Money(Decimal(0), "KWD"),
            options=(("Colour", "Blue"), ("Size", "Large")),
        ),
        Variant(
            sku="CH-R",
            barcode="6281000000018",
            cost=Money(Decimal("7.255"), "KWD"),
            weight=Decimal("3.5"),
            volume=Decimal("0.125"),
            options=(("Colour", "Red"), ("Size", "Large")),
        ),
    ),
    suppliers=(
        SupplierPrice(
            vendor=Ref("partner", "88"),
            price=Money(Decimal("6.5"), "USD"),
            code="V-9",
            minimum=Decimal(10),
        ),
    ),
    image=Image(sha1="0f" * 20),
    tracking="lot",
    sold=True,
    bought=False,
)


def cells(record, *fields, shape=ODOO_16, content=None):
    write = Write(key="1", record=record, fields=frozenset(fields), content=content)
    return product.to_cells(write, record, TABLES, shape)


def test_a_product_is_read_whole():
    assert product.from_wire(WIRE) == CHAIR


def test_variants_are_children_by_their_options():
    assert product.children(WIRE) == {
        "Colour=Red|Size=Large": "71",
        "Colour=Blue|Size=Large": "72",
    }


def test_a_single_variant_has_the_empty_key():
    assert product.children({**WIRE, "options": [], "variants": [variant(71, "CH")]}) == {"": "71"}


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"detailed_type": "product", "type": "product"}, "goods"),
        ({"detailed_type": "consu", "type": "consu"}, "consumable"),
        ({"detailed_type": "service", "type": "service"}, "service"),
        ({"type": "consu", "is_storable": True}, "goods"),
        ({"type": "consu", "is_storable": False}, "consumable"),
        ({"type": "combo", "is_storable": False}, "combo"),
    ],
)
def test_each_version_tells_kinds_in_its_own_way(told, kind):
    row = {name: v for name, v in WIRE["template"].items() if name not in {"detailed_type", "type"}}

    assert product.from_wire({**WIRE, "template": {**row, **told}}).kind == kind


def test_an_unknown_type_is_refused_with_its_name():
    wire = {**WIRE, "template": {**WIRE["template"], "detailed_type": "course"}}

    with pytest.raises(Rejected, match="'course'"):
        product.from_wire(wire)


@pytest.mark.parametrize(
    ("shape", "kind", "written"),
    [
        (ODOO_16, "goods", {"detailed_type": "product"}),
        (ODOO_16, "consumable", {"detailed_type": "consu"}),
        (ODOO_18, "goods", {"type": "consu", "is_storable": True}),
        (ODOO_18, "service", {"type": "service", "is_storable": False}),
        (ODOO_19, "combo", {"type": "combo", "is_storable": False}),
    ],
)
def test_each_version_is_told_kinds_in_its_own_way(shape, kind, written):
    assert cells(replace(CHAIR, kind=kind), "kind", shape=shape) == written


def test_a_kind_that_the_version_lacks_is_refused():
    with pytest.raises(Rejected, match="'combo', which this Odoo does not know"):
        cells(replace(CHAIR, kind="combo"), "kind", shape=ODOO_16)


def test_only_the_named_fields_become_cells():
    assert cells(CHAIR, "name", "price") == {"name": "Chair", "list_price": Decimal("12.125")}
    assert cells(CHAIR, "sold", "bought", "active") == {
        "sale_ok": True,
        "purchase_ok": False,
        "active": True,
    }
    assert cells(CHAIR, "category") == {"categ_id/.id": 5}
    assert cells(CHAIR, "description", "tracking") == {
        "description_sale": "Oak\nOiled",
        "tracking": "lot",
    }


def test_the_purchase_unit_goes_with_the_unit_where_there_is_one():
    assert cells(CHAIR, "unit") == {"uom_id/.id": 3, "uom_po_id/.id": 3}
    assert cells(CHAIR, "unit", shape=ODOO_19) == {"uom_id/.id": 3}


def test_a_picture_travels_as_base64_and_is_cleared_when_it_is_gone():
    assert cells(CHAIR, "image", content=b"png") == {
        "image_1920": base64.b64encode(b"png").decode()
    }
    assert cells(replace(CHAIR, image=None), "image") == {"image_1920": ""}
    assert cells(CHAIR, "image") == {}


def test_a_cost_or_a_vendors_price_in_a_currency_that_cannot_be_kept_is_refused():
    foreign = replace(CHAIR, variants=(Variant(sku="x", cost=Money(Decimal(1), "USD")),))
    dormant = SupplierPrice(vendor=Ref("partner", "1"), price=Money(Decimal(1), "SAR"))

    product.check_money(CHAIR, {"variants", "suppliers"}, TABLES)
    product.check_money(foreign, {"name"}, TABLES)
    with pytest.raises(Rejected, match="cost is in USD"):
        product.check_money(foreign, {"variants"}, TABLES)
    with pytest.raises(Rejected, match="SAR is not active"):
        product.check_money(replace(CHAIR, suppliers=(dormant,)), {"suppliers"}, TABLES)


def test_variants_are_recognised_in_the_language_of_the_other_side():
    arabic = replace(TABLES, main="ar_001")

    assert set(product.combinations(CHAIR, arabic)) == {
        frozenset({("لون", "أحمر"), ("مقاس", "Large")}),
        frozenset({("لون", "Blue"), ("مقاس", "Large")}),
    }
    assert product.surcharges(CHAIR, arabic)["لون", "أحمر"] == Decimal("1.5")


def test_an_option_with_one_value_belongs_to_every_variant():
    """A store does not repeat in each variant what all have in common; Odoo does."""
    terse = replace(
        CHAIR,
        variants=(
            Variant(sku="a", options=(("Colour", "Red"), ("Size", "Large"))),
            Variant(sku="b", options=(("Colour", "Blue"),)),
        ),
    )

    assert frozenset({("Colour", "Blue"), ("Size", "Large")}) in product.combinations(terse, TABLES)


def test_an_option_of_no_variant_is_only_asked():
    asked = Option(name=Text("Engraving"), values=(OptionValue(name=Text("Yes")),))

    assert product.varies(CHAIR, CHAIR.options[0])
    assert not product.varies(replace(CHAIR, options=(*CHAIR.options, asked)), asked)


def test_a_number_of_a_variant_keeps_all_its_decimals():
    assert product.variant_cells(CHAIR.variants[1]) == {
        "default_code": "CH-R",
        "barcode": "6281000000018",
        "weight": Decimal("3.5"),
        "volume": Decimal("0.125"),
        "standard_price": Decimal("7.255"),
    }


def test_a_unit_is_read_from_the_wire_exactly():
    wire = {**WIRE, "unit": {"name": "g", "category": "Weight", "factor": "0.001"}}

    assert product.from_wire(wire).unit == Unit(
        name="g", category="Weight", factor=Decimal("0.001")
    )
