"""The case register: what was stated (append-only), what follows from it, and kit's tables."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime
from sqlalchemy.dialects import postgresql

revision = "202611212227"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reporter", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("foreign", sa.Boolean(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("reporter_known", sa.Boolean(), nullable=False),
        sa.Column("accompanies", sa.String(), nullable=True),
        sa.Column("needs", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("linked", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("marks", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("flags", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("pack_id", sa.String(), nullable=False),
        sa.Column("pack_hash", sa.String(), nullable=False),
        sa.Column("regime_support", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
        schema="casework",
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
        schema="casework",
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False, schema="casework")
    op.create_table(
        "inbox",
        sa.Column("durable", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("durable", "event_id", name=op.f("pk_inbox")),
        schema="casework",
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
        schema="casework",
    )
    op.create_index(
        "ix_outbox_published_at",
        "outbox",
        ["published_at"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["seq"],
        unique=False,
        schema="casework",
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
        schema="casework",
    )
    op.create_table(
        "claims",
        sa.Column("claim_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("wait_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("clock_id", sa.String(), nullable=True),
        sa.Column("office", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_claims_case_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claims")),
        schema="casework",
    )
    op.create_index(
        "uq_claims_active",
        "claims",
        ["case_id", "wait_id", "stage"],
        unique=True,
        schema="casework",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "clocks",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("clock_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_clocks_case_id")),
        sa.PrimaryKeyConstraint("case_id", "clock_id", name=op.f("pk_clocks")),
        schema="casework",
    )
    op.create_table(
        "facts",
        sa.Column("fact_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column(
            "attributes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("documents", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_facts_case_id")),
        sa.PrimaryKeyConstraint("fact_id", name=op.f("pk_facts")),
        schema="casework",
    )
    op.create_index("uq_facts_case_id_seq", "facts", ["case_id", "seq"], unique=True, schema="casework")
    op.create_table(
        "handovers",
        sa.Column("handover_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("from_office", sa.String(), nullable=False),
        sa.Column("to_office", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_reason", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_handovers_case_id")),
        sa.PrimaryKeyConstraint("handover_id", name=op.f("pk_handovers")),
        schema="casework",
    )
    op.create_index("ix_handovers_case_id", "handovers", ["case_id"], unique=False, schema="casework")
    op.create_index(
        "ix_handovers_from_office", "handovers", ["from_office", "recorded_at"], unique=False, schema="casework"
    )
    op.create_index(
        "ix_handovers_to_office", "handovers", ["to_office", "recorded_at"], unique=False, schema="casework"
    )
    op.create_index(
        "uq_handovers_open",
        "handovers",
        ["case_id", "lane"],
        unique=True,
        schema="casework",
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("office", sa.String(), nullable=True),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_journal_case_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
        schema="casework",
    )
    op.create_index("ix_journal_case_id_seq", "journal", ["case_id", "seq"], unique=False, schema="casework")
    op.create_table(
        "lanes",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_lanes_case_id")),
        sa.PrimaryKeyConstraint("case_id", "lane", name=op.f("pk_lanes")),
        schema="casework",
    )
    op.create_table(
        "pauses",
        sa.Column("pause_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("clock_id", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_pauses_case_id")),
        sa.PrimaryKeyConstraint("pause_id", name=op.f("pk_pauses")),
        schema="casework",
    )
    op.create_index("ix_pauses_case_id", "pauses", ["case_id"], unique=False, schema="casework")
    op.create_index(
        "uq_pauses_open",
        "pauses",
        ["case_id", "clock_id"],
        unique=True,
        schema="casework",
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
    op.create_table(
        "waits",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("wait_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_waits_case_id")),
        sa.PrimaryKeyConstraint("case_id", "wait_id", name=op.f("pk_waits")),
        schema="casework",
    )
    op.create_table(
        "work",
        sa.Column("work_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("order_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("overdue_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_work_case_id")),
        sa.PrimaryKeyConstraint("work_id", name=op.f("pk_work")),
        schema="casework",
    )
    op.create_index("ix_work_case_id", "work", ["case_id"], unique=False, schema="casework")
    op.create_index("ix_work_office_order", "work", ["office", "order_at", "work_id"], unique=False, schema="casework")
    op.create_table(
        "corrections",
        sa.Column("correction_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("fact_id", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("reason_ref", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.cases.case_id"], name=op.f("fk_corrections_case_id")),
        sa.ForeignKeyConstraint(["fact_id"], ["casework.facts.fact_id"], name=op.f("fk_corrections_fact_id")),
        sa.PrimaryKeyConstraint("correction_id", name=op.f("pk_corrections")),
        schema="casework",
    )
    op.create_index("ix_corrections_case_id", "corrections", ["case_id"], unique=False, schema="casework")
    grant_runtime(op, "casework", append_only=["facts", "corrections", "journal"])


def downgrade() -> None:
    op.drop_index("ix_corrections_case_id", table_name="corrections", schema="casework")
    op.drop_table("corrections", schema="casework")
    op.drop_index("ix_work_office_order", table_name="work", schema="casework")
    op.drop_index("ix_work_case_id", table_name="work", schema="casework")
    op.drop_table("work", schema="casework")
    op.drop_table("waits", schema="casework")
    op.drop_index(
        "uq_pauses_open", table_name="pauses", schema="casework", postgresql_where=sa.text("resumed_at IS NULL")
    )
    op.drop_index("ix_pauses_case_id", table_name="pauses", schema="casework")
    op.drop_table("pauses", schema="casework")
    op.drop_table("lanes", schema="casework")
    op.drop_index("ix_journal_case_id_seq", table_name="journal", schema="casework")
    op.drop_table("journal", schema="casework")
    op.drop_index(
        "uq_handovers_open", table_name="handovers", schema="casework", postgresql_where=sa.text("state = 'proposed'")
    )
    op.drop_index("ix_handovers_to_office", table_name="handovers", schema="casework")
    op.drop_index("ix_handovers_from_office", table_name="handovers", schema="casework")
    op.drop_index("ix_handovers_case_id", table_name="handovers", schema="casework")
    op.drop_table("handovers", schema="casework")
    op.drop_index("uq_facts_case_id_seq", table_name="facts", schema="casework")
    op.drop_table("facts", schema="casework")
    op.drop_table("clocks", schema="casework")
    op.drop_index(
        "uq_claims_active", table_name="claims", schema="casework", postgresql_where=sa.text("withdrawn_at IS NULL")
    )
    op.drop_table("claims", schema="casework")
    op.drop_table("projections", schema="casework")
    op.drop_index(
        "ix_outbox_unpublished",
        table_name="outbox",
        schema="casework",
        postgresql_where=sa.text("published_at IS NULL AND parked_at IS NULL"),
    )
    op.drop_index(
        "ix_outbox_published_at",
        table_name="outbox",
        schema="casework",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_table("outbox", schema="casework")
    op.drop_table("inbox", schema="casework")
    op.drop_index("ix_idempotency_created_at", table_name="idempotency", schema="casework")
    op.drop_table("idempotency", schema="casework")
    op.drop_table("cases", schema="casework")
