"""`qantara drift`: what no longer agrees, found without reading everything, and mended if asked to."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from qantara.cli.desk import AsJson, Desk
from qantara.cli.selection import FlowName, LinkNames, selected
from qantara.cli.watching import watching
from qantara.cli.words import ATTENTION, counted, number, shown
from qantara.engine import drift as engine
from qantara.engine.drift import Report
from qantara.engine.link import Link
from qantara.engine.mending import Drift
from qantara.engine.pipeline import Watch, run
from qantara.runtime.hub import Hub

JSON = {
    "links": "For each link: `link`, `compared` (records that had to be read), `drifted`, `complete` "
    "(whether all was looked at).",
    "findings": "Each record that does not agree (with --repair: did not): `link`, `source_id`, "
    "`target_id`, `cause` (`source`, `target`, `missing`, `gone` or `new`), `reason`, and `fields` "
    "(each with `field`, `here`, `there`).",
    "repaired": "How many of them were carried over again; null without --repair.",
    "agree": "Whether all agrees now.",
}

FIRST = 20
"""Findings shown of each link when not all are wanted."""

PATIENCE = 5.0
"""Seconds until a finding is looked at again: the hub may be at work on it just now."""


def drift(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    flow: FlowName = None,
    link: LinkNames = None,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Read every record, for changes made in a database itself."),
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Carry over again what does not agree.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find what was changed behind the hub's back, reading only where something has changed."""
    desk = Desk.of(ctx, as_json=as_json)
    work = _repair(desk, flow, link or [], deep=deep) if repair else None
    found, left = desk.work(work or _check(desk, flow, link or [], deep=deep))
    told = _told(found, left if repair else None)
    desk.answer(told, lambda: _show(desk, found, left))
    if any(one.findings for one in left):
        raise typer.Exit(ATTENTION)


Reports = Sequence[Report]


async def _check(
    desk: Desk, flow: str | None, only: list[str], *, deep: bool
) -> tuple[Reports, Reports]:
    async with desk.hub() as hub:
        links = await selected(hub, flow, only)
        reports = [
            await engine.check(link, hub.store, deep=deep, patience=PATIENCE) for link in links
        ]
    return reports, reports


async def _repair(
    desk: Desk, flow: str | None, only: list[str], *, deep: bool
) -> tuple[Reports, Reports]:
    """Bring the links up to date, mend what does not agree even so, and look again."""
    async with desk.hub(writing=True) as hub:
        links = await selected(hub, flow, only)
        with watching(desk) as watch:
            for link in links:
                await run(link, hub.store, watch)
            found = [await engine.check(link, hub.store, deep=deep, repair=True) for link in links]
            await _mend(hub, links, watch)
        return found, [await engine.check(link, hub.store) for link in links]


async def _mend(hub: Hub, links: Sequence[Link], watch: Watch) -> None:
    for link in links:
        for direction in link.directions:
            await run(direction, hub.store, watch, polling=False)


def _told(found: Reports, left: Reports | None) -> dict[str, Any]:
    drifted = sum(len(one.findings) for one in found)
    remaining = sum(len(one.findings) for one in left) if left is not None else drifted
    return {
        "links": [
            {
                "link": one.link,
                "compared": one.records,
                "drifted": len(one.findings),
                "complete": one.complete,
            }
            for one in found
        ],
        "findings": [_finding(one.link, each) for one in found for each in one.findings],
        "repaired": None if left is None else max(0, drifted - remaining),
        "agree": not remaining,
    }


def _finding(link: str, one: Drift) -> dict[str, Any]:
    return {
        "link": link,
        "source_id": one.source_id,
        "target_id": one.target_id or None,
        "cause": one.cause,
        "reason": one.reason,
        "fields": [
            {"field": each.field, "here": each.here, "there": each.there}
            for each in one.finding.fields
        ],
    }


def _show(desk: Desk, found: Reports, left: Reports) -> None:
    for one in found:
        for line in _lines(one):
            desk.say(line)
    table = desk.table("link", "compared#", "drifted#")
    rows = [(one.link, number(one.records), number(len(one.findings))) for one in found]
    desk.rows(table, rows)
    drifted = sum(len(one.findings) for one in found)
    remaining = sum(len(one.findings) for one in left)
    if not remaining:
        desk.say("All agrees now." if drifted else "All agrees.", "green")
    elif found is not left:
        desk.say(f"{counted(remaining, 'record')} could not be mended.", "red")
    else:
        verb = "does" if remaining == 1 else "do"
        told = f"{counted(remaining, 'record')} {verb} not agree; --repair carries over again."
        desk.say(told, "red")


def _lines(report: Report) -> Iterator[str]:
    for one in report.findings[:FIRST]:
        which = " = ".join(filter(None, (one.source_id, one.target_id)))
        yield f"{report.link} {which} {one.reason}"
        for each in one.finding.fields:
            yield f"  {each.field}: {shown(each.here)} here, {shown(each.there)} there"
    if (left := len(report.findings) - FIRST) > 0:
        yield f"… and {number(left)} more of {report.link}; --json lists them all"
