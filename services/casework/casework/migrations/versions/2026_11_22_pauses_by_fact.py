"""Pauses name the rule, the lane and the fact that started their clock: the ordinal in its id moves with late entries."""

import sqlalchemy as sa
from alembic import op

revision = "202611221000"
down_revision = "202611220600"
branch_labels = None
depends_on = None

_NAMED = """
UPDATE casework.pauses p SET rule = c.rule, lane = c.lane, started_by = c.body->>'started_by'
FROM casework.clocks c WHERE c.case_id = p.case_id AND c.clock_id = p.clock_id
"""


def upgrade() -> None:
    for name in ("rule", "lane", "started_by"):
        op.add_column("pauses", sa.Column(name, sa.String(), nullable=True), schema="casework")
    op.execute(_NAMED)  # until now only the clock's id joined a pause to its clock; without a clock it had no effect
    # When two rounds change places, both may have an open pause; the lock of the case keeps one round from having two.
    op.drop_index("uq_pauses_open", "pauses", schema="casework", postgresql_where=sa.text("resumed_at IS NULL"))


def downgrade() -> None:
    op.create_index(
        "uq_pauses_open",
        "pauses",
        ["case_id", "clock_id"],
        unique=True,
        schema="casework",
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
    for name in ("started_by", "lane", "rule"):
        op.drop_column("pauses", name, schema="casework")
