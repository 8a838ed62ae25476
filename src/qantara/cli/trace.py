"""`qantara trace`: the journey of one record through the hub, each step in words."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Connection as Database

from qantara.cli.desk import AsJson, Desk
from qantara.cli.words import RESULTS, clock, counted, entity
from qantara.engine.link import Link
from qantara.runtime.home import HomeError
from qantara.runtime.hub import Hub, Unseen
from qantara.storage import bindings, dead_letters, effects, ledger
from qantara.storage.bindings import Binding
from qantara.storage.dead_letters import DeadLetter
from qantara.storage.effects import Effect
from qantara.storage.errors import StorageError
from qantara.storage.ledger import Line
from qantara.transport import ConnectorError

JSON = {
    "records": "For each record that was found: `record` (the hub's id), `places` (each with "
    "`connection`, `entity`, `external_id`, `key`), `steps` (oldest first, each with `at`, `link`, "
    "`step`, `what`, `fields`, `reason`).",
}

KINDS = ("sku", "barcode", "vat", "reference", "email", "path", "code", "customer_reference")
"""Natural keys by which a person may know a record."""


def trace(
    ctx: typer.Context,
    *,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ENTITY] RECORD", help="An order number, SKU, e-mail or id."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KIND:VALUE", help="A natural key, such as sku:A-1.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell the journey of one record: trace P00042, trace product 17, trace --key sku:A-1."""
    desk = Desk.of(ctx, as_json=as_json)
    if len(words or []) > MOST_WORDS or bool(words) == bool(key):
        raise typer.BadParameter("Name one record: qantara trace P00042")
    told = desk.work(_trace(desk, _Sought(words or [], key or "")))
    desk.answer({"records": told}, lambda: _show(desk, told))


MOST_WORDS = 2


class _Sought:
    """What a person knows of the record."""

    def __init__(self, words: Sequence[str], key: str) -> None:
        *entities, self.identifier = words or [""]
        self.entity = "".join(entities).replace(" ", "_").replace("-", "_").lower()
        self.keys = [key] if key else [f"{kind}:{self.identifier}" for kind in KINDS]
        self.words = key or " ".join(words)


async def _trace(desk: Desk, sought: _Sought) -> list[dict[str, Any]]:
    async with desk.hub() as hub:
        places = await _places(hub)
        records = await hub.store.run(_records, places, sought)
        if not records:
            for place in await _asked(hub, sought):
                records |= await hub.store.run(_by_id, place, [place[2]])
        told = [await hub.store.run(_record, record, lines) for record, lines in records.items()]
    if not told:
        raise Unseen(
            f"Qantara has seen no record {sought.words}.",
            remedy="Look with `qantara status` when the links ran last; perhaps it is not among "
            "what the flow carries.",
        )
    return told


Place = tuple[str, str]
"""A connection and an entity there."""


async def _places(hub: Hub) -> list[Place]:
    """Where records may lie, by the configured links; by the journal where they cannot be made."""
    try:
        links = await hub.links()
    except (HomeError, StorageError, ConnectorError):
        return []
    return sorted({place for link in links for place in _ends(link)})


def _ends(link: Link) -> tuple[Place, Place]:
    return (link.here_name, link.entity), (link.there_name, link.there)


Records = dict[str, list[Line]]
"""Lines of the ledger by the hub's record; a record that was never bound has "" or its own id."""


def _records(database: Database, places: Sequence[Place], sought: _Sought) -> Records:
    """By natural key where one fits, else by id."""
    found: Records = {}
    for connection, name in places:
        if sought.entity in ("", name):
            holders = bindings.holders(database, connection, name, sought.keys)
            ids = [one for some in holders.values() for one in some]
            found |= _by_id(database, (connection, name), ids)
    if found or sought.identifier == "":
        return found
    lines = ledger.journey(database, entity=sought.entity, external_id=sought.identifier)
    for line in lines:
        found.setdefault(line.record, []).append(line)
    return found


