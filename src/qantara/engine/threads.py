"""Threads wait for their records: what was said of one that the target does not know yet."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection as Database

from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.engine.references import known_there
from qantara.model import Ref
from qantara.storage import cursors, work
from qantara.storage.work import Task

MOST = 2000
"""Records that are waited for; of more the oldest are given up."""


def remember(database: Database, link: Link, items: Sequence[Item]) -> None:
    """Wait for the records that the page's messages are on and the target does not know."""
    if missing := [item.missing for item in items if item.missing]:
        _keep(database, link, [*_waited_for(database, link), *missing])


def arrived(database: Database, link: Link) -> list[Ref]:
    """Records of the source that are waited for, and that the target knows now."""
    waited_for = set(_waited_for(database, link))
    return list(known_there(database, link, waited_for)) if waited_for else []


def take_up(database: Database, link: Link, records: Collection[Ref], ids: Collection[str]) -> None:
    """These messages are to be looked at again, and their records are waited for no more."""
    work.ask(
        database,
        [
            Task(link=link.name, connection=link.here_name, entity=link.entity, external_id=one)
            for one in sorted(ids, key=lambda one: (len(one), one))
        ],
    )
    left = [one for one in _waited_for(database, link) if one not in set(records)]
    _keep(database, link, left)


def _waited_for(database: Database, link: Link) -> list[Ref]:
    stored = cursors.position(database, _place(link))
    return [Ref(*one) for one in msgspec.json.decode(stored)] if stored else []


def _keep(database: Database, link: Link, records: Sequence[Ref]) -> None:
    newest = list(dict.fromkeys(records))[-MOST:]
    told = msgspec.json.encode([[one.entity, one.id] for one in newest])
    cursors.advance(database, _place(link), told.decode())


def _place(link: Link) -> str:
    return f"{link.name}:waiting"
