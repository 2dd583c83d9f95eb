"""Tables of intake, schema `intake`: codes, times and references. Names, births, numbers and texts are in the vault."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit import tables
from kit.db import table_base

SCHEMA = "intake"
NUMBER_INDEX = "uq_persons_number"
Base = table_base(SCHEMA)
tables.install(Base.metadata)


def _codes() -> Any:  # Any: SQLModel's Field is untyped
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


class Report(Base, table=True):
    """One report. It holds the safe-contact rules, except their note, for an office that has to reach the person.

    `own_reference` is shown to `office` alone.
    """

    __tablename__ = "reports"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index(
            "ix_reports_own_reference", "office", "own_reference", postgresql_where=text("own_reference IS NOT NULL")
        ),
    )

    report_id: str = Field(primary_key=True, sa_type=Text)
    office: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    route: str = Field(sa_type=Text)
    regime: str = Field(sa_type=Text)
    province: str = Field(sa_type=Text)
    commune: str | None = Field(default=None, sa_type=Text)
    occurred_at: datetime
    recorded_at: datetime
    urgent: bool
    reporter_anonymous: bool
    indicators: list[str] = _codes()
    needs: list[str] = _codes()
    safe_channels: list[str] = _codes()
    quiet_from: str | None = Field(default=None, sa_type=Text)
    quiet_to: str | None = Field(default=None, sa_type=Text)
    own_reference: str | None = Field(default=None, sa_type=Text)


class Person(Base, table=True):
    """One person of a report; each person is one case. `texts` says what is sealed under which reference.

    `route` and `nationality` are null in a row of an older release: the report has the route, `is_foreign` the rest.

    `number` is that of the case (`contracts.numbers.number_key`) and is here so that no two cases get the same one. It
    is null for a case of an older release whose number an earlier case has.
    """

    __tablename__ = "persons"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index(NUMBER_INDEX, "number", unique=True),)

    case_id: str = Field(primary_key=True, sa_type=Text)
    number: str | None = Field(default=None, sa_type=Text)
    report_id: str = Field(foreign_key="reports.report_id", index=True, sa_type=Text)
    ref: str = Field(sa_type=Text)
    sex: str = Field(sa_type=Text)
    age_band: str = Field(sa_type=Text)
    is_foreign: bool
    route: str | None = Field(default=None, sa_type=Text)
    nationality: str | None = Field(default=None, sa_type=Text)
    accompanies: str | None = Field(default=None, sa_type=Text)
    texts: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))


class Screening(Base, table=True):
    """One screening with its answers (codes); a person may have several."""

    __tablename__ = "screenings"  # pyright: ignore[reportAssignmentType]

    screening_id: str = Field(primary_key=True, sa_type=Text)
    case_id: str = Field(foreign_key="persons.case_id", index=True, sa_type=Text)
    list_version: str = Field(sa_type=Text)
    answers: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    level: str = Field(sa_type=Text)
    reasons: list[str] = _codes()
    office: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    occurred_at: datetime
    recorded_at: datetime


class DuplicateCandidate(Base, table=True):
    """Two cases that the vault found to hold the same identity; `first` sorts before `second`."""

    __tablename__ = "duplicate_candidates"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("first < second", name="ordered"),
        Index("ix_duplicate_candidates_second", "second"),
    )

    first: str = Field(primary_key=True, sa_type=Text)
    second: str = Field(primary_key=True, sa_type=Text)
    found_at: datetime


class DuplicateDecision(Base, table=True):
    """An office's decision on two cases. The newest decision counts; no row is changed."""

    __tablename__ = "duplicate_decisions"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_duplicate_decisions_pair", "first", "second", "decided_at"),)

    decision_id: str = Field(primary_key=True, sa_type=Text)
    first: str = Field(sa_type=Text)
    second: str = Field(sa_type=Text)
    same: bool
    reason_ref: str = Field(sa_type=Text)
    office: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    decided_at: datetime
