"""`qantara dead-letters edit` and `retry`: correct a record that waits, and send it again."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from sqlalchemy import Connection as Database

from qantara.cli.desk import AsJson, Desk, actor
from qantara.cli.letters import Code, LinkName, OlderThan, many, sought, together, what
from qantara.cli.watching import watching
from qantara.cli.words import ATTENTION, shown
from qantara.connectors.base import Change
from qantara.engine import patches
from qantara.engine.link import Link
from qantara.engine.patches import Correction, Unfit
from qantara.engine.pipeline import Watch, run, sync_ids
from qantara.runtime.home import HomeBusy
from qantara.runtime.hub import Hub, Unconfigured
from qantara.storage import audit, dead_letters, lanes, work
from qantara.storage.dead_letters import DeadLetter, Group, Sought
from qantara.storage.work import Task
from qantara.transport import ConnectorError

JSON_OF_EDIT = {
    "id": "The letter.",
    "corrections": "Each with `path`, `before` and `after`.",
    "patch": "All that is to be corrected when it is sent again, field to value.",
}
JSON_OF_RETRY = {
    "retried": "The ids of the letters that were tried again.",
    "resolved": "Those that went through.",
    "open": "Those that did not.",
    "asked": "Those that the Qantara at work carries over in its next turn.",
}

PATIENCE, MOMENT = 5.0, 0.2
"""Seconds that a retry waits for what goes before a record, and between two looks."""

NAMED = 50
"""Letters that a line of the audit trail names."""


def edit(
    ctx: typer.Context,
    *,
    number: Annotated[int, typer.Argument(metavar="ID", help="The number of the letter.")],
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Correct a field: email=a@b.test, address.city=Kyiv, variants.0.sku=A-1. Text as "
            "it is, what has parts in JSON. May be repeated.",
        ),
    ] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Take all corrections back first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Correct a record on its way: the values are put in when it is carried over again."""
    desk = Desk.of(ctx, as_json=as_json)
    if not values and not clear:
        raise typer.BadParameter("Say what to correct with --set FIELD=VALUE, or --clear.")
    wanted = [_pair(value) for value in values or []]
    edited = desk.work(_edit(desk, number, wanted, clear=clear))
    told = {
        "id": number,
        "corrections": [
            {"path": one.path, "before": one.before, "after": one.after}
            for one in edited.corrections
        ],
        "patch": edited.patch,
    }
    desk.answer(told, lambda: _show_edited(desk, number, edited))


