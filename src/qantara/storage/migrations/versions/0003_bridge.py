"""Questions about matches, decisions made by signed links, and who may make them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the new tables."""
    for create in (_approvers, _askers, _decisions, _questions):
        create()


def _approvers() -> None:
    op.create_table(
        "approvers",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", MOMENT),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("connection", "email", name=op.f("pk_approvers")),
    )


def _askers() -> None:
    op.create_table(
        "askers",
        sa.Column("question", SERIAL, autoincrement=False, nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("question", "link", "external_id", name=op.f("pk_askers")),
    )
    op.create_index(op.f("ix_askers_link_external_id"), "askers", ["link", "external_id"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("number", SERIAL, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("total", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.Column("settled", sa.Integer()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_decisions")),
        sa.UniqueConstraint("question", name=op.f("uq_decisions_question")),
    )
    for columns in (["flow", "number"], ["flow", "settled"], ["link", "external_id"]):
        op.create_index(op.f(f"ix_decisions_{'_'.join(columns)}"), "decisions", columns)


def _questions() -> None:
    op.create_table(
        "questions",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("candidates", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.CheckConstraint("state IN ('open', 'answered')", name=op.f("ck_questions_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint(
            "place", "kind", "subject", name=op.f("uq_questions_place_kind_subject")
        ),
    )
    op.create_index(op.f("ix_questions_state"), "questions", ["state"])
