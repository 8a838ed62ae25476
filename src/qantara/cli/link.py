"""`qantara link`: before a link goes live, say which records of both systems are the same."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from qantara.cli.desk import AsJson, Desk, actor
from qantara.cli.exporting import Put, exporting
from qantara.cli.words import ATTENTION, counted, number, shown
from qantara.engine import proposing
from qantara.engine.link import Link
from qantara.engine.match import MATCHED
from qantara.engine.proposing import STATES, Proposal
from qantara.runtime.hub import Hub, Unconfigured, Unseen
from qantara.storage.store import Store

ROW = (
    "`source_id`, `label`, `state` (`bound`, `sure`, `doubt`, `new`, `trouble`, `skipped`), "
    "`target_id` and `target_label` of the likeliest, `confidence` (0 to 1), `agrees`, "
    "`contradicts`, `others` (ids of further candidates), `reason`"
)
JSON_OF_PROPOSE = {
    "link": "Its name.",
    "counts": "How many records are in each state.",
    "accepted": "How many pairs were stored with --accept.",
    "asked": "How many questions were asked with --accept.",
    "rejected": "How many were rejected with --reject.",
    "proposals": f"Each record of the source: {ROW}.",
}
JSON_OF_PAIR = {"proposal": f"What was stored: {ROW}."}

COLUMNS = (
    *("source_id", "label", "state", "target_id", "target_label", "confidence"),
    *("agrees", "contradicts", "others", "reason"),
)

FIRST = 20
"""Records of each state that are shown when not all are wanted."""

SHOWN = ("doubt", "trouble", "sure", "new")
"""States whose records are shown, those that need an eye first."""

app = typer.Typer(
    help="Which records of both systems are the same: propose, pair.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(metavar="FLOW.LINK", help="The link, such as supply.product.")]
Above = Annotated[
    float | None,
    typer.Option(
        "--accept",
        metavar="ABOVE",
        min=0.0,
        max=1.0,
        help="Store the sure pairs that are at least so sure, such as 0.9, and ask about the "
        "doubtful ones. Neither system is written to.",
    ),
]
Rejected = Annotated[
    list[str] | None,
    typer.Option(
        "--reject",
        metavar="ID",
        help="This record of the source is none of its candidates: a run makes it anew. May be "
        "repeated.",
    ),
]


@dataclass(slots=True, kw_only=True)
class Proposed:
    """What became of a link's proposals; `kept` are those that will be shown."""

    link: str
    counts: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    asked: int = 0
    rejected: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done with the proposals."""

    above: float | None
    reject: frozenset[str]
    every: bool
    output: Path | None
    form: str


@app.command()
def propose(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    link: Name,
    accept: Above = None,
    reject: Rejected = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every record, not the first of each kind.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write every proposal into this file.")
    ] = None,
    form: Annotated[
        Literal["csv", "json"], typer.Option("--format", help="How the file is written.")
    ] = "csv",
    as_json: AsJson = False,
) -> None:
    """Find the records that both systems have already, with how sure that is and why."""
    desk = Desk.of(ctx, as_json=as_json)
    wish = Wish(
        above=accept,
        reject=frozenset(reject or ()),
        every=every or as_json,
        output=output,
        form=form,
    )
    done = desk.work(_propose(desk, link, wish))
    desk.answer(_told(done), lambda: _show(desk, done, wish))
    if done.counts["doubt"] or done.counts["trouble"]:
        raise typer.Exit(ATTENTION)


@app.command()
def pair(
    ctx: typer.Context,
    *,
    link: Name,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The id at the link's source.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The id at its target.")],
    as_json: AsJson = False,
) -> None:
    """Say that two records are the same. Neither system is written to."""
    desk = Desk.of(ctx, as_json=as_json)
    done = desk.work(_pair(desk, link, source, target))
    row = _row(done)
    said = (
        f"{row['source_id']} {row['label']} and {row['target_id']} {row['target_label']} are one."
    )
    desk.answer({"proposal": row}, lambda: desk.say(said, "green"))


async def _propose(desk: Desk, name: str, wish: Wish) -> Proposed:
    storing = wish.above is not None or bool(wish.reject)
    async with desk.hub(writing=storing) as hub:
        link = await _link(hub, name)
        done = Proposed(link=link.name)
        with ExitStack() as stack:
            put = stack.enter_context(_file(wish))
            status = stack.enter_context(desk.err.status("Comparing…"))
            async with aclosing(proposing.propose(link, hub.store)) as pages:
                async for page in pages:
                    await _store(link, hub.store, page, wish, done)
                    _keep(page, wish, done, put)
                    status.update(f"Comparing… {number(done.counts.total())}")
        return done


def _file(wish: Wish) -> Any:
    if wish.output is None:
        return ExitStack()
    return exporting(wish.output, wish.form, COLUMNS)


async def _store(
    link: Link, store: Store, page: Sequence[Proposal], wish: Wish, done: Proposed
) -> None:
    refused = [one for one in page if one.source_id in wish.reject]
    rest = [one for one in page if one.source_id not in wish.reject]
    if refused:
        done.rejected += await store.run(proposing.reject, link, refused, actor())
    if wish.above is not None:
        sure = proposing.confident(rest, wish.above)
        done.accepted += await store.run(proposing.accept, link, sure, actor())
        doubtful = [one for one in rest if one.state == "doubt"]
        done.asked += await store.run(proposing.ask, link, doubtful)


def _keep(page: Sequence[Proposal], wish: Wish, done: Proposed, put: Put | ExitStack) -> None:
    for one in page:
        done.counts[one.state] += 1
        row = _row(one)
        if not isinstance(put, ExitStack):
            put(row)
        if wish.every or (one.state in SHOWN and done.counts[one.state] <= FIRST):
            done.kept.append(row)


async def _pair(desk: Desk, name: str, source: str, target: str) -> Proposal:
    async with desk.hub(writing=True) as hub:
        link = await _link(hub, name)
        done = await proposing.pair(link, hub.store, source, target, actor())
        if done is None:
            raise Unseen(
                f"{link.here_name} has no {link.entity} {source}, or {link.there_name} no {target}.",
                remedy="Look up the two ids; `qantara link propose` shows them.",
            )
        return done


async def _link(hub: Hub, name: str) -> Link:
    flow, _, short = name.rpartition(".")
    link = (await hub.links(flow or None, [short]))[0]
    if link.kind not in MATCHED or link.bound_only:
        raise Unconfigured(
            f"The records of {link.name} are not matched by keys: they follow what they refer to.",
            remedy="Choose a link of records or documents, such as the products'.",
        )
    return link


def _row(one: Proposal) -> dict[str, Any]:
    first = one.candidates[0] if one.candidates else None
    return {
        "source_id": one.source_id,
        "label": one.label,
        "state": one.state,
        "target_id": first.id if first else "",
        "target_label": first.label if first else "",
        "confidence": one.confidence,
        "agrees": list(first.agrees) if first else [],
        "contradicts": list(first.contradicts) if first else [],
        "others": [each.id for each in one.candidates[1:]],
        "reason": one.reason,
    }


def _told(done: Proposed) -> Mapping[str, Any]:
    return {
        "link": done.link,
        "counts": {state: done.counts[state] for state in STATES},
        "accepted": done.accepted,
        "asked": done.asked,
        "rejected": done.rejected,
        "proposals": done.kept,
    }


def _show(desk: Desk, done: Proposed, wish: Wish) -> None:
    for state in SHOWN if not wish.every else STATES:
        rows = [one for one in done.kept if one["state"] == state]
        if rows:
            _show_rows(desk, state, rows, done.counts[state])
    table = desk.table("", "records#")
    desk.rows(table, [(word, number(done.counts[state])) for state, word in STATES.items()])
    if wish.output:
        desk.say(f"Every proposal is in {wish.output}.")
    if wish.above is None:
        desk.say(f"Nothing was stored. Do it with: qantara link propose {done.link} --accept 0.9")
    else:
        questions = counted(done.asked, "question")
        desk.say(f"{counted(done.accepted, 'pair')} stored; {questions} asked.", "green")
    if done.asked:
        desk.say("Answer them with: qantara questions list")
    if done.rejected:
        desk.say(f"{counted(done.rejected, 'record')} will be made anew by the next run.")
    desk.say("Neither system was written to.")


def _show_rows(desk: Desk, state: str, rows: Sequence[Mapping[str, Any]], count: int) -> None:
    desk.say(f"{STATES[state].capitalize()}: {number(count)}", "bold")  # type: ignore[index]
    table = desk.table("source", "", "target", "", "sure#", "why")
    desk.rows(table, [_cells(one) for one in rows])
    if count > len(rows):
        desk.say(f"… and {number(count - len(rows))} more; --all or --output shows them")
    desk.say("")


def _cells(one: Mapping[str, Any]) -> tuple[object, ...]:
    sure = f"{one['confidence']:.0%}" if one["confidence"] else ""
    why = "; ".join([*one["agrees"], *one["contradicts"]]) or one["reason"]
    return (
        one["source_id"],
        shown(one["label"]),
        one["target_id"],
        shown(one["target_label"]),
        sure,
        shown(why),
    )
