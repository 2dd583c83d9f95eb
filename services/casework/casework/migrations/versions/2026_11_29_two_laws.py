"""A case is pinned to the pack of the law after its own too, and knows when a minor turns eighteen.

An open case of an earlier release is pinned to the second pack with its next change; its age stays that of the report.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611290710"
down_revision = "202611290700"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("beside_hash", sa.String(), nullable=True), schema="casework")
    op.add_column("cases", sa.Column("turns_18_on", sa.Date(), nullable=True), schema="casework")


def downgrade() -> None:
    op.drop_column("cases", "turns_18_on", schema="casework")
    op.drop_column("cases", "beside_hash", schema="casework")
