"""`qantara webhooks`: where a system rings, and the secrets that its webhooks are signed with."""

import re
import secrets
import sys
from datetime import timedelta
from typing import Annotated, Any

import typer
from sqlalchemy import Connection as Database

from qantara.cli.desk import AsJson, Desk, actor
from qantara.cli.words import clock
from qantara.runtime.hub import Hub, Unconfigured, connector_class
from qantara.storage import audit, connections, vault
from qantara.storage.vault import Validity
from qantara.transport import signing
from qantara.transport.signing import Scheme
from qantara.web.sources import own_scheme

JSON_OF_SHOW = {
    "connection": "The connection's name.",
    "address": "What to enter at the system; `TOKEN` stands for the secret where that is a part of "
    "it. Without `address` in `[hub]` only the path.",
    "in_address": "Whether the secret is a part of the address; else the system signs with it or "
    "sends it in a header.",
    "secrets": "Those that are valid now, the newest first: `since`, `expires_at` (null: until it "
    "is replaced). Never the secret itself.",
}
JSON_OF_ROTATE = {
    "connection": "The connection's name.",
    "address": "What to enter at the system, with the new secret where that is a part of it.",
    "secret": "The new secret; null when it was read from standard input.",
    "earlier_until": "Until when the earlier secrets are valid; null when there were none.",
}

SPAN = re.compile(r"(0|[1-9][0-9]{0,4})([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

SHORTEST = 8
"""Characters of a secret that a system gave; the ones made here have 43."""

IN_ADDRESS = re.compile(r"[A-Za-z0-9._~-]{16,}")

app = typer.Typer(help="Webhooks of a connection: show, rotate.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="CONNECTION", help="The connection's name.")]


def _span_is_right(text: str) -> str:
    if not SPAN.fullmatch(text):
        raise typer.BadParameter("Write it like 24h, 30m, 7d or 0s.")
    return text


@app.command()
def show(ctx: typer.Context, *, connection: Name, as_json: AsJson = False) -> None:
    """Say where the system must ring, and until when which secrets are valid."""
    desk = Desk.of(ctx, as_json=as_json)
    told = desk.work(_shown(desk, connection))
    desk.answer(told, lambda: _show(desk, told))


@app.command()
def rotate(
    ctx: typer.Context,
    *,
    connection: Name,
    overlap: Annotated[
        str,
        typer.Option(
            metavar="SPAN",
            callback=_span_is_right,
            help="How long the earlier secrets stay valid: time to enter the new one at the "
            "system. 0s when one has become known.",
        ),
    ] = "24h",
    secret_stdin: Annotated[
        bool,
        typer.Option("--secret-stdin", help="Read a secret that the system made from its input."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a new secret, or the first, and print it this once."""
    desk = Desk.of(ctx, as_json=as_json)
    given = sys.stdin.readline().strip() if secret_stdin else ""
    if secret_stdin and len(given) < SHORTEST:
        raise typer.BadParameter(f"A secret has {SHORTEST} characters or more.")
    desk.hide([given])
    number, unit = overlap[:-1], UNITS[overlap[-1]]
    told = desk.work(_rotated(desk, connection, timedelta(**{unit: int(number)}), given))
    desk.answer(told, lambda: _show_new(desk, told))


async def _shown(desk: Desk, name: str) -> dict[str, Any]:
    async with desk.hub() as hub:
        scheme = await hub.store.run(_scheme, name)
        valid = await hub.store.run(vault.webhook_validities, name)
    return {
        "connection": name,
        "address": _address(hub, name, "TOKEN" if scheme.in_address else ""),
        "in_address": scheme.in_address,
        "secrets": [{"since": one.since, "expires_at": one.expires_at} for one in valid],
    }


async def _rotated(desk: Desk, name: str, overlap: timedelta, given: str) -> dict[str, Any]:
    async with desk.hub() as hub:
        scheme = await hub.store.run(_scheme, name)
        secret = _fit(given, scheme) if given else secrets.token_urlsafe(32)
        earlier = await hub.store.run(_renew, hub, name, secret, overlap)
    token = secret if scheme.in_address else ""
    return {
        "connection": name,
        "address": _address(hub, name, "TOKEN" if given and token else token),
        "secret": None if given else secret,
        "earlier_until": max((end for one in earlier if (end := one.expires_at)), default=None),
    }


def _renew(
    database: Database, hub: Hub, name: str, secret: str, overlap: timedelta
) -> list[Validity]:
    """The new secret and its line in the audit trail, in one transaction; returns the others."""
    hub.vault.renew_webhook(database, name, secret, overlap)
    detail = {"connection": name, "overlap": str(overlap)}
    audit.note(database, actor(), "rotate webhook secret", detail)
    return vault.webhook_validities(database, name)


def _scheme(database: Database, name: str) -> Scheme:
    """How the connection's system proves that it is itself; raises Unconfigured when it never rings."""
    manifest = connector_class(connections.get(database, name).connector).manifest
    if not manifest.webhook:
        raise Unconfigured(
            f"{manifest.title} does not ring at the entrance.",
            remedy="Nothing needs to be set up: its changes are found without webhooks.",
        )
    return own_scheme(manifest.webhook)


def _fit(secret: str, scheme: Scheme) -> str:
    if scheme.in_address and not IN_ADDRESS.fullmatch(secret):
        raise Unconfigured(
            "This secret cannot stand in an address.",
            remedy="Use 16 letters, digits or more, or leave out --secret-stdin to have one made.",
        )
    return secret


def _address(hub: Hub, name: str, token: str) -> str:
    return signing.address(hub.configuration.hub.address, name, token)


def _show(desk: Desk, told: dict[str, Any]) -> None:
    _show_address(desk, told)
    if not told["secrets"]:
        desk.say(
            f"There is no secret yet, so nobody is heard: qantara webhooks rotate"
            f" {told['connection']}",
            "yellow",
        )
        return
    rows = [
        (clock(one["since"]), clock(one["expires_at"]) if one["expires_at"] else "it is replaced")
        for one in told["secrets"]
    ]
    desk.rows(desk.table("secret since", "valid until"), rows)


def _show_new(desk: Desk, told: dict[str, Any]) -> None:
    _show_address(desk, told)
    if told["secret"]:
        desk.say(f"The secret, shown this once: {told['secret']}")
    if told["earlier_until"]:
        desk.say(f"What was valid before stays so until {clock(told['earlier_until'])}.")


def _show_address(desk: Desk, told: dict[str, Any]) -> None:
    desk.say(f"The address to enter at the system: {told['address']}")
    if told["address"].startswith("/"):
        desk.tell("Put where this hub is reached before it: `address` in [hub] of qantara.toml.")
