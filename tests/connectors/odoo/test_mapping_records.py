"""Partners, categories, warehouses and stock levels between the wire and the hub."""

from dataclasses import replace
from decimal import Decimal

import pytest

from qantara.connectors.odoo.mapping import category, partner, stock
from qantara.model import Address, Category, Partner, Ref, StockLevel, Text, Warehouse
from qantara.transport import Rejected
from tests.connectors.odoo.test_mapping_values import TABLES

KINDS_16 = ("contact", "invoice", "delivery", "private", "other")
KINDS_18 = ("contact", "invoice", "delivery", "other")

PARTNER_WIRE = {
    "row": {
        "id": 51,
        "name": "شركة النخيل",
        "is_company": False,
        "parent_id": [50, "Palm Group"],
        "type": "delivery",
        "ref": "C-1",
        "vat": "300000000000003",
        "email": "a@palm.example",
        "phone": "+966 11",
        "mobile": "+966 55",
        "website": "https://palm.example",
        "lang": "ar_001",
        "street": "طريق",
        "street2": "Tower",
        "city": "الرياض",
        "zip": "12211",
        "state_id": [7, "Riyadh"],
        "country_id": [186, "Saudi Arabia"],
        "active": False,
        "write_date": "2026-11-22 06:13:30",
    },
    "language": "ar",
    "state": "01",
    "country": "SA",
}
PARTNER = Partner(
    name="شركة النخيل",
    parent=Ref("partner", "50"),
    kind="delivery",
    reference="C-1",
    vat="300000000000003",
    email="a@palm.example",
    phone="+966 11",
    mobile="+966 55",
    website="https://palm.example",
    language="ar",
    address=Address(
        street="طريق", street2="Tower", city="الرياض", zip="12211", state="01", country="SA"
    ),
    active=False,
)
EVERY = frozenset(
    {
        *("name", "is_company", "parent", "kind", "reference", "vat", "email", "phone"),
        *("mobile", "website", "language", "address", "active"),
    }
)


def test_a_partner_is_read_whole():
    assert partner.from_wire(PARTNER_WIRE) == PARTNER


def test_what_a_version_lacks_or_leaves_empty_is_empty():
    row = {name: False for name in PARTNER_WIRE["row"] if name != "mobile"}
    wire = {"row": {**row, "name": "X", "active": True}, "language": "", "state": "", "country": ""}

    assert partner.from_wire(wire) == Partner(name="X")


def test_a_partner_is_written_whole():
    assert partner.to_cells(PARTNER, EVERY, TABLES, KINDS_16) == {
        "name": "شركة النخيل",
        "is_company": False,
        "active": False,
        "ref": "C-1",
        "vat": "300000000000003",
        "email": "a@palm.example",
        "phone": "+966 11",
        "mobile": "+966 55",
        "website": "https://palm.example",
        "parent_id/.id": 50,
        "type": "delivery",
        "lang": "ar_001",
        "street": "طريق",
        "street2": "Tower",
        "city": "الرياض",
        "zip": "12211",
        "country_id/.id": 186,
        "state_id/.id": 7,
    }


def test_only_the_named_fields_of_a_partner_become_cells():
    assert partner.to_cells(PARTNER, {"phone"}, TABLES, KINDS_18) == {"phone": "+966 11"}


def test_a_private_address_is_not_made_public():
    private = replace(PARTNER, kind="private")

    assert partner.to_cells(private, {"kind"}, TABLES, KINDS_16) == {"type": "private"}
    with pytest.raises(Rejected, match="private address"):
        partner.to_cells(private, {"kind"}, TABLES, KINDS_18)


def test_a_language_that_is_not_active_is_left_alone():
    other, none = replace(PARTNER, language="uk"), replace(PARTNER, language="")

    assert partner.to_cells(other, {"language"}, TABLES, KINDS_18) == {}
    assert partner.to_cells(none, {"language"}, TABLES, KINDS_18) == {"lang": None}


def test_a_category_goes_both_ways():
    wire = {
        "row": {
            "id": 5,
            "name": "Chairs",
            "complete_name": "All / Chairs",
            "parent_id": [1, "All"],
            "write_date": "2026-11-22 06:13:30",
        },
        "translations": {},
    }
    read = category.from_wire(wire)

    assert read == Category(name=Text("Chairs"), path="All / Chairs", parent=Ref("category", "1"))
    assert category.to_cells(read, {"name", "parent", "path"}, TABLES) == {
        "name": "Chairs",
        "parent_id/.id": 1,
    }
    assert category.to_cells(replace(read, parent=None), {"parent"}, TABLES) == {
        "parent_id/.id": None
    }


def test_a_warehouse_lives_on_in_the_name_of_its_location():
    warehouse = Warehouse(code="WH", name="مستودع (رئيسي)")
    cells = stock.warehouse_cells(warehouse)

    assert cells == {"name": "مستودع (رئيسي) (WH)", "usage": "transit", "company_id/.id": None}
    assert stock.warehouse_from_wire({"row": {"name": cells["name"]}}) == warehouse
    assert stock.code_in("مستودع (رئيسي) (WH)") == "WH"
    assert stock.code_in("Inter-company transit") == ""


def test_a_warehouse_of_ones_own_has_a_code():
    wire = {"row": {"id": 1, "name": "Main", "code": "WH"}}

    assert stock.warehouse_from_wire(wire) == Warehouse(code="WH", name="Main")


def test_a_location_renamed_by_hand_is_refused_in_words():
    with pytest.raises(Rejected, match="'Somewhere' no longer ends"):
        stock.warehouse_from_wire({"row": {"name": "Somewhere"}})


@pytest.mark.parametrize(
    ("fields", "name"),
    [({"name"}, "New (WH)"), ({"code"}, "Old (W2)"), ({"name", "code"}, "New (W2)")],
)
def test_only_the_named_part_of_a_location_changes(fields, name):
    assert stock.renamed("Old (WH)", Warehouse(code="W2", name="New"), fields) == name


def test_what_is_free_is_on_hand_less_reserved_over_all_quants():
    wire = {
        "variant": 71,
        "place": "2",
        "quants": [
            {"quantity": Decimal("10.5"), "reserved": Decimal("3.25")},
            {"quantity": Decimal("1.0"), "reserved": Decimal("0.0")},
        ],
    }

    assert stock.level_from_wire(wire) == StockLevel(
        product=Ref("variant", "71"), warehouse=Ref("warehouse", "2"), free=Decimal("8.25")
    )
    assert stock.level_from_wire({**wire, "quants": []}).free == 0


def test_the_id_of_a_level_names_variant_and_place():
    assert stock.level_id(71, "location:9") == "71@location:9"
    assert stock.level_parts("71@location:9") == (71, "location:9")
