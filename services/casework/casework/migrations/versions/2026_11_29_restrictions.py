"""Restrictions of a case, and cases that were opened for danger to life."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime
from sqlalchemy.dialects import postgresql

revision = "202611291500"
down_revision = "202611291300"
branch_labels = None
depends_on = None


def upgrade() -> None:
    body = postgresql.JSONB(astext_type=sa.Text())
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "restrictions",
        sa.Column("restriction_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("closes", sa.Boolean(), nullable=False),
        sa.Column("members", body, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("offices", body, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("persons", body, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("documents", body, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("recorded_at", instant, nullable=False),
        sa.Column("lifted_at", instant, nullable=True),
        sa.Column("lifted_office", sa.String(), nullable=True),
        sa.Column("lifted_actor", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_restrictions_case_id")),
        sa.PrimaryKeyConstraint("restriction_id", name=op.f("pk_restrictions")),
        schema="casework",
    )
    op.create_table(
        "break_glass",
        sa.Column("break_glass_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("documents", body, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("recorded_at", instant, nullable=False),
        sa.Column("confirm_by", instant, nullable=False),
        sa.Column("confirmed_at", instant, nullable=True),
        sa.Column("confirmed_actor", sa.String(), nullable=True),
        sa.Column("until", instant, nullable=True),
        sa.Column("reviewer", sa.String(), nullable=True),
        sa.Column("reviewed_at", instant, nullable=True),
        sa.Column("reviewed_office", sa.String(), nullable=True),
        sa.Column("reviewed_actor", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_break_glass_case_id")),
        sa.PrimaryKeyConstraint("break_glass_id", name=op.f("pk_break_glass")),
        schema="casework",
    )
    for table in ("restrictions", "break_glass"):
        op.create_index(f"ix_{table}_case_id", table, ["case_id"], unique=False, schema="casework")
    op.create_index(
        "ix_restrictions_held",
        "restrictions",
        ["case_id"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    grant_runtime(op, "casework")


def downgrade() -> None:
    op.drop_table("break_glass", schema="casework")
    op.drop_table("restrictions", schema="casework")
