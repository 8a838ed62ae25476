"""`qantara verify`: compare both sides field by field, and mend what differs if asked to."""

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from qantara.cli.desk import AsJson, Desk
from qantara.cli.selection import FlowName, LinkNames, selected
from qantara.cli.watching import bars, watching
from qantara.cli.words import ATTENTION, counted, number, shown
from qantara.engine import audit
from qantara.engine.audit import Finding
from qantara.engine.link import Link
from qantara.engine.pipeline import sync_ids
from qantara.runtime.hub import Hub

JSON = {
    "links": "For each link: `link`, `compared` (records), `differing`, `repaired` (sent again with "
    "--repair).",
    "findings": "Each record that does not agree (with --repair: still not): `link`, `source_id`, "
    "`target_id`, `problem` (a sentence) or `fields` (each with `field`, `here`, `there`).",
    "agree": "Whether both sides agree on everything.",
}

FIRST = 20
"""Findings shown of each link when not all are wanted."""


@dataclass(slots=True)
class Verdict:
    """What the comparison of one link found."""

    link: str
    compared: int = 0
    repaired: int = 0
    findings: list[Finding] = field(default_factory=list)


def verify(
    ctx: typer.Context,
    *,
    flow: FlowName = None,
    link: LinkNames = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Carry over again what differs, and compare again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read both sides again and compare every field; list what differs."""
    desk = Desk.of(ctx, as_json=as_json)
    verdicts = desk.work(_verify(desk, flow, link or [], repair=repair))
    agree = not any(one.findings for one in verdicts)
    desk.answer(as_told(verdicts), lambda: show(desk, verdicts))
    if not agree:
        raise typer.Exit(ATTENTION)


async def _verify(desk: Desk, flow: str | None, only: list[str], *, repair: bool) -> list[Verdict]:
    async with desk.hub(writing=repair) as hub:
        links = await selected(hub, flow, only)
        verdicts = await compared(desk, hub, links)
        if repair and any(one.findings for one in verdicts):
            repaired = await _repair(desk, hub, links, verdicts)
            verdicts = await compared(desk, hub, links)
            for one in verdicts:
                one.repaired = repaired[one.link]
        return verdicts


async def compared(desk: Desk, hub: Hub, links: Sequence[Link]) -> list[Verdict]:
    """Compare the links one after the other, with a bar for each on a terminal."""
    verdicts = []
    with bars(desk) as progress:
        progress.disable = not desk.err.is_terminal
        for link in links:
            verdict = Verdict(link.name)
            task = progress.add_task(link.name, total=None)
            async with aclosing(audit.compare(link, hub.store)) as chunks:
                async for chunk in chunks:
                    verdict.compared += chunk.records
                    verdict.findings += chunk.findings
                    progress.update(task, completed=verdict.compared)
            progress.update(task, total=verdict.compared)
            verdicts.append(verdict)
    return verdicts


async def _repair(
    desk: Desk, hub: Hub, links: Sequence[Link], verdicts: Sequence[Verdict]
) -> dict[str, int]:
    repaired = {}
    with watching(desk) as watch:
        for link, verdict in zip(links, verdicts, strict=True):
            ids = await audit.forget(link, hub.store, verdict.findings)
            if ids:
                await sync_ids(link, hub.store, ids, watch)
            repaired[link.name] = len(ids)
    return repaired


def as_told(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The verdicts with their stable keys."""
    return {
        "links": [
            {
                "link": one.link,
                "compared": one.compared,
                "differing": len(one.findings),
                "repaired": one.repaired,
            }
            for one in verdicts
        ],
        "findings": [_finding(each) for one in verdicts for each in one.findings],
        "agree": not any(one.findings for one in verdicts),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "link": finding.link,
        "source_id": finding.source_id or None,
        "target_id": finding.target_id or None,
        "problem": finding.problem or None,
        "fields": [
            {"field": one.field, "here": one.here, "there": one.there} for one in finding.fields
        ],
    }


def show(desk: Desk, verdicts: Sequence[Verdict]) -> None:
    """The differences, then a row for each link."""
    for one in verdicts:
        for line in _lines(one):
            desk.say(line)
    table = desk.table("link", "compared#", "differing#", "repaired#")
    rows = [
        (one.link, number(one.compared), number(len(one.findings)), number(one.repaired))
        for one in verdicts
    ]
    desk.rows(table, rows)
    if differing := sum(len(one.findings) for one in verdicts):
        verb = "differs" if differing == 1 else "differ"
        desk.say(f"{counted(differing, 'record')} {verb}; --repair carries over again.", "red")
    else:
        desk.say("Both sides agree.", "green")


def _lines(verdict: Verdict) -> Iterator[str]:
    for each in verdict.findings[:FIRST]:
        which = " = ".join(filter(None, (each.source_id, each.target_id)))
        yield f"{verdict.link} {which}: {each.problem}".replace(" :", ":")
        for one in each.fields:
            yield f"  {one.field}: {shown(one.here)} here, {shown(one.there)} there"
    if (left := len(verdict.findings) - FIRST) > 0:
        yield f"… and {number(left)} more of {verdict.link}; --json lists them all"
