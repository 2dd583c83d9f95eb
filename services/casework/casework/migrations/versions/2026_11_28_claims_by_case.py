"""Claims are found by their case: a step reads withdrawn ones too, which the unique index leaves out."""

from alembic import op

revision = "202611281400"
down_revision = "202611221100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_claims_case_id", "claims", ["case_id"], schema="casework")


def downgrade() -> None:
    op.drop_index("ix_claims_case_id", "claims", schema="casework")
