"""The signed changes of the offices are one document, which the other services read from a bucket.

Also without changes it is there, because a reader asks five times before it believes that a document is missing.
"""

from alembic import op

revision = "202611290100"
down_revision = "202611282300"
branch_labels = None
depends_on = None

_DOCUMENT = """
INSERT INTO casework.projections (kind, key, version, body, updated_at)
SELECT 'offices', 'signed', coalesce(max(a.effective_seq), 0) + 1, jsonb_build_object('amendments', coalesce(jsonb_agg(
  jsonb_build_object('decision', a.decision, 'changes', a.body->'changes') ORDER BY a.effective_seq), '[]')), now()
FROM casework.amendments a WHERE a.effective_seq IS NOT NULL AND a.kind = 'offices'
"""


def upgrade() -> None:
    op.execute(_DOCUMENT)


def downgrade() -> None:
    op.execute("DELETE FROM casework.projections WHERE kind = 'offices'")
