"""`qantara run`: bring everything up to date once."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from qantara.cli.desk import AsJson, Desk
from qantara.cli.failures import describe
from qantara.cli.selection import FlowName, LinkNames, selected
from qantara.cli.watching import watching
from qantara.cli.words import ATTENTION, CONNECTION, RESULTS, counted, number
from qantara.engine.ending import run_out
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary, Watch
from qantara.runtime.backoff import Backoff
from qantara.runtime.holding import holding, myself
from qantara.storage import lanes
from qantara.storage.store import Store
from qantara.transport import AuthFailed, ConnectorError, OutcomeUnknown, RetryLater

JSON = {
    "links": "For each link that ran, in order: `link`, `run` (its id), `seen`, `written`, "
    "`unchanged`, `merged`, `skipped`, `parked`, `seconds`, `error` (`reason`, `remedy`; null when "
    "it went through).",
    "complete": "Whether every link went through and nothing was put aside.",
}

PATIENCE = 60.0
"""Seconds that a run waits for a busy system; `sync` never gives up."""

BUSY_SECONDS = 2.0
"""Seconds between two looks whether another Qantara has finished with a link."""


@dataclass(slots=True, kw_only=True)
class Ran:
    """What became of one link's run, over all its attempts."""

    link: str
    run: str = ""
    seen: int = 0
    results: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    error: ConnectorError | None = None

    def add(self, summary: Summary) -> None:
        """One attempt more."""
        self.run, self.seen = summary.run, self.seen + summary.seen
        self.results.update(summary.results)


def run(
    ctx: typer.Context,
    *,
    flow: FlowName = None,
    link: LinkNames = None,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds to wait in all for a system that is busy or away.")
    ] = PATIENCE,
    as_json: AsJson = False,
) -> None:
    """Carry over once what changed since the last run, in the order of the flow."""
    desk = Desk.of(ctx, as_json=as_json)
    ran = desk.work(_run(desk, flow, link or [], patience))
    complete = all(not one.error and not one.results["parked"] for one in ran)
    told = {"links": [as_told(desk, one) for one in ran], "complete": complete}
    desk.answer(told, lambda: show(desk, ran))
    if ran and ran[-1].error:
        raise typer.Exit(CONNECTION)
    if not complete:
        raise typer.Exit(ATTENTION)


async def _run(desk: Desk, flow: str | None, only: list[str], patience: float) -> list[Ran]:
    async with desk.hub(writing=True) as hub:
        links = await selected(hub, flow, only)
        with watching(desk) as watch:
            looking_on = Onlooker(desk=desk, watch=watch, patience=patience)
            return await once(looking_on, links, hub.store)


@dataclass(slots=True, kw_only=True)
class Onlooker:
    """Who sees the runs, and how many seconds more he waits for a system that is busy or away."""

    desk: Desk
    watch: Watch
    patience: float = PATIENCE

    async def waits(self, link: Link, error: ConnectorError, backoff: Backoff) -> bool:
        """Wait before one more attempt; False when the patience is at its end."""
        wait = backoff.failed(getattr(error, "after", 0.0))
        if not isinstance(error, RetryLater | OutcomeUnknown) or wait > self.patience:
            return False
        self.patience -= wait
        self.desk.tell(f"{link.name}: {error} Again in {counted(round(wait) or 1, 'second')}.")
        await asyncio.sleep(wait)
        return True


async def once(onlooker: Onlooker, links: Sequence[Link], store: Store) -> list[Ran]:
    """Run the links in order. What a link cannot do stops it alone; a system that is away, all."""
    ran = []
    for link in links:
        one = await _patiently(onlooker, link, store)
        ran.append(one)
        if isinstance(one.error, AuthFailed | RetryLater | OutcomeUnknown):
            break
    return ran


async def _patiently(onlooker: Onlooker, link: Link, store: Store) -> Ran:
    ran, backoff, began = Ran(link=link.name), Backoff(), time.monotonic()
    seen = _Remembering(onlooker.watch)
    again = True
    while again:
        ran.error, again = None, False
        try:
            await _alone(link, store, seen)
        except ConnectorError as error:
            ran.error = error
        ran.add(seen.summary)
        again = ran.error is not None and await onlooker.waits(link, ran.error, backoff)
    ran.seconds = time.monotonic() - began
    return ran


async def _alone(link: Link, store: Store, watch: Watch) -> None:
    async with holding(store, link, myself()) as hold:
        if hold is None:
            raise RetryLater("Another Qantara is at work on this link now.", after=BUSY_SECONDS)
        await run_out(link, hold.store, watch)
        await hold.store.run(lanes.release, link.name, hold.state.token)


class _Remembering:
    """Passes on what a watch is told, and keeps the summary of a run that failed."""

    def __init__(self, watch: Watch) -> None:
        self.begin, self.advance = watch.begin, watch.advance
        self._end = watch.end
        self.summary = Summary(link="")

    def end(self, link: Link, summary: Summary) -> None:
        """The run is over."""
        self.summary = summary
        self._end(link, summary)


def as_told(desk: Desk, ran: Ran) -> dict[str, Any]:
    """The run with its stable keys."""
    told = {"link": ran.link, "run": ran.run, "seen": ran.seen}
    told |= {result: ran.results[result] for result in RESULTS}
    told |= {"seconds": round(ran.seconds, 3), "error": None}
    if ran.error:
        reason, remedy = describe(desk, ran.error).sentences[0]
        told["error"] = {"reason": reason, "remedy": remedy}
    return told


def show(desk: Desk, ran: Sequence[Ran]) -> None:
    """A row for each link, then what needs attention."""
    table = desk.table("link", "seen#", *(f"{result}#" for result in RESULTS), "seconds#")
    rows = [
        (
            one.link,
            number(one.seen),
            *(number(one.results[result]) for result in RESULTS),
            f"{one.seconds:.1f}",
        )
        for one in ran
    ]
    desk.rows(table, rows)
    for one in ran:
        if one.error:
            reason, remedy = describe(desk, one.error).sentences[0]
            desk.say(f"{one.link}: {reason}", "bold red")
            desk.say(f"  {remedy}")
    if parked := sum(one.results["parked"] for one in ran):
        verb = "needs" if parked == 1 else "need"
        desk.say(f"{counted(parked, 'record')} {verb} a person: qantara dead-letters list", "red")
