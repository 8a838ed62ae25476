"""`qantara connect`: store a connection, its secret in the vault, and see whether it enters."""

import re
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection as Database

from qantara.cli.check import report_as_json, show_report
from qantara.cli.desk import AsJson, Desk, actor
from qantara.cli.words import ATTENTION
from qantara.connectors.base import Connection, Report
from qantara.runtime.complaints import unknown
from qantara.runtime.hub import Hub, Unconfigured, connector_class, secrets_in_environment
from qantara.storage import audit, connections, vault
from qantara.storage.connections import Account

JSON = {
    "connection": "The connection's name.",
    "stored": "Whether it was stored (false: it was removed).",
    "check": "What `check` found (see there); null with --no-check.",
    "connections": "With --list: name, connector, url, settings of each, and the names of its "
    "stored secrets.",
}

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
ASKED = ("database", "login")
"""Settings that a person is asked for, when they are not given."""


@dataclass(slots=True, kw_only=True)
class Wish:
    """What the command line says; None and empty where it says nothing."""

    name: str
    connector: str | None = None
    url: str | None = None
    settings: dict[str, str] = field(default_factory=dict)
    ca_file: Path | None = None
    private: bool | None = None
    concurrency: int | None = None
    secrets: dict[str, str] = field(default_factory=dict)


Name = Annotated[
    str | None, typer.Argument(help="What to call it, for example factory.", show_default=False)
]
ConnectorName = Annotated[
    str | None, typer.Option(help="Which system it is: the connector's name; odoo by default.")
]
Url = Annotated[str | None, typer.Option(help="The address, without what follows the host.")]
DatabaseName = Annotated[str | None, typer.Option(help="The name of the database.")]
Login = Annotated[str | None, typer.Option(help="The user's login.")]
Protocol = Annotated[
    str | None, typer.Option(help="auto, json2, jsonrpc or xmlrpc; auto by default.")
]
Setting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Another setting; may be repeated."),
]
CaFile = Annotated[
    Path | None, typer.Option(help="A file of further trusted certificates (PEM).", exists=True)
]
Private = Annotated[
    bool | None,
    typer.Option("--private/--public", help="Whether the address may be in one's own network."),
]
Concurrency = Annotated[
    int | None,
    typer.Option(min=1, max=64, help="How many calls at once the system may get."),
]
KeyStdin = Annotated[
    bool, typer.Option("--key-stdin", help="Read the API key or password from standard input.")
]
Check = Annotated[bool, typer.Option("--check/--no-check", help="Enter the system before storing.")]
Listing = Annotated[bool, typer.Option("--list", help="List the connections.")]
Remove = Annotated[
    bool, typer.Option("--remove", help="Forget the connection and what was bound through it.")
]


def connect(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    name: Name = None,
    connector: ConnectorName = None,
    url: Url = None,
    database: DatabaseName = None,
    login: Login = None,
    protocol: Protocol = None,
    setting: Setting = None,
    ca_file: CaFile = None,
    private: Private = None,
    concurrency: Concurrency = None,
    key_stdin: KeyStdin = False,
    check: Check = True,
    listing: Listing = False,
    remove: Remove = False,
    as_json: AsJson = False,
) -> None:
    """Store a connection to a system; asks for what is not given. Again: change what is given."""
    desk = Desk.of(ctx, as_json=as_json)
    if listing:
        desk.work(_list(desk))
        return
    wish = Wish(
        name=_name(name),
        connector=connector,
        url=url,
        settings=_settings(database, login, protocol) | _pairs(setting or []),
        ca_file=ca_file,
        private=private,
        concurrency=concurrency,
    )
    if remove:
        desk.work(_remove(desk, wish.name))
        return
    if key_stdin:
        wish.secrets = {"key": sys.stdin.readline().strip()}
    desk.work(_connect(desk, wish, check=check))


def _name(given: str | None) -> str:
    if given and NAME.fullmatch(given):
        return given
    raise typer.BadParameter("Give a name of letters, digits, hyphens: qantara connect factory")


def _settings(database: str | None, login: str | None, protocol: str | None) -> dict[str, str]:
    given = {"database": database, "login": login, "protocol": protocol}
    return {key: value for key, value in given.items() if value}


def _pairs(given: Sequence[str]) -> dict[str, str]:
    pairs = dict(one.partition("=")[::2] for one in given)
    if bad := [key for key in pairs if not key or f"{key}={pairs[key]}" not in given]:
        raise typer.BadParameter(f"--set takes KEY=VALUE, not {bad[0]!r}.")
    return pairs


async def _connect(desk: Desk, wish: Wish, *, check: bool) -> None:
    account, report = await store(desk, wish, check=check)
    told = {
        "connection": account.name,
        "stored": True,
        "check": report_as_json(account.name, report) if report else None,
    }
    desk.answer(told, lambda: _show(desk, account, report))
    if report and not report.usable:
        raise typer.Exit(ATTENTION)


async def store(desk: Desk, wish: Wish, *, check: bool = True) -> tuple[Account, Report | None]:
    """Store the connection; with `check` only when it can be entered, and with what was found."""
    async with desk.hub(writing=True) as hub:
        known = {each.name: each for each in await hub.store.run(connections.listing)}
        account = _account(wish, known.get(wish.name))
        secrets = await _secrets(desk, hub, wish, known=wish.name in known)
        _warn(desk, known.get(wish.name), account)
        report = await _check(hub, account, secrets) if check else None
        await hub.store.run(_keep, hub, account, wish.secrets, report)
    return account, report


