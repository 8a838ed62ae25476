"""How to get in: find version and database, choose a protocol that is open, log in."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.base import Connection
from qantara.connectors.odoo.errors import Asked, Failure, explain
from qantara.connectors.odoo.protocols import (
    CLOSED,
    DIALECTS,
    Account,
    Call,
    Closed,
    Dialect,
    JsonRpc,
    post_rpc,
    post_xml,
    service,
)
from qantara.transport import AuthFailed, ConnectorError, Unsupported
from qantara.transport.http import HttpClient, Request, TimeoutClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The Odoo that let us in. `why` tells in words how the protocol was chosen."""

    url: str
    version: tuple[int, int]
    release: str
    edition: str
    database: str
    login: str
    uid: int
    protocol: str
    credential: str
    why: Sequence[str] = field(default=())

    @property
    def major(self) -> int:
        """14 to 19 and so on."""
        return self.version[0]


async def enter(http: HttpClient, connection: Connection) -> tuple[Server, Dialect]:
    """Log in by the best way that is open. Raises AuthFailed, Unsupported or RetryLater."""
    wish = connection.settings.get("protocol", "auto")
    (release, edition), why = await _release(http, wish)
    version = _version(release)
    account = await _account(http, connection)
    kind = _kind(connection)
    names = _candidates(wish, version[0], kind)
    uid, dialect = await _first_open(http, account, names, why)
    server = Server(
        url=http.where,
        version=version,
        release=release,
        edition=edition,
        database=account.database,
        login=account.login,
        uid=uid,
        protocol=dialect.name,
        credential=kind,
        why=tuple(why),
    )
    return server, dialect


def secret_of(connection: Connection) -> str:
    """The API key, else the password, else ""."""
    return connection.secrets.get("key") or connection.secrets.get("password") or ""


async def databases(http: HttpClient) -> list[str] | None:
    """The names of the server's databases, or None when it keeps them to itself."""
    for ask in (_list_by_json, _list_by_web, _list_by_xml):
        try:
            names: list[str] = await ask(http)
        except (Closed, Failure):
            continue
        return names
    return None


async def _first_open(
    http: HttpClient, account: Account, names: Sequence[str], why: list[str]
) -> tuple[int, Dialect]:
    asked = Asked(
        where=http.where, database=account.database, login=account.login, secret=account.secret
    )
    refused: ConnectorError | None = None
    for name in names:
        dialect = DIALECTS[name](http, account)
        try:
            uid = await dialect.enter()
        except Closed as closed:
            why.append(f"{name} is not open: {closed}.")
            continue
        except Failure as failure:
            error = await _told_apart(http, explain(failure, asked))
            if not isinstance(error, AuthFailed) or name == names[-1]:
                raise error from None
            uid, refused = None, refused or error
        if uid:
            why.append(f"{name} is open.")
            return uid, dialect
        why.append(f"{name} refused the login.")
        refused = refused or explain(Failure("AccessDenied", ""), asked)
        if name != "session":  # it alone wants a password where a key would do
            break
    raise refused or await _nothing_open(http, asked, why)


async def _told_apart(http: HttpClient, error: ConnectorError) -> ConnectorError:
    """For a wrong database, the names of those that are there."""
    if "no database named" not in error.reason:
        return error
    names = await databases(http)
    if not names:
        return error
    return AuthFailed(error.reason, remedy=f"The databases there are: {', '.join(names)}.")


async def _nothing_open(http: HttpClient, asked: Asked, why: Sequence[str]) -> ConnectorError:
    names = await databases(http)
    if names is not None and asked.database not in names:
        return await _told_apart(http, explain(Failure("", "Database not found"), asked))
    return Unsupported(
        f"No Odoo interface is open at {http.where}: {' '.join(why)}",
        remedy="Check the URL and the database, or open /jsonrpc in the proxy before Odoo.",
    )


async def _account(http: HttpClient, connection: Connection) -> Account:
    secret = secret_of(connection)
    if not secret:
        raise AuthFailed(
            f"No key or password is stored for {connection.name}.",
            remedy="Make an API key in Odoo (Preferences, Account Security) and connect again.",
        )
    database = connection.settings.get("database") or await _only_database(http)
    return Account(database=database, login=connection.settings.get("login", ""), secret=secret)


