"""Reports, persons, screenings, duplicates, and kit's tables."""

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
        "duplicate_candidates",
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first < second", name=op.f("ck_duplicate_candidates_ordered")),
        sa.PrimaryKeyConstraint("first", "second", name=op.f("pk_duplicate_candidates")),
        schema="intake",
    )
    op.create_index("ix_duplicate_candidates_second", "duplicate_candidates", ["second"], unique=False, schema="intake")
    op.create_table(
        "duplicate_decisions",
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("reason_ref", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_duplicate_decisions")),
        schema="intake",
    )
    op.create_index(
        "ix_duplicate_decisions_pair",
        "duplicate_decisions",
        ["first", "second", "decided_at"],
        unique=False,
        schema="intake",
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
        schema="intake",
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False, schema="intake")
    op.create_table(
        "inbox",
        sa.Column("durable", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("durable", "event_id", name=op.f("pk_inbox")),
        schema="intake",
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
        schema="intake",
    )
    op.create_index(
        "ix_outbox_published_at",
        "outbox",
        ["published_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["seq"],
        unique=False,
        schema="intake",
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
        schema="intake",
    )
    op.create_table(
        "reports",
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("regime", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("commune", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("reporter_anonymous", sa.Boolean(), nullable=False),
        sa.Column("indicators", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("safe_channels", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("quiet_from", sa.Text(), nullable=True),
        sa.Column("quiet_to", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reports")),
        schema="intake",
    )
    op.create_table(
        "persons",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("is_foreign", sa.Boolean(), nullable=False),
        sa.Column("accompanies", sa.Text(), nullable=True),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["intake.reports.report_id"], name=op.f("fk_persons_report_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_persons")),
        schema="intake",
    )
    op.create_index(op.f("ix_persons_report_id"), "persons", ["report_id"], unique=False, schema="intake")
    op.create_table(
        "screenings",
        sa.Column("screening_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("list_version", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["intake.persons.case_id"], name=op.f("fk_screenings_case_id")),
        sa.PrimaryKeyConstraint("screening_id", name=op.f("pk_screenings")),
        schema="intake",
    )
    op.create_index(op.f("ix_screenings_case_id"), "screenings", ["case_id"], unique=False, schema="intake")
    grant_runtime(
        op,
        "intake",
        append_only=["duplicate_candidates", "duplicate_decisions", "persons", "reports", "screenings"],
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_screenings_case_id"), table_name="screenings", schema="intake")
    op.drop_table("screenings", schema="intake")
    op.drop_index(op.f("ix_persons_report_id"), table_name="persons", schema="intake")
    op.drop_table("persons", schema="intake")
    op.drop_table("reports", schema="intake")
    op.drop_table("projections", schema="intake")
    op.drop_index(
        "ix_outbox_unpublished",
        table_name="outbox",
        schema="intake",
        postgresql_where=sa.text("published_at IS NULL AND parked_at IS NULL"),
    )
    op.drop_index(
        "ix_outbox_published_at",
        table_name="outbox",
        schema="intake",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_table("outbox", schema="intake")
    op.drop_table("inbox", schema="intake")
    op.drop_index("ix_idempotency_created_at", table_name="idempotency", schema="intake")
    op.drop_table("idempotency", schema="intake")
    op.drop_index("ix_duplicate_decisions_pair", table_name="duplicate_decisions", schema="intake")
    op.drop_table("duplicate_decisions", schema="intake")
    op.drop_index("ix_duplicate_candidates_second", table_name="duplicate_candidates", schema="intake")
    op.drop_table("duplicate_candidates", schema="intake")
