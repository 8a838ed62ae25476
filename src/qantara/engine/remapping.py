"""After a change of the user's mapping: all records are looked at anew, and what differs is written."""

from sqlalchemy import Connection as Database

from qantara.engine import shadowing
from qantara.engine.link import Link
from qantara.storage import cursors
from qantara.storage.store import Store


async def look_anew(link: Link, store: Store) -> None:
    """Where the rules are others than in the last run, read from the start. Safe to repeat.

    What comes out as it did before has the same fingerprints, and causes no write.
    """
    await store.run(_look_anew, link)


def _look_anew(database: Database, link: Link) -> None:
    if not link.shadow:
        shadowing.take_up(database, link)
    if link.origin:
        return
    place, digest = f"{link.name}:mapping", link.mapping.digest if link.mapping else ""
    if cursors.position(database, place) == digest:
        return
    for position in link.positions:
        cursors.forget(database, position)
    cursors.advance(database, place, digest)
