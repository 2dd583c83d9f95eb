"""Where the vault records its own looks, and the chains of all services' looks, which the role `audit` alone writes.

The log of the release before stays as it is, and nobody adds to it any more. The role `audit` is made by whoever makes
the databases (`stack.prepare`, or an operator).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kit import table_changes

revision = "202611291300"
down_revision = "202611281900"
branch_labels = None
depends_on = None

CHAINED = ("look_links", "look_seals", "look_cursors", "look_gaps", "look_keys")


def upgrade() -> None:
    table_changes.upgrade(op, "2026_11_29_looks")
    op.create_table(
        "look_links",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("look", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=True),
        sa.Column("several", sa.Integer(), nullable=True),
        sa.Column("items", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("ground", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("answer", sa.SmallInteger(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_look_links")),
        sa.UniqueConstraint("look", name="uq_look_links_look"),
        schema="vault",
    )
    op.create_index("ix_look_links_caller_actor_at", "look_links", ["caller", "actor", "at"], schema="vault")
    op.create_table(
        "look_seals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("links", sa.BigInteger(), nullable=False),
        sa.Column("heads", postgresql.JSONB(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_look_seals")),
        schema="vault",
    )
    op.create_table(
        "look_cursors",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("missing", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("service", name=op.f("pk_look_cursors")),
        schema="vault",
    )
    op.create_table(
        "look_gaps",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("service", "seq", "noticed_at", name=op.f("pk_look_gaps")),
        schema="vault",
    )
    op.create_table(
        "look_keys",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_look_keys_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_keys")),
        schema="vault",
    )
    for table in CHAINED:
        op.execute(f"REVOKE ALL ON vault.{table} FROM vault")
        op.execute(f"GRANT SELECT ON vault.{table} TO vault")
        op.execute(f"GRANT SELECT, INSERT ON vault.{table} TO audit")
    op.execute("GRANT USAGE ON SCHEMA vault TO audit")
    op.execute("GRANT UPDATE ON vault.look_cursors TO audit")
    op.execute("GRANT SELECT ON vault.access_log TO audit")
    op.execute("REVOKE INSERT ON vault.access_log FROM vault")


def downgrade() -> None:
    op.execute("GRANT INSERT ON vault.access_log TO vault")
    op.execute("REVOKE ALL ON vault.access_log FROM audit")
    op.execute("REVOKE USAGE ON SCHEMA vault FROM audit")
    for table in reversed(CHAINED):
        op.drop_table(table, schema="vault")
    table_changes.downgrade(op, "2026_11_29_looks")