def retry(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="ID...", help="The numbers of the letters.")
    ] = None,
    link: LinkName = None,
    code: Code = None,
    older_than: OlderThan = None,
    every: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before sending many.")] = False,
    as_json: AsJson = False,
) -> None:
    """Carry the records over again, now: some letters, or all of a link, a kind of error, an age."""
    desk = Desk.of(ctx, as_json=as_json)
    chosen = every or any((link, code, older_than))
    if bool(numbers) == chosen:
        raise typer.BadParameter("Name the letters, or say --link, --code, --older-than or --all.")
    meant = sought(link, code, older_than)
    letters = list(numbers or [])
    if chosen:
        letters, groups = desk.work(_chosen(desk, meant))
        _confirm(desk, letters, groups, yes=yes)
    done = desk.work(_retry(desk, letters))
    desk.answer(done.told(), lambda: _show_retried(desk, done))
    if done.left:
        raise typer.Exit(ATTENTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What a person corrected now, and all that is to be corrected."""

    corrections: Sequence[Correction]
    patch: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """Letters that were tried again, as they are afterwards, or that were only asked for."""

    letters: Sequence[DeadLetter]
    asked: bool = False

    @property
    def left(self) -> Sequence[DeadLetter]:
        """Those that did not go through."""
        return [one for one in self.letters if one.state == "open" and not self.asked]

    def told(self) -> dict[str, Any]:
        """With its stable keys."""
        ids = [one.id for one in self.letters]
        return {
            "retried": [] if self.asked else ids,
            "resolved": [one.id for one in self.letters if one.state == "resolved"],
            "open": [one.id for one in self.left],
            "asked": ids if self.asked else [],
        }


def _pair(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not path or not equals:
        raise typer.BadParameter(f"{text!r} is not FIELD=VALUE.", param_hint="--set")
    return path.strip(), value


async def _edit(
    desk: Desk, number: int, wanted: Sequence[tuple[str, str]], *, clear: bool
) -> Edited:
    async with desk.hub() as hub:
        letter = await hub.store.run(dead_letters.get, number)
        corrections = await _read(hub, letter, wanted) if wanted else []
        patch = await hub.store.run(_keep, number, corrections, clear=clear)
    return Edited(corrections=corrections, patch=patch)


async def _read(
    hub: Hub, letter: DeadLetter, wanted: Sequence[tuple[str, str]]
) -> list[Correction]:
    """What a person wrote, checked against the record as its source has it now."""
    link = await _link(hub, letter.link)
    record = await _present(link, letter)
    try:
        corrections = [patches.read(record, path, value) for path, value in wanted]
    except Unfit as error:
        raise Unconfigured(error.reason, remedy=error.remedy) from error
    for one in corrections:
        name = one.path.partition(".")[0]
        if isinstance(record, link.record_type) and name not in link.fields:
            raise Unconfigured(
                f"The link {link.name} does not carry the field {name}.",
                remedy=f"It carries {', '.join(sorted(link.fields))}.",
            )
    return corrections


async def _present(link: Link, letter: DeadLetter) -> Any:
    changes: Sequence[Change] = await link.source.read(link.entity, [letter.external_id])
    if not changes:
        raise Unconfigured(
            f"The {what(letter)} is gone.",
            remedy=f"Retry the letter: `qantara dead-letters retry {letter.id}` closes it.",
        )
    try:
        return link.source.to_canonical(changes[0])
    except ConnectorError as error:
        raise Unconfigured(
            f"The record cannot be read in canonical fields, so none can be corrected:"
            f" {error.reason}",
            remedy=f"Correct it at {letter.connection}, then retry.",
        ) from error


async def _link(hub: Hub, name: str) -> Link:
    every = [way for link in await hub.links() for way in link.directions]
    found = next((link for link in every if link.name == name), None)
    if found is None:
        raise Unconfigured(
            f"The link {name} of these letters is not configured, or is off.",
            remedy="Put it back into qantara.toml; they are tried again in its next run.",
        )
    return found


def _keep(
    database: Database, number: int, corrections: Sequence[Correction], *, clear: bool
) -> Mapping[str, Any]:
    before = dead_letters.get(database, number).patch or {}
    patch = {} if clear else dict(before)
    patch |= {one.path: one.after for one in corrections}
    dead_letters.correct(database, number, patch)
    told = {one.path: f"{shown(one.before)} -> {shown(one.after)}" for one in corrections}
    cleared = {"taken back": ", ".join(before)} if clear and before else {}
    audit.note(database, actor(), "edit dead letter", {"dead letter": str(number)} | cleared | told)
    return patch


async def _chosen(desk: Desk, meant: Sought) -> tuple[list[int], list[Group]]:
    async with desk.hub() as hub:
        letters = await hub.store.run(dead_letters.ids, meant)
        return letters, await hub.store.run(dead_letters.groups, meant)


def _confirm(desk: Desk, letters: Collection[int], groups: Sequence[Group], *, yes: bool) -> None:
    if yes or not letters:
        return
    for group in groups:
        desk.tell(together(group))
    try:
        sure = typer.confirm(f"Send {many(len(letters))} again?", err=True)
    except typer.Abort:
        sure = False
    if not sure:
        raise typer.BadParameter("Nothing was sent. Where nobody can answer, say --yes.")


async def _retry(desk: Desk, numbers: Sequence[int]) -> Replayed:
    try:
        async with desk.hub(writing=True) as hub:
            return Replayed(letters=await _replay(desk, hub, numbers))
    except HomeBusy:
        async with desk.hub() as hub:
            return Replayed(letters=await hub.store.run(_leave, numbers), asked=True)


async def _replay(desk: Desk, hub: Hub, numbers: Sequence[int]) -> list[DeadLetter]:
    letters = await hub.store.run(_ask, numbers)
    with watching(desk) as watch:
        for name in dict.fromkeys(letter.link for letter in letters):
            link = await _link(hub, name)
            ids = [letter.external_id for letter in letters if letter.link == name]
            await sync_ids(link, hub.store, ids, watch)
        await _see_through(hub, letters, watch)
    return await hub.store.run(dead_letters.some, [letter.id for letter in letters])


async def _see_through(hub: Hub, letters: Sequence[DeadLetter], watch: Watch) -> None:
    """What was put off for a moment, after what goes first: an order's customer, for example."""
    links = [way for link in await hub.links() for way in link.directions]
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = await hub.store.run(dead_letters.some, [letter.id for letter in letters])
        left = await hub.store.run(work.backlogs, [link.name for link in links])
        if not left.keys() & {letter.link for letter in found if letter.state == "open"}:
            return
        for link in [one for one in links if one.name in left]:
            await run(link, hub.store, watch, polling=False)
        await asyncio.sleep(MOMENT)


def _ask(database: Database, numbers: Sequence[int]) -> list[DeadLetter]:
    """Those that are open, asked for in the name of a person."""
    found = dead_letters.some(database, list(dict.fromkeys(numbers)))
    letters = [letter for letter in found if letter.state == "open"]
    ids = [letter.id for letter in letters]
    if ids:
        dead_letters.request_retry(database, ids)
        more = {} if len(ids) <= NAMED else {"and more": str(len(ids) - NAMED)}
        told = {"dead letters": ", ".join(map(str, ids[:NAMED]))} | more
        audit.note(database, actor(), "retry", told)
    return letters


def _leave(database: Database, numbers: Sequence[int]) -> list[DeadLetter]:
    """Ask the Qantara at work: it looks at these records in its next turn."""
    letters = _ask(database, numbers)
    work.ask(
        database,
        [
            Task(
                link=letter.link,
                connection=letter.connection,
                entity=letter.entity,
                external_id=letter.external_id,
            )
            for letter in letters
        ],
    )
    lanes.ring(database, {letter.link for letter in letters})
    return letters


def _show_edited(desk: Desk, number: int, edited: Edited) -> None:
    for one in edited.corrections:
        desk.say(f"{one.path}: {shown(one.before)} -> {shown(one.after)}")
    if not edited.patch:
        desk.say(f"Nothing of letter {number} is corrected now.")
        return
    desk.say(f"Then: qantara dead-letters retry {number}")


def _show_retried(desk: Desk, done: Replayed) -> None:
    if done.asked and done.letters:
        desk.say(f"{many(len(done.letters))} will be sent again by the Qantara that is at work.")
        return
    for one in done.letters:
        if one.state == "resolved":
            desk.say(f"{one.id}: it went through.", "green")
        else:
            desk.say(f"{one.id}: {one.reason}", "red")
            desk.say(f"   {one.remedy}")
    if not done.letters:
        desk.say("None of these letters is open.")