def _account(wish: Wish, known: Account | None) -> Account:
    """The stored account with what was given now; a new one asks for what is missing."""
    connector = wish.connector or (known.connector if known else "odoo")
    manifest = connector_class(connector).manifest
    able = manifest.auth["settings"]
    _refuse_unknown(wish.settings, able)
    settings = {**(known.settings if known else {}), **wish.settings}
    url = wish.url or (known.url if known else _ask("Address (https://...)", "--url"))
    if known is None:
        for name in (one for one in ASKED if one in able and not settings.get(one)):
            settings[name] = _ask(name.capitalize(), f"--{name}")
    old = known or Account(
        name=wish.name, connector=connector, url=url, concurrency=manifest.concurrency
    )
    return Account(
        name=wish.name,
        connector=connector,
        url=url.rstrip("/"),
        settings=settings,
        ca_file=str(wish.ca_file.resolve()) if wish.ca_file else old.ca_file,
        private=old.private if wish.private is None else wish.private,
        concurrency=wish.concurrency or old.concurrency,
    )


def _refuse_unknown(given: Collection[str], able: Sequence[str]) -> None:
    for name in given:
        if name not in able:
            told = unknown(name, list(able), "setting")
            raise Unconfigured(told.what.replace(" here", ""), remedy=told.remedy)


async def _secrets(desk: Desk, hub: Hub, wish: Wish, *, known: bool) -> dict[str, str]:
    """What was given now, else what is known, else what a person types."""
    desk.hide(wish.secrets.values())
    if wish.secrets.get("key"):
        return wish.secrets
    found = await hub.secrets(wish.name) if known else secrets_in_environment(wish.name)
    if not found:
        wish.secrets = {"password": _ask("API key or password", "--key-stdin", hidden=True)}
        desk.hide(wish.secrets.values())
    return found or wish.secrets


def _warn(desk: Desk, old: Account | None, new: Account) -> None:
    """The same name for another database would pair its records by the old one's ids."""
    if old and (old.url, old.settings.get("database")) != (new.url, new.settings.get("database")):
        desk.tell(
            "The address or database is another one than before. If it is not the same data moved, "
            f"forget the old one first: qantara connect {new.name} --remove",
            "yellow",
        )


def _ask(what: str, option: str, *, hidden: bool = False) -> str:
    if not sys.stdin.isatty():
        raise Unconfigured(
            f"{what.partition(' (')[0]} is missing.", remedy=f"Give it with {option}."
        )
    return str(typer.prompt(what, hide_input=hidden, err=True)).strip()


async def _check(hub: Hub, account: Account, secrets: dict[str, str]) -> Report:
    connection = Connection(
        name=account.name,
        connector=account.connector,
        url=account.url,
        settings=account.settings,
        secrets=secrets,
        concurrency=account.concurrency,
        ca_file=account.ca_file,
        private=account.private,
    )
    async with connector_class(account.connector)(connection) as connector:
        return await connector.check(*hub.needs(account.name))


def _keep(
    database: Database, hub: Hub, account: Account, secrets: dict[str, str], report: Report | None
) -> None:
    connections.save(database, account)
    if secrets:
        for name in vault.names(database, account.name):
            vault.remove(database, account.name, name)
        for name, secret in secrets.items():
            hub.vault.put(database, account.name, name, secret)
    if report:
        connections.remember_check(database, account.name, report.facts, usable=report.usable)
    detail = {
        "connection": account.name,
        "url": account.url,
        "secret": "new" if secrets else "kept",
    }
    audit.note(database, actor(), "connect", detail)


async def _list(desk: Desk) -> None:
    async with desk.hub() as hub:
        rows = await hub.store.run(_listed)
    table = desk.table("connection", "connector", "address", "settings", "secret")
    lines = [
        (r["name"], r["connector"], r["url"], _words(r["settings"]), ", ".join(r["secrets"]))
        for r in rows
    ]
    desk.answer({"connections": rows}, lambda: desk.rows(table, lines))


def _listed(database: Database) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "connector": each.connector,
            "url": each.url,
            "settings": dict(each.settings),
            "secrets": vault.names(database, each.name),
        }
        for each in connections.listing(database)
    ]


def _words(settings: dict[str, str]) -> str:
    return ", ".join(f"{key} {value}" for key, value in settings.items())


async def _remove(desk: Desk, name: str) -> None:
    async with desk.hub(writing=True) as hub:
        await hub.store.run(connections.get, name)
        await hub.store.run(_forget, name)
    told = {"connection": name, "stored": False, "check": None}
    desk.answer(told, lambda: desk.say(f"Forgot {name}, its secret and its bindings."))


def _forget(database: Database, name: str) -> None:
    connections.remove(database, name)
    audit.note(database, actor(), "remove connection", {"connection": name})


def _show(desk: Desk, account: Account, report: Report | None) -> None:
    if report:
        show_report(desk, account.name, report)
    desk.say(f"Stored the connection {account.name}.")
