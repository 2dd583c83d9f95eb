"""A notice may be about an amendment of the law, with the number of due dates that it moved."""

import sqlalchemy as sa
from alembic import op

revision = "202611221105"
down_revision = "202611212310"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("amendment_id", sa.Text(), nullable=True), schema="notify")
    op.add_column("notices", sa.Column("count", sa.Integer(), nullable=True), schema="notify")


def downgrade() -> None:
    op.drop_column("notices", "count", schema="notify")
    op.drop_column("notices", "amendment_id", schema="notify")
