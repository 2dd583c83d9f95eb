"""A provider lists the province in which it is. What was its territory was a province."""

from alembic import op

revision = "202611282300"
down_revision = "202611281900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("providers", "territory", new_column_name="province", schema="support")
    op.execute("ALTER INDEX support.ix_providers_territory RENAME TO ix_providers_province")


def downgrade() -> None:
    op.execute("ALTER INDEX support.ix_providers_province RENAME TO ix_providers_territory")
    op.alter_column("providers", "province", new_column_name="territory", schema="support")
