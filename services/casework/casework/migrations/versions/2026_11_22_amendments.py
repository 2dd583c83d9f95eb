"""Amendments of the law, what each moved, and the one under which a case was last folded."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime
from sqlalchemy.dialects import postgresql

revision = "202611221100"
down_revision = "202611221000"
branch_labels = None
depends_on = None

SIGNATURE = (
    "state, signed_office, signed_actor, signed_at, effective_seq, prev_hash, chain_hash, "
    "withdrawn_office, withdrawn_actor, withdrawn_at, applied_at"
)


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "amendments",
        sa.Column("amendment_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_office", sa.String(), nullable=False),
        sa.Column("proposed_actor", sa.String(), nullable=False),
        sa.Column("proposed_at", instant, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("signed_office", sa.String(), nullable=True),
        sa.Column("signed_actor", sa.String(), nullable=True),
        sa.Column("signed_at", instant, nullable=True),
        sa.Column("effective_seq", sa.Integer(), nullable=True),
        sa.Column("prev_hash", sa.String(), nullable=True),
        sa.Column("chain_hash", sa.String(), nullable=True),
        sa.Column("withdrawn_office", sa.String(), nullable=True),
        sa.Column("withdrawn_actor", sa.String(), nullable=True),
        sa.Column("withdrawn_at", instant, nullable=True),
        sa.Column("applied_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("amendment_id", name=op.f("pk_amendments")),
        schema="casework",
    )
    op.create_index("uq_amendments_effective_seq", "amendments", ["effective_seq"], unique=True, schema="casework")
    op.create_table(
        "amendment_moves",
        sa.Column("amendment_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("told_at", instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["amendment_id"], ["casework.amendments.amendment_id"], name=op.f("fk_amendment_moves_amendment_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_amendment_moves_case_id")),
        sa.PrimaryKeyConstraint("amendment_id", "case_id", "office", name=op.f("pk_amendment_moves")),
        schema="casework",
    )
    op.create_index(
        "ix_amendment_moves_untold",
        "amendment_moves",
        ["amendment_id"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.add_column(
        "cases", sa.Column("law_seq", sa.Integer(), server_default=sa.text("0"), nullable=False), schema="casework"
    )
    op.create_index(
        "ix_cases_law_seq",
        "cases",
        ["law_seq", "case_id"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text("NOT closed"),
    )
    grant_runtime(op, "casework", append_only=["amendments"])
    op.execute(f"GRANT UPDATE ({SIGNATURE}) ON casework.amendments TO casework")


def downgrade() -> None:
    op.drop_index(
        "ix_cases_law_seq", table_name="cases", schema="casework", postgresql_where=sa.text("NOT closed")
    )
    op.drop_column("cases", "law_seq", schema="casework")
    op.drop_index(
        "ix_amendment_moves_untold",
        table_name="amendment_moves",
        schema="casework",
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.drop_table("amendment_moves", schema="casework")
    op.drop_index("uq_amendments_effective_seq", table_name="amendments", schema="casework")
    op.drop_table("amendments", schema="casework")
