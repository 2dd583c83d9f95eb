"""Who works in an office, when one is absent, and a log of the changes that nobody may change."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime
from sqlalchemy.dialects import postgresql

revision = "202611290500"
down_revision = "202611290110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    body = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "members",
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("office", "subject", name=op.f("pk_members")),
        schema="casework",
    )
    op.create_table(
        "absences",
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("deputy", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("office", "subject", "valid_from", name=op.f("pk_absences")),
        schema="casework",
    )
    op.create_table(
        "member_changes",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", body, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("after", body, server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_member_changes")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_member_changes_office"), "member_changes", ["office", "seq"], unique=False, schema="casework"
    )
    grant_runtime(op, "casework", append_only=["member_changes"])


def downgrade() -> None:
    for table in ("member_changes", "absences", "members"):
        op.drop_table(table, schema="casework")
