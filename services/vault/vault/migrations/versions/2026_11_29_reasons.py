"""Why somebody opens text, in words, sealed; and until when it lasts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kit.migrations import grant_runtime

revision = "202611291400"
down_revision = "202611291300"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reasons",
        sa.Column("reason_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("groups", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["vault.case_keys.case_id"], name=op.f("fk_reasons_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("reason_id", name=op.f("pk_reasons")),
        schema="vault",
    )
    op.create_index("ix_reasons_case_id_actor", "reasons", ["case_id", "actor"], unique=False, schema="vault")
    grant_runtime(op, "vault", append_only=["reasons"])


def downgrade() -> None:
    op.drop_index("ix_reasons_case_id_actor", table_name="reasons", schema="vault")
    op.drop_table("reasons", schema="vault")
