"""A pause states the decision that orders it: its number, or the sealed document."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611290620"
down_revision = "202611290610"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pauses", sa.Column("decision", sa.String(), nullable=True), schema="casework")
    op.add_column("pauses", sa.Column("documents", JSONB(), nullable=True), schema="casework")


def downgrade() -> None:
    op.drop_column("pauses", "documents", schema="casework")
    op.drop_column("pauses", "decision", schema="casework")
