"""`qantara approvers`: who may confirm and reject by the buttons below a document."""

import os
import re
import sys
from typing import Annotated, Any

import typer
from sqlalchemy import Connection as Database

from qantara.cli.desk import AsJson, Desk, actor
from qantara.cli.selection import FlowName
from qantara.cli.words import clock
from qantara.engine.link import Link
from qantara.runtime.hub import Unconfigured
from qantara.storage import approvers, audit, connections, decisions
from qantara.storage.approvers import SHORTEST, Approver
from qantara.storage.statements import now
from qantara.storage.work import Task

PERSON = "`connection`, `email`, `name`"
JSON_OF_ADD = {"approver": f"{PERSON}."}
JSON_OF_LIST = {
    "approvers": f"Each with {PERSON}, `changed_at` (when the code was set), `locked_until` (null: not locked)."
}
JSON_OF_REMOVE = {"approver": "`connection`, `email`."}
JSON_OF_ASK = {"links": "How many documents are looked at, by link."}

CODE = "QANTARA_APPROVER_CODE"

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

app = typer.Typer(
    help="Who may decide from the chatter: add, list, remove; ask again.", no_args_is_help=True
)

Where = Annotated[
    str, typer.Argument(metavar="CONNECTION", help="At which connection the person may decide.")
]
Who = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")]


@app.command()
def add(
    ctx: typer.Context,
    *,
    connection: Where,
    email: Who,
    name: Annotated[str, typer.Option(help="The name that both sides read below the document.")],
    as_json: AsJson = False,
) -> None:
    """Let a person decide, or give him a new code. It is asked for, or read from QANTARA_APPROVER_CODE."""
    desk = Desk.of(ctx, as_json=as_json)
    if not EMAIL.fullmatch(email.strip()) or not name.strip():
        raise typer.BadParameter("A person has an e-mail address and a name.")
    code = _code(desk)
    person = Approver(
        connection=connection,
        email=approvers.plain(email),
        name=name.strip(),
        changed_at=now(),
    )
    desk.work(_run(desk, _add, person, code))
    told = {"approver": _told(person)}
    desk.answer(told, lambda: desk.say(f"{person.name} may decide at {connection}."))


@app.command("list")
def listing(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List who may decide where."""
    desk = Desk.of(ctx, as_json=as_json)
    found: list[Approver] = desk.work(_run(desk, approvers.listing))
    told = {
        "approvers": [
            {**_told(one), "changed_at": one.changed_at, "locked_until": _lock(one)}
            for one in found
        ]
    }
    desk.answer(told, lambda: _show(desk, found))


@app.command()
def remove(ctx: typer.Context, *, connection: Where, email: Who, as_json: AsJson = False) -> None:
    """Let a person decide no more, also where his browser is still known."""
    desk = Desk.of(ctx, as_json=as_json)
    desk.work(_run(desk, _remove, connection, email))
    told = {"approver": {"connection": connection, "email": approvers.plain(email)}}
    desk.answer(told, lambda: desk.say(f"{email} may decide at {connection} no more."))


@app.command()
def ask(ctx: typer.Context, *, flow: FlowName = None, as_json: AsJson = False) -> None:
    """Give fresh buttons to all that waits for a decision; those that were too old work again."""
    desk = Desk.of(ctx, as_json=as_json)
    told = desk.work(_ask(desk, flow))
    number = sum(told.values())
    words = f"{number} documents are looked at by `qantara sync`, or at the next `qantara run`."
    desk.answer({"links": told}, lambda: desk.say(words))


async def _run(desk: Desk, work: Any, *args: Any) -> Any:
    async with desk.hub() as hub:
        return await hub.store.run(work, *args)


async def _ask(desk: Desk, flow: str | None) -> dict[str, int]:
    async with desk.hub() as hub:
        links = [link for link in await hub.links(flow) if link.there == "question"]
        if not links:
            raise Unconfigured(
                "No flow asks for decisions.",
                remedy='Add "approvals" to the `parts` of a flow in qantara.toml.',
            )
        return {link.name: await hub.store.run(_ask_again, link) for link in links}


def _ask_again(database: Database, link: Link) -> int:
    task = Task(link=link.name, connection=link.here_name, entity=link.entity, external_id="")
    number = decisions.ask_again(database, task, (link.there_name, link.there))
    audit.note(database, actor(), "ask again", {"link": link.name, "documents": str(number)})
    return number


def _add(database: Database, person: Approver, code: str) -> None:
    connections.get(database, person.connection)
    approvers.save(database, person, code)
    audit.note(database, actor(), "add approver", _told(person))


def _remove(database: Database, connection: str, email: str) -> None:
    approvers.remove(database, connection, email)
    detail = {"connection": connection, "email": approvers.plain(email)}
    audit.note(database, actor(), "remove approver", detail)


def _code(desk: Desk) -> str:
    code = os.environ.get(CODE, "")
    if not code and sys.stdin.isatty():
        code = str(typer.prompt("Code", hide_input=True, confirmation_prompt=True, err=True))
    desk.hide([code])
    if len(code) < SHORTEST:
        raise Unconfigured(
            f"A code has {SHORTEST} characters or more.",
            remedy=f"Enter it when asked, or set {CODE}.",
        )
    return code


def _told(person: Approver) -> dict[str, str]:
    return {"connection": person.connection, "email": person.email, "name": person.name}


def _lock(person: Approver) -> Any:
    return person.locked_until if person.locked_until and person.locked_until > now() else None


def _show(desk: Desk, found: list[Approver]) -> None:
    if not found:
        desk.say("Nobody may decide yet: qantara approvers add", "yellow")
        return
    rows = [
        (
            one.connection,
            one.email,
            one.name,
            clock(one.changed_at),
            clock(lock) if (lock := _lock(one)) else "",
        )
        for one in found
    ]
    desk.rows(desk.table("connection", "e-mail", "name", "code set", "locked until"), rows)
