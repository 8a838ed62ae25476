"""`qantara conflicts`: what both sides changed differently, and which value is to be kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, cast

import typer
from sqlalchemy import Connection as Database

from qantara.cli.desk import AsJson, Desk, actor
from qantara.cli.words import ATTENTION, ago, clock, counted, shown
from qantara.engine.link import Link
from qantara.engine.pipeline import task_of
from qantara.runtime.hub import Unconfigured
from qantara.storage import audit, conflicts, work
from qantara.storage.conflicts import WHOLE, Choice, Conflict

CONFLICT = (
    "`id`, `link`, `record`, `field` (`*`: the record itself), `source_id`, `target_id`, "
    "`source_value`, `target_value` (null: nothing, or deleted), `rule`, `state` (`open`, `decided`, "
    "`settled`), `choice`, `actor`, `first_at`, `last_at`, `settled_at`"
)
JSON_OF_LIST = {"conflicts": f"Each with {CONFLICT}."}
JSON_OF_SHOW = {"conflict": f"{CONFLICT}."}
JSON_OF_DECIDE = {
    "decided": "The ids of the conflicts that were decided; the link's next turn carries it out.",
    "settled": "Those that were settled before.",
}

SIDES = ("source", "target")
PORTION = 500

app = typer.Typer(
    help="What both sides changed differently: list, show, decide.", no_args_is_help=True
)
OfLink = Annotated[str | None, typer.Option("--link", help="Only those of this link.")]


@app.command("list")
def listing(
    ctx: typer.Context,
    *,
    link: OfLink = None,
    settled: Annotated[
        bool, typer.Option("--settled", help="Those that were dealt with, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what waits for a decision, with both values."""
    desk = Desk.of(ctx, as_json=as_json)
    found = desk.work(_list(desk, link, settled=settled))
    desk.answer({"conflicts": [asdict(one) for one in found]}, lambda: _show_list(desk, found))


@app.command()
def show(
    ctx: typer.Context,
    *,
    number: Annotated[int, typer.Argument(metavar="ID", help="The number of the conflict.")],
    as_json: AsJson = False,
) -> None:
    """Show one conflict: both values whole, since when, and what was decided."""
    desk = Desk.of(ctx, as_json=as_json)
    one = desk.work(_one(desk, number))
    desk.answer({"conflict": asdict(one)}, lambda: _show_one(desk, one))


@app.command()
def decide(
    ctx: typer.Context,
    *,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="ID... SIDE",
            help="The numbers of the conflicts, and whose value is kept: source or target.",
        ),
    ],
    every: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
    link: OfLink = None,
    as_json: AsJson = False,
) -> None:
    """Keep the value of one side. The link's next turn writes it to the other."""
    desk = Desk.of(ctx, as_json=as_json)
    numbers, side = _understood(words, every=every, link=link)
    decided, settled = desk.work(_decide(desk, numbers, side, link))
    told = {"decided": [one.id for one in decided], "settled": [one.id for one in settled]}
    desk.answer(told, lambda: _show_decided(desk, decided, settled))
    if settled:
        raise typer.Exit(ATTENTION)


def _understood(
    words: Sequence[str], *, every: bool, link: str | None
) -> tuple[list[int] | None, Choice]:
    """The numbers, None for all, and the side."""
    *numbers, side = words
    if side not in SIDES:
        raise typer.BadParameter("Say whose value is kept: source or target.")
    if not all(number.isdigit() for number in numbers):
        raise typer.BadParameter("Name the conflicts by their numbers.")
    if bool(numbers) == every or (link and not every):
        raise typer.BadParameter("Name the conflicts, or say --all (and maybe --link).")
    return [int(number) for number in numbers] or None, cast("Choice", side)


async def _list(desk: Desk, link: str | None, *, settled: bool) -> list[Conflict]:
    async with desk.hub() as hub:
        every = await hub.store.run(_every, settled=settled)
    return [one for one in every if _is_of(link, one)]


def _is_of(link: str | None, conflict: Conflict) -> bool:
    return link in (None, conflict.link, conflict.link.rpartition(".")[2])


