"""The demonstration companies are the same every time and obey the constraints."""

import pytest

from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.odoo.demo import ean13, fill_buyer, fill_factory
from tests.sandbox.callers import Rpc


@pytest.fixture(scope="module")
def factory():
    stand = OdooStandIn(version=16)
    fill_factory(stand)
    with stand:
        yield stand


def test_a_factory_has_two_thousand_products_and_variants(factory):
    products = factory.rows("product.product")

    codes = [row["default_code"] for row in products]
    assert len(products) > 2000
    assert len(set(codes)) == len(codes)
    assert len(factory.rows("product.category")) >= 40
    assert len(factory.rows("res.partner")) >= 300
    assert len(factory.rows("stock.warehouse")) == 2


def test_every_barcode_is_a_valid_ean(factory):
    barcodes = [row["barcode"] for row in factory.rows("product.product")]

    assert all(ean13(int(each[:12])) == each for each in barcodes)


def test_names_are_in_english_and_arabic(factory):
    rpc = Rpc(factory)
    (row,) = rpc("product.product", "search_read", [("default_code", "=", "NF-00001")], ["name"])

    (arabic,) = rpc("product.product", "read", [row["id"]], ["name"], context={"lang": "ar_001"})

    assert (row["name"], arabic["name"]) == ("Oak Office Chair Matt 1", "كرسي مكتب بلوط غير لامع 1")


def test_two_factories_are_alike(factory):
    other = OdooStandIn(version=16)
    fill_factory(other)

    def shown(stand):
        dated = ("create_date", "write_date", "in_date")
        rows = stand.rows("product.product") + stand.rows("stock.quant")
        return [{k: v for k, v in row.items() if k not in dated} for row in rows]

    assert shown(other) == shown(factory)


def test_a_buyer_has_some_of_the_factorys_codes_in_another_currency(factory):
    buyer = OdooStandIn(version=18, database="buyer", currency="USD", company="Delta Trading")
    fill_buyer(buyer)

    theirs = {row["default_code"] for row in factory.rows("product.product")}
    ours = {row["default_code"] for row in buyer.rows("product.product")}
    active = {row["name"] for row in buyer.rows("res.currency") if row.get("active")}
    assert ours
    assert ours < theirs
    assert active == {"USD", "SAR"}


def test_a_large_catalogue_is_read_in_pages(factory):
    rpc = Rpc(factory)
    fields = ["default_code", "name", "list_price", "write_date"]
    seen, last = [], 0

    while True:
        domain = [("write_date", ">", "2000-01-01"), ("id", ">", last)]
        page = rpc("product.product", "search_read", domain, fields, 0, 500, "write_date, id")
        if not page:
            break
        seen += [row["id"] for row in page]
        last = seen[-1]

    assert len(seen) == len(factory.rows("product.product"))
