"""Steps that need a second signature."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime
from sqlalchemy.dialects import postgresql

revision = "202611290600"
down_revision = "202611290510"
branch_labels = None
depends_on = None


def upgrade() -> None:
    body = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "countersignings",
        sa.Column("signing_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("body", body, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("documents", body, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("fact_id", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_office", sa.String(), nullable=True),
        sa.Column("answered_actor", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_countersignings_case_id")),
        sa.PrimaryKeyConstraint("signing_id", name=op.f("pk_countersignings")),
        schema="casework",
    )
    for name, columns in (
        ("ix_countersignings_case_id", ["case_id"]),
        ("ix_countersignings_asked", ["asked", "recorded_at"]),
        ("ix_countersignings_office", ["office", "recorded_at"]),
    ):
        op.create_index(name, "countersignings", columns, unique=False, schema="casework")
    grant_runtime(op, "casework")


def downgrade() -> None:
    op.drop_table("countersignings", schema="casework")
