"""A letter of evidence belongs to the list of a law, which its row names."""

import sqlalchemy as sa
from alembic import op

revision = "202611290620"
down_revision = "202611290600"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evidence", sa.Column("law", sa.Text(), nullable=True), schema="verification")


def downgrade() -> None:
    op.drop_column("evidence", "law", schema="verification")
