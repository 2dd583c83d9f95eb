"""Where the service records every look and every refusal."""

from alembic import op

from kit import table_changes

revision = "202611291300"
down_revision = "202611282300"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table_changes.upgrade(op, "2026_11_29_looks")


def downgrade() -> None:
    table_changes.downgrade(op, "2026_11_29_looks")
