"""A case knows when its workflow wakes, so that Temporal is sent its waits only if it would wake too late.

A case of before has no such instant: its next change sends its waits once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611281600"
down_revision = "202611281500"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("wakes_at", sa.DateTime(timezone=True), nullable=True), schema="casework")


def downgrade() -> None:
    op.drop_column("cases", "wakes_at", schema="casework")
