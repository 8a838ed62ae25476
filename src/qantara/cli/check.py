"""`qantara check`: what each connection is and what it lacks for the configured flows."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from qantara.cli.desk import AsJson, Desk
from qantara.cli.failures import describe
from qantara.cli.words import ATTENTION, CONNECTION, entity
from qantara.connectors.base import Report
from qantara.runtime.home import HomeError
from qantara.runtime.hub import Hub, Unconfigured
from qantara.storage import connections
from qantara.storage.errors import StorageError
from qantara.transport import ConnectorError

JSON = {
    "connections": "For each: `connection`, `usable`, `facts` (by name), `findings` (each with "
    "`level` ok, warning or missing, `what`, `remedy`), `reads` and `writes` (what the flows need "
    "of it), `error` (`reason`, `remedy`; null when it could be entered).",
    "usable": "Whether all of them can be used.",
}


def check(
    ctx: typer.Context,
    *,
    names: Annotated[
        list[str] | None, typer.Argument(help="Which connections; all when none is named.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Enter each system; say what it is, and what is missing for the configured flows."""
    desk = Desk.of(ctx, as_json=as_json)
    raise typer.Exit(desk.work(_check(desk, names or [])))


async def _check(desk: Desk, names: list[str]) -> int:
    async with desk.hub() as hub:
        wanted = names or [each.name for each in await hub.store.run(connections.listing)]
        if not wanted:
            raise Unconfigured("There is no connection.", remedy="Add one: qantara connect NAME.")
        told = [await _one(desk, hub, name) for name in wanted]
    usable = all(one["usable"] for one in told)
    if desk.as_json:
        desk.answer({"connections": told, "usable": usable}, lambda: None)
    if any(one["error"] for one in told):
        return CONNECTION
    return 0 if usable else ATTENTION


async def _one(desk: Desk, hub: Hub, name: str) -> dict[str, Any]:
    """Ask one connection and show at once what it says; the others are asked whatever it is."""
    reads, writes = hub.needs(name)
    told: dict[str, Any] = {"connection": name, "reads": sorted(reads), "writes": sorted(writes)}
    try:
        report = await (await hub.connector(name)).check(reads, writes)
    except (ConnectorError, StorageError, HomeError) as error:
        if isinstance(error, StorageError) and name not in await _known(hub):
            raise
        reason, remedy = describe(desk, error).sentences[0]
        if not desk.as_json:
            desk.say(f"{name}: {reason}", "bold red")
            desk.say(f"  {remedy}")
        return told | {
            "usable": False,
            "facts": {},
            "findings": [],
            "error": {"reason": reason, "remedy": remedy},
        }
    await hub.store.run(connections.remember_check, name, report.facts, usable=report.usable)
    if not desk.as_json:
        show_report(desk, name, report, told)
    return told | report_as_json(name, report)


async def _known(hub: Hub) -> set[str]:
    return {each.name for each in await hub.store.run(connections.listing)}


def report_as_json(name: str, report: Report) -> dict[str, Any]:
    """The report with its stable keys."""
    return {
        "connection": name,
        "usable": report.usable,
        "facts": dict(report.facts),
        "findings": [
            {"level": each.level, "what": each.what, "remedy": each.remedy}
            for each in report.findings
        ],
        "error": None,
    }


def show_report(
    desk: Desk, name: str, report: Report, needs: Mapping[str, list[str]] | None = None
) -> None:
    """The report as people read it: facts, then what is not as it should be."""
    desk.say(f"{name}: {'usable' if report.usable else 'not usable yet'}", "bold")
    width = max((len(fact) for fact in report.facts), default=0)
    for fact, value in report.facts.items():
        desk.say(f"  {fact:<{width}}  {value}")
    for way in ("reads", "writes"):
        if needs and needs[way]:
            desk.say(f"  {way} {', '.join(map(entity, needs[way]))}")
    for each in report.findings:
        sign, style = SIGNS[each.level]
        desk.say(f"  {sign} {each.what}", style)
        if each.remedy and each.level != "ok":
            desk.say(f"    {each.remedy}")


SIGNS = {"ok": ("✓", ""), "warning": ("!", "yellow"), "missing": ("✗", "bold red")}
