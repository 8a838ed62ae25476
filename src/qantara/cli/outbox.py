"""`qantara outbox`: let a system tell of its changes at once, from a table that the hub empties."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, runtime_checkable

import typer
from sqlalchemy import Connection as Database

from qantara.cli.check import SIGNS
from qantara.cli.desk import AsJson, Desk, actor
from qantara.cli.setting_up import PASSWORD, agree, somebody
from qantara.connectors.base import Connection, Connector, Finding
from qantara.runtime.hub import Hub, Unconfigured
from qantara.storage import audit

PARTS = "each with `level` (ok: it is there, warning: it is not as it should be, missing: it is not there), `what`, `remedy`"
JSON_OF_SHOW = {"connection": "The connection's name.", "parts": f"What there is, {PARTS}."}
JSON_OF_INSTALL = {
    "connection": "The connection's name.",
    "parts": f"What was made or mended, {PARTS}: as it was before. Empty when all was in order.",
}
JSON_OF_REMOVE = {
    "connection": "The connection's name.",
    "parts": "What was taken away, each with `level`, `what`, `remedy`.",
}

QUESTIONS = {
    "install": "Make this in the system of {name}?",
    "remove": "Take the outbox out of the system of {name}?",
}

app = typer.Typer(
    help="Real time from Odoo: show, install or remove the outbox in it.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="CONNECTION", help="Which connection.")]
Login = Annotated[
    str | None,
    typer.Option(
        help="An administrator of the system, for this step alone; else the connection's own user. "
        f"The password is asked for, or read from {PASSWORD}; it is not stored."
    ),
]
Entity = Annotated[
    list[str] | None,
    typer.Option(help="Watch these entities; else those that the flows read. May be repeated."),
]
Group = Annotated[
    str, typer.Option(help="The external id of the group that may empty it; else one of its own.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line says."""

    login: str | None
    entities: Sequence[str] = ()
    group: str = ""


class Preparing(Protocol):
    """What makes, describes and removes an outbox."""

    async def plan(self) -> Sequence[Finding]:
        """What is there and what would be made."""

    async def install(self) -> Sequence[Finding]:
        """Make it; what was made."""

    async def remove(self) -> Sequence[Finding]:
        """Take it away; what was taken."""

    async def aclose(self) -> None:
        """Let go of the network."""


@runtime_checkable
class Preparable(Protocol):
    """A connector whose system can be given an outbox."""

    async def preparation(
        self, entities: Collection[str], *, by: Connection | None = None, group: str = ""
    ) -> Preparing:
        """As the user of `by`."""


@app.command()
def show(
    ctx: typer.Context,
    *,
    name: Name,
    login: Login = None,
    entity: Entity = None,
    as_json: AsJson = False,
) -> None:
    """Show what an installation would make in the system, and what of it is there."""
    desk = Desk.of(ctx, as_json=as_json)
    parts = desk.work(_show(desk, name, Wish(login=login, entities=entity or ())))
    desk.answer(_told(name, parts), lambda: _print(desk, parts))


@app.command()
def install(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    name: Name,
    login: Login = None,
    entity: Entity = None,
    group: Group = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make the outbox in the system, or mend it. Again: nothing changes."""
    desk = Desk.of(ctx, as_json=as_json)
    wish = Wish(login=login, entities=entity or (), group=group)
    parts = desk.work(_change(desk, name, wish, "install", sure=yes))
    desk.answer(
        _told(name, parts), lambda: desk.say(f"{name}: the outbox is ready; {_number(parts)}.")
    )


@app.command()
def remove(
    ctx: typer.Context,
    *,
    name: Name,
    login: Login = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take the outbox out of the system, with what waits in it; changes are then found by asking."""
    desk = Desk.of(ctx, as_json=as_json)
    parts = desk.work(_change(desk, name, Wish(login=login), "remove", sure=yes))
    desk.answer(_told(name, parts), lambda: _print(desk, parts, none="There was no outbox."))


async def _show(desk: Desk, name: str, wish: Wish) -> Sequence[Finding]:
    async with desk.hub() as hub, _preparation(desk, hub, name, wish) as preparation:
        return await preparation.plan()


async def _change(desk: Desk, name: str, wish: Wish, deed: str, *, sure: bool) -> Sequence[Finding]:
    """Show what will be done, ask, do it, and note who did it."""
    async with desk.hub(writing=True) as hub, _preparation(desk, hub, name, wish) as preparation:
        if not sure:
            plan = await preparation.plan() if deed == "install" else ()
            agree(desk, _lines(plan), QUESTIONS[deed].format(name=name))
        done = await (preparation.install() if deed == "install" else preparation.remove())
        await hub.store.run(_note, name, deed, wish.login or "", len(done))
        return done


@asynccontextmanager
async def _preparation(desk: Desk, hub: Hub, name: str, wish: Wish) -> AsyncIterator[Preparing]:
    connector = await hub.connector(name)
    if not isinstance(connector, Preparable):
        raise Unconfigured(
            f"{connector.manifest.title} has no outbox.",
            remedy="Its changes are found by asking, or told by its own webhooks.",
        )
    wanted = _entities(hub, connector, name, wish.entities)
    by = somebody(desk, connector.connection, wish.login) if wish.login else None
    made = await connector.preparation(wanted, by=by, group=wish.group)
    opened: AbstractAsyncContextManager[Preparing] = aclosing(made)
    async with opened as preparation:
        yield preparation


def _entities(hub: Hub, connector: Connector, name: str, given: Sequence[str]) -> Collection[str]:
    """Those named, else what the flows read, else all."""
    able = connector.manifest.reads
    if unknown := sorted(set(given) - able):
        raise Unconfigured(
            f"{connector.manifest.title} does not read {unknown[0]}.",
            remedy=f"It reads: {', '.join(sorted(able))}.",
        )
    return given or hub.needs(name)[0] or able


def _note(database: Database, name: str, deed: str, login: str, number: int) -> None:
    detail = {"connection": name, "as": login or "its own user", "parts": str(number)}
    audit.note(database, actor(), f"outbox {deed}", detail)


def _told(name: str, parts: Sequence[Finding]) -> dict[str, Any]:
    return {
        "connection": name,
        "parts": [
            {"level": each.level, "what": each.what, "remedy": each.remedy} for each in parts
        ],
    }


def _lines(plan: Sequence[Finding]) -> list[str]:
    return [f"  {SIGNS[each.level][0]} {each.what}" for each in plan if each.level != "ok"]


def _number(parts: Sequence[Finding]) -> str:
    return f"{len(parts)} parts were made or mended" if parts else "nothing had to be changed"


def _print(desk: Desk, parts: Sequence[Finding], none: str = "") -> None:
    for each in parts:
        sign, style = SIGNS[each.level]
        desk.say(f"{sign} {each.what}", style)
    if not parts and none:
        desk.say(none)
