"""The five tables that kit needs in every service: outbox, inbox (handled events), idempotency, projections, looks.

`install` copies them into a service's metadata, so the service's first revision creates them. A later change of them
reaches every service through `kit.table_changes`.
"""

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

_KIT = MetaData()
_INSTANT = DateTime(timezone=True)

outbox = Table(
    "outbox",
    _KIT,
    Column("id", Text, primary_key=True, comment="Event id; also the Nats-Msg-Id"),
    Column("seq", BigInteger, Identity(always=True), nullable=False),
    Column("stream", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("data", JSONB, nullable=False, comment="The whole CloudEvents envelope"),
    Column("headers", JSONB, nullable=False, comment="traceparent of the step that wrote it"),
    Column("created_at", _INSTANT, nullable=False),
    Column("published_at", _INSTANT),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("parked_at", _INSTANT, comment="Refused for good: waits for an operator"),
)
Index("ix_outbox_unpublished", outbox.c.seq, postgresql_where=text("published_at IS NULL AND parked_at IS NULL"))
Index("ix_outbox_published_at", outbox.c.published_at, postgresql_where=text("published_at IS NOT NULL"))

inbox = Table(
    "inbox",
    _KIT,
    Column("durable", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("received_at", _INSTANT, nullable=False),
    PrimaryKeyConstraint("durable", "event_id"),
)

idempotency = Table(
    "idempotency",
    _KIT,
    Column("office", Text, nullable=False, comment="Who asked"),
    Column("operation", Text, nullable=False),
    Column("key", Text, nullable=False, comment="Header Idempotency-Key"),
    Column("fingerprint", Text, nullable=False, comment="SHA-256 of path and body"),
    Column("created_at", _INSTANT, nullable=False),
    Column("status", SmallInteger, comment="NULL only inside the first request's transaction"),
    Column("body", JSON, comment="The answer"),
    Column("headers", JSON, comment="Of the answer: which version it made of a document in a bucket"),
    PrimaryKeyConstraint("office", "operation", "key"),
)
Index("ix_idempotency_created_at", idempotency.c.created_at)

projections = Table(
    "projections",
    _KIT,
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("updated_at", _INSTANT, nullable=False),
    PrimaryKeyConstraint("kind", "key"),
)

looks = Table(
    "looks",
    _KIT,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("caller", Text, nullable=False, comment="Office, or service/<name>"),
    Column("actor", Text, nullable=False),
    Column("on_behalf_of", Text),
    Column("operation", Text, nullable=False),
    Column("about", Text, comment="Id of what it was about"),
    Column("part", Text, comment="Of it, that the right was decided on"),
    Column("several", Integer, comment="How many a list showed"),
    Column("items", ARRAY(Text), nullable=False, comment="Fields, groups or references that were asked for"),
    Column("ground", ARRAY(Text), nullable=False, comment="Relations by which the caller had the right"),
    Column("purpose", Text),
    Column("answer", SmallInteger, nullable=False, comment="HTTP status"),
    Column("refusal", Text, comment="Slug"),
)


def install(metadata: MetaData) -> None:
    """Add the tables to a service's metadata, in its schema. Call it once, beside the service's models."""
    if not metadata.schema:
        raise ValueError("a service's tables live in a schema of its own")
    for table in _KIT.sorted_tables:
        table.to_metadata(metadata, schema=metadata.schema)
