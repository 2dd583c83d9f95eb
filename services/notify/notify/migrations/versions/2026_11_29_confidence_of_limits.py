"""A notice says how sure the limit is that it is about, where that is not verified text. Older notices do not say it."""

import sqlalchemy as sa
from alembic import op

revision = "202611291000"
down_revision = "202611290600"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("confidence", sa.Text(), nullable=True), schema="notify")


def downgrade() -> None:
    op.drop_column("notices", "confidence", schema="notify")
