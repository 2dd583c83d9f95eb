"""Files, steps, evidence, papers, and kit's tables."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime
from sqlalchemy.dialects import postgresql

revision = "202611212248"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_files")),
        schema="verification",
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
        schema="verification",
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False, schema="verification")
    op.create_table(
        "inbox",
        sa.Column("durable", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("durable", "event_id", name=op.f("pk_inbox")),
        schema="verification",
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
        schema="verification",
    )
    op.create_index(
        "ix_outbox_published_at",
        "outbox",
        ["published_at"],
        unique=False,
        schema="verification",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["seq"],
        unique=False,
        schema="verification",
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
        schema="verification",
    )
    op.create_table(
        "evidence",
        sa.Column("evidence_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("text_ref", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["verification.files.case_id"], name=op.f("fk_evidence_case_id")),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_evidence")),
        schema="verification",
    )
    op.create_index(op.f("ix_evidence_case_id"), "evidence", ["case_id"], unique=False, schema="verification")
    op.create_table(
        "steps",
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_ref", sa.Text(), nullable=True),
        sa.Column("fact_id", sa.Text(), nullable=True),
        sa.Column("holds_paper", sa.Boolean(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("grounds", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["verification.files.case_id"], name=op.f("fk_steps_case_id")),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_steps")),
        schema="verification",
    )
    op.create_index("ix_steps_case_id_seq", "steps", ["case_id", "seq"], unique=False, schema="verification")
    op.create_table(
        "papers",
        sa.Column("paper_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["verification.files.case_id"], name=op.f("fk_papers_case_id")),
        sa.ForeignKeyConstraint(["step_id"], ["verification.steps.step_id"], name=op.f("fk_papers_step_id")),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_papers")),
        sa.UniqueConstraint("number", name=op.f("uq_papers_number")),
        sa.UniqueConstraint("step_id", name=op.f("uq_papers_step_id")),
        schema="verification",
    )
    op.create_index(op.f("ix_papers_case_id"), "papers", ["case_id"], unique=False, schema="verification")
    grant_runtime(op, "verification", append_only=["steps", "evidence"])


def downgrade() -> None:
    op.drop_index(op.f("ix_papers_case_id"), table_name="papers", schema="verification")
    op.drop_table("papers", schema="verification")
    op.drop_index("ix_steps_case_id_seq", table_name="steps", schema="verification")
    op.drop_table("steps", schema="verification")
    op.drop_index(op.f("ix_evidence_case_id"), table_name="evidence", schema="verification")
    op.drop_table("evidence", schema="verification")
    op.drop_table("projections", schema="verification")
    op.drop_index(
        "ix_outbox_unpublished",
        table_name="outbox",
        schema="verification",
        postgresql_where=sa.text("published_at IS NULL AND parked_at IS NULL"),
    )
    op.drop_index(
        "ix_outbox_published_at",
        table_name="outbox",
        schema="verification",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_table("outbox", schema="verification")
    op.drop_table("inbox", schema="verification")
    op.drop_index("ix_idempotency_created_at", table_name="idempotency", schema="verification")
    op.drop_table("idempotency", schema="verification")
    op.drop_table("files", schema="verification")
