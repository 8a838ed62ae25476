"""Accounts and their secrets; what people are asked, and what they decided."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from qantara.storage.columns import SERIAL, Json, UtcTime, Words
from qantara.storage.schema.base import metadata, one_of

questions = Table(
    "questions",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("place", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("title", Words, nullable=False),
    Column("candidates", Json(list[dict[str, Any]]), nullable=False),
    Column("state", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("actor", Words, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("answered_at", UtcTime),
    one_of("state", "open", "answered"),
    UniqueConstraint("place", "kind", "subject"),
    Index(None, "state"),
)

askers = Table(
    "askers",
    metadata,
    Column("question", SERIAL, primary_key=True, autoincrement=False),
    Column("link", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Index(None, "link", "external_id"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("number", SERIAL, primary_key=True),
    Column("question", Text, nullable=False, unique=True),
    Column("flow", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("total", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("email", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("refused", Words, nullable=False),
    Column("settled", Integer),
    Index(None, "flow", "number"),
    Index(None, "flow", "settled"),
    Index(None, "link", "external_id"),
)

approvers = Table(
    "approvers",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("email", Text, primary_key=True),
    Column("name", Words, nullable=False),
    Column("code", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcTime),
    Column("changed_at", UtcTime, nullable=False),
)

connections = Table(
    "connections",
    metadata,
    Column("name", Text, primary_key=True),
    Column("connector", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("settings", Json(dict[str, str]), nullable=False),
    Column("concurrency", Integer, nullable=False),
    Column("ca_file", Text),
    Column("private", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    CheckConstraint("concurrency > 0", name="concurrency"),
)

checks = Table(
    "checks",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("usable", Boolean, nullable=False),
    Column("facts", Json(dict[str, str]), nullable=False),
    Column("at", UtcTime, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
)

audit = Table(
    "audit",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Words, nullable=False),
    Column("action", Words, nullable=False),
    Column("detail", Json(dict[str, str]), nullable=False),
    Column("seal", Text, nullable=False),
)
