"""`qantara bridge`: give the systems of a flow the screens, fields, buttons and rules that it needs."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, runtime_checkable

import typer
from sqlalchemy import Connection as Database

from qantara.cli.desk import AsJson, Desk, actor
from qantara.cli.outbox import Preparable, Preparing
from qantara.cli.setting_up import PASSWORD, agree, somebody
from qantara.connectors.base import Connection, Finding
from qantara.runtime.hub import Hub, Unconfigured
from qantara.storage import audit

_PARTS = "each with `level`, `what`, `remedy`"
_ONE = "For each connection: `connection`, `parts`"
_WARNED = f"`warnings` (what the connection's own user should not be able to do), {_PARTS}"
JSON_OF_PLAN = {
    "connections": f"{_ONE} (ok: it is there, warning: it would be mended, missing: it would be "
    f"made) and {_WARNED}."
}
JSON_OF_APPLY = {
    "connections": f"{_ONE} (what was made or mended, as it was before; empty when all was in "
    f"order) and {_WARNED}."
}
JSON_OF_REMOVE = {"connections": f"{_ONE} (what was taken away), {_PARTS}."}

SIGNS = {"ok": ("ok", ""), "warning": ("~", "yellow"), "missing": ("+", "green")}
"""There, mended, made."""

app = typer.Typer(
    help="What the flows need in the systems themselves: screens, fields, buttons, rules.",
    no_args_is_help=True,
)

FlowOption = Annotated[
    str | None, typer.Option("--flow", help="Only the connections of this flow; else of all.")
]
Logins = Annotated[
    list[str] | None,
    typer.Option(
        "--login",
        metavar="CONNECTION=LOGIN",
        help="An administrator of that system, for this step alone; may be repeated. The password "
        f"is asked for, or read from {PASSWORD}_CONNECTION or {PASSWORD}; it is not stored.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


class Furnishing(Protocol):
    """What makes, describes and removes what entities need in a system."""

    async def plan(self) -> Sequence[Finding]:
        """What is there and what would be made or mended."""

    async def apply(self) -> Sequence[Finding]:
        """Make and mend it; what was done."""

    async def removal(self) -> Sequence[Finding]:
        """What would be taken away, and what of people's work goes with it."""

    async def remove(self) -> Sequence[Finding]:
        """Take it away; what was taken."""

    async def aclose(self) -> None:
        """Let go of the network."""


@runtime_checkable
class Furnishable(Protocol):
    """A connector whose system can be given what it needs."""

    async def furniture(
        self, reads: Collection[str], writes: Collection[str], *, by: Connection | None = None
    ) -> Furnishing:
        """As the user of `by`."""

    async def excess(self) -> Sequence[Finding]:
        """What the connection's own user should not be able to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One system: its furniture, and how its outbox is made once the furniture stands."""

    name: str
    login: str
    connector: Any
    furniture: Furnishing
    by: Connection | None
    reads: Collection[str]

    @asynccontextmanager
    async def preparing(self) -> AsyncIterator[Preparing]:
        """The outbox for what the flows read there."""
        async with aclosing(await self.connector.preparation(self.reads, by=self.by)) as made:
            yield made


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is said of one system."""

    connection: str
    parts: Sequence[Finding]
    warnings: Sequence[Finding] = ()


@app.command()
def plan(
    ctx: typer.Context, *, flow: FlowOption = None, login: Logins = None, as_json: AsJson = False
) -> None:
    """Show what would be made in each system, what was altered in it, and what is in order."""
    desk = Desk.of(ctx, as_json=as_json)
    told = desk.work(_plan(desk, flow, login or ()))
    desk.answer(_as_json(told), lambda: _print(desk, told))


@app.command()
def apply(
    ctx: typer.Context,
    *,
    flow: FlowOption = None,
    login: Logins = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make what is missing in each system, and mend what was altered. Again: nothing changes."""
    desk = Desk.of(ctx, as_json=as_json)
    told = desk.work(_apply(desk, flow, login or (), sure=yes))
    desk.answer(_as_json(told), lambda: _print(desk, told, none="nothing had to be changed."))


