"""Route and nationality belong to the person. Null in an older row: the report has its route, `is_foreign` the rest."""

import sqlalchemy as sa
from alembic import op

revision = "202611290700"
down_revision = "202611290520"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("persons", sa.Column("route", sa.Text(), nullable=True), schema="intake")
    op.add_column("persons", sa.Column("nationality", sa.Text(), nullable=True), schema="intake")


def downgrade() -> None:
    op.drop_column("persons", "nationality", schema="intake")
    op.drop_column("persons", "route", schema="intake")
