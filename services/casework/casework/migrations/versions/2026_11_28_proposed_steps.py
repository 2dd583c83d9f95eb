"""A proposal may be of a step that opens a lane, by an office elsewhere to the office that carries the case."""

import sqlalchemy as sa
from alembic import op

revision = "202611281500"
down_revision = "202611281400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("handovers", sa.Column("step", sa.String(), nullable=True), schema="casework")


def downgrade() -> None:
    op.execute("DELETE FROM casework.handovers WHERE step IS NOT NULL")  # they would pass for hand-overs of a lane
    op.drop_column("handovers", "step", schema="casework")
