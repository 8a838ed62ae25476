"""Lanes and their work, conflicts, circuits, quotas, proofs, alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the new tables, widen the old ones."""
    for create in (
        _alerts,
        _buckets,
        _circuits,
        _conflicts,
        _installation,
        _lanes,
        _quotas,
        _work,
        _proofs,
    ):
        create()
    _widen()


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_alerts_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["kind", "subject"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _buckets() -> None:
    op.create_table(
        "buckets",
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("side IN ('source', 'target')", name=op.f("ck_buckets_side")),
        sa.PrimaryKeyConstraint("link", "side", "bucket", name=op.f("pk_buckets")),
    )


def _circuits() -> None:
    op.create_table(
        "circuits",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", MOMENT),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('closed', 'open', 'trial')", name=op.f("ck_circuits_state")),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_circuits")),
    )


def _conflicts() -> None:
    op.create_table(
        "conflicts",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("source_value", sa.Text(), nullable=False),
        sa.Column("target_value", sa.Text(), nullable=False),
        sa.Column("source_hash", sa.Text(), nullable=False),
        sa.Column("target_hash", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.CheckConstraint("choice IN ('', 'source', 'target')", name=op.f("ck_conflicts_choice")),
        sa.CheckConstraint(
            "state IN ('open', 'decided', 'settled')", name=op.f("ck_conflicts_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
    )
    op.create_index(op.f("ix_conflicts_record"), "conflicts", ["record"], unique=False)
    op.create_index(
        "uq_conflicts_open",
        "conflicts",
        ["link", "record", "field"],
        unique=True,
        sqlite_where=sa.text("state <> 'settled'"),
        postgresql_where=sa.text("state <> 'settled'"),
    )


def _installation() -> None:
    op.create_table(
        "installation",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )


def _lanes() -> None:
    op.create_table(
        "lanes",
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("taken_at", MOMENT),
        sa.Column("poll_at", MOMENT),
        sa.Column("pause", sa.Float(), nullable=False),
        sa.Column("sweep_at", MOMENT),
        sa.Column("drift_at", MOMENT),
        sa.Column("wait_until", MOMENT),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("link", name=op.f("pk_lanes")),
    )


def _quotas() -> None:
    op.create_table(
        "quotas",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("burst", sa.Float(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("paused_until", MOMENT),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_quotas")),
    )


def _work() -> None:
    op.create_table(
        "work",
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("link", "external_id", name=op.f("pk_work")),
    )
    op.create_index(
        op.f("ix_work_connection_entity_external_id"),
        "work",
        ["connection", "entity", "external_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_work_link_attempts_since"), "work", ["link", "attempts", "since"], unique=False
    )


def _proofs() -> None:
    op.create_table(
        "proofs",
        sa.Column("id", SERIAL, autoincrement=False, nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("results", sa.Text(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proofs")),
        sa.UniqueConstraint("run", name=op.f("uq_proofs_run")),
    )
    op.create_index(op.f("ix_proofs_ended_at"), "proofs", ["ended_at"], unique=False)


def _widen() -> None:
    op.add_column("dead_letters", sa.Column("patch", sa.Text()))
    op.add_column("inbox", sa.Column("routed_at", MOMENT))
    op.create_index(
        "ix_inbox_open",
        "inbox",
        ["connection", "entity", "external_id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(op.f("ix_effects_run"), "effects", ["run"], unique=False)
    op.add_column("secrets", sa.Column("expires_at", MOMENT))
    op.drop_index("ix_inbox_waiting", "inbox")
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["connection", "id"],
        sqlite_where=sa.text("routed_at IS NULL"),
        postgresql_where=sa.text("routed_at IS NULL"),
    )
    op.execute("UPDATE inbox SET routed_at = done_at")
