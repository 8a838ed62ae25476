"""`qantara plan`: exactly what a run would change, without changing anything."""

from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from qantara.cli.desk import AsJson, Desk
from qantara.cli.selection import FlowName, LinkNames, selected
from qantara.cli.words import ATTENTION, OPERATIONS, STYLES, number, shown
from qantara.engine.rehearse import CONFLICT, Planned, rehearse

JSON = {
    "links": "For each link, in order: `link`, and how many records a run would `create`, "
    "`update`, join (`merged`), leave by a rule (`skipped`), put aside (`parked`) or ask about "
    "(`conflict`).",
    "planned": "Each record: `link`, `operation`, `source_id`, `target_id`, `title`, `reason`, "
    "`remedy`, `changes` (by field: `now`, `then`; of a conflict the source's and the target's value).",
}

FIRST = 10
"""Records of each link and kind of change that are shown when not all are wanted."""


@dataclass(slots=True)
class Plan:
    """What is planned of one link; `kept` are those that will be shown."""

    link: str
    counts: Counter[str] = field(default_factory=Counter)
    kept: list[Planned] = field(default_factory=list)


def plan(
    ctx: typer.Context,
    *,
    flow: FlowName = None,
    link: LinkNames = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every record, not the first of each kind.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show exactly what a run would do now. Writes nothing to any system."""
    desk = Desk.of(ctx, as_json=as_json)
    plans = desk.work(_rehearsed(desk, flow, link or [], every=every or as_json))
    desk.answer(_as_json(plans), lambda: _show(desk, plans))
    if any(one.counts["parked"] or one.counts[CONFLICT] for one in plans):
        raise typer.Exit(ATTENTION)


async def _rehearsed(desk: Desk, flow: str | None, only: list[str], *, every: bool) -> list[Plan]:
    async with desk.hub() as hub:
        links = await selected(hub, flow, only)
        plans = {link.name: Plan(link.name) for link in links}
        with desk.err.status("Rehearsing…") as status:
            async with aclosing(rehearse(links, hub.store)) as planned:
                async for one in planned:
                    mine = plans.setdefault(one.link, Plan(one.link))
                    mine.counts[one.operation] += 1
                    if every or mine.counts[one.operation] <= FIRST:
                        mine.kept.append(one)
                    status.update(f"Rehearsing… {one.link} {number(mine.counts.total())}")
    return list(plans.values())


def _as_json(plans: list[Plan]) -> dict[str, Any]:
    return {
        "links": [
            {"link": one.link} | {operation: one.counts[operation] for operation in OPERATIONS}
            for one in plans
        ],
        "planned": [_one(planned) for one in plans for planned in one.kept],
    }


def _one(planned: Planned) -> dict[str, Any]:
    return {
        "link": planned.link,
        "operation": planned.operation,
        "source_id": planned.source_id,
        "target_id": planned.target_id or None,
        "title": planned.title,
        "reason": planned.reason,
        "remedy": planned.remedy,
        "changes": {
            name: {"now": now, "then": then} for name, (now, then) in planned.changes.items()
        },
    }


def _show(desk: Desk, plans: list[Plan]) -> None:
    for one in plans:
        for line, style in _details(one):
            desk.say(line, style)
    if not any(one.counts for one in plans):
        desk.say("Nothing would change.")
        return
    table = desk.table("link", *(f"{word}#" for _, word in OPERATIONS.values()))
    desk.rows(table, [(p.link, *(number(p.counts[o]) for o in OPERATIONS)) for p in plans])
    desk.say("Nothing was written. `qantara run` does it.")


def _details(one: Plan) -> Iterator[tuple[str, str]]:
    if not one.counts:
        return
    yield one.link, "bold"
    for planned in one.kept:
        sign, word = OPERATIONS[planned.operation]
        yield (
            f"  {sign} {word} {planned.source_id} {shown(planned.title)}".rstrip(),
            STYLES.get(planned.operation, ""),
        )
        yield from _why(planned)
    if (left := one.counts.total() - len(one.kept)) > 0:
        yield f"  … and {number(left)} more; --all shows them", ""
    yield "", ""


def _why(planned: Planned) -> Iterator[tuple[str, str]]:
    if planned.reason:
        yield f"      {planned.reason}", ""
    if planned.remedy:
        yield f"      {planned.remedy}", ""
    for name, (now, then) in planned.changes.items():
        if planned.operation == CONFLICT:
            yield f"      {name}: {shown(now)} at the source, {shown(then)} at the target", ""
        elif planned.operation == "create":
            if then not in (None, "", [], {}, False):
                yield f"      {name}: {shown(then)}", ""
        else:
            yield f"      {name}: {shown(now)} → {shown(then)}", ""
