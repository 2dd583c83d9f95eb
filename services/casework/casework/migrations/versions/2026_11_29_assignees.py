"""Which member of an office has its work in one lane of a case, and who had it before."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime

revision = "202611290510"
down_revision = "202611290500"
branch_labels = None
depends_on = None

NOW = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "assignees",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_assignees_case_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_assignees")),
        schema="casework",
    )
    op.create_index(
        "uq_assignees_open",
        "assignees",
        ["office", "case_id", "lane"],
        unique=True,
        schema="casework",
        postgresql_where=NOW,
    )
    op.create_index(
        "ix_assignees_subject", "assignees", ["office", "subject"], unique=False, schema="casework", postgresql_where=NOW
    )
    grant_runtime(op, "casework", append_only=["assignees"])
    op.execute("GRANT UPDATE (ended_at, ended_by) ON casework.assignees TO casework")


def downgrade() -> None:
    op.drop_table("assignees", schema="casework")
