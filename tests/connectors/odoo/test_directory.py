"""Telephones and names are found by their normal form: a few by pattern, many from memory."""

import pytest

from qantara.connectors.odoo.connector import Odoo
from tests.connectors.odoo.places import connector, standing

MANY = [f"phone:96650000{number:04}" for number in range(100, 140)]


@pytest.fixture
def odoo():
    with standing(18) as stand_in:
        yield stand_in


async def found(hub: Odoo, *keys: str) -> dict[str, list[str]]:
    return {key: list(ids) for key, ids in (await hub.find("partner", list(keys))).items()}


async def test_a_few_are_searched_for_and_many_are_looked_up(odoo):
    one = odoo.create("res.partner", {"name": "Noor", "phone": "+966 50-000 (0100)"})
    other = odoo.create("res.partner", {"name": "Sky", "mobile": "00966 500000139"})
    async with connector(odoo) as hub:
        few = await found(hub, MANY[0], MANY[5])
        many = await found(hub, *MANY)

    assert few == {MANY[0]: [str(one)]}
    assert many == {MANY[0]: [str(one)], MANY[39]: [str(other)]}


async def test_what_is_new_is_seen_at_once(odoo):
    async with connector(odoo) as hub:
        assert await found(hub, *MANY) == {}
        one = odoo.create("res.partner", {"name": "Noor", "phone": "+966500000100"})
        assert await found(hub, *MANY) == {MANY[0]: [str(one)]}


async def test_what_was_changed_is_seen_after_a_while(odoo, monkeypatch):
    one = odoo.create("res.partner", {"name": "Noor"})
    async with connector(odoo) as hub:
        assert await found(hub, *MANY) == {}
        odoo.write("res.partner", one, {"phone": "+966500000100"})
        monkeypatch.setattr("qantara.connectors.odoo.directory.FRESH", -1.0)
        assert await found(hub, *MANY) == {MANY[0]: [str(one)]}


async def test_a_national_number_counts_with_its_country(odoo):
    country = next(row["id"] for row in odoo.rows("res.country") if row["code"] == "SA")
    facts = {"name": "Noor", "phone": "050 000 0100", "country_id": country}
    one = odoo.create("res.partner", facts)
    async with connector(odoo) as hub:
        assert await found(hub, MANY[0]) == {MANY[0]: [str(one)]}


async def test_names_are_found_without_case_marks_and_legal_form(odoo):
    one = odoo.create("res.partner", {"name": "NOOR-Trading, L.L.C."})
    contact = odoo.create("res.partner", {"name": "Noor Trading", "parent_id": one})
    async with connector(odoo) as hub:
        named = await found(hub, "name:noor trading")

    assert named == {"name:noor trading": [str(one)]}
    assert contact


async def test_a_suppliers_code_is_found_at_that_vendor_only(odoo):
    vendor, other = (odoo.create("res.partner", {"name": name}) for name in ("A", "B"))
    product = odoo.create("product.template", {"name": "Seat"})
    offer = {"partner_id": vendor, "product_tmpl_id": product, "product_code": "F/1", "price": 1.0}
    odoo.create("product.supplierinfo", offer)
    keys = [f"supplier_code:{one}/F/1" for one in (vendor, other)]
    async with connector(odoo) as hub:
        assert await hub.find("product", keys) == {keys[0]: [str(product)]}
