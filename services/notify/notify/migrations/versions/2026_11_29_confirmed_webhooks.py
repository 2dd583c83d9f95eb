"""A webhook waits until a second person has confirmed it. Those of earlier releases are confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "202611290600"
down_revision = "202611290510"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhooks", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True), schema="notify")
    op.add_column("webhooks", sa.Column("confirmed_office", sa.Text(), nullable=True), schema="notify")
    op.add_column("webhooks", sa.Column("confirmed_by", sa.Text(), nullable=True), schema="notify")
    op.execute("UPDATE notify.webhooks SET confirmed_at = created_at")


def downgrade() -> None:
    for column in ("confirmed_by", "confirmed_office", "confirmed_at"):
        op.drop_column("webhooks", column, schema="notify")
