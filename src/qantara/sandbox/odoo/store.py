"""The database: tables of sparse rows, indexes, an undo log and sequences that never go back."""

import bisect
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]


class Table:
    """Rows by id. A missing key is SQL's NULL. Change rows only through the methods."""

    def __init__(self, name: str, indexed: Iterable[str]) -> None:
        self.name = name
        self.rows: dict[int, Row] = {}
        self.indexes: dict[str, dict[Any, dict[int, None]]] = {each: {} for each in indexed}
        self._last_id = 0
        self._undo: dict[int, Row | None] = {}
        self._recent: list[tuple[str, int]] = []
        self._recent_sorted = True

    def insert(self, row: Row) -> int:
        self._last_id += 1
        row["id"] = self._last_id
        self._remember(self._last_id, None)
        self._put(row)
        return self._last_id

    def update(self, record_id: int, changes: Row) -> None:
        row = self.rows[record_id]
        self._remember(record_id, row)
        for name in self.indexes.keys() & changes.keys():
            self._unindex(name, row)
        row.update(changes)
        for name in self.indexes.keys() & changes.keys():
            self._index(name, row)
        if "write_date" in changes:
            self._note(row)

    def delete(self, record_id: int) -> None:
        row = self.rows.pop(record_id)
        self._remember(record_id, row)
        for name in self.indexes:
            self._unindex(name, row)

    def with_value(self, field: str, value: Any) -> list[int]:
        """Ids of the rows whose indexed field has this value, in no promised order."""
        return list(self.indexes[field].get(value, ()))

    def index(self, name: str) -> None:
        """Find rows by this field from now on, as a column of references needs it."""
        if name not in self.indexes:
            self.indexes[name] = {}
            for row in self.rows.values():
                self._index(name, row)

    def since(self, stamp: str, until: str | None = None) -> Iterator[Row]:
        """Rows with write_date >= stamp, and <= `until`, ordered by (write_date, id)."""
        self._tidy()
        start = bisect.bisect_left(self._recent, (stamp, 0))
        for at in range(start, len(self._recent)):
            written, record_id = self._recent[at]
            if until is not None and written > until:
                return
            row = self.rows.get(record_id)
            if row is not None and row.get("write_date") == written:
                yield row

    def commit(self) -> None:
        self._undo.clear()

    def rollback(self) -> None:
        for record_id, before in self._undo.items():
            if record_id in self.rows:
                row = self.rows.pop(record_id)
                for name in self.indexes:
                    self._unindex(name, row)
            if before is not None:
                self._put(before)
        self._undo.clear()

    def _put(self, row: Row) -> None:
        self.rows[row["id"]] = row
        for name in self.indexes:
            self._index(name, row)
        self._note(row)

    def _remember(self, record_id: int, row: Row | None) -> None:
        if record_id not in self._undo:
            self._undo[record_id] = None if row is None else dict(row)

    def _index(self, name: str, row: Row) -> None:
        self.indexes[name].setdefault(row.get(name), {})[row["id"]] = None

    def _unindex(self, name: str, row: Row) -> None:
        self.indexes[name].get(row.get(name), {}).pop(row["id"], None)

    def _note(self, row: Row) -> None:
        entry = (row.get("write_date") or "", row["id"])
        if self._recent and entry <= self._recent[-1]:
            self._recent_sorted = self._recent_sorted and entry == self._recent[-1]
        if not self._recent or entry != self._recent[-1]:
            self._recent.append(entry)

    def _tidy(self) -> None:
        if not self._recent_sorted or len(self._recent) > 2 * len(self.rows) + 64:
            live = ((row.get("write_date") or "", row["id"]) for row in self.rows.values())
            self._recent = sorted(live)
            self._recent_sorted = True


class Store:
    """All tables of one database, and its clock."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.sequences: dict[str, int] = {}
        # by the prefix of entries: how many have it, and the last number
        self.highest: dict[str, tuple[int, int]] = {}
        self.precommit: dict[str, Any] = {}
        self.after_commit: list[Callable[[], None]] = []
        self.after_rollback: list[Callable[[], None]] = []
        self.ahead = timedelta()
        self._clock = datetime.min.replace(tzinfo=UTC)

    def table(self, name: str) -> Table:
        return self.tables[name]

    def add(self, name: str, indexed: Iterable[str]) -> None:
        self.tables[name] = Table(name, indexed)

    def next_number(self, sequence: str) -> int:
        """PostgreSQL sequences are not transactional: a number once drawn is gone."""
        self.sequences[sequence] = self.sequences.get(sequence, 0) + 1
        return self.sequences[sequence]

    def now(self) -> str:
        """A transaction's start with microseconds; no two are equal, also where the clock is `ahead`."""
        self._clock = max(datetime.now(UTC) + self.ahead, self._clock + timedelta(microseconds=1))
        return self._clock.strftime("%Y-%m-%d %H:%M:%S.%f")

    def commit(self) -> None:
        for table in self.tables.values():
            table.commit()
        self._end(self.after_commit)

    def rollback(self) -> None:
        for table in self.tables.values():
            table.rollback()
        self._end(self.after_rollback)

    def _end(self, then: list[Callable[[], None]]) -> None:
        """The transaction's own data go; what waited for this end of it is done."""
        waiting = list(then)
        self.precommit.clear()
        self.after_commit.clear()
        self.after_rollback.clear()
        for do in waiting:
            do()
