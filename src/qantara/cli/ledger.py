"""`qantara ledger`: what became of every change, by day; the proofs of it, exported and checked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from qantara.cli.desk import AsJson, Desk
from qantara.cli.exporting import exporting
from qantara.cli.words import counted, number
from qantara.storage import ledger, proofs
from qantara.storage.ledger import RESULTS, Chosen
from qantara.storage.proofs import Checked, Day

JSON_OF_SHOW = {
    "days": "Newest first; each with `day` (UTC), `link`, `runs`, `failed`, `seen`, `balanced` and "
    "the five results: `written`, `unchanged`, `merged`, `skipped`, `parked`.",
}
JSON_OF_EXPORT: Mapping[str, str] = {}
JSON_OF_CHECK = {
    "holds": "True; when it does not hold, `error` says where.",
    "proofs": "How many there are.",
    "recomputed": "Those whose lines are all kept, and agree.",
    "partly": "Those of which the lines still kept agree.",
    "bare": "Those whose lines were let go.",
    "seal": "The seal of the newest: note it elsewhere to notice when the end is cut off.",
}

DayName = Annotated[
    str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="Only this day, in UTC.")
]
LinkName = Annotated[
    str | None, typer.Option("--link", metavar="LINK", help="Only this link, `flow.link`.")
]

app = typer.Typer(help="What became of every change: sums, export, proof.", no_args_is_help=True)


@app.command()
def show(
    ctx: typer.Context, *, day: DayName = None, link: LinkName = None, as_json: AsJson = False
) -> None:
    """Sum up what was seen and how it ended, by day and link; the last 30 days, or one."""
    desk = Desk.of(ctx, as_json=as_json)
    days = desk.work(_days(desk, _day(day, "--day"), link))
    desk.answer({"days": [_told(one) for one in days]}, lambda: _show(desk, days))


@app.command()
def export(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    what: Annotated[
        Literal["lines", "proofs"],
        typer.Option(help="`lines`, one for each change, or `proofs`, one for each run."),
    ] = "lines",
    form: Annotated[Literal["csv", "json"], typer.Option("--format", help="`csv` or `json`.")] = (
        "csv"
    ),
    day: DayName = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="From this day on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Up to this day, included.")
    ] = None,
    run: Annotated[str | None, typer.Option(metavar="ID", help="Only this run.")] = None,
    link: LinkName = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; else standard output.")
    ] = None,
) -> None:
    """Write the ledger as CSV or JSON: every line kept, or one proof for each run. Days are UTC.

    In CSV a text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    desk = Desk.of(ctx, as_json=False)
    if day and (since or until):
        raise typer.BadParameter("Name one day, or a time from and to; not both.")
    first, last = _day(day or since, "--from"), _day(day or until, "--to")
    chosen = Chosen(
        since=proofs.midnight(first) if first else None,
        until=proofs.midnight(last) + timedelta(days=1) if last else None,
        link=link,
        run=run,
    )
    written = desk.work(_export(desk, (what, form), chosen, output))
    if output:
        desk.tell(f"{counted(written, what[:-1])} in {output}.")


@app.command()
def check(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Walk the chain of proofs, recompute what they seal; the exit code says whether it holds."""
    desk = Desk.of(ctx, as_json=as_json)
    checked = desk.work(_check(desk))
    told = {
        "holds": True,
        "proofs": checked.last,
        **{name: getattr(checked, name) for name in ("recomputed", "partly", "bare", "seal")},
    }
    desk.answer(told, lambda: _show_check(desk, checked))


async def _days(desk: Desk, day: date | None, link: str | None) -> list[Day]:
    async with desk.hub() as hub:
        return await hub.store.run(proofs.days, day=day, link=link)


async def _check(desk: Desk) -> Checked:
    """Portion by portion, so that a hub at work is not kept waiting."""
    checked = Checked()
    async with desk.hub() as hub:
        while not checked.over:
            checked = await hub.store.run(proofs.walk, checked)
    return checked


async def _export(desk: Desk, wanted: tuple[str, str], chosen: Chosen, output: Path | None) -> int:
    what, form = wanted
    async with desk.hub() as hub:
        with exporting(output, form, COLUMNS[what]) as put:
            last, written = 0, 0
            while some := await hub.store.run(READERS[what], chosen, after=last):
                for row in some:
                    put(_plain(row))
                last, written = some[-1].id, written + len(some)
    return written


READERS: Mapping[str, Callable[..., Sequence[Any]]] = {
    "lines": ledger.portion,
    "proofs": proofs.portion,
}
COLUMNS: Mapping[str, Sequence[str]] = {
    "lines": (
        *("id", "at", "run", "link", "connection", "entity", "external_id", "version"),
        *("result", "record", "target_id", "reason", "fields"),
    ),
    "proofs": (
        *("id", "run", "link", "state", "started_at", "ended_at", "seen", *RESULTS),
        *("lines", "seal"),
    ),
}


def _plain(row: Any) -> dict[str, Any]:
    """A line or a proof in plain values; the sums of a proof beside its other columns."""
    told = asdict(row)
    told.update(told.pop("results", {}))
    for name, value in told.items():
        if hasattr(value, "isoformat"):
            told[name] = value.isoformat()
        elif isinstance(value, tuple):
            told[name] = list(value)
    return told


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day; write 2026-01-31.", param_hint=option) from (
            error
        )


def _told(day: Day) -> dict[str, Any]:
    told = {name: getattr(day, name) for name in ("link", "runs", "failed", "seen", "balanced")}
    return {"day": day.day.isoformat(), **told, **day.results}


def _show(desk: Desk, days: Sequence[Day]) -> None:
    if not days:
        desk.say("Nothing was carried over in this time.")
        return
    numbers = [f"{name}#" for name in ("runs", "seen", *RESULTS)]
    desk.rows(desk.table("day", "link", *numbers, "adds up"), list(_rows(days)))


def _rows(days: Sequence[Day]) -> Iterator[tuple[str, ...]]:
    for one in days:
        sums = [one.runs, one.seen, *(one.results[result] for result in RESULTS)]
        adds_up = "yes" if one.balanced else "no"
        yield (one.day.isoformat(), one.link, *map(number, sums), adds_up)


def _show_check(desk: Desk, checked: Checked) -> None:
    if not checked.last:
        desk.say("There is no proof yet: nothing was carried over so far.")
        return
    desk.say(f"The ledger holds: {counted(checked.last, 'proof')}, without a gap.", "green")
    desk.say(
        f"Lines recomputed of {number(checked.recomputed)}, partly of {number(checked.partly)}; "
        f"{number(checked.bare)} stand alone, their lines were let go."
    )
    desk.say(f"Seal of the newest: {checked.seal}")
