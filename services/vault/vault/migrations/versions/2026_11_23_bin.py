"""When the owner of a case said that it never committed it. The index of known cases served the sweep that is gone."""

import sqlalchemy as sa
from alembic import op

revision = "202611230900"
down_revision = "202611212218"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_keys", sa.Column("abandoned_at", sa.DateTime(timezone=True), nullable=True), schema="vault")
    op.drop_index("ix_case_keys_known", table_name="case_keys", schema="vault")


def downgrade() -> None:
    op.create_index(
        "ix_case_keys_known",
        "case_keys",
        ["created_at"],
        unique=False,
        schema="vault",
        postgresql_where=sa.text("known_at IS NOT NULL"),
    )
    op.drop_column("case_keys", "abandoned_at", schema="vault")
