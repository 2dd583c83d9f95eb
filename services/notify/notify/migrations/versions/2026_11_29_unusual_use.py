"""A notice may be about who used the system to an unusual extent. No older notice is."""

import sqlalchemy as sa
from alembic import op

revision = "202611291210"
down_revision = "202611291100"
branch_labels = None
depends_on = None
COLUMNS = ("about_office", "person", "unusual")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("notices", sa.Column(column, sa.Text(), nullable=True), schema="notify")


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_column("notices", column, schema="notify")
