"""Tables of protection, schema `protection`: codes, times and references. Addresses and reasons are in the vault."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Identity, Index, Text, text
from sqlmodel import Field

from kit import tables
from kit.db import table_base

SCHEMA = "protection"
Base = table_base(SCHEMA)
tables.install(Base.metadata)


def _codes() -> Any:  # Any: SQLModel's Field is untyped
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


class Protection(Base, table=True):
    """One protection of a person; a case has at most one that is open. Adding a step locks its row."""

    __tablename__ = "protections"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("ix_protections_case_id", "case_id"),
        Index("uq_protections_open", "case_id", unique=True, postgresql_where=text("is_open")),
    )

    protection_id: str = Field(primary_key=True, sa_type=Text)
    case_id: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    is_open: bool
    decided: bool
    urgent: bool
    paper_due: bool
    risks: list[str] = _codes()
    measures: list[str] = _codes()
    requested_by: str = Field(sa_type=Text)
    decided_by: str | None = Field(default=None, sa_type=Text)
    requested_at: datetime


class Act(Base, table=True):
    """One step of a protection; no row is changed."""

    __tablename__ = "acts"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_acts_protection_id_seq", "protection_id", "seq"),)

    act_id: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    protection_id: str = Field(foreign_key="protections.protection_id", sa_type=Text)
    kind: str = Field(sa_type=Text)
    office: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    occurred_at: datetime
    recorded_at: datetime
    outcome: str | None = Field(default=None, sa_type=Text)
    measures: list[str] = _codes()
    consent: bool = False
    facility: str | None = Field(default=None, sa_type=Text)
    text_ref: str | None = Field(default=None, sa_type=Text)
    facts: list[str] = _codes()
