"""What is due now is found by its instant, and a claimed wait stays until the fold of its case.

The condition of the first index is `casework.models.CLAIMABLE`, as it was then.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611281700"
down_revision = "202611281600"
branch_labels = None
depends_on = None

_CLAIMABLE = "(claimed_at IS NULL AND (body->>'stage') NOT IN ('acknowledge', 'answer', 'tell'))"


def upgrade() -> None:
    op.add_column("waits", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True), schema="casework")
    op.create_index("ix_waits_at", "waits", ["at"], schema="casework", postgresql_where=sa.text(_CLAIMABLE))
    claimed = sa.text("claimed_at IS NOT NULL")
    op.create_index("ix_waits_claimed", "waits", ["case_id"], schema="casework", postgresql_where=claimed)


def downgrade() -> None:
    op.execute("DELETE FROM casework.waits WHERE claimed_at IS NOT NULL")  # they would fire again
    op.drop_index("ix_waits_claimed", "waits", schema="casework")
    op.drop_index("ix_waits_at", "waits", schema="casework")
    op.drop_column("waits", "claimed_at", schema="casework")
