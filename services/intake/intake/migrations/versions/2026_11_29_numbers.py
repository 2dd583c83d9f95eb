"""No two cases get the same number, and a report may have the office's own reference.

The number follows from the id of the case (`contracts.numbers`, which is frozen). Of old cases with the same number the
one with the smallest id keeps it here; the others keep null, because their ids cannot change.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611290520"
down_revision = "202611281900"
branch_labels = None
depends_on = None

_HASH = "encode(sha256(decode(case_id, 'escape')), 'hex')"
_FILL = f"""
UPDATE intake.persons p SET number = n.number FROM (
  SELECT DISTINCT ON (number) number, case_id FROM (
    SELECT case_id, translate(left({_HASH}, 8), '0123456789abcdef', '23456789FHMQRTWX') AS number FROM intake.persons
  ) o ORDER BY number, case_id
) n WHERE n.case_id = p.case_id
"""


def upgrade() -> None:
    op.add_column("persons", sa.Column("number", sa.Text(), nullable=True), schema="intake")
    op.execute(_FILL)
    op.create_index("uq_persons_number", "persons", ["number"], unique=True, schema="intake")
    op.add_column("reports", sa.Column("own_reference", sa.Text(), nullable=True), schema="intake")
    op.create_index(
        "ix_reports_own_reference",
        "reports",
        ["office", "own_reference"],
        schema="intake",
        postgresql_where=sa.text("own_reference IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_reports_own_reference", table_name="reports", schema="intake")
    op.drop_column("reports", "own_reference", schema="intake")
    op.drop_index("uq_persons_number", table_name="persons", schema="intake")
    op.drop_column("persons", "number", schema="intake")
