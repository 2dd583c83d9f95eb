"""What was told to casework, so that a correction finds its record."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime

revision = "202611220200"
down_revision = "202611212258"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stated",
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("of", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fact_id", name=op.f("pk_stated")),
        schema="support",
    )
    op.create_index("ix_stated_case_id", "stated", ["case_id"], unique=False, schema="support")
    grant_runtime(op, "support", append_only=["stated"])


def downgrade() -> None:
    op.drop_index("ix_stated_case_id", table_name="stated", schema="support")
    op.drop_table("stated", schema="support")
