"""How much of one stock each store may be selling."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the new table."""
    op.create_table(
        "offers",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("stock", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("raised", sa.BigInteger(), nullable=False),
        sa.Column("wanted", sa.Integer()),
        sa.Column("wanted_at", MOMENT),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("place", "stock", "holder", name=op.f("pk_offers")),
        sqlite_with_rowid=False,
    )