def _every(database: Database, *, settled: bool) -> list[Conflict]:
    found: list[Conflict] = []
    while some := conflicts.listing(
        database, settled=settled, limit=PORTION, after=found[-1].id if found else 0
    ):
        found += some
    return found


async def _one(desk: Desk, number: int) -> Conflict:
    async with desk.hub() as hub:
        return await hub.store.run(conflicts.get, number)


async def _decide(
    desk: Desk, numbers: Sequence[int] | None, side: Choice, link: str | None
) -> tuple[list[Conflict], list[Conflict]]:
    """Those that were decided, and those that were settled already."""
    async with desk.hub() as hub:
        links = {one.name: one for one in await hub.links()}
        if numbers is None:
            every = await hub.store.run(_every, settled=False)
            wanted = [one for one in every if one.state == "open" and _is_of(link, one)]
        else:
            wanted = [await hub.store.run(conflicts.get, number) for number in numbers]
        if absent := next((one.link for one in wanted if one.link not in links), None):
            raise Unconfigured(
                f"The link {absent} of these conflicts is not configured, or is off.",
                remedy="Put it back into qantara.toml: it must carry out what is decided.",
            )
        decided = await hub.store.run(_write, wanted, side, links)
    done = {one.id for one in decided}
    return decided, [one for one in wanted if one.id not in done]


def _write(
    database: Database, wanted: Sequence[Conflict], side: Choice, links: Mapping[str, Link]
) -> list[Conflict]:
    """The decision, who made it, and that both directions look at the record."""
    decided = conflicts.decide(database, [one.id for one in wanted], side, actor())
    for one in decided:
        directions = links[one.link].directions
        ids = (one.source_id, one.target_id)
        work.ask(database, [task_of(*pair) for pair in zip(directions, ids, strict=False)])
        detail = {"conflict": str(one.id), "link": one.link, "field": one.field, "kept": side}
        audit.note(database, actor(), "decide", detail)
    return decided


def _what(conflict: Conflict) -> str:
    field = "the record itself" if conflict.field == WHOLE else conflict.field
    return f"{field} of {conflict.source_id} and {conflict.target_id}, {conflict.link}"


def _value(conflict: Conflict, side: str) -> str:
    value = getattr(conflict, f"{side}_value")
    if conflict.field == WHOLE:
        return "deleted" if value is None else "changed, and still there"
    return shown(value) or "empty"


def _show_list(desk: Desk, found: Sequence[Conflict]) -> None:
    if not found:
        desk.say("Nothing waits for a decision.")
        return
    for one in found:
        state = "" if one.state == "open" else f" ({one.state}: {one.choice or 'by itself'})"
        desk.say(f"{one.id}  {_what(one)}, {ago(one.last_at)}{state}", "bold")
        for side in SIDES:
            desk.say(f"   {side}: {_value(one, side)}")
    desk.say("Decide with: qantara conflicts decide ID source (or target)")


def _show_one(desk: Desk, one: Conflict) -> None:
    desk.say(f"Conflict {one.id}: {_what(one)}", "bold")
    for side, id_ in zip(SIDES, (one.source_id, one.target_id), strict=True):
        value = getattr(one, f"{side}_value")
        whole = value if isinstance(value, str) else None
        desk.say(f"At the {side}, record {id_}: {whole or _value(one, side)}")
    desk.say(f"Asked {clock(one.first_at)}; the rule is {one.rule!r}.")
    if one.choice:
        desk.say(f"{one.actor} decided {clock(one.last_at)} to keep the {one.choice}'s.")
    if one.settled_at:
        desk.say(f"Settled {clock(one.settled_at)}.")
    else:
        desk.say(f"Decide with: qantara conflicts decide {one.id} source (or target)")


def _show_decided(desk: Desk, decided: Sequence[Conflict], settled: Sequence[Conflict]) -> None:
    if decided:
        number = counted(len(decided), "conflict")
        desk.say(f"{number} decided; the link's next turn (or `qantara run`) carries it out.")
    for one in settled:
        desk.say(f"{one.id} was settled before: both sides agree again.")
    if not decided and not settled:
        desk.say("No conflict is open.")
