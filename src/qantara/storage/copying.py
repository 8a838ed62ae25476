"""A copy of the journal to rehearse on: what a run would read and change, without touching it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Table, insert, select

from qantara.storage import schema
from qantara.storage.store import Store

NEEDED: tuple[Table, ...] = (
    schema.bindings,
    schema.shadows,
    schema.cursors,
    schema.dead_letters,
    schema.runs,
    schema.effects,
)
"""What a run reads, parents first."""

ENDED = {"runs": {"state": "stopped"}}
"""An unfinished run is not taken up in the copy: the ledger it counts by is not there."""

PORTION = 1000


@contextmanager
def copied(store: Store) -> Iterator[Store]:
    """A store of its own, in a temporary SQLite file, that knows what `store` knows now."""
    with (
        tempfile.TemporaryDirectory(prefix="qantara-rehearsal-") as folder,
        Store.open(f"sqlite:///{Path(folder) / 'copy.sqlite3'}") as copy,
    ):
        store.run_here(_copy, copy)
        yield copy


def _copy(source: Connection, copy: Store) -> None:
    for table in NEEDED:
        changed = ENDED.get(table.name, {})
        streamed = select(table).execution_options(yield_per=PORTION)
        for rows in source.execute(streamed).mappings().partitions():
            copy.run_here(_insert, table, [{**row, **changed} for row in rows])


def _insert(target: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    target.execute(insert(table), rows)
