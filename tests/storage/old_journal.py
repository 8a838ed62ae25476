"""A journal as the first schema had it, with a row in every table."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from qantara.storage import audit, migrations
from qantara.storage.copying import single_file, tables
from qantara.storage.databases import connect
from qantara.storage.schema import metadata

FIRST = "0001"
MOMENT = datetime(2026, 5, 31, 21, 59, 58, 123456, tzinfo=UTC)

LINK = "supply.people"
OPEN_RECORD = "0" * 31 + "2"
"""The hub's record whose creation was under way when the journal was left."""

_RUN: dict[str, Any] = {"link": LINK, "started_at": MOMENT, "progress_at": MOMENT, "resumed": 0}
_RUN |= {"seen": 1, "calls": 0, "error": ""}
_PLACE: dict[str, Any] = {"link": LINK, "connection": "here", "entity": "partner"}
_LETTER: dict[str, Any] = _PLACE | {"version": "1", "record": "", "target_id": "", "reason": "No."}
_LETTER |= {"remedy": "Do.", "code": "Rejected", "wire": b'{"a": 1}\x00\xff', "count": 1}
_LETTER |= {"first_at": MOMENT, "last_at": MOMENT, "resolution": ""}
_EFFECT: dict[str, Any] = {"run": "r2", "link": LINK, "operation": "create", "fields": '["name"]'}
_EFFECT |= {"target_id": "", "detail": "", "intended_at": MOMENT}

ROWS: dict[str, list[dict[str, Any]]] = {
    "bindings": [
        {"connection": "here", "entity": "partner", "external_id": "1", "record": "a", "key": "k"},
        {"connection": "there!", "entity": "partner", "external_id": "601", "record": "a", "key": ""},
        {"connection": "here", "entity": "partner", "external_id": "2", "record": OPEN_RECORD, "key": ""},
    ],
    "shadows": [
        {"link": LINK, "record": "a", "source": '{"name":"x"}', "target": "{}", "version": "1"}
    ],
    "cursors": [{"link": LINK, "position": "1", "at": MOMENT}],
    "runs": [
        _RUN | {"id": "r1", "state": "complete", "ended_at": MOMENT},
        _RUN | {"id": "r2", "state": "running", "seen": 0},
    ],
    "effects": [
        _EFFECT | {"run": "r1", "record": "a", "state": "done", "settled_at": MOMENT},
        _EFFECT | {"record": OPEN_RECORD, "state": "intended"},
    ],
    "ledger": [
        _PLACE
        | {"run": "r1", "external_id": "1", "version": "1", "result": "written", "record": "a"}
        | {"target_id": "601", "reason": "", "fields": '["name"]', "at": MOMENT}
    ],
    "dead_letters": [
        _LETTER | {"external_id": "9", "state": "resolved", "resolved_at": MOMENT},
        _LETTER | {"external_id": "3", "state": "open", "retry_asked_at": MOMENT},
    ],
    "inbox": [
        {"connection": "here", "topic": "t", "event_key": key, "entity": "partner"}
        | {"external_id": "1", "body": b"\x00{}", "received_at": MOMENT, "done_at": done}
        for key, done in (("e1", MOMENT), ("e2", None))
    ],
    "connections": [
        {"name": "here", "connector": "odoo", "url": "https://here.test", "settings": '{"a":"Київ"}'}
        | {"concurrency": 2, "ca_file": None, "private": True}
        | {"created_at": MOMENT, "changed_at": MOMENT}
    ],
    "checks": [{"connection": "here", "usable": False, "facts": "{}", "at": MOMENT}],
    "secrets": [
        {"connection": "here", "name": "key", "key_id": "abc", "nonce": b"\x00" * 12}
        | {"sealed": bytes(range(256)), "changed_at": MOMENT}
    ],
}  # fmt: skip
"""What is in the tables; the audit trail has its lines besides."""


