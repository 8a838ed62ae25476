"""`qantara dead-letters`: what needs a person, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer
from sqlalchemy import Connection as Database

from qantara.cli.desk import AsJson, Desk
from qantara.cli.exporting import exporting
from qantara.cli.letters import (
    COLUMNS,
    LETTER,
    Code,
    LinkName,
    OlderThan,
    many,
    name_in,
    plain,
    sought,
    together,
    what,
    wire,
)
from qantara.cli.replaying import edit, retry
from qantara.cli.words import ago, clock, counted, entity, shown
from qantara.storage import bindings, connections, dead_letters
from qantara.storage.bindings import Binding
from qantara.storage.dead_letters import DeadLetter, Group, Sought

_SIDE = "`connection`, `entity`, `id`, `name`, `url` (of its system)"

JSON_OF_LIST = {
    "groups": "Letters of the same `link` and `code`, the most frequent first: `count`, `first_at`, "
    "`last_at`, `reason` (of the first).",
    "dead_letters": f"Each with {LETTER}.",
}
JSON_OF_SHOW = {
    "dead_letter": f"{LETTER}, and `wire`: the record as the source sent it, `source` and `target`: "
    f"the two records, with {_SIDE}; null where there is none.",
}
JSON_OF_EXPORT: Mapping[str, str] = {}

SHOWN = 3
"""Letters of one group that a list shows."""

app = typer.Typer(
    help="What needs a person: list, show, edit, retry, export.", no_args_is_help=True
)
Resolved = Annotated[bool, typer.Option("--resolved", help="Those that were dealt with, too.")]


@app.command("list")
def listing(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    link: LinkName = None,
    code: Code = None,
    older_than: OlderThan = None,
    resolved: Resolved = False,
    every: Annotated[
        bool,
        typer.Option("--all", help="Every letter of errors that are alike, not the first few."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what needs a person, with the reason; the same error many times is one group."""
    desk = Desk.of(ctx, as_json=as_json)
    meant = sought(link, code, older_than, None if resolved else "open")
    groups, letters = desk.work(_list(desk, meant, most=0 if every or as_json else SHOWN))
    told = {
        "groups": [asdict(group) for group in groups],
        "dead_letters": [plain(letter) for letter in letters],
    }
    desk.answer(told, lambda: _show_list(desk, groups, letters))


@app.command()
def show(
    ctx: typer.Context,
    *,
    number: Annotated[int, typer.Argument(metavar="ID", help="The number of the letter.")],
    as_json: AsJson = False,
) -> None:
    """Show one letter: both records, what happened, what to do, the record as it was sent."""
    desk = Desk.of(ctx, as_json=as_json)
    letter, sides = desk.work(_one(desk, number))
    told = {"dead_letter": plain(letter) | sides | {"wire": wire(letter)}}
    desk.answer(told, lambda: _show_one(desk, letter, sides))


app.command()(edit)
app.command()(retry)


