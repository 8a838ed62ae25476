"""The report says what a connection can do and, in words, what is missing."""

from qantara.connectors.base import Report
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.report import Need, probe
from qantara.sandbox.odoo import OdooStandIn
from tests.connectors.odoo.scripted import connection

NEEDS = {
    "product": (
        Need(
            model="product.template",
            fields=("name", "list_price", "is_storable|detailed_type"),
            modules=("product",),
        ),
        Need(model="uom.uom", fields=("name",), writes=()),
    ),
    "sale_order": (Need(model="sale.order", fields=("client_order_ref",), modules=("sale",)),),
    "odd": (Need(model="res.partner", fields=("name", "weird|strange")),),
}


async def report(odoo: OdooStandIn, *entities: str, **settings: str) -> Report:
    given = {"login": "hub@example.com", "secret_kind": "key", **settings}
    secret = {"key": "hub-key", "password": "hub-password"}[given["secret_kind"]]
    client = Client(connection(odoo.url, secret, given))
    try:
        return await probe(client, entities, entities, NEEDS)
    finally:
        await client.close()


def lines(found: Report, level: str) -> str:
    return "\n".join(f"{f.what} {f.remedy}" for f in found.findings if f.level == level)


async def test_a_connection_that_can_do_all_is_usable():
    with OdooStandIn(version=18) as odoo:
        found = await report(odoo, "product", "sale_order")

    assert found.usable
    assert found.facts["company"] == "Nile Factory (SAR)"
    assert found.facts["languages"] == "ar_001, en_US"
    assert found.facts["version"] == "18.0"
    assert "product can be read and written." in lines(found, "ok")


async def test_plain_http_is_warned_of():
    with OdooStandIn() as odoo:
        found = await report(odoo, "product")

    assert "not encrypted" in lines(found, "warning")


async def test_a_password_is_warned_of():
    with OdooStandIn() as odoo:
        found = await report(odoo, "product", secret_kind="password")

    assert "an API key would do" in lines(found, "warning")
    assert found.facts["credential"] == "password"


async def test_an_administrator_is_warned_of_and_a_lesser_user_not():
    with OdooStandIn() as odoo:
        mighty = await report(odoo, "product")
        odoo.deny("ir.module.module", "write")
        modest = await report(odoo, "product")

    assert "administrator" in lines(mighty, "warning")
    assert "administrator" not in lines(modest, "warning")


async def test_a_missing_module_is_reported_with_its_name():
    with OdooStandIn(modules=("base", "product", "uom", "mail")) as odoo:
        found = await report(odoo, "sale_order")

    assert not found.usable
    assert "Install the module sale in Odoo" in lines(found, "missing")


async def test_a_missing_field_is_reported_with_all_its_names():
    with OdooStandIn() as odoo:
        found = await report(odoo, "odd")

    assert "odd: res.partner has no field weird or strange." in lines(found, "missing")


async def test_a_missing_right_is_reported_with_its_operation():
    with OdooStandIn() as odoo:
        odoo.deny("product.template", "create")
        odoo.deny("sale.order", "read")
        found = await report(odoo, "product", "sale_order")

    assert "product: the user may not create product.template." in lines(found, "missing")
    assert "sale_order: the user may not read sale.order." in lines(found, "missing")
    assert "may not change product.template" not in lines(found, "missing")


async def test_a_model_only_referred_to_needs_no_right_to_write():
    with OdooStandIn() as odoo:
        odoo.deny("uom.uom", "write")
        found = await report(odoo, "product")

    assert found.usable


async def test_inactive_languages_and_currencies_are_reported():
    with OdooStandIn(languages=("en_US",)) as odoo:
        found = await report(odoo, "product", languages="ar_001, en_US", currencies="SAR, KWD")

    assert "The language ar_001 is not active." in lines(found, "missing")
    assert "The currency KWD is not active." in lines(found, "missing")
    assert "en_US is not" not in lines(found, "missing")
    assert "SAR is not" not in lines(found, "missing")


async def test_no_secret_is_in_the_report():
    with OdooStandIn() as odoo:
        found = await report(odoo, "product", "odd")

    assert "hub-key" not in repr(found)
