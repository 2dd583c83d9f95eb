"""Tables of support, schema `support`: codes, times and references. Notes and reasons are in the vault."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, ForeignKeyConstraint, Identity, Index, Text, text
from sqlmodel import Field

from kit import tables
from kit.db import table_base

SCHEMA = "support"
Base = table_base(SCHEMA)
tables.install(Base.metadata)


def _codes() -> Any:  # Any: SQLModel's Field is untyped
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


class Lane(Base, table=True):
    """One kind of support of a case, with the last step stated here. Stating the next step locks its row."""

    __tablename__ = "lanes"  # pyright: ignore[reportAssignmentType]

    case_id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    state: str | None = Field(default=None, sa_type=Text)
    occurred_at: datetime | None = None


class Stated(Base, table=True):
    """A step as it was stated; no row is changed. `of`: id of the need, request, referral or delivery that it made."""

    __tablename__ = "stated"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_stated_case_id", "case_id"),)

    fact_id: str = Field(primary_key=True, sa_type=Text)
    case_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    step: str = Field(sa_type=Text)
    of: str | None = Field(default=None, sa_type=Text)
    occurred_at: datetime
    recorded_at: datetime


class Need(Base, table=True):
    """One need as assessed; a later assessment is another row."""

    __tablename__ = "needs"  # pyright: ignore[reportAssignmentType]

    need_id: str = Field(primary_key=True, sa_type=Text)
    case_id: str = Field(index=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    office: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    occurred_at: datetime
    recorded_at: datetime
    text_ref: str | None = Field(default=None, sa_type=Text)


class Request(Base, table=True):
    """One request with its decision. `regime` and `entitled` are the ground on which it was accepted."""

    __tablename__ = "requests"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("ix_requests_case_id", "case_id"),
        Index(
            "uq_requests_open",
            "case_id",
            "kind",
            unique=True,
            postgresql_where=text("state IN ('requested', 'granted')"),
        ),
    )

    request_id: str = Field(primary_key=True, sa_type=Text)
    case_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    regime: str = Field(sa_type=Text)
    entitled: str = Field(sa_type=Text)
    office: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    occurred_at: datetime
    recorded_at: datetime
    text_ref: str | None = Field(default=None, sa_type=Text)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_actor: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = None
    decision_ref: str | None = Field(default=None, sa_type=Text)


class Provider(Base, table=True):
    """A provider, from the list of providers. `office` answers referrals for it."""

    __tablename__ = "providers"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_providers_province", "province"),)

    provider: str = Field(primary_key=True, sa_type=Text)
    office: str = Field(sa_type=Text)
    province: str = Field(sa_type=Text)
    sort: str = Field(sa_type=Text)
    name_vi: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    active: bool


class Place(Base, table=True):
    """The places that a provider has for one kind, and how many are taken.

    `taken` exceeds `capacity` only after the list of providers lowered the capacity. Nobody new gets a place then.
    """

    __tablename__ = "places"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (CheckConstraint("taken >= 0 AND capacity >= 0", name="counts"),)

    provider: str = Field(primary_key=True, foreign_key="providers.provider", sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    capacity: int
    taken: int
    until: str = Field(sa_type=Text)  # `delivered` or `ended`: what makes the place free


class Referral(Base, table=True):
    """A question to one provider about one kind of support: what it may know, its answer, whether it holds a place."""

    __tablename__ = "referrals"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        ForeignKeyConstraint(["provider", "kind"], ["places.provider", "places.kind"]),
        Index("ix_referrals_case_id", "case_id"),
        Index("ix_referrals_provider_seq", "provider", "seq"),
        Index("ix_referrals_office_seq", "office", "seq"),
        Index(
            "uq_referrals_open",
            "case_id",
            "kind",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'accepted')"),
        ),
    )

    referral_id: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    case_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    provider: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    age_band: str = Field(sa_type=Text)
    needs: list[str] = _codes()
    contact_allowed: bool
    office: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    occurred_at: datetime
    recorded_at: datetime
    answered_by: str | None = Field(default=None, sa_type=Text)
    answered_actor: str | None = Field(default=None, sa_type=Text)
    answered_at: datetime | None = None
    answer_ref: str | None = Field(default=None, sa_type=Text)
    holds_place: bool = False


class Delivery(Base, table=True):
    """One delivery; no row is changed."""

    __tablename__ = "deliveries"  # pyright: ignore[reportAssignmentType]

    delivery_id: str = Field(primary_key=True, sa_type=Text)
    case_id: str = Field(index=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    request_id: str | None = Field(default=None, foreign_key="requests.request_id", sa_type=Text)
    referral_id: str | None = Field(default=None, foreign_key="referrals.referral_id", sa_type=Text)
    office: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    occurred_at: datetime
    recorded_at: datetime
    text_ref: str | None = Field(default=None, sa_type=Text)