async def _only_database(http: HttpClient) -> str:
    names = await databases(http)
    if names is not None and len(names) == 1:
        return names[0]
    if names:
        reason = f"{http.where} has {len(names)} databases: {', '.join(names)}."
    else:
        reason = f"{http.where} does not tell the names of its databases."
    raise AuthFailed(reason, remedy="Name the database in the settings of the connection.")


_KEY_SHAPE = re.compile(r"[0-9a-f]{40}\Z")


def _kind(connection: Connection) -> str:
    """Odoo's keys are 40 hexadecimal digits, wherever they were entered."""
    if connection.secrets.get("key"):
        return "key"
    return "key" if _KEY_SHAPE.match(connection.secrets.get("password", "")) else "password"


def _candidates(wish: str, major: int, kind: str) -> Sequence[str]:
    if wish != "auto":
        if wish not in DIALECTS:
            raise Unsupported(
                f"There is no protocol {wish}.",
                remedy=f"Choose auto or one of {', '.join(sorted(DIALECTS))}.",
            )
        return (wish,)
    if kind == "password":
        return ("session", "jsonrpc", "xmlrpc")
    return ("json2", "jsonrpc", "xmlrpc") if major >= 19 else ("jsonrpc", "xmlrpc")


_PROBE = Call(model="", method="version", safe=True, timeout=TimeoutClass.PROBE)


async def _release(http: HttpClient, wish: str) -> tuple[tuple[str, str], list[str]]:
    """The version string and the edition as the server tells them, by the first open way."""
    why: list[str] = []
    ways = sorted(_VERSION_WAYS, key=lambda way: way[0] != wish)
    for _, ask in ways:
        try:
            told: Mapping[str, Any] = await ask(http)
            return _told(told), why
        except Closed as closed:
            why.append(f"{closed}.")
        except (Failure, ValueError, LookupError, TypeError, AttributeError):
            why.append("The version was not told.")
    raise Unsupported(
        f"No Odoo was found at {http.where}: {' '.join(why)}",
        remedy="Check the URL; it is the address that Odoo opens under in a browser.",
    )


def _told(answer: Mapping[str, Any]) -> tuple[str, str]:
    """`+e` in the name says who built it; only the last part of the info says what runs."""
    info = answer.get("server_version_info") or answer.get("version_info") or ("",)
    release = str(answer.get("server_version") or answer["version"])
    return release, "enterprise" if info[-1] == "e" else "community"


def _version(release: str) -> tuple[int, int]:
    """`18.0+e-2025` is (18, 0), `saas~17.4` is (17, 4)."""
    found = re.search(r"(\d+)(?:\.(\d+))?", release)
    if not found:
        raise Unsupported(f"The version {release[:40]} cannot be read.")
    return int(found.group(1)), int(found.group(2) or 0)


async def _by_jsonrpc(http: HttpClient) -> Any:
    return await service(http, "common", "version", [])


async def _by_web(http: HttpClient) -> Any:
    return await post_rpc(http, "/web/webclient/version_info", {}, _PROBE)


async def _by_page(http: HttpClient) -> Any:
    request = Request(
        method="GET",
        path="/web/version",
        timeout=TimeoutClass.PROBE,
        idempotent=True,
        expect=CLOSED,
    )
    response = await http.request(request)
    if response.status in CLOSED:
        raise Closed(f"/web/version answered HTTP {response.status}")
    return response.json()


async def _by_xmlrpc(http: HttpClient) -> Any:
    return await post_xml(http, "common", ("version", []), _PROBE)


_VERSION_WAYS: tuple[tuple[str, Callable[[HttpClient], Awaitable[Any]]], ...] = (
    (JsonRpc.name, _by_jsonrpc),
    ("session", _by_web),
    ("json2", _by_page),
    ("xmlrpc", _by_xmlrpc),
)


async def _list_by_json(http: HttpClient) -> Any:
    return await service(http, "db", "list", [])


async def _list_by_web(http: HttpClient) -> Any:
    return await post_rpc(http, "/web/database/list", {}, _PROBE)


async def _list_by_xml(http: HttpClient) -> Any:
    return await post_xml(http, "db", ("list", []), _PROBE)
