"""Lanes, needs, requests, providers, places, referrals, deliveries, and kit's tables."""

import sqlalchemy as sa
from alembic import op
from kit.migrations import grant_runtime
from sqlalchemy.dialects import postgresql

revision = "202611212258"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
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
        schema="support",
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False, schema="support")
    op.create_table(
        "inbox",
        sa.Column("durable", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("durable", "event_id", name=op.f("pk_inbox")),
        schema="support",
    )
    op.create_table(
        "lanes",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "kind", name=op.f("pk_lanes")),
        schema="support",
    )
    op.create_table(
        "needs",
        sa.Column("need_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_ref", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("need_id", name=op.f("pk_needs")),
        schema="support",
    )
    op.create_index(op.f("ix_needs_case_id"), "needs", ["case_id"], unique=False, schema="support")
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
        schema="support",
    )
    op.create_index(
        "ix_outbox_published_at",
        "outbox",
        ["published_at"],
        unique=False,
        schema="support",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["seq"],
        unique=False,
        schema="support",
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
        schema="support",
    )
    op.create_table(
        "providers",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_providers")),
        schema="support",
    )
    op.create_index("ix_providers_territory", "providers", ["territory"], unique=False, schema="support")
    op.create_table(
        "requests",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("regime", sa.Text(), nullable=False),
        sa.Column("entitled", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_ref", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_actor", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_ref", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_requests")),
        schema="support",
    )
    op.create_index("ix_requests_case_id", "requests", ["case_id"], unique=False, schema="support")
    op.create_index(
        "uq_requests_open",
        "requests",
        ["case_id", "kind"],
        unique=True,
        schema="support",
        postgresql_where=sa.text("state IN ('requested', 'granted')"),
    )
    op.create_table(
        "places",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.CheckConstraint("taken >= 0 AND capacity >= 0", name=op.f("ck_places_counts")),
        sa.ForeignKeyConstraint(["provider"], ["support.providers.provider"], name=op.f("fk_places_provider")),
        sa.PrimaryKeyConstraint("provider", "kind", name=op.f("pk_places")),
        schema="support",
    )
    op.create_table(
        "referrals",
        sa.Column("referral_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("contact_allowed", sa.Boolean(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_actor", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_ref", sa.Text(), nullable=True),
        sa.Column("holds_place", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider", "kind"],
            ["support.places.provider", "support.places.kind"],
            name=op.f("fk_referrals_provider_kind"),
        ),
        sa.PrimaryKeyConstraint("referral_id", name=op.f("pk_referrals")),
        schema="support",
    )
    op.create_index("ix_referrals_case_id", "referrals", ["case_id"], unique=False, schema="support")
    op.create_index("ix_referrals_office_seq", "referrals", ["office", "seq"], unique=False, schema="support")
    op.create_index("ix_referrals_provider_seq", "referrals", ["provider", "seq"], unique=False, schema="support")
    op.create_index(
        "uq_referrals_open",
        "referrals",
        ["case_id", "kind"],
        unique=True,
        schema="support",
        postgresql_where=sa.text("state IN ('proposed', 'accepted')"),
    )
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("referral_id", sa.Text(), nullable=True),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_ref", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["support.referrals.referral_id"], name=op.f("fk_deliveries_referral_id")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["support.requests.request_id"], name=op.f("fk_deliveries_request_id")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_deliveries")),
        schema="support",
    )
    op.create_index(op.f("ix_deliveries_case_id"), "deliveries", ["case_id"], unique=False, schema="support")
    grant_runtime(op, "support", append_only=["needs", "deliveries"])


def downgrade() -> None:
    op.drop_index(op.f("ix_deliveries_case_id"), table_name="deliveries", schema="support")
    op.drop_table("deliveries", schema="support")
    op.drop_index(
        "uq_referrals_open",
        table_name="referrals",
        schema="support",
        postgresql_where=sa.text("state IN ('proposed', 'accepted')"),
    )
    op.drop_index("ix_referrals_provider_seq", table_name="referrals", schema="support")
    op.drop_index("ix_referrals_office_seq", table_name="referrals", schema="support")
    op.drop_index("ix_referrals_case_id", table_name="referrals", schema="support")
    op.drop_table("referrals", schema="support")
    op.drop_table("places", schema="support")
    op.drop_index(
        "uq_requests_open",
        table_name="requests",
        schema="support",
        postgresql_where=sa.text("state IN ('requested', 'granted')"),
    )
    op.drop_index("ix_requests_case_id", table_name="requests", schema="support")
    op.drop_table("requests", schema="support")
    op.drop_index("ix_providers_territory", table_name="providers", schema="support")
    op.drop_table("providers", schema="support")
    op.drop_table("projections", schema="support")
    op.drop_index(
        "ix_outbox_unpublished",
        table_name="outbox",
        schema="support",
        postgresql_where=sa.text("published_at IS NULL AND parked_at IS NULL"),
    )
    op.drop_index(
        "ix_outbox_published_at",
        table_name="outbox",
        schema="support",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_table("outbox", schema="support")
    op.drop_index(op.f("ix_needs_case_id"), table_name="needs", schema="support")
    op.drop_table("needs", schema="support")
    op.drop_table("lanes", schema="support")
    op.drop_table("inbox", schema="support")
    op.drop_index("ix_idempotency_created_at", table_name="idempotency", schema="support")
    op.drop_table("idempotency", schema="support")
