"""`qantara status`: how things stand, from the journal alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import typer
from sqlalchemy import Connection as Database

from qantara.cli.desk import AsJson, Desk
from qantara.cli.failures import describe
from qantara.cli.words import RESULTS, ago, counted, number
from qantara.engine.link import Link
from qantara.runtime.agenda import Books, Lane
from qantara.runtime.home import HomeError
from qantara.runtime.hub import Hub
from qantara.storage import alerts, connections, cursors, dead_letters, ledger, runs
from qantara.storage.errors import StorageError
from qantara.transport import ConnectorError

JSON = {
    "home": "The folder of the installation.",
    "worker": "The process that works in the home now, or null.",
    "connections": "For each: `connection`, `connector`, `url`, `usable` (by the last check; null "
    "when there was none), `checked_at`, `facts`.",
    "links": "For each link: `link`, `every`, `state` (of the last run: running, complete, failed, "
    "stopped; null when it never ran), `run`, `started_at`, `ended_at`, `next_at` (when the link is "
    "worked on next), `waiting` (records it was told of and has not looked at), `resumed`, `seen`, `written`, `unchanged`, `merged`, `skipped`, `parked`, `error`, `position` (how far "
    "the source was read), `dead_letters` (open), `shadow` (whether it is in shadow mode), `withheld` "
    "(records that it would have written in shadow mode, and has not).",
    "dead_letters": "How many are open in all.",
    "alerts": "What a person should know now: `kind`, `subject`, `reason`, `remedy`, `last_at`.",
    "problem": "Why the configured links cannot be listed (`reason`, `remedy`), or null.",
}


def status(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Say how things stand: connections, last runs, what waits for a person. Asks no system."""
    desk = Desk.of(ctx, as_json=as_json)
    told = desk.work(_status(desk))
    desk.answer(told, lambda: _show(desk, told))


async def _status(desk: Desk) -> dict[str, Any]:
    async with desk.hub() as hub:
        links, problem = await _links(desk, hub)
        lanes = hub.lanes(links)
        told = await hub.store.run(_journal, lanes)
        return {
            "home": str(hub.home.path),
            "worker": hub.home.worker(),
            **told,
            "problem": problem,
        }


async def _links(desk: Desk, hub: Hub) -> tuple[list[Link], dict[str, str] | None]:
    """The configured links; status is of use when they cannot be made, too."""
    try:
        return await hub.links(), None
    except (HomeError, StorageError, ConnectorError) as error:
        reason, remedy = describe(desk, error).sentences[0]
        return [], {"reason": reason, "remedy": remedy}


def _journal(database: Database, lanes: Sequence[Lane]) -> dict[str, Any]:
    by_name = {lane.link.name: lane for lane in lanes}
    books = Books.read(database, by_name)
    latest = runs.latest(database)
    open_letters = dead_letters.open_counts(database)
    withheld = ledger.withheld(database, by_name)
    names = dict.fromkeys((*by_name, *latest, *open_letters))
    return {
        "connections": [_connection(database, each) for each in connections.listing(database)],
        "links": [
            {
                "link": name,
                **_lane(books, by_name.get(name)),
                **_run(database, latest.get(name)),
                "position": _position(database, name, by_name.get(name)),
                "dead_letters": open_letters.get(name, 0),
                "shadow": _in_shadow(by_name.get(name)),
                "withheld": withheld.get(name, 0),
            }
            for name in names
        ],
        "dead_letters": sum(open_letters.values()),
        "alerts": [
            {
                name: getattr(one, name)
                for name in ("kind", "subject", "reason", "remedy", "last_at")
            }
            for one in alerts.listing(database)
        ],
    }


def _in_shadow(lane: Lane | None) -> bool:
    return lane is not None and lane.link.shadow


def _position(database: Database, name: str, lane: Lane | None) -> str:
    return cursors.position(database, lane.link.position if lane else name)


def _lane(books: Books, lane: Lane | None) -> dict[str, Any]:
    if lane is None:
        return {"every": None, "next_at": None, "waiting": 0}
    backlog = books.backlogs.get(lane.link.name)
    return {
        "every": str(lane.schedule),
        "next_at": books.due_at(lane),
        "waiting": backlog.count if backlog else 0,
    }


def _connection(database: Database, account: connections.StoredAccount) -> dict[str, Any]:
    checked = connections.last_check(database, account.name)
    return {
        "connection": account.name,
        "connector": account.connector,
        "url": account.url,
        "usable": checked.usable if checked else None,
        "checked_at": checked.at if checked else None,
        "facts": dict(checked.facts) if checked else {},
    }


def _run(database: Database, run: runs.Run | None) -> dict[str, Any]:
    if run is None:
        none = dict.fromkeys(("state", "run", "started_at", "ended_at"))
        return none | {"resumed": 0, "seen": 0} | dict.fromkeys(RESULTS, 0) | {"error": ""}
    return {
        "state": run.state,
        "run": run.id,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "resumed": run.resumed,
        "seen": run.seen,
        **ledger.totals(database, run.id),
        "error": run.error,
    }


def _show(desk: Desk, told: dict[str, Any]) -> None:
    desk.say(f"Home: {told['home']}")
    if told["worker"]:
        desk.say(f"A Qantara is working here now ({told['worker']}).")
    if not told["connections"]:
        desk.say("No connection yet: qantara connect NAME")
    else:
        table = desk.table("connection", "connector", "address", "last check")
        rows = [
            (one["connection"], one["connector"], one["url"], _checked(one))
            for one in told["connections"]
        ]
        desk.rows(table, rows)
    if told["links"]:
        table = desk.table(
            *("link", "every", "last run", "", "seen#", "written#", "put aside#"),
            *("waiting#", "open letters#"),
        )
        working = bool(told["worker"])
        desk.rows(table, [_row(one, working=working) for one in told["links"]])
    _show_troubles(desk, told)


def _show_troubles(desk: Desk, told: dict[str, Any]) -> None:
    for one in told["links"]:
        if one["error"]:
            desk.say(f"{one['link']}: {one['error']}", "red")
    for one in told["links"]:
        if one["shadow"]:
            what = counted(one["withheld"], "record")
            desk.say(f"{one['link']} is in shadow mode: it would have written {what}.", "yellow")
    for one in told["alerts"]:
        desk.say(f"{one['subject']}: {one['reason']} {one['remedy']}".rstrip(), "bold yellow")
    if told["problem"]:
        desk.say(told["problem"]["reason"], "bold red")
        desk.say(told["problem"]["remedy"])
    if told["dead_letters"]:
        what = counted(told["dead_letters"], "dead letter")
        desk.say(f"{what} open: qantara dead-letters list", "red")


def _checked(one: dict[str, Any]) -> str:
    if one["usable"] is None:
        return "never"
    word = "usable" if one["usable"] else "not usable"
    return f"{word}, {ago(one['checked_at'])}"


def _row(one: dict[str, Any], *, working: bool) -> tuple[object, ...]:
    moment: datetime | None = one["ended_at"] or one["started_at"]
    state = one["state"] or ""
    if state == "running" and not working:
        state = "unfinished"
    counts = (number(one[key]) for key in ("seen", "written", "parked", "waiting", "dead_letters"))
    return (one["link"], one["every"] or "", ago(moment), state, *counts)
