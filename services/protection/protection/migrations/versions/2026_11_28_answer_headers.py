"""An answer that is repeated says again which version it made."""

from alembic import op

from kit import table_changes

revision = "202611281900"
down_revision = "202611281800"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table_changes.upgrade(op, "2026_11_28_answer_headers")


def downgrade() -> None:
    table_changes.downgrade(op, "2026_11_28_answer_headers")
