"""The journal's first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

MOMENT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create every table."""
    for create in (
        _audit,
        _bindings,
        _checks,
        _connections,
        _cursors,
        _dead_letters,
        _inbox,
        _runs,
        _secrets,
        _shadows,
        _effects,
        _ledger,
    ):
        create()


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", SERIAL, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )


def _bindings() -> None:
    op.create_table(
        "bindings",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "entity", "external_id", name=op.f("pk_bindings")),
        sa.UniqueConstraint(
            "connection", "entity", "record", name=op.f("uq_bindings_connection_entity_record")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_bindings_connection_entity_key"),
        "bindings",
        ["connection", "entity", "key"],
        unique=False,
    )
    op.create_index(op.f("ix_bindings_record"), "bindings", ["record"], unique=False)


def _checks() -> None:
    op.create_table(
        "checks",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_checks")),
    )


def _connections() -> None:
    op.create_table(
        "connections",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("ca_file", sa.Text(), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("concurrency > 0", name=op.f("ck_connections_concurrency")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_connections")),
    )


def _cursors() -> None:
    op.create_table(
        "cursors",
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("link", name=op.f("pk_cursors")),
    )


def _dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("wire", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("retry_asked_at", MOMENT, nullable=True),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'resolved')", name=op.f("ck_dead_letters_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
    )
    op.create_index(
        op.f("ix_dead_letters_external_id_entity"),
        "dead_letters",
        ["external_id", "entity"],
        unique=False,
    )
    op.create_index(
        "uq_dead_letters_open",
        "dead_letters",
        ["link", "external_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint(
            "connection", "topic", "event_key", name=op.f("uq_inbox_connection_topic_event_key")
        ),
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["connection", "id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("progress_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("resumed", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('running', 'complete', 'failed', 'stopped')", name=op.f("ck_runs_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_link_id"), "runs", ["link", "id"], unique=False)
    op.create_index(
        "uq_runs_open",
        "runs",
        ["link"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )


def _secrets() -> None:
    op.create_table(
        "secrets",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("connection", "name", name=op.f("pk_secrets")),
    )


def _shadows() -> None:
    op.create_table(
        "shadows",
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("link", "record", name=op.f("pk_shadows")),
        sqlite_with_rowid=False,
    )


def _effects() -> None:
    op.create_table(
        "effects",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("intended_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('intended', 'done', 'failed', 'unknown')", name=op.f("ck_effects_state")
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_effects_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects")),
    )
    op.create_index(op.f("ix_effects_record"), "effects", ["record"], unique=False)
    op.create_index(
        "uq_effects_open",
        "effects",
        ["link", "record"],
        unique=True,
        sqlite_where=sa.text("state IN ('intended', 'unknown')"),
        postgresql_where=sa.text("state IN ('intended', 'unknown')"),
    )


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "result IN ('written', 'unchanged', 'merged', 'skipped', 'parked')",
            name=op.f("ck_ledger_result"),
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_ledger_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint(
            "run", "external_id", "version", name=op.f("uq_ledger_run_external_id_version")
        ),
    )
    op.create_index(
        op.f("ix_ledger_external_id_entity"), "ledger", ["external_id", "entity"], unique=False
    )
    op.create_index(op.f("ix_ledger_record"), "ledger", ["record"], unique=False)
