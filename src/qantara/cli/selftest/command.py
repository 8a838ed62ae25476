"""`qantara selftest`: kill the hub at every step of a story, and look whether everything holds."""

import tempfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

import qantara.flows.supply  # noqa: F401 - the processes that are forked find it loaded
from qantara.cli.desk import AsJson, Desk
from qantara.cli.selftest.acts import ACTS
from qantara.cli.selftest.campaign import Campaign, Points, again, once_each, points, sample, title
from qantara.cli.selftest.invariants import TITLES
from qantara.cli.selftest.journals import journals
from qantara.cli.selftest.roles import RUNTIMES
from qantara.cli.selftest.trial import Report
from qantara.cli.selftest.verdict import Verdict, judge
from qantara.cli.selftest.worker import Point
from qantara.cli.words import ATTENTION, counted

JSON = {
    "points": "For each point: `killed_at` (a list: `process`, `act`, `step`, `number`), `killed`, "
    "`restarted`, `broken` (by invariant, a list of sentences; empty when all hold).",
    "invariants": "The short name of each invariant and what it says.",
    "undisturbed": "What did not hold in the story without a crash, as `broken`.",
    "steps": "How many different steps the story goes through.",
    "tried": "How many points were tried.",
    "broken": "How many of them broke an invariant, or were not reached.",
}

TWICE = "write: answered"
"""After a crash at this step of the first load, each step of the recovery is a point, too."""


class Which(StrEnum):
    """How much is tried."""

    ALL = "all"
    STEPS = "steps"
    SAMPLE = "sample"


class Runtime(StrEnum):
    """What the hub is made of."""

    EMBEDDED = "embedded"
    DISTRIBUTED = "distributed"


def selftest(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    which: Annotated[
        Which, typer.Option("--points", help="All points, each of the steps once, or a sample.")
    ] = Which.SAMPLE,
    database: Annotated[
        str | None,
        typer.Option(
            help="A PostgreSQL server on which databases may be made for it, as a URL; else the "
            "journals are files in a temporary folder.",
            show_default=False,
        ),
    ] = None,
    runtime: Annotated[
        Runtime,
        typer.Option(help="One process, or a scheduler and a worker (on PostgreSQL only)."),
    ] = Runtime.EMBEDDED,
    jobs: Annotated[int, typer.Option(min=1, max=16, help="Trials at the same time.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Kill the hub at each of its steps and prove that nothing is lost or doubled."""
    desk = Desk.of(ctx, as_json=as_json)
    if runtime is Runtime.DISTRIBUTED and not database:
        raise typer.BadParameter("The distributed runtime needs --database.")
    with tempfile.TemporaryDirectory(prefix="qantara-selftest-") as folder:
        place = Path(folder)
        campaign = Campaign(
            folder=place, journals=journals(database, place), roles=RUNTIMES[runtime], jobs=jobs
        )
        campaign.prepare()
        try:
            told = _try(desk, campaign, which)
        finally:
            campaign.end()
    desk.answer(told, lambda: _conclude(desk, told))
    if told["broken"] or told["undisturbed"]:
        raise typer.Exit(ATTENTION)


def _try(desk: Desk, campaign: Campaign, which: Which) -> dict[str, Any]:
    desk.tell(f"The story in {counted(len(ACTS), 'act')}, undisturbed.")
    quiet = campaign.tell()
    broken = judge((), quiet, quiet).broken
    chosen = [] if broken else _chosen(campaign, quiet, which)
    desk.tell(f"Now killed at {counted(len(chosen), 'point')}, {campaign.jobs} at a time.")
    told = []
    for verdict in campaign.judged(chosen, quiet):
        _show(desk, verdict)
        told.append(_as_told(verdict))
    return {
        "points": told,
        "invariants": dict(TITLES),
        "undisturbed": broken,
        "steps": len({step for _, _, step in quiet.counts}),
        "tried": len(told),
        "broken": sum(not one["killed"] or bool(one["broken"]) for one in told),
    }


def _chosen(campaign: Campaign, quiet: Report, which: Which) -> Sequence[Points]:
    every = points(quiet.counts)
    if which is Which.SAMPLE:
        return sample(every)
    if which is Which.STEPS:
        return once_each(every)
    first = Point(act=0, step=TWICE, role=campaign.roles[-1])
    return [*every, *again(campaign.tell([first]).counts, first)]


def _show(desk: Desk, verdict: Verdict) -> None:
    if desk.as_json:
        return
    holds = "ok" if verdict.holds else "BROKEN"
    killed = "killed, restarted" if verdict.killed else "not reached"
    desk.say(f"{holds:6}  {title(verdict.points)}: {killed}", "" if verdict.holds else "bold red")
    for name, sentences in verdict.broken.items():
        for sentence in sentences:
            desk.say(f"        {name}: {sentence}", "red")


def _as_told(verdict: Verdict) -> dict[str, Any]:
    return {
        "killed_at": [
            {
                "process": one.role,
                "act": ACTS[one.act].title,
                "step": one.step,
                "number": one.number,
            }
            for one in verdict.points
        ],
        "killed": verdict.killed,
        "restarted": verdict.restarted,
        "broken": verdict.broken,
    }


def _conclude(desk: Desk, told: dict[str, Any]) -> None:
    for name, sentences in told["undisturbed"].items():
        for sentence in sentences:
            desk.say(f"Undisturbed, {name}: {sentence}", "red")
    table = desk.table("invariant", "ok#", "broken#", "")
    rows = []
    for name, words in TITLES.items():
        broken = sum(name in one["broken"] for one in told["points"])
        rows.append((name, told["tried"] - broken, broken, words))
    desk.rows(table, rows)
    style = "bold red" if told["broken"] or told["undisturbed"] else "green"
    desk.say(f"{counted(told['tried'], 'point')}, {told['broken']} broken.", style)
