"""Keys, sealed texts, look-up digests, the access log, and kit's tables."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime
from sqlalchemy.dialects import postgresql

revision = "202611212218"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("items", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_access_log")),
        schema="vault",
    )
    op.create_table(
        "case_keys",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_keys")),
        schema="vault",
    )
    op.create_index(
        "ix_case_keys_known",
        "case_keys",
        ["created_at"],
        unique=False,
        schema="vault",
        postgresql_where=sa.text("known_at IS NOT NULL"),
    )
    op.create_index(
        "ix_case_keys_orphans",
        "case_keys",
        ["created_at"],
        unique=False,
        schema="vault",
        postgresql_where=sa.text("known_at IS NULL"),
    )
    op.create_table(
        "idempotency",
        sa.Column("office", sa.Text(), nullable=False, comment="Who asked"),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="Header Idempotency-Key"),
        sa.Column("fingerprint", sa.Text(), nullable=False, comment="SHA-256 of path and body"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status", sa.SmallInteger(), nullable=True, comment="NULL only inside the first request's transaction"
        ),
        sa.Column("body", sa.JSON(), nullable=True, comment="The answer"),
        sa.PrimaryKeyConstraint("office", "operation", "key", name=op.f("pk_idempotency")),
        schema="vault",
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False, schema="vault")
    op.create_table(
        "inbox",
        sa.Column("durable", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("durable", "event_id", name=op.f("pk_inbox")),
        schema="vault",
    )
    op.create_table(
        "index_keys",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_index_keys_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_keys")),
        schema="vault",
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False, comment="Event id; also the Nats-Msg-Id"),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column(
            "data", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="The whole CloudEvents envelope"
        ),
        sa.Column(
            "headers",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="traceparent of the step that wrote it",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "parked_at", sa.DateTime(timezone=True), nullable=True, comment="Refused for good: waits for an operator"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        schema="vault",
    )
    op.create_index(
        "ix_outbox_published_at",
        "outbox",
        ["published_at"],
        unique=False,
        schema="vault",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["seq"],
        unique=False,
        schema="vault",
        postgresql_where=sa.text("published_at IS NULL AND parked_at IS NULL"),
    )
    op.create_table(
        "projections",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_projections")),
        schema="vault",
    )
    op.create_table(
        "look_ups",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["vault.case_keys.case_id"], name=op.f("fk_look_ups_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "kind", "digest", name=op.f("pk_look_ups")),
        schema="vault",
    )
    op.create_index("ix_look_ups_digest_kind", "look_ups", ["digest", "kind"], unique=False, schema="vault")
    op.create_table(
        "sealed_texts",
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_by", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["vault.case_keys.case_id"], name=op.f("fk_sealed_texts_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_sealed_texts")),
        schema="vault",
    )
    op.create_index(
        "ix_sealed_texts_case_id_name_seq", "sealed_texts", ["case_id", "name", "seq"], unique=False, schema="vault"
    )
    grant_runtime(
        op,
        "vault",
        append_only=["access_log", "look_ups", "sealed_texts"],
    )


def downgrade() -> None:
    op.drop_index("ix_sealed_texts_case_id_name_seq", table_name="sealed_texts", schema="vault")
    op.drop_table("sealed_texts", schema="vault")
    op.drop_index("ix_look_ups_digest_kind", table_name="look_ups", schema="vault")
    op.drop_table("look_ups", schema="vault")
    op.drop_table("projections", schema="vault")
    op.drop_index(
        "ix_outbox_unpublished",
        table_name="outbox",
        schema="vault",
        postgresql_where=sa.text("published_at IS NULL AND parked_at IS NULL"),
    )
    op.drop_index(
        "ix_outbox_published_at",
        table_name="outbox",
        schema="vault",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_table("outbox", schema="vault")
    op.drop_table("index_keys", schema="vault")
    op.drop_table("inbox", schema="vault")
    op.drop_index("ix_idempotency_created_at", table_name="idempotency", schema="vault")
    op.drop_table("idempotency", schema="vault")
    op.drop_index(
        "ix_case_keys_orphans", table_name="case_keys", schema="vault", postgresql_where=sa.text("known_at IS NULL")
    )
    op.drop_index(
        "ix_case_keys_known", table_name="case_keys", schema="vault", postgresql_where=sa.text("known_at IS NOT NULL")
    )
    op.drop_table("case_keys", schema="vault")
    op.drop_table("access_log", schema="vault")
