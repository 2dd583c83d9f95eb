"""A paper says that the person is a victim, or is not. Every paper until now said the first."""

import sqlalchemy as sa
from alembic import op

revision = "202611290600"
down_revision = "202611281900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.Column("kind", sa.Text(), server_default="victim", nullable=False)
    op.add_column("papers", kind, schema="verification")


def downgrade() -> None:
    """The older release knows papers of victims only."""
    op.execute("UPDATE verification.papers SET revoked_at = now() WHERE kind <> 'victim' AND revoked_at IS NULL")
    op.drop_column("papers", "kind", schema="verification")