PRESENT: dict[str, list[dict[str, Any]]] = {
    "work": [
        {"link": LINK, "external_id": "1", "connection": "here", "entity": "partner", "event": 2}
        | {"since": MOMENT, "due_at": MOMENT, "attempts": 1, "reason": "Зайнято"}
    ],
    "circuits": [
        {"connection": "here", "state": "open", "failures": 3, "until": MOMENT, "reason": "Away."}
        | {"code": "RetryLater", "remedy": "Wait.", "changed_at": MOMENT}
    ],
    "quotas": [{"connection": "here", "tokens": 1.1, "rate": 2.5, "burst": 40.0, "at": MOMENT}],
    "conflicts": [
        {"link": LINK, "record": "a", "field": "name", "source_id": "1", "target_id": "601"}
        | {"source_value": {"value": "х"}, "target_value": "", "source_hash": "h"}
        | {"target_hash": "i", "rule": "ask", "state": "open", "choice": "", "actor": ""}
        | {"first_at": MOMENT, "last_at": MOMENT}
    ],
    "installation": [{"name": "key", "value": "f0"}],
    "buckets": [{"link": LINK, "side": "source", "bucket": "0", "digest": "d", "at": MOMENT}],
    "proofs": [
        {"id": 1, "run": "r1", "link": LINK, "state": "complete", "started_at": MOMENT, "seen": 1}
        | {"ended_at": MOMENT, "results": {"written": 1}, "lines": "x", "seal": "y"}
    ],
    "alerts": [
        {"kind": "k", "subject": "s", "reason": "R.", "remedy": "D.", "state": "open", "count": 1}
        | {"first_at": MOMENT, "last_at": MOMENT}
    ],
    "questions": [
        {"id": 1, "place": LINK, "kind": "match", "subject": "1", "title": "Нур", "state": "open"}
        | {"candidates": [{"id": "7"}], "answer": "", "actor": "", "asked_at": MOMENT}
    ],
    "askers": [
        {"question": 1, "link": LINK, "external_id": "1", "connection": "here", "entity": "partner"}
    ],
    "decisions": [
        {"question": "q1", "flow": "supply", "link": LINK, "connection": "here", "entity": "order"}
        | {"external_id": "9", "record": "a", "verb": "confirm", "total": "1.50 SAR", "reason": "ن"}
        | {"email": "layla@example.com", "name": "Layla", "at": MOMENT, "refused": "", "settled": 1}
    ],
    "approvers": [
        {"connection": "here", "email": "layla@example.com", "name": "ليلى", "code": "scrypt$x"}
        | {"failures": 2, "locked_until": MOMENT, "changed_at": MOMENT}
    ],
    "offers": [
        {"place": "here", "stock": "7@1", "holder": LINK, "units": 3, "raised": 4}
        | {"wanted": 5, "wanted_at": MOMENT, "at": MOMENT}
    ],
}
"""What the tables hold that came after the first schema; the lanes are taken besides."""


def fill_the_rest(conn: Connection) -> None:
    """Rows for the tables that came after the first schema."""
    for name, rows in PRESENT.items():
        conn.execute(insert(metadata.tables[name]), rows)


def make(url: str, folder: Path) -> None:
    """Fill the empty database, on either dialect, by the first migration and plain rows."""
    engine, _ = connect(url)
    with engine.begin() as conn:
        migrations.upgrade(conn, FIRST)
        for table in as_first(folder):
            for row in ROWS.get(table.name, []):
                conn.execute(insert(table).values(row))
        audit.note(conn, "maria", "init", {"home": "somewhere"})
        audit.note(conn, "maria", "connect", {"connection": "here"})
    engine.dispose()


def contents(conn: Connection, every: list[Table]) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of these tables, in an order of their own."""
    return {
        table.name: sorted(map(tuple, conn.execute(select(table))), key=repr) for table in every
    }


def read(url: str, folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What the columns of the first schema hold now."""
    engine, _ = connect(url)
    with engine.begin() as conn:
        found = contents(conn, as_first(folder))
    engine.dispose()
    return found


def count(conn: Connection, table: Table) -> int:
    return conn.scalar(select(func.count()).select_from(table)) or 0


def as_first(folder: Path) -> list[Table]:
    """The tables of the first schema, as the migration itself makes them."""
    engine = single_file(folder / "first.sqlite3")
    with engine.begin() as conn:
        migrations.upgrade(conn, FIRST)
        found = tables(conn)
    engine.dispose()
    return found