def _by_id(database: Database, place: Sequence[str], ids: Sequence[str]) -> Records:
    connection, name = place[0], place[1]
    found: Records = {}
    for one in ids:
        lines = ledger.journey(database, connection=connection, entity=name, external_id=one)
        known = bindings.records_of(database, connection, name, [one])
        if lines or known:
            record = known.get(one) or next((line.record for line in lines if line.record), "")
            found[record] = lines
    return found


async def _asked(hub: Hub, sought: _Sought) -> list[tuple[str, str, str]]:
    """Connection, entity and id of what the systems themselves know under the key."""
    found = []
    for connection, name in await _places(hub):
        if sought.entity not in ("", name):
            continue
        try:
            ids = await (await hub.connector(connection)).find(name, sought.keys)
        except ConnectorError:
            continue  # a system that is away or has no such key tells nothing
        found += [(connection, name, one) for some in ids.values() for one in some]
    return found


def _record(database: Database, record: str, lines: Sequence[Line]) -> dict[str, Any]:
    places = bindings.places(database, [record]) if record else []
    done = effects.history(database, [record]) if record else []
    letters = {
        letter.id: letter
        for line in lines
        for letter in dead_letters.of_record(database, line.external_id, entity=line.entity)
        if letter.connection == line.connection
    }
    steps = [*map(_ledger_step, lines), *map(_effect_step, done)]
    steps += [step for letter in letters.values() for step in _letter_steps(letter)]
    return {
        "record": record,
        "places": [_place(each) for each in places],
        "steps": sorted(steps, key=lambda step: step["at"]),
    }


def _place(binding: Binding) -> dict[str, str]:
    return {
        "connection": binding.connection,
        "entity": binding.entity,
        "external_id": binding.external_id,
        "key": binding.key or "",
    }


def _step(at: datetime, link: str, step: str, what: str) -> dict[str, Any]:
    return {"at": at, "link": link, "step": step, "what": what, "fields": [], "reason": ""}


def _ledger_step(line: Line) -> dict[str, Any]:
    seen = f"{entity(line.entity)} {line.external_id} of {line.connection}"
    what = f"Seen as {seen}. {RESULTS[line.result]}"
    return _step(line.at, line.link, line.result, what) | {
        "fields": list(line.fields),
        "reason": line.reason,
    }


def _effect_step(effect: Effect) -> dict[str, Any]:
    states = {
        "intended": "sent; the outcome is not known yet",
        "unknown": "sent, and no answer came; the next run looks what became of it",
        "done": "done",
        "failed": "refused",
    }
    target = f" of {effect.target_id}" if effect.target_id else ""
    what = f"Write ({effect.operation}{target}): {states[effect.state]}."
    return _step(effect.intended_at, effect.link, f"effect {effect.state}", what) | {
        "fields": list(effect.fields),
        "reason": effect.detail,
    }


def _letter_steps(letter: DeadLetter) -> Iterator[dict[str, Any]]:
    times = counted(letter.count, "time")
    what = f"Put aside as dead letter {letter.id} ({times}). {letter.remedy}".strip()
    yield _step(letter.first_at, letter.link, "dead letter", what) | {"reason": letter.reason}
    if letter.resolved_at:
        what = f"Dead letter {letter.id} was resolved."
        resolved = _step(letter.resolved_at, letter.link, "resolved", what)
        yield resolved | {"reason": letter.resolution}


def _show(desk: Desk, told: Sequence[dict[str, Any]]) -> None:
    for one in told:
        desk.say(f"Record {one['record'] or '(not bound yet)'}", "bold")
        for place in one["places"]:
            key = f" ({place['key']})" if place["key"] else ""
            where = f"{entity(place['entity'])} {place['external_id']} of {place['connection']}"
            desk.say(f"  is {where}{key}")
        for step in one["steps"]:
            desk.say(f"  {clock(step['at'])}  {step['link']}: {step['what']}")
            if step["reason"]:
                desk.say(f"    {step['reason']}")
            if step["fields"]:
                desk.say(f"    Fields: {', '.join(step['fields'])}")