@app.command()
def export(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    form: Annotated[Literal["csv", "json"], typer.Option("--format", help="`csv` or `json`.")] = (
        "csv"
    ),
    link: LinkName = None,
    code: Code = None,
    older_than: OlderThan = None,
    resolved: Resolved = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; else standard output.")
    ] = None,
) -> None:
    """Write the letters as CSV or JSON, however many there are.

    In CSV a text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    desk = Desk.of(ctx, as_json=False)
    meant = sought(link, code, older_than, None if resolved else "open")
    written = desk.work(_export(desk, form, meant, output))
    if output:
        desk.tell(f"{many(written)} in {output}.")


async def _list(desk: Desk, meant: Sought, *, most: int) -> tuple[list[Group], list[DeadLetter]]:
    """The groups, and of each at most so many letters, 0 = all."""
    async with desk.hub() as hub:
        groups = await hub.store.run(dead_letters.groups, meant)
        found: list[DeadLetter] = []
        for group in groups if most else ():
            alike = replace(meant, link=group.link, code=group.code)
            found += await hub.store.run(dead_letters.page, alike, limit=most)
        after = 0
        while not most and (some := await hub.store.run(dead_letters.page, meant, after=after)):
            found, after = found + some, some[-1].id
        return groups, found


async def _one(desk: Desk, number: int) -> tuple[DeadLetter, dict[str, Any]]:
    async with desk.hub() as hub:
        letter = await hub.store.run(dead_letters.get, number)
        return letter, await hub.store.run(_sides, letter)


def _sides(database: Database, letter: DeadLetter) -> dict[str, Any]:
    """The two records, as far as the journal knows them."""
    places = bindings.places(database, [letter.record]) if letter.record else []
    elsewhere = [place for place in places if place.connection != letter.connection]
    there = next((one for one in elsewhere if one.external_id == letter.target_id), None)
    target = there or (elsewhere[0] if len(elsewhere) == 1 else None)
    mine = Binding(
        record=letter.record,
        connection=letter.connection,
        entity=letter.entity,
        external_id=letter.external_id,
    )
    return {
        "source": _side(database, mine, name_in(wire(letter))),
        "target": _side(database, target, "") if target else None,
    }


def _side(database: Database, place: Binding, name: str) -> dict[str, Any]:
    known = {one.name: one for one in connections.listing(database)}
    account = known.get(place.connection)
    return {
        "connection": place.connection,
        "entity": place.entity,
        "id": place.external_id,
        "name": name or (place.key or "").partition(":")[2],
        "url": account.url if account else None,
    }


async def _export(desk: Desk, form: str, meant: Sought, output: Path | None) -> int:
    async with desk.hub() as hub:
        with exporting(output, form, COLUMNS) as put:
            after, written = 0, 0
            while some := await hub.store.run(dead_letters.page, meant, after=after):
                for letter in some:
                    put({name: _cell(value) for name, value in plain(letter).items()})
                after, written = some[-1].id, written + len(some)
    return written


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return msgspec.json.encode(value).decode() if isinstance(value, Mapping) else value


def _show_list(desk: Desk, groups: Sequence[Group], letters: Sequence[DeadLetter]) -> None:
    if not groups:
        desk.say("Nothing waits for a person.")
    for group in groups:
        alike = [one for one in letters if (one.link, one.code) == (group.link, group.code)]
        if group.count > 1:
            desk.say(together(group), "bold")
        for one in alike:
            _show_line(desk, one)
        if left := group.count - len(alike):
            desk.say(f"   … and {left:,} more: --link {group.link} --code {group.code} --all")


def _show_line(desk: Desk, letter: DeadLetter) -> None:
    state = "" if letter.state == "open" else " (resolved)"
    desk.say(f"{letter.id}  {what(letter)}, {letter.link}, {ago(letter.last_at)}{state}", "bold")
    desk.say(f"   {letter.reason}")
    if letter.remedy:
        desk.say(f"   {letter.remedy}")
    if letter.patch:
        desk.say(f"   Corrected, and not yet sent again: {', '.join(letter.patch)}.")


def _show_one(desk: Desk, letter: DeadLetter, sides: Mapping[str, Any]) -> None:
    desk.say(f"Dead letter {letter.id}: {what(letter)}, on its way by {letter.link}", "bold")
    for word, side in (("From", sides["source"]), ("To", sides["target"])):
        desk.say(f"{word}: {_told(side)}")
    desk.say(f"Why: {letter.reason}")
    if letter.remedy:
        desk.say(f"What to do: {letter.remedy}")
    if letter.state == "open":
        desk.say(f"Then: qantara dead-letters retry {letter.id}")
    for path, value in (letter.patch or {}).items():
        desk.say(f"Corrected: {path} is to be {shown(value)}.")
    seen = f"since {clock(letter.first_at)}, {counted(letter.count, 'failure')}"
    desk.say(f"{letter.state.capitalize()} {seen}, the last {clock(letter.last_at)}.")
    if letter.resolved_at:
        desk.say(f"Resolved {clock(letter.resolved_at)}: {letter.resolution}")
    if letter.wire:
        desk.say("The record as it was sent:")
        desk.say(msgspec.json.format(letter.wire, indent=2).decode("utf-8", "replace"))


def _told(side: Mapping[str, Any] | None) -> str:
    if side is None:
        return "nothing yet, as far as is known."
    name = f" ({side['name']})" if side["name"] else ""
    where = f", {side['url']}" if side["url"] else ""
    return f"{entity(side['entity'])} {side['id']}{name} of {side['connection']}{where}"
