"""Of a paper's verification code only its digest is kept, and none in a stored answer."""

import sqlalchemy as sa
from alembic import op

revision = "202611220010"
down_revision = "202611212248"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("papers", "code", new_column_name="code_digest", schema="verification")
    op.execute(sa.text("UPDATE verification.papers SET code_digest = encode(sha256(convert_to(code_digest, 'UTF8')), 'hex')"))
    op.execute(
        sa.text(
            "UPDATE verification.idempotency"
            " SET body = CAST(jsonb_set(CAST(body AS jsonb), '{verification_code}', 'null') AS json)"
            " WHERE jsonb_exists(CAST(body AS jsonb), 'verification_code')"
        )
    )
