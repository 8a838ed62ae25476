"""How the client finds its way in: version, database, protocol and login."""

import asyncio

import pytest

from qantara.transport import AuthFailed, ConnectorError, RetryLater, Unsupported
from tests.connectors.odoo.scripted import KEY, Says, Scripted, speaking


async def failure(script: Scripted, secret: str = KEY, **settings: str) -> ConnectorError:
    async with speaking(script, secret, **settings) as client:
        with pytest.raises(ConnectorError) as caught:
            await client.enter()
    return caught.value


@pytest.mark.parametrize(
    ("version", "kind", "closed", "protocol"),
    [
        ("16.0", "key", (), "jsonrpc"),
        ("16.0", "password", (), "session"),
        ("18.0+e-20250520", "key", ("/jsonrpc",), "xmlrpc"),
        ("18.0", "password", ("/web",), "jsonrpc"),
        ("18.0", "password", ("/web", "/jsonrpc"), "xmlrpc"),
        ("19.0", "key", (), "json2"),
        ("19.0", "key", ("/json/2",), "jsonrpc"),
        ("19.0", "key", ("/json/2", "/jsonrpc"), "xmlrpc"),
        ("19.0", "password", (), "session"),
    ],
)
async def test_the_best_open_protocol_is_chosen(version, kind, closed, protocol):
    script = Scripted([], version=version, closed=closed)
    async with speaking(script, secret_kind=kind) as client:
        server = await client.enter()
        records = await client.search_read("res.partner", [], ["name"])

    assert (server.protocol, server.uid, records) == (protocol, 2, [])
    assert all(path in " ".join(server.why) for path in closed)


@pytest.mark.parametrize(
    ("release", "version", "edition"),
    [
        ("16.0", (16, 0), "community"),
        ("18.0+e-20250520", (18, 0), "community"),
        ("saas~17.4", (17, 4), "community"),
        ("14.0-20230101", (14, 0), "community"),
        ("17.0+e", (17, 0), "enterprise"),
    ],
)
async def test_the_version_is_read_from_its_name(release, version, edition):
    script = Scripted([], version=release)
    script.info = [*version, 0, "final", 0, "e" if edition == "enterprise" else ""]
    async with speaking(script) as client:
        server = await client.enter()

    assert (server.version, server.major, server.edition) == (version, version[0], edition)


@pytest.mark.parametrize("protocol", ["jsonrpc", "session", "xmlrpc", "json2"])
async def test_a_wrong_key_is_told(protocol):
    error = await failure(Scripted([], version="19.0"), "wrong", protocol=protocol)

    assert type(error) is AuthFailed
    assert "refused the login hub" in error.reason
    assert "new API key" in error.remedy


async def test_a_key_of_another_user_is_told():
    error = await failure(Scripted([], version="19.0"), login="nobody")

    assert type(error) is AuthFailed
    assert "belongs to hub, not to nobody" in error.reason


async def test_a_wrong_login_is_told():
    error = await failure(Scripted([]), login="nobody")

    assert type(error) is AuthFailed
    assert "refused the login nobody" in error.reason


@pytest.mark.parametrize("protocol", ["jsonrpc", "session", "xmlrpc", "json2"])
async def test_a_wrong_database_is_told_with_those_that_are_there(protocol):
    script = Scripted([], version="19.0")
    script.databases = ["factory", "test"]

    error = await failure(script, protocol=protocol, database="fabrik")

    assert type(error) is AuthFailed
    assert "no database named fabrik" in error.reason
    assert "factory, test" in error.remedy


async def test_a_missing_secret_is_told_before_anything_is_asked():
    error = await failure(Scripted([]), "")

    assert type(error) is AuthFailed
    assert "No key or password" in error.reason


@pytest.mark.parametrize("closed", [(), ("/jsonrpc",)])
async def test_the_only_database_need_not_be_named(closed):
    async with speaking(Scripted([], closed=closed), database="") as client:
        server = await client.enter()

    assert server.database == "factory"


@pytest.mark.parametrize(
    ("databases", "words"),
    [
        (["one", "two"], "has 2 databases: one, two"),
        ([], "does not tell the names"),
        (None, "does not tell the names"),
    ],
)
async def test_a_database_is_not_guessed(databases, words):
    script = Scripted([])
    script.databases = databases

    error = await failure(script, database="")

    assert type(error) is AuthFailed
    assert words in error.reason
    assert "Name the database" in error.remedy


async def test_a_server_without_an_open_interface_is_told():
    error = await failure(Scripted([], closed=("/",)))

    assert type(error) is Unsupported
    assert "No Odoo was found" in error.reason
    assert "/xmlrpc/2/common answered HTTP 404" in error.reason


async def test_a_protocol_that_does_not_exist_is_told():
    error = await failure(Scripted([]), protocol="soap")

    assert type(error) is Unsupported
    assert "auto or one of json2, jsonrpc, session, xmlrpc" in error.remedy


async def test_a_chosen_protocol_that_is_closed_is_not_replaced():
    error = await failure(Scripted([], closed=("/jsonrpc",)), protocol="jsonrpc")

    assert type(error) is Unsupported
    assert "jsonrpc is not open" in error.reason


async def test_an_api_key_given_as_a_password_is_recognised():
    async with speaking(Scripted([]), "0123456789" * 4, secret_kind="password") as client:
        with pytest.raises(AuthFailed):
            await client.enter()
        paths = client._http.sent

    assert paths == 2  # the version and /jsonrpc: no failed login in the browser's way


async def test_a_cooldown_is_waited_for():
    class Cooling(Scripted):
        def _login(self, *_: str) -> int:
            raise Says("odoo.exceptions.AccessDenied", "Too many login failures, please wait")

    error = await failure(Cooling([]), protocol="session")

    assert type(error) is RetryLater
    assert error.after == 60.0


async def test_the_address_of_a_page_leads_to_the_server():
    script = Scripted([])
    async with speaking(script) as client:
        client._http.base_url += "/"
        await client.enter()

    assert script.paths[0] == "/jsonrpc"


async def test_many_first_calls_enter_once():
    script = Scripted([])
    async with speaking(script) as client:
        await asyncio.gather(*(client.search("res.partner", []) for _ in range(5)))

    assert script.logins == 1


@pytest.mark.parametrize("protocol", ["session", "jsonrpc"])
async def test_an_expired_session_is_entered_again_once(protocol):
    expired = Says("odoo.http.SessionExpiredException", "Session expired")
    script = Scripted(expired, [7])
    async with speaking(script, protocol=protocol) as client:
        ids = await client.create("res.partner", [{"name": "a"}])

    assert (ids, script.logins, len(script.asked)) == ([7], 2, 2)


async def test_a_session_that_expires_again_and_again_is_given_up():
    script = Scripted(Says("odoo.http.SessionExpiredException", "Session expired"))
    async with speaking(script, protocol="session") as client:
        with pytest.raises(AuthFailed) as caught:
            await client.search("res.partner", [])

    assert "session" in caught.value.reason
    assert script.logins == 2
