"""One story over every protocol and version of the stand-in, and its faults."""

from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from qantara.connectors.odoo.client import Client
from qantara.sandbox.odoo import OdooStandIn
from qantara.transport import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    RetryLater,
    Unsupported,
)
from qantara.transport.http import TimeoutClass
from tests.connectors.odoo.scripted import connection

WAYS = [
    *((version, "jsonrpc", "key") for version in (16, 17, 18, 19)),
    *((version, "xmlrpc", "key") for version in (16, 18)),
    *((version, "session", "password") for version in (16, 18)),
    (19, "json2", "key"),
]
SECRETS = {"key": "hub-key", "password": "hub-password"}


@asynccontextmanager
async def entered(odoo: OdooStandIn, kind: str = "key", **settings: str):
    given = {"login": "hub@example.com", "secret_kind": kind, **settings}
    client = Client(connection(odoo.url, SECRETS[kind], given))
    try:
        yield client
    finally:
        await client.close()


@pytest.mark.parametrize(("version", "protocol", "kind"), WAYS)
async def test_the_same_story_over(version: int, protocol: str, kind: str):
    with OdooStandIn(version=version) as odoo:
        async with entered(odoo, kind, protocol=protocol) as client:
            server = await client.enter()
            ids = await client.create("res.partner", [{"name": "عميل"}, {"name": "Client\x00"}])
            await client.write("res.partner", ids, {"city": "Jeddah"})
            loaded = await client.load(
                "res.partner", ["id", "name", "city"], [["hub.p1", "Loaded", "Jeddah"]]
            )
            domain = [("city", "=", "Jeddah")]
            found = await client.search_read("res.partner", domain, ["name"], limit=2)
            third = await client.search("res.partner", domain, order="id desc", limit=1)
            read = await client.read("res.partner", [*ids, 999_999], ["city"])
            count = await client.count("res.partner", domain)
            fields = await client.fields("res.partner")
            may = await client.may("res.partner", "write")

    assert (server.major, server.protocol, server.database) == (version, protocol, "factory")
    assert [one["name"] for one in found] == ["عميل", "Client"]
    assert [one["id"] for one in read] == ids
    assert loaded.ids == third
    assert (count, may, fields["name"].type) == (3, True, "char")


@pytest.mark.parametrize(("version", "protocol", "kind"), WAYS)
async def test_the_same_refusals_over(version: int, protocol: str, kind: str):
    with OdooStandIn(version=version) as odoo:
        odoo.deny("product.template", "create")
        async with entered(odoo, kind, protocol=protocol) as client:
            asked = {
                NotFound: client.write("res.partner", [999_999], {"name": "x"}),
                Unsupported: client.search_read("res.partner", [], ["nofield"]),
                AuthFailed: client.create("product.template", [{"name": "x"}]),
            }
            told = {kind: await failure(call) for kind, call in asked.items()}
            rows = [["hub.a", "A", "1"], ["hub.b", "B", "abc"]]
            columns = ["id", "name", "list_price"]
            loaded = await client.load("product.product", columns, rows)
            missing = await client.has_model("no.model")

    assert [type(error) for error in told.values()] == list(told)
    assert "res.partner.nofield" in told[Unsupported].reason
    assert "may not create product.template" in told[AuthFailed].reason
    assert (loaded.ids, set(loaded.refused)) == (None, {1})
    assert loaded.refused[1].field == "list_price"
    assert missing is False


@pytest.mark.parametrize("version", [16, 17, 18, 19])
async def test_who_may_not_see_the_modules_sees_the_fields_of_a_company(version: int):
    with OdooStandIn(version=version) as odoo:
        odoo.deny("ir.module.module", "read")
        async with entered(odoo) as client:
            fields = await client.fields("res.company")

    assert (fields["name"].type, fields["name"].required) == ("char", True)


async def failure(call) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        await call
    return caught.value


@pytest.mark.parametrize(("version", "protocol", "kind"), WAYS)
async def test_prices_are_exact_over(version: int, protocol: str, kind: str):
    with OdooStandIn(version=version) as odoo:
        async with entered(odoo, kind, protocol=protocol) as client:
            price = Decimal("19.99")
            (product,) = await client.create(
                "product.template", [{"name": "a", "list_price": price}]
            )
            (read,) = await client.read("product.template", [product], ["list_price"])

    assert read["list_price"] == price


FAULTS = [
    ("cut_before", RetryLater, OutcomeUnknown),
    ("cut_after", RetryLater, OutcomeUnknown),
    ("http_500", RetryLater, OutcomeUnknown),
    ("http_502", RetryLater, OutcomeUnknown),
    ("not_json", RetryLater, OutcomeUnknown),
    ("slow", RetryLater, OutcomeUnknown),
    ("http_429", RetryLater, RetryLater),
    ("serialization", RetryLater, RetryLater),
]


@pytest.mark.parametrize("protocol", ["jsonrpc", "xmlrpc", "json2"])
@pytest.mark.parametrize(("fault", "reading", "writing"), FAULTS)
async def test_a_fault_says_whether_a_write_may_have_happened(
    fault: str, reading: type, writing: type, protocol: str, monkeypatch
):
    if fault == "slow":
        monkeypatch.setattr(TimeoutClass.READ, "_value_", 0.2)
        monkeypatch.setattr(TimeoutClass.BULK, "_value_", 0.2)
    with OdooStandIn(version=19) as odoo:
        async with entered(odoo, protocol=protocol) as client:
            await client.enter()
            odoo.fault(fault, method="search", seconds=2.0)
            odoo.fault(fault, method="create", seconds=2.0)
            read = await failure(client.search("res.partner", []))
            write = await failure(client.create("res.partner", [{"name": "once"}]))
            again = await client.search("res.partner", [("name", "=", "once")])

    assert (type(read), type(write)) == (reading, writing)
    assert len(again) == (fault == "cut_after")


async def test_a_session_that_expired_is_renewed_without_a_trace():
    with OdooStandIn(version=16) as odoo:
        async with entered(odoo, "password") as client:
            await client.enter()
            odoo.fault("session_expired", method="create")
            ids = await client.create("res.partner", [{"name": "once"}])
        names = [row["name"] for row in odoo.rows("res.partner")]

    assert client.server.protocol == "session"
    assert len(ids) == 1
    assert names.count("once") == 1


@pytest.mark.parametrize(
    ("version", "paths", "protocol"),
    [
        (16, ["/jsonrpc"], "jsonrpc"),
        (16, ["/xmlrpc/2/common", "/xmlrpc/2/object"], "xmlrpc"),
        (19, ["/json/2", "/web/webclient/version_info"], "json2"),
        (18, ["/web/session/authenticate", "/web/dataset/call_kw", "/jsonrpc"], "jsonrpc"),
    ],
)
async def test_whatever_is_left_open_is_used(version: int, paths: list[str], protocol: str):
    with OdooStandIn(version=version, paths=paths) as odoo:
        async with entered(odoo) as client:
            server = await client.enter()
            await client.search("res.partner", [])

    assert server.protocol == protocol


async def test_a_missing_module_is_named():
    with OdooStandIn(version=18, modules=("base", "product", "uom", "mail")) as odoo:
        async with entered(odoo) as client:
            error = await failure(client.fields("sale.order"))

    assert isinstance(error, Unsupported)
    assert "Install the module sale in Odoo" in error.remedy


async def test_the_database_is_discovered():
    with OdooStandIn(database="only") as odoo:
        async with entered(odoo, database="") as client:
            server = await client.enter()

    assert server.database == "only"
