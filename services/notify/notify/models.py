"""Tables of notify, schema `notify`: codes, ids and instants. Webhook secrets, the only secret, are sealed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Identity, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from kit import tables
from kit.db import table_base

SCHEMA = "notify"
Base = table_base(SCHEMA)
tables.install(Base.metadata)
PENDING = text("state = 'pending'")


def _sequence() -> Any:  # Any: SQLModel's Field is untyped
    return Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False))


class Notice(Base, table=True):
    """A notice for one office about one case. One `cause` (a wait that fired, a change of a lane) makes one notice.

    `seq` grows within a case in the order in which its notices were recorded. `case_shown` is false while the office is
    asked to take a case over and has not accepted, because it may not know which case it is. It is false as well for a
    notice about an amendment of the law, which is about no single case: there `case_id` is the id of the amendment, and
    `count` says how many due dates of the office moved. It is also about no case if somebody used the system to an
    unusual extent: there `case_id` is the id of the limit that was reached, and `count` its amount.
    """

    __tablename__ = "notices"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("office", "case_id", "cause"),
        Index("ix_notices_inbox", "office", "recorded_at", "notice_id"),
    )

    notice_id: str = Field(primary_key=True, sa_type=Text)
    seq: int | None = _sequence()
    office: str = Field(sa_type=Text)
    case_id: str = Field(sa_type=Text)
    case_shown: bool
    kind: str = Field(sa_type=Text)
    lane: str | None = Field(default=None, sa_type=Text)
    rule: str | None = Field(default=None, sa_type=Text)
    due_at: datetime | None = None
    confidence: str | None = Field(default=None, sa_type=Text, description="Of the limit, if not verified text.")
    amendment_id: str | None = Field(default=None, sa_type=Text)
    count: int | None = None
    result: str | None = Field(
        default=None, sa_type=Text, description="What became of a case that the office reported."
    )
    about_office: str | None = Field(default=None, sa_type=Text, description="Whose use of the system was unusual.")
    person: str | None = Field(default=None, sa_type=Text, description="Opaque id of who it was in that office.")
    unusual: str | None = Field(default=None, sa_type=Text, description="What was counted.")
    at: datetime
    recorded_at: datetime
    cause: str = Field(sa_type=Text)
    read_at: datetime | None = Field(default=None, description="When somebody of the office read it first.")
    read_by: str | None = Field(default=None, sa_type=Text)


EVERYBODY = ""
"""Subject of the mark on what an office had read before each person marked it for itself."""


class ReadMark(Base, table=True):
    """A person or system of the office has read a notice. Never changed."""

    __tablename__ = "notice_reads"  # pyright: ignore[reportAssignmentType]

    notice_id: str = Field(primary_key=True, foreign_key="notices.notice_id", sa_type=Text)
    subject: str = Field(primary_key=True, sa_type=Text, description="Opaque id, or `EVERYBODY`.")
    read_at: datetime


class Webhook(Base, table=True):
    """An agency system that is called. `kinds` empty: all kinds of notices. It is not called before it is confirmed."""

    __tablename__ = "webhooks"  # pyright: ignore[reportAssignmentType]

    webhook_id: str = Field(primary_key=True, sa_type=Text)
    office: str = Field(index=True, sa_type=Text)
    url: str = Field(sa_type=Text)
    kinds: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime
    created_by: str = Field(sa_type=Text)
    confirmed_at: datetime | None = Field(default=None, description="When a second person signed it; null: it waits.")
    confirmed_office: str | None = Field(default=None, sa_type=Text)
    confirmed_by: str | None = Field(default=None, sa_type=Text)
    disabled_at: datetime | None = None
    disabled_reason: str | None = Field(default=None, sa_type=Text)
    deleted_at: datetime | None = None
    deleted_by: str | None = Field(default=None, sa_type=Text)


class WebhookSecret(Base, table=True):
    """A sealed secret: the one without an end signs from now on, one with an end signs beside it until then."""

    __tablename__ = "webhook_secrets"  # pyright: ignore[reportAssignmentType]

    secret_id: str = Field(primary_key=True, sa_type=Text)
    webhook_id: str = Field(foreign_key="webhooks.webhook_id", index=True, sa_type=Text)
    sealed: bytes
    created_at: datetime
    retires_at: datetime | None = None


class Delivery(Base, table=True):
    """One message to one target: `channel` webhook (target: webhook id) or email (target: office).

    `state`: pending, delivered, failed (given up) or dropped (the target is gone). Of the pending ones of a target and
    case only the one with the lowest `seq` is sent, and only while nobody holds its lease.
    """

    __tablename__ = "deliveries"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("ix_deliveries_pending", "channel", "target", "seq", postgresql_where=PENDING),
        Index("ix_deliveries_pending_case", "channel", "target", "case_id", "seq", postgresql_where=PENDING),
        Index("ix_deliveries_target", "target", "created_at", "delivery_id"),
    )

    delivery_id: str = Field(primary_key=True, sa_type=Text)
    seq: int | None = _sequence()
    notice_id: str = Field(foreign_key="notices.notice_id", index=True, sa_type=Text)
    channel: str = Field(sa_type=Text)
    target: str = Field(sa_type=Text)
    case_id: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    attempts: int
    created_at: datetime
    next_at: datetime
    leased_until: datetime | None = None
    done_at: datetime | None = None


class Attempt(Base, table=True):
    """One try to deliver; never changed."""

    __tablename__ = "delivery_attempts"  # pyright: ignore[reportAssignmentType]

    delivery_id: str = Field(primary_key=True, foreign_key="deliveries.delivery_id", ondelete="CASCADE", sa_type=Text)
    number: int = Field(primary_key=True)
    at: datetime
    millis: int
    status: int | None = None
    error: str | None = Field(default=None, sa_type=Text)
