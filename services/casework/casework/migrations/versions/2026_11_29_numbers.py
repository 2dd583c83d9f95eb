"""Cases are found by number and by alias. Both follow from the id, so old cases have theirs with the index.

The expressions are those of `contracts.numbers`, which are frozen. Two old cases may have one number.
"""

from alembic import op

revision = "202611290610"
down_revision = "202611290600"
branch_labels = None
depends_on = None

_HASH = "encode(sha256(decode(case_id, 'escape')), 'hex')"


def upgrade() -> None:
    number = f"translate(left({_HASH}, 8), '0123456789abcdef', '23456789FHMQRTWX')"
    op.execute(f"CREATE INDEX ix_cases_number ON casework.cases ({number})")
    op.execute(f"CREATE INDEX ix_cases_alias ON casework.cases (substr({_HASH}, 9, 3))")


def downgrade() -> None:
    op.execute("DROP INDEX casework.ix_cases_number")
    op.execute("DROP INDEX casework.ix_cases_alias")
