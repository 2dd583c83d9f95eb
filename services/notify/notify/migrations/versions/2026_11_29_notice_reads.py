"""Each person of an office marks what it has read. What an office has read so far is read for everybody."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime

revision = "202611290510"
down_revision = "202611281900"
branch_labels = None
depends_on = None

_READ_SO_FAR = """
INSERT INTO notify.notice_reads (notice_id, subject, read_at)
SELECT notice_id, '', read_at FROM notify.notices WHERE read_at IS NOT NULL
"""



def upgrade() -> None:
    op.create_table(
        "notice_reads",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notify.notices.notice_id"], name=op.f("fk_notice_reads_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "subject", name=op.f("pk_notice_reads")),
        schema="notify",
    )
    grant_runtime(op, "notify", append_only=["notice_reads"])
    op.execute(_READ_SO_FAR)


def downgrade() -> None:
    op.drop_table("notice_reads", schema="notify")
