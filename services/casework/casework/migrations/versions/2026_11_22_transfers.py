"""Transfers between provinces, and the hand-overs that are part of one."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime
from sqlalchemy.dialects import postgresql

revision = "202611220600"
down_revision = "202611212227"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transfers",
        sa.Column("transfer_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("from_office", sa.String(), nullable=False),
        sa.Column("to_office", sa.String(), nullable=False),
        sa.Column("lanes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("waits", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_transfers_case_id")),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_transfers")),
        schema="casework",
    )
    op.create_index("ix_transfers_case_id", "transfers", ["case_id"], unique=False, schema="casework")
    op.create_index(
        "ix_transfers_from_office", "transfers", ["from_office", "recorded_at"], unique=False, schema="casework"
    )
    op.create_index(
        "ix_transfers_to_office", "transfers", ["to_office", "recorded_at"], unique=False, schema="casework"
    )
    op.create_index(
        "ix_transfers_waiting",
        "transfers",
        ["transfer_id"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.add_column("handovers", sa.Column("transfer_id", sa.String(), nullable=True), schema="casework")
    op.create_foreign_key(
        op.f("fk_handovers_transfer_id"),
        "handovers",
        "transfers",
        ["transfer_id"],
        ["transfer_id"],
        source_schema="casework",
        referent_schema="casework",
    )
    grant_runtime(op, "casework")


def downgrade() -> None:
    op.drop_constraint(op.f("fk_handovers_transfer_id"), "handovers", schema="casework", type_="foreignkey")
    op.drop_column("handovers", "transfer_id", schema="casework")
    op.drop_index(
        "ix_transfers_waiting",
        table_name="transfers",
        schema="casework",
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.drop_index("ix_transfers_to_office", table_name="transfers", schema="casework")
    op.drop_index("ix_transfers_from_office", table_name="transfers", schema="casework")
    op.drop_index("ix_transfers_case_id", table_name="transfers", schema="casework")
    op.drop_table("transfers", schema="casework")
