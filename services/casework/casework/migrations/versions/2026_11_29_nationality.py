"""What a report said of the nationality: also that it is not known, or that the person has none.

Null in an older case: `foreign` says it there.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611290700"
down_revision = "202611290620"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("nationality", sa.String(), nullable=True), schema="casework")


def downgrade() -> None:
    op.drop_column("cases", "nationality", schema="casework")
