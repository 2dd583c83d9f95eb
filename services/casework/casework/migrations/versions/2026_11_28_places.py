"""A case names the province of its report, a lane its place, and a hand-over or transfer the place it goes to.

What was a territory is a place as before: the code of a province is that of the place. Standings of before name no
offices; `casework.older_standings` writes them again.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611282300"
down_revision = "202611281900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("cases", "territory", new_column_name="province", schema="casework")
    op.alter_column("lanes", "territory", new_column_name="place", schema="casework")
    op.add_column("handovers", sa.Column("place", sa.String(), nullable=True), schema="casework")
    op.add_column("transfers", sa.Column("place", sa.String(), nullable=True), schema="casework")


def downgrade() -> None:
    op.drop_column("transfers", "place", schema="casework")
    op.drop_column("handovers", "place", schema="casework")
    op.alter_column("lanes", "place", new_column_name="territory", schema="casework")
    op.alter_column("cases", "province", new_column_name="territory", schema="casework")
