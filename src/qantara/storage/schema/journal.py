"""What happened to each change, and what is still to do."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from qantara.storage.columns import SERIAL, Json, UtcTime, Words
from qantara.storage.schema.base import metadata, one_of, partly, unique_partly

installation = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

bindings = Table(
    "bindings",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("record", Text, nullable=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("connection", "entity", "record"),
    Index(None, "connection", "entity", "key"),
    Index(None, "record"),
    sqlite_with_rowid=False,
)

shadows = Table(
    "shadows",
    metadata,
    Column("link", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("source", Json(dict[str, str]), nullable=False),
    Column("target", Json(dict[str, str]), nullable=False),
    Column("version", Text, nullable=False),
    sqlite_with_rowid=False,
)

offers = Table(
    "offers",
    metadata,
    Column("place", Text, primary_key=True),
    Column("stock", Text, primary_key=True),
    Column("holder", Text, primary_key=True),
    Column("units", Integer, nullable=False),
    Column("raised", BigInteger, nullable=False),
    Column("wanted", Integer),
    Column("wanted_at", UtcTime),
    Column("at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

cursors = Table(
    "cursors",
    metadata,
    Column("link", Text, primary_key=True),
    Column("position", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("link", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("progress_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("resumed", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("error", Words, nullable=False),
    one_of("state", "running", "complete", "failed", "stopped"),
    Index(None, "link", "id"),
    unique_partly("uq_runs_open", "link", where="state = 'running'"),
)

effects = Table(
    "effects",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("link", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("fields", Json(tuple[str, ...]), nullable=False),
    Column("target_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", Words, nullable=False),
    Column("intended_at", UtcTime, nullable=False),
    Column("settled_at", UtcTime),
    one_of("state", "intended", "done", "failed", "unknown"),
    Index(None, "record"),
    Index(None, "run"),
    unique_partly("uq_effects_open", "link", "record", where="state IN ('intended', 'unknown')"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("link", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("fields", Json(tuple[str, ...]), nullable=False),
    Column("at", UtcTime, nullable=False),
    one_of("result", "written", "unchanged", "merged", "skipped", "parked"),
    UniqueConstraint("run", "external_id", "version"),
    Index(None, "record"),
    Index(None, "external_id", "entity"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("link", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("remedy", Words, nullable=False),
    Column("code", Text, nullable=False),
    Column("wire", LargeBinary),
    Column("state", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("retry_asked_at", UtcTime),
    Column("resolved_at", UtcTime),
    Column("resolution", Words, nullable=False),
    Column("patch", Json(dict[str, Any])),
    one_of("state", "open", "resolved"),
    Index(None, "external_id", "entity"),
    unique_partly("uq_dead_letters_open", "link", "external_id", where="state = 'open'"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("event_key", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("routed_at", UtcTime),
    Column("done_at", UtcTime),
    UniqueConstraint("connection", "topic", "event_key"),
    partly("ix_inbox_waiting", "connection", "id", where="routed_at IS NULL"),
    partly("ix_inbox_open", "connection", "entity", "external_id", where="done_at IS NULL"),
)

work = Table(
    "work",
    metadata,
    Column("link", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Words, nullable=False),
    Index(None, "link", "attempts", "since"),
    Index(None, "connection", "entity", "external_id"),
)

lanes = Table(
    "lanes",
    metadata,
    Column("link", Text, primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("holder", Words, nullable=False),
    Column("taken_at", UtcTime),
    Column("poll_at", UtcTime),
    Column("pause", Float, nullable=False),
    Column("sweep_at", UtcTime),
    Column("drift_at", UtcTime),
    Column("wait_until", UtcTime),
    Column("failures", Integer, nullable=False),
    Column("error", Words, nullable=False),
)

circuits = Table(
    "circuits",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("until", UtcTime),
    Column("code", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("remedy", Words, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    one_of("state", "closed", "open", "trial"),
)

quotas = Table(
    "quotas",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("rate", Float, nullable=False),
    Column("burst", Float, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("paused_until", UtcTime),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("link", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("source_value", Json(Any), nullable=False),
    Column("target_value", Json(Any), nullable=False),
    Column("source_hash", Text, nullable=False),
    Column("target_hash", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("choice", Text, nullable=False),
    Column("actor", Words, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("settled_at", UtcTime),
    one_of("state", "open", "decided", "settled"),
    one_of("choice", "", "source", "target"),
    Index(None, "record"),
    unique_partly("uq_conflicts_open", "link", "record", "field", where="state <> 'settled'"),
)

buckets = Table(
    "buckets",
    metadata,
    Column("link", Text, primary_key=True),
    Column("side", Text, primary_key=True),
    Column("bucket", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    one_of("side", "source", "target"),
)

proofs = Table(
    "proofs",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=False),
    Column("run", Text, nullable=False, unique=True),  # outlives the run
    Column("link", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("results", Json(dict[str, int]), nullable=False),
    Column("lines", Text, nullable=False),
    Column("seal", Text, nullable=False),
    Index(None, "ended_at"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("remedy", Words, nullable=False),
    Column("state", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    one_of("state", "open", "closed"),
    unique_partly("uq_alerts_open", "kind", "subject", where="state = 'open'"),
)