@app.command()
def remove(
    ctx: typer.Context,
    *,
    flow: FlowOption = None,
    login: Logins = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take all of it out of each system. Orders and transfers stay, our fields on them go."""
    desk = Desk.of(ctx, as_json=as_json)
    told = desk.work(_remove(desk, flow, login or (), sure=yes))
    desk.answer(_as_json(told), lambda: _print(desk, told, none="there was nothing."))


async def _plan(desk: Desk, flow: str | None, logins: Sequence[str]) -> list[Told]:
    async with desk.hub() as hub, _places(desk, hub, flow, logins) as places:
        return [await _planned(place) for place in places]


async def _apply(desk: Desk, flow: str | None, logins: Sequence[str], *, sure: bool) -> list[Told]:
    """All systems are looked at before the first is touched."""
    async with desk.hub(writing=True) as hub, _places(desk, hub, flow, logins) as places:
        planned = [await _planned(place) for place in places]
        if not sure and any(one.level != "ok" for told in planned for one in told.parts):
            agree(desk, _lines(planned), "Make and mend this?")
        told = []
        for place, before in zip(places, planned, strict=True):
            made = [*await place.furniture.apply()]
            if place.reads:
                async with place.preparing() as preparation:
                    made += await preparation.install()
            await hub.store.run(_note, place, "apply", made)
            told.append(Told(connection=place.name, parts=made, warnings=before.warnings))
        return told


async def _remove(desk: Desk, flow: str | None, logins: Sequence[str], *, sure: bool) -> list[Told]:
    async with desk.hub(writing=True) as hub, _places(desk, hub, flow, logins) as places:
        going = [
            Told(connection=place.name, parts=await place.furniture.removal()) for place in places
        ]
        if not sure:
            agree(desk, _lines(going), "Take this out, and the outbox with what waits in it?")
        told = []
        for place in places:
            async with place.preparing() as preparation:
                gone = [*await preparation.remove(), *await place.furniture.remove()]
            await hub.store.run(_note, place, "remove", gone)
            told.append(Told(connection=place.name, parts=gone))
        return told


async def _planned(place: Place) -> Told:
    parts = [*await place.furniture.plan()]
    if place.reads:
        async with place.preparing() as preparation:
            parts += await preparation.plan()
    return Told(connection=place.name, parts=parts, warnings=await place.connector.excess())


@asynccontextmanager
async def _places(
    desk: Desk, hub: Hub, flow: str | None, logins: Sequence[str]
) -> AsyncIterator[list[Place]]:
    """The systems of the flows that can be furnished, each as who was named for it."""
    names = _connections(hub, flow)
    who = _logins(logins, names)
    async with AsyncExitStack() as stack:
        found = []
        for name in names:
            connector = await hub.connector(name)
            if not (isinstance(connector, Furnishable) and isinstance(connector, Preparable)):
                continue
            login = who.get(name, "")
            by = somebody(desk, connector.connection, login) if login else None
            reads, writes = hub.needs(name)
            furniture = await connector.furniture(reads, writes, by=by)
            stack.push_async_callback(furniture.aclose)
            place = Place(
                name=name,
                login=login,
                connector=connector,
                furniture=furniture,
                by=by,
                reads=reads & connector.manifest.reads,
            )
            found.append(place)
        yield found


def _connections(hub: Hub, flow: str | None) -> list[str]:
    chosen = hub.flows(flow)
    if not chosen:
        raise Unconfigured(
            "No flow is configured, so no system needs anything.",
            remedy="Add a flow to qantara.toml; the file that `qantara init` wrote shows how.",
        )
    named = (str(getattr(one.options, role)) for one in chosen for role in one.recipe.roles)
    return list(dict.fromkeys(named))


def _logins(given: Sequence[str], names: Collection[str]) -> dict[str, str]:
    """Connection -> login."""
    found: dict[str, str] = {}
    for one in given:
        name, sign, login = one.partition("=")
        if not (name and sign and login):
            raise Unconfigured(
                f"--login {one} does not say which connection.",
                remedy=f"For example: --login {next(iter(names))}=admin",
            )
        if name not in names:
            raise Unconfigured(
                f"--login names {name}, which is no connection of the flow.",
                remedy=f"Its connections: {', '.join(names)}.",
            )
        found[name] = login
    return found


def _note(database: Database, place: Place, deed: str, parts: Sequence[Finding]) -> None:
    """A line of the audit trail for each part."""
    for each in parts:
        detail = {"connection": place.name, "as": place.login or "its own user", "part": each.what}
        audit.note(database, actor(), f"bridge {deed}", detail)


def _as_json(told: Sequence[Told]) -> dict[str, Any]:
    return {
        "connections": [
            {
                "connection": one.connection,
                "parts": _findings(one.parts),
                "warnings": _findings(one.warnings),
            }
            for one in told
        ]
    }


def _findings(found: Sequence[Finding]) -> list[dict[str, str]]:
    return [{"level": each.level, "what": each.what, "remedy": each.remedy} for each in found]


def _lines(told: Sequence[Told]) -> list[str]:
    """What will be done, for each system."""
    lines = []
    for one in told:
        lines.append(one.connection)
        lines += [f"  {SIGNS[each.level][0]} {each.what}" for each in one.parts]
    return lines


def _print(desk: Desk, told: Sequence[Told], none: str = "nothing is needed.") -> None:
    for one in told:
        desk.say(one.connection, "bold")
        for each in one.parts:
            sign, style = SIGNS[each.level]
            desk.say(f"  {sign:>2} {each.what}", style)
        if not one.parts:
            desk.say(f"  {none}")
        for each in one.warnings:
            desk.say(f"   ! {each.what}", "yellow")
            desk.say(f"     {each.remedy}")
