"""A notice to the office that reported a case says what became of it. Older notices do not say it."""

import sqlalchemy as sa
from alembic import op

revision = "202611291100"
down_revision = "202611291000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("result", sa.Text(), nullable=True), schema="notify")


def downgrade() -> None:
    op.drop_column("notices", "result", schema="notify")
