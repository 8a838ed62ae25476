"""`qantara dead-letters`: what needs a person, why, and sending it again."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import typer
from sqlalchemy import Connection as Database

from qantara.cli.desk import AsJson, Desk, actor
from qantara.cli.watching import watching
from qantara.cli.words import ATTENTION, ago, clock, counted, entity
from qantara.engine.pipeline import sync_ids
from qantara.runtime.hub import Unconfigured
from qantara.storage import audit, dead_letters
from qantara.storage.dead_letters import DeadLetter

LETTER = (
    "`id`, `link`, `connection`, `entity`, `external_id`, `target_id`, `code`, `reason`, `remedy`, "
    "`state`, `count`, `first_at`, `last_at`, `retry_asked_at`, `resolved_at`, `resolution`"
)
JSON_OF_LIST = {"dead_letters": f"Each with {LETTER}."}
JSON_OF_SHOW = {"dead_letter": f"{LETTER}, and `wire`: the record as the source sent it."}
JSON_OF_RETRY = {
    "retried": "The ids of the letters that were tried again.",
    "resolved": "Those that went through.",
    "open": "Those that did not.",
}

PORTION = 500

app = typer.Typer(help="What needs a person: list, show, retry.", no_args_is_help=True)


@app.command("list")
def listing(
    ctx: typer.Context,
    *,
    link: Annotated[str | None, typer.Option(help="Only those of this link.")] = None,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Those that were dealt with, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what needs a person, with the reason."""
    desk = Desk.of(ctx, as_json=as_json)
    letters = desk.work(_list(desk, link, resolved=resolved))
    told = {"dead_letters": [_as_json(letter) for letter in letters]}
    desk.answer(told, lambda: _show_list(desk, letters))


@app.command()
def show(
    ctx: typer.Context,
    *,
    number: Annotated[int, typer.Argument(metavar="ID", help="The number of the letter.")],
    as_json: AsJson = False,
) -> None:
    """Show one letter: what happened, what to do, and the record as it was sent."""
    desk = Desk.of(ctx, as_json=as_json)
    letter = desk.work(_one(desk, number))
    told = {"dead_letter": _as_json(letter) | {"wire": _wire(letter)}}
    desk.answer(told, lambda: _show_one(desk, letter))


@app.command()
def retry(
    ctx: typer.Context,
    *,
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="ID...", help="The numbers of the letters.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
    as_json: AsJson = False,
) -> None:
    """Carry the records over again, now."""
    desk = Desk.of(ctx, as_json=as_json)
    if bool(numbers) == every:
        raise typer.BadParameter("Name the letters, or say --all.")
    before, after = desk.work(_retry(desk, numbers or []))
    told = {
        "retried": [letter.id for letter in before],
        "resolved": [letter.id for letter in after if letter.state == "resolved"],
        "open": [letter.id for letter in after if letter.state == "open"],
    }
    desk.answer(told, lambda: _show_retried(desk, after))
    if told["open"]:
        raise typer.Exit(ATTENTION)


async def _list(desk: Desk, link: str | None, *, resolved: bool) -> list[DeadLetter]:
    async with desk.hub() as hub:
        every = await hub.store.run(_every, state=None if resolved else "open")
    return [one for one in every if link in (None, one.link, one.link.rpartition(".")[2])]


def _every(database: Database, state: dead_letters.State | None) -> list[DeadLetter]:
    found: list[DeadLetter] = []
    while some := dead_letters.listing(
        database, state=state, limit=PORTION, after=found[-1].id if found else 0
    ):
        found += some
    return found


async def _one(desk: Desk, number: int) -> DeadLetter:
    async with desk.hub() as hub:
        return await hub.store.run(dead_letters.get, number)


async def _retry(desk: Desk, numbers: Sequence[int]) -> tuple[list[DeadLetter], list[DeadLetter]]:
    async with desk.hub(writing=True) as hub:
        letters = await hub.store.run(_wanted, numbers)
        await hub.store.run(_ask, letters)
        links = {link.name: link for link in await hub.links()}
        with watching(desk) as watch:
            for name in dict.fromkeys(letter.link for letter in letters):
                if name not in links:
                    raise Unconfigured(
                        f"The link {name} of these letters is not configured, or is off.",
                        remedy="Put it back into qantara.toml; they are tried again in its next run.",
                    )
                ids = [letter.external_id for letter in letters if letter.link == name]
                await sync_ids(links[name], hub.store, ids, watch)
        return letters, await hub.store.run(_again, letters)


def _wanted(database: Database, numbers: Sequence[int]) -> list[DeadLetter]:
    letters = [dead_letters.get(database, number) for number in numbers] or _every(database, "open")
    return [letter for letter in letters if letter.state == "open"]


def _ask(database: Database, letters: Sequence[DeadLetter]) -> None:
    ids = [letter.id for letter in letters]
    dead_letters.request_retry(database, ids)
    audit.note(database, actor(), "retry", {"dead letters": ", ".join(map(str, ids))})


def _again(database: Database, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
    return [dead_letters.get(database, letter.id) for letter in letters]


def _as_json(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "link": letter.link,
        "connection": letter.connection,
        "entity": letter.entity,
        "external_id": letter.external_id,
        "target_id": letter.target_id or None,
        "code": letter.code,
        "reason": letter.reason,
        "remedy": letter.remedy,
        "state": letter.state,
        "count": letter.count,
        "first_at": letter.first_at,
        "last_at": letter.last_at,
        "retry_asked_at": letter.retry_asked_at,
        "resolved_at": letter.resolved_at,
        "resolution": letter.resolution,
    }


def _wire(letter: DeadLetter) -> Any:
    return msgspec.json.decode(letter.wire) if letter.wire else None


def _show_list(desk: Desk, letters: Sequence[DeadLetter]) -> None:
    if not letters:
        desk.say("Nothing waits for a person.")
        return
    for one in letters:
        what = f"{entity(one.entity)} {one.external_id} of {one.connection}"
        state = "" if one.state == "open" else " (resolved)"
        desk.say(f"{one.id}  {what}, {one.link}, {ago(one.last_at)}{state}", "bold")
        desk.say(f"   {one.reason}")
        if one.remedy:
            desk.say(f"   {one.remedy}")


def _show_one(desk: Desk, letter: DeadLetter) -> None:
    what = f"{entity(letter.entity)} {letter.external_id} of {letter.connection}"
    desk.say(f"Dead letter {letter.id}: {what}, on its way by {letter.link}", "bold")
    desk.say(f"Why: {letter.reason}")
    if letter.remedy:
        desk.say(f"What to do: {letter.remedy}")
    desk.say(f"Then: qantara dead-letters retry {letter.id}")
    seen = f"since {clock(letter.first_at)}, {counted(letter.count, 'failure')}"
    desk.say(f"{letter.state.capitalize()} {seen}, the last {clock(letter.last_at)}.")
    if letter.resolved_at:
        desk.say(f"Resolved {clock(letter.resolved_at)}: {letter.resolution}.")
    if letter.wire:
        desk.say("The record as it was sent:")
        desk.say(msgspec.json.format(letter.wire, indent=2).decode("utf-8", "replace"))


def _show_retried(desk: Desk, letters: Sequence[DeadLetter]) -> None:
    for one in letters:
        if one.state == "resolved":
            desk.say(f"{one.id}: it went through.", "green")
        else:
            desk.say(f"{one.id}: {one.reason}", "red")
            desk.say(f"   {one.remedy}")
    if not letters:
        desk.say("None of these letters is open.")
