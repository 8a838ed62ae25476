"""What the commands about dead letters share: which letters are meant, and how one is told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

import msgspec
import typer

from qantara.cli.words import ago, counted, entity
from qantara.runtime.schedule import Schedule
from qantara.storage.dead_letters import DeadLetter, Group, Sought, State

LETTER = (
    "`id`, `link`, `connection`, `entity`, `external_id`, `target_id`, `code`, `reason`, `remedy`, "
    "`state`, `count`, `first_at`, `last_at`, `retry_asked_at`, `resolved_at`, `resolution`, `patch`"
)

COLUMNS = LETTER.replace("`", "").split(", ")

LinkName = Annotated[
    str | None, typer.Option("--link", metavar="LINK", help="Only those of this link.")
]
Code = Annotated[
    str | None,
    typer.Option(metavar="CODE", help="Only those with this kind of error: MissingReference ..."),
]
OlderThan = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help='Only those that first failed so long ago: "30m", "1h", "2d".'
    ),
]


def sought(
    link: str | None, code: str | None, older_than: str | None, state: State | None = "open"
) -> Sought:
    """The options of a command line as a question to the journal."""
    age = _age(older_than) if older_than else None
    return Sought(link=link, code=code or "", older_than=age, state=state)


def plain(letter: DeadLetter) -> dict[str, Any]:
    """The letter with its stable keys."""
    return {name: getattr(letter, name) for name in COLUMNS} | {
        "target_id": letter.target_id or None
    }


def what(letter: DeadLetter) -> str:
    """The record it is about."""
    return f"{entity(letter.entity)} {letter.external_id} of {letter.connection}"


def together(group: Group) -> str:
    """Many letters in one line."""
    return (
        f"{group.count:,} × {group.code} on {group.link}, the first {ago(group.first_at)}, the last"
        f" {ago(group.last_at)}"
    )


def many(count: int) -> str:
    """How many letters."""
    return counted(count, "letter")


def wire(letter: DeadLetter) -> Any:
    """The record as the source sent it, None where it was not kept."""
    return msgspec.json.decode(letter.wire) if letter.wire else None


def name_in(sent: Any) -> str:
    """How a record calls itself in what its system sent, "" when it does not say."""
    if not isinstance(sent, Mapping):
        return ""
    for key in NAMES:
        found = sent.get(key)
        text = next(iter(found.values()), "") if isinstance(found, Mapping) else found
        if isinstance(text, str) and text:
            return text
    nested = [value for value in sent.values() if isinstance(value, Mapping)]
    return next((name for value in nested if (name := name_in(value))), "")


NAMES = ("display_name", "name", "title", "number", "default_code", "sku", "reference", "email")
"""By what systems call their records."""


def _age(text: str) -> timedelta:
    try:
        every = Schedule.parse(text).every
    except ValueError:
        every = None
    if every is None:
        raise typer.BadParameter(
            f"{text!r} is no time; write 30m, 1h or 2d.", param_hint="--older-than"
        )
    return every
