"""The tries of a delivery go with it, when the log of deliveries is old enough to be deleted."""

from alembic import op

revision = "202611221300"
down_revision = "202611221105"
branch_labels = None
depends_on = None

NAME = "fk_delivery_attempts_delivery_id"


def upgrade() -> None:
    _again(ondelete="CASCADE")


def downgrade() -> None:
    _again(ondelete=None)


def _again(ondelete: str | None) -> None:
    op.drop_constraint(op.f(NAME), "delivery_attempts", schema="notify", type_="foreignkey")
    op.create_foreign_key(
        op.f(NAME),
        "delivery_attempts",
        "deliveries",
        ["delivery_id"],
        ["delivery_id"],
        source_schema="notify",
        referent_schema="notify",
        ondelete=ondelete,
    )
