"""The copies of standings go: the service asks casework's bucket (ADR 0017). Nothing else kept them."""

from alembic import op

revision = "202611281800"
down_revision = "202611212218"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM intake.projections WHERE kind = 'standing'")


def downgrade() -> None:
    """The older release reads the copies from its durable, which begins anew with the oldest event."""
