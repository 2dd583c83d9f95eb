"""What an office says of itself (public contact, stated capacity), as a log that nobody may change."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime
from sqlalchemy.dialects import postgresql

revision = "202611290110"
down_revision = "202611290100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    body = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "office_particulars",
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", body, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("after", body, server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("office", "seq", name=op.f("pk_office_particulars")),
        schema="casework",
    )
    grant_runtime(op, "casework", append_only=["office_particulars"])


def downgrade() -> None:
    op.drop_table("office_particulars", schema="casework")
